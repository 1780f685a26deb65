"""How often would a rule raise a false alarm, and how soon a right one? Said while it is typed.

Of one kind of interaction, judged one after another, each negative with the same chance, which is
also the project's usual rate. Every alarm is closed at once, and the hours of the cool-down are not
counted: so these are the most false alarms that there can be.

Up to `EXACT` interactions in the window this is exact: the last outcomes are the states of a Markov
chain, a number in binary behind a leading 1, so that 0b1001 is "no, no, yes" and nothing before.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.evaluation import Z95
from loop.feedback.alarm_rule import Rule, at_least, needed

EXACT = 12  # outcomes in the window above which it is simulated
SPAN = 1_000  # judged interactions
STREAMS = 2_000  # that are simulated
NOTHING = 1e-12  # a chance that is not followed any further
TURNED = 0.5  # rate of negative ones of a kind that has gone bad
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Delay:
    """Judged interactions from when a kind turns bad to the alarm; None where that is not known."""

    mean: float | None  #: None where some are missed
    median: int | None
    ninety: int | None  #: within which nine of ten are noticed
    missed: float  #: share not noticed within `SPAN`


@dataclass(frozen=True)
class Chance:
    """What a rule does. Of what is simulated, `half` is half of a 95 % interval."""

    window: float  #: chance that one full window is over the mark
    alarms: float  #: in the first `SPAN` interactions of a kind, expected
    half: float | None  #: of `alarms`; None where it is exact
    turned: Delay  #: of a kind that was as usual until then
    new: Delay  #: of a kind that is bad from its first interaction

    @property
    def words(self) -> str:
        """A sentence for who sets the rule."""
        about = f"{self.alarms:.2g}" + (
            f" ± {self.half:.1g} (simulated)" if self.half is not None else ""
        )
        soon = "never, or hardly ever," if self.turned.median is None else self.turned.median
        return (
            f"A window is over the mark by chance in {self.window:.2%} of cases, which makes "
            f"{about} false alarms in {SPAN:,} judged interactions; a kind that turns bad is "
            f"noticed after {soon} judged interactions in half of the cases."
        )


def chance(rule: Rule, rate: float, bad: float = TURNED) -> Chance:
    """What *rule* does where the usual *rate* of negative ones, and then *bad*, is true."""
    wants = needed(rule, rate)[rule.n]
    window = 0.0 if wants is None else at_least(wants, rule.n, rate)
    if rule.n > EXACT:
        found = simulated(rule, rate, streams=STREAMS)
        delays = (simulated(rule, rate, bad, streams=STREAMS, full=full) for full in (True, False))
        return Chance(window, *alarms_of(found), *(delay_of(_shares(one)) for one in delays))
    first, again = (_first_passage(rule, rate, rate, wait) for wait in (0, rule.cool_down))
    turned = _first_passage(rule, rate, bad, 0, _as_usual(rule, rate))
    new = _first_passage(rule, rate, bad, 0)
    return Chance(window, _renewals(first, again), None, delay_of(turned), delay_of(new))


def delay_of(first: Floats) -> Delay:
    """From the chances (SPAN + 1,) that the first alarm comes with the t-th interaction."""
    sums = np.cumsum(first)
    missed = round(max(0.0, 1 - float(sums[-1])), 9)
    median, ninety = (
        int(np.searchsorted(sums, share)) if sums[-1] >= share else None for share in (0.5, 0.9)
    )
    mean = float(first @ np.arange(len(first))) if missed == 0 else None
    return Delay(mean, median, ninety, missed)


def alarms_of(streams: NDArray[np.intp]) -> tuple[float, float]:
    """Mean number of alarms, and half of its 95 % interval, of `simulated` streams."""
    counts = (streams > 0).sum(axis=1)
    half = Z95 * counts.std(ddof=1) / math.sqrt(len(counts))
    return float(counts.mean()), max(float(half), 3 / len(counts))  # no alarm at all: rule of three


def simulated(
    rule: Rule,
    usual: float,
    rate: float | None = None,
    *,
    streams: int,
    full: bool = False,
    seed: int = 0,
) -> NDArray[np.intp]:
    """Each stream's alarms by number of interaction, 0 where there is none, (streams, SPAN).

    Negative ones come at *rate*, as usual where none is told. *full*: the stream begins with a
    window of usual ones, not over the mark.
    """
    rng = np.random.default_rng(seed)
    rate = usual if rate is None else rate
    wants = np.array([math.inf if k is None else k for k in needed(rule, usual)])
    window = np.zeros((streams, rule.n), bool)  # a ring; the same place in all streams
    size = np.zeros(streams, np.intp)
    waits = np.zeros(streams, np.intp)
    if full:
        size[:] = rule.n
        window[:] = _usual_windows(rng, (streams, rule.n), usual, wants[-1])
    negative = window.sum(axis=1)
    alarms = np.zeros((streams, SPAN), np.intp)
    for t in range(SPAN):
        newest = rng.random(streams) < rate
        negative += newest.astype(np.intp) - window[:, t % rule.n]
        window[:, t % rule.n] = newest
        size = np.minimum(size + 1, rule.n)
        waits -= 1
        opened = (waits <= 0) & (negative >= wants[size])
        if opened.any():
            alarms[opened, t] = t + 1
            window[opened], negative[opened] = False, 0
            size[opened], waits[opened] = 0, rule.cool_down
    return alarms


def _usual_windows(
    rng: np.random.Generator, shape: tuple[int, int], usual: float, wants: float
) -> NDArray[np.bool_]:
    found = rng.random(shape) < usual
    while (over := found.sum(axis=1) >= wants).any():
        found[over] = rng.random((int(over.sum()), shape[1])) < usual
    return found


def _shares(streams: NDArray[np.intp]) -> Floats:
    """The share of streams whose first alarm comes with the t-th interaction, (SPAN + 1,)."""
    first = np.where(streams > 0, streams, SPAN + 1).min(axis=1)
    return np.bincount(first, minlength=SPAN + 2)[: SPAN + 1] / len(streams)


def _first_passage(
    rule: Rule, usual: float, rate: float, waits: int, start: Floats | None = None
) -> Floats:
    """Chances (SPAN + 1,) that the first alarm comes with the t-th interaction, from *waits* on."""
    over = _over(rule, usual)
    found = np.zeros(SPAN + 1)
    for t, state in zip(range(1, SPAN + 1), _outcomes(rule.n, rate, start), strict=False):
        if t >= waits:
            found[t] = state[over].sum()
            state[over] = 0
        if 1 - found.sum() < NOTHING:
            break
    return found


def _outcomes(n: int, rate: float, start: Floats | None) -> Iterator[Floats]:
    """The chances of the states after each interaction; whoever takes them may empty some."""
    full = 1 << n  # the first state with n outcomes
    state = np.zeros(2 * full)
    state[1] = 1  # nothing yet
    if start is not None:
        state = start
    while True:
        after = np.zeros_like(state)
        after[2:] = _with_one_more(state[1:full], rate)
        # Of two full windows that differ in the oldest outcome alone, the same comes.
        after[full:] += _with_one_more(state[full:].reshape(2, -1).sum(axis=0), rate)
        state = after
        yield state


def _with_one_more(state: Floats, rate: float) -> Floats:
    return np.outer(state, (1 - rate, rate)).ravel()


def _over(rule: Rule, usual: float) -> NDArray[np.bool_]:
    """Which states are over the mark."""
    wants = needed(rule, usual)
    states = ((s.bit_length() - 1, s.bit_count() - 1) for s in range(1, 2 << rule.n))
    return np.array([False, *((k := wants[m]) is not None and x >= k for m, x in states)])


def _as_usual(rule: Rule, usual: float) -> Floats:
    """The chances of full windows that are not over the mark."""
    full = 1 << rule.n
    negative = np.array([x.bit_count() for x in range(full)])
    state = np.zeros(2 * full)
    state[full:] = usual**negative * (1 - usual) ** (rule.n - negative)
    state[_over(rule, usual)] = 0
    return state / state.sum()


def _renewals(first: Floats, again: Floats) -> float:
    """The expected number of alarms, the first after *first*, each next one after *again*."""
    found = np.zeros_like(first)
    for t in range(len(first)):
        found[t] = first[t] + found[:t] @ again[t:0:-1]
    return float(found.sum())
