"""What can go wrong in this room.

StrategyError
├── UnknownStrategy   no strategy of that name
├── BadQuery          a query that no strategy could answer
├── BadScores         a strategy scored an item with NaN or infinity, or forgot some
└── BadPicks          a strategy picked twice, out of range, or the wrong number
"""

import difflib
from collections.abc import Sequence


class StrategyError(Exception):
    """Base of every error a strategy or its lookup raises."""


class UnknownStrategy(StrategyError):
    """No strategy of that name is registered."""

    def __init__(self, name: str, choices: Sequence[str]) -> None:
        near = difflib.get_close_matches(name, choices, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        super().__init__(f"There is no query strategy {name!r}.{hint} Known: {', '.join(choices)}.")
        self.name, self.choices = name, tuple(choices)


class BadQuery(StrategyError):
    """A query that no strategy could answer, such as one with an empty pool."""


class BadScores(StrategyError):
    """A strategy's scores cannot be ranked."""


class BadPicks(StrategyError):
    """A strategy's picks are not distinct positions of the pool, best first."""
