"""A bandit over strategies: each batch is one strategy's, drawn by what its batches brought."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from strategies.contract import Picks, Positions, Query
from strategies.models import plain
from strategies.registry import get, register

ARMS = ("random", "margin", "typiclust", "uherding")
LEAST = 0.1  # the chance of each, at least: whoever is never drawn is never found better
STEP = (
    LEAST / 2
)  # of the weights' logarithms, for a reward of 1 of an arm that was sure to be drawn


@register(
    "bandit",
    label="Bandit over strategies",
    needs={"labels", "probabilities", "memory"},
    cost="O(n·clusters·d)",
    formula="that of the strategy drawn",
    paper="after ALBL, Hsu & Lin 2015; weights as Exp4.P, Beygelzimer et al. 2011",
    when="no strategy is trusted; where it was measured, UHerding alone was better",
)
def bandit(query: Query, n: int) -> Picks:
    """Draw random, margin, TypiClust or UHerding for this batch, the likelier the more it brought.

    The reward of a batch is how often the model was right, before it knew, about the rows asked
    next, each weighted by 1 / the chance that it had of being asked; so the estimate is of the pool
    and not of what was asked. Weights and chances stand in the memory's diary.
    """
    memory: Any = query.memory
    book = memory.diary.setdefault("bandit", {"log_weights": [0.0] * len(ARMS)})
    settle(book, query)
    chances = chances_of(book["log_weights"])
    every = [get(arm)(query, n) for arm in ARMS]
    arm = int(query.rng.choice(len(ARMS), p=chances))
    picks = every[arm]
    likeliest = query.proba()[picks.positions].argmax(axis=1)
    book["last"] = {
        "arm": arm,
        "chance": float(chances[arm]),
        "rows": memory.rows[picks.positions].tolist(),
        "row_chances": _asked_with(every, chances, picks.positions, query.n_pool).tolist(),
        "guesses": [str(one) for one in np.asarray(plain(query).classes_)[likeliest]],
    }
    return picks


def chances_of(log_weights: list[float]) -> NDArray[np.float64]:
    """The chance of each strategy to be drawn, (n_arms,)."""
    weights = np.exp(np.array(log_weights) - max(log_weights))
    chances: NDArray[np.float64] = LEAST + (1 - LEAST * len(ARMS)) * weights / weights.sum()
    return chances


def _asked_with(
    every: list[Picks], chances: NDArray[np.float64], rows: Positions, n_pool: int
) -> NDArray[np.float64]:
    """The chance that each of *rows* had of being in this batch, whichever strategy was drawn."""
    at_random, *others = every  # random might have picked any row; the others pick what they pick
    chance = np.full(len(rows), chances[0] * len(at_random.positions) / n_pool)
    for picks, share in zip(others, chances[1:], strict=True):
        chance += share * np.isin(rows, picks.positions)
    return chance


def settle(book: dict[str, Any], query: Query) -> None:
    """Reward the strategy of the batch before the last with the answers to the last one."""
    memory: Any = query.memory
    last, before = book.get("last"), book.get("before")
    if last is None:
        return
    labels = dict(zip(memory.seen_rows.tolist(), map(str, np.asarray(query.labels)), strict=True))
    told = [i for i, row in enumerate(last["rows"]) if row in labels]
    if before is not None and told:
        weights = 1 / np.array([last["row_chances"][i] for i in told])
        right = np.array([last["guesses"][i] == labels[last["rows"][i]] for i in told])
        reward = float((weights * right).sum() / weights.sum())
        book["log_weights"][before["arm"]] += STEP * reward / before["chance"]
    if told:
        book["before"] = {"arm": last["arm"], "chance": last["chance"]}
