"""What several answers come to, kept while somebody reviews: decisions change it item by item."""

from importlib import import_module
from typing import TYPE_CHECKING

from loop.settings import Settings
from loop.store import Database, decided, items, log

if TYPE_CHECKING:
    from loop.consensus import Consensus


class Settled:
    """The consensus on the pool, computed anew where more than a decision has come in."""

    def __init__(self) -> None:
        self._known: tuple[int, set[int], list[Consensus]] | None = None

    def at(self, db: Database, settings: Settings) -> list["Consensus"]:
        """What the answers come to on each item that has several and no decision, by position."""
        newest = log.newest_but_decisions(db)
        last_word = {one.position for one in decided.every(db)}
        known = self._known
        if known is None or known[0] != newest or not known[1] <= last_word:
            # It takes a quarter of a second to import, for which the first item need not wait.
            found = import_module("loop.consensus").every(db, settings, items.POOL)
            known = self._known = newest, last_word, found
        return [one for one in known[2] if one.position not in last_word]
