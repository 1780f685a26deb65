"""GLAD (Whitehill et al. 2009): annotators differ in ability, and items in difficulty."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import OptimizeResult, minimize
from scipy.special import expit

from loop.raters.aggregation import Aggregation, Tick, normalised
from loop.raters.answers import Answers, Matrix

MEAN = 1.0  # of the normal priors, of variance 1, on ability and on the logarithm of ease
MOST = 1_000  # steps


@dataclass(frozen=True)
class _Seen:
    """What is expected at given abilities and eases."""

    ease: Matrix  #: (n_items,)
    sum: Matrix  #: (n_answers,) ability × ease: the log odds that the answer is right
    posterior: Matrix
    evidence: float


def glad(answers: Answers, _rng: np.random.Generator, tick: Tick) -> Aggregation:
    """An answer is right with the chance expit(ability × ease), and else evenly wrong.

    The M-step of the paper climbs along the gradient of the expected log likelihood. Where that
    begins, it is the gradient of the log likelihood itself (Fisher's identity), so L-BFGS climbs
    that, and no rounds within rounds are needed. It stops where a step gains 2e-9 of the whole.
    """
    J, rounds = answers.n_annotators, 0

    def loss(at: Matrix) -> tuple[float, Matrix]:
        seen = _expect(answers, at)
        off = at - MEAN
        slope = _slope(answers, at[:J], seen) - off
        return -(seen.evidence - float(off @ off) / 2), -slope

    def told(_at: Matrix) -> None:
        nonlocal rounds
        rounds += 1
        tick(rounds)

    start = np.full(J + answers.n_items, MEAN)
    found: OptimizeResult = minimize(
        loss, start, jac=True, method="L-BFGS-B", callback=told, options={"maxiter": MOST}
    )
    seen = _expect(answers, found.x)
    chance = np.bincount(answers.annotators, expit(seen.sum), minlength=J)
    return Aggregation(
        seen.posterior,
        chance / np.maximum(answers.given, 1),
        rounds,
        bool(found.success),
        {"ability": found.x[:J]},
    )


def _expect(answers: Answers, at: Matrix) -> _Seen:
    """The posterior, where *at* holds the abilities and then the logarithms of the eases."""
    ability, ease = at[: answers.n_annotators], np.exp(at[answers.n_annotators :])
    log_odds = ability[answers.annotators] * ease[answers.items]
    others = np.log(max(answers.n_classes - 1, 1))
    wrong = -np.logaddexp(0, log_odds) - others
    log = answers.by_item_and_class(log_odds + others)
    log += np.bincount(answers.items, wrong, minlength=answers.n_items)[:, None]
    posterior, evidence = normalised(log - np.log(answers.n_classes))
    return _Seen(ease, log_odds, posterior, evidence)


def _slope(answers: Answers, ability: Matrix, seen: _Seen) -> Matrix:
    """Of the log likelihood, by ability and by the logarithm of ease."""
    off = seen.posterior[answers.items, answers.labels] - expit(seen.sum)
    by_ability = seen.ease[answers.items] * off
    by_ease = seen.sum * off
    return np.concatenate(
        [
            np.bincount(answers.annotators, by_ability, minlength=len(ability)),
            np.bincount(answers.items, by_ease, minlength=answers.n_items),
        ]
    )
