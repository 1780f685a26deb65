"""Query strategies: which items of the pool would the model learn most from?

This room sees arrays and a random generator and nothing else: no file, no clock,
no database, no item id. `docs/architecture.md` shows how to add a strategy in one file.
"""

from strategies.contract import Model, Picks, Query, Scores, Strategy, top
from strategies.errors import BadPicks, BadQuery, BadScores, StrategyError, UnknownStrategy
from strategies.registry import get, names, register, scored

__all__ = [
    "BadPicks",
    "BadQuery",
    "BadScores",
    "Model",
    "Picks",
    "Query",
    "Scores",
    "Strategy",
    "StrategyError",
    "UnknownStrategy",
    "get",
    "names",
    "register",
    "scored",
    "top",
]
