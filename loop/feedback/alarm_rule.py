"""When do people's bad marks open an alarm? A pure decision about similar interactions.

All in it are *judged*: somebody said yes or no to the output. One that nobody judged says nothing.
"""

import math
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, Field, model_validator

LEAST_USUAL = 50  # judged interactions below which no usual rate is stated
HOUR = 3600.0  # seconds
WINDOW = (2, 200)


class Rule(BaseModel):
    """When an alarm opens. The defaults were measured: see docs/alarms.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: int = Field(default=10, ge=WINDOW[0], le=WINDOW[1])  #: newest judged ones that are looked at
    above: float = Field(default=0.3, ge=0, lt=1)  #: share of negative ones that it takes more than
    least: int = Field(default=5, ge=1)  #: judged ones below which nothing is decided
    cool_down: int = Field(default=20, ge=0)  #: judged ones after an alarm was closed, and
    cool_down_hours: float = Field(default=24, ge=0)  #: hours, before the next can open
    doubt: float | None = Field(default=0.01, gt=0, lt=1)  #: see `needed`; None: the share decides

    @model_validator(mode="after")
    def _can_be_met(self) -> "Rule":
        if self.least > self.n:
            raise ValueError(
                f"'least', {self.least} judged interactions, is more than the {self.n} that are "
                "looked at; set 'least' to that or less"
            )
        if needed(self, self.above)[self.n] is None:
            raise ValueError(
                f"{self.n} judged interactions cannot be surely above {self.above} with a doubt of "
                f"{self.doubt}, even if all are negative; raise 'n' or 'doubt'"
            )
        return self


@dataclass(frozen=True)
class Judged:
    """A judged interaction. `at` is when it was judged, in seconds since 1970, UTC."""

    at: float
    negative: bool


@dataclass(frozen=True)
class Alarm:
    """The newest alarm about these interactions."""

    opened_at: float
    closed_at: float | None = None  #: None while it is open


class Says(StrEnum):
    """What is to be done."""

    OPEN = "open"  #: a new alarm
    TAKE_IN = "take in"  #: the open alarm gets this as evidence
    COOLING = "cooling"  #: an alarm was closed just now
    TOO_FEW = "too few"  #: not enough judged interactions
    QUIET = "quiet"  #: not above the mark


@dataclass(frozen=True)
class Verdict:
    """What is to be done, and why. The counts are of the window: the newest n since an alarm."""

    says: Says
    negative: int
    judged: int
    needed: int | None  #: negative ones that open an alarm; None where no number does
    words: str


def decide(
    rule: Rule,
    history: Sequence[Judged],
    now: float,
    usual: float | None = None,
    last: Alarm | None = None,
) -> Verdict:
    """What similar judged interactions, the oldest first, come to at the time *now*.

    *usual* is the project's rate of negative ones, None where it is not known yet. *last* is the
    newest alarm about the same neighbourhood; what was judged before it was closed never counts
    for another one. Raises `ValueError` where *history* is not in order, or from after *now*.
    """
    times = [one.at for one in history]
    if any(one > other for one, other in pairwise([*times, now])):
        raise ValueError("judged interactions come in the order of their time, none of it to come")
    closed = last.closed_at if last else None
    if last is not None and closed is None:
        since = list(history)
    else:
        since = [one for one in history if closed is None or one.at > closed]
    window = since[-rule.n :]
    negative, judged = sum(one.negative for one in window), len(window)
    wants = needed(rule, usual)[judged]
    says, words = _says(rule, negative, judged, wants, usual)
    if last is not None and closed is None:
        says, words = Says.TAKE_IN, "an alarm about such interactions is open; it takes this in"
    elif closed is not None and (waits := _cooling(rule, len(since), now - closed)):
        says, words = Says.COOLING, waits
    return Verdict(says, negative, judged, wants, words)


@lru_cache(maxsize=1_000)
def needed(rule: Rule, usual: float | None) -> tuple[int | None, ...]:
    """How many of m = 0 … n judged interactions must be negative to open an alarm; None: never.

    More than the share `above`, and, where the *usual* rate is known and the rule has a `doubt`, so
    many that a kind with the usual rate has them with that chance at most (one-sided exact binomial
    test). A usual rate higher than the mark counts as the mark: else a project where most is bad
    would never hear of it.
    """
    if usual is not None and not 0 <= usual <= 1:
        raise ValueError(f"a usual rate is from 0 to 1, not {usual}")
    mark = Fraction(str(rule.above))  # as it is written: 29 of 100 are not above 0.29

    def fewest(m: int) -> int | None:
        more = range(math.floor(mark * m) + 1, m + 1)
        if rule.doubt is None or usual is None:
            return min(more, default=None)
        rate, doubt = min(usual, rule.above), rule.doubt
        return next((k for k in more if at_least(k, m, rate) <= doubt), None)

    return tuple(fewest(m) if m >= rule.least else None for m in range(rule.n + 1))


def at_least(k: int, n: int, rate: float) -> float:
    """The chance of *k* or more negative ones among *n* independent ones."""
    return math.fsum(math.comb(n, j) * rate**j * (1 - rate) ** (n - j) for j in range(k, n + 1))


def usual_rate(negative: int, judged: int) -> float | None:
    """The rate of negative ones among all *judged* of a project; None where they are too few."""
    return negative / judged if judged >= LEAST_USUAL else None


def belongs(similar: Collection[Hashable], evidence: Collection[Hashable]) -> bool:
    """Whether an interaction is of the neighbourhood that an alarm is about (both are ids).

    *similar* are all interactions similar to it, not the newest n alone; *evidence* is what opened
    the alarm and all that it took in since. One in common is enough: benchmarks/similar.py has what
    asking for more comes to.
    """
    return not set(similar).isdisjoint(evidence)


@dataclass(frozen=True)
class Priority:
    """How urgent an alarm is, and how that comes about."""

    value: float
    words: str


def priority(negative: int, judged: int, reach: float) -> Priority:
    """Rate × count × reach of an alarm with so many negative ones of the *judged*, at least one.

    *reach* is the share of the recent interactions, judged or not, that are similar: that is known
    wherever there is traffic, while who the users are often is not. Raises `ValueError`.
    """
    if not (0 <= negative <= judged and judged and 0 <= reach <= 1):
        raise ValueError(f"{negative} of {judged} judged, reach {reach}: no such alarm")
    value = negative * reach  # the rate times the judged is the negative ones
    return Priority(
        value,
        f"{negative / judged:.0%} negative × {judged:,} judged × {reach:.1%} of recent traffic "
        f"= {value:.2g}, the bad answers reported, weighed by how much of the traffic is alike",
    )


def _says(
    rule: Rule, negative: int, judged: int, wants: int | None, usual: float | None
) -> tuple[Says, str]:
    if judged < rule.least:
        return Says.TOO_FEW, f"{judged} of the {rule.least} judged interactions that it takes"
    counts = f"{negative} of the last {judged} are negative"
    if wants is None:
        return Says.TOO_FEW, f"{counts}; so few cannot be surely above the usual {usual:.0%}"
    against = f"an alarm takes {wants}"
    if rule.doubt is not None:
        known = "not known yet" if usual is None else f"{usual:.0%}"
        against += f" (the usual rate is {known})"
    return (Says.OPEN if negative >= wants else Says.QUIET), f"{counts}; {against}"


def _cooling(rule: Rule, judged: int, seconds: float) -> str:
    """What is still waited for after an alarm was closed; empty where nothing is."""
    waits = []
    if judged < rule.cool_down:
        waits.append(f"{rule.cool_down - judged} more judged interactions")
    if seconds < rule.cool_down_hours * HOUR:
        waits.append(f"{rule.cool_down_hours - seconds / HOUR:.1f} more hours")
    return (
        f"an alarm was closed just now; the next waits for {' and '.join(waits)}" if waits else ""
    )
