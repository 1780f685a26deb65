"""What a comparison on a project's own labels cannot know, in words and figures.

The labels were not drawn at random: strategies and people chose them. How far the labeled rows are
from the rest is measured where there are audit answers, which are a random sample.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from loop.evaluation import LEAST_AUDIT, wilson
from loop.store.log import BULK, IMPORT

AT_RANDOM = frozenset({"random", "tail: random"})  # drawn from all that could be asked then
BY_PEOPLE = {BULK: "labeled in bulk", IMPORT: "came with the data"}
UNTOLD = "unknown"  # why it was asked, where the log does not say


@dataclass(frozen=True)
class Share:
    """How many of some rows the models got right; a mean where several predicted each row."""

    accuracy: float
    n: int


@dataclass(frozen=True)
class Bound:
    """The same models on labels held out and on the audit answers."""

    labels: Share
    audit: Share
    difference: float  #: labels minus audit
    ci95: tuple[float, float]


def bound(labels: Share, audit: Share) -> Bound:
    """The difference of two shares of different rows with its interval (Newcombe 1998, method 10).

    It rests on the number of rows; it has a width also where every row was predicted rightly.
    """
    low, high = zip(*(wilson(one.accuracy * one.n, one.n) for one in (labels, audit)), strict=True)
    apart = labels.accuracy - audit.accuracy
    below = math.hypot(labels.accuracy - low[0], high[1] - audit.accuracy)
    above = math.hypot(high[0] - labels.accuracy, audit.accuracy - low[1])
    return Bound(labels, audit, apart, (apart - below, apart + above))


def told(chosen_by: Mapping[str, int], audit: int, found: Bound | None) -> dict[str, Any]:
    """All of it as one document, with what it means. *found* where there were answers enough."""
    ordered = dict(sorted(chosen_by.items(), key=lambda one: (-one[1], one[0])))
    random = sum(n for reason, n in ordered.items() if reason in AT_RANDOM)
    bias: dict[str, Any] = {
        "labels": sum(ordered.values()),
        "chosen_by": ordered,
        "at_random": random,
        "audit_answers": audit,
        "audit_missing": max(0, LEAST_AUDIT - audit),
        "tested_on": "labels held out" if found is None else "audit answers",
        "bound": None if found is None else asdict(found),
    }
    words = [_counted(ordered), _meaning(bias), *_bounded(bias, found)]
    return bias | {"words": words}


def _counted(chosen_by: Mapping[str, int]) -> str:
    by: Counter[str] = Counter()
    for reason, n in chosen_by.items():
        by[_by(reason)] += n
    counts = ", ".join(f"{n:,} {how}" for how, n in by.most_common())
    return f"{by.total():,} labels are asked for again: {counts}."


def _by(reason: str) -> str:
    if reason in AT_RANDOM:
        return "drawn at random"
    name = reason.removeprefix("tail: ")
    return BY_PEOPLE.get(reason, f"chosen by {name}" + (" (tail)" if name != reason else ""))


def _meaning(bias: Mapping[str, Any]) -> str:
    chosen = bias["labels"] - bias["at_random"]
    if not chosen:
        return (
            "All were drawn at random, so that nobody's choice decides what can be asked for here; "
            "there is only less of it than in the whole pool."
        )
    return (
        f"{chosen / bias['labels']:.0%} were not drawn at random, and nothing else can be asked "
        "for: random gains by what was chosen before it, strategies like those that chose are "
        "favoured, and others miss what they would have asked for elsewhere in the pool."
    )


def _bounded(bias: Mapping[str, Any], found: Bound | None) -> Iterator[str]:
    if found is None:
        yield (
            "How far this is from the whole pool is not bounded: accuracies are measured on labels "
            f"that were chosen in the same way. {bias['audit_missing']} more audit answers are "
            f"missing ({bias['audit_answers']} of {LEAST_AUDIT})."
        )
        return
    low, high = (100 * end for end in found.ci95)
    apart = 100 * found.difference
    is_sure = low > 0 or high < 0
    kind = f"the labeled items are {'easier' if apart > 0 else 'harder'} than the others"
    yield (
        f"Bounded by the audit: the same models get {found.labels.accuracy:.1%} of labels right "
        f"that they did not see, and {found.audit.accuracy:.1%} of the {found.audit.n:,} audit "
        f"answers, a difference of {apart:+.1f} points (95 %: {low:+.1f} to {high:+.1f}): "
        f"{kind if is_sure else 'no difference that was shown'}. Accuracies here are measured on "
        "the audit answers, and free of it; what could be asked for is not."
    )
    yield (
        f"Every seed is tested on the same {found.audit.n:,} answers, of which one is "
        f"{100 / found.audit.n:.1f} points: intervals and p-values are of the seeds, on these "
        "answers alone."
    )
