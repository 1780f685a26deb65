"""The baseline: what learns nothing from the model, and what every curve stands beside."""

from strategies.contract import Query, Scores
from strategies.registry import scored


@scored(
    "random",
    label="Random (the baseline)",
    formula="u ~ U(0, 1)",
    when="beside every other strategy: what it does not beat is not worth its cost",
)
def random(query: Query) -> Scores:
    """Every item is as likely as any other."""
    return query.rng.random(query.n_pool)
