"""What leaves the project: standing answers and labeled items, read row by row in flat memory."""

import json
from collections.abc import Iterator
from typing import Any

from loop.store.database import Database, each
from loop.store.items import Item, of_row
from loop.store.log import IMPORT
from loop.store.play import SIGNAL, UNDO

EXACT = 2**53  # integers up to here are floating-point numbers of their own

_ANSWERS = (
    "SELECT i.id AS item_id, i.fields, i.meta, i.share, l.*, "
    "EXISTS (SELECT 1 FROM decided d WHERE d.position = s.position AND d.gold) AS is_gold "
    "FROM standing s JOIN log l USING (seq) JOIN items i ON i.position = s.position "
)
_ITS_LABEL = (  # what was decided, else what came with the data, else the newest answer
    "coalesce(d.value, (SELECT s.value FROM standing s "
    "WHERE s.position = i.position AND s.kind = 'label' "
    f"ORDER BY s.annotator = '{IMPORT}' DESC, s.seq DESC LIMIT 1))"
)
_DECODED = ("value", "fields", "meta", "shown_order")


def answers(db: Database, *, by_item: bool = False) -> Iterator[dict[str, Any]]:
    """Every standing answer with its item and its provenance, as `standings.judgements` gives them.

    In order of the log, or item by item; `is_gold` says whether its item is gold.
    """
    order = "ORDER BY s.position, s.seq" if by_item else "ORDER BY s.seq"
    for row in each(db, _ANSWERS + order):
        for name in _DECODED:
            row[name] = None if row[name] is None else json.loads(row[name])
        yield row


def gold(db: Database) -> Iterator[dict[str, Any]]:
    """Gold items by position, each with its label and who decided it, when and why."""
    sql = (
        "SELECT i.*, d.value, l.annotator, l.received_at, l.comment FROM decided d "
        "JOIN items i USING (position) JOIN log l USING (seq) WHERE d.gold ORDER BY i.position"
    )
    for row in each(db, sql):
        yield row | {name: json.loads(row[name] or "null") for name in ("value", "fields", "meta")}


def labels(db: Database) -> Iterator[tuple[Item, Any, bool, int]]:
    """Every item by position: with its label or None, if that was decided, and how many labels."""
    sql = (
        f"SELECT i.*, {_ITS_LABEL} AS label, d.position IS NOT NULL AS is_decided, "
        "(SELECT count(*) FROM standing s WHERE s.position = i.position AND s.kind = 'label') "
        "AS answers FROM items i LEFT JOIN decided d USING (position) ORDER BY i.position"
    )
    for row in each(db, sql):
        label = json.loads(row["label"] or "null")
        yield of_row(row), label, bool(row["is_decided"]), row["answers"]


def people(db: Database) -> list[str]:
    """Whoever said anything that counts, by name."""
    sql = (
        "SELECT annotator FROM standing UNION SELECT annotator FROM feedback "
        "UNION SELECT annotator FROM log s WHERE kind = ? AND NOT EXISTS "
        "(SELECT 1 FROM log u WHERE u.kind = ? AND u.target = s.event_id) ORDER BY 1"
    )
    return [name for (name,) in db.execute(sql, [SIGNAL, UNDO])]


def model_versions(db: Database, column: str | None) -> list[str]:
    """What model versions answers can have: askwell's, and what made the outputs.

    `column` is that of metadata which says what made an item's output, if there is one.
    """
    sql = (
        "SELECT DISTINCT CAST(model_version AS TEXT) FROM log WHERE model_version > 0 "
        "UNION SELECT DISTINCT model_version FROM interactions WHERE model_version IS NOT NULL "
    )
    if column is not None:
        sql += "UNION SELECT DISTINCT CAST(json_extract(meta, ?) AS TEXT) FROM items "
    found = db.execute(sql, [] if column is None else [f"$.{json.dumps(column)}"])
    return sorted(version for (version,) in found if version is not None)


def types_of(db: Database, column: str, where: str) -> set[str]:
    """The JSON types that a column of the items' fields, or of their metadata, holds.

    Among them `long`, an integer that is more than a floating-point number tells from the next.
    """
    table_column = {"fields": "fields", "meta": "meta"}[where]
    kind, cell = (f"{read}({table_column}, ?1)" for read in ("json_type", "json_extract"))
    is_long = f"{kind} = 'integer' AND abs(CAST({cell} AS REAL)) > {EXACT}"
    sql = f"SELECT DISTINCT CASE WHEN {is_long} THEN 'long' ELSE {kind} END FROM items"
    return {found for (found,) in db.execute(sql, [f"$.{json.dumps(column)}"])} - {None, "null"}
