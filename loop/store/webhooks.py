"""Whom to tell of what happens, and what has still to be told them.

A delivery that was made, or given up, keeps no body: what was said is not stored twice.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loop.store.database import Database, insert, rows, value

_OPEN = "delivered_at IS NULL AND given_up_at IS NULL"
_IN_FORCE = "ended_at IS NULL"


@dataclass(frozen=True)
class Delivery:
    """One thing to be told to one webhook; the id stays the same however often it is tried."""

    id: str
    webhook: str
    event: str
    body: str
    attempts: int  #: that were made


def create(db: Database) -> None:
    """The tables."""
    db.execute(
        "CREATE TABLE webhooks(id TEXT PRIMARY KEY, url TEXT NOT NULL, events TEXT NOT NULL, "
        "created_at REAL NOT NULL, ended_at REAL)"
    )
    db.execute(
        "CREATE TABLE deliveries(id TEXT PRIMARY KEY, webhook TEXT NOT NULL REFERENCES webhooks, "
        "event TEXT NOT NULL, body TEXT, created_at REAL NOT NULL, attempts INTEGER NOT NULL, "
        "next_at REAL, delivered_at REAL, given_up_at REAL, last_error TEXT)"
    )
    db.execute(f"CREATE INDEX deliveries_due ON deliveries(webhook, next_at) WHERE {_OPEN}")
    db.execute("CREATE INDEX deliveries_of ON deliveries(webhook)")


def add(db: Database, webhook: str, url: str, events: Sequence[str], now: float) -> None:
    """Tell *url* of these events from *now* on."""
    row = {"id": webhook, "url": url, "events": json.dumps(events), "created_at": now}
    insert(db, "webhooks", row)


def end(db: Database, webhook: str, now: float) -> None:
    """Tell it nothing any more; what was still to be told is given up."""
    db.execute(f"UPDATE webhooks SET ended_at = ? WHERE id = ? AND {_IN_FORCE}", [now, webhook])
    db.execute(
        "UPDATE deliveries SET given_up_at = ?, next_at = NULL, body = NULL, "
        f"last_error = 'the webhook was ended' WHERE webhook = ? AND {_OPEN}",
        [now, webhook],
    )


def count(db: Database) -> int:
    """How many are in force."""
    return int(value(db, f"SELECT count(*) FROM webhooks WHERE {_IN_FORCE}"))


def listed(db: Database) -> list[dict[str, Any]]:
    """All of them, the oldest first, with how their deliveries went."""
    found = rows(
        db,
        "SELECT w.id, w.url, w.events, w.created_at, w.ended_at, "
        "count(d.delivered_at) AS delivered, "
        f"count(CASE WHEN {_OPEN} THEN d.id END) AS waiting, count(d.given_up_at) AS given_up, "
        "(SELECT last_error FROM deliveries e WHERE e.webhook = w.id AND last_error IS NOT NULL "
        "ORDER BY rowid DESC LIMIT 1) AS last_error "
        "FROM webhooks w LEFT JOIN deliveries d ON d.webhook = w.id "
        "GROUP BY w.id ORDER BY w.created_at, w.id",
    )
    return [row | {"events": json.loads(row["events"])} for row in found]


def url_of(db: Database, webhook: str) -> str | None:
    """Where a webhook in force is told; None where there is none."""
    url = value(db, f"SELECT url FROM webhooks WHERE id = ? AND {_IN_FORCE}", webhook)
    return None if url is None else str(url)


def wanting(db: Database, event: str) -> list[str]:
    """The webhooks in force that are told of *event*."""
    sql = (
        f"SELECT id FROM webhooks WHERE {_IN_FORCE} AND EXISTS "
        "(SELECT 1 FROM json_each(events) WHERE json_each.value = ?) ORDER BY created_at, id"
    )
    return [webhook for (webhook,) in db.execute(sql, [event])]


def put(db: Database, delivery: Delivery, now: float) -> None:
    """Have something delivered as soon as may be."""
    insert(db, "deliveries", vars(delivery) | {"created_at": now, "next_at": now})


def due(db: Database, now: float) -> list[str]:
    """The webhooks for which something is due."""
    sql = (
        f"SELECT id FROM webhooks w WHERE {_IN_FORCE} AND EXISTS (SELECT 1 FROM deliveries d "
        f"WHERE d.webhook = w.id AND next_at <= ? AND {_OPEN})"
    )
    return [webhook for (webhook,) in db.execute(sql, [now])]


def take(db: Database, webhook: str, now: float, until: float) -> Delivery | None:
    """The first that is due, if any. Nobody else gets it before *until*; then it is due again."""
    found = rows(
        db,
        "SELECT id, webhook, event, body, attempts FROM deliveries "
        f"WHERE webhook = ? AND next_at <= ? AND {_OPEN} ORDER BY next_at, rowid LIMIT 1",
        *(webhook, now),
    )
    if not found:
        return None
    db.execute("UPDATE deliveries SET next_at = ? WHERE id = ?", [until, found[0]["id"]])
    return Delivery(**found[0])


def delivered(db: Database, delivery: str, now: float) -> None:
    """It arrived."""
    db.execute(
        "UPDATE deliveries SET attempts = attempts + 1, delivered_at = ?, next_at = NULL, "
        f"body = NULL, last_error = NULL WHERE id = ? AND {_OPEN}",
        [now, delivery],
    )


def failed(db: Database, delivery: str, why: str, again_at: float) -> None:
    """It did not arrive, and is tried again."""
    db.execute(
        "UPDATE deliveries SET attempts = attempts + 1, next_at = ?, last_error = ? "
        f"WHERE id = ? AND {_OPEN}",
        [again_at, why, delivery],
    )


def given_up(db: Database, delivery: str, why: str, now: float) -> None:
    """It did not arrive, and is not tried any more."""
    db.execute(
        "UPDATE deliveries SET attempts = attempts + 1, given_up_at = ?, next_at = NULL, "
        f"body = NULL, last_error = ? WHERE id = ? AND {_OPEN}",
        [now, why, delivery],
    )
