"""Every kind of task: what it decides of a project, which answers it takes, what they teach."""

import uuid
from collections import Counter
from dataclasses import replace

import pytest
from conftest import write_csv

from loop import bulk, bulk_choice, consensus, reviewing, sides, status, tasks, withdrawal
from loop.answers import Answer
from loop.creation import Source, create
from loop.dataset import Columns
from loop.decisions import with_class_renamed
from loop.errors import SettingsError
from loop.feedback import judgements
from loop.store import log, standings
from loop.tasks import rate
from loop.trainer import one_round
from ui.schema import ItemOut

HEADER = ["id", "prompt", "output", "a", "b", "c", "made a", "made b"]
COLUMNS = {
    "thumbs": ("prompt", "output"),
    "rate": ("prompt", "output"),
    "correct": ("prompt", "output"),
    "write": ("prompt",),
    "compare": ("prompt", "a", "b"),
    "rank": ("prompt", "a", "b", "c"),
}
ANSWERS = {  # what is sent, and what is stored of it
    "thumbs": (True, "up"),
    "rate": (4, "4"),
    "correct": ("as it should be", "as it should be"),
    "write": ("my own words", "my own words"),
    "compare": ("b", "b"),
    "rank": (["c", "a", "b"], ["c", "a", "b"]),
}
WRONG = {
    "thumbs": ("sideways", "there is no class 'sideways': this project has up, down"),
    "rate": (6, "there is no class '6': this project has 1, 2, 3, 4, 5"),
    "correct": ("  ", "this project wants a text, not '  '"),
    "write": (None, "this project wants a text, not None"),
    "compare": ("c", "there is no class 'c': this project has a, b, tie, both-bad"),
    "rank": (["c", "a"], "each of a, b, c has one place in the order, not ['c', 'a']"),
}


def made_by(i):
    return [f"m{i % 3}", f"m{(i + 1) % 3}"]


@pytest.fixture
def make(tmp_path):
    """A function that makes a project of a task."""
    made = []

    def project(task, n=6, *, known=False, **settings):
        rows = [
            [f"{i}", f"why {i}?", f"because {i}", *(f"{x} of {i}" for x in "abc"), *made_by(i)]
            for i in range(n)
        ]
        file = write_csv(tmp_path / "data.csv", HEADER, rows)
        meta = ("made a", "made b") if known else ()
        if known:
            settings["systems"] = {"a": "made a", "b": "made b"}
        columns = Columns("text", settings.pop("columns", COLUMNS[task]), id="id", meta=meta)
        folder = tmp_path / f"{task}-{len(made)}"
        made.append(create(folder, Source(file, columns), task=task, **settings))
        return made[-1]

    yield project
    for one in made:
        one.close()


def answer(project, value, who="ana", kind=None, **more):
    (item, *_) = project.next_items(who, 1)
    kind = kind or tasks.get(project.settings.task).kind
    return item, project.session.submit(
        who, [Answer(uuid.uuid4().hex, item.id, kind, value, **more)]
    )


@pytest.mark.parametrize("task", ANSWERS)
def test_an_answer_is_stored_under_the_tasks_own_kind_and_comes_back_so(make, task):
    project = make(task)
    sent, stored = ANSWERS[task]
    _, receipt = answer(project, sent)
    assert receipt.rejected == []
    (given,) = project.session.answers("ana", 1)
    assert (given.answer.kind, given.answer.value) == (tasks.get(task).kind, stored)
    assert status(project)["answers"] == {tasks.get(task).kind: 1}


@pytest.mark.parametrize("task", WRONG)
def test_what_is_no_answer_is_refused(make, task):
    value, why = WRONG[task]
    _, receipt = answer(make(task), value)
    assert [reason for _, reason in receipt.rejected] == [why]


def test_the_kind_of_another_task_is_refused(make):
    _, receipt = answer(make("rate"), "up", kind="thumbs")
    assert "there is no kind of answer 'thumbs': use rating, skip" in receipt.rejected[0][1]


@pytest.mark.parametrize("task", ["correct", "write", "rank"])
def test_where_nothing_learns_items_come_at_random_and_none_is_set_aside(make, task):
    project = make(task)
    assert (project.settings.strategy, project.settings.audit_share) == ("random", 0)
    assert status(project)["no_rounds"]


def test_a_scale_is_the_projects_own(make):
    project = make("rate", scale=(-1, 1), scale_words=("bad", "good"))
    assert project.settings.classes == ("-1", "0", "1")
    assert answer(project, -1)[1].rejected == []
    assert "no class '5'" in answer(project, 5)[1].rejected[0][1]


def test_eleven_points_have_a_key_each(make):
    keys = make("rate", scale=(0, 10)).settings.class_keys
    assert (keys["0"], keys["9"], keys["10"]) == ("0", "9", "x")


@pytest.mark.parametrize(
    ("task", "settings", "words"),
    [
        ("rate", {"scale": (5, 1)}, "lowest first, not 5 to 1"),
        ("rate", {"scale": (0, 100)}, "2 to 11 whole points"),
        ("rate", {"scale_words": ("bad",)}, "two of them, or none"),
        ("thumbs", {"classes": ("yes", "no")}, "no classes but its own, up, down"),
        ("compare", {"columns": ("prompt", "a")}, "in the columns 'a' and 'b'"),
        ("compare", {"systems": {"a": "nowhere"}}, "both have a system, or none"),
        ("compare", {"strategy": "paired-ranking"}, "'paired-ranking' needs systems, which"),
        ("rank", {"columns": ("prompt", "a")}, "2 to 9 outputs"),
        ("correct", {"columns": ("prompt", "a")}, "stands in the column 'output'"),
        ("rate", {"suggestions": "after"}, "has no suggestions yet"),
    ],
)
def test_settings_that_do_not_suit_the_task_are_refused(make, task, settings, words):
    with pytest.raises(SettingsError, match=words):
        make(task, **settings)


def test_classes_that_follow_from_the_task_stay(make):
    with pytest.raises(SettingsError, match="no classes but its own"):
        make("thumbs").decide("owner", with_class_renamed("up", "great"))


def test_sides_are_shown_at_random_to_each_person_and_kept_with_the_answer(make):
    project = make("compare", n=40)
    orders = Counter(
        tuple(sides.order(project.settings, who, position))
        for who in ("ana", "bo", "eve")
        for position in range(40)
    )
    assert 40 < orders["a", "b"] < 80
    item, _ = answer(project, "a")
    (row,) = standings.judgements(project.store.read)
    assert row["shown_order"] == item.order == sides.order(project.settings, "ana", item.position)
    _, other = answer(project, "a", order=["b", "a"])
    assert other.rejected == []
    assert (
        "order: each of a, b stands in it once"
        in answer(project, "a", order=["a"])[1].rejected[0][1]
    )


def test_what_made_an_output_is_not_shown_to_who_judges_it(make):
    project = make("compare", known=True)
    (item,) = project.next_items("ana", 1)
    assert item.meta.keys() == {"made a", "made b"}
    assert ItemOut.of(item, project.terms(project.store.read)).meta == {}


def test_pairs_of_known_systems_are_learned_from_and_chosen(make):
    project = make("compare", n=60, known=True, audit_share=0.0)
    assert project.settings.strategy == "paired-ranking"
    for _ in range(12):
        item, _ = answer(project, "a")
        better = min(item.meta["made a"], item.meta["made b"]) == item.meta["made a"]
        project.session.submit(
            "ana", [Answer(uuid.uuid4().hex, item.id, "preference", "a" if better else "b")]
        )
    assert one_round(project).strategy == "paired-ranking"
    answer(project, "a", who="bo")
    assert log.latest(project.store.read, "label")["strategy"] in {"paired-ranking", "audit"}


def test_a_rating_is_learned_from_as_the_point_that_it_is(make):
    project = make("rate", n=40, audit_share=0.0)
    for i in range(12):
        answer(project, 1 + i % 2)
    assert one_round(project).labels == 12


def test_texts_of_people_are_counted_as_one_and_can_be_erased(make):
    project = make("write")
    item, _ = answer(project, "my secret 5550199")
    db = project.store.read
    assert b"5550199" in db.serialize()
    assert standings.label_counts(db, "pool") == [(None, 1)]
    withdrawal.erase_item(project, item.id)
    assert b"5550199" not in db.serialize()


def test_a_correction_knows_what_was_there(make):
    project = make("correct")
    item, _ = answer(project, "right")
    (one,) = judgements.every(project.store.read, project.settings)
    assert one.payload == {"after": "right", "before": item.fields["output"]}
    teaches = tasks.get("correct").trains(one)
    assert teaches.preferences == ((item.fields["prompt"], "right", item.fields["output"]),)
    assert teaches.completions == ((item.fields["prompt"], "right"),)


@pytest.mark.parametrize(
    ("task", "value", "teaches"),
    [
        ("thumbs", False, {"unpaired": [["P", "O", False]]}),
        ("rate", 5, {"unpaired": [["P", "O", True]]}),
        ("rate", 3, {"left_out": "a rating in the middle of the scale"}),
        ("rate", 2, {"unpaired": [["P", "O", False]]}),
        ("compare", "b", {"preferences": [["P", "B", "A"]]}),
        ("compare", "tie", {"left_out": "tie"}),
        ("compare", "both-bad", {"left_out": "both-bad"}),
        (
            "rank",
            ["b", "a", "c"],
            {"preferences": [["P", "B", "A"], ["P", "B", "C"], ["P", "A", "C"]]},
        ),
        ("write", "W", {"completions": [["P", "W"]]}),
    ],
)
def test_what_an_answer_teaches_a_language_model(make, task, value, teaches):
    project = make(task)
    item, _ = answer(project, value)
    (one,) = judgements.every(project.store.read, project.settings)
    found = tasks.get(task).trains(one)
    called = {"P": "prompt", "O": "output", "A": "a", "B": "b", "C": "c"}
    texts = {short: item.fields.get(name) for short, name in called.items()}
    wanted = {"preferences": [], "unpaired": [], "completions": [], "left_out": None} | teaches
    for name in ("preferences", "unpaired", "completions"):
        said = [tuple(texts.get(one, one) for one in row) for row in wanted[name]]
        assert list(getattr(found, name)) == said
    assert found.left_out == wanted["left_out"]


def test_the_middle_of_any_scale_says_neither():
    says = [rate.is_good({"rating": n, "scale": [0, 10]}) for n in range(11)]
    assert says == [False] * 3 + [None] * 5 + [True] * 3


@pytest.mark.parametrize("task", ["compare", "rank", "correct", "write"])
def test_many_are_answered_at_once_where_an_answer_is_a_class_only(make, task):
    with pytest.raises(bulk.BulkError, match="takes a look at each"):
        bulk.find(make(task), "ana", bulk_choice.Choice(), 5)


@pytest.mark.parametrize("task", ["rank", "correct", "write"])
def test_texts_and_orders_of_several_people_come_to_nothing_together(make, task):
    project = make(task, overlap=2)
    for who in ("ana", "bo"):
        answer(project, ANSWERS[task][0], who=who)
    assert consensus.every(project.store.read, project.settings, "pool") == []
    assert reviewing.waiting(project).total() == 0


def test_an_answer_that_is_opened_again_shows_its_outputs_as_they_stood(make):
    project = make("compare", n=30)
    for _ in range(8):
        answer(project, "tie")
    for given in project.session.answers("ana", 8):
        assert given.item.order == given.answer.order


def test_a_pair_that_was_erased_holds_no_round_up(make):
    project = make("compare", n=30, known=True, audit_share=0.0)
    for i in range(12):
        answer(project, "a" if i % 2 else "b")
    item, _ = answer(project, "a")
    withdrawal.erase_item(project, item.id)
    assert one_round(project).labels >= 11


def test_outputs_that_are_the_same_or_blank_teach_no_preference(make):
    project = make("compare")
    answer(project, "a")
    (one,) = judgements.every(project.store.read, project.settings)
    for outputs, why in (({"a": "x", "b": "x"}, "the same"), ({"a": "x", "b": ""}, "no output")):
        assert why in tasks.get("compare").trains(replace(one, outputs=outputs)).left_out
