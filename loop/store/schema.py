"""The tables, as migrations. `items` and `log` are the truth; all else can be rebuilt from them."""

import sqlite3

from sqlite_utils import Database, Migrations

from loop.store import (
    alarms,
    choices,
    decided,
    doubts,
    feedback,
    first_tables,
    insights,
    tuning,
    wanted,
    webhooks,
)
from loop.store.contents import hash_of

migrate = Migrations("askwell")


def known() -> set[str]:
    """The names of all migrations."""
    return {migration.name for migration in migrate._migrations}  # noqa: SLF001


def applied(connection: sqlite3.Connection) -> list[str]:
    """The names of those that a database has had."""
    return [migration.name for migration in migrate.applied(Database(connection))]


def apply(connection: sqlite3.Connection) -> None:
    """Give it those that it lacks."""
    db = Database(connection)
    if migrate.pending(db):
        migrate.apply(db)


@migrate()
def the_loop(db: Database) -> None:
    """Items, the append-only log, and what is derived from them."""
    first_tables.create(db)


@migrate()
def offers(db: Database) -> None:
    """What the trainer can do, for those who must not load what it needs to know that."""
    db.table("offers").create({"id": int, "offers": str}, pk="id")


@migrate()
def kept_counts(db: Database) -> None:
    """Counts that are kept, not taken: they cost the same at a million answers as at ten."""
    for step in (_tallies, _changed, _passed_places):
        step(db)


def _tallies(db: Database) -> None:
    """What each item counts for, and the sums: see `loop.store.tally`."""
    still_open = "NOT EXISTS (SELECT 1 FROM closed c WHERE c.position = s.position)"
    newest = (
        "NOT EXISTS (SELECT 1 FROM standing newer WHERE newer.position = s.position "
        "AND newer.kind = 'label' AND newer.seq > s.seq)"
    )
    db.execute(
        "CREATE VIEW counted_for(position, what, of) AS "
        "SELECT s.position, 'answered by', s.annotator FROM standing s UNION ALL "
        f"SELECT s.position, 'open by', s.annotator FROM standing s WHERE {still_open} UNION ALL "
        "SELECT s.position, 'passed over', '' FROM standing s "
        f"WHERE s.kind IN ('skip', 'unsure') AND {still_open} UNION ALL "
        "SELECT s.position, 'kind', s.kind FROM standing s WHERE s.annotator <> 'import' UNION ALL "
        "SELECT s.position, 'labels in ' || i.share, s.value FROM standing s "
        f"JOIN items i ON i.position = s.position WHERE s.kind = 'label' AND {newest}"
    )
    db.table("tallies").create(
        {"what": str, "of": str, "n": int}, pk=["what", "of"], not_null={"n"}
    )
    db.execute("INSERT INTO tallies SELECT what, of, count(*) FROM counted_for GROUP BY what, of")
    db.execute("DROP INDEX idx_standing_annotator")
    db.table("standing").create_index(["annotator", "seq"])  # one person's newest answers
    db.execute("CREATE INDEX standing_by_people ON standing(seq) WHERE annotator <> 'import'")


def _changed(db: Database) -> None:
    """Items of the pool that were ever labeled, with their newest row of the log."""
    db.table("changed").create({"position": int, "seq": int}, pk="position", not_null={"seq"})
    db.execute(
        "INSERT INTO changed SELECT l.position, max(l.seq) FROM log l "
        "JOIN items i USING (position) WHERE i.share = 'pool' "
        "GROUP BY l.position HAVING max(l.kind = 'label')"
    )
    db.table("changed").create_index(["seq"])


def _passed_places(db: Database) -> None:
    """So many first places of the ranking hold closed items only; one that reopens resets it."""
    db.table("ranking").add_column("start", int, not_null_default=0)
    db.execute(
        "CREATE TRIGGER reopened AFTER DELETE ON closed "
        "BEGIN UPDATE ranking SET start = 0 WHERE start > 0; END"
    )


@migrate()
def metadata(db: Database) -> None:
    """What is known of an item beside what is judged; NULL where nothing is."""
    db.table("items").add_column("meta", str)  # JSON


@migrate()
def suggestions(db: Database) -> None:
    """What the model suggested for an item that is lent, and whether its person saw that."""
    db.table("ranking").add_column("guesses", str)
    db.table("leases").add_column("suggestion", str)
    db.table("leases").add_column("suggestion_shown", int)
    db.table("log").add_column("suggestion_shown", int)  # NULL where nothing was suggested


@migrate()
def items_may_leave(db: Database) -> None:
    """Items that were withdrawn, and the one door through which the log gives up content."""
    for step in (_withdrawn, _door):
        step(db)


def _withdrawn(db: Database) -> None:
    """No answer on a withdrawn item stands, and it is closed, whoever updates the state."""
    db.table("withdrawn").create(
        {"position": int, "erased": int}, pk="position", not_null={"erased"}
    )
    gone = "WHEN EXISTS (SELECT 1 FROM withdrawn w WHERE w.position = {row}.position)"
    for name, change, row in (
        ("withdrawn_counts_for_nothing", "INSERT ON standing", "NEW"),
        ("withdrawn_stays_closed", "DELETE ON closed", "OLD"),
    ):
        db.execute(
            f"CREATE TRIGGER {name} BEFORE {change} {gone.format(row=row)} "
            "BEGIN SELECT RAISE(IGNORE); END"
        )


def _door(db: Database) -> None:
    """While a row of `erasing` names an item or a person, words of theirs may become tombstones.

    Nothing else may: no other row, no other column, no other text. See `loop.store.erasure`.
    """
    db.execute(
        "CREATE TABLE erasing(position INTEGER, annotator TEXT, pseudonym TEXT, "
        "CHECK ((position IS NULL) <> (annotator IS NULL)), "
        "CHECK ((annotator IS NULL) = (pseudonym IS NULL)))"
    )
    db.execute("DROP TRIGGER log_refuses_update")
    _refuse_updates(db)


def _refuse_updates(db: Database, or_words: str = "") -> None:
    """No label is blanked, as it is a class; *or_words* is where it is words, and so may be."""
    may_change = ("comment", "value", "annotator")
    fixed = [column.name for column in db.table("log").columns if column.name not in may_change]
    same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in fixed)
    db.execute(
        "CREATE TRIGGER log_refuses_update BEFORE UPDATE ON log WHEN NOT (EXISTS "
        "(SELECT 1 FROM erasing e WHERE (OLD.position = e.position OR OLD.annotator = e.annotator) "
        "AND (NEW.annotator IS OLD.annotator OR "
        "(OLD.annotator = e.annotator AND NEW.annotator = e.pseudonym)) "
        "AND (NEW.value IS OLD.value OR (OLD.position = e.position AND OLD.value IS NOT NULL "
        f"AND (OLD.kind <> 'label'{or_words}) AND NEW.value = '\"[erased]\"')) "
        "AND (NEW.comment IS OLD.comment OR "
        f"(OLD.comment IS NOT NULL AND NEW.comment = '[erased]'))) AND {same}) "
        "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
    )


@migrate()
def people_may_leave(db: Database) -> None:
    """Whose invitations still count, and when each person was last here."""
    for column in ("generation INTEGER NOT NULL DEFAULT 0", "revoked_at REAL", "seen_at REAL"):
        db.execute(f"ALTER TABLE annotators ADD COLUMN {column}")
    db.execute("ALTER TABLE tokens ADD COLUMN generation INTEGER NOT NULL DEFAULT 0")


@migrate()
def imports_cost_what_they_bring(db: Database) -> None:
    """Copies are found by a hash; what comes after the ranking waits in a table behind it."""
    db.execute(
        "CREATE TABLE contents(hash INTEGER NOT NULL, position INTEGER NOT NULL, "
        "PRIMARY KEY (hash, position)) WITHOUT ROWID"
    )
    db.conn.create_function("hash_of", 1, hash_of, deterministic=True)
    db.execute(
        "INSERT INTO contents(hash, position) SELECT hash_of(fields), position FROM items "
        "WHERE position NOT IN (SELECT position FROM withdrawn WHERE erased) ORDER BY 1, 2"
    )
    db.table("latecomers").create(
        {"place": int, "position": int}, pk="place", not_null={"position"}
    )


@migrate()
def quality(db: Database) -> None:
    """What the audit answers say of each model beyond its accuracy, as JSON."""
    db.table("quality").create({"version": int, "told": str}, pk="version", not_null={"told"})


@migrate()
def models_are_compared(db: Database) -> None:
    """How far each model agrees with the one before; NULL where that is not known."""
    for column in ("agreement", "kappa"):
        db.execute(f"ALTER TABLE models ADD COLUMN {column} REAL")


@migrate()
def analysis(db: Database) -> None:
    """Where each model is wrong, as JSON: see `loop.quality.analysis`."""
    db.table("analysis").create({"version": int, "told": str}, pk="version", not_null={"told"})


@migrate()
def last_word(db: Database) -> None:
    """What was decided about an item, whatever its answers say; and which items are gold."""
    decided.create(db.conn)
    doubts.create(db.conn)
    db.execute("ALTER TABLE annotators ADD COLUMN let_on INTEGER NOT NULL DEFAULT 0")


@migrate()
def asked_again(db: Database) -> None:
    """How many answers a round wants on an item, where that is not what is usual."""
    wanted.create(db.conn)
    db.execute("ALTER TABLE ranking ADD COLUMN again INTEGER NOT NULL DEFAULT 0")


@migrate()
def doubts_have_reasons(db: Database) -> None:
    """What speaks against a label that is probably wrong."""
    doubts.give_reasons(db.conn)


@migrate()
def human_feedback(db: Database) -> None:
    """What running applications send, and in which order outputs stood that people judged."""
    feedback.create(db.conn)
    insights.create(db.conn)
    alarms.create(db.conn)
    db.execute("ALTER TABLE log ADD COLUMN shown_order TEXT")  # JSON
    decided.count_texts_as_one(db.conn)
    db.execute("DROP TRIGGER log_refuses_update")
    _refuse_updates(db, or_words=" OR json_type(OLD.value) = 'object'")


@migrate()
def others_are_told(db: Database) -> None:
    """Other programs that are told what happens, and what they are to be told."""
    webhooks.create(db.conn)


@migrate()
def candidates_are_served(db: Database) -> None:
    """Which candidate was served in which interaction, with what chance."""
    choices.create(db.conn)


@migrate()
def people_tune(db: Database) -> None:
    """What a tuning session has come to, as JSON."""
    tuning.create(db.conn)
