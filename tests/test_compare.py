"""Comparisons: the same splits for all, numbers that come out again, nothing dropped."""

import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from conftest import LIGHT, sentences, write_csv
from real_server import until
from scipy import stats
from sklearn.model_selection import train_test_split

import strategies
from loop import compare
from loop.compare import engine, statistics
from loop.compare.calls import calls
from loop.compare.cell import Cell, Point, Protocol, Split, first_labels
from loop.compare.cell import run as run_cell
from loop.compare.engine import _code_of, attempt, made_by
from loop.dataset import Columns
from loop.errors import DataError, LoopError, SettingsError
from loop.holm import holm
from loop.media import MediaFolder
from loop.store import cells
from strategies.registry import _strategies

ASK = Protocol(budget=30, batch=5, first=10, recipe=LIGHT)


def table_in(folder, n=120, seed=0):
    """A file of two classes in a plane, not quite apart."""
    rng = np.random.default_rng(seed)
    kind = np.arange(n) % 2
    points = rng.normal(size=(n, 2)) + 1.2 * kind[:, None]
    rows = [[*map(str, p), "ab"[k]] for p, k in zip(points, kind, strict=True)]
    return write_csv(folder / "plane.csv", ["x", "y", "class"], rows)


@pytest.fixture
def plane(tmp_path):
    columns = Columns("table", ("x", "y"), label="class")
    return compare.read(table_in(tmp_path), columns, MediaFolder(tmp_path / "media"))


def bare(curve):
    """A curve without its seconds."""
    return [replace(point, fit_seconds=0, query_seconds=0) for point in curve]


def ran(folder, plan, data, jobs=1):
    compare.run(folder, plan, [data], compare.Where(jobs))
    return compare.outcomes(folder, plan.cells(data))


@pytest.fixture
def planted():
    """A function that registers a strategy for as long as a test takes."""
    strategies.names()  # all are there before one more is
    before = dict(_strategies)
    yield lambda name, choose: strategies.register(name, label=name)(choose)
    _strategies.clear()
    _strategies.update(before)


# ---------------------------------------------------------------- one cell


def test_a_curve_begins_with_guessing_and_the_first_labels_and_ends_at_the_budget(plane, tmp_path):
    [_, margin] = ran(tmp_path / "out", compare.Plan(("margin",), 1, (ASK,)), plane)
    assert [p.labels for p in margin.curve] == [0, 10, 15, 20, 25, 30]
    assert margin.curve[0].accuracy == 0.5
    assert margin.curve[-1].accuracy > 0.7
    assert all(0 <= p.calibration_error <= 1 for p in margin.curve[1:])


def test_every_strategy_begins_with_the_same_labels_of_two_classes_at_least():
    X = np.zeros((20, 1), np.float32)
    y = np.array(["a"] * 19 + ["b"])
    split = Split(X, y, X, y)
    drawn = [
        first_labels(Cell("d", name, 3, Protocol(9, 1, 2)), split) for name in ("margin", "random")
    ]
    assert drawn[0].tolist() == drawn[1].tolist()
    assert set(y[drawn[0]]) == {"a", "b"}


def test_what_is_tested_on_is_never_learned_from(tmp_path):
    columns = Columns("text", ("text",), label="label")
    rows = [[text, kind] for text, kind in sentences(60)]
    data = compare.read(
        write_csv(tmp_path / "t.csv", ["text", "label"], rows), columns, MediaFolder(tmp_path)
    )
    split = data.split(seed=0, share=0.4)
    assert (len(split.y), len(split.y_test)) == (36, 24)
    tested = {tuple(row) for row in split.X_test.tolist()}
    # Other words in the rows held out change nothing of what the others are turned into.
    labels = [r.label for r in data.records]
    every = np.arange(60)
    _, held_out = train_test_split(every, test_size=0.4, random_state=0, stratify=labels)
    changed = [
        replace(r, fields={"text": f"other words {i}"}) if i in held_out else r
        for i, r in enumerate(data.records)
    ]
    after = replace(data, records=changed).split(seed=0, share=0.4)
    assert (after.X == split.X).all()
    assert tested != {tuple(row) for row in after.X_test.tolist()}


# ---------------------------------------------------------------- many cells


def test_one_process_and_two_give_the_same_numbers_to_the_last_bit(plane, tmp_path):
    plan = compare.Plan(("random", "margin", "badge", "typiclust"), 2, (ASK,))
    alone = ran(tmp_path / "one", plan, plane)
    together = ran(tmp_path / "two", plan, plane, jobs=2)
    assert [bare(one.curve) for one in alone] == [bare(one.curve) for one in together]


def test_of_a_split_the_strategies_known_to_be_slow_come_first(plane):
    plan = compare.Plan(("random", "margin", "badge"), 2, (ASK,))
    spent = {"": 0.1}
    every = calls(dict.fromkeys(plan.cells(plane), plane), spent)
    assert [next(every).cell.strategy for _ in range(4)] == ["random", "margin", "badge", ""]
    spent |= {"random": 0.2, "margin": 5.0, "badge": 1.0}
    assert [one.cell.strategy for one in every] == ["margin", "badge", "random", ""]


def test_another_strategy_and_another_seed_cost_only_themselves(plane, tmp_path):
    def finished():
        with cells.opened(tmp_path) as db:
            return dict(db.execute("SELECT key, finished_at FROM cells"))

    ran(tmp_path, compare.Plan(("random",), 2, (ASK,)), plane)
    before = finished()
    ran(tmp_path, compare.Plan(("random", "margin"), 3, (ASK,)), plane)
    assert len(before) == 4
    assert len(finished()) == 9
    assert finished().items() >= before.items()


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path, askwell_here):
    words = ["compare", str(table_in(tmp_path, n=200)), "--features", "x,y", "--label", "class"]
    words += ["--strategies", "margin", "--seeds", "6", "--batch", "2", "--budget", "80"]
    words += ["--recipe", LIGHT, "--out", str(tmp_path / "out"), "--json"]

    def finished():
        if not (tmp_path / "out" / "comparison.db").exists():
            return {}
        with cells.opened(tmp_path / "out") as db:
            return dict(db.execute("SELECT key, finished_at FROM cells"))

    command = [sys.executable, "-m", "ui.cli", *words]
    victim = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    until(lambda: len(finished()) >= 3, 60)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    before = finished()
    assert 3 <= len(before) < 18
    again = askwell_here(*words)
    assert again.returncode == 0
    assert finished().items() >= before.items()
    assert len(finished()) == 18
    found = json.loads(again.stdout)
    assert {one["seeds"] for one in found["strategies"].values()} == {6}


def test_a_strategy_that_fails_is_counted_by_seed_and_the_others_go_on(plane, tmp_path, planted):
    def fail(_query, _n):
        raise ValueError("not today")

    planted("failing", fail)
    plan = compare.Plan(("random", "failing"), 2, (ASK,))
    found = compare.document("plane", ran(tmp_path, plan, plane))
    assert [(one["strategy"], one["seed"], one["why"]) for one in found["failed"]] == [
        ("failing", seed, "ValueError: not today") for seed in (0, 1)
    ]
    assert found["strategies"]["failing"] == {"seeds": 0}
    assert found["strategies"]["random"]["seeds"] == 2
    assert "Failed: failing, seed 1: ValueError: not today" in compare.table(found)


def test_a_strategy_that_does_nothing_is_named(plane, tmp_path, planted):
    planted("no-op", strategies.get("random"))
    plan = compare.Plan(("random", "margin", "no-op"), 4, (ASK,))
    found = compare.document("plane", ran(tmp_path, plan, plane))
    assert ("no-op", "random") in found["alike"]
    assert "no-op cannot be told from random." in compare.table(found)


def test_no_strategy_finds_the_answers_in_a_global(plane, tmp_path, planted):
    seen = []

    def peek(query, n):
        rows = len(query.pool) + len(query.seen)
        spaces = [list(vars(module).values()) for module in list(sys.modules.values())]
        arrays = [value for space in spaces for value in space if isinstance(value, np.ndarray)]
        seen.extend(one for one in arrays if one.dtype.kind == "U" and len(one) == rows)
        return strategies.get("random")(query, n)

    planted("peeking", peek)
    ran(tmp_path, compare.Plan(("peeking",), 1, (ASK,)), plane)
    assert seen == []


def test_a_worker_with_other_versions_is_refused_with_both(plane):
    split = plane.split(0, 0.4)
    wanted = made_by() | {"numpy": "1.0"}
    with pytest.raises(LoopError, match=rf"numpy {np.__version__}, not 1\.0"):
        attempt(Cell("d", "random", 0, ASK), wanted, split.X, split.y, split.X_test, split.y_test)


def test_every_combination_of_starts_and_batches_is_a_case_of_its_own(plane, tmp_path):
    asks = tuple(Protocol(20, b, 10, s, LIGHT) for b in (5, 10) for s in ("random", "k-center"))
    plan = compare.Plan(("random", "margin"), 2, asks)
    compare.run(tmp_path, plan, [plane], compare.Where())
    cases = compare.documents(tmp_path, plan, [plane])
    assert [one["dataset"] for one in cases] == [
        f"plane, batch {b}, start {s}" for b in (5, 10) for s in ("random", "k-center")
    ]
    assert all(one["strategies"]["margin"]["seeds"] == 2 for one in cases)
    with cells.opened(tmp_path) as db:  # and what all labels reach is asked once a seed
        assert db.execute("SELECT count(*) FROM cells").fetchone() == (2 * (4 * 2 + 1),)


def test_a_budget_of_all_ends_with_every_row_labeled(plane, tmp_path):
    plan = compare.Plan(("random",), 1, (Protocol(None, 30, 10, recipe=LIGHT),))
    [whole, random] = ran(tmp_path, plan, plane)
    assert [p.labels for p in random.curve] == [0, 10, 40, 70, 72]
    assert random.curve[-1].accuracy == whole.curve[0].accuracy


def test_results_of_other_data_with_the_same_name_are_not_added_to(plane, tmp_path):
    ran(tmp_path, compare.Plan(("random",), 1, (ASK,)), plane)
    changed = replace(plane, records=plane.records[:-1])
    with pytest.raises(SettingsError, match=f"another 'plane'.*{plane.fingerprint}"):
        ran(tmp_path, compare.Plan(("random",), 1, (ASK,)), changed)


def test_a_class_that_is_only_tested_on_is_missed_and_one_without_a_test_row_counts_in_nothing():
    X = np.arange(40, dtype=np.float32)[:, None] % 4
    y = np.array(list("abcd"))[X[:, 0].astype(int)]
    pool, test = np.isin(y, ["a", "c", "d"]), np.isin(y, ["a", "b", "c"])
    data = compare.Arrays(
        "abcd", np.concatenate([X[pool], X[test]]), np.append(y[pool], y[test]), int(test.sum())
    )
    split = data.split(0, 0.4)
    point = run_cell(Cell("d", "random", 0, Protocol(30, 10, 20)), split)[-1]
    assert point.recall == [1, 0, 1, None]  # of a, b, c and d
    assert point.accuracy == pytest.approx(2 / 3)
    assert point.macro_f1 == pytest.approx(np.mean([1, 0, 1]), abs=0.2)


def test_a_strategy_that_was_mended_is_run_anew(plane, tmp_path, monkeypatch):
    plan = compare.Plan(("random", "margin"), 2, (ASK,))
    ran(tmp_path, plan, plane)
    mended = {"margin": "another hash"}
    monkeypatch.setattr(engine, "_code_of", lambda name: mended.get(name, _code_of(name)))
    told = []
    compare.run(tmp_path, plan, [plane], compare.Where(), lambda done, *_: told.append(done))
    assert told[0] == 4  # of six; margin's two are missing


@pytest.mark.parametrize(
    ("rows", "share", "complaint"),
    [
        (6, 0.4, "6 rows of 3 classes cannot be split with 0.8 held out"),
        (100, 0.4, "no row of the class .* is left"),
    ],
)
def test_a_split_that_leaves_a_class_out_is_refused(rows, share, complaint):
    y = np.array(["a"] * (rows - 4) + ["b"] * 2 + ["c"] * 2)
    with pytest.raises(SettingsError, match=complaint):
        compare.Arrays("rare", np.zeros((rows, 1)), y).split(0, 0.8)


def test_a_test_file_that_is_the_data_itself_is_refused(tmp_path):
    file = table_in(tmp_path)
    columns = Columns("table", ("x", "y"), label="class")
    with pytest.raises(DataError, match=r"all its rows are in .*plane\.csv too"):
        compare.read(file, columns, MediaFolder(tmp_path), file)


def test_where_nothing_finished_the_command_has_failed(askwell_here, tmp_path, plugin):
    plugin(
        "cannot",
        "from sklearn.dummy import DummyClassifier\nclass Cannot(DummyClassifier):\n"
        "    def fit(self, X, y): raise ValueError('not today')\ndef make(seed): return Cannot()",
    )
    words = ["--features", "x,y", "--label", "class", "--strategies", "margin", "--seeds", "1"]
    words += ["--budget", "30"]
    shown = askwell_here("compare", table_in(tmp_path), *words, "--recipe", "cannot")
    assert shown.returncode == 1
    assert "Failed: margin, seed 0: ValueError: not today" in shown.stdout


# ---------------------------------------------------------------- what they say


def curve(*accuracies, batch=10):
    return [Point(i * batch, a, a, [a, a], None) for i, a in enumerate(accuracies)]


def test_areas_by_hand():
    one = curve(0.5, 0.6, 0.8, 0.9)  # the first is guessing
    assert statistics.area(one) == pytest.approx((0.7 * 10 + 0.85 * 10) / 20)
    assert statistics.area_of_lu(one) == pytest.approx(0.85 / 2)
    assert statistics.area(one[:2]) == 0.6
    with pytest.raises(ValueError, match="two queries or more, not 1"):
        statistics.area_of_lu(one[:3])


def test_labels_to_a_target_are_counted_and_never_extrapolated():
    one = curve(0.5, 0.6, 0.8, 0.7)
    assert statistics.labels_to(one, 0.75) == 20
    assert statistics.labels_to(one, 0.4) == 10  # not 0: guessing is no model
    assert statistics.labels_to(one, 0.81) is None


def test_intervals_and_differences_are_students():
    rng = np.random.default_rng(0)
    ours, theirs = rng.normal(1, 1, 12), rng.normal(size=12)
    of = statistics.paired(ours, theirs)
    wanted = stats.ttest_rel(ours, theirs)
    assert of.p == pytest.approx(wanted.pvalue)
    low, high = wanted.confidence_interval()
    assert (of.difference.low, of.difference.high) == pytest.approx((low, high))
    assert statistics.paired([1, 2], [1, 2]).p == 1
    assert statistics.interval([0.5]).low is None


def test_holm_by_hand():
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.5})
    assert found == pytest.approx({"a": 0.04, "c": 0.09, "b": 0.09, "d": 0.5})


# ---------------------------------------------------------------- the command


def test_the_command_shows_every_strategy_beside_random(askwell_here, tmp_path):
    file = table_in(tmp_path)
    words = ["compare", file, "--features", "x,y", "--label", "class", "--strategies", "margin"]
    words += ["--budget", "30", "--first", "10", "--seeds", "3", "--recipe", LIGHT]
    shown = askwell_here(*words)
    assert shown.returncode == 0
    assert {"random", "margin"} <= {line.split()[0] for line in shown.stdout.splitlines()}
    began = time.monotonic()
    found = json.loads(askwell_here(*words, "--json").stdout)
    assert time.monotonic() - began < 1  # nothing is computed twice
    assert set(found) >= {"dataset", "full_accuracy", "strategies", "paired"}
    margin = found["strategies"]["margin"]
    assert margin["curve"][0] | {"labels": 0, "mean": 0.5} == margin["curve"][0]
    assert set(margin["labels_to"]) == {"0.90", "0.95"}
    assert found["paired"]["margin"]["vs"] == "random"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--strategies", "margn"], "Did you mean 'margin'"),
        (["--strategies", "margin", "--budget", "5"], "less than the first 20"),
        (["--strategies", "margin", "--budget", "900"], "900 labels .* of only 72 rows"),
        (["--strategies", "margin", "--start", "margin"], "before the first labels"),
        (["--strategies", "margin", "--start", "default"], "before the first labels"),
        (["--strategies", "activelab"], "'activelab' needs answers"),
        (["--strategies", "margin", "--seeds", "0"], "number of seeds is 0"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_anything_runs(
    askwell_here, tmp_path, words, complaint
):
    file = table_in(tmp_path)
    refused = askwell_here("compare", file, "--features", "x,y", "--label", "class", *words)
    assert refused.returncode == 1
    assert re.search(complaint, refused.stderr)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([["1", "a"], ["2", ""], ["3", "b"]], "row 2 .*no answer"),
        ([["1", "a"], ["2", "a"], ["3", "b"]], "the class 'b' has 1 row"),
        ([["1", "a"], ["2", "a"]], "all rows are of the class 'a'"),
    ],
)
def test_data_that_cannot_be_compared_on_is_refused(tmp_path, rows, complaint):
    file = write_csv(tmp_path / "d.csv", ["x", "class"], rows)
    columns = Columns("table", ("x",), label="class")
    with pytest.raises(DataError, match=complaint):
        compare.read(file, columns, MediaFolder(tmp_path))


def test_a_class_that_is_only_tested_on_is_refused(tmp_path):
    columns = Columns("table", ("x",), label="class")
    known = write_csv(tmp_path / "d.csv", ["x", "class"], [["1", "a"], ["2", "b"]])
    test = write_csv(tmp_path / "t.csv", ["x", "class"], [["1", "a"], ["2", "c"]])
    with pytest.raises(DataError, match="the class 'c' is in no row"):
        compare.read(known, columns, MediaFolder(tmp_path), test)
