"""What strategies need of a model beyond its probabilities: to train it anew, and its classes.

scikit-learn is imported where it is used: who only asks which strategies there are need not wait.
"""

import warnings
from typing import Any

from strategies.contract import Query
from strategies.errors import BadQuery


def plain(query: Query) -> Any:
    """The query's model; of a modAL learner the estimator within."""
    return within(query.model)


def within(model: Any) -> Any:
    """Of a modAL learner the estimator within; that of another wrapper is not fitted."""
    return model.estimator if hasattr(model, "X_training") else model


def copyable(query: Query) -> Any:
    """The same, sure to be copied and trained anew. Raises `BadQuery` where it cannot be."""
    model = plain(query)
    if not hasattr(model, "get_params"):
        raise BadQuery(
            f"This strategy trains copies of the model, and {type(model).__name__} cannot be "
            "copied as scikit-learn's can."
        )
    return model


def fitted(estimator: Any, *data: Any) -> Any:
    """The estimator, fitted; that it might have gone on is no reason to stop."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(*data)


def fitted_copy(model: Any, X: Any, y: Any) -> Any:
    """A copy of a model, trained on other rows."""
    from sklearn.base import clone  # noqa: PLC0415

    return fitted(clone(model), X, y)
