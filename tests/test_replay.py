"""A project's own labels asked for again: what is asked, what is tested on, what is not known."""

import csv
import io
import json
import os
import re
import signal
import uuid
from dataclasses import replace

import pytest
from conftest import project_in, sentences, truth_of, write_csv
from playwright.sync_api import expect
from real_server import serving, until
from test_accessibility import SETTLED, violations

from loop import Project, bulk, compare, comparing, replays, retrain, snapshot
from loop.compare import bias
from loop.compare.replay import replayed
from loop.comparing import Comparing, ComparisonBusy, Wanted
from loop.creation import Source, create
from loop.dataset import Columns
from loop.errors import SettingsError
from loop.schedule import Reason
from loop.store import cells, items

UNDER_WAY = re.compile(r"^\d+ of [\d,]+ cells, .* left")


def right(item):
    return truth_of(item.fields["text"])


def answered(project, n, says=right):
    """The ids of the next *n* items that are asked, each answered."""
    asked = []
    while len(asked) < n:
        [item] = project.next_items("ana", 1)
        project.submit(item.id, says(item), annotator="ana", answer_id=uuid.uuid4().hex)
        asked.append(item.id)
    return asked


def finished(folder):
    """The cells there are, with the time that each one was finished at."""
    if not (folder / "comparisons" / "comparison.db").exists():
        return {}
    with cells.opened(folder / "comparisons") as db:
        return dict(db.execute("SELECT key, finished_at FROM cells"))


@pytest.fixture(scope="module")
def labeled(tmp_path_factory):
    """A project with 60 labels and 30 audit answers; no test leaves a trace in its log."""
    with project_in(tmp_path_factory.mktemp("replay") / "reviews", n=100) as project:
        answered(project, 60)
        yield project


# ---------------------------------------------------------------- what is asked


def test_the_arrays_are_those_of_the_trainer_and_the_audit_is_never_among_what_is_asked(labeled):
    split = replayed(labeled).split(seed=3, share=0.4)
    now, X = snapshot.of(labeled), retrain.features(labeled)
    positions, values = zip(*now.labels, strict=True)
    audit, truth = zip(*now.truth, strict=True)
    assert (X[list(positions)] == split.X).all()
    assert split.y.tolist() == list(values)
    assert (split.X_test == X[list(audit)]).all()
    assert split.y_test.tolist() == list(truth)
    assert not set(positions) & set(items.positions(labeled.store.read, items.AUDIT))


def test_labels_are_held_out_where_audit_answers_are_too_few(make_project):
    project = make_project(n=80, audit=12)
    answered(project, 60)
    replay = replayed(project)
    assert (replay.n_test, replay.n_pool(0.4)) == (0, 36)
    split = replay.split(seed=0, share=0.4)
    assert (len(split.y), len(split.y_test)) == (36, 24)
    # Other words in what is held out, or in the audit, change nothing of what the rest is made of.
    _, tested = compare.sets.held_out(replay.y[:60], 0, 0, 0.4)
    hidden = {*tested.tolist(), *range(60, 72)}
    fields = [
        {"text": f"other words {i}"} if i in hidden else one
        for i, one in enumerate(replay.features.fields)
    ]
    after = replace(replay, features=replace(replay.features, fields=fields)).split(0, 0.4)
    assert (after.X == split.X).all()
    assert (after.X_test != split.X_test).any()


def test_another_answer_makes_it_another_replay(make_project):
    project = make_project()
    answered(project, 45)
    before = replayed(project)
    assert replayed(project).fingerprint == before.fingerprint
    answered(project, 1)
    assert replayed(project).fingerprint != before.fingerprint


# ---------------------------------------------------------------- what is not known


def test_labels_are_counted_by_what_chose_them(tmp_path):
    rows = [[text, kind if i < 10 else ""] for i, (text, kind) in enumerate(sentences(90))]
    data = write_csv(tmp_path / "d.csv", ["text", "label"], rows)
    source = Source(data, Columns("text", ("text",), label="label"))
    with create(tmp_path / "p", source, classes=("sport", "money"), audit_share=0) as project:
        answered(project, 15)
        retrain.run(project, Reason.ASKED_FOR)
        answered(project, 12)
        several = [one.item.id for one in bulk.find(project, "ana", bulk.Choice(), 5).items]
        done = bulk.label(project, "ana", bulk.Batch(uuid.uuid4().hex, several, "sport"))
        assert len(done.saved) == 5
        found = replayed(project).bias("default")
    assert found["chosen_by"] == {"tail: random": 15, "uherding": 12, "import": 10, "bulk": 5}
    assert (found["labels"], found["at_random"]) == (42, 15)
    assert "64% were not drawn at random" in found["words"][1]
    assert found["bound"] is None
    assert "20 more audit answers are missing (0 of 20)" in found["words"][2]


def test_a_bound_by_hand():
    # Newcombe 1998, table II, example (a) with method 10
    of = bias.bound(bias.Share(56 / 70, 70), bias.Share(48 / 80, 80))
    assert of.difference == pytest.approx(0.2)
    assert of.ci95 == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_labels_that_are_harder_than_the_rest_are_told_by_the_audit(make_project, labeled):
    kinds = ["sport", "money"]

    def now_and_then_wrong(item):
        wrong = int(item.id[1:]) % 3 == 0
        return kinds[1 - kinds.index(right(item))] if wrong else right(item)

    project = make_project(n=120, audit=40)
    answered(project, 90, now_and_then_wrong)
    found = replayed(project).bias("default")["bound"]
    assert (found["labels"]["n"], found["audit"]["n"]) == (90, 40)
    assert found["ci95"][1] < 0
    assert found["difference"] == found["labels"]["accuracy"] - found["audit"]["accuracy"]
    fair = replayed(labeled).bias("default")
    assert fair["bound"]["ci95"][0] < 0 < fair["bound"]["ci95"][1]
    assert "no difference that was shown" in fair["words"][2]


# ---------------------------------------------------------------- refusals


def test_too_few_labels_are_refused_with_how_many_are_needed(make_project):
    project = make_project()
    answered(project, 7)
    with pytest.raises(SettingsError, match=r"7 labels are too few .* takes 40, that is 33 more"):
        replayed(project)


def test_labels_of_one_class_are_refused(make_project):
    project = make_project()
    answered(project, 45, lambda _item: "sport")
    with pytest.raises(SettingsError, match="All 45 labels are of the class 'sport'"):
        replayed(project)


def test_a_class_with_one_label_is_refused_only_where_labels_are_held_out(make_project):
    asked = iter(range(100))

    def says(_item):
        return "money" if next(asked) == 0 else "sport"

    few, enough = make_project("few", audit=5), make_project("enough", audit=20)
    answered(few, 45, says)
    with pytest.raises(SettingsError, match=r"'money' has a single label.* 15 more audit"):
        replayed(few)
    asked = iter(range(100))
    answered(enough, 45, says)
    assert replayed(enough).bias("default")["bound"]["labels"]["n"] == 44


def test_another_task_is_refused(make_project):
    project = make_project(task="multilabel", audit=0)
    with pytest.raises(SettingsError, match="the task here is 'multilabel'"):
        replayed(project)


def test_what_is_usual_leaves_something_to_choose_from():
    for askable in (24, 40, 60, 99, 100, 240, 3_000, 100_000):
        sizes = replays.usual(askable)
        assert sizes.first + sizes.batch <= sizes.budget < askable
        assert (sizes.budget - sizes.first) % sizes.batch == 0


# ---------------------------------------------------------------- the command


def test_the_command_takes_a_project_and_keeps_what_it_finds_in_it(labeled, askwell_here):
    words = ["compare", labeled.folder, "--strategies", "margin", "--seeds", "2"]
    shown = askwell_here(*words)
    assert shown.returncode == 0, shown.stderr
    assert "Bounded by the audit" in shown.stdout
    assert (labeled.folder / "comparisons" / "comparison.db").exists()
    before = finished(labeled.folder)
    found = json.loads(askwell_here(*words, "--json").stdout)
    assert finished(labeled.folder) == before
    assert found["bias"]["chosen_by"] == {"tail: random": 60}
    assert found["classes"] == ["money", "sport"]
    assert [p["labels"] for p in found["strategies"]["margin"]["curve"]] == [0, 10, 15, 20, 25, 30]
    assert found["manifest"]["protocols"][0]["recipe"] == labeled.settings.recipe


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["--strategies", "margin", "--label", "x"], 2, "is a project.*leave out --label"),
        (["--strategies", "activelab"], 1, "'activelab' needs answers"),
        (["other.csv", "--strategies", "margin"], 2, "compared on by itself"),
        (["--strategies", "margin", "--budget", "900"], 1, "900 labels .* of only 60 rows"),
    ],
)
def test_what_does_not_go_with_a_project_is_refused(
    labeled, askwell_here, tmp_path, words, code, complaint
):
    refused = askwell_here("compare", labeled.folder, *words, "--out", tmp_path)
    assert refused.returncode == code
    assert re.search(complaint, refused.stderr, re.DOTALL)


# ---------------------------------------------------------------- beside the server


@pytest.fixture
def beside():
    """A function that gives what starts a comparison of a project; its run ends with the test."""
    made = []

    def make(project):
        made.append(Comparing(project.folder))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.mark.soak
def test_a_run_that_is_killed_goes_on_where_it_was_and_there_is_one_at_a_time(labeled, beside):
    here, wanted = beside(labeled), Wanted(("margin",), 4, 10, 1, 60)
    before = set(finished(labeled.folder))

    def new():
        return {key: at for key, at in finished(labeled.folder).items() if key not in before}

    here.start(wanted)
    until(lambda: len(new()) >= 2, 60, lambda: str(here.look().run)[:900])
    with pytest.raises(ComparisonBusy, match="Another comparison is at work"):
        beside(labeled).start(wanted)
    os.kill(here.pid, signal.SIGKILL)
    until(lambda: not here.look().is_running, 10)
    assert here.look().died == "It ended by signal 9."
    kept = new()
    assert 2 <= len(kept) < 12
    here.start(wanted)
    until(lambda: here.look().run.state == comparing.DONE, 100, lambda: str(here.look().run.why))
    assert new().items() >= kept.items()
    assert len(kept) < len(new()) <= 12
    run = here.look().run
    assert (run.done, run.all, run.labels) == (12, 12, 60)
    assert {one["seeds"] for one in run.found["cases"][0]["strategies"].values()} == {4}
    assert not here.look().is_running


def test_what_cannot_be_done_is_told_with_what_to_do(make_project, beside):
    project = make_project()
    answered(project, 5)
    here = beside(project)
    here.start(Wanted(("margin",), 2, 10, 5, 20))
    until(lambda: here.look().run.state == comparing.FAILED, 60)
    assert "35 more" in here.look().run.why


@pytest.fixture(scope="module")
def served(labeled):
    with serving(labeled.folder) as server:
        yield server


def downloaded(page, name):
    with page.expect_download() as found:
        page.get_by_role("link", name=name).press("Enter")
    return found.value.path().read_bytes()


@pytest.mark.browser
def test_an_owner_starts_watches_and_stops_a_comparison(served, come_in, chromium):
    page = come_in(served, "/compare", role="owner")
    for name, value in (("Labels a round", 1), ("Labels in all", 60), ("Seeds", 200)):
        field = page.get_by_role("spinbutton", name=name)
        field.fill(str(value))
        field.press("Enter")
    page.get_by_text(re.compile("^(600|1,000) cells: each strategy")).wait_for()
    page.get_by_role("button", name="Start").press("Enter")
    page.get_by_role("progressbar").wait_for()
    page.get_by_text(UNDER_WAY).wait_for(timeout=90_000)  # it steps back from all that others do
    page.locator("[data-testid=stVegaLiteChart]").first.wait_for()
    page.get_by_text("Bounded by the audit").wait_for()
    expect(page.get_by_role("button", name="Start")).to_have_count(0)
    with Project.open(served.folder) as project:
        token = project.invite("another owner", "owner")
    other = chromium.new_context()
    theirs = other.new_page()
    theirs.goto(f"{served.url}/join/{token}")
    theirs.wait_for_url(f"{served.url}/")
    theirs.goto(f"{served.url}/compare")
    theirs.get_by_text(UNDER_WAY).wait_for()
    theirs.get_by_role("button", name="Stop").press("Enter")
    theirs.get_by_role("button", name="Start").wait_for()
    page.get_by_text(re.compile("Stopped after .* cells")).wait_for()
    page.get_by_role("button", name="Start").wait_for()
    page.wait_for_function(SETTLED)
    report = downloaded(page, "Report (HTML)").decode()
    assert "Bounded by the audit" in report
    points = list(csv.DictReader(io.StringIO(downloaded(page, "Points (CSV)").decode())))
    assert "random" in {point["strategy"] for point in points}
    assert downloaded(page, "Curves (PNG)").startswith(b"\x89PNG")
    # Last: another scheme draws the page anew, and with it what a button fetches.
    assert violations(page) == []
    other.close()
    assert "sklearn" not in served.modules()
    assert not Comparing(served.folder).look().is_running


@pytest.mark.browser
def test_the_page_is_for_owners(served, come_in):
    page = come_in(served, "/compare", role="reviewer")
    page.get_by_text("This page is for: owner").wait_for()
    assert page.get_by_role("button", name="Start").count() == 0
    assert page.get_by_role("link", name="Compare").count() == 0
