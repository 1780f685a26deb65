"""Pre-labels are the model's, marked as such, and it is said how often they are right."""

import csv
import json

import numpy as np
import pytest
from conftest import truth_of

from loop import exports, guesses, importing, retrain, withdrawal
from loop.decisions import with_class_renamed
from loop.evaluation import wilson
from loop.exports import Wishes
from loop.pre_labels import PreLabelError, Wanted
from loop.quality import threshold
from loop.quality.threshold import RISK, Audited
from loop.schedule import Reason
from loop.store import items, rounds, standings


def label(project, n, who="ana", kind="label"):
    """*n* answers of one person; the ids of the items."""
    asked = project.next_items(who, n)
    for item in asked:
        value = truth_of(item.fields["text"]) if kind == "label" else None
        answer = f"{who}-{kind}-{item.id}"
        project.submit(item.id, value, annotator=who, answer_id=answer, kind=kind)
    return [item.id for item in asked]


@pytest.fixture
def trained(make_project):
    """200 items of which 20 have a label, 30 audit items, and a model."""
    project = make_project(n=200, recipe="lsa | logistic(C=10)")  # the default is sure of all
    label(project, 20)
    retrain.run(project, Reason.FIRST_MODEL)
    return project


def exported(project, folder, wanted):
    file = exports.write(project, "jsonl", folder, Wishes(pre_labels=wanted))
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    by = {whose: [row for row in rows if row["source"] == whose] for whose in ("people", "model")}
    assert len(rows) == len(by["people"]) + len(by["model"])
    return by, exports.manifest(folder)["pre_labels"]


def guessed(project):
    return guesses.load(project.guesses, rounds.ranking(project.store.read).guesses)


# ---------------------------------------------------------------- what is exported


def test_what_the_model_is_sure_of_stands_beside_the_answers_and_is_marked(trained, tmp_path):
    by, told = exported(trained, tmp_path / "out", Wanted(0.7))
    answered = {row["item_id"] for row in by["people"]}
    labeled = {row["item_id"]: row for row in by["model"]}
    assert len(by["people"]) == 50
    assert {row["kind"] for row in by["people"]} == {"label"}
    assert {row["confidence"] for row in by["people"]} == {None}
    assert 0 < len(labeled) == told["items"] < told["unanswered"] == 180
    assert told["share_of_pool"] == len(labeled) / 200
    assert answered.isdisjoint(labeled)
    assert {row["kind"] for row in labeled.values()} == {"pre-label"}
    assert {row["annotator_id"] for row in labeled.values()} == {None}
    assert {row["share"] for row in labeled.values()} == {"pool"}
    for row in labeled.values():
        (item,) = items.at(
            trained.store.read, items.positions_of(trained.store.read, [row["item_id"]]).values()
        )
        (name, sure), *_ = guessed(trained).of(item.position)
        assert (row["value"], row["fields"]["text"]) == (name, item.fields["text"])
        assert row["confidence"] == pytest.approx(sure, abs=1e-4)
        assert row["confidence"] >= 0.7


def test_a_table_has_the_same_rows_and_without_the_wish_no_trace_of_them(trained, tmp_path):
    by, _ = exported(trained, tmp_path / "j", Wanted(0.7))
    table = exports.write(trained, "csv", tmp_path / "c", Wishes(pre_labels=Wanted(0.7)))
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    records = [*by["people"], *by["model"]]
    assert [row["source"] for row in rows] == [record["source"] for record in records]
    assert [row["value"] for row in rows] == [record["value"] for record in records]
    plain = exports.write(trained, "csv", tmp_path / "plain")
    with plain.open(encoding="utf-8") as file:
        assert {(row["source"], row["confidence"]) for row in csv.DictReader(file)} == {
            ("people", "")
        }
    assert "pre_labels" not in exports.manifest(tmp_path / "plain")
    assert "odel 1 labels" not in (tmp_path / "plain" / "README.md").read_text()


def test_what_somebody_passed_over_or_took_out_or_brought_later_is_not_pre_labeled(
    trained, tmp_path
):
    passed_over = label(trained, 2, "bo", kind="flag") + label(trained, 2, kind="unsure")
    assert len({*passed_over}) == 4
    by, _ = exported(trained, tmp_path / "a", Wanted(0.01))
    assert len(by["model"]) == 180 - len(passed_over)
    out = by["model"][0]["item_id"]
    withdrawal.withdraw(trained, [out])
    importing.add(trained, importing.posted(trained, [("late", {"text": "goal match team"})]))
    by, told = exported(trained, tmp_path / "b", Wanted(0.01))
    there = {row["item_id"] for row in by["model"]}
    assert len(there) == 175
    assert there.isdisjoint([*passed_over, out, "late"])
    assert told["unanswered"] == 176  # with the one that no model has seen yet


def test_a_class_is_called_as_it_is_now(trained, tmp_path):
    trained.decide("owner", with_class_renamed("sport", "games"))
    by, told = exported(trained, tmp_path / "out", Wanted(0.01))
    assert {row["value"] for row in by["model"]} == {"games", "money"}
    assert told["audited"]["precision"] > 0.6


# ---------------------------------------------------------------- how often it is right


def test_the_audited_precision_is_of_the_audit_answers_of_as_much_confidence(trained, tmp_path):
    _, told = exported(trained, tmp_path / "out", Wanted(0.6))
    db = trained.store.read
    truth = dict(standings.labels(db, items.AUDIT))
    said = guessed(trained).audit
    assert {int(position) for position in said} == truth.keys()
    right = [name == truth[int(p)] for p, (name, sure) in said.items() if sure >= 0.6]
    audited = told["audited"]
    assert 20 <= audited["answers"] == len(right) <= 30
    assert audited["precision"] == sum(right) / len(right)
    low, high = wilson(sum(right), len(right))
    assert audited["ci95"][0] == low
    assert audited["ci95"][1] >= high  # near 1 it is mended, see `share`


def test_below_twenty_such_audit_answers_it_is_not_known(make_project, tmp_path):
    project = make_project(n=60, audit=19)
    label(project, 12)
    retrain.run(project, Reason.FIRST_MODEL)
    _, told = exported(project, tmp_path / "out", Wanted(0.01))
    assert told["audited"] == {"answers": 19, "least": 20, "precision": None, "ci95": None}
    card = (tmp_path / "out" / "README.md").read_text()
    assert "not known yet (19 of 20 audit answers)" in card


def test_audit_answers_given_after_the_model_count_too(make_project, tmp_path):
    project = make_project(n=150, audit=0)
    label(project, 30)
    retrain.run(project, Reason.FIRST_MODEL)
    before = exported(project, tmp_path / "a", Wanted(0.01))[1]["audited"]["answers"]
    label(project, 30)
    after = exported(project, tmp_path / "b", Wanted(0.01))[1]["audited"]["answers"]
    assert after > before


def test_nobody_is_shown_what_the_model_makes_of_an_audit_item(trained):
    audit = items.positions(trained.store.read, items.AUDIT)
    assert [guessed(trained).of(position) for position in audit] == [[]] * 30


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("confidence", [0, -0.1, 1.01, 95, float("nan")])
def test_a_confidence_outside_its_bounds_is_refused(confidence):
    with pytest.raises(PreLabelError, match=f"above 0 and at most 1, as 0.95, not {confidence}"):
        Wanted(confidence)
    with pytest.raises(PreLabelError, match=f"between 0 and 1, as 0.97, not {confidence}"):
        Wanted(precision=confidence)


def test_without_a_model_or_what_it_makes_of_the_items_there_are_none(make_project, tmp_path):
    project = make_project()
    with pytest.raises(PreLabelError, match="no model of this project yet"):
        exports.write(project, "csv", tmp_path / "out", Wishes(pre_labels=Wanted(0.9)))
    label(project, 12)
    retrain.run(project, Reason.FIRST_MODEL)
    for file in project.guesses.iterdir():
        file.unlink()
    with pytest.raises(PreLabelError, match=r"model 1 .* is not there.* askwell train"):
        exports.write(project, "csv", tmp_path / "out", Wishes(pre_labels=Wanted(0.9)))
    tags = make_project("tags", task="multilabel", audit=0)
    with pytest.raises(PreLabelError, match="'multilabel'"):
        exports.write(tags, "csv", tmp_path / "out", Wishes(pre_labels=Wanted(0.9)))
    assert not (tmp_path / "out").exists()


def test_the_guesses_of_an_earlier_askwell_know_nothing_of_audit_items(trained, tmp_path):
    (told,) = trained.guesses.glob("*.json")
    earlier = json.loads(told.read_text())
    del earlier["audit"]
    told.write_text(json.dumps(earlier))
    with pytest.raises(PreLabelError, match="askwell train"):
        exports.write(trained, "csv", tmp_path / "out", Wishes(pre_labels=Wanted(0.9)))


# ---------------------------------------------------------------- a precision that is wanted


def test_the_precision_wanted_is_missed_no_more_often_than_is_said():
    """Three models: as often right as they say, more often, and worst where they are surest."""
    rng = np.random.default_rng(0)
    chances = (lambda s: s, lambda s: np.minimum(1, s + 0.05), lambda s: np.where(s > 0.9, 0.9, s))
    tries, missed, found = 200, [], []
    for chance in chances:
        sure = rng.beta(4, 1, (tries + 1, 400))
        pool, rest = sure[0], sure[1:]
        chosen = [
            (threshold.lowest(0.9, Audited(one, rng.random(400) < chance(one)), pool), one)
            for one in rest
        ]
        every = np.sort(rng.beta(4, 1, 100_000))
        least = [at for at, _ in chosen if at is not None]
        reached = [chance(every[every >= at]).mean() for at in least]
        missed.append(np.sum(np.array(reached) < 0.9) / tries)
        found.append(len(least) / tries)
    assert max(missed) <= RISK + 3 * (RISK * (1 - RISK) / tries) ** 0.5
    assert min(found[:2]) > 0.3  # it is of use, too


def test_no_confidence_is_chosen_where_answers_are_too_few():
    sure = np.linspace(0.5, 1, 50)
    all_right = Audited(sure, np.ones(50, bool))
    assert threshold.least_answers(0.97) == 157
    assert threshold.lowest(0.97, all_right, sure) is None
    assert threshold.lowest(0.9, all_right, sure) == 0.01
    assert threshold.lowest(0.9, all_right, sure[:0]) is None
    nothing = Audited(np.empty(0), np.empty(0, bool))
    assert threshold.lowest(0.9, nothing, sure) is None
    many = Audited(np.full(20_000, 0.9), np.arange(20_000) % 10 > 0)  # 2,000 errors: no overflow
    assert threshold.lowest(0.89, many, np.full(10, 0.9)) == 0.01
    assert threshold.lowest(0.9, many, np.full(10, 0.9)) is None


# ---------------------------------------------------------------- from the terminal


def test_the_terminal_says_what_the_manifest_and_the_card_say(trained, tmp_path, askwell_here):
    shown = askwell_here(
        "export", trained.folder, "--format", "csv", "--pre-labels", "0.6", "--out", "out"
    )
    told = exports.manifest(tmp_path / "out")["pre_labels"]
    audited = told["audited"]
    assert f"Model 1 labels {told['items']} of 180 items that nobody answered" in shown.stdout
    assert f"Of {audited['answers']} audit items" in shown.stdout
    assert f"{audited['precision']:.1%}" in shown.stdout
    card = (tmp_path / "out" / "README.md").read_text()
    assert shown.stdout.splitlines()[-1] in card
    assert "**no judgements**" in card


def test_a_precision_may_be_asked_for_instead(trained, tmp_path, askwell_here):
    export_it = ("export", trained.folder, "--format", "jsonl", "--precision")
    shown = askwell_here(*export_it, "0.6", "--out", "out")
    assert shown.returncode == 0, shown.stderr
    told = exports.manifest(tmp_path / "out")["pre_labels"]
    assert told["chosen_for"] == 0.6
    assert told["confidence"] in threshold.GRID
    assert told["audited"]["precision"] > 0.6
    assert "missed in at most 5% of such choices" in shown.stdout
    shown = askwell_here(*export_it, "0.97", "--out", "none")
    assert shown.returncode == 1
    assert "do the 30 audit answers say" in shown.stderr
    assert "157 of them" in shown.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["--format", "csv", "--pre-labels", "0.9", "--precision", "0.9"], 2, "Give one of"),
        (["--format", "model", "--pre-labels", "0.9"], 2, "not with a model"),
        (["--format", "csv", "--pre-labels", "95"], 1, "at most 1"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(project, askwell_here, words, code, complaint):
    shown = askwell_here("export", project.folder, *words, "--out", "out")
    assert (shown.returncode, complaint in shown.stderr) == (code, True)
