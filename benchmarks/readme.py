"""The README's table of figures, made from `benchmarks/results` and from nothing else."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"


def table() -> str:
    """The table, as Markdown."""
    page = _load("label_page")
    machine, day = page["machine"], page["date"]
    rows = [*_of_answers(page["figures"]), *_of_models()]
    lines = [f"| {what} | {figure} |\n" for what, figure in rows]
    where = f"{machine['cores']} cores, {machine['system']}, Python {machine['python']}, {day}"
    return "".join(
        [
            f"On {where}; `make bench` measures anew ([results](benchmarks/results)).\n\n",
            "| what | |\n|---|---|\n",
            *lines,
        ]
    )


def _of_answers(page: dict[str, Any]) -> list[tuple[str, str]]:
    """How long those wait who answer."""
    many = _load("startup")["figures"]["100000 items"]
    crowd = _load("flood")["figures"]
    flood, people = crowd["flood"], crowd["people"]
    return [
        (
            f"key press → next item painted, {page['items']:,} texts, p50 / p95",
            f"{page['painted_idle']['p50']} / {page['painted_idle']['p95']} ms",
        ),
        (
            "the same while a classifier trains for 30 s, and over again",
            f"{page['painted_training']['p50']} / {page['painted_training']['p95']} ms",
        ),
        (
            "key press → the server's receipt that it is on disk, idle, p50 / p95",
            f"{page['receipt_idle']['p50']} / {page['receipt_idle']['p95']} ms",
        ),
        (
            f"the receipt where {people['annotators']} people answer once a second, p50 / p95",
            " / ".join(_median(people, f"receipt_in_a_browser_{q}") for q in ("p50", "p95"))
            + " ms",
        ),
        (
            f"{flood['clients']} clients without a pause, {crowd['items']:,} items: answers/s, p95",
            f"{flood['answers_per_second']['median']:.0f}, {_median(flood, 'submit_p95')} ms",
        ),
        (
            "`askwell serve` → first item on screen, 100,000 items, median",
            f"{many['seconds_to_first_item_painted']['median']} s",
        ),
    ]


def _of_models() -> list[tuple[str, str]]:
    """What the labels bring, and how long the choice of the next ones takes."""
    news = _load("ag_news")["figures"]
    held = _load("default.held_back")["figures"]
    rounds = _load("round_time")["figures"]
    labels = held["budgets"]["text"]
    field = _load("strategies_field")["figures"]["million"]
    sets = _load("compare_sets")["figures"]
    audits = _load("audit_coverage")["figures"]
    compared = ("uherding", "margin", "random")
    named = ("margin", "k-center", "badge", "typiclust")
    return [
        (
            f"held-back texts, to equal a tuned SVM on {labels} random labels: default / `embed`",
            " / ".join(_fewer(held, arm) for arm in ("core", "embed")) + " × fewer labels",
        ),
        (
            f"AG News, {news['pool']:,} texts: accuracy at 100 / 300 labels, UHerding (random)",
            "{} / {} ({} / {})".format(
                *(_accuracy(news, way, n) for way in ("uherding", "random") for n in (100, 300))
            ),
        ),
        (
            f"labels to 90 % of what all give, {sets['seeds']} seeds, UHerding / margin / random",
            " / ".join(str(sets["ag_news"][one]["to_90"]) for one in compared),
        ),
        (
            "95 % intervals that hold the accuracy: 100 audit answers / cross-validated labels",
            f"{100 * audits['all']['100']['plain']['coverage']:.0f} / {100 * _blind(audits):.0f} %",
        ),
        (
            "one round at 300 labels, the whole pool of 10,000 / 100,000 texts ranked",
            " / ".join(f"{one['at']['300']['round']:.1f}" for one in rounds.values()) + " s",
        ),
        (
            f"100 picks of {field['rows']:,} × 384, margin / k-center / BADGE / TypiClust",
            " / ".join(f"{field[name]['seconds']:.1f}" for name in named) + " s",
        ),
    ]


def write() -> None:
    """Put the table into the README, between its two marks."""
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    path.write_text(before + BEGIN + table() + END + rest.split(END)[1], encoding="utf-8")


def _load(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (ROOT / "benchmarks" / "results" / f"{name}.json").read_text()
    )
    return found


def _accuracy(news: dict[str, Any], strategy: str, labels: int) -> str:
    return f"{news['accuracy'][strategy][str(labels)]['mean']:.3f}"


def _blind(audits: dict[str, Any]) -> float:
    """How often cross-validation on the labels asked for holds the truth, over all models."""
    of_sets = [
        one["cross_validated"]
        for one in audits.values()
        if isinstance(one, dict) and "cross_validated" in one
    ]
    return sum(float(one["coverage"]) for one in of_sets) / len(of_sets)


def _median(figures: dict[str, Any], name: str) -> str:
    return f"{figures[name]['median']:.1f}"


def _fewer(held: dict[str, Any], arm: str) -> str:
    """The median over the sets of texts."""
    return f"{held['medians']['text'][arm]['tuned']['median']:.1f}"


if __name__ == "__main__":
    write()
