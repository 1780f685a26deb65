"""What several cases say together: who wins where, and whose mean ranks differ (Demšar 2006)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from loop.compare.statistics import ROUNDING, SURE, paired

Case = Mapping[str, Any]  # a document
LEAST = 2  # cases, and strategies, for ranks

WON, TIED, LOST, UNKNOWN = "wins", "ties", "losses", "unknown"


def across_cases(cases: Sequence[Case]) -> dict[str, Any]:
    """Wins of every strategy against every other, and mean ranks with what tells them apart.

    A case where a strategy finished no seed that the others finished, too, is left out of the
    ranks; where too little is left there are none, and `why_no_ranks` says so.
    """
    names = list(dict.fromkeys(name for case in cases for name in case["strategies"]))
    areas, left_out = {}, []
    for case in cases:
        try:
            areas[case["dataset"]] = mean_areas(case, names)
        except ValueError as why:
            left_out.append({"case": case["dataset"], "why": str(why)})
    why_not = _why_no_ranks(names, areas)
    told = {
        "cases": [case["dataset"] for case in cases],
        "strategies": names,
        "wins": {a: {b: _wins(cases, a, b) for b in names if b != a} for a in names},
        "ranks": None if why_not else ranks(np.array(list(areas.values())), names),
        "why_no_ranks": why_not,
        "left_out": left_out,
        "caution": _caution(cases),
    }
    return told | {"notes": notes(told)}


def outcome(case: Case, ours: str, theirs: str) -> str:
    """Won, tied or lost, by the paired 95 % interval of the areas' difference on shared seeds."""
    one, other = (case["strategies"].get(name, {}).get("areas", {}) for name in (ours, theirs))
    both = sorted(set(one) & set(other))
    if not both:
        return UNKNOWN
    apart = paired([one[seed] for seed in both], [other[seed] for seed in both]).difference
    if apart.low is None or apart.high is None:
        return UNKNOWN
    return WON if apart.low > 0 else LOST if apart.high < 0 else TIED


def _wins(cases: Sequence[Case], ours: str, theirs: str) -> dict[str, int]:
    counts = Counter(outcome(case, ours, theirs) for case in cases)
    return {one: counts[one] for one in (WON, TIED, LOST, UNKNOWN)}


def mean_areas(case: Case, names: Sequence[str]) -> list[float]:
    """Of each strategy over the seeds that all finished. Raises `ValueError` where none is."""
    areas = [case["strategies"].get(name, {}).get("areas", {}) for name in names]
    if failed := [name for name, one in zip(names, areas, strict=True) if not one]:
        raise ValueError(f"{', '.join(failed)} finished no seed")
    shared = set(areas[0]).intersection(*areas[1:])
    if not shared:
        raise ValueError("no seed was finished by every strategy")
    return [float(np.mean([one[seed] for seed in sorted(shared)])) for one in areas]


def _why_no_ranks(names: Sequence[str], areas: Mapping[str, Any]) -> str | None:
    if len(names) < LEAST:
        return f"Ranks compare strategies: there is only {', '.join(names) or 'none'}."
    if len(areas) < LEAST:
        return (
            f"Mean ranks take {LEAST} data sets or more on which every strategy finished; there "
            f"{'is' if len(areas) == 1 else 'are'} {len(areas)}."
        )
    return None


def ranks(areas: NDArray[np.float64], names: Sequence[str]) -> dict[str, Any]:
    """Mean ranks of *areas* (cases × strategies), 1 for the largest, ties shared; best first.

    Nemenyi's critical difference tells strategies apart once Friedman's test says that some differ;
    where it does not, all are one group.
    """
    of_cases = stats.rankdata(-np.round(areas / ROUNDING), axis=1)
    n, k = of_cases.shape
    mean = of_cases.mean(axis=0)
    order = np.argsort(mean, kind="stable")
    statistic, p = _friedman(of_cases)
    apart = critical_difference(k, n)
    ordered = [(names[i], float(mean[i])) for i in order]
    return {
        "cases": n,
        "mean": dict(ordered),
        "friedman": {"statistic": statistic, "p": p},
        "critical_difference": apart,
        "groups": _groups(ordered, apart) if p < 1 - SURE else [[name for name, _ in ordered]],
    }


def _friedman(of_cases: NDArray[np.float64]) -> tuple[float, float]:
    """The statistic, corrected for ties, and its p by χ² (Friedman 1937)."""
    n, k = of_cases.shape
    spread = ((of_cases - (k + 1) / 2) ** 2).sum() / (n * (k - 1))  # k(k+1)/12 without ties
    if spread == 0:
        return 0.0, 1.0
    statistic = float(n * ((of_cases.mean(axis=0) - (k + 1) / 2) ** 2).sum() / spread)
    return statistic, float(stats.chi2.sf(statistic, k - 1))


def critical_difference(strategies: int, cases: int) -> float:
    """What mean ranks must differ by at least to be told apart, at 95 % (Nemenyi 1963)."""
    q = stats.studentized_range.ppf(SURE, strategies, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(strategies * (strategies + 1) / (6 * cases)))


def _groups(ordered: Sequence[tuple[str, float]], apart: float) -> list[list[str]]:
    """The longest runs of mean ranks within *apart*; of one strategy alone there is none."""
    found: list[list[str]] = []
    reached = 0
    for i, (_, least) in enumerate(ordered):
        run = [name for name, mean in ordered[i:] if mean - least < apart]
        if len(run) > 1 and i + len(run) > reached:
            found.append(run)
            reached = i + len(run)
    return found


def _caution(cases: Sequence[Case]) -> str | None:
    """What makes the ranks say more than they know."""
    counts = Counter(case.get("data", case["dataset"]) for case in cases)
    repeated = [f"{name!r} {n} times" for name, n in counts.items() if n > 1]
    if not repeated:
        return None
    return (
        f"The same data is there more than once ({', '.join(repeated)}): the tests over cases take "
        "them for independent, which they are not. Read the wins; trust no p-value."
    )


def table_across(told: Mapping[str, Any], base: str) -> str:
    """Mean ranks and wins against *base*, as lines for a terminal."""
    mean = (told["ranks"] or {"mean": {}})["mean"]
    titles = ("strategy", "mean rank", f"wins–ties–losses against {base}")
    rows = [titles]
    for name in mean or told["strategies"]:
        against = told["wins"][name].get(base)
        rows.append((name, f"{mean[name]:.2f}" if mean else "?", _won(against) if against else ""))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([f"Over {len(told['cases'])} cases", *lines, *told["notes"]])


def _won(counts: Mapping[str, int]) -> str:
    unknown = f" ({counts[UNKNOWN]} unknown)" if counts[UNKNOWN] else ""
    return "–".join(str(counts[one]) for one in (WON, TIED, LOST)) + unknown


def notes(told: Mapping[str, Any]) -> list[str]:
    """What has to be said beside the ranks, in sentences."""
    said = [f"Left out of the ranks: {one['case']}: {one['why']}." for one in told["left_out"]]
    found = told["ranks"]
    if found is None:
        return [told["why_no_ranks"], *said]
    p, apart = found["friedman"]["p"], found["critical_difference"]
    does = "some differ" if p < 1 - SURE else "none is shown to differ"
    size = "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
    said.append(f"Friedman's test: {size}, {does}. Critical difference of ranks: {apart:.2f}.")
    said += [f"Not told apart: {', '.join(group)}." for group in found["groups"]]
    return [*said, *filter(None, [told["caution"]])]
