"""The items: what is judged. Position = row of every array; id = what people and files call it."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from loop.store import contents
from loop.store.database import Database, each, rows, value

POOL, AUDIT = "pool", "audit"


@dataclass(frozen=True)
class Item:
    """One item as stored."""

    position: int
    id: str
    fields: dict[str, Any]  #: what is shown, by column
    share: str  #: `pool`, or `audit`: never trained on and never chosen by a strategy
    meta: dict[str, Any] = field(default_factory=dict)  #: for people; no model reads it
    suggestion: str | None = None  #: what its person is shown of the model; not stored
    order: list[str] | None = (
        None  #: in which they see its outputs, where it has several; not stored
    )


def packed(item: Item) -> tuple[int, str, str | None, str, str | None]:
    """The row of an item: position, id, fields, share, metadata."""
    return (item.position, item.id, _json(item.fields), item.share, _json(item.meta))


def alike(
    db: Database, ids: Collection[str], with_content: Collection[str]
) -> Iterator[tuple[str, str, str]]:
    """The id, the content (as `content_of` gives it) and the share of items known by either.

    Those of the ids first, then those of the content by position.
    There may be some more, whose content only has the same hash.
    """
    by_id = "SELECT id, fields, share FROM items WHERE id IN (SELECT value FROM json_each(?))"
    yield from db.execute(by_id, [json.dumps(list(ids))])
    by_content = (
        "SELECT i.id, i.fields, i.share FROM contents c JOIN items i ON i.position = c.position "
        "WHERE c.hash IN (SELECT value FROM json_each(?)) ORDER BY i.position"
    )
    yield from db.execute(by_content, [json.dumps([contents.hash_of(one) for one in with_content])])


def content_of(fields: dict[str, Any]) -> str:
    """What two items have in common that are copies of each other."""
    return json.dumps(fields, ensure_ascii=False)


def imported_since(db: Database, seq: int) -> int:
    """How many items of the pool were imported after row *seq* of the log."""
    sql = (
        "SELECT sum(json_extract(value, '$.items') - json_extract(value, '$.audit')) FROM log "
        "WHERE kind = 'import' AND seq > ?"
    )
    return int(value(db, sql, seq) or 0)


def count_as_of(db: Database, seq: int) -> int:
    """How many items had been imported by row *seq* of the log."""
    sql = "SELECT sum(json_extract(value, '$.items')) FROM log WHERE kind = 'import' AND seq <= ?"
    return int(value(db, sql, seq) or 0)


def reopened_since(db: Database, seq: int) -> list[int]:
    """Open positions of the pool that came in, or came back, after row *seq* of the log."""
    sql = "SELECT sum(json_extract(value, '$.items')) FROM log WHERE kind = 'import' AND seq > ?"
    first = count(db) - int(value(db, sql, seq) or 0)
    sql = (
        "SELECT position FROM items WHERE share = 'pool' AND position NOT IN "
        "(SELECT position FROM closed) AND position IN (SELECT position FROM items "
        "WHERE position >= ? UNION SELECT position FROM log "
        "WHERE kind IN ('undo', 'restore') AND seq > ?)"
    )
    return [position for (position,) in db.execute(sql, [first, seq])]


def open_positions(db: Database) -> list[int]:
    """Positions of the pool that may still be asked of somebody, ascending; looks at them all."""
    sql = (
        "SELECT position FROM items i WHERE share = 'pool' AND NOT EXISTS "
        "(SELECT 1 FROM closed c WHERE c.position = i.position) ORDER BY position"
    )
    return [position for (position,) in db.execute(sql)]


def unanswered(db: Database) -> list[int]:
    """Open positions of the pool about which nobody's answer stands, skips among them, ascending.

    Looks at them all.
    """
    sql = (
        "SELECT position FROM items i WHERE share = 'pool' "
        "AND NOT EXISTS (SELECT 1 FROM closed c WHERE c.position = i.position) "
        "AND NOT EXISTS (SELECT 1 FROM standing s WHERE s.position = i.position) ORDER BY position"
    )
    return [position for (position,) in db.execute(sql)]


def is_audit(db: Database, position: int) -> bool:
    """Whether an item measures the model."""
    sql = "SELECT 1 FROM items WHERE position = ? AND share = 'audit'"
    return value(db, sql, position) is not None


def count(db: Database, share: str | None = None) -> int:
    """How many items there are, of one share or of both."""
    if share == AUDIT:
        return int(value(db, "SELECT count(*) FROM items WHERE share = 'audit'"))
    everything = int(value(db, "SELECT coalesce(max(position), -1) + 1 FROM items"))
    return everything if share is None else everything - count(db, AUDIT)


def at(db: Database, positions: Sequence[int]) -> list[Item]:
    """The items at *positions*, in that order."""
    found = {
        row["position"]: of_row(row)
        for row in rows(
            db,
            "SELECT * FROM items WHERE position IN (SELECT value FROM json_each(?))",
            json.dumps(list(positions)),
        )
    }
    return [found[position] for position in positions]


def positions_of(db: Database, ids: Iterable[str]) -> dict[str, int]:
    """The position of each id that exists."""
    sql = "SELECT id, position FROM items WHERE id IN (SELECT value FROM json_each(?))"
    return {row["id"]: row["position"] for row in rows(db, sql, json.dumps(list(ids)))}


def positions(db: Database, share: str) -> list[int]:
    """All positions of one share, ascending."""
    sql = "SELECT position FROM items WHERE share = 'audit' ORDER BY position"
    audit = [position for (position,) in db.execute(sql)]
    if share == AUDIT:
        return audit
    apart = set(audit)  # the others have no index: it would be as long as the pool
    return [position for position in range(count(db)) if position not in apart]


def audit_without_truth(db: Database) -> list[int]:
    """Audit items whose answer did not come with the data: people are asked, in between."""
    sql = (
        "SELECT position FROM items i WHERE share = 'audit' AND NOT EXISTS (SELECT 1 FROM standing "
        "s WHERE s.position = i.position AND s.annotator = 'import') ORDER BY position"
    )
    return [position for (position,) in db.execute(sql)]


def every(db: Database) -> Iterator[Item]:
    """All items in order of position, one at a time."""
    return (of_row(row) for row in each(db, "SELECT * FROM items ORDER BY position"))


def of_row(row: dict[str, Any]) -> Item:
    """The item of a row of the table."""
    meta = json.loads(row["meta"] or "{}")
    return Item(row["position"], row["id"], json.loads(row["fields"]), row["share"], meta)


def _json(cells: dict[str, Any]) -> str | None:
    return content_of(cells) if cells else None
