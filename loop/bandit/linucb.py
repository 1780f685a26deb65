"""LinUCB (Li, Chu, Langford and Schapire 2010): serve what could be the best."""

from loop.bandit.context import Vector

TIE = 1e-9  # bounds nearer than that are equal: those of candidates without any reward are


def chances(means: Vector, widths: Vector, alpha: float) -> Vector:
    """The chance of each candidate: 1 for the highest upper bound; those that tie share it.

    *means* and *widths* have shape (…, candidates), *alpha* is how many widths are added.
    """
    bounds = means + alpha * widths
    best = bounds >= bounds.max(axis=-1, keepdims=True) - TIE
    shares: Vector = best / best.sum(axis=-1, keepdims=True)
    return shares
