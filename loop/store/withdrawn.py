"""Items that were withdrawn: not asked, not trained on, in no figure, until they are restored.

No answer on them stands and they are closed; triggers see to it, see `loop.store.schema`.
"""

from loop.store import decided, log
from loop.store.database import Database, value
from loop.store.wanted import Usual


def put(db: Database, position: int, usual: Usual) -> None:
    """Take an item out."""
    db.execute("INSERT INTO withdrawn(position, erased) VALUES (?, 0)", [position])
    _settle(db, position, usual)
    db.execute("INSERT OR IGNORE INTO closed(position) VALUES (?)", [position])
    db.execute("DELETE FROM leases WHERE position = ?", [position])


def take_back(db: Database, position: int, usual: Usual) -> None:
    """Put an item back; the answers on it count again, those given meanwhile too."""
    db.execute("DELETE FROM withdrawn WHERE position = ?", [position])
    db.execute("DELETE FROM closed WHERE position = ?", [position])
    _settle(db, position, usual)


def is_out(db: Database, position: int) -> bool:
    """Whether an item is withdrawn, or erased."""
    return value(db, "SELECT 1 FROM withdrawn WHERE position = ?", position) is not None


def is_erased(db: Database, position: int) -> bool:
    """Whether an item has lost its content for good."""
    return bool(value(db, "SELECT erased FROM withdrawn WHERE position = ?", position))


def _settle(db: Database, position: int, usual: Usual) -> None:
    sql = "SELECT DISTINCT annotator FROM log WHERE position = ? AND kind IN ({})".format(
        ", ".join(f"'{kind}'" for kind in log.JUDGEMENTS)
    )
    for (annotator,) in db.execute(sql, [position]).fetchall():
        log.settle(db, position, annotator, usual)
    decided.settle(db, position, usual)
