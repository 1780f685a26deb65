"""What a forecast is asked in a simulated project, and how its answers are judged."""

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from forecast_runs import Run
from forecast_ways import Rounds

from loop import forecast
from loop.forecast import ROUNDS, Known, Reach, Step

MOMENTS = (60, 100, 150, 250)
ABOVE = (0.005, 0.01, 0.02, 0.04)
OF_FULL = (0.90, 0.95)
FIXED = (0.60, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95, 0.98)
AUDITS = ("asked", "brought")
TARGETS = ("fixed", "just_above")


@dataclass(frozen=True)
class Moment:
    """One point in a run, and what is asked there."""

    run: Run
    at: int  #: the round
    rounds: Rounds  #: what is known of the audit answers
    targets: list[float]

    @property
    def now(self) -> int:
        """Labels so far."""
        return int(self.run.labels[self.at])

    def truth(self, target: float) -> int | None:
        """Labels at which it is reached, now or later; None where the run ends before."""
        reached = np.flatnonzero(self.run.accuracy[self.at :] >= target)
        return int(self.run.labels[self.at + reached[0]]) if len(reached) else None

    def known(self, every: int = 1) -> Known:
        """What our forecast sees, where only every so-manieth round is one."""
        rate = forecast.turnover(steps_of(self.run, self.at, every))
        assert rate is not None  # noqa: S101 - there are rounds enough at the first moment
        return Known(self.now, int(self.rounds.audit[-1]), int(self.rounds.correct[-1]), rate)


Forecast = Callable[[Moment], list[Reach]]


def moments(run: Run, audit: str, kind: str = "fixed") -> Iterator[Moment]:
    """When is asked, and for what."""
    for labels in MOMENTS:
        at = int(np.argmax(run.labels >= labels))
        if run.labels[at] < labels or at > len(run.labels) - 4:
            continue
        yield Moment(run, at, _audited(run, at, audit), _targets(run, at, kind))


def _targets(run: Run, at: int, kind: str) -> list[float]:
    if kind == "fixed":
        return list(FIXED)
    now = run.accuracy[at]
    wanted = [now + more for more in ABOVE] + [share * run.full for share in OF_FULL]
    return [float(target) for target in wanted if now < target < 1]


def _audited(run: Run, at: int, audit: str) -> Rounds:
    labels = run.labels[: at + 1]
    there = run.right.shape[1]
    n = np.full(len(labels), there) if audit == "brought" else np.clip(labels // 9, 1, there)
    n[-1] = max(n[-1], 20)
    correct = np.array([run.right[place, :many].sum() for place, many in enumerate(n)])
    return Rounds(labels, n, correct)


def steps_of(run: Run, at: int, every: int = 1) -> list[Step]:
    """The newest rounds as the trainer notes them."""
    oldest, *places = range(at - ROUNDS * every, at + 1, every)
    rest = [Step(int(run.labels[p]), agreement(run, p - every, p)[0]) for p in places]
    return [Step(int(run.labels[oldest]), None), *rest]


def agreement(run: Run, before: int, after: int) -> tuple[float, float]:
    """Share of the rows without a label that both take for the same, and Cohen's kappa."""
    is_open = run.said[after] >= 0
    old, new = run.said[before][is_open], run.said[after][is_open]
    same = float(np.mean(old == new))
    often = [np.bincount(one, minlength=128) / len(one) for one in (old, new)]
    chance = float(often[0] @ often[1])
    return same, 1.0 if chance >= 1 else (same - chance) / (1 - chance)


@dataclass(frozen=True)
class Verdict:
    """One interval beside the truth."""

    covers: bool
    is_open: bool
    says: bool  #: whether the page would show it
    to_low: float | None  #: upper end over lower one
    error: float | None  #: factor between middle and truth


def told(runs: Sequence[Run], way: Forecast, *, by_set: bool = False) -> dict[str, Any]:
    """How a way fares, for each kind of target and of audit answers, and on each set if asked."""
    every = {
        kind: {audit: _figures_by_set(runs, way, audit, kind) for audit in AUDITS}
        for kind in TARGETS
    }
    return {
        kind: {
            audit: _whole(sets) | ({"sets": sets} if by_set else {}) for audit, sets in of.items()
        }
        for kind, of in every.items()
    }


def _whole(sets: dict[str, dict[str, Any]]) -> dict[str, Any]:
    figures = ("covers", "says", "covers_said", "open", "to_low", "error")
    whole: dict[str, Any] = {name: mean([one[name] for one in sets.values()]) for name in figures}
    return whole | {"worst_set": min(one["covers"] for one in sets.values())}


def _figures_by_set(
    runs: Sequence[Run], way: Forecast, audit: str, kind: str
) -> dict[str, dict[str, Any]]:
    by_set: dict[str, list[Verdict]] = defaultdict(list)
    for run in runs:
        for moment in moments(run, audit, kind):
            for target, interval in zip(moment.targets, way(moment), strict=True):
                by_set[run.name].append(_judged(moment, target, interval))
    return {name: _figures(verdicts) for name, verdicts in by_set.items()}


def _judged(moment: Moment, target: float, said: Reach) -> Verdict:
    truth = moment.truth(target)
    low, high = said.low or math.inf, said.high or math.inf
    covers = high > moment.run.labels[-1] if truth is None else low <= truth <= high
    error = None
    if truth is not None and said.middle is not None:
        error = max(said.middle / truth, truth / said.middle)
    is_open = said.high is None
    says = forecast.tells(said, moment.now)
    return Verdict(bool(covers), is_open, says, None if is_open else high / low, error)


def _figures(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    return {
        "asked": len(verdicts),
        "covers": mean([one.covers for one in verdicts]),
        "says": mean([one.says for one in verdicts]),
        "covers_said": mean([one.covers for one in verdicts if one.says]),
        "open": mean([one.is_open for one in verdicts]),
        "to_low": _median([one.to_low for one in verdicts]),
        "error": _median([one.error for one in verdicts]),
    }


def mean(values: Sequence[float | None]) -> float | None:
    """Of those that are known; None where none is."""
    known = [value for value in values if value is not None]
    return round(statistics.mean(known), 3) if known else None


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 2) if known else None
