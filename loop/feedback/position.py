"""Whether people prefer what they are shown first, whatever it is.

Where a coin decides which output comes first, and people do not mind, that one wins half of the
decided answers, however much better one system is and however many answers are on the same pair.
Where no coin does, the share says as much of the systems as of people, and only pairs shown both
ways tell.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, chi2

from loop.evaluation import Z95
from loop.holm import holm
from loop.quality.share import Estimate, share

LEAST = 20  # decided answers of a rater, or pairs shown both ways, before anything is said of them
CHANCE = 0.05  # to name any rater, where none has a bias


@dataclass(frozen=True)
class Decided:
    """An answer that one output is better; a tie or both-bad is none."""

    pair: Hashable
    rater: str
    first: str  #: the system that was shown first
    first_won: bool


@dataclass(frozen=True)
class OfRater:
    """One rater with `LEAST` decided answers or more."""

    name: str
    n: int
    first_won: Estimate
    p: float  #: of a share so far from one half by chance, adjusted by Holm over these raters

    @property
    def stands_out(self) -> bool:
        """Beyond what chance gives among so many raters."""
        return self.p < CHANCE


@dataclass(frozen=True)
class Spread:
    """How much raters differ from each other."""

    beyond_chance: float  #: standard deviation of their shares, without that by chance
    p: float  #: of differences so large by chance (chi-squared test of homogeneity)


@dataclass(frozen=True)
class Position:
    """What is known of position bias; 0.5 is none."""

    n: int  #: decided answers
    first_won: Estimate | None  #: None where there are none
    pairs_both_ways: int  #: with decided answers in either order
    both_ways: Estimate | None  #: of these alone; None below `LEAST`, and where nothing varies
    raters: list[OfRater]  #: those furthest from one half first
    spread: Spread | None  #: None below two such raters


def position(answers: Sequence[Decided]) -> Position:
    """The bias overall, within pairs, and of each rater."""
    n, won = len(answers), sum(one.first_won for one in answers)
    within = _within_pairs(answers)
    counts = _counts(answers)
    return Position(
        n,
        share(won, n) if n else None,
        len(within),
        _mean(within),
        _raters(counts),
        _spread(list(counts.values())),
    )


def _within_pairs(answers: Iterable[Decided]) -> list[float]:
    """How often the first wins, as a mean of both orders of each pair that was shown both ways.

    What the one system wins by being better in the one order, it costs in the other.
    """
    seen: defaultdict[Hashable, defaultdict[str, list[bool]]]
    seen = defaultdict(lambda: defaultdict(list))
    for one in answers:
        seen[one.pair][one.first].append(one.first_won)
    return [
        float(np.mean([np.mean(won) for won in orders.values()]))
        for orders in seen.values()
        if len(orders) == 2
    ]


def _mean(values: Sequence[float]) -> Estimate | None:
    """With its interval by the normal law, within 0 and 1."""
    if len(values) < LEAST or (spread := float(np.std(values, ddof=1))) == 0:
        return None
    mean, half = float(np.mean(values)), Z95 * spread / len(values) ** 0.5
    return Estimate(mean, max(0.0, mean - half), min(1.0, mean + half))


def _counts(answers: Iterable[Decided]) -> dict[str, tuple[int, int]]:
    """How often the first won and how many were decided, of each rater with enough."""
    seen: defaultdict[str, list[bool]] = defaultdict(list)
    for one in answers:
        seen[one.rater].append(one.first_won)
    return {name: (sum(won), len(won)) for name, won in seen.items() if len(won) >= LEAST}


def _raters(counts: dict[str, tuple[int, int]]) -> list[OfRater]:
    adjusted = holm({name: _by_chance(*told) for name, told in counts.items()})
    found = [OfRater(name, n, share(won, n), adjusted[name]) for name, (won, n) in counts.items()]
    return sorted(found, key=lambda one: (-abs(one.first_won.value - 0.5), one.name))


def _by_chance(won: int, n: int) -> float:
    """The exact test against one half, two-sided."""
    return min(1.0, 2 * float(binom.cdf(min(won, n - won), n, 0.5)))


def _spread(counts: Sequence[tuple[int, int]]) -> Spread | None:
    """Chi-squared of the raters' shares, and by how much their variance is above chance's.

    The variance is that of DerSimonian and Laird 1986, with the same chance for all beneath it.
    """
    if len(counts) < 2:
        return None
    won, n = np.array(counts, float).T
    mean = won.sum() / n.sum()
    by_chance = mean * (1 - mean)
    if by_chance == 0:
        return Spread(0.0, 1.0)
    apart = float((n * (won / n - mean) ** 2).sum()) / by_chance
    weight = (n.sum() - (n**2).sum() / n.sum()) / by_chance
    beyond = max(0.0, float((apart - (len(n) - 1)) / weight))
    return Spread(beyond**0.5, float(chi2.sf(apart, len(n) - 1)))
