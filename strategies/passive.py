"""Strategies that learn nothing from the model: the baseline that every curve stands beside."""

from strategies.contract import Query, Scores
from strategies.registry import scored


@scored("random", label="Random (the baseline)")
def random(query: Query) -> Scores:
    """Every item is as likely as any other."""
    return query.rng.random(query.n_pool)
