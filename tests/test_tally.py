"""The counts that are kept equal those that are taken, whatever is answered in whatever order."""

import uuid
from collections import Counter

import pytest
from conftest import sentences, write_csv
from hypothesis import given, settings
from hypothesis import strategies as st

from loop import Answer, Project, ranking, reviewing, status
from loop.creation import Source, create
from loop.dataset import Columns
from loop.reviewing import Verdict
from loop.store import Store, items, log, rounds, standings, tally
from loop.store.database import each
from loop.store.decided import KINDS
from loop.store.wanted import Usual

PEOPLE = ("ana", "bo", "cy")
ANSWERS = ("sport", "money", "skip", "unsure", "flag", "undo", "undo", "ask")
STEP = st.tuples(
    st.sampled_from(PEOPLE),
    st.sampled_from([*ANSWERS, "decide", "gold", "undecide"]),
    st.integers(0, 5),
)


def counted_by_hand(project):
    """The counts, from the log, without SQL's help."""
    read = project.store.read
    share = {item.position: item.share for item in items.every(read)}
    closed_ones = set(standings.closed_positions(read))
    history = {}
    for row in each(read, "SELECT * FROM log WHERE position IS NOT NULL ORDER BY seq"):
        history.setdefault(row["position"], {}).setdefault(row["annotator"], []).append(row)
    counts = Counter()
    for position, people in history.items():
        standing = {who: log.standing_of(rows) for who, rows in people.items()}
        stands = {who: row for who, row in standing.items() if row}
        closed = position in closed_ones
        for who, row in stands.items():
            counts["answered by", who] += 1
            counts["open by", who] += not closed
            counts["passed over", ""] += row["kind"] in {"skip", "unsure"} and not closed
            counts["kind", row["kind"]] += who != log.IMPORT
        decisions = [row for rows in people.values() for row in rows if row["kind"] in KINDS]
        in_force = max(decisions, key=lambda row: row["seq"], default={"value": None})
        labels = [row for row in stands.values() if row["kind"] == "label"]
        if in_force["value"] is not None:
            counts[f"labels in {share[position]}", in_force["value"]] += 1
        elif labels:
            newest = max(labels, key=lambda row: (row["annotator"] == log.IMPORT, row["seq"]))
            counts[f"labels in {share[position]}", newest["value"]] += 1
    return +counts


def kept(project):
    return Counter({(row["what"], row["of"]): row["n"] for row in _rows(project, "tallies")})


def _rows(project, table):
    return each(project.store.read, f"SELECT * FROM {table}")


def changed_by_hand(project, since):
    """As the log tells it: rows after *since* on items of the pool that were ever labeled."""
    pool = set(items.positions(project.store.read, items.POOL))
    rows = list(each(project.store.read, "SELECT * FROM log WHERE position IS NOT NULL"))
    labeled = {row["position"] for row in rows if row["kind"] in log.LABELING}
    return len({r["position"] for r in rows if r["seq"] > since} & labeled & pool)


def take(project, who, step, item, given):
    if step == "ask":
        project.next_items(who, item + 1)
        return
    if step in {"decide", "gold", "undecide"}:
        label = None if step == "undecide" else "money"
        reviewing.decide(project, who, [Verdict(f"r{item}", label, is_gold=step == "gold")])
        return
    kind = step if step in {"skip", "unsure", "flag", "undo"} else "label"
    target = None
    if kind == "undo":
        if not given[who]:
            return
        target, item_id = given[who].pop()
    else:
        item_id = f"r{item}"
    value = step if kind == "label" else None
    answer = Answer(uuid.uuid4().hex, item_id, kind, value, target=target)
    receipt = project.session.submit(who, [answer, answer], holding=[], n=1)
    if receipt.saved and kind != "undo":
        given[who].append((answer.answer_id, item_id))


@pytest.fixture
def six(tmp_path):
    """A function that makes a project of six items, the first with a label of its own."""

    def make(overlap):
        folder = tmp_path / uuid.uuid4().hex
        rows = [[f"r{i}", text, ""] for i, (text, _) in enumerate(sentences(6))]
        rows[0][2] = "sport"
        data = write_csv(folder.with_suffix(".csv"), ["id", "text", "label"], rows)
        columns = Columns("text", ("text",), id="id", label="label")
        source = Source(data, columns)
        return create(folder, source, classes=("sport", "money"), overlap=overlap, audit_share=0.34)

    return make


def test_the_kept_counts_are_those_of_the_log(six):
    @settings(max_examples=40, deadline=None)
    @given(st.lists(STEP, max_size=40), st.integers(1, 3))
    def holds(steps, overlap):
        with six(overlap) as project:
            answered = {who: [] for who in PEOPLE}
            middle = 0
            for i, (who, step, item) in enumerate(steps):
                take(project, who, step, item, answered)
                assert +kept(project) == counted_by_hand(project)
                if i == len(steps) // 2:
                    middle = log.end(project.store.read)
            for since in (0, middle):
                expected = changed_by_hand(project, since)
                assert standings.changed_since(project.store.read, since) == expected
            before = kept(project)
            with project.store.write() as db:
                tally.recount(db)
            assert kept(project) == +before

    holds()


def test_what_stood_before_the_counts_were_kept_is_counted_by_the_migration(six):
    with six(2) as project:
        for who in PEOPLE[:2]:
            for item in project.next_items(who, 4):
                project.submit(item.id, "money", annotator=who, answer_id=uuid.uuid4().hex)
        before, folder = status(project), project.folder
        counts, changes = kept(project), list(_rows(project, "changed"))
        db = project.store.read
        for undo_the_migration in (
            "DROP VIEW counted_for",
            "DROP TABLE tallies",
            "DROP TABLE changed",
            "DROP TRIGGER reopened",
            "DROP INDEX idx_standing_annotator_seq",
            "DROP INDEX standing_by_people",
            "CREATE INDEX idx_standing_annotator ON standing(annotator)",
            "ALTER TABLE ranking DROP COLUMN start",
            "DELETE FROM _sqlite_migrations WHERE name = 'kept_counts'",
            "PRAGMA user_version = 0",
        ):
            db.execute(undo_the_migration)
    store = Store.open(folder)
    store.close()
    with Project.open(folder) as project:
        assert status(project) == before
        assert kept(project) == counts
        assert list(_rows(project, "changed")) == changes


def order(project):
    """The ids of the pool's ranking, and how many first places a look passes over."""
    pointer = rounds.ranking(project.store.read)
    entries = ranking.load(pointer, project.rankings).entries["position"].tolist()
    return [item.id for item in items.at(project.store.read, entries)], pointer.start


def test_a_look_at_the_ranking_begins_behind_what_is_closed(make_project):
    project = make_project(n=700, audit=0, audit_share=0)
    ids, _ = order(project)
    answers = [Answer(uuid.uuid4().hex, item, "label", "sport") for item in ids[:600]]
    receipt = project.session.submit("ana", answers, holding=[], n=5)
    assert [item.id for item in receipt.items] == ids[600:605]
    assert order(project)[1] == 512  # two whole blocks; the third is not used up


def test_an_item_that_reopens_is_asked_again_in_its_place(make_project):
    project = make_project(n=700, audit=0, audit_share=0)
    ids, _ = order(project)
    answers = [Answer(uuid.uuid4().hex, item, "label", "sport") for item in ids[:600]]
    project.session.submit("ana", answers, holding=[], n=5)
    undo = Answer(uuid.uuid4().hex, ids[3], "undo", target=answers[3].answer_id)
    project.session.submit("ana", [undo], holding=[], n=0)
    assert order(project)[1] == 0
    assert [item.id for item in project.next_items("bo", 2)] == [ids[3], ids[600]]


def test_what_others_may_still_be_asked_is_not_passed_over(make_project):
    project = make_project(n=300, audit=0, audit_share=0)
    ids, _ = order(project)
    kinds = ["skip" if i == 7 else "label" for i in range(300)]
    answers = [
        Answer(uuid.uuid4().hex, item, kind, "sport" if kind == "label" else None)
        for item, kind in zip(ids, kinds, strict=True)
    ]
    assert project.session.submit("ana", answers, holding=[], n=5).items == []
    assert [item.id for item in project.next_items("bo", 5)] == [ids[7]]


def answer_then_fail(project, position):
    with project.store.write() as db:
        log.append(db, [log.Event("once-only", "label", "ana", position, "sport")])
        log.settle(db, position, "ana", Usual(1, 1))
        assert standings.standing_counts(db) == {"label": 1}
        raise RuntimeError("power cut")


def test_a_transaction_that_fails_leaves_the_counts_as_they_were(project):
    before, start = kept(project), order(project)[1]
    item = project.next_items("ana", 1)[0]
    with pytest.raises(RuntimeError, match="power"):
        answer_then_fail(project, item.position)
    assert (kept(project), order(project)[1]) == (before, start)
