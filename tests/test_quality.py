"""How good the model is: figures against scikit-learn's, intervals that hold what they promise."""

import itertools
import json
import uuid
from dataclasses import replace

import numpy as np
import pytest
from conftest import sentences, truth_of
from real_server import until
from sklearn.metrics import f1_score, precision_recall_fscore_support

from loop import Answer, Project, importing, model, recipes, retrain, snapshot, withdrawal
from loop.evaluation import LEAST_AUDIT, wilson
from loop.quality import audit
from loop.quality.by_class import LEAST, macro_f1, of_classes
from loop.quality.calibration import calibration
from loop.quality.share import share
from loop.quality.sharper import MOST, Rows, Sure, difference, sharper
from loop.schedule import Reason
from loop.store import items

CLASSES = ("a", "b", "c")
NOBODY = Rows(np.empty(0), np.empty(0, np.intp))


def rows(sure, drawn=None):
    sure = np.asarray(sure, float)
    return Rows(sure, np.zeros(len(sure), np.intp) if drawn is None else np.asarray(drawn))


class Population:
    """A model that is too sure of itself, and what is true, on 20,000 items of three classes."""

    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        says = rng.normal([1, 0, -1], 1.2, (20_000, 3))
        odds = np.exp(says)
        bounds = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
        self.truth = (rng.random((20_000, 1)) > bounds).sum(axis=1).clip(max=2)
        surer = np.exp(1.6 * says)
        proba = surer / surer.sum(axis=1, keepdims=True)
        self.said, self.sure = proba.argmax(axis=1), proba.max(axis=1)
        self.right = self.said == self.truth
        self.is_of, self.is_said = (
            np.eye(3, dtype=bool)[self.truth],
            np.eye(3, dtype=bool)[self.said],
        )

    def drawn(self, runs, n, seed=1):
        return np.random.default_rng(seed).integers(0, len(self.right), (runs, n))


@pytest.fixture(scope="module")
def people():
    return Population()


def covered(estimates, true):
    return np.mean([one.low <= true <= one.high for one in estimates])


def width(estimates):
    return np.mean([one.high - one.low for one in estimates])


# ---------------------------------------------------------------- figures, by hand and by others


@pytest.mark.parametrize("several", [False, True])
def test_the_figures_of_each_class_are_scikit_learns(people, several):
    is_of, is_said = people.is_of[:200], people.is_said[:200]
    if several:  # the next item's class as well
        is_of, is_said = is_of | people.is_of[1:201], is_said | people.is_said[1:201]
    precision, recall, f1, answers = precision_recall_fscore_support(is_of, is_said, average=None)
    found = of_classes(is_of, is_said)
    assert [one.answers for one in found] == answers.tolist()
    assert [one.recall.value for one in found] == pytest.approx(recall)
    assert [one.precision.value for one in found] == pytest.approx(precision)
    assert [one.f1.value for one in found] == pytest.approx(f1)
    macro = macro_f1(is_of, is_said)
    assert macro.value == pytest.approx(f1_score(is_of, is_said, average="macro"))
    for one in (macro, *(one for of in found for one in (of.recall, of.precision, of.f1))):
        assert 0 <= one.low < one.value < one.high <= 1


def test_a_class_without_answers_is_not_known_and_one_with_few_is_not_in_the_mean():
    truth = np.array([[1, 0, 0]] * 9 + [[0, 1, 0]] * LEAST + [[0, 0, 1]] * (LEAST - 1), bool)
    said = np.roll(truth, 1, axis=0)
    assert macro_f1(truth, said).classes == 2
    assert macro_f1(truth[:, :1], said[:, :1]) is None
    nobody = np.zeros((12, 1), bool)
    [missing] = of_classes(nobody, nobody)
    assert (missing.recall, missing.precision, missing.f1) == (None, None, None)
    [imagined] = of_classes(nobody, ~nobody)
    assert (imagined.recall, imagined.precision.value, imagined.f1.value) == (None, 0, 0)


def test_a_share_keeps_to_the_edges_where_wilsons_interval_does_not():
    assert (share(8, 17).low, share(8, 17).high) == wilson(8, 17)
    assert share(16, 17).high > wilson(16, 17)[1]  # which is 0.9895: a recall of 0.99 is likely
    assert share(1, 17).low == pytest.approx(1 - share(16, 17).high)
    assert share(17, 17).high == 1
    p = 0.99
    chances = [np.prod(range(18 - k, 18)) / np.prod(range(1, k + 1)) for k in range(18)]
    held = [share(17 - k, 17).low <= p <= share(17 - k, 17).high for k in range(18)]
    assert sum(c * p ** (17 - k) * (1 - p) ** k for k, c in enumerate(chances) if held[k]) > 0.95


def test_the_bins_of_the_picture_hold_every_answer(people):
    right, sure = people.right[:300], people.sure[:300]
    found = calibration(right, sure, np.random.default_rng(0))
    assert sum(one.n for one in found.bins) == 300
    assert [one.confidence for one in found.bins] == sorted(one.confidence for one in found.bins)
    assert sum(one.n * one.accuracy.value for one in found.bins) == pytest.approx(right.sum())
    assert all(one.accuracy.low <= one.accuracy.value <= one.accuracy.high for one in found.bins)
    assert found.confidence == pytest.approx(sure.mean())


def test_a_perfect_model_is_not_blamed_for_what_chance_does():
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.4, 1, (100, 50))
    right = rng.random(sure.shape) < sure
    found = [calibration(r, s, rng).error for r, s in zip(right, sure, strict=True)]
    assert covered(found, 0) > 0.9
    assert np.median([one.value for one in found]) < 0.05


# ---------------------------------------------------------------- sharper


def test_what_is_added_is_nothing_in_the_mean_over_all_that_might_have_been_asked():
    """Every way to ask 13 of 16 audit items of two imports, some of which are passed over."""
    rng = np.random.default_rng(0)
    sure, right, drawn = rng.random(16), rng.random(16) < 0.5, np.repeat([0, 1], [9, 7])
    has_label = rng.random(16) > 0.15
    added = []
    for left in itertools.product(
        itertools.combinations(range(9), 2), itertools.combinations(range(9, 16), 1)
    ):
        asked = ~np.isin(np.arange(16), np.concatenate(left))
        among = [rows(sure[m], drawn[m]) for m in (asked & has_label, asked & ~has_label, ~asked)]
        added.append(difference(right[asked & has_label], Sure(*among)).added)
    assert np.count_nonzero(added) > 50
    assert np.max(np.abs(added)) > 0.005
    assert np.mean(added) == pytest.approx(0, abs=1e-15)


def test_the_sharper_accuracy_is_unbiased_covers_and_is_narrower(people):
    runs, n = 400, 100
    true, asked = people.right.mean(), people.drawn(runs, n)
    found = [
        sharper(people.right[a], Sure(rows(people.sure[a]), NOBODY, rows(people.sure[o])))
        for a, o in zip(asked, people.drawn(runs, 900, seed=2), strict=True)
    ]
    plain = [share(int(people.right[a].sum()), n) for a in asked]
    stated = [one or other for one, other in zip(found, plain, strict=True)]
    assert found.count(None) < runs / 20
    values = np.array([one.value for one in stated])
    assert values.mean() == pytest.approx(true, abs=3 * values.std() / np.sqrt(runs))
    assert values.var() < 0.95 * np.var([one.value for one in plain])
    assert covered(plain, true) >= 0.93
    assert covered(stated, true) >= 0.93
    assert width(stated) < 0.97 * width(plain)
    assert all(n < one.worth <= MOST * n for one in found if one)


def test_the_plain_accuracy_stays_where_there_is_nothing_to_learn(people):
    right, sure = people.right[:40], rows(people.sure[:40])
    unasked = rows(people.sure[40:400])
    assert sharper(right, Sure(sure, NOBODY, NOBODY)) is None
    assert sharper(right, Sure(sure, NOBODY, replace(unasked, drawn=unasked.drawn + 1))) is None
    assert sharper(np.ones(40, bool), Sure(sure, NOBODY, unasked)) is None
    assert sharper(right, Sure(rows(np.full(40, 0.7)), NOBODY, unasked)) is None
    helped = sharper(right, Sure(sure, NOBODY, unasked))
    assert helped.unasked == 360


# ---------------------------------------------------------------- intervals


def test_the_other_intervals_cover_too(people):
    f1 = [one.f1.value for one in of_classes(people.is_of, people.is_said)]
    recall = [one.recall.value for one in of_classes(people.is_of, people.is_said)]
    asked = people.drawn(300, 60)
    macro = [macro_f1(people.is_of[a], people.is_said[a]) for a in asked]
    assert covered([one for one in macro if one.classes == 3], np.mean(f1)) >= 0.93
    classes = [of_classes(people.is_of[a], people.is_said[a]) for a in asked]
    for c, true in enumerate(recall):
        assert covered([one[c].recall for one in classes if one[c].recall], true) >= 0.92
    whole = np.bincount((people.sure * 10).astype(int).clip(max=9), people.sure - people.right)
    rng = np.random.default_rng(0)
    errors = [calibration(people.right[a], people.sure[a], rng).error for a in asked[:150]]
    assert covered(errors, np.abs(whole).sum() / len(people.sure)) >= 0.93


# ---------------------------------------------------------------- of a project


def answer(project, n, kind="label"):
    """Answer the next *n* items, wrongly once in five times."""
    for i, item in enumerate(project.next_items("ana", n)):
        truth = truth_of(item.fields["text"])
        said = {"sport": "money", "money": "sport"}[truth] if i % 5 == 0 else truth
        value = said if kind == "label" else None
        project.submit(item.id, value, annotator="ana", answer_id=uuid.uuid4().hex, kind=kind)


def test_a_round_states_what_the_audit_answers_say_and_the_same_again(make_project, askwell_here):
    project = make_project(n=300, audit=0, audit_every=2)
    answer(project, 30)
    retrain.run(project, Reason.FIRST_MODEL)
    assert project.curve()[-1].audit < LEAST_AUDIT
    assert project.quality() is None
    answer(project, 60)
    retrain.run(project, Reason.ASKED_FOR)
    told, point = project.quality(), project.curve()[-1]
    assert told["answers"] == point.audit == sum(cell["n"] for cell in told["confusion"])
    assert told["accuracy"] == {"value": point.accuracy, "low": point.low, "high": point.high}
    assert [one["name"] for one in told["classes"]] == ["sport", "money"]
    assert told["macro_f1"]["classes"] == 2
    assert sum(one["n"] for one in told["calibration"]["bins"]) == point.audit
    shown = json.loads(askwell_here("status", project.folder, "--json").stdout)
    assert shown["quality"] == told
    retrain.run(project, Reason.ASKED_FOR)
    again = project.quality()
    assert again | {"calibration": None} == told | {"calibration": None}  # another round's chance


def test_a_round_knows_which_audit_items_were_asked_and_which_import_brought_them(make_project):
    project = make_project(n=60, audit=0)
    more = [(f"q{i}", {"text": text}) for i, (text, _) in enumerate(sentences(20, seed=5))]
    importing.add(project, importing.posted(project, more))
    db = project.store.read
    first, *_, last = positions = items.positions(db, items.AUDIT)
    names = [item.id for item in items.at(db, positions)]
    project.submit(names[0], None, annotator="ana", answer_id="skipped", kind="skip")
    project.submit(names[1], "sport", annotator="ana", answer_id="taken back")
    undo = Answer("undo", names[1], "undo", None, target="taken back")
    project.session.submit("ana", [undo])
    withdrawal.withdraw(project, [names[2]])
    every = snapshot.of(project).audited
    assert [one.position for one in every] == positions[:2] + positions[3:]
    assert [one.was_asked for one in every] == [True, True] + [False] * (len(every) - 2)
    assert (first < 60 <= last, [one.drawn for one in every]) == (
        True,
        [int(one.position >= 60) for one in every],
    )


def test_what_a_round_compares_is_what_was_asked_with_what_was_not(make_project):
    project = make_project(n=200, audit=0, audit_every=2)
    answer(project, 30)
    answer(project, 8, kind="skip")
    retrain.run(project, Reason.FIRST_MODEL)
    now, X = snapshot.of(project), retrain.features(project)
    learner = model.fit(
        recipes.estimator("default", 0), *retrain.targets(now.settings, X, now.labels)
    )
    labeled = [position for position, _ in now.truth]
    sure = audit.sure_of(learner, X, labeled, now.audited)
    groups = [sure.answered, sure.passed_over, sure.unasked]
    asked = sum(one.was_asked for one in now.audited)
    assert [len(one.sure) for one in groups] == [len(labeled), asked - len(labeled), 40 - asked]
    assert all(len(one.sure) for one in groups)
    assert sure.answered.sure == pytest.approx(learner.predict_proba(X[labeled]).max(axis=1))
    learner.estimator = object()  # one that gives no probabilities
    assert audit.sure_of(learner, X, labeled, now.audited) is None


def test_of_several_classes_each_is_measured_and_a_row_is_right_when_all_are():
    rng = np.random.default_rng(0)
    truth = (rng.random((60, 3)) < [0.5, 0.3, 0.2]).astype(np.int8)
    said = np.where(rng.random(truth.shape) < 0.15, 1 - truth, truth)
    told = audit.document(CLASSES, truth, said, None, rng)
    assert told["accuracy"]["value"] == (truth == said).all(axis=1).mean()
    assert [one["answers"] for one in told["classes"]] == truth.sum(axis=0).tolist()
    assert (told["sharper"], told["confusion"], told["calibration"]) == (None, None, None)
    assert audit.document(CLASSES, truth[:19], said[:19], None, rng) is None


@pytest.mark.browser
def test_the_progress_page_says_how_good_the_model_is_as_soon_as_it_is_known(server, come_in):
    page = come_in(server, "/progress", role="owner")
    page.get_by_text("Not known yet (the next model)").first.wait_for()
    with Project.open(server.folder) as project:
        answer(project, 20)
        until(project.quality, 30)
    page.get_by_text("From 30 audit answers").wait_for()
    assert page.get_by_test_id("stMetric").filter(has_text="Macro-F1").count() == 1
    page.get_by_text("On average it says").wait_for()
    page.get_by_text("All figures of each class").click()
    page.get_by_test_id("stDataFrame").wait_for()
