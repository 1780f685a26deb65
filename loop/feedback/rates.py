"""How much of what people saw they liked: shares of thumbs up, by group and over time.

A rating counts as liked from a cut on, which the caller draws. Answers count as independent: where
few people give many, intervals are too narrow.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from loop.quality.share import Estimate, share

MOST_BUCKETS = 60  # that a chart can show

Date = datetime.date
Group = TypeVar("Group", bound=Hashable)


@dataclass(frozen=True)
class Rate(Generic[Group]):
    """Of one group, say a model version, or of the time from a date on."""

    group: Group
    n: int
    liked: int
    share: Estimate  #: with Wilson's interval


@dataclass(frozen=True)
class OverTime:
    """A rate for each stretch of time in which there were answers, oldest first."""

    unit: str  #: `day`, `week` (from Monday), `month` or `year`
    rates: list[Rate[Date]]  #: by the first day of each


# How many days each has, shortest first, and the first day of that in which a date is.
_UNITS: dict[str, tuple[int, Callable[[Date], Date]]] = {
    "day": (1, lambda date: date),
    "week": (7, lambda date: date - datetime.timedelta(date.weekday())),
    "month": (30, lambda date: date.replace(day=1)),
    "year": (365, lambda date: date.replace(month=1, day=1)),
}


def by_group(liked: Sequence[bool], groups: Sequence[Group]) -> list[Rate[Group]]:
    """A rate for each group, in the order in which they first come.

    Raises `ValueError` where there are not as many groups as answers.
    """
    seen: defaultdict[Group, list[bool]] = defaultdict(list)
    for group, one in zip(groups, liked, strict=True):
        seen[group].append(one)
    return [
        Rate(group, len(told), sum(told), share(sum(told), len(told)))
        for group, told in seen.items()
    ]


def over_time(liked: Sequence[bool], dates: Sequence[Date]) -> OverTime:
    """By day, or by the shortest unit of which `MOST_BUCKETS` at most lie between the ends.

    A date is one of the time zone in which days are meant; a `datetime` counts as the date that it
    shows. Raises `ValueError` as `by_group` does.
    """
    days = [Date(date.year, date.month, date.day) for date in dates]
    unit = _unit(days)
    _, first_day = _UNITS[unit]
    rates = by_group(liked, [first_day(day) for day in days])
    return OverTime(unit, sorted(rates, key=lambda rate: rate.group))


def _unit(days: Sequence[Date]) -> str:
    if not days:
        return next(iter(_UNITS))
    first, last = min(days), max(days)
    return next(
        (
            name
            for name, (n_days, first_day) in _UNITS.items()
            if (first_day(last) - first_day(first)).days < MOST_BUCKETS * n_days
        ),
        "year",
    )
