"""Logistic regression as few labels want it."""

from sklearn.linear_model import LogisticRegression


def logistic(C: float = 10, seed: int = 0) -> LogisticRegression:
    """Logistic regression, every class of the same weight, regularised by 1/*C*.

    Raises `ValueError` where *C* is not above 0.
    """
    if C <= 0:
        raise ValueError(f"C of logistic is above 0, not {C}")
    return LogisticRegression(C=C, class_weight="balanced", max_iter=2_000, random_state=seed)
