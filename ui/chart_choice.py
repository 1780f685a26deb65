"""What of a comparison's document is drawn: which strategies, which points."""

from collections.abc import Mapping
from typing import Any

from ui.chart_look import BASELINE, MOST

Document = Mapping[str, Any]


def shown(document: Document) -> list[str]:
    """The strategies of a picture, in the document's order: those that finished a seed.

    Of more than `MOST`, random and those with the largest areas.
    """
    told = document["strategies"]
    finished = [name for name, one in told.items() if one["seeds"]]
    by_area = sorted(
        finished, key=lambda name: (name == BASELINE, told[name]["aubc"]["mean"]), reverse=True
    )
    return [name for name in finished if name in by_area[:MOST]]


def left_out(document: Document) -> str:
    """Which strategies a picture leaves out, and what to do; empty where it has all."""
    told = document["strategies"]
    others = [n for n, one in told.items() if one["seeds"] and n not in shown(document)]
    if not others:
        return ""
    return (
        f"Not drawn, with smaller areas: {', '.join(others)}. Name {MOST} strategies or fewer to "
        "see each of them."
    )


def asked(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The points of a strategy that are drawn: from the first labels on, and of most seeds.

    A seed whose first labels were all of one class got more, and stands beside the others.
    """
    points = [point for point in told["curve"] if point["labels"]]
    most = max(point["seeds"] for point in points)
    return [point for point in points if 2 * point["seeds"] >= most]
