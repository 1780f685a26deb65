"""Which labels pull a model away from answers that are believed.

Influence functions (Koh and Liang 2017, ICML) of a logistic regression on the features of the
recipe, where they have a closed form. The audit answers only rank what people look at again: no
model learns them. Labels that people put right for it suit the audit a little better than others.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse.linalg import LinearOperator, cg
from scipy.special import logsumexp, softmax

from loop.quality.label_errors import Codes, Matrix

L2 = 0.01  # with rows of length 1 in the mean: from hundreds of answers, a smooth model says more
CLOSE = 1e-4  # of the equations, relative


def influence(
    X: NDArray[np.floating], codes: Codes, believed: NDArray[np.floating], truth: Codes
) -> Matrix:
    """How much the log loss on *believed* rows grows with the weight of each label, (n,).

    X is (n, n_features) with *codes*, *believed* is (m, n_features) with *truth*, and m > 0: both
    are places in the classes, from 0. Higher is more doubtful; around 0 a label changes nothing.
    """
    rows, audit = _scaled(X, believed)
    given = np.eye(max(codes.max(), truth.max()) + 1)[codes]
    weights = _fitted(rows, given)
    said = softmax(rows @ weights, axis=1)
    residual = softmax(audit @ weights, axis=1)
    residual[np.arange(len(truth)), truth] -= 1

    def hessian(flat: Matrix) -> Matrix:
        moved = rows @ flat.reshape(weights.shape)
        moved = said * (moved - (said * moved).sum(axis=1, keepdims=True))
        return (rows.T @ moved / len(rows)).ravel() + L2 * flat

    size = weights.size
    loss = (audit.T @ residual / len(audit)).ravel()
    equations = LinearOperator((size, size), matvec=hessian, dtype=float)
    solved, _ = cg(equations, loss, rtol=CLOSE)
    pull: Matrix = (rows @ solved.reshape(weights.shape) * (given - said)).sum(axis=1)
    return pull


def _scaled(X: NDArray[np.floating], believed: NDArray[np.floating]) -> tuple[Matrix, Matrix]:
    """Centred, of length 1 in the mean, and a column of ones."""
    middle = X.mean(axis=0, dtype=float)
    length = np.sqrt(((X - middle) ** 2).sum(axis=1).mean()) or 1.0
    rows, audit = (np.c_[(one - middle) / length, np.ones(len(one))] for one in (X, believed))
    return rows, audit


def _fitted(rows: Matrix, given: Matrix) -> Matrix:
    """The weights of softmax regression, (n_features, n_classes)."""
    shape = rows.shape[1], given.shape[1]

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        scores = rows @ flat.reshape(shape)
        log_sum = logsumexp(scores, axis=1, keepdims=True)
        mean = (log_sum[:, 0] - (scores * given).sum(axis=1)).mean()
        slope = rows.T @ (np.exp(scores - log_sum) - given) / len(rows)
        return float(mean + L2 / 2 * flat @ flat), slope.ravel() + L2 * flat

    found = minimize(loss, np.zeros(shape[0] * shape[1]), jac=True, method="L-BFGS-B")
    weights: Matrix = found.x.reshape(shape)
    return weights
