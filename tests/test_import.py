"""A project after it began: more items, some withdrawn, some erased; all of it or nothing."""

import json
import signal
import sqlite3
import subprocess
import sys
import uuid
from functools import partial

import pytest
from click.testing import CliRunner
from conftest import sentences, truth_of, write_csv
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from PIL import Image

from loop import (
    Answer,
    Project,
    decisions,
    features,
    importing,
    inventory,
    ranking,
    retrain,
    schedule,
    snapshot,
    status,
    withdrawal,
)
from loop.creation import create
from loop.dataset import Columns
from loop.decisions import with_class_renamed
from loop.errors import DataError
from loop.importing import Source
from loop.inventory import Wanted
from loop.status import loop_state
from loop.store import items, rounds, standings
from loop.store.database import each
from loop.trainer import one_round
from ui.cli import main


@pytest.fixture
def more(tmp_path):
    """A function that writes rows of (id, text, label) into a new file."""

    def make(*rows, name="more.csv"):
        return write_csv(tmp_path / name, ["id", "text", "label"], rows)

    return make


def bring(project, file, ids="id", label=None):
    batch = importing.read(project, Source(file, importing.columns(project, ids, label)))
    try:
        return importing.add(project, batch)
    finally:
        batch.discard()


def posted(project, texts):
    return importing.posted(project, [(id_, {"text": text}) for id_, text in texts.items()])


def label_some(project, n, who="ana"):
    for item in project.next_items(who, n):
        value = truth_of(item.fields["text"])
        project.submit(item.id, value, annotator=who, answer_id=uuid.uuid4().hex)


def content(project):
    return list(project.store.read.iterdump())


def askable(project, who="zoe"):
    return {item.id for item in project.next_items(who, 1_000)}


# ---------------------------------------------------------------- more items


def test_an_import_twice_is_an_import_once(project, more):
    file = more(["q1", "goal match", ""], ["q2", "bank market", ""])
    assert bring(project, file) == importing.Imported(added=2, already_there=0)
    before = content(project)
    assert bring(project, file) == importing.Imported(added=0, already_there=2)
    assert content(project) == before


def test_new_items_are_asked_at_once_and_after_those_that_were_ranked(make_project, more):
    project = make_project(audit_share=0)
    label_some(project, 12)
    retrain.run(project, schedule.Reason.FIRST_MODEL)
    bring(project, more(*[[f"q{i}", text, ""] for i, (text, _) in enumerate(sentences(9, 5))]))
    asked = [item.id for item in project.next_items("bo", 100)]
    assert {name for name in asked if name.startswith("q")} == {f"q{i}" for i in range(9)}
    assert all(name.startswith("p") for name in asked[:48])
    last = project.store.read.execute("SELECT strategy, score FROM leases ORDER BY slot DESC")
    assert last.fetchone() == ("tail: margin, then random", None)


def test_what_comes_in_while_a_round_works_is_not_lost_with_the_old_ranking(
    make_project, more, monkeypatch
):
    project = make_project(audit_share=0)
    label_some(project, 12)
    save = retrain.ranking.save

    def meanwhile(*args):
        monkeypatch.setattr(retrain.ranking, "save", save)
        bring(project, more(["q1", "goal match", ""]))
        return save(*args)

    monkeypatch.setattr(retrain.ranking, "save", meanwhile)
    retrain.run(project, schedule.Reason.FIRST_MODEL)
    assert rounds.ranking(project.store.read).version == 1
    assert "q1" in askable(project)


def instructions(project, action):
    """How many of SQLite's instructions an action takes, to the hundred, on this connection."""
    done = 0

    def count():
        nonlocal done
        done += 1

    connection = project.store.read
    connection.set_progress_handler(count, 100)
    action()
    connection.set_progress_handler(None, 0)
    return done * 100


def test_one_more_item_costs_the_same_in_a_large_project_as_in_a_small_one(make_project):
    costs = []
    for n in (50, 5_000):
        project = make_project(f"of {n}", n=n, audit=0, audit_share=0)
        before = sorted(file.name for file in project.rankings.iterdir())
        batch = posted(project, {"q1": "goal match"})
        costs.append(instructions(project, partial(importing.add, project, batch)))
        assert sorted(file.name for file in project.rankings.iterdir()) == before
        assert "q1" in {item.id for item in project.next_items("bo", 6_000)}
    assert costs[1] <= costs[0] + 200


def test_while_others_wait_an_import_is_a_few_statements_however_many_rows_it_has(project, more):
    taken = []
    for n in (10, 1_000):
        rows = [[f"{n}-{i}", text, kind] for i, (text, kind) in enumerate(sentences(n, n))]
        rows += [[f"{n}-open-{i}", text, ""] for i, (text, _) in enumerate(sentences(n, n + 1))]
        source = Source(more(*rows), importing.columns(project, "id", "label"))
        batch = importing.read(project, source)
        said = []
        project.store.read.set_trace_callback(said.append)
        importing.add(project, batch)
        project.store.read.set_trace_callback(None)
        locked = said[said.index("BEGIN IMMEDIATE") :]
        # A trigger's statement is told as that which set it off, once more.
        taken.append(len(set(locked[: locked.index("COMMIT")])))
    assert taken[0] == taken[1] < 20


def test_what_comes_in_while_the_ranking_is_gone_is_asked_once(project):
    ranking._entries.cache_clear()
    for file in project.rankings.iterdir():
        file.unlink()
    importing.add(project, posted(project, {"q1": "goal match"}))
    asked = [item.id for item in project.next_items("bo", 1_000)]
    assert len(asked) == len(set(asked)) == 61
    assert "q1" in asked


def test_a_copy_of_what_came_before_copies_were_found_by_hash_is_found(project, more):
    folder, text = project.folder, next(items.every(project.store.read)).fields["text"]
    withdrawal.erase_item(project, "p1")
    db = project.store.read
    before = list(each(db, "SELECT * FROM contents"))
    for undo_the_migration in (
        "DROP TABLE contents",
        "DROP TABLE latecomers",
        "DELETE FROM _sqlite_migrations WHERE name = 'imports_cost_what_they_bring'",
        "PRAGMA user_version = 0",
    ):
        db.execute(undo_the_migration)
    project.close()
    with Project.open(folder) as again:
        assert list(each(again.store.read, "SELECT * FROM contents")) == before
        assert importing.plan(again, posted(again, {"q1": text})).copies == 1
        assert bring(again, more(["q2", "goal match", ""])).added == 1


def test_a_look_at_the_items_behind_the_ranking_begins_behind_what_is_closed(make_project):
    project = make_project(n=10, audit=0, audit_share=0)
    for first in (0, 300, 600):
        texts = {f"q{i}": f"goal number {i}" for i in range(first, first + 300)}
        importing.add(project, posted(project, texts))
    asked = project.next_items("ana", 700)
    answers = [Answer(uuid.uuid4().hex, item.id, "label", "sport") for item in asked[:600]]
    left = project.session.submit("ana", answers, holding=[], n=5).items
    assert [item.id for item in left] == [item.id for item in asked[600:605]]
    assert rounds.ranking(project.store.read).start == 10 + 2 * 256
    undo = Answer(uuid.uuid4().hex, asked[300].id, "undo", target=answers[300].answer_id)
    project.session.submit("ana", [undo], holding=[], n=0)
    assert [item.id for item in project.next_items("bo", 2)] == [asked[300].id, asked[600].id]


def test_labels_go_on_and_the_next_round_learns_from_both(project, more):
    label_some(project, 15)
    retrain.run(project, schedule.Reason.FIRST_MODEL)
    new = [[f"q{i}", text, kind] for i, (text, kind) in enumerate(sentences(20, 7))]
    bring(project, more(*new), label="label")
    labels = status(project)["labels"]
    label_some(project, 5)
    done = retrain.run(project, schedule.Reason.ENOUGH_LABELS)
    assert done.labels == status(project)["labels"] > labels
    assert status(project)["accuracy"]["version"] == 2


def test_a_round_is_due_for_many_new_items_even_without_a_label(make_project, more):
    project = make_project(audit_share=0)
    label_some(project, 12)
    retrain.run(project, schedule.Reason.FIRST_MODEL)
    policy = project.settings.retrain

    def due():
        return schedule.due(policy, loop_state(project.settings, project.store.read))

    bring(project, more(["q0", "goal", ""]))
    assert due() is None
    bring(project, more(*[[f"q{i}", f"goal {i}", ""] for i in range(1, 9)]))
    assert due() == schedule.Reason.NEW_ITEMS
    retrain.run(project, due())
    assert due() is None


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([["q1", "goal", ""], ["q2", " ", ""]], r"row 2 \(line 3\): nothing in the column 'text'"),
        ([["q1", "goal", ""], ["p1", "other", ""]], r"row 2 \(line 3\): the id 'p1' is there"),
        ([["q1", "goal", "weather"]], r"row 1 \(line 2\): the label 'weather' does not fit"),
        ([["q1", "goal", ""], ["q1", "bank", ""]], "'q1' stands in row 1"),
    ],
)
def test_a_bad_row_is_refused_by_name_and_nothing_is_stored(project, more, rows, complaint):
    before = content(project)
    with pytest.raises(DataError, match=complaint):
        bring(project, more(*rows), label="label")
    assert content(project) == before
    assert not any((project.folder / "staging").glob("*"))


def test_without_ids_content_decides_and_copies_are_counted(tmp_path):
    file = write_csv(tmp_path / "a.csv", ["text"], [["same"], ["other"], ["same"]])
    with create(
        tmp_path / "made", Source(file, Columns("text", ("text",))), classes=("x", "y")
    ) as project:
        again = write_csv(tmp_path / "b.csv", ["text"], [["same"]] * 3 + [["new"]])
        assert bring(project, again, ids=None) == importing.Imported(added=2, already_there=2)
        assert bring(project, file, ids=None) == importing.Imported(added=0, already_there=3)


def test_each_import_has_its_own_audit_share_and_no_copy_is_on_both_sides(make_project, more):
    project = make_project(n=100, audit=0)
    first = items.positions(project.store.read, items.AUDIT)
    texts = [item.fields["text"] for item in items.every(project.store.read)]
    rows = [[f"q{i}", text, ""] for i, (text, _) in enumerate(sentences(50, 3))]
    rows += [[f"c{i}", text, ""] for i, text in enumerate(texts)]
    bring(project, more(*rows))
    every = list(items.every(project.store.read))
    audit = [item for item in every if item.share == items.AUDIT]
    assert [item.position for item in audit][: len(first)] == first
    drawn = [item for item in audit if item.id.startswith("q")]
    assert len(drawn) == 30  # a fifth of 150 rows, drawn from those that are no copies
    pool = {item.fields["text"] for item in every if item.share == items.POOL}
    assert not pool & {item.fields["text"] for item in audit}
    reached = [item.id for item in project.next_items("ana", 1_000)]
    assert {item.id for item in drawn} <= set(reached)


def test_a_preview_says_what_an_import_would_come_to(project, more):
    text = next(items.every(project.store.read)).fields["text"]
    file = more(["p0", text, "sport"], ["q1", text, ""], ["q2", "new", ""])
    batch = importing.read(project, Source(file, importing.columns(project, "id", "label")))
    plan = importing.plan(project, batch)
    assert (len(plan.new), plan.already_there) == (2, 1)
    assert (plan.copies, plan.labels_not_taken) == (1, 1)


def test_images_wait_outside_until_the_import_is_whole(tmp_path):
    def folder(name, *shades):
        (tmp_path / name).mkdir()
        for shade in shades:
            Image.new("L", (4, 4), shade).save(tmp_path / name / f"{shade}.png")
        return tmp_path / name

    columns = Columns("image", ("image",), id="id")
    first = Source(folder("first", 1, 2), columns)
    with create(tmp_path / "made", first, classes=("x", "y"), audit_share=0) as project:
        bad = folder("bad", 3)
        (bad / "broken.png").write_bytes(b"nothing")
        with pytest.raises(DataError, match=r"broken\.png"):
            bring(project, bad)
        assert len(list(project.media.folder.iterdir())) == 2
        bring(project, folder("good", 4))
        assert len(list(project.media.folder.iterdir())) == 3
        assert "4.png" in askable(project)


SLOW_IMPORT = """
import sys, time
from loop import Project, importing, snapshot
from loop.importing import Source
project = Project.open(sys.argv[1])
columns = importing.columns(project, "id", "label")
batch = importing.read(project, Source(importing.Path(sys.argv[2]), columns))
store = importing.incoming.store
def slowly(db):
    store(db)
    print("inside", flush=True)
    time.sleep(60)
importing.incoming.store = slowly
importing.add(project, batch)
"""


def test_a_kill_in_the_middle_of_an_import_leaves_the_old_project_whole(project, more):
    file = more(*[[f"q{i}", text, kind] for i, (text, kind) in enumerate(sentences(3_000, 2))])
    before = content(project)
    words = [sys.executable, "-c", SLOW_IMPORT, str(project.folder), str(file)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as importer:
        assert importer.stdout.readline() == b"inside\n"
        importer.send_signal(signal.SIGKILL)
    assert content(project) == before
    label_some(project, 3)
    assert bring(project, file, label="label").added == 3_000


# ---------------------------------------------------------------- withdrawing


def test_a_withdrawn_item_is_neither_asked_nor_trained_on_nor_exported(project):
    item = project.next_items("ana", 1)[0]
    project.submit(item.id, "sport", annotator="ana", answer_id="answer-1")
    asked = project.next_items("bo", 1)[0]
    assert withdrawal.withdraw(project, [item.id, asked.id]) == 2
    assert withdrawal.withdraw(project, [item.id]) == 0
    assert not {item.id, asked.id} & askable(project, "bo")
    assert status(project)["labels"] == 0
    assert project.session.next_items("bo", 1)[1].left == 58
    assert item.position not in snapshot.of(project).askable
    late = project.submit(asked.id, "money", annotator="bo", answer_id="answer-2")
    assert late.saved == ["answer-2"]  # kept in the log, counted when the item comes back
    assert status(project)["labels"] == 0
    assert inventory.counts(project)["withdrawn"] == 2
    assert withdrawal.restore(project, [item.id, asked.id]) == 2
    assert status(project)["classes"] == {"sport": 1, "money": 1}


def test_a_withdrawn_audit_item_is_not_in_the_figure(project):
    point = snapshot.of(project).truth
    withdrawal.withdraw(project, ["a0"])
    assert len(snapshot.of(project).truth) == len(point) - 1
    withdrawal.restore(project, ["a0"])
    assert snapshot.of(project).truth == point


def test_an_item_that_comes_back_is_asked_though_the_ranking_was_made_without_it(project):
    withdrawal.withdraw(project, ["p0"])
    label_some(project, 12)
    retrain.run(project, schedule.Reason.FIRST_MODEL)
    assert "p0" not in askable(project, "bo")
    withdrawal.restore(project, ["p0"])
    assert "p0" in askable(project, "bo")


def test_an_undo_does_not_bring_a_withdrawn_item_back(project):
    item = project.next_items("ana", 1)[0]
    project.submit(item.id, "sport", annotator="ana", answer_id="answer-1")
    withdrawal.withdraw(project, [item.id])
    undo = Answer("undo-0001", item.id, "undo", target="answer-1")
    project.session.submit("ana", [undo], holding=[], n=5)
    assert item.id not in askable(project, "ana") | askable(project, "bo")


def test_an_unknown_item_is_refused_by_name_and_the_others_stay(project):
    with pytest.raises(withdrawal.WithdrawalError, match="no item 'nowhere'"):
        withdrawal.withdraw(project, ["p1", "nowhere"])
    assert inventory.counts(project)["withdrawn"] == 0


class Life(RuleBasedStateMachine):
    """Imports, labels, withdrawals in any order; a model of them in a few sets says what holds."""

    make: staticmethod

    @initialize()
    def begin(self):
        self.project = self.make()
        self.there = {item.id for item in items.every(self.project.store.read)}
        self.texts = {i.id: i.fields["text"] for i in items.every(self.project.store.read)}
        self.out: set[str] = set()
        self.labels: dict[str, str] = {}

    @rule(first=st.integers(0, 12), n=st.integers(1, 6))
    def import_some(self, first, n):
        texts = {f"q{i}": f"goal number {i}" for i in range(first, first + n)}
        done = importing.add(self.project, posted(self.project, texts))
        assert done.added == len(texts.keys() - self.there)
        self.there |= texts.keys()
        self.texts |= texts

    @rule(value=st.sampled_from(["sport", "money"]))
    def label_one(self, value):
        for item in self.project.next_items("ana", 1):
            assert item.id not in self.out
            assert item.id not in self.labels
            self.project.submit(item.id, value, annotator="ana", answer_id=uuid.uuid4().hex)
            self.labels[item.id] = value

    @rule(data=st.data())
    def withdraw_one(self, data):
        chosen = data.draw(st.sampled_from(sorted(self.there)))
        assert withdrawal.withdraw(self.project, [chosen]) == (chosen not in self.out)
        self.out.add(chosen)

    @precondition(lambda self: self.out)
    @rule(data=st.data())
    def restore_one(self, data):
        chosen = data.draw(st.sampled_from(sorted(self.out)))
        assert withdrawal.restore(self.project, [chosen]) == 1
        self.out.remove(chosen)

    @invariant()
    def what_counts_is_what_is_in(self):
        if not hasattr(self, "project"):
            return
        read = self.project.store.read
        known = items.positions_of(read, self.there)
        assert items.count(read) == len(known) == len(self.there)
        counted = dict(standings.labels(read, items.POOL) + standings.labels(read, items.AUDIT))
        assert counted == {known[i]: v for i, v in self.labels.items() if i not in self.out}
        left = self.project.session.next_items("zoe", 1_000)
        assert {item.id for item in left[0]} == self.there - self.out - self.labels.keys() - held(
            self.project, "ana"
        )
        self.project.session.submit("zoe", [], holding=[])


def held(project, who):
    sql = "SELECT id FROM leases JOIN items USING (position) WHERE annotator = ?"
    return {id_ for (id_,) in project.store.read.execute(sql, [who])}


def test_in_any_order_what_counts_is_what_is_in(make_project):
    made = iter(range(10_000))
    Life.make = staticmethod(lambda: make_project(f"life{next(made)}", n=8, audit=0))
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=12,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


# ---------------------------------------------------------------- erasing


def files_with(folder, *traces):
    """Files below *folder* in whose bytes one of *traces* stands, as text or as NumPy keeps it."""
    sought = [trace.encode(how) for trace in traces for how in ("utf-8", "utf-32-le")]
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and any(trace in path.read_bytes() for trace in sought)
    ]


def test_an_erased_item_leaves_no_bytes_behind(make_project, more, tmp_path):
    project = make_project(n=400, audit=0)
    secret = "Rumpelstilzchen's own words"
    bring(project, more(["secret-id-77", f"goal {secret}", ""]))
    label_some(project, 12)
    project.submit("secret-id-77", "sport", annotator="ana", answer_id="answer-1")
    words = Answer("answer-2", "secret-id-77", "label", "money", comment=f"it says {secret}")
    project.session.submit("ana", [words])
    retrain.run(project, schedule.Reason.FIRST_MODEL)
    assert files_with(project.folder, secret)
    now = withdrawal.erase_item(project, "secret-id-77")
    assert files_with(project.folder, secret, "secret-id-77") == []
    assert not list((project.folder / "features").glob("*.npy"))
    story = inventory.detail(project, now).story
    assert [row["kind"] for row in story] == ["label", "label", "erase"]
    assert [row["comment"] for row in story] == [None, "[erased]", None]
    with pytest.raises(withdrawal.WithdrawalError, match="erased, for good"):
        withdrawal.restore(project, [now])
    label_some(project, 3)
    assert retrain.run(project, schedule.Reason.ASKED_FOR).version == 2


SECRET = "Rumpelstilzchen"


def test_what_is_erased_while_a_round_works_is_in_nothing_that_it_leaves(
    make_project, more, monkeypatch
):
    project = make_project(audit_share=0)
    bring(project, more(["q1", f"goal {SECRET}", ""]))
    label_some(project, 12)
    save = retrain.guesses.save

    def meanwhile(*args):
        monkeypatch.setattr(retrain.guesses, "save", save)
        withdrawal.erase_item(project, "q1")
        return save(*args)

    monkeypatch.setattr(retrain.guesses, "save", meanwhile)
    assert retrain.run(project, schedule.Reason.FIRST_MODEL).version == 1
    assert files_with(project.folder, SECRET, SECRET.lower()) == []
    assert [row["version"] for row in each(project.store.read, "SELECT * FROM models")] == [1]
    pointer = rounds.ranking(project.store.read)
    assert pointer.guesses is not None
    ranked = ranking.load(pointer, project.rankings).entries["position"]
    assert 60 not in ranked  # the position of what was erased


def test_what_is_erased_while_features_are_computed_is_not_in_them(make_project, more, monkeypatch):
    project = make_project(audit_share=0)
    bring(project, more(["q1", f"goal {SECRET}", ""]))
    compute = features.Features.of

    def meanwhile(*args):
        monkeypatch.setattr(features.Features, "of", compute)
        withdrawal.erase_item(project, "q1")
        return compute(*args)

    monkeypatch.setattr(features.Features, "of", meanwhile)
    retrain.features(project)
    vocabulary = features.FeatureCache(project.folder / "features").vocabulary()
    assert SECRET.lower() not in vocabulary.words.tolist()
    assert "goal" in vocabulary.words.tolist()
    assert len(list((project.folder / "features").glob("*.npz"))) == 1


def test_what_a_round_left_that_was_killed_goes_with_the_next_trainer(make_project, more):
    project = make_project(audit_share=0)
    bring(project, more(["q1", f"goal {SECRET}", ""]))
    label_some(project, 12)
    for folder, name in (("guesses", "00000001-abcd.json"), ("features", "abcd.npz")):
        (project.folder / folder).mkdir(exist_ok=True)
        (project.folder / folder / name).write_text(SECRET)
    withdrawal.withdraw(project, ["q1"])
    one_round(project)
    assert files_with(project.folder / "guesses", SECRET) == []
    assert files_with(project.folder / "features", SECRET) == []


def test_an_erased_item_does_not_come_back_with_the_file_it_came_from(project, more):
    mine = "secret-id-77"
    file = more([mine, f"goal {SECRET}", "sport"], ["q2", "bank market", ""], ["q3", "bank", ""])
    bring(project, file)
    now = withdrawal.erase_item(project, mine)
    assert withdrawal.erase_item(project, now) == now  # once more takes nothing more
    again = bring(project, file, label="label")
    assert again == importing.Imported(added=0, already_there=2, left_out=1)
    other = more(["q9", f"goal {SECRET}", ""], [mine, "other", ""], ["q4", "new", ""])
    assert bring(project, other) == importing.Imported(added=1, already_there=0, left_out=2)
    assert files_with(project.folder, SECRET, mine) == []
    story = inventory.detail(project, now).story
    assert [row["kind"] for row in story] == ["erase"]


def test_an_erased_picture_does_not_come_back_with_its_folder(tmp_path):
    (tmp_path / "in").mkdir()
    for name, shade in (("a", 5), ("b", 9)):
        Image.new("L", (4, 4), shade).save(tmp_path / "in" / f"{name}.png")
    source = Source(tmp_path / "in", Columns("image", ("image",), id="id"))
    with create(tmp_path / "made", source, classes=("x", "y"), audit_share=0) as project:
        gone = project.media.path(next(items.every(project.store.read)).fields["image"])
        withdrawal.erase_item(project, "a.png")
        Image.new("L", (4, 4), 13).save(tmp_path / "in" / "c.png")
        done = bring(project, tmp_path / "in")
        assert done == importing.Imported(added=1, already_there=1, left_out=1)
        assert not gone.exists()


def test_an_erased_picture_is_deleted_unless_another_item_shows_it(tmp_path):
    (tmp_path / "in").mkdir()
    for name, shade in (("a", 5), ("b", 5), ("c", 9)):
        Image.new("RGB", (4, 4), (shade, 0, 0)).save(tmp_path / "in" / f"{name}.png")
    source = Source(tmp_path / "in", Columns("image", ("image",), id="id"))
    with create(tmp_path / "made", source, classes=("x", "y"), audit_share=0) as project:
        names = {i.id: i.fields["image"] for i in items.every(project.store.read)}
        withdrawal.erase_item(project, "a.png")
        assert project.media.path(names["b.png"]).exists()
        withdrawal.erase_item(project, "b.png")
        withdrawal.erase_item(project, "c.png")
        assert not any(project.media.path(name).exists() for name in names.values())
        assert len(retrain.features(project)) == 3  # every position keeps its row


def test_an_erased_person_leaves_a_pseudonym_and_their_labels(project, tmp_path):
    token = project.invite("Rumpelstilzchen", "annotator")
    label_some(project, 3, who="Rumpelstilzchen")
    item = project.next_items("Rumpelstilzchen", 1)[0]
    words = Answer("answer-9", item.id, "flag", comment="ask me, Rumpelstilzchen")
    project.session.submit("Rumpelstilzchen", [words])
    now = withdrawal.erase_person(project, "Rumpelstilzchen")
    assert now.startswith("erased-")
    assert files_with(project.folder, "Rumpelstilzchen") == []
    assert project.people.claim(token) is None
    assert status(project)["answers"] == {"label": 3, "flag": 1}
    mine = [row for row in standings.judgements(project.store.read) if row["annotator"] == now]
    assert [row["comment"] for row in mine] == [None, None, None, "[erased]"]
    with pytest.raises(withdrawal.WithdrawalError, match="nobody called 'Rumpelstilzchen'"):
        withdrawal.erase_person(project, "Rumpelstilzchen")


def test_what_an_erased_owner_decided_stays_in_their_words_for_it(project):
    project.invite("Rumpelstilzchen", "owner")
    project.decide("Rumpelstilzchen", with_class_renamed("sport", "games"))
    project.write_guideline("Rumpelstilzchen", "Read it twice.")
    before = decisions.history(project.store.read)
    now = withdrawal.erase_person(project, "Rumpelstilzchen")
    after = decisions.history(project.store.read)
    assert [made.words for made in after] == [made.words for made in before]
    assert [made.by for made in after] == [now, now, "owner"]
    assert project.guideline().text == "Read it twice."
    assert files_with(project.folder, "Rumpelstilzchen") == []


@pytest.mark.parametrize("name", ["owner", "import", "trainer"])
def test_the_loops_own_names_cannot_be_erased(project, name):
    with pytest.raises(withdrawal.WithdrawalError, match="is no person"):
        withdrawal.erase_person(project, name)


@pytest.fixture
def door(project):
    """The log with the door open for the first item of ana's, inside a transaction."""
    mine = project.next_items("ana", 2)
    for n, item in enumerate(mine):
        words = Answer(f"answer-{n}", item.id, "label", "sport", comment="words")
        project.session.submit("ana", [words])
    db = project.store.read
    db.execute("BEGIN")
    db.execute("INSERT INTO erasing VALUES (?, NULL, NULL)", [mine[0].position])
    yield db, mine
    db.execute("ROLLBACK")


def test_through_the_open_door_nothing_passes_but_tombstones_of_that_item(door):
    db, (mine, other) = door
    for (column,) in db.execute("SELECT name FROM pragma_table_info('log')").fetchall():
        for forged in ("'forged'", "NULL", "7", "'[erased]'", "'\"[erased]\"'"):
            was = f"SELECT {column} IS {forged} FROM log WHERE event_id = 'answer-0'"
            if db.execute(was).fetchone()[0] or (column, forged) == ("comment", "'[erased]'"):
                continue
            with pytest.raises(sqlite3.IntegrityError, match=r"append-only|FOREIGN KEY|mismatch"):
                db.execute(f"UPDATE log SET {column} = {forged} WHERE event_id = 'answer-0'")
    erase = "UPDATE log SET comment = '[erased]' WHERE position = ?"
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(erase, [other.position])
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute("DELETE FROM log WHERE position = ?", [mine.position])
    db.execute(erase, [mine.position])
    db.execute("DELETE FROM erasing")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(erase, [mine.position])


def test_the_door_is_shut_again_after_an_erasure(project):
    withdrawal.erase_item(project, "p0")
    assert project.store.read.execute("SELECT count(*) FROM erasing").fetchone()[0] == 0


# ---------------------------------------------------------------- searching


def test_items_are_found_by_words_id_class_and_state(project):
    bring_rows = [("x%1", 'she said "no_way"\nand left'), ("x2", "noXway, text: nothing")]
    importing.add(project, posted(project, dict(bring_rows)))
    item = project.next_items("ana", 1)[0]
    project.submit(item.id, "sport", annotator="ana", answer_id="answer-1")

    def found(*wanted, **more):
        hits, n = inventory.find(project, Wanted(*wanted, **more), 100)
        assert n == len(hits)
        return [hit.item.id for hit in hits]

    assert found('"NO_way"\nand') == ["x%1"]
    assert found("x%") == ["x%1"]
    assert found("noxway") == ["x2"]
    assert found('"text"') == []  # the name of the column is not its content
    assert item.id in found(label="sport")
    assert found(state="labeled") == [item.id] or item.id.startswith(("a", "x"))
    project.decide("owner", with_class_renamed("sport", "games"))
    assert item.id in found(label="games")
    assert inventory.find(project, Wanted(label="games"), 1)[0][0].labels == ("games",)
    counts = inventory.counts(project)
    assert sum(counts.values()) == 92
    for state, n in counts.items():
        assert len(found(state=state)) == n


# ---------------------------------------------------------------- the terminal and the API


def test_the_terminal_imports_withdraws_and_erases(project, more):
    def askwell(*words):
        return CliRunner().invoke(main, list(map(str, words)))

    file = more(["q1", "goal match", ""], ["p0", "other words", ""])
    refused = askwell("import", project.folder, file, "--id", "id")
    assert refused.exit_code == 1
    assert "row 2 (line 3): the id 'p0' is there already" in refused.output
    words = ["import", project.folder, more(["q1", "goal match", ""]), "--id", "id"]
    assert "1 items would be added" in askwell(*words, "--preview").output
    assert json.loads(askwell(*words, "--json").output)["added"] == 1
    assert askwell("withdraw", project.folder, "q1").exit_code == 0
    assert askwell("restore", project.folder, "q1").output == "1 items restored.\n"
    asked = askwell("erase", project.folder, "--item", "q1")
    assert asked.exit_code == 1
    assert "no way back" in asked.output
    assert "erased-" in askwell("erase", project.folder, "--item", "q1", "--yes").output
    assert askwell("erase", project.folder, "--yes").exit_code == 2
    assert "1 were erased here, and are left out" in askwell(*words).output
    assert json.loads(askwell(*words, "--json").output)["left_out"] == 1


def test_items_are_posted_by_owners_all_or_none(steady):
    with steady.client("olga", "owner") as owner, steady.client("ana") as ana:
        body = {"items": [{"id": "n1", "fields": {"text": "new"}}, {"fields": {"text": "newer"}}]}
        assert ana.post("items", json=body).status_code == 403
        bad = {"items": [*body["items"], {"id": "p0", "fields": {"text": "another"}}]}
        reply = owner.post("items", json=bad)
        assert reply.status_code == 400
        assert "item 3: the id 'p0' is there already" in reply.json()["detail"]
        strange = {"items": [{"fields": {"text": "new", "truth": "x"}}]}
        assert "item 1 has the field 'truth'" in owner.post("items", json=strange).json()["detail"]
        assert owner.post("items", json=body).json() == {"added": 2, "already_there": 0}
        assert owner.post("items", json=body).json() == {"added": 0, "already_there": 2}
        with Project.open(steady.folder) as project:
            withdrawal.erase_item(project, "n1")
        told = {"added": 0, "already_there": 1, "left_out": 1}
        assert owner.post("items", json=body).json() == told
