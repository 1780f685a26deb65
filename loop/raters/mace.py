"""MACE (Hovy et al. 2013): an annotator knows the class of an item, or guesses out of habit.

Variational Bayes with the priors, the ten starts and the fifty rounds of the paper. The start with
the highest bound on the evidence goes on until it has converged. The paper takes all classes for
equally frequent, and so do we; where they are not, that can cost much.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln

from loop.raters.aggregation import Aggregation, Tick, normalised
from loop.raters.answers import Answers, Matrix

STARTS = 10  # one from the shares of the votes, the others at random
ROUNDS = 50  # of each start
MOST = 1_000  # of the best one, once more
TOLERANCE = 1e-9  # of the bound
KNOWS, GUESSES = 0.5, 0.5  # the Beta prior on how often an annotator knows
HABIT = 10.0  # of the Dirichlet prior on the classes that an annotator guesses


@dataclass(frozen=True)
class _Belief:
    """What is believed of the annotators: parameters of Beta and Dirichlet distributions."""

    knows: Matrix  #: (n_annotators,)
    guesses: Matrix  #: (n_annotators,)
    habit: Matrix  #: (n_uses,) those of the classes that are never said stay as they began
    habits: Matrix  #: (n_annotators,) the sum over all classes


@dataclass(frozen=True)
class _State:
    """Where a start has come to."""

    known: Matrix  #: (n_uses,) how many answers of each use were known, not guessed
    posterior: Matrix
    bound: float = -np.inf  #: on the logarithm of the evidence
    converged: bool = False


def mace(answers: Answers, rng: np.random.Generator, tick: Tick) -> Aggregation:
    """The posterior of the best start; `knows` is how often each annotator does."""
    uses, rounds = answers.uses, 0

    def climb(state: _State, most: int) -> _State:
        nonlocal rounds
        for _ in range(most):
            state = _improved(answers, state)
            rounds += 1
            tick(rounds)
            if state.converged:
                break
        return state

    said = np.diff(uses.heard.indptr)  # how often each use occurs
    starts = [uses.own(uses.heard @ answers.shares)]
    starts += [said * rng.random(len(said)) for _ in range(STARTS - 1)]
    tried = [climb(_State(known, answers.shares), ROUNDS) for known in starts]
    best = climb(max(tried, key=lambda state: state.bound), MOST)
    belief = _believed(answers, best.known)
    knows = belief.knows / (belief.knows + belief.guesses)
    accuracy = knows + (1 - knows) / answers.n_classes
    return Aggregation(best.posterior, accuracy, rounds, best.converged, {"knows": knows})


def _believed(answers: Answers, known: Matrix) -> _Belief:
    uses = answers.uses
    knew = np.bincount(uses.annotators, known, answers.n_annotators).astype(np.float64)
    guessed = answers.given - knew
    habit = np.diff(uses.heard.indptr) - known + HABIT
    return _Belief(knew + KNOWS, guessed + GUESSES, habit, guessed + answers.n_classes * HABIT)


def _improved(answers: Answers, state: _State) -> _State:
    """One round: the annotators by the items, then the items by the annotators."""
    uses, belief = answers.uses, _believed(answers, state.known)
    total = digamma(belief.knows + belief.guesses)
    knows = (digamma(belief.knows) - total)[uses.annotators]
    guesses = (digamma(belief.guesses) - total - digamma(belief.habits))[uses.annotators]
    guesses += digamma(belief.habit)
    right = np.logaddexp(knows, guesses)
    is_own = uses.labels[:, None] == np.arange(answers.n_classes)
    log = uses.said @ np.where(is_own, right[:, None], guesses[:, None])
    posterior, evidence = normalised(log - np.log(answers.n_classes))
    known = uses.own(uses.heard @ posterior) * np.exp(knows - right)
    bound = evidence - _divergence(answers, belief)
    return _State(known, posterior, bound, bound - state.bound < TOLERANCE * abs(bound))


def _divergence(answers: Answers, belief: _Belief) -> float:
    """Kullback and Leibler's, of what is believed from the priors."""
    uses, K = answers.uses, answers.n_classes
    knows = np.stack([belief.knows, belief.guesses], axis=1)
    prior = np.array([KNOWS, GUESSES])
    off = digamma(knows) - digamma(knows.sum(axis=1, keepdims=True))
    of_knowing = gammaln(knows.sum(axis=1)) - gammaln(prior.sum())
    of_knowing -= (gammaln(knows) - gammaln(prior) - (knows - prior) * off).sum(axis=1)
    of_habits = gammaln(belief.habits) - gammaln(K * HABIT)
    off = digamma(belief.habit) - digamma(belief.habits)[uses.annotators]
    of_habit = gammaln(belief.habit) - gammaln(HABIT) - (belief.habit - HABIT) * off
    return float(of_knowing.sum() + of_habits.sum() - of_habit.sum())
