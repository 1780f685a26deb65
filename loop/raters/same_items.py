"""Each person beside the others on the very same items: do they do something more often, or less?

Who happened to get the hard items is not blamed for that: each item is a stratum of its own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from loop.raters.answers import Codes, Matrix


@dataclass(frozen=True)
class Beside:
    """What each annotator did on items that others answered, too; arrays of (n_annotators,)."""

    n: Codes  #: their answers on such items
    own: Codes  #: of these, those in which they did it
    others: Matrix  #: the others' share on the same items, each item counted alike; NaN of none
    below: Matrix  #: p-value of so few or fewer, if they did it as often as the others
    above: Matrix  #: of so many or more


def beside(items: Codes, annotators: Codes, did: NDArray[np.bool_], n_annotators: int) -> Beside:
    """Compare each annotator with the others by answers, (n_answers,); one each on an item.

    The test of Mantel and Haenszel (1959) with continuity correction; 1 where no item tells,
    because all who answered it did the same.
    """
    n_items = int(items.max(initial=-1)) + 1
    answered = np.bincount(items, minlength=n_items)[items]
    done = np.bincount(items[did], minlength=n_items)[items]
    is_shared = answered > 1
    who, n, all_did = annotators[is_shared], answered[is_shared], done[is_shared]
    own = did[is_shared]

    def total(weights: Matrix) -> Matrix:
        return np.asarray(np.bincount(who, weights, minlength=n_annotators), float)

    shared = np.bincount(who, minlength=n_annotators)
    # Of one answer among n, of which so many did it: a hypergeometric draw of one.
    surplus = total(own - all_did / n)
    spread = np.sqrt(total(all_did * (n - all_did) / n**2))
    rest = total((all_did - own) / (n - 1))
    share = np.divide(rest, shared, out=np.full(n_annotators, np.nan), where=shared > 0)
    return Beside(
        shared,
        total(own.astype(float)).astype(np.intp),
        share,
        _p_value(-surplus, spread),
        _p_value(surplus, spread),
    )


def others(items: Codes, did: NDArray[np.bool_]) -> Matrix:
    """In which share of the other answers on its item they did it, of each answer; NaN of none."""
    n, done = (np.bincount(items, weights)[items] for weights in (None, did))
    return np.divide(done - did, n - 1, out=np.full(len(items), np.nan), where=n > 1)


def _p_value(surplus: Matrix, spread: Matrix) -> Matrix:
    z = np.divide(surplus - 0.5, spread, out=np.full(len(spread), -np.inf), where=spread > 0)
    return np.where(spread > 0, ndtr(-z), 1.0)
