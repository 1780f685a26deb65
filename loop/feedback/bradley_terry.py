"""How strong each system is, by which of two outputs people prefer (Bradley and Terry 1952).

The chance that the one is preferred to the other is the logistic of the difference of their
strengths. choix finds the likeliest ones (I-LSR: Maystre and Grossglauser 2015). A tie is half a
win of each, without a parameter for how often there are any (Davidson 1970); both-bad tells nothing
of who is better, and is counted apart. No prior is laid over the answers: where they set a strength
no bound, there is none, and a sentence says why.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import choix
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit
from scipy.stats import rankdata

from loop.raters.answers import Codes, Matrix, codes
from loop.raters.resampling import LEAST, MOST_UNDEFINED, RESAMPLES, TAIL

# What a value is to *a*, to *b*, and which part of a win each of them gets.
_SAYS = {
    "a": ("wins", "losses", 1.0, 0.0),
    "b": ("losses", "wins", 0.0, 1.0),
    "tie": ("ties", "ties", 0.5, 0.5),
    "both-bad": ("both_bad", "both_bad", 0.0, 0.0),
}
MOST_ROUNDS = 10_000  # of I-LSR; a dozen are usual
_ABOVE, _AMONG, _BELOW, _APART, _NOWHERE = range(5)  # where a system stands to the group
_WHY = {
    _AMONG: None,
    _ABOVE: "It never lost to those with a strength: how far above them it is cannot be told.",
    _BELOW: "It never won against those with a strength: how far below them it is cannot be told.",
    _APART: "Nothing compares it with those with a strength, not even through others.",
    _NOWHERE: "No strengths: no two have won against each other, not even through others.",
}

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Comparison:
    """One answer on two outputs. Raises `ValueError` on another value, or one system twice."""

    item: Hashable  #: answers on the same one are not independent, and are resampled together
    a: str
    b: str
    value: str  #: `a`, `b`, `tie` or `both-bad`

    def __post_init__(self) -> None:
        if self.value not in _SAYS:
            raise ValueError(f"{self.value!r} is none of {', '.join(_SAYS)}.")
        if self.a == self.b:
            raise ValueError(f"{self.a} is compared with itself.")


@dataclass(frozen=True)
class System:
    """What the answers say of one system; what is None is not known, and *why* says why."""

    name: str
    wins: int = 0
    losses: int = 0
    ties: int = 0
    both_bad: int = 0
    strength: float | None = None  #: natural log odds against the average one, which is at 0
    low: float | None = None  #: ends of the 95 % interval
    high: float | None = None
    rank: int | None = None  #: 1 is the strongest
    rank_low: int | None = None
    rank_high: int | None = None
    why: str | None = None

    @property
    def comparisons(self) -> int:
        """Those that tell who is better: without both-bad."""
        return self.wins + self.losses + self.ties

    @property
    def win_probability(self) -> float | None:
        """Against the average one; *low* and *high* give the ends of its interval likewise."""
        return None if self.strength is None else float(expit(self.strength))


def systems(comparisons: Sequence[Comparison], rng: np.random.Generator) -> list[System]:
    """Every system, the strongest first; *rng* draws the resamples of items.

    Strengths are those of the largest group in which each has won and lost, through others if need
    be, against each. Before it stand those that never lost to it, behind it those that never won,
    at the end those that nothing compares with it. By their likeliest strengths these are
    infinitely far from the group or on no common scale, which leaves it as it is (Ford 1957).
    """
    names = sorted({name for one in comparisons for name in (one.a, one.b)})
    if not names:
        return []
    wins = _wins(comparisons, names)
    places = _places(_table(wins))
    group = np.flatnonzero(places == _AMONG)
    told: list[dict[str, Any]] = [{"why": _WHY[place]} for place in places.tolist()]
    if len(group):
        of_group = _told(_of(wins, group), int((places == _ABOVE).sum()), rng)
        for code, figures in zip(group.tolist(), of_group, strict=True):
            told[code] = figures
    counts = _counts(comparisons)
    found = [System(name, **counts[name] | told[code]) for code, name in enumerate(names)]
    placed = zip(places.tolist(), found, strict=True)
    return [system for _, system in sorted(placed, key=lambda one: (one[0], *_key(one[1])))]


def _key(system: System) -> tuple[float, float, str]:
    """By strength; where there is none, by the share of wins."""
    share = (system.wins + system.ties / 2) / max(1, system.comparisons)
    return -(system.strength or 0.0), -share, system.name


def _counts(comparisons: Sequence[Comparison]) -> dict[str, dict[str, Any]]:
    """Wins, losses, ties and both-bad of each system."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in comparisons:
        to_a, to_b, _, _ = _SAYS[one.value]
        counts[one.a][to_a] += 1
        counts[one.b][to_b] += 1
    return {name: dict(told) for name, told in counts.items()}


def _wins(comparisons: Sequence[Comparison], names: Sequence[str]) -> sparse.csr_array:
    """How often who won against whom on each item, (n_items, n_systems squared)."""
    asked = [one.item for one in comparisons]
    items = codes(asked, list(dict.fromkeys(asked)))
    a, b = (codes(told, names) for told in ([c.a for c in comparisons], [c.b for c in comparisons]))
    parts = np.array([_SAYS[one.value][2:] for one in comparisons])
    cells = np.concatenate([a * len(names) + b, b * len(names) + a])
    shape = (items.max() + 1, len(names) ** 2)
    return sparse.csr_array((parts.T.ravel(), (np.tile(items, 2), cells)), shape=shape)


def _of(wins: sparse.csr_array, group: Codes) -> sparse.csr_array:
    """The same of a group of systems, and of the items that tell of it."""
    n = math.isqrt(wins.shape[1])
    found = wins[:, (group[:, None] * n + group).ravel()]
    return found[found.sum(axis=1) > 0]


def _table(wins: sparse.csr_array) -> Matrix:
    """How often who won against whom, (n_systems, n_systems)."""
    n = math.isqrt(wins.shape[1])
    return np.asarray(wins.sum(axis=0)).reshape(n, n)


def _reach(table: Matrix) -> Mask:
    """Who has won against whom, through others if need be; everybody against themselves."""
    reach = (table > 0) | np.eye(len(table), dtype=bool)
    for _ in range(len(table).bit_length()):  # each time through twice as many
        reach = reach.astype(np.float32) @ reach > 0
    return np.asarray(reach)


def _places(table: Matrix) -> Codes:
    """Where each system stands to the largest group."""
    reach = _reach(table)
    mutual = reach & reach.T
    compared = mutual @ ((table + table.T) * mutual).sum(axis=1)
    largest = np.lexsort((compared, mutual.sum(axis=1)))[-1]
    if mutual[largest].sum() == 1:
        return np.full(len(table), _NOWHERE)
    places = [mutual[largest], reach[:, largest], reach[largest]]
    return np.select(places, [_AMONG, _ABOVE, _BELOW], _APART)


def _likeliest(table: Matrix, start: Matrix | None = None) -> Matrix:
    return choix.ilsr_pairwise_dense(table, initial_params=start, max_iter=MOST_ROUNDS)


def _ranks(strengths: Matrix) -> Matrix:
    return rankdata(-strengths.round(6), method="min", axis=-1)


def _told(wins: sparse.csr_array, above: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Strength and rank of each system of the group, with intervals or why there are none."""
    strengths = _likeliest(_table(wins))
    told = {"strength": strengths, "rank": _ranks(strengths).astype(int) + above}
    drawn, why = _resampled(wins, strengths, rng)
    if why is None:
        tails, ranks = (TAIL, 1 - TAIL), _ranks(drawn).astype(int) + above
        told["low"], told["high"] = np.quantile(drawn, tails, axis=0)
        told["rank_low"], told["rank_high"] = np.quantile(
            ranks, tails, axis=0, method="inverted_cdf"
        )
    rows = zip(*(values.tolist() for values in told.values()), strict=True)
    return [dict(zip(told, row, strict=True), why=why) for row in rows]


def _resampled(
    wins: sparse.csr_array, strengths: Matrix, rng: np.random.Generator
) -> tuple[Matrix, str | None]:
    """Strengths of resamples of the items, (n_resamples, n_systems), or why there are too few."""
    n_items, n = wins.shape[0], len(strengths)
    if n_items < LEAST:
        return strengths[None], f"No interval: {n_items} items are fewer than {LEAST}."
    drawn = []
    for _ in range(RESAMPLES):
        times = np.bincount(rng.integers(n_items, size=n_items), minlength=n_items)
        table = (times @ wins).reshape(n, n)
        if _reach(table).all():
            drawn.append(_likeliest(table, strengths))
    if len(drawn) < (1 - MOST_UNDEFINED) * RESAMPLES:
        return strengths[None], "No interval: in too many resamples a system always wins or loses."
    return np.array(drawn), None
