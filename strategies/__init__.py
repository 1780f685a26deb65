"""Query strategies: which items of the pool would the model learn most from?

This room sees arrays and a random generator and nothing else: no file, no clock,
no database, no item id. `docs/architecture.md` shows how to add a strategy in one file.
"""

from strategies.contract import Memory, Model, Picks, Query, Scores, Strategy, top
from strategies.errors import BadPicks, BadQuery, BadScores, StrategyError, UnknownStrategy
from strategies.interop import as_modal, from_modal, from_skactiveml
from strategies.registry import get, names, register, scored
from strategies.selection import Selection

__all__ = [
    "BadPicks",
    "BadQuery",
    "BadScores",
    "Memory",
    "Model",
    "Picks",
    "Query",
    "Scores",
    "Selection",
    "Strategy",
    "StrategyError",
    "UnknownStrategy",
    "as_modal",
    "from_modal",
    "from_skactiveml",
    "get",
    "names",
    "register",
    "scored",
    "top",
]
