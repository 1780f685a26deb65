"""What running applications send about their interactions: append-only, as the log is.

`interactions` holds what was asked and answered, once; `feedback` what people said of it. Of a
verdict (see `SUPERSEDED`) a person's newest on an interaction counts; all others stand beside it.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from loop.store.database import Database, each, rows, value

SUPERSEDED = (
    "thumbs",
    "rating",
    "preference",
    "ranking",
    "label",
)  # by the same person's newer one
TOLD = ("prompt", "output", "outputs", "systems", "model_version", "slices")  # of an interaction
JSON = ("outputs", "systems", "slices")
TOMBSTONE = "[erased]"

_STANDS = (
    "NOT EXISTS (SELECT 1 FROM feedback newer WHERE newer.interaction = f.interaction "
    "AND newer.kind = f.kind AND newer.annotator = f.annotator AND newer.seq > f.seq "
    f"AND f.kind IN {SUPERSEDED})"
)
_ROW = (
    "SELECT f.*, i.id AS interaction_id, i.prompt, i.output, i.outputs, i.systems, "
    "i.model_version, i.slices FROM feedback f JOIN interactions i ON i.number = f.interaction "
)


@dataclass(frozen=True)
class Interaction:
    """One exchange of an application with its user, as far as it was told. What is None was not."""

    id: str
    prompt: str | None = None
    output: str | None = None
    outputs: dict[str, str] | None = None
    systems: dict[str, str] | None = None
    model_version: str | None = None
    slices: dict[str, str] | None = None


@dataclass(frozen=True)
class Said:
    """What somebody said of an interaction. Times are seconds since 1970, UTC."""

    feedback_id: str
    kind: str
    annotator: str
    sent_by: str
    value: Any
    options: dict[str, Any]
    comment: str | None
    created_at: float
    received_at: float
    schema_version: str
    digest: str  #: of all that was sent, by which a replay is known


def create(db: Database) -> None:
    """The tables, and what keeps them as they are."""
    db.execute(
        "CREATE TABLE interactions(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, "
        "prompt TEXT, output TEXT, outputs TEXT, systems TEXT, model_version TEXT, slices TEXT)"
    )
    db.execute(
        "CREATE TABLE feedback(seq INTEGER PRIMARY KEY, feedback_id TEXT NOT NULL UNIQUE, "
        "interaction INTEGER NOT NULL REFERENCES interactions(number), kind TEXT NOT NULL, "
        "annotator TEXT NOT NULL, sent_by TEXT NOT NULL, value TEXT NOT NULL, "
        "options TEXT NOT NULL, comment TEXT, created_at REAL NOT NULL, received_at REAL NOT NULL, "
        "schema_version TEXT NOT NULL, digest TEXT NOT NULL)"
    )
    db.execute("CREATE INDEX feedback_of ON feedback(interaction, kind, annotator, seq)")
    db.execute("CREATE INDEX feedback_when ON feedback(created_at)")
    db.execute("CREATE INDEX feedback_by ON feedback(annotator)")
    db.execute("CREATE TABLE erasing_feedback(interaction INTEGER, annotator TEXT)")
    _guard(db)


def _guard(db: Database) -> None:
    """No row goes, and none changes but where something is erased, or told that was not."""
    for table in ("interactions", "feedback"):
        db.execute(
            f"CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'feedback is append-only'); END"
        )
    kept = " OR ".join(f"(OLD.{one} IS NOT NULL AND NEW.{one} IS NOT OLD.{one})" for one in TOLD)
    db.execute(
        "CREATE TRIGGER interactions_are_told_once BEFORE UPDATE ON interactions "
        f"WHEN (NEW.number <> OLD.number OR NEW.id <> OLD.id OR {kept}) "
        "AND NOT EXISTS (SELECT 1 FROM erasing_feedback e WHERE e.interaction = OLD.number) "
        "BEGIN SELECT RAISE(ABORT, 'an interaction is told once'); END"
    )
    db.execute(
        "CREATE TRIGGER feedback_is_said_once BEFORE UPDATE ON feedback WHEN NOT EXISTS "
        "(SELECT 1 FROM erasing_feedback e WHERE e.interaction = OLD.interaction "
        "OR e.annotator IN (OLD.annotator, OLD.sent_by)) "
        "BEGIN SELECT RAISE(ABORT, 'feedback is append-only'); END"
    )


def interaction(db: Database, id_: str) -> tuple[int, Interaction] | None:
    """The number of an interaction, and what was told of it; None where it is new."""
    found = rows(db, "SELECT * FROM interactions WHERE id = ?", id_)
    if not found:
        return None
    return found[0]["number"], Interaction(id_, **{name: _told(found[0], name) for name in TOLD})


def tell(db: Database, told: Interaction) -> int:
    """Store an interaction, or what was not told of it before; returns its number."""
    names = ", ".join(TOLD)
    news = ", ".join(f"{name} = coalesce({name}, excluded.{name})" for name in TOLD)
    sql = (
        f"INSERT INTO interactions(id, {names}) VALUES (?, {', '.join('?' * len(TOLD))}) "
        f"ON CONFLICT (id) DO UPDATE SET {news} RETURNING number"
    )
    cells = [_packed(name, getattr(told, name)) for name in TOLD]
    return int(value(db, sql, told.id, *cells))


def say(db: Database, number: int, said: Said) -> None:
    """Append what somebody said of the interaction of this number."""
    row = vars(said) | {"interaction": number}
    row |= {name: json.dumps(row[name], ensure_ascii=False) for name in ("value", "options")}
    db.execute(
        f"INSERT INTO feedback({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
        [*row.values()],
    )


def digest_of(db: Database, feedback_id: str) -> str | None:
    """Of all that came under this id; None where nothing did."""
    found: str | None = value(db, "SELECT digest FROM feedback WHERE feedback_id = ?", feedback_id)
    return found


def end(db: Database) -> int:
    """The number of the last row; 0 where there is none."""
    return int(value(db, "SELECT coalesce(max(seq), 0) FROM feedback"))


def standing(
    db: Database, since: float = 0, after: int = 0, kinds: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """What counts, with its interaction, in the order in which it came, one row at a time.

    Since a time (of `created_at`), after a row, of some kinds or all.
    """
    some = "AND f.kind IN (SELECT value FROM json_each(?)) " if kinds else ""
    sql = f"{_ROW}WHERE {_STANDS} AND f.created_at >= ? AND f.seq > ? {some}ORDER BY f.seq"
    given = [since, after, *([json.dumps(kinds)] if kinds else [])]
    return (_decoded(row) for row in each(db, sql, given))


def newest_texts(db: Database, n: int) -> list[tuple[int, str]]:
    """The number and the prompt of the newest *n* interactions that have one, oldest first."""
    sql = "SELECT number, prompt FROM interactions WHERE prompt <> '' ORDER BY number DESC LIMIT ?"
    return db.execute(sql, [n]).fetchall()[::-1]


def one(db: Database, feedback_id: str) -> dict[str, Any] | None:
    """A row by its id, with its interaction; None where there is none."""
    found = rows(db, f"{_ROW}WHERE f.feedback_id = ?", feedback_id)
    return _decoded(found[0]) if found else None


def said(db: Database, feedback_id: str) -> Said:
    """What somebody said, by an id that there is."""
    (row,) = rows(db, "SELECT * FROM feedback WHERE feedback_id = ?", feedback_id)
    told = row | {name: json.loads(row[name]) for name in ("value", "options")}
    return Said(**{name: told[name] for name in Said.__dataclass_fields__})


def of_interactions(db: Database, numbers: Iterable[int]) -> list[dict[str, Any]]:
    """All that counts of these interactions, in the order in which it came."""
    sql = (
        f"{_ROW}WHERE {_STANDS} AND f.interaction IN (SELECT value FROM json_each(?)) "
        "ORDER BY f.seq"
    )
    return [_decoded(row) for row in rows(db, sql, json.dumps(list(numbers)))]


def erase_interaction(db: Database, number: int, pseudonym: str) -> None:
    """Take an interaction's content and all words about it out; what was chosen stays."""
    db.execute("INSERT INTO erasing_feedback(interaction) VALUES (?)", [number])
    blank = ", ".join(f"{name} = NULL" for name in TOLD if name != "model_version")
    db.execute(f"UPDATE interactions SET id = ?, {blank} WHERE number = ?", [pseudonym, number])
    db.execute(
        "UPDATE feedback SET comment = CASE WHEN comment IS NULL THEN NULL ELSE ? END, "
        "value = CASE WHEN kind IN ('correction', 'text') THEN ? ELSE value END, digest = '' "
        "WHERE interaction = ?",
        [TOMBSTONE, json.dumps(TOMBSTONE), number],
    )
    db.execute("UPDATE choices SET context = NULL WHERE interaction = ?", [number])
    db.execute("DELETE FROM erasing_feedback")


def erase_person(db: Database, name: str, pseudonym: str) -> None:
    """Put a pseudonym for a person's name, and blank their comments."""
    db.execute("INSERT INTO erasing_feedback(annotator) VALUES (?)", [name])
    db.execute(
        "UPDATE feedback SET annotator = ?, digest = '', "
        "comment = CASE WHEN comment IS NULL THEN NULL ELSE ? END WHERE annotator = ?",
        [pseudonym, TOMBSTONE, name],
    )
    db.execute("UPDATE feedback SET sent_by = ? WHERE sent_by = ?", [pseudonym, name])
    db.execute("DELETE FROM erasing_feedback")


def _told(row: dict[str, Any], name: str) -> Any:
    return json.loads(row[name]) if name in JSON and row[name] is not None else row[name]


def _packed(name: str, told: Any) -> Any:
    return json.dumps(told, ensure_ascii=False) if name in JSON and told is not None else told


def _decoded(row: dict[str, Any]) -> dict[str, Any]:
    told = {name: _told(row, name) for name in TOLD}
    return row | told | {name: json.loads(row[name]) for name in ("value", "options")}
