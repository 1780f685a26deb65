"""Rebuilt means rebuilt: everything beside the log comes out of it again, to the last bit."""

import json
import shutil
import sqlite3
import uuid

import numpy as np
import pytest
from conftest import sentences, truth_of, write_csv
from hypothesis import given, settings
from hypothesis import strategies as st

from loop import (
    Answer,
    Project,
    cold_start,
    importing,
    offers,
    redone,
    retrain,
    reviewing,
    withdrawal,
)
from loop.creation import Source, create
from loop.dataset import Columns
from loop.decisions import with_class_renamed, with_values
from loop.rebuild import rebuild
from loop.reviewing import Verdict
from loop.schedule import Reason
from loop.store import items, log, past, rounds, standings, withdrawn
from loop.trainer import only_one

PEOPLE = ("ana", "bo", "cy")
ANSWERS = ("sport", "sport", "money", "skip", "unsure", "flag", "undo", "undo")
CHANGES = ("withdraw", "restore", "overlap", "decide", "gold", "undecide")
STEP = st.one_of(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from(ANSWERS), st.integers(0, 3)),
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from(ANSWERS), st.integers(0, 3)),
    st.tuples(st.just("ana"), st.sampled_from(CHANGES), st.integers(0, 3)),
)


def label(project, n, who="ana", says=truth_of):
    for item in project.next_items(who, n):
        value = says(item.fields["text"])
        project.submit(item.id, value, annotator=who, answer_id=uuid.uuid4().hex)


def one_round(project):
    return retrain.run(project, Reason.ASKED_FOR)


def tamper(project, sql, *values):
    """Change the database behind the loop's back, past the triggers of the log."""
    with sqlite3.connect(project.store.path) as db:
        db.execute("DROP TRIGGER IF EXISTS log_refuses_update")
        db.execute(sql, values)
    db.close()


def tables(project):
    """All that `rebuild` may write, but for what nobody can know again: names of files, times."""
    db = project.store.read
    found = {}
    for table in (*past.FOLLOWS, *past.PUBLISHED):
        kept = db.execute(f"SELECT * FROM {table}")
        at = [i for i, column in enumerate(kept.description) if column[0] != "published_at"]
        found[table] = sorted(repr([row[i] for i in at]) for row in kept)
    pointer = rounds.ranking(db)
    found["ranking"] = (pointer.version, pointer.strategy, pointer.head, pointer.tail)
    found["order"] = np.load(project.rankings / pointer.file).tobytes()
    return found


@pytest.fixture
def trained(make_project):
    """A text project with a start and two rounds."""
    project = make_project(n=70)
    cold_start.run(project)
    for _ in range(2):
        label(project, 10)
        one_round(project)
    return project


def test_a_project_of_texts_is_identical(trained):
    found = rebuild(trained)
    assert found.identical, found.differences
    assert (found.rounds, found.starts) == (2, 1)
    assert found.not_rebuilt == found.notes == {}


def test_a_table_with_trees_is_identical(tmp_path):
    rng = np.random.default_rng(0)
    rows = [[f"r{i}", *map(str, rng.normal(size=3).round(6))] for i in range(90)]
    data = write_csv(tmp_path / "points.csv", ["id", "x", "y", "z"], rows)
    source = Source(data, Columns("table", ("x", "y", "z"), id="id"))
    recipe = "table | sklearn.ensemble.ExtraTreesClassifier(n_estimators=10)"
    with create(tmp_path / "p", source, classes=("left", "right"), recipe=recipe) as project:
        for _ in range(2):
            for item in project.next_items("ana", 15):
                side = "left" if float(item.fields["x"]) < 0 else "right"
                project.submit(item.id, side, annotator="ana", answer_id=uuid.uuid4().hex)
            one_round(project)
        found = rebuild(project)
        assert found.identical, found.differences
        assert found.rounds == 2


def test_a_team_that_changes_its_mind_its_settings_and_its_data_is_identical(
    make_project, tmp_path
):
    project = make_project(n=80, audit=0, overlap=2)
    cold_start.run(project)
    for who in ("ana", "bo", "cy"):
        label(project, 14, who, lambda text: "money" if len(text) % 7 == 0 else truth_of(text))
    mine = standings.newest_of(project.store.read, "ana", 6)
    ids = [item.id for item in items.at(project.store.read, [row["position"] for row in mine])]
    for row, item_id in zip(mine[:3], ids, strict=False):
        undo = Answer(uuid.uuid4().hex, item_id, "undo", target=row["event_id"])
        project.session.submit("ana", [undo])
    for item_id in ids[3:]:
        project.submit(item_id, "sport", annotator="ana", answer_id=uuid.uuid4().hex)
    for item, kind in zip(project.next_items("bo", 3), ("skip", "unsure", "flag"), strict=True):
        project.submit(item.id, None, annotator="bo", answer_id=uuid.uuid4().hex, kind=kind)
    one_round(project)
    with project.store.write() as db:
        rounds.offer(db, offers.every(project.settings))
    project.decide("ana", with_values(strategy="entropy", overlap=1))
    project.decide("ana", with_class_renamed("money", "finance"))
    more = [
        [f"q{i}", text, "sport" if i % 9 == 0 else ""]
        for i, (text, _) in enumerate(sentences(30, 3))
    ]
    file = write_csv(tmp_path / "more.csv", ["id", "text", "label"], more)
    columns = importing.columns(project, "id", "label")
    importing.add(project, importing.read(project, Source(file, columns)))
    one_round(project)
    withdrawal.withdraw(project, ids[4:])
    label(project, 8, "cy", lambda text: truth_of(text).replace("money", "finance"))
    one_round(project)
    withdrawal.restore(project, ids[5:])
    withdrawal.erase_person(project, "bo")
    found = rebuild(project)
    assert found.identical, found.differences
    assert (found.rounds, found.starts) == (3, 1)


def test_what_was_deleted_comes_back_identical(trained):
    before = tables(trained)
    label(trained, 0)
    for folder in ("rankings", "features", "guesses", "clusters"):
        shutil.rmtree(trained.folder / folder, ignore_errors=True)
    for table in ("models", "curve", "ranking"):
        tamper(trained, f"DELETE FROM {table}")
    found = rebuild(trained)
    assert found.identical, found.differences
    assert len(found.restored) == 6
    assert tables(trained) == before
    assert all(any((trained.folder / name).iterdir()) for name in ("features", "guesses"))
    assert rebuild(trained).restored == []


def test_what_differs_beside_a_sound_log_is_named_and_put_right(trained):
    before = tables(trained)
    file = trained.rankings / rounds.ranking(trained.store.read).file
    tamper(trained, "UPDATE standing SET value = '\"sport\"'")
    tamper(trained, "DELETE FROM closed WHERE position IN (SELECT position FROM closed LIMIT 3)")
    tamper(trained, "UPDATE curve SET low = 0.5 WHERE version = 2")
    kept = np.load(file)
    np.save(file, kept[::-1])
    found = rebuild(trained, only_check=True)
    assert found.restored == []
    told = "\n".join(found.differences)
    for words in ("table standing", "table closed", "low of round 2", "ranking in use"):
        assert words in told
    assert not rebuild(trained).identical
    assert rebuild(trained).identical
    assert tables(trained) == before


OTHER = "SELECT value FROM log other WHERE kind = 'label' AND other.value <> log.value"
LAST = "SELECT max(seq) FROM log WHERE kind = 'label'"


@pytest.mark.parametrize(
    ("change", "first"),
    [
        (
            "value = json_set(value, '$.seed', 7) WHERE kind = 'settings'",
            "start at row 32: seed is 0 in the log, and comes out as 7",
        ),
        (f"value = ({OTHER} LIMIT 1) WHERE seq = ({LAST})", "round 2: digests.model is "),
        ("kind = 'skip' WHERE seq = 34", "round 1: labels is 10 in the log"),
        (
            "value = json_set(value, '$.point.correct', 1) WHERE kind = 'round'",
            "round 1: point.correct is 1 in the log",
        ),
    ],
)
def test_a_log_that_was_tampered_with_is_found_and_left_alone(trained, change, first):
    tamper(trained, f"UPDATE log SET {change}")
    before = tables(trained)
    shutil.rmtree(trained.folder / "features")
    found = rebuild(trained)
    assert found.differences[0].startswith(first)
    assert found.restored == []
    assert tables(trained) == before


def test_a_round_whose_items_were_erased_since_is_named_and_no_failure(trained):
    mine = standings.newest_of(trained.store.read, "ana", 2)
    ids = [item.id for item in items.at(trained.store.read, [row["position"] for row in mine])]
    withdrawal.withdraw(trained, ids[:1])
    gone = [withdrawal.erase_item(trained, id_) for id_ in ids]
    label(trained, 5)
    one_round(trained)
    found = rebuild(trained)
    assert found.identical, found.differences
    assert found.rounds == 1
    [(why, which)] = found.not_rebuilt.items()
    assert all(id_ in why for id_ in gone)
    assert which == ["start at row 32", "round 1", "round 2"]


def test_rounds_from_before_there_were_digests_are_compared_by_what_they_left(trained):
    less = "'$.digests', '$.out', '$.point'"
    tamper(trained, f"UPDATE log SET value = json_remove(value, {less}) WHERE kind = 'round'")
    found = rebuild(trained)
    assert found.identical, found.differences
    assert list(found.notes.values()) == [["round 1", "round 2"]]
    tamper(trained, "UPDATE curve SET correct = 0 WHERE version = 1")
    assert "correct of round 1" in rebuild(trained).differences[0]


def test_other_versions_are_told(trained):
    was = "json_set(value, '$.versions.scikit-learn', '1.2')"
    tamper(trained, f"UPDATE log SET value = {was} WHERE event_id = '@round-1'")
    found = rebuild(trained)
    assert found.identical
    [(why, which)] = found.notes.items()
    assert why.startswith("made by scikit-learn 1.2, now ")
    assert which == ["round 1"]


def test_nothing_is_rebuilt_while_a_trainer_works(trained, askwell_here):
    with only_one(trained.folder, 0):
        done = askwell_here("rebuild", trained.folder)
    assert done.returncode == 1
    assert "Stop askwell serve" in done.stderr


def test_items_that_come_while_a_round_reads_are_none_of_its_business(make_project, monkeypatch):
    project = make_project()
    label(project, 12)
    features = retrain.features

    def late(project, settings):
        monkeypatch.setattr(retrain, "features", features)
        importing.add(project, importing.posted(project, [("late", {"text": "a late goal"})]))
        return features(project, settings)

    monkeypatch.setattr(retrain, "features", late)
    assert one_round(project).pool == 49
    assert rebuild(project).identical


def test_the_command_says_identical_or_what_is_not(trained, askwell_here):
    done = askwell_here("rebuild", trained.folder)
    assert done.returncode == 0
    assert done.stdout.startswith("identical: 2 rounds, 1 start")
    tamper(trained, "UPDATE log SET kind = 'skip' WHERE seq = 34")
    done = askwell_here("rebuild", trained.folder, "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert not told["identical"]
    assert "different: round 1: labels" in askwell_here("rebuild", trained.folder, "--check").stdout


def seen_by(db, terms):
    """The state as a round sees it, and all that follows from the log."""
    kept = {name: sorted(db.execute(f"SELECT * FROM {name}")) for name in past.FOLLOWS[:-1]}
    counts = sorted(db.execute("SELECT * FROM tallies WHERE n <> 0"))
    labels = [standings.labels(db, share) for share in (items.POOL, items.AUDIT)]
    return kept, counts, labels, standings.closed_positions(db), terms, items.count(db)


def take(project, who, step, n, given):
    """One thing that somebody does about item *n*."""
    if step == "overlap":
        project.decide(who, with_values(overlap=3 - n % 3))
    elif step in {"withdraw", "restore"}:
        getattr(withdrawal, step)(project, [f"r{n}"])
    elif step in {"decide", "gold", "undecide"} and not withdrawn.is_out(project.store.read, n):
        label = None if step == "undecide" else "money"
        reviewing.decide(project, who, [Verdict(f"r{n}", label, is_gold=step == "gold")])
    elif step == "undo" and given:
        by, target, item_id = given.pop(n % len(given))
        undo = Answer(uuid.uuid4().hex, item_id, "undo", target=target)
        project.session.submit(by, [undo])
    elif step in ANSWERS and step != "undo":
        is_label = step in {"sport", "money"}
        kind, value = ("label", step) if is_label else (step, None)
        answer = Answer(uuid.uuid4().hex, f"r{n}", kind, value)
        if project.session.submit(who, [answer]).saved:
            given.append((who, answer.answer_id, f"r{n}"))


def test_the_state_of_any_row_is_what_the_database_had_then(tmp_path):
    rows = [[f"r{i}", text, "sport" if i == 0 else ""] for i, (text, _) in enumerate(sentences(6))]
    data = write_csv(tmp_path / "six.csv", ["id", "text", "label"], rows)
    source = Source(data, Columns("text", ("text",), id="id", label="label"))
    create(tmp_path / "six", source, classes=("sport", "money"), audit_share=0.34).close()

    @settings(max_examples=25, deadline=None)
    @given(st.lists(STEP, min_size=12, max_size=24), st.integers(0, 24))
    def holds(steps, late):
        folder = tmp_path / uuid.uuid4().hex
        shutil.copytree(tmp_path / "six", folder)
        with Project.open(folder) as project:
            db, given, had = project.store.read, [], {}
            for i, (who, step, n) in enumerate(steps):
                take(project, who, step, n, given)
                if i == late:
                    more = [("q", {"text": "a late goal"})]
                    importing.add(project, importing.posted(project, more))
                had[log.end(db)] = seen_by(db, project.settings)
            for seq, was in had.items():
                with project.store.snapshot() as db, redone.as_of(db, seq) as terms:
                    past.count(db)
                    assert seen_by(db, terms) == was
        shutil.rmtree(folder)

    holds()
