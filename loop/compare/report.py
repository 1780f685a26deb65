"""What a comparison found, as one document: for the terminal, for programs, for pages."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from loop.compare import statistics
from loop.compare.cell import WHOLE, Point
from loop.compare.engine import Outcome, outcomes
from loop.compare.manifest import title
from loop.compare.plan import Plan
from loop.compare.sets import Arrays, DataSet, Rows
from loop.compare.statistics import Interval
from loop.holm import holm

BASELINE = "random"
SHARES = (0.90, 0.95)  # of what the same recipe reaches with every label
TITLES = (
    *("strategy", "area", "95 %", "to 90 %", "saved", "to 95 %", "utilised"),
    "minus random (Holm's p)",
)


def document(name: str, found: Sequence[Outcome]) -> dict[str, Any]:
    """All that the cells of one data set and protocol say.

    Seeds on which a strategy failed are counted and left out. Differences are paired on the seeds
    that both finished.
    """
    curves = _curves(found)
    full = [curve[0].accuracy for curve in curves.pop(WHOLE, {}).values()]
    full_accuracy = float(np.mean(full)) if full else None
    return {
        "dataset": name,
        "full_accuracy": full_accuracy,
        "strategies": {
            strategy: _told(of_seeds, curves.get(BASELINE, {}), full_accuracy)
            for strategy, of_seeds in curves.items()
        },
        "paired": _paired(curves),
        "failed": [
            {
                "strategy": one.cell.strategy or "(every label)",
                "seed": one.cell.seed,
                "why": one.failure,
            }
            for one in found
            if one.failure
        ],
        "alike": statistics.alike(curves),
    }


def documents(folder: Path, plan: Plan, sets: Sequence[DataSet]) -> list[dict[str, Any]]:
    """One for each data set with each protocol."""
    return [
        document(title(data, protocol, plan), outcomes(folder, plan.cells_of(data, protocol)))
        | {"data": data.name, "classes": _classes(data)}
        for data in sets
        for protocol in plan.protocols
    ]


def _classes(data: DataSet) -> list[str] | None:
    """The names of the classes, in the order of `recall`; None where the data does not say."""
    if isinstance(data, Rows):
        return sorted({str(record.label) for record in data.records})
    return [str(one) for one in np.unique(data.y)] if isinstance(data, Arrays) else None


def _curves(found: Sequence[Outcome]) -> dict[str, dict[int, list[Point]]]:
    """Finished curves by strategy and seed."""
    curves: dict[str, dict[int, list[Point]]] = {}
    for one in found:
        of_strategy = curves.setdefault(one.cell.strategy, {})
        if one.curve is not None:
            of_strategy[one.cell.seed] = one.curve
    return curves


def _told(
    of_seeds: Mapping[int, list[Point]], base: Mapping[int, list[Point]], full: float | None
) -> dict[str, Any]:
    curves = list(of_seeds.values())
    if not curves:
        return {"seeds": 0}
    areas = {str(seed): statistics.area(one) for seed, one in of_seeds.items()}
    both = [(one, base[seed]) for seed, one in of_seeds.items() if seed in base]
    return {
        "seeds": len(curves),
        "aubc": _with_ci(statistics.interval(list(areas.values()))),
        "aubc_of_lu": _aubc_of_lu(curves),
        "areas": areas,
        "labels_to": {f"{share:.2f}": _labels_to(curves, share, full) for share in SHARES},
        "saved": {f"{share:.2f}": _saved(both, share, full) for share in SHARES},
        "utilisation": _median(statistics.utilisation(*pair) for pair in both),
        "curve": [_mean_point(points) for points in _by_labels(curves)],
        "query_seconds": median(p.query_seconds for one in curves for p in one[2:] or one),
        "fit_seconds": median(p.fit_seconds for one in curves for p in one[1:]),
    }


def _with_ci(one: Interval) -> dict[str, Any]:
    return {"mean": one.mean, "ci95": [one.low, one.high]}


def _labels_to(curves: Sequence[Sequence[Point]], share: float, full: float | None) -> int | None:
    """The median over the seeds; None where half of them or more did not get there."""
    if full is None:
        return None
    middle = _median(statistics.labels_to(one, share * full) for one in curves)
    return None if middle is None else int(middle)


def _median(reached: Iterable[float | None]) -> float | None:
    """None, where half of them or more are None: they count as endless."""
    values = [math.inf if one is None else one for one in reached]
    middle = median(values) if values else math.inf
    return None if math.isinf(middle) else middle


def _saved(
    both: Sequence[tuple[list[Point], list[Point]]], share: float, full: float | None
) -> int | None:
    """How many labels fewer than random, on the seeds that both finished.

    None where one of the two did not get there.
    """
    labels, base = (_labels_to([pair[i] for pair in both], share, full) for i in (0, 1))
    return None if base is None or labels is None else base - labels


def _aubc_of_lu(curves: Sequence[Sequence[Point]]) -> dict[str, Any] | None:
    """None where a curve is too short for it."""
    if any(len(one) < statistics.POINTS_OF_LU for one in curves):
        return None
    return _with_ci(statistics.interval([statistics.area_of_lu(one) for one in curves]))


def _by_labels(curves: Sequence[Sequence[Point]]) -> list[list[Point]]:
    """The points of all seeds that stand at the same number of labels."""
    found: dict[int, list[Point]] = {}
    for point in (point for one in curves for point in one):
        found.setdefault(point.labels, []).append(point)
    return [found[labels] for labels in sorted(found)]


def _mean_point(points: Sequence[Point]) -> dict[str, Any]:
    of = statistics.interval([p.accuracy for p in points])
    return {
        "labels": points[0].labels,
        "seeds": len(points),
        "mean": of.mean,
        "lo": of.low,
        "hi": of.high,
        "macro_f1": float(np.mean([p.macro_f1 for p in points])),
        "recall": [
            _known_mean(of_class) for of_class in zip(*(p.recall for p in points), strict=True)
        ],
        "calibration_error": _known_mean(p.calibration_error for p in points),
    }


def _known_mean(values: Iterable[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return float(np.mean(known)) if known else None


def _paired(curves: Mapping[str, Mapping[int, list[Point]]]) -> dict[str, Any]:
    base = curves.get(BASELINE, {})
    found = {}
    for name, of_seeds in curves.items():
        both = sorted(set(of_seeds) & set(base))
        if name != BASELINE and both:
            ours, theirs = ([statistics.area(one[s]) for s in both] for one in (of_seeds, base))
            found[name] = statistics.paired(ours, theirs)
    adjusted = holm({n: one.p for n, one in found.items() if one.p is not None})
    return {
        name: {
            "vs": BASELINE,
            "difference": one.difference.mean,
            "ci95": [one.difference.low, one.difference.high],
            "p_holm": adjusted.get(name),
        }
        for name, one in found.items()
    }


def table(found: Mapping[str, Any]) -> str:
    """The document as lines for a terminal, the strategy with the largest area first."""
    told = found["strategies"]
    order = sorted(told, key=lambda name: told[name].get("aubc", {"mean": 0})["mean"], reverse=True)
    rows = [TITLES, *(_row(name, found) for name in order)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(
        [
            f"{found['dataset']}: {_share(found['full_accuracy'])} with every label",
            *lines,
            *(f"{a} cannot be told from {b}." for a, b in found["alike"]),
            *("Failed: {strategy}, seed {seed}: {why}".format(**one) for one in found["failed"]),
        ]
    )


def _row(name: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    one, against = found["strategies"][name], found["paired"].get(name)
    if not one["seeds"]:
        return name, "failed", *[""] * (len(TITLES) - 2)
    low, high = one["aubc"]["ci95"]
    never = "?" if found["full_accuracy"] is None else "never"
    to = [never if n is None else f"{n:,}" for n in one["labels_to"].values()]
    saved = one["saved"][f"{SHARES[0]:.2f}"]
    used = one["utilisation"]
    return (
        name,
        _share(one["aubc"]["mean"]),
        f"{_share(low)}–{_share(high)}",
        to[0],
        "" if saved is None or name == BASELINE else f"{saved:+,}" if saved else "0",
        to[1],
        "never" if used is None else f"{used:.2f}",
        f"{against['difference']:+.4f} ({_share(against['p_holm'])})" if against else "",
    )


def _share(value: float | None) -> str:
    return "?" if value is None else f"{value:.3f}"
