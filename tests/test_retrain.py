"""A round: rebuilt from the log, honest about accuracy, published whole, the same twice."""

import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import numpy as np
import pytest
import warm
from conftest import truth_of
from real_server import until

import strategies
from loop import Project, offers, ranking, retrain, status
from loop.child import NICE
from loop.errors import SettingsError, TrainerBusy
from loop.evaluation import accuracy, wilson
from loop.schedule import Reason
from loop.status import loop_state
from loop.store import items, log, rounds, standings
from loop.store.database import each
from loop.supervisor import Supervisor
from loop.trainer import one_round, only_one, work


def answer(project, n, who="ana"):
    for item in project.next_items(who, n):
        value = truth_of(item.fields["text"])
        project.submit(item.id, value, annotator=who, answer_id=uuid.uuid4().hex)


def order(project):
    pointer = rounds.ranking(project.store.read)
    return ranking.load(pointer, project.rankings).entries


def test_a_round_publishes_model_point_and_ranking_together(project):
    answer(project, 12)
    done = retrain.run(project, Reason.FIRST_MODEL)
    pointer = rounds.ranking(project.store.read)
    point = project.curve()[-1]
    assert (done.version, pointer.version, point.version) == (1, 1, 1)
    assert done.labels == point.labels == 12
    assert point.accuracy > 0.6
    assert point.low < point.accuracy <= point.high
    event = log.latest(project.store.read, "round")
    assert event["value"]["log_seq"] == done.log_seq
    assert event["value"]["versions"]["scikit-learn"]


def test_the_whole_pool_is_ranked_and_nothing_else(project):
    answer(project, 12)
    retrain.run(project, Reason.FIRST_MODEL)
    askable = set(items.positions(project.store.read, items.POOL))
    askable -= set(standings.closed_positions(project.store.read))
    assert set(order(project)["position"].tolist()) == askable
    assert len(order(project)) == 48


@pytest.mark.parametrize("name", strategies.names())
def test_every_strategy_orders_a_project_or_is_refused_when_it_is_made(make_project, name):
    needs = strategies.get(name).needs
    if lacks := needs & {"answers", "costs", "differences", "pairs", "systems"}:
        why = f"'{name}' needs {' and '.join(sorted(lacks))}, which a project of text"
        with pytest.raises(SettingsError, match=why):
            make_project(strategy=name)
        return
    task = "multilabel" if "multi-label" in needs else "classify"
    project = make_project(n=60, audit=0, task=task, strategy=name)
    for item in project.next_items("ana", 12):
        truth = truth_of(item.fields["text"])
        value = [truth] if task == "multilabel" else truth
        project.submit(item.id, value, annotator="ana", answer_id=uuid.uuid4().hex)
    assert retrain.run(project, Reason.FIRST_MODEL).strategy == name
    head = order(project)[: rounds.ranking(project.store.read).head]
    assert len(head) >= 10
    assert np.isfinite(head["score"]).all()


def test_the_first_places_are_the_strategys_and_the_rest_goes_by_margin(make_project):
    project = make_project(n=200, strategy="entropy")
    answer(project, 15)
    retrain.run(project, Reason.FIRST_MODEL)
    head = rounds.ranking(project.store.read).head
    assert head == 20
    tail = order(project)["score"][head:]
    assert (np.diff(tail) <= 1e-6).all()
    lent = project.session.next_items("bo", 30)[0]
    why = [r["strategy"] for r in each(project.store.read, "SELECT * FROM leases ORDER BY rank")]
    assert len(lent) == 30
    assert why == ["entropy"] * 20 + ["tail: margin"] * 10


def test_same_log_same_bits(make_project, tmp_path):
    project = make_project(n=80)
    answer(project, 20)
    copy = tmp_path / "copy"
    shutil.copytree(project.folder, copy)
    retrain.run(project, Reason.ASKED_FOR)
    with Project.open(copy) as again:
        shutil.rmtree(copy / "features", ignore_errors=True)
        retrain.run(again, Reason.ASKED_FOR)
        assert order(again).tobytes() == order(project).tobytes()
        assert again.curve() == project.curve()


def test_an_audit_item_is_never_trained_on_nor_ranked(make_project):
    project = make_project(n=100, audit=0)
    audit = set(items.positions(project.store.read, items.AUDIT))
    answer(project, 100)
    assert {p for p, _ in standings.labels(project.store.read, items.POOL)}.isdisjoint(audit)
    done = retrain.run(project, Reason.ASKED_FOR)
    assert done.labels == 80
    assert project.curve()[-1].audit == 20


def test_below_twenty_audit_answers_no_accuracy_is_stated(make_project):
    project = make_project(audit=19)
    answer(project, 12)
    retrain.run(project, Reason.FIRST_MODEL)
    assert status(project)["accuracy"] is None
    assert project.curve()[-1].audit == 19


@pytest.mark.parametrize(
    ("correct", "n", "low", "high"),
    [(8, 10, 0.490, 0.943), (0, 20, 0.0, 0.161), (20, 20, 0.839, 1.0), (90, 100, 0.826, 0.945)],
)
def test_the_interval_is_wilsons(correct, n, low, high):
    assert wilson(correct, n) == pytest.approx((low, high), abs=5e-4)
    assert accuracy(correct, 19) == (None, None, None)


def test_an_empty_pool_is_a_normal_state(make_project):
    project = make_project(n=12)
    answer(project, 12)
    retrain.run(project, Reason.FIRST_MODEL)
    assert len(order(project)) == 0
    assert project.next_items("ana", 5) == []


def test_one_class_only_waits_and_serves_on(project):
    for item in project.next_items("ana", 15):
        project.submit(item.id, "sport", annotator="ana", answer_id=uuid.uuid4().hex)
    assert loop_state(project.settings, project.store.read).classes == 1
    assert "second class" in status(project)["waiting_for"]
    assert project.next_items("ana", 5)


def test_corrections_count_as_news_and_the_next_round_learns_from_them(project):
    answer(project, 12)
    retrain.run(project, Reason.FIRST_MODEL)
    first = [row for row in standings.judgements(project.store.read) if row["annotator"] == "ana"]
    for row in first[:6]:
        project.submit(row["item_id"], "money", annotator="ana", answer_id=uuid.uuid4().hex)
    assert loop_state(project.settings, project.store.read).new == 6
    retrain.run(project, Reason.ENOUGH_LABELS)
    assert loop_state(project.settings, project.store.read).new == 0
    assert status(project)["classes"]["money"] >= 6


def test_a_failed_round_is_recorded_shown_and_not_repeated_at_once(project):
    answer(project, 12)
    with project.store.write() as db:
        rounds.fail(db, "ValueError: no luck", log.end(db))
    assert status(project)["failure"] == "ValueError: no luck"
    assert loop_state(project.settings, project.store.read).new == 0
    retrain.run(project, Reason.ASKED_FOR)
    assert status(project)["failure"] is None


def test_old_rankings_and_half_written_ones_are_cleared_away(project):
    answer(project, 12)
    (project.rankings / "00000009-dead.npy.partial").write_bytes(b"half")
    for _ in range(5):
        retrain.run(project, Reason.ASKED_FOR)
    assert len(list(project.rankings.iterdir())) == ranking.KEPT


# ---------------------------------------------------------------- one trainer


def test_there_is_never_a_second_trainer(project):
    answer(project, 12)
    with only_one(project.folder, 0), pytest.raises(TrainerBusy, match="never a second"):
        one_round(project)


def test_answers_are_taken_while_the_trainer_looks_what_it_can_offer(project, monkeypatch):
    class Enough(Exception):
        pass

    def every(_settings):
        with Project.open(project.folder) as served:
            answer(served, 1)
        raise Enough

    monkeypatch.setattr(offers, "every", every)
    with pytest.raises(Enough):
        work(project)
    assert status(project)["labels"] == 1


AUTOGROUP = Path("/proc/sys/kernel/sched_autogroup_enabled")


@pytest.mark.skipif(
    not AUTOGROUP.exists() or AUTOGROUP.read_text() != "1\n",
    reason="needs autogroup, by which Linux shares out processors between sessions",
)
def test_the_trainer_steps_back_and_nobody_else(project):
    before = Path("/proc/self/autogroup").read_text()  # empty in a session that init made
    nice = min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICE)
    supervisor = Supervisor(project)
    supervisor.start()
    until(lambda: status(project)["trainer"]["state"] == "waiting", 30)
    assert os.getpriority(os.PRIO_PROCESS, supervisor.pid) == nice
    assert Path(f"/proc/{supervisor.pid}/autogroup").read_text().split()[1:] == ["nice", str(NICE)]
    assert Path("/proc/self/autogroup").read_text() == before
    supervisor.stop()


def test_the_trainer_leaves_with_its_parent(project):
    child = subprocess.Popen(
        [sys.executable, "-m", "loop.trainer", str(project.folder)], stdin=subprocess.PIPE
    )
    until(lambda: status(project)["trainer"]["state"] == "waiting", 30)
    child.stdin.close()
    assert child.wait(5) == 0


@pytest.fixture
def supervised(monkeypatch):
    """A function that keeps a trainer for a project until the test ends; forks, see `warm`."""
    monkeypatch.setattr(sys, "executable", warm.executable())
    started = []

    def start(project):
        started.append(Supervisor(project))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.stop()


def test_a_classifier_that_crashes_is_recorded_and_the_next_trainer_waits(
    make_project, plugin, supervised
):
    plugin(
        "crashing",
        "import os\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "class Crash(LogisticRegression):\n"
        "    def fit(self, X, y): os._exit(3)\n"
        "def make(seed): return Crash()\n",
    )
    project = make_project(recipe="crashing")
    answer(project, 12)
    supervised(project)
    until(lambda: status(project)["failure"], 30)
    assert "exit code 3" in status(project)["failure"]
    until(lambda: status(project)["trainer"]["state"] == "waiting", 30)
    assert len(log.of_kind(project.store.read, "failure")) == 1
    assert project.next_items("ana", 3)


def test_a_classifier_that_refuses_its_labels_is_recorded_and_the_trainer_goes_on(
    make_project, plugin, supervised
):
    plugin(
        "picky",
        "from sklearn.linear_model import LogisticRegression\n"
        "class Picky(LogisticRegression):\n"
        "    def fit(self, X, y):\n"
        "        if len(y) < 17: raise ValueError('too few for me')\n"
        "        return super().fit(X, y)\n"
        "def make(seed): return Picky()\n",
    )
    project = make_project(recipe="picky")
    supervisor = supervised(project)
    answer(project, 12)
    until(lambda: status(project)["failure"] == "ValueError: too few for me", 30)
    born = supervisor.pid
    answer(project, 12)
    until(lambda: status(project)["model"], 30)
    assert status(project)["failure"] is None
    assert supervisor.pid == born


def test_a_defect_in_a_classifier_ends_the_trainer_and_is_recorded_once(
    make_project, plugin, supervised
):
    plugin(
        "buggy",
        "from sklearn.linear_model import LogisticRegression\n"
        "class Buggy(LogisticRegression):\n"
        "    def fit(self, X, y): return {}['no such key']\n"
        "def make(seed): return Buggy()\n",
    )
    project = make_project(recipe="buggy")
    answer(project, 12)
    with project.store.write() as db:
        rounds.ask(db)
    supervised(project)
    failure = until(lambda: status(project)["failure"], 30)
    assert "KeyError: 'no such key'" in failure
    until(lambda: status(project)["trainer"]["state"] == "waiting", 30)
    assert len(log.of_kind(project.store.read, "failure")) == 1
    assert loop_state(project.settings, project.store.read).asked is False
    assert "Traceback" in (project.folder / "trainer.log").read_text()


def test_labels_given_during_a_round_that_fails_are_still_news(make_project, plugin, monkeypatch):
    project = make_project()
    answer(project, 12)

    def labeled_meanwhile(project, _reason):
        answer(project, 7, who="bo")
        raise ValueError("no luck")

    monkeypatch.setattr(retrain, "run", labeled_meanwhile)
    assert str(one_round(project)) == "ValueError: no luck"
    assert loop_state(project.settings, project.store.read).new == 7


def test_what_a_bandit_learns_stands_in_the_log_and_the_next_round_goes_on_from_it(make_project):
    project = make_project(n=90, strategy="bandit")
    for _ in range(4):
        answer(project, 12)
        retrain.run(project, Reason.ASKED_FOR)
    books = [row["value"]["diary"]["bandit"] for row in log.of_kind(project.store.read, "round")]
    assert sum(books[1]["log_weights"]) == 0  # no batch was judged by the answers to the next yet
    assert sum(books[3]["log_weights"]) > sum(books[2]["log_weights"]) > 0
