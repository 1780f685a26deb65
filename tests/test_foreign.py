"""What people said in other tools comes in once, as theirs, and goes out as it came."""

import json
import re

import pytest
from feedback_projects import ASKED, NAMED, answered, empty, sent

from loop import decisions, exports, foreign, reviewing, withdrawal
from loop.errors import DataError
from loop.exports import Choice, Wishes, write
from loop.foreign import beginning
from loop.foreign.taking import take
from loop.reviewing import Verdict
from loop.store import decided, feedback, log, standings

DATA = {"label-studio": "tasks.json", "argilla": "records.json", "jsonl": "annotations.jsonl"}


def standing(project):
    """Who says what of which item, when."""
    return [
        (row["item_id"], row["kind"], row["value"], row["annotator"])
        for row in standings.judgements(project.store.read)
    ]


def said(project):
    """The same without names."""
    return sorted((item, kind, json.dumps(value)) for item, kind, value, _ in standing(project))


@pytest.mark.parametrize("task", ASKED)
def test_what_went_out_comes_in_and_goes_out_the_same(task, tmp_path):
    project = answered(tmp_path / "one", task)
    if task == "classify":
        item = standing(project)[0][0]
        reviewing.decide(project, "owner", [Verdict(item, "money", is_gold=True, why="clear")])
    for form in ("label-studio", "argilla"):
        file = write(project, form, tmp_path / form)
        classes = project.settings.classes if task in NAMED else ()
        others = [  # from the same items, and from the file itself
            empty(tmp_path / f"same-{form}", task),
            beginning.create(tmp_path / f"new-{form}", foreign.read(file), classes=classes),
        ]
        take(others[0], foreign.read(file))
        for other in others:
            assert other.settings.task == task
            assert said(other) == said(project)
            again = write(other, form, tmp_path / f"{form}-{other.folder.name}")
            assert again.read_bytes() == file.read_bytes()
            other.close()
    project.close()


@pytest.mark.parametrize("task", ["multilabel", "rate", "rank"])
def test_twice_is_once_and_into_its_own_project_it_is_nothing_new(task, tmp_path):
    project = answered(tmp_path / "one", task)
    sent(project)
    other = empty(tmp_path / "two", task)
    n = len(standing(project))
    for form in DATA:
        file = foreign.read(write(project, form, tmp_path / form))
        before = log.end(project.store.read)
        mine = take(project, file)
        assert (mine.added, mine.answers, mine.answered) == (0, 0, n)
        assert log.end(project.store.read) == before
        first = take(other, file, preview=True)
        assert take(other, file) == first
        again = take(other, file)
        assert (again.added, again.answers, again.answered, again.feedback) == (0, 0, n, 0)
    assert said(other) == said(project)
    for one in (project, other):
        assert len([*feedback.standing(one.store.read)]) == 6
        one.close()


def test_people_are_who_they_were_here_and_pseudonyms_elsewhere(tmp_path):
    project, other = answered(tmp_path / "one", "classify"), empty(tmp_path / "two", "classify")
    file = write(project, "label-studio", tmp_path / "ls")
    tasks = json.loads(file.read_text())
    for one in tasks:  # the other tool has numbers of its own, and somebody changes an answer
        one["annotations"] = one["annotations"][:1]
        one["annotations"][0] |= {"id": one["id"] + 1_000, "completed_by": 3}
    changed, *_ = [one["annotations"][0] for one in tasks if one["annotations"][0]["result"]]
    (result,) = changed["result"]
    was = result["value"]["choices"]
    result["value"] = {"choices": ["money" if was == ["sport"] else "sport"]}
    file.write_text(json.dumps(tasks))
    taken = take(project, foreign.read(file))
    n_skips = sum(one["annotations"][0]["was_cancelled"] for one in tasks)
    assert (taken.answers, taken.answered) == (1 + n_skips, 7 - n_skips)
    by = {who for *_, who in standing(project)}
    assert by == {"ana", "bo", "rater-00000003"}
    take(other, foreign.read(file))
    assert all(who.startswith("rater-") for *_, who in standing(other))
    project.close()
    other.close()


def _choice(name):
    return [{"from_name": "x", "to_name": "y", "type": "choices", "value": {"choices": [name]}}]


def _task(text, *annotations, **more):
    return {"id": 7, "data": {"text": text}, "annotations": list(annotations), **more}


def test_tasks_that_label_studio_made_itself(tmp_path):
    project = empty(tmp_path / "one", "classify")
    at = {"created_at": "2026-03-01T09:30:00.123456Z", "lead_time": 4.5, "completed_by": 5}
    file = tmp_path / "project-1-at-2026.json"
    tasks = [
        _task("text 0 ©", {"id": 1, "result": _choice("sport"), "was_cancelled": False, **at}),
        _task("a new one", {"id": 2, "result": [], "was_cancelled": True, **at}),
        _task(
            "text 1 ©",
            {"id": 3, "result": _choice("money"), "ground_truth": True}
            | at
            | {"completed_by": {"id": 9, "email": "eve@example.org"}},
        ),
    ]
    file.write_text(json.dumps(tasks))
    found = take(project, foreign.read(file))
    assert (found.added, found.already_there, found.answers, found.gold) == (1, 2, 2, 1)
    (label, skip) = standings.judgements(project.store.read)
    assert (label["item_id"], label["value"]) == ("i0", "sport")  # found by its content
    assert label["annotator"] == "rater-00000005"
    assert label["answered_at"] - label["shown_at"] == 4.5
    assert skip["kind"] == "skip"
    (gold,) = decided.gold(project.store.read)
    assert (gold.label, gold.by) == ("money", "rater-00000009")
    assert take(project, foreign.read(file)).answers == 0
    project.close()


def test_records_that_argilla_wrote_itself(tmp_path):
    who = "5f0c0d2e-8f5b-4c7e-9a53-0f1c7b9b1a11"
    record = {
        "id": "i3",
        "fields": {"prompt": "prompt 3 ©", "x": "x 3 ©", "y": "y 3 ©", "z": "z 3 ©"},
        "metadata": {},
        "suggestions": {},
        "responses": {
            "ranking": [
                {"value": [{"value": v, "rank": r} for v, r in zip("xyz", (2, 1, 3), strict=True)]}
                | {"user_id": who}
            ]
        },
        "vectors": {},
        "status": "completed",
        "_server_id": None,
    }
    file = tmp_path / "records.json"
    file.write_text(json.dumps([record]))
    project = empty(tmp_path / "one", "rank")
    take(project, foreign.read(file))
    ((item, kind, value, annotator),) = standing(project)
    assert (item, kind, value) == ("i3", "label", ["y", "x", "z"])
    assert annotator.startswith("rater-")
    project.close()


def _chosen(name, **more):
    return {"id": 1, "result": _choice(name), "completed_by": 1} | more


def test_copies_in_a_file_are_items_of_their_own_and_twice_is_once(tmp_path):
    project = empty(tmp_path / "one", "classify")
    file = tmp_path / "tasks.json"
    march = [{"created_at": f"2026-03-0{day}T09:30:00Z"} for day in (1, 2)]
    tasks = [
        _task(text, _chosen(name, **at))
        for text in ("new", "text 0 ©")
        for name, at in zip(("sport", "money"), march, strict=True)
    ]
    tasks.append(_task("text 1 ©", _chosen("sport"), _chosen("sport")))  # one answer, made twice
    file.write_text(json.dumps(tasks))
    first = take(project, foreign.read(file))
    assert (first.added, first.already_there, first.answers) == (3, 2, 5)
    end, before = log.end(project.store.read), standing(project)
    assert [value for _, _, value, _ in before] == ["sport", "money"] * 2 + ["sport"]
    for _ in range(2):
        again = take(project, foreign.read(file))
        assert (again.added, again.answers, again.answered) == (0, 0, 5)
    assert (log.end(project.store.read), standing(project)) == (end, before)
    project.close()


def test_an_item_is_known_by_its_content_where_its_id_is_not(tmp_path):
    project = empty(tmp_path / "one", "classify")
    who = {"user_id": "5f0c0d2e-8f5b-4c7e-9a53-0f1c7b9b1a11", "value": "sport"}
    records = [
        {"id": f"uuid-{n}", "fields": {"text": text}, "responses": {"question": [who]}}
        for n, text in enumerate(["text 0 ©", "text 0 ©", "new"])
    ]
    file = tmp_path / "records.json"
    file.write_text(json.dumps(records))
    for added in (2, 0):
        assert take(project, foreign.read(file)).added == added
        assert [item for item, *_ in standing(project)] == ["i0", "uuid-1", "uuid-2"]
    project.close()


def test_a_project_takes_its_own_exports_whatever_was_renamed_or_erased_since(tmp_path):
    project = answered(tmp_path / "one", "classify")
    sent(project)
    others = _chosen("sport"), _chosen("sport", completed_by=2)  # whose ids are made
    (tmp_path / "tasks.json").write_text(json.dumps([_task("text 1 ©", *others)]))
    take(project, foreign.read(tmp_path / "tasks.json"))
    files = [write(project, form, tmp_path / form) for form in DATA]
    files.append(tmp_path / "tasks.json")
    changes = [
        lambda: project.decide("owner", decisions.with_class_renamed("sport", "sports")),
        lambda: withdrawal.erase_person(project, "ana"),
        lambda: withdrawal.erase_interaction(project, "x1"),
        lambda: withdrawal.erase_item(project, "i0"),
    ]
    for change in changes:
        change()
        end = log.end(project.store.read)
        for file in files:
            taken = take(project, foreign.read(file))
            assert (taken.added, taken.answers, taken.feedback) == (0, 0, 0)
        assert log.end(project.store.read) == end
    project.close()


def test_whoever_is_called_owner_elsewhere_is_not_the_owner_here(tmp_path):
    project, other = answered(tmp_path / "one", "classify"), empty(tmp_path / "two", "classify")
    item = project.next_items("owner", 1)[0].id
    project.submit(item, "sport", annotator="owner", answer_id="answer-owner")
    other.submit("i7", "sport", annotator="owner", answer_id="answer-mine")
    file = foreign.read(write(project, "jsonl", tmp_path / "out", Wishes(names=True)))
    assert take(project, file).answers == 0
    assert take(other, file).answers == len(standing(project))
    assert take(other, file).answers == 0
    mine = {item for item, *_, who in standing(other) if who == "owner"}
    assert mine == {"i7"}
    assert {who for *_, who in standing(other) if who[:6] != "rater-"} == {"ana", "bo", "owner"}
    project.close()
    other.close()


@pytest.mark.parametrize(("task", "kind"), [("classify", "skip"), ("multilabel", "label")])
def test_what_is_sent_off_with_nothing_chosen_is_a_skip_or_no_class(task, kind, tmp_path):
    project = empty(tmp_path / "one", task)
    file = tmp_path / "tasks.json"
    file.write_text(json.dumps([_task("text 0 ©", {"id": 1, "result": [], "completed_by": 1})]))
    assert take(project, foreign.read(file)).answers == 1
    assert take(project, foreign.read(file)).answers == 0
    assert [found for _, found, *_ in standing(project)] == [kind]
    project.close()


def test_bad_rows_are_all_named_and_nothing_is_stored(tmp_path):
    project = empty(tmp_path / "one", "classify")
    file = tmp_path / "tasks.json"
    good = {"id": 1, "result": _choice("sport"), "completed_by": 1}
    tasks = [
        _task("text 0 ©", good),
        _task("text 1 ©", good | {"result": _choice("ball")}),
        _task("text 2 ©", good | {"result": [*_choice("sport")[:1], *_choice("money")]}),
        _task("text 3 ©", good | {"completed_by": None}),
        _task("text 4 ©", good | {"created_at": "yesterday"}),
    ]
    file.write_text(json.dumps(tasks))
    with pytest.raises(DataError) as why:
        foreign.read(file)
    assert [one.split(":")[0] for one in why.value.problems] == [f"element {n}" for n in (3, 4, 5)]
    file.write_text(json.dumps(tasks[:2]))
    with pytest.raises(DataError, match="there is no class 'ball'") as why:
        take(project, foreign.read(file))
    assert len(why.value.problems) == 1
    assert standing(project) == []
    before = project.item_count()
    file.write_text(json.dumps([_task("new", good), _task(" ", good)]))
    with pytest.raises(DataError, match="nothing in the column 'text'"):
        take(project, foreign.read(file))
    assert project.item_count() == before
    project.close()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"lead_time": "12.5"}, "the lead time is '12.5'"),
        ({"lead_time": {}}, "the lead time is {}"),
        ({"created_at": "0001-01-01T00:00:00+14:00"}, "before 1970"),
        ({"created_at": "9998-01-01T00:00:00Z"}, "more than a day ahead"),
        ({"completed_by": 0}, "completed_by is 0"),
        ({"completed_by": -5}, "the number -5"),
        ({"completed_by": 10**30}, "which nobody has"),
        ({"completed_by": ""}, "an empty name"),
        ({"completed_by": "import"}, "nobody is called 'import'"),
        ({"completed_by": "\ud800"}, "half of a character"),
        ({"result": [{"type": "rating", "value": {"rating": 4.7}}]}, "4.7 is no whole number"),
        ({"result": [{"type": "choices", "value": {"choices": [["x"]]}}]}, "neither a text"),
    ],
)
def test_what_an_annotation_has_to_be_is_looked_at_when_it_is_read(wrong, why, tmp_path):
    file = tmp_path / "tasks.json"
    good = {"id": 1, "result": _choice("sport"), "completed_by": 1}
    file.write_text(json.dumps([_task("text 0 ©", good), _task("text 1 ©", good | wrong)]))
    with pytest.raises(DataError, match=re.escape(why)) as found:
        foreign.read(file)
    assert [one.split(":")[0] for one in found.value.problems] == ["element 2"]


JUDGED = {
    "schema_version": "1.0",
    "feedback_id": "answer-1",
    "kind": "label",
    "item_id": "i0",
    "annotator_id": "ana",
    "created_at": "2026-03-01T09:30:00Z",
    "payload": {},
    "value": "sport",
    "fields": {"text": "text 0 ©"},
    "meta": {},
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"annotator_id": None},
        {"annotator_id": "import"},
        {"feedback_id": 12},
        {"item_id": None},
        {"fields": ["text"]},
        {"comment": ["x"]},
        {"prediction": ["x"]},
        {"payload": [1]},
        {"payload": {"order": "ab"}},
        {"suggestion_shown": "yes"},
        {"asked_by_model": 10**30},
        {"value": {"text": "x"}},
        {"interaction_id": "x", "payload": [1]},
        {"interaction_id": "x", "created_at": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_what_a_record_has_to_be_is_looked_at_when_it_is_read(wrong, tmp_path):
    file = tmp_path / "annotations.jsonl"
    file.write_text("".join(json.dumps(JUDGED | one) + "\n" for one in ({}, wrong)))
    with pytest.raises(DataError) as found:
        foreign.read(file)
    assert [one.split(":")[0] for one in found.value.problems] == ["line 2"]


@pytest.mark.parametrize("text", ["[" * 100_000, '[{"data": {}, "id": ' + "9" * 5_000 + "}]"])
@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
def test_json_that_no_reader_takes_is_refused_in_a_sentence(text, suffix, tmp_path):
    file = (tmp_path / "file").with_suffix(suffix)
    file.write_text(text)
    with pytest.raises(DataError, match="not JSON"):
        foreign.read(file)


@pytest.mark.parametrize("seconds", [-3, 1e12])
def test_a_lead_time_that_cannot_be_is_none(seconds, tmp_path):
    file = tmp_path / "annotations.jsonl"
    file.write_text(json.dumps(JUDGED | {"lead_time_s": seconds}) + "\n")
    ((said,),) = [one.said for one in foreign.read(file).items]
    assert (said.lead_time, said.value) == (None, "sport")


def test_an_id_of_another_answer_is_refused(tmp_path):
    project = answered(tmp_path / "one", "classify")
    file = write(project, "jsonl", tmp_path / "out")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    lines[0]["value"] = "money" if lines[0]["value"] == "sport" else "sport"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(DataError, match="was used before, for another answer"):
        take(project, foreign.read(file))
    project.close()


def test_records_of_before_are_read(tmp_path):
    old = {
        "schema": "askwell-annotations-1",
        "item_id": "i0",
        "field_text": "text 0 ©",
        "meta_lang": "en",
        "share": "pool",
        "annotator": "ana",
        "kind": "label",
        "value": "sport",
        "comment": None,
        "answer_id": "answer-0001",
        "shown_at": "2026-03-01T09:30:00.000Z",
        "answered_at": "2026-03-01T09:30:02.500Z",
        "received_at": "2026-03-01T09:30:02.600Z",
        "model_version": 3,
        "suggestion": None,
        "suggestion_shown": None,
    }
    file = tmp_path / "annotations.jsonl"
    file.write_text(json.dumps(old) + "\n")
    project = empty(tmp_path / "one", "classify")
    take(project, foreign.read(file))
    assert standing(project) == [("i0", "label", "sport", "ana")]
    (row,) = standings.judgements(project.store.read)
    assert row["answered_at"] - row["shown_at"] == 2.5
    project.close()


def test_feedback_that_does_not_fit_is_named_and_nothing_is_stored(tmp_path):
    project = empty(tmp_path / "one", "rate")
    sent(project)
    file = write(project, "jsonl", tmp_path / "out")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    other = empty(tmp_path / "two", "rate")
    lines[1]["value"], lines[1]["payload"] = "9", {"rating": 9, "scale": [1, 5]}
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(DataError, match="9 is outside the scale"):
        take(other, foreign.read(file))
    assert [*feedback.standing(other.store.read)] == []
    for one in (project, other):
        one.close()


def test_other_files_are_files_of_items(tmp_path):
    items = tmp_path / "items.jsonl"
    items.write_text('{"text": "one"}\n')
    assert foreign.read(items) is None
    assert foreign.read(tmp_path / "items.csv") is None
    strange = tmp_path / "strange.json"
    strange.write_text('[{"text": "one"}]')
    with pytest.raises(DataError, match="none of the tasks of Label Studio"):
        foreign.read(strange)


def test_from_the_terminal_there_and_back(tmp_path, askwell_here):
    project = answered(tmp_path / "one", "compare")
    project.close()
    shown = askwell_here("export", "one", "--format", "label-studio", "--out", "ls")
    assert shown.returncode == 0, shown.stderr
    shown = askwell_here("init", "two", "--data", "ls/tasks.json")
    assert shown.returncode == 0, shown.stderr
    shown = askwell_here("import", "two", "ls/tasks.json", "--json")
    told = json.loads(shown.stdout)
    assert (told["added"], told["answers"], told["answered"]) == (0, 0, 16)
    shown = askwell_here("import", "two", "ls/tasks.json", "--gold")
    assert shown.returncode == 2
    shown = askwell_here(
        "init", "three", "--data", "ls/tasks.json", "--meta", "a", "--systems", "b"
    )
    assert shown.returncode == 2
    assert "leave them out" in shown.stderr
    assert exports.manifest(tmp_path / "ls")["annotators"] == "pseudonyms"


CLASSES = """<View><Text name="t" value="$text"/><Choices name="c" toName="t">
<Choice value="One" alias="sport"/><Choice value="money"/></Choices></View>"""


def test_classes_are_called_what_the_answers_call_them(tmp_path):
    file = tmp_path / "tasks.json"
    file.write_text(json.dumps([_task("one", _chosen("sport"))]))
    (tmp_path / "labeling_config.xml").write_text(CLASSES)
    assert foreign.read(file).begin().classes == ("sport", "money")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labeling_config.xml", b"<View>"),
        ("labeling_config.xml", b"<View>\xff</View>"),
        ("labeling_config.xml", b'<View><Rating name="r" maxRating="x"/></View>'),
        ("settings.json", b'{"editor.fontSize": 12}'),
        ("settings.json", b"[]"),
        ("settings.json", b"{"),
    ],
)
def test_settings_beside_that_are_none_are_named(name, content, tmp_path):
    who = {"user_id": "5f0c0d2e-8f5b-4c7e-9a53-0f1c7b9b1a11", "value": "sport"}
    record = {"id": "1", "fields": {"text": "one"}, "responses": {"question": [who]}}
    one = record if name == "settings.json" else _task("one", _chosen("sport"))
    file = tmp_path / "file.json"
    file.write_text(json.dumps([one]))
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match="does not tell what is asked") as why:
        beginning.create(tmp_path / "new", foreign.read(file))
    assert name in str(why.value)
    assert not (tmp_path / "new").exists()


def test_names_of_numbers_stand_in_a_file_of_their_own(tmp_path):
    project = answered(tmp_path / "one", "thumbs")
    file = write(project, "argilla", tmp_path / "out", Wishes(names=True))
    names = json.loads((tmp_path / "out" / "annotators.json").read_text())
    assert {*names.values()} == {"ana", "bo"}
    assert all(number in file.read_text() for number in names)
    write(project, "argilla", tmp_path / "ana", Wishes(Choice(annotators=("ana",)), names=True))
    names = json.loads((tmp_path / "ana" / "annotators.json").read_text())
    assert [*names.values()] == ["ana"]
    project.close()
