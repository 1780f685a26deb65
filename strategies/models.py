"""What strategies need of a model beyond its probabilities: to train it anew, and its classes."""

from typing import Any

from strategies.contract import Query
from strategies.errors import BadQuery


def plain(query: Query) -> Any:
    """The query's model; of a modAL learner the estimator within."""
    return getattr(query.model, "estimator", query.model)


def copyable(query: Query) -> Any:
    """The same, sure to be copied and trained anew. Raises `BadQuery` where it cannot be."""
    model = plain(query)
    if not hasattr(model, "get_params"):
        raise BadQuery(
            f"This strategy trains copies of the model, and {type(model).__name__} cannot be "
            "copied as scikit-learn's can."
        )
    return model
