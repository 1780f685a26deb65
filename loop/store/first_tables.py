"""The tables that there were first: see `loop.store.schema` for what came later."""

from sqlite_utils import Database


def create(db: Database) -> None:
    """Items, the append-only log, and what is derived from them."""
    for tables in (_items, _log, _state, _rounds, _people):
        tables(db)


def _items(db: Database) -> None:
    """What is judged."""
    db.table("items").create(
        {
            "position": int,  # row of every array, in order of import, from 0
            "id": str,
            "fields": str,  # JSON
            "share": str,  # pool | audit
        },
        pk="position",
        not_null={"id", "fields", "share"},
    )
    db.table("items").create_index(["id"], unique=True)
    db.execute("CREATE INDEX audit_items ON items(position) WHERE share = 'audit'")


def _log(db: Database) -> None:
    """The truth: every event, never changed."""
    db.table("log").create(
        {
            "seq": int,
            "event_id": str,  # made by whoever answers; the same one twice is one row
            "kind": str,  # an answer's kind, or import | settings | round | failure
            "position": int,
            "annotator": str,
            "value": str,  # JSON
            "received_at": float,  # seconds since 1970, UTC, as are all times
            "shown_at": float,
            "answered_at": float,
            "comment": str,
            "target": str,  # the event_id that an undo takes back
            "suggestion": str,
            "model_version": int,
            "strategy": str,
            "score": float,
            "rank": int,
            "guideline_version": int,
        },
        pk="seq",
        not_null={"event_id", "kind", "annotator", "received_at"},
        foreign_keys=[("position", "items", "position")],
    )
    db.table("log").create_index(["event_id"], unique=True)
    db.table("log").create_index(["position", "annotator"])
    db.table("log").create_index(["kind"])
    for change in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER log_refuses_{change.lower()} BEFORE {change} ON log "
            "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
        )


def _state(db: Database) -> None:
    """Whose answer counts, what is done, what is lent to whom."""
    db.table("standing").create(  # each person's answer that counts now
        {"position": int, "annotator": str, "seq": int, "kind": str, "value": str},
        pk=["position", "annotator"],
        not_null={"seq", "kind"},
    )
    db.table("standing").create_index(["annotator"])
    db.table("closed").create({"position": int}, pk="position")  # nobody need be asked any more
    db.table("leases").create(
        {
            "position": int,
            "annotator": str,
            "slot": int,  # place in the queue last handed out; NULL when no longer in it
            "expires_at": float,
            "model_version": int,
            "strategy": str,
            "score": float,
            "rank": int,
        },
        pk=["position", "annotator"],
        not_null={"expires_at", "strategy"},
    )
    db.table("leases").create_index(["annotator"])


def _rounds(db: Database) -> None:
    """What the trainer publishes, and what it says of itself."""
    db.table("models").create(
        {
            "version": int,
            "published_at": float,
            "reason": str,
            "log_seq": int,  # the last row of the log that it saw
            "labels": int,
            "pool": int,  # items that were ranked
            "strategy": str,
            "fit_seconds": float,
            "rank_seconds": float,
            "round_seconds": float,
        },
        pk="version",
    )
    db.table("curve").create(
        {
            "version": int,
            "labels": int,
            "audit": int,  # audit items with an answer
            "correct": int,
            "accuracy": float,  # NULL below the least number of audit answers
            "low": float,
            "high": float,
        },
        pk="version",
    )
    db.table("ranking").create(  # the one pointer row
        {"id": int, "version": int, "file": str, "strategy": str, "head": int, "tail": str}, pk="id"
    )
    db.table("trainer").create(
        {"id": int, "state": str, "note": str, "since": float, "working_on": int}
        | {"asked": int, "answered": int},
        pk="id",
        defaults={"asked": 0, "answered": 0},
    )


def _people(db: Database) -> None:
    """Who may come in."""
    db.table("annotators").create({"name": str, "role": str, "created_at": float}, pk="name")
    db.table("tokens").create(
        {"hash": str, "annotator": str, "created_at": float}, pk="hash", not_null={"annotator"}
    )
