"""All that people's feedback comes to in a stretch of time, as one JSON-ready document."""

import datetime
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np

from loop.feedback import bradley_terry, rates
from loop.feedback.bradley_terry import Comparison
from loop.feedback.position import Decided, position
from loop.feedback.severity import severity
from loop.quality.share import share
from loop.tasks import compare, rank, rate, thumbs
from loop.tasks.judgement import Judgement

Z95 = 1.959964
MOST_SYSTEMS = 200  # of which strengths are told: they make a full matrix
UNNAMED = "not told"  # the model version of what came without one
Document = dict[str, Any]


def summary(judgements: Iterable[Judgement], rng: np.random.Generator) -> Document:
    """What counts of them, put together; see `docs/feedback.md` for what each figure means."""
    told = [one for one in judgements if one.payload]
    return {
        "judgements": len(told),
        "people": len({one.annotator for one in told}),
        "kinds": dict(Counter(one.kind for one in told)),
        "comments": sum(one.comment is not None for one in told),
        "liked": _liked([(one, likes(one)) for one in told]),
        "ratings": _ratings([one for one in told if one.kind == rate.TASK.kind]),
        "preferences": _preferences(told, rng),
    }


def likes(one: Judgement) -> bool | None:
    """Whether somebody liked what they saw, by a thumb or a rating; None where neither says."""
    if one.kind == thumbs.TASK.kind:
        return bool(one.payload["up"])
    if one.kind == rate.TASK.kind:
        return rate.is_good(one.payload)
    return None


def _liked(said: Sequence[tuple[Judgement, bool | None]]) -> Document | None:
    told = [(one, liked) for one, liked in said if liked is not None]
    if not told:
        return None
    liked = [liked for _, liked in told]
    days = [datetime.datetime.fromtimestamp(one.created_at, datetime.UTC).date() for one, _ in told]
    names = dict.fromkeys(name for one, _ in told for name in one.slices)
    over_time = rates.over_time(liked, days)
    return {
        "n": len(told),
        "liked": sum(liked),
        "share": asdict(share(sum(liked), len(told))),
        "by_version": _grouped(told, [one.model_version for one, _ in told]),
        "by_slice": {
            name: _grouped(told, [one.slices.get(name) for one, _ in told]) for name in names
        },
        "over_time": {
            "unit": over_time.unit,
            "rates": [asdict(one) | {"group": one.group.isoformat()} for one in over_time.rates],
        },
    }


def _grouped(
    told: Sequence[tuple[Judgement, bool]], groups: Sequence[str | None]
) -> list[Document]:
    """Rates by group, the largest first."""
    found = rates.by_group([liked for _, liked in told], [one or UNNAMED for one in groups])
    return [asdict(one) for one in sorted(found, key=lambda one: -one.n)]


def _ratings(told: Sequence[Judgement]) -> Document | None:
    """Means corrected for severity, of the scale that most ratings are on."""
    if not told:
        return None
    scales = Counter(tuple(one.payload["scale"]) for one in told)
    scale = scales.most_common(1)[0][0]
    mine = [one for one in told if tuple(one.payload["scale"]) == scale]
    items = [about(one) for one in mine]
    found = severity(
        items, [one.annotator for one in mine], [one.payload["rating"] for one in mine], scale
    )
    version = {item: one.model_version or UNNAMED for item, one in zip(items, mine, strict=True)}
    means = {item.name: item for item in found.items}
    groups = Counter(version[item] for item in items)
    of_group: dict[str, list[Any]] = {}
    for item, group in version.items():
        of_group.setdefault(group, []).append(means[item])
    return {
        "n": len(mine),
        "scale": list(scale),
        "of_other_scales": len(told) - len(mine),
        "rater_sd": found.rater_sd,
        "noise_sd": found.noise_sd,
        "why": found.why,
        "by_version": [_mean(group, of_group[group], n) for group, n in groups.most_common()],
        "raters": [asdict(one) for one in found.raters],
    }


def _mean(group: str, items: Sequence[Any], n: int) -> Document:
    """Of a group's items, each as heavy as another; the interval is of other items of its kind."""
    corrected = np.array([item.corrected for item in items])
    mean = float(corrected.mean())
    half = None if len(items) < 2 else Z95 * float(corrected.std(ddof=1)) / len(items) ** 0.5
    return {
        "group": group,
        "n": n,
        "items": len(items),
        "plain": float(np.mean([item.plain for item in items])),
        "corrected": mean,
        "low": None if half is None else mean - half,
        "high": None if half is None else mean + half,
    }


def _preferences(told: Sequence[Judgement], rng: np.random.Generator) -> Document | None:
    mine = [one for one in told if one.kind in {compare.TASK.kind, rank.TASK.kind}]
    if not mine:
        return None
    known = _recurring(mine)
    compared = [pair for one in mine for pair in comparisons(one, known)]
    decided = [_decided(one) for one in mine]
    return {
        "n": len(mine),
        "answers": dict(Counter(one.value for one in mine if one.kind == compare.TASK.kind)),
        "unnamed": sum(not comparisons(one, known) for one in mine),
        "systems": [
            asdict(one) | {"comparisons": one.comparisons}
            for one in bradley_terry.systems(compared, rng)
        ],
        "position": asdict(position([one for one in decided if one is not None])),
    }


def _recurring(mine: Sequence[Judgement]) -> set[str]:
    """The `MOST_SYSTEMS` that are met most often, and more than once: others rank nowhere."""
    met = Counter(name for one in mine for name in set(_systems(one).values()))
    return {name for name, n in met.most_common(MOST_SYSTEMS) if n > 1}


def comparisons(one: Judgement, known: Collection[str]) -> list[Comparison]:
    """What a preference or a ranking says of *known* systems; nothing of others.

    An output that an application names is its own system where nothing else is told.
    """
    systems = {name: made for name, made in _systems(one).items() if made in known}
    item = one.prompt or about(one)  # answers on one prompt share outputs: resampled together
    if one.kind == rank.TASK.kind:
        pairs = combinations([systems.get(name) for name in one.value], 2)
        return [Comparison(item, a, b, compare.A) for a, b in pairs if a and b and a != b]
    if len(one.outputs) != 2:  # erased
        return []
    first, second = (systems.get(name) for name in one.outputs)
    if not first or not second or first == second:
        return []
    names = dict(zip(one.outputs, (compare.A, compare.B), strict=True))
    return [Comparison(item, first, second, names.get(one.value, one.value))]


def _systems(one: Judgement) -> Mapping[str, str]:
    own = {} if one.item_id is not None else {name: name for name in one.outputs}
    return own | dict(one.systems)


def _decided(one: Judgement) -> Decided | None:
    """Which of two outputs was shown first, and whether it won; None where that is not known."""
    order = one.payload.get("order")
    if one.kind != compare.TASK.kind or not order or one.value not in one.outputs:
        return None
    first = _systems(one).get(order[0], order[0])
    return Decided(about(one), one.annotator, first, one.value == order[0])


def about(one: Judgement) -> tuple[str | None, str | None]:
    """What was judged: an item and an interaction may have the same name."""
    return one.item_id, one.interaction_id
