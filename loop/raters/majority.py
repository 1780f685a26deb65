"""The class that most people say; everybody's vote counts the same."""

import numpy as np

from loop.raters.aggregation import DECIMALS, Aggregation, Tick
from loop.raters.answers import Answers


def majority(answers: Answers, _rng: np.random.Generator, _tick: Tick) -> Aggregation:
    """Shares of the votes; an annotator is right as often as the others on the item agree.

    Where votes are tied so are the shares, and `Aggregation.consensus` draws.
    """
    posterior = np.round(answers.shares, DECIMALS)
    right = answers.shares[answers.items, answers.labels]
    sums = np.bincount(answers.annotators, right, minlength=answers.n_annotators)
    return Aggregation(posterior, sums / np.maximum(answers.given, 1))
