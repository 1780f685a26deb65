"""The tables of docs/defaults.md, made from the figures of the study and the sets held back."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "defaults.md"
SHARES = {"0.90": "90 %", "0.95": "95 %"}
PIPELINES = ("core", "embed")


def write() -> None:
    """Put the tables into the page, each between its two marks."""
    text = PAGE.read_text(encoding="utf-8")
    for name, table in tables().items():
        begin, end = (f"<!-- {name}: {one} -->\n" for one in ("begin", "end"))
        before, rest = text.split(begin)
        text = before + begin + table + end + rest.split(end)[1]
    PAGE.write_text(text, encoding="utf-8")


def tables() -> dict[str, str]:
    """Every table by its name, as Markdown."""
    study, held = (_load(name) for name in ("default.study", "default.held_back"))
    kinds = [kind for kind in study if kind != "seeds"]
    return {
        "study": "".join(
            f"**{_titled(kind, study[kind])}**\n\n{_lines(study[kind])}\n" for kind in kinds
        ),
        "medians": _medians(held),
        "sets": _sets(held),
    }


def _titled(kind: str, lines: Sequence[Mapping[str, Any]]) -> str:
    return f"{kind[0].upper()}{kind[1:]}: {', '.join(lines[0]['by_set'])}"


def _lines(lines: Sequence[Mapping[str, Any]]) -> str:
    """Every line of a kind, best first."""
    head = ["recipe", "start", "strategy", "batch", "AUBC", "over the first recipe at random"]
    return _table(
        head,
        (
            [
                f"`{one['recipe'].replace('|', chr(92) + '|')}`",
                one["start"],
                one["strategy"],
                str(one["batch"]),
                f"{one['area']:.3f}",
                _signed(one["minus_first"], one["ci95"]),
            ]
            for one in lines
        ),
    )


def _signed(gain: float, interval: Sequence[float] | None) -> str:
    told = f"{100 * gain:+.1f} points"
    return (
        told
        if interval is None
        else f"{told} ({100 * interval[0]:+.1f} to {100 * interval[1]:+.1f})"
    )


def _medians(held: Mapping[str, Any]) -> str:
    """What is quoted: medians over the sets of each kind."""
    head = ["sets", "", *(f"fewer than plain, to {one}" for one in SHARES.values())]
    head += [f"fewer than at random, to {one}" for one in SHARES.values()]
    head += ["fewer than a tuned SVM's", "first or tied", "surely worse than at random"]
    rows = []
    for kind, told in held["medians"].items():
        for arm in PIPELINES:
            if arm not in told:
                continue
            one = told[arm]
            times = [
                one[what][share]["median"] for what in ("plain_to", "random_to") for share in SHARES
            ]
            rows.append(
                [
                    f"{kind} ({one['of']})",
                    arm,
                    *map(_times, [*times, one["tuned"]["median"]]),
                    f"{one['first_or_tied']} of {one['of']}",
                    f"{one['worse_than_random']} of {one['of']}",
                ]
            )
    run = ", ".join(name for of_kind in held["sets"].values() for name in of_kind)
    return f"{_table(head, rows)}\nOf the sets held back these have been run: {run}.\n"


def _times(multiple: float | None) -> str:
    return "–" if multiple is None else f"{multiple:.1f} ×"


def _sets(held: Mapping[str, Any]) -> str:
    """Each set that was held back."""
    head = ["set", "full accuracy", "AUBC", "at random", "plain", "best peer"]
    head += ["fewer than at random, to 95 %", "SVM tuned", "fewer than its labels"]
    rows = []
    for of_kind in held["sets"].values():
        for name, one in of_kind.items():
            for arm in (arm for arm in PIPELINES if arm in one["plain_to"]):
                peer = max(
                    (area[0], who)
                    for who, area in one["aubc"].items()
                    if not who.startswith((*PIPELINES, "plain"))
                )
                rows.append(
                    [
                        name if arm == "core" else f"{name}, `embed`",
                        f"{one['full'][arm]:.3f}",
                        _area(one["aubc"][arm]),
                        _area(one["aubc"][f"{arm}, random"]),
                        _area(one["aubc"]["plain"]),
                        f"{peer[0]:.3f} {peer[1]}",
                        _multiple(one["random_to"][arm]["0.95"]),
                        f"{one['tuned']['accuracy']:.3f}",
                        _multiple(one["tuned"][arm]),
                    ]
                )
    return _table(head, rows)


def _area(told: Sequence[float]) -> str:
    return f"{told[0]:.3f} ± {told[2] - told[0]:.3f}"


def _multiple(told: Mapping[str, Any]) -> str:
    if told["multiple"] is None:
        return "–"
    low, high = told["ci95"]
    return f"{told['multiple']:.1f} × ({low:.1f}–{high:.1f})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _load(name: str) -> dict[str, Any]:
    path = ROOT / "benchmarks" / "results" / f"{name}.json"
    figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["figures"]
    return figures


if __name__ == "__main__":
    write()
