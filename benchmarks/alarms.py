"""False alarms and delay of the rule on people's bad marks, simulated and exact.

- streams: of judged interactions of one kind, each negative with the same chance, which is the
  project's usual rate; every alarm is closed at once
- rules: the plain one is that more than 0.3 of the last ten are negative, and every window over
  the mark is an alarm; each following rule adds to the one before it, and the last is the default
- false_alarms: in 1,000 judged interactions, mean of the streams with its 95 % interval
- delay: judged interactions until the first alarm after half of them turn negative, in a stream
  that was as usual, or is new; `missed` is the share not noticed within 50
- slight: what the plain and the default rule make of a kind that turns more, or less, bad than
  that: the median delay, and the share not noticed within 1,000, exactly
- reference: the Bernoulli CUSUM (Reynolds and Stoumbos 1999) from the usual rate to 0.5, with the
  limit at which it has as many false alarms as the default rule, and the same cool-down
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop.feedback.alarm_chance import (
    SPAN,
    TURNED,
    Delay,
    alarms_of,
    chance,
    simulated,
)
from loop.feedback.alarm_rule import Rule, needed

STREAMS = 10_000
RATES = (0.05, 0.10, 0.20)
BAD = (0.3, 0.4, 0.5, 0.7)
NOTICED = 50  # interactions
PLAIN = Rule(least=10, cool_down=0, doubt=None)
RULES = {
    "plain, every window": PLAIN,
    "one alarm each": PLAIN,
    "cool-down 20": PLAIN.model_copy(update={"cool_down": 20}),
    "least 5": PLAIN.model_copy(update={"cool_down": 20, "least": 5}),
    "surely above, doubt 0.05": Rule(doubt=0.05),
    "surely above, doubt 0.01": Rule(),
    "surely above, doubt 0.001": Rule(doubt=0.001),
}
Streams = NDArray[np.intp]


def measure() -> dict[str, Any]:
    """Every rule at every usual rate, and the reference."""
    told: dict[str, Any] = {
        name: {str(rate): _of(name, rule, rate) for rate in RATES} for name, rule in RULES.items()
    }
    told["slight"] = {
        name: {str(rate): _slight(rule, rate) for rate in RATES}
        for name, rule in (("plain", PLAIN), ("default", Rule()))
    }
    told["reference"] = {str(rate): _cusum(rate) for rate in RATES}
    return {"streams": STREAMS, "interactions": SPAN, "turned": TURNED} | told


def _of(name: str, rule: Rule, rate: float) -> dict[str, Any]:
    exact = chance(rule, rate)
    if name.startswith("plain"):
        alarms, expected = _windows_over(rule, rate), (SPAN - rule.n + 1) * exact.window
    else:
        alarms, expected = simulated(rule, rate, streams=STREAMS), exact.alarms
    turned, new = (
        simulated(rule, rate, TURNED, streams=STREAMS, full=full) for full in (True, False)
    )
    return {
        "needed_of_n": needed(rule, rate)[rule.n],
        "one_window": round(exact.window, 5),
        "false_alarms": _mean(*alarms_of(alarms)) | {"exact": round(expected, 3)},
        "turned": _delays(turned, exact.turned),
        "new": _delays(new, exact.new),
    }


def _slight(rule: Rule, rate: float) -> dict[str, Any]:
    delays = {str(bad): chance(rule, rate, bad).turned for bad in BAD}
    return {
        bad: {"median": one.median, "missed": round(one.missed, 4)} for bad, one in delays.items()
    }


def _windows_over(rule: Rule, rate: float) -> Streams:
    """Streams in which every window over the mark is an alarm."""
    negative = np.random.default_rng(0).random((STREAMS, SPAN)) < rate
    sums = np.cumsum(negative, axis=1)
    in_window = sums - np.pad(sums, ((0, 0), (rule.n, 0)))[:, :SPAN]
    over = in_window >= needed(rule, rate)[rule.n]
    over[:, : rule.n - 1] = False
    return np.where(over, np.arange(1, SPAN + 1), 0)


def _mean(mean: float, half: float) -> dict[str, Any]:
    return {"mean": round(mean, 3), "ci95": [round(mean - half, 3), round(mean + half, 3)]}


def _delays(alarms: Streams, exact: Delay | None) -> dict[str, Any]:
    first = np.where(alarms > 0, alarms, SPAN + 1).min(axis=1)
    half = 1.96 * first.std(ddof=1) / math.sqrt(len(first))
    told = _mean(float(first.mean()), float(half)) | {
        "median": int(np.quantile(first, 0.5, method="inverted_cdf")),
        "p90": int(np.quantile(first, 0.9, method="inverted_cdf")),
        "missed": round(float((first > NOTICED).mean()), 4),
    }
    if exact is not None and exact.mean is not None:
        told["exact"] = {"mean": round(exact.mean, 3), "median": exact.median, "p90": exact.ninety}
    return told


def _cusum(rate: float) -> dict[str, Any]:
    """The reference with the smallest limit that has no more false alarms than the default."""
    most = chance(Rule(), rate).alarms
    low, high = 0.0, 10 * _steps(rate)[1]  # ten bad marks in a row
    while high - low > 0.01:
        middle = (low + high) / 2
        fewer = alarms_of(_cusum_streams(rate, rate, middle, STREAMS // 10))[0] <= most
        low, high = (low, middle) if fewer else (middle, high)
    false = alarms_of(_cusum_streams(rate, rate, high, STREAMS))
    turned = _cusum_streams(rate, TURNED, high, STREAMS, before=SPAN // 10)
    new = _cusum_streams(rate, TURNED, high, STREAMS)
    return {
        "limit": round(high, 2),
        "false_alarms": _mean(*false),
        "turned": _delays(turned, None),
        "new": _delays(new, None),
    }


def _steps(rate: float) -> tuple[float, float]:
    """What a good and a bad mark add: the log-likelihood ratio of turned to usual."""
    return math.log((1 - TURNED) / (1 - rate)), math.log(TURNED / rate)


def _cusum_streams(
    usual: float, rate: float, limit: float, streams: int, before: int = 0
) -> Streams:
    """As `simulated`; *before* usual interactions that raised no alarm come first."""
    rng = np.random.default_rng(0)
    good, bad = _steps(usual)
    sums = np.zeros(streams)
    waits = np.zeros(streams, np.intp)
    alarms = np.zeros((streams, SPAN), np.intp)
    for t in range(-before, SPAN):
        negative = rng.random(streams) < (usual if t < 0 else rate)
        sums = np.maximum(0, sums + np.where(negative, bad, good))
        waits -= 1
        over = (waits <= 0) & (sums >= limit)
        sums[over] = 0
        if t >= 0:
            alarms[over, t] = t + 1
            waits[over] = Rule().cool_down
    return alarms
