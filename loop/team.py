"""What people did, and how long it will take: numbers for the team page and for oneself."""

import math
import statistics
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from loop.people import Person
from loop.project import Project
from loop.status import IDLE
from loop.store import people
from loop.store.people import DayOfWork

LEAST_TIMED = 20  # answers whose time is known, before hours are forecast
LEAST_DAYS = 3  # whole days, before days are forecast
LEAST_LABELS = 20  # in those days
WINDOW = 14  # days that a forecast looks back
NEWEST = 20_000  # rows of the log that people's time is taken from
DAY = 86_400
# Student's t, 97.5 %, for 1, 2, 3 … degrees of freedom; scipy's costs the web process a second.
_T = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13)


@dataclass(frozen=True)
class Span:
    """A 95 % interval. `high` is None where the data sets no upper limit."""

    low: float
    high: float | None


@dataclass(frozen=True)
class Forecast:
    """How much work is left. Each span stands beside what it rests on, or what it waits for."""

    wanted: int  #: labels
    hours: Span | None  #: of one person's work
    hours_rest_on: str
    days: Span | None  #: of the calendar
    days_rest_on: str


@dataclass(frozen=True)
class Work:
    """What one person did. Only answers that stand are counted."""

    answers: int
    labels: int
    skips: int
    today: int  #: answers
    streak: int  #: days in a row with an answer, up to today or yesterday
    seconds: float | None  #: median per answer, a look longer than `IDLE` as `IDLE`


@dataclass(frozen=True)
class Member:
    """One person of the team, and their work."""

    person: Person
    work: Work


@dataclass(frozen=True)
class Team:
    """The whole team."""

    members: list[Member]
    days: list[DayOfWork]
    today: int  #: days since 1970-01-01
    labels: int  #: by people, standing
    wanted: int  #: labels until nothing need be asked any more
    looks: list[float]  #: seconds, as `Work.seconds` takes them


def team(project: Project, offset: int = 0) -> Team:
    """Everybody's work; days begin *offset* seconds before those of UTC."""
    with project.store.snapshot() as db:
        there = people.every(db)
        days = people.work(db, offset)
        looks = people.look_times(db, NEWEST)
        wanted = people.labels_wanted(db, project.settings.usual)
    today = _day(offset)
    by_name = {person.name: [day for day in days if day.name == person.name] for person in there}
    return Team(
        members=[Member(p, _work(by_name[p.name], looks.get(p.name, []), today)) for p in there],
        days=days,
        today=today,
        labels=sum(day.answers for day in days if day.kind == "label"),
        wanted=wanted,
        looks=[min(seconds, IDLE) for times in looks.values() for seconds in times],
    )


def own_work(project: Project, name: str, offset: int = 0) -> tuple[Work, list[DayOfWork]]:
    """One person's work, and the same day by day."""
    with project.store.snapshot() as db:
        days = people.work(db, offset, name)
        looks = people.look_times(db, NEWEST).get(name, [])
    return _work(days, looks, _day(offset)), days


def labels_a_day(days: Sequence[DayOfWork], today: int) -> list[int]:
    """Labels of each whole day, oldest first: since the first one, but not before the window."""
    given: dict[int, int] = {}
    for day in days:
        if day.kind == "label":
            given[day.day] = given.get(day.day, 0) + day.answers
    first = max(min(given, default=today), today - WINDOW)
    return [given.get(day, 0) for day in range(first, today)]


def forecast(wanted: int, daily: Sequence[int], looks: Sequence[float]) -> Forecast:
    """How long *wanted* labels take.

    `daily` are the team's labels of each whole day, days without work included; `looks` the seconds
    of answers so far, idle time capped. Below the least numbers there is no forecast.
    """
    hours = days = None
    hours_rest_on = f"not known yet ({len(looks)} of {LEAST_TIMED} timed answers)"
    if len(looks) >= LEAST_TIMED:
        slow, fast = _bounds(looks)
        hours = Span(wanted * slow / 3600, wanted * fast / 3600)
        hours_rest_on = f"the newest {len(looks):,} timed answers"
    if len(daily) < LEAST_DAYS:
        days_rest_on = f"not known yet ({len(daily)} of {LEAST_DAYS} whole days)"
    elif sum(daily) < LEAST_LABELS:
        days_rest_on = f"not known yet ({sum(daily)} of {LEAST_LABELS} labels before today)"
    else:
        slow, fast = _bounds(daily)
        days = Span(wanted / fast, wanted / slow if slow > 0 else None)
        days_rest_on = f"{sum(daily):,} labels in the last {len(daily)} whole days"
    return Forecast(wanted, hours, hours_rest_on, days, days_rest_on)


def streak(days: Collection[int], today: int) -> int:
    """Days in a row with work, up to today; a today without any yet does not break it."""
    last = today if today in days else today - 1
    length = 0
    while last - length in days:
        length += 1
    return length


def _bounds(sample: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of a mean, by Student's t; never below zero."""
    mean, freedom = statistics.fmean(sample), len(sample) - 1
    t = _T[freedom - 1] if freedom <= len(_T) else 1.96 + 2.6 / freedom
    half = t * statistics.stdev(sample) / math.sqrt(len(sample))
    return max(0.0, mean - half), mean + half


def _work(days: Sequence[DayOfWork], looks: Sequence[float], today: int) -> Work:
    def count(*kinds: str) -> int:
        return sum(day.answers for day in days if not kinds or day.kind in kinds)

    return Work(
        answers=count(),
        labels=count("label"),
        skips=count("skip"),
        today=sum(day.answers for day in days if day.day == today),
        streak=streak({day.day for day in days}, today),
        seconds=statistics.median(min(look, IDLE) for look in looks) if looks else None,
    )


def _day(offset: int) -> int:
    return int((time.time() + offset) // DAY)
