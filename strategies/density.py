"""Density-weighted uncertainty: doubtful, and like much of the pool (Settles & Craven 2008)."""

import numpy as np

from strategies.contract import Query, Scores, chunks
from strategies.geometry import space_of
from strategies.registry import scored
from strategies.uncertainty import margins


@scored(
    "density",
    label="Density-weighted margin",
    needs={"probabilities"},
    cost="O(n·d)",
    formula="margin score · (1 + mean cosine to the pool) / 2",
    paper="Settles & Craven 2008",
    when="pools with outliers that uncertainty alone keeps asking for",
)
def density(query: Query) -> Scores:
    """The margin's score times the mean cosine likeness to the pool, from 0 to 1.

    The mean over all pairs is one product with the mean of the rows, each of length 1.
    """
    space = space_of(query)
    inverse = 1 / np.sqrt(np.maximum(space.lengths, 1e-24))
    mean = sum(inverse[part] @ space.rows[part] for part in chunks(space.n)) / space.n
    cosine = np.concatenate([space.rows[part] @ mean for part in chunks(space.n)]) * inverse
    return margins(query.proba()) * (1 + cosine) / 2
