"""A Gaussian process of how good things are, learned from which of two was preferred.

Pairs told apart by a latent value (Chu & Ghahramani 2005), with the chance of Bradley and Terry:
a is preferred to b with σ(f(a) - f(b)). All that an answer tells is of a difference, so that the
process is one over differences: binary classification by Laplace's method (Rasmussen & Williams
2006, algorithms 3.1, 3.2 and 5.1) under the kernel k(a,c) - k(a,d) - k(b,c) + k(b,d).
"""

from dataclasses import dataclass, replace
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize
from scipy.special import expit, log_expit
from sklearn.base import clone

from loop.gaussian.process import Matrix, Process

Codes: TypeAlias = NDArray[np.intp]

MOST_STEPS = 50  # of Newton's method; five to ten are usual
CLOSE = 1e-6  # of the log posterior, between two steps
MOST_FITS = 40  # of the kernel's parameters


@dataclass(frozen=True)
class Answers:
    """Which of two things was preferred: *first* and *second* are rows of the things."""

    first: Codes  #: (n,)
    second: Codes  #: (n,)
    won: Matrix  #: (n,) 1: the first, 0: the second, 0.5: a tie
    weights: Matrix  #: (n,) above 0

    def of_pairs(self, square: Matrix) -> Matrix:
        """A kernel over things, (m, m) or (m, m, k), as one over the pairs."""
        rows = square[self.first] - square[self.second]
        found: Matrix = rows[:, self.first] - rows[:, self.second]
        return found

    def across(self, rows: Matrix) -> Matrix:
        """A kernel of other things with these, (p, m), as one with the pairs, (p, n)."""
        found: Matrix = rows[:, self.first] - rows[:, self.second]
        return found


@dataclass(frozen=True)
class Mode:
    """Where Laplace's method stands: the likeliest differences and the curvature there."""

    slope: Matrix  #: (n,) of the log likelihood; the kernel times it gives the differences
    root: Matrix  #: (n,) square root of the curvature
    factor: Matrix  #: (n, n) lower Cholesky factor of I + root K root
    evidence: float  #: logarithm of the marginal likelihood, by Laplace's method


@dataclass(frozen=True)
class Preferential(Process):
    """What is believed of the value of anything, after the answers.

    Only differences of values mean something; before any answer they are 0 on average.
    """

    kernel: Any  #: of scikit-learn, with its parameters as found
    things: Matrix  #: (m, n_features) what the answers are about
    answers: Answers
    mode: Mode

    def parts(self, X: Matrix) -> tuple[Matrix, Matrix]:
        """See `Process`."""
        cross = self.answers.across(self.kernel(X, self.things))
        told = solve_triangular(self.mode.factor, self.mode.root[:, None] * cross.T, lower=True)
        return cross @ self.mode.slope, told

    def expecting(self, shown: Matrix) -> Self:
        """See `Process`: no slope, so that the mean stays, but the curvature of an answer."""
        if not len(shown):
            return self
        m, q = len(self.things), len(shown)
        things = np.vstack([self.things, *shown.transpose(1, 0, 2)])
        asked, was = np.arange(q), self.answers
        answers = Answers(
            first=np.r_[was.first, m + asked],
            second=np.r_[was.second, m + q + asked],
            won=np.r_[was.won, np.full(q, 0.5)],
            weights=np.r_[was.weights, np.ones(q)],
        )
        mean, _ = self.parts(things[m:])
        chance = expit(mean[:q] - mean[q:])
        root = np.r_[self.mode.root, np.sqrt(chance * (1 - chance))]
        slope = np.r_[self.mode.slope, np.zeros(q)]
        factor = _factor(answers.of_pairs(self.kernel(things)), root)
        mode = Mode(slope, root, factor, self.mode.evidence)
        return replace(self, things=things, answers=answers, mode=mode)


def learn(
    kernel: Any, things: Matrix, answers: Answers, prior: tuple[Matrix, Matrix] | None = None
) -> Preferential:
    """The process after the answers about rows of *things*, (m, n_features).

    The parameters of the *kernel* (its `theta`, logarithms) are the likeliest ones within its
    bounds, each a priori normal about the mean and with the standard deviation of *prior*, (k,)
    each; without a prior they stay as they are. Costs O(n³) for n answers and each look at them.
    """
    found = clone(kernel)
    if prior is not None:
        centre, sd = prior

        def loss(theta: Matrix) -> tuple[float, Matrix]:
            square, slopes = kernel.clone_with_theta(theta)(things, eval_gradient=True)
            pairs = answers.of_pairs(square)
            mode = likeliest(pairs, answers)
            away = (theta - centre) / sd
            rise = evidence_slopes(pairs, answers.of_pairs(slopes), answers, mode)
            return -mode.evidence + float(away @ away) / 2, -rise + away / sd

        start = np.clip(found.theta, *found.bounds.T)
        best = minimize(
            loss, start, jac=True, method="L-BFGS-B", bounds=found.bounds,
            options={"maxiter": MOST_FITS},
        )  # fmt: skip
        found = kernel.clone_with_theta(best.x)
    return Preferential(found, things, answers, likeliest(answers.of_pairs(found(things)), answers))


def likeliest(pairs: Matrix, answers: Answers) -> Mode:
    """Newton's method for the likeliest differences under the kernel *pairs*, (n, n).

    The log posterior is concave: a step that lowers it is halved.
    """
    won, weights = answers.won, answers.weights
    alpha, at = np.zeros(len(won)), np.zeros(len(won))
    height = _height(alpha, at, answers)
    for _ in range(MOST_STEPS):
        chance = expit(at)
        root = np.sqrt(weights * chance * (1 - chance))
        factor = _factor(pairs, root)
        wanted = root**2 * at + weights * (won - chance)
        towards = wanted - root * cho_solve((factor, True), root * (pairs @ wanted))
        step, before = 1.0, height
        while True:
            next_alpha = alpha + step * (towards - alpha)
            next_at = pairs @ next_alpha
            height = _height(next_alpha, next_at, answers)
            if height >= before - CLOSE or step < CLOSE:
                break
            step /= 2
        alpha, at = next_alpha, next_at
        if height - before < CLOSE:
            break
    chance = expit(at)
    root = np.sqrt(weights * chance * (1 - chance))
    factor = _factor(pairs, root)
    evidence = height - float(np.log(np.diag(factor)).sum())
    return Mode(weights * (won - chance), root, factor, evidence)


def evidence_slopes(pairs: Matrix, slopes: Matrix, answers: Answers, mode: Mode) -> Matrix:
    """How the evidence rises with each parameter of the kernel, (k,); *slopes*: (n, n, k)."""
    at = pairs @ mode.slope
    chance = expit(at)
    inner = mode.root[:, None] * cho_solve((mode.factor, True), np.diag(mode.root))
    half = solve_triangular(mode.factor, mode.root[:, None] * pairs, lower=True)
    third = answers.weights * chance * (1 - chance) * (2 * chance - 1)
    bend = (np.diag(pairs) - (half**2).sum(axis=0)) * third / 2
    rises = np.empty(slopes.shape[2])
    for k in range(len(rises)):
        change = slopes[:, :, k]
        own = mode.slope @ change @ mode.slope / 2 - (inner * change).sum() / 2
        shift = change @ mode.slope
        rises[k] = own + bend @ (shift - pairs @ (inner @ shift))
    return rises


def _factor(pairs: Matrix, root: Matrix) -> Matrix:
    found: Matrix = cholesky(np.eye(len(root)) + root[:, None] * pairs * root, lower=True)
    return found


def _height(alpha: Matrix, at: Matrix, answers: Answers) -> float:
    said = answers.won * log_expit(at) + (1 - answers.won) * log_expit(-at)
    return float(answers.weights @ said - alpha @ at / 2)
