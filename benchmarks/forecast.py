"""How often is the forecast right? Labels to a target, on sets that nothing was learned from.

Simulated projects whose truth is known (`forecast_runs`), asked at 60, 100, 150 and 250 labels
(`forecast_asked`). Truth: the first round, from then on, at which the true accuracy, made to rise
by pool adjacent violators, is at least the target. Where no round of the run is, an interval covers
it if its upper end lies beyond the run, or is open: later than ten times the labels so far.

- fixed: targets from 0.60 to 0.98, as a person sets them; some are reached already
- just_above: 0.5, 1, 2 and 4 points above the true accuracy at that moment, and 90 and 95 % of what
  the whole pool gives, where that is more. No forecast knows where the truth is; one that takes it
  for higher than it is misses these
- asked, brought: audit answers come as one to nine labels, as a new project asks them, 20 at least
  at the moment asked; or up to 200 are there from the start
- design: each set forecast by what the other design sets taught; the way was chosen there
- held_back: by what all design sets taught. On them nothing was tried before the choice was made
- covers: how often truth lies in the 80 % interval; worst_set: on that of the sets with the least.
  Each other figure is the mean of the sets'
- says: how often the interval tells more than that the target is reached, or may be now or never;
  only then does the page show it. covers_said: how often it is right then
- open: share of intervals without an upper end; to_low: of those closed, upper end over lower one;
  error: factor between the middle and the truth, where both are known; medians
- explained: share of the variance of ln(gain of twice the labels) that turnover tells, each design
  set by what the others taught; changed: share of predictions that two models see otherwise, by the
  doublings of labels between them
- gain: the gain in accuracy of twice the labels: covers, and the interval's width in points
- coarse: ours where rounds come three times as seldom
- another_recipe: ours with a recipe that nothing was learned of, `self_training(logistic(C=10))`
- stops: how often an advice to stop was given, and what twice the labels would have gained then;
  beside that where none was given
"""

import math
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from forecast_asked import Forecast, Moment, agreement, mean, moments, steps_of, told
from forecast_runs import ANOTHER, DESIGN, HELD_BACK, RECIPES, SEEDS, Run, runs
from forecast_ways import Rounds, correlated, naive, newest

from loop import forecast, stopping
from loop.forecast import FARTHEST, ROUNDS, Law, Reach

CHOSEN = "turnover"
COARSE = 3  # rounds in one


def measure() -> dict[str, Any]:
    """The ways on the design sets, then on those held back; milliseconds of one forecast."""
    design, held = runs(DESIGN), runs(HELD_BACK)
    ways = {name: make(design) for name, make in WAYS.items()}
    return {
        "seeds": SEEDS,
        "law": {name: round(value, 3) for name, value in vars(learned(design)).items()},
        "explained": _explained(design),
        "changed": _changed(design),
        "ms": _milliseconds(held[0]),
        "design": {name: _left_out(design, make) for name, make in WAYS.items()},
        "held_back": {name: told(held, ways[name], by_set=name == CHOSEN) for name in WAYS},
        "coarse": told(held, _ours(COARSE)),
        "another_recipe": told(runs(HELD_BACK, (ANOTHER,)), _ours()),
        "gain": {"design": _gains(design), "held_back": _gains(held)},
        "stops": {"design": _stops(design), "held_back": _stops(held)},
    }


def learned(runs: Sequence[Run]) -> Law:
    """The law of these runs; every set counts the same."""
    gains, seconds = _past_gains(runs)
    names = [name for name, *_ in gains]
    turnover, gain = np.array([(t, g) for _, t, g in gains]).T
    weights = np.array([1 / names.count(name) for name in names])
    X = np.column_stack([np.ones(len(gain)), np.log(turnover + forecast.LEAST_TURNOVER)])
    y = np.log(gain + forecast.LEAST_GAIN)
    root = np.sqrt(weights)
    (usual, slope), *_ = np.linalg.lstsq(X * root[:, None], y * root)
    spread = math.sqrt(np.average((y - usual - slope * X[:, 1]) ** 2, weights=weights))
    # By quartiles, for of small gains the ratio is noise.
    low, middle, high = np.log(np.maximum(np.quantile(seconds, (0.25, 0.5, 0.75)), 0.01))
    return Law(float(usual), float(slope), spread, float(middle), float((high - low) / 1.349))


def _explained(design: Sequence[Run]) -> float:
    """How much of the gains turnover tells of sets that it was not learned from."""
    gains, _ = _past_gains(design)
    off, about = [], []
    for name in DESIGN:
        law = learned([run for run in design if run.name != name])
        others = np.mean([math.log(g + forecast.LEAST_GAIN) for one, _, g in gains if one != name])
        for turnover, gain in [(t, g) for one, t, g in gains if one == name]:
            y = math.log(gain + forecast.LEAST_GAIN)
            said = law.usual + law.slope * math.log(turnover + forecast.LEAST_TURNOVER)
            off.append((y - said) ** 2)
            about.append((y - others) ** 2)
    return round(1 - float(np.mean(off) / np.mean(about)), 3)


def _changed(design: Sequence[Run]) -> dict[str, dict[str, float]]:
    """Share of predictions that differ, by recipe and doublings."""
    told: dict[str, dict[str, float]] = {recipe: {} for recipe in RECIPES}
    for recipe, by_doublings in told.items():
        for apart in (1, 2, 4, 7):
            doublings, changed = _changed_by(design, recipe, apart)
            by_doublings[f"{doublings:.2f}"] = round(changed, 4)
    return told


def _changed_by(design: Sequence[Run], recipe: str, apart: int) -> tuple[float, float]:
    seen = [
        (math.log2(run.labels[at] / run.labels[at - apart]), 1 - agreement(run, at - apart, at)[0])
        for run in design
        if run.recipe == recipe
        for at in range(10 + apart, len(run.labels), 4)
    ]
    doublings, changed = np.mean(seen, axis=0)
    return float(doublings), float(changed)


def _past_gains(runs: Sequence[Run]) -> tuple[list[tuple[str, float, float]], list[float]]:
    """Set, turnover and gain of doublings; and what the next one gained, as a share of it."""
    gains, seconds = [], []
    for run in runs:
        for at in range(2 * ROUNDS, len(run.labels), 2):
            first = _gain(run, at, 1)
            rate = forecast.turnover(steps_of(run, at))
            if first is None or rate is None or run.labels[at] < 50:
                continue
            gains.append((run.name, rate, first))
            both = _gain(run, at, 2)
            if both is not None and first > 0.01:
                seconds.append((both - first) / first)
    return gains, seconds


def _gain(run: Run, at: int, doublings: int) -> float | None:
    """What these brought; None where the run ended before."""
    x = np.log2(run.labels)
    if x[at] + doublings > x[-1]:
        return None
    return float(np.interp(x[at] + doublings, x, run.accuracy) - run.accuracy[at])


def _ours(every: int = 1, law: Law = forecast.LEARNED) -> Forecast:
    def way(moment: Moment) -> list[Reach]:
        seen = forecast.futures(moment.known(every), law)
        return [seen.labels_to(target, FARTHEST * moment.now) for target in moment.targets]

    return way


def _of_audit(way: Callable[[Rounds, Sequence[float]], list[Reach]]) -> Forecast:
    return lambda moment: way(moment.rounds, moment.targets)


WAYS: Mapping[str, Callable[[Sequence[Run]], Forecast]] = {
    "turnover": lambda past: _ours(law=learned(past)),
    "power_law_newest": lambda past: _of_audit(newest(past)),
    "power_law_correlated": lambda past: _of_audit(correlated(past)),
    "least_squares": lambda _past: _of_audit(naive),
}


def _left_out(design: Sequence[Run], make: Callable[[Sequence[Run]], Forecast]) -> dict[str, Any]:
    """A way on each design set, by what the others taught."""
    ways = {one: make([run for run in design if run.name != one]) for one in DESIGN}
    return told(design, lambda moment: ways[moment.run.name](moment))


def _gains(runs: Sequence[Run]) -> dict[str, Any]:
    """How often the gain of twice the labels lies in its interval."""
    by_set: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for run in runs:
        for moment in moments(run, "brought"):
            true = _gain(run, moment.at, 1)
            if true is None:
                continue
            said = forecast.futures(moment.known()).gain_of(2 * moment.now)
            covers = said.low <= true <= said.high
            by_set[run.name].append((covers, 100 * (said.high - said.low)))
    sets = {
        name: {
            "covers": mean([covers for covers, _ in seen]),
            "points": round(statistics.median(width for _, width in seen), 1),
        }
        for name, seen in by_set.items()
    }
    return {
        "covers": mean([one["covers"] for one in sets.values()]),
        "points": mean([one["points"] for one in sets.values()]),
        "sets": sets,
    }


def _stops(runs: Sequence[Run]) -> dict[str, Any]:
    """What twice the labels would have gained where a rule said stop, and where it did not."""
    found: dict[tuple[str, bool], list[float]] = defaultdict(list)
    for run in runs:
        for moment in moments(run, "brought"):
            gained = _gain(run, moment.at, 1)
            if gained is None:
                continue
            newest = range(moment.at - stopping.STABLE_ROUNDS + 1, moment.at + 1)
            kappas = [agreement(run, place - 1, place)[1] for place in newest]
            stable = stopping.predictions_stable(kappas)
            assert stable is not None  # noqa: S101 - all three are known
            for advice in (
                stable,
                stopping.gains_little(forecast.futures(moment.known()), 2 * moment.now),
            ):
                found[advice.rule, advice.stop].append(gained)
    return {
        f"{rule}, {'stop' if stop else 'go on'}": {
            "given": len(gained),
            "over_1_point": mean([one > 0.01 for one in gained]),
            "over_2_points": mean([one > 0.02 for one in gained]),
            "mean_points": mean([100 * one for one in gained]),
        }
        for (rule, stop), gained in sorted(found.items())
    }


def _milliseconds(run: Run) -> float:
    """Of one forecast whose draws are not there yet."""
    moment = next(moments(run, "brought"))
    took = []
    for _ in range(20):
        forecast.futures.cache_clear()
        began = time.perf_counter()
        _ours()(moment)
        took.append(1_000 * (time.perf_counter() - began))
    return round(statistics.median(took), 1)
