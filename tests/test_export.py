"""Exports are whole, checkable, say how the rows were chosen, and are read by who they are for."""

import csv
import hashlib
import io
import json
import re
import shutil
import zipfile
from collections import Counter

import pytest
from conftest import sentences
from feedback_projects import answered, empty, sent

from loop import Answer, exports, importing, reviewing
from loop.creation import Source, create
from loop.dataset import Columns
from loop.exports import Choice, ExportError, Wishes, manifest, write
from loop.exports.choice import moment, splits
from loop.exports.raters import Raters
from loop.exports.sinks import Csv, Parquet
from loop.exports.verify import check
from loop.feedback import corrections
from loop.pre_labels import PreLabelError, Wanted
from loop.reviewing import Verdict

PSEUDONYM = re.compile(r"rater-[0-7][0-9a-f]{7}")


@pytest.fixture
def labeled(project):
    for i, item in enumerate(project.next_items("ana", 3)):
        kind, value = ("skip", None) if i == 2 else ("label", "sport")
        project.submit(item.id, value, annotator="ana", answer_id=f"answer-{i}", kind=kind)
    return project


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A project of thumbs with feedback of all kinds beside."""
    project = answered(tmp_path_factory.mktemp("mixed") / "mixed", "thumbs")
    sent(project)
    yield project
    project.close()


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ---------------------------------------------------------------- rows


def test_csv_and_jsonl_hold_the_same_judgements(labeled, tmp_path):
    rows = table(write(labeled, "csv", tmp_path / "c"))
    records = lines(write(labeled, "jsonl", tmp_path / "j"))
    assert len(rows) == len(records) == 33  # 30 came with the audit file
    for row, record in zip(rows, records, strict=True):
        assert record["schema_version"] == "1.0"
        assert row["field_text"] == record["fields"]["text"]
        for name in ("item_id", "feedback_id", "annotator_id", "kind", "created_at", "share"):
            assert row[name] == (record[name] or "")
        assert row["value"] == (record["value"] or "")
    mine = [record for record in records if record["annotator_id"] != "import"]
    assert [record["kind"] for record in mine] == ["label", "label", "skip"]
    assert [record["payload"] for record in mine] == [{"label": "sport"}] * 2 + [{}]
    assert mine[0]["strategy"] == "tail: random"
    assert mine[0]["received_at"].endswith("Z")


def test_the_first_columns_are_those_that_crowd_tools_read(labeled):
    header = exports.text(labeled, "csv").split("\n", 1)[0]
    assert header.startswith("item_id,annotator_id,kind,value,created_at,")


def test_a_record_begins_as_the_published_one_does(mixed):
    record = json.loads(exports.text(mixed, "jsonl").split("\n", 1)[0])
    assert [*record][:15] == [
        *("schema_version", "feedback_id", "kind", "item_id", "interaction_id", "annotator_id"),
        *("created_at", "task_id", "guideline_version", "model_version", "prediction"),
        *("lead_time_s", "is_gold", "payload", "comment"),
    ]
    assert record["lead_time_s"] == 2.5


def test_feedback_about_interactions_stands_beside_with_what_was_shown(mixed, tmp_path):
    records = lines(write(mixed, "jsonl", tmp_path / "j"))
    said = {one["kind"]: one for one in records if one["interaction_id"]}
    assert {*said} == {"thumbs", "rating", "correction", "text", "preference", "ranking"}
    assert said["correction"]["payload"] == {"after": "Hi there", "changes": "text", "before": "hi"}
    assert said["preference"]["outputs"] == {"m": "one", "n": "two"}
    assert said["rating"]["model_version"] == "m1"
    rows = {row["feedback_id"]: row for row in table(write(mixed, "csv", tmp_path / "c"))}
    assert rows["f-ranking"]["value"] == "q>p>r"
    assert rows["f-thumbs"]["prompt"] == "Hello?"
    assert rows["f-thumbs"]["field_prompt"] == ""


def test_an_undone_answer_is_not_exported(labeled, tmp_path):
    row = labeled.store.read.execute(
        "SELECT i.id FROM log JOIN items i USING (position) WHERE event_id = 'answer-0'"
    ).fetchone()
    labeled.session.submit("ana", [Answer("undo-0001", row[0], "undo", target="answer-0")])
    assert "answer-0" not in write(labeled, "csv", tmp_path / "out").read_text()


def test_pandas_reads_the_types_of_a_parquet_file(mixed, tmp_path):
    pandas = pytest.importorskip("pandas")
    parquet = pytest.importorskip("pyarrow.parquet")
    file = write(mixed, "parquet", tmp_path / "out")
    frame = pandas.read_parquet(file)
    assert str(frame["created_at"].dtype) == "datetime64[ms, UTC]"
    assert str(frame["lead_time_s"].dtype) == "float64"
    assert str(frame["is_gold"].dtype) == "bool"
    assert Counter(frame["kind"]) == manifest(tmp_path / "out")["rows_by_kind"]
    assert parquet.read_schema(file).metadata[b"schema_version"] == b"1.0"


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """A function that gives the answered project of a task, made once."""
    made = {}

    def of(task):
        if task not in made:
            made[task] = answered(tmp_path_factory.mktemp(task) / task, task)
        return made[task]

    yield of
    for project in made.values():
        project.close()


def test_every_line_break_of_a_text_stays_in_its_cell():
    file = io.BytesIO()
    sink = Csv(file.write, ["a", "b"])
    cells = [["one\rtwo", "x"], ["one\ntwo", "x"], ["one\r\n", "\r"], ["end", "\r\n"]]
    for a, b in cells:
        sink.add({"a": a, "b": b})
    written = io.StringIO(file.getvalue().decode(), newline="")
    assert [*csv.reader(written)] == [["a", "b"], *cells]
    assert file.getvalue().startswith(b"a,b\n")


def test_long_texts_make_short_groups_of_rows(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    with (tmp_path / "long.parquet").open("wb") as file:
        sink = Parquet(file, {"text": {"type": "string"}}, {})
        for _ in range(20):
            sink.add({"text": "x" * 2**20})
        sink.end()
    with parquet.ParquetFile(tmp_path / "long.parquet") as found:
        assert [found.metadata.row_group(n).num_rows for n in range(2)] == [16, 4]


# ---------------------------------------------------------------- what trains language models

TAUGHT = {  # task → rows of 12 answers by format, from what is said one after the other
    "thumbs": {"trl-unpaired": 12},
    "rate": {"trl-unpaired": 8},
    "compare": {"trl-preference": 8},
    "rank": {"trl-preference": 36},
    "correct": {"trl-preference": 12, "trl-sft": 12},
    "write": {"trl-sft": 12},
}


@pytest.mark.parametrize("task", TAUGHT)
@pytest.mark.parametrize("form", ["trl-preference", "trl-unpaired", "trl-sft"])
def test_each_answer_becomes_the_rows_that_its_kind_is(task, form, tmp_path, projects):
    if form not in TAUGHT[task]:
        with pytest.raises(ExportError, match="nothing here for the format"):
            write(projects(task), form, tmp_path / "out")
        assert not (tmp_path / "out").exists()
        return
    rows = lines(write(projects(task), form, tmp_path / "out"))
    assert len(rows) == TAUGHT[task][form]
    columns = {
        "trl-preference": {"prompt": str, "chosen": str, "rejected": str},
        "trl-unpaired": {"prompt": str, "completion": str, "label": bool},
        "trl-sft": {"prompt": str, "completion": str},
    }[form]
    for row in rows:
        assert {name: type(value) for name, value in row.items()} == columns


def test_ties_and_middles_are_no_rows_but_are_counted(tmp_path, projects):
    write(projects("compare"), "trl-preference", tmp_path / "c")
    left_out = manifest(tmp_path / "c")["left_out"]
    assert left_out == {"both-bad": 2, "skip": 2, "tie": 2, "unsure": 2}
    write(projects("rate"), "trl-unpaired", tmp_path / "r")
    assert manifest(tmp_path / "r")["left_out"]["a rating in the middle of the scale"] == 4
    assert "- Left out: 2 × tie." in (tmp_path / "c" / "README.md").read_text()


def test_the_chosen_one_is_the_one_that_was_chosen(tmp_path, projects):
    for row in lines(write(projects("compare"), "trl-preference", tmp_path / "out")):
        number = row["prompt"].split()[1]
        assert {row["chosen"], row["rejected"]} == {f"a {number} ©", f"b {number} ©"}
    project = projects("compare")
    preferred = {
        one["fields"]["prompt"]: one["fields"][one["value"]]
        for one in exports.rows(project)
        if one["value"] in {"a", "b"}
    }
    rows = lines(tmp_path / "out" / "train.jsonl")
    assert {row["prompt"]: row["chosen"] for row in rows} == preferred


def test_a_correction_from_an_application_counts_once_it_is_accepted(mixed, tmp_path):
    with pytest.raises(ExportError, match=r"a correction that is not accepted yet \(1\)"):
        write(mixed, "trl-sft", tmp_path / "none")
    corrections.accept(mixed, "owner", "f-correction")
    rows = lines(write(mixed, "trl-sft", tmp_path / "accepted"))
    assert rows == [{"prompt": "Hello?", "completion": "Hi there"}]


# ---------------------------------------------------------------- who, which, where


def test_people_are_pseudonyms_that_stay_and_names_where_wanted(labeled, tmp_path):
    once = lines(write(labeled, "jsonl", tmp_path / "a"))[-1]["annotator_id"]
    again = lines(write(labeled, "jsonl", tmp_path / "b"))[-1]["annotator_id"]
    assert once == again
    assert PSEUDONYM.fullmatch(once)
    assert "ana" not in (tmp_path / "a" / "annotations.jsonl").read_text()
    write(labeled, "csv", tmp_path / "d", Wishes(Choice(annotators=("ana",))))
    assert manifest(tmp_path / "d")["filters"] == {"annotators": [once]}
    assert f"annotators ['{once}']" in (tmp_path / "d" / "README.md").read_text()
    named = lines(write(labeled, "jsonl", tmp_path / "c", Wishes(names=True)))
    assert {one["annotator_id"] for one in named} == {"ana", "import"}
    assert manifest(tmp_path / "c")["annotators"] == "names"
    assert "**names**" in (tmp_path / "c" / "README.md").read_text()


def test_another_project_calls_the_same_person_otherwise_but_keeps_a_pseudonym():
    one, other = Raters(b"one"), Raters(b"other")
    assert one.pseudonym("ana") != other.pseudonym("ana")
    assert other.pseudonym(one.pseudonym("ana")) == one.pseudonym("ana")
    assert one.pseudonym("import") == "import"
    assert one.number("import") == 0
    assert f"rater-{one.number('ana'):08x}" == one.pseudonym("ana")


def test_only_what_is_chosen_goes_out(mixed, tmp_path):
    chosen = {
        "kinds": Choice(kinds=("rating", "skip")),
        "annotators": Choice(annotators=("ana",)),
        "pseudonym": Choice(annotators=(Raters(mixed.secret).pseudonym("ana"),)),
        "version": Choice(model_versions=("m1",)),
        "share": Choice(share="pool"),
        "since": Choice(since=moment("2999-01-01")),
    }
    found = {}
    for name, choice in chosen.items():
        write(mixed, "csv", tmp_path / name, Wishes(choice))
        found[name] = manifest(tmp_path / name)["rows_by_kind"]
    of_ana = {"skip": 1, "thumbs": 6, "unsure": 1}
    assert found["kinds"] == {"rating": 1, "skip": 2}
    assert found["annotators"] == found["pseudonym"] == of_ana
    assert found["version"] == {"correction": 1, "rating": 1, "text": 1, "thumbs": 1}
    assert found["share"] == {"skip": 2, "thumbs": 12, "unsure": 2}
    assert found["since"] == {}
    assert manifest(tmp_path / "since")["filters"] == {"since": "2999-01-01T00:00:00.000Z"}


@pytest.mark.parametrize("form", ["label-studio", "argilla"])
def test_gold_goes_out_where_nothing_but_the_share_is_chosen(form, tmp_path):
    project = answered(tmp_path / "one", "classify")
    reviewing.decide(project, "owner", [Verdict("i0", "money", is_gold=True, why="by Eve")])
    found = {}
    for choice in (
        Choice(),
        Choice(share="pool"),
        Choice(share="audit"),
        Choice(annotators=("ana",)),
    ):
        file = write(project, form, tmp_path / str(len(found)), Wishes(choice))
        found[len(found)] = "by Eve" in file.read_text()
    assert [*found.values()] == [True, True, False, False]
    project.close()


@pytest.mark.parametrize(
    "choice", [Choice(kinds=("label",)), Choice(share="audit"), Choice(annotators=("ana",))]
)
def test_a_filter_does_not_go_with_pre_labels(mixed, tmp_path, choice):
    with pytest.raises(ExportError, match="no filter but --share pool"):
        write(mixed, "csv", tmp_path / "out", Wishes(choice, pre_labels=Wanted(0.9)))
    with pytest.raises(PreLabelError):  # which is past the filters
        write(mixed, "csv", tmp_path / "out", Wishes(Choice(share="pool"), pre_labels=Wanted(0.9)))


@pytest.mark.parametrize("form", ["csv", "parquet", "hf"])
def test_long_numbers_and_truths_stand_as_they_are(form, tmp_path):
    rows = [[f"i{n}", f"text {n}", 2**63 + n, 2**60 + n, n] for n in range(3)]
    cells = [dict(zip(("id", "text", "huge", "long", "n"), row, strict=True)) for row in rows]
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps(one | {"is": True}) + "\n" for one in cells))
    columns = Columns("text", ("text",), id="id", meta=("huge", "long", "n", "is"))
    project = create(tmp_path / "p", Source(data, columns), classes=("a", "b"), audit_share=0.0)
    for item in project.next_items("ana", 3):
        project.submit(item.id, "a", annotator="ana", answer_id=f"answer-{item.id}")
    file = write(project, form, tmp_path / "out")
    if form == "csv":
        found = table(file)
    else:
        found = pytest.importorskip("pyarrow.parquet").read_table(file).to_pylist()
    assert {(row["meta_huge"], row["meta_long"], row["meta_is"]) for row in found} == {
        (str(one["huge"]), str(one["long"]), "true") for one in cells
    }
    assert {float(row["meta_n"]) for row in found} == {0.0, 1.0, 2.0}
    assert check(tmp_path / "out").problems == []
    project.close()


@pytest.mark.parametrize(
    ("choice", "why"),
    [
        (Choice(kinds=("ratng",)), "no kind 'ratng' here. Did you mean 'rating'"),
        (Choice(annotators=("anna",)), "no annotator 'anna' here. Did you mean 'ana'"),
        (Choice(model_versions=("m11",)), "no model version 'm11' here. Did you mean 'm1'"),
        (Choice(share="audits"), "no share 'audits' here. Did you mean 'audit'"),
        (Choice(since=2, until=1), "Nothing is since"),
    ],
)
def test_a_word_that_names_nothing_is_refused_with_the_nearest(mixed, tmp_path, choice, why):
    with pytest.raises(ExportError, match=re.escape(why)):
        write(mixed, "csv", tmp_path / "out", Wishes(choice))
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    "text", ["train=0.8", "a=0.5,a=0.5", "a=2,b=-1", "a,b", "../x=0.5,b=0.5", "Schema=0.5,b=0.5"]
)
def test_splits_that_make_no_sense_are_refused(text):
    with pytest.raises(ExportError):
        splits(text)


def test_the_same_content_is_never_on_two_sides(make_project, tmp_path):
    project = make_project(n=200, audit=0)
    rows = [(f"copy-{i}", {"text": text}) for i, (text, _) in enumerate(sentences(200))]
    batch = importing.posted(project, rows)
    importing.add(project, batch)
    batch.discard()
    for who in ("ana", "bo"):
        for item in project.next_items(who, 400):
            project.submit(item.id, "sport", annotator=who, answer_id=f"{who}-{item.id}")
    write(project, "jsonl", tmp_path / "out", Wishes(splits=splits("train=0.7,test=0.3")))
    sides = {
        name: {one["fields"]["text"] for one in lines(tmp_path / "out" / f"{name}.jsonl")}
        for name in ("train", "test")
    }
    assert sides["train"].isdisjoint(sides["test"])
    assert len(sides["train"] | sides["test"]) == 200
    assert 0.6 < len(sides["train"]) / 200 < 0.8


def test_the_same_prompt_is_never_on_two_sides(tmp_path):
    some = splits("train=0.5,test=0.5")
    assert {some.of(f"prompt {i}") for i in range(50)} == {"train", "test"}
    project = empty(tmp_path / "p", "thumbs", n=1)
    records = [
        {"feedback_id": f"f{i}", "kind": "thumbs", "interaction_id": f"x{i}", "value": True}
        | {"prompt": f"prompt {i % 4}", "output": f"answer {i}"}
        for i in range(40)
    ]
    from loop.feedback import inbox  # noqa: PLC0415

    assert not inbox.take(project, records, "app").rejected
    write(project, "trl-unpaired", tmp_path / "out", Wishes(splits=some))
    sides = [{one["prompt"] for one in lines(file)} for file in (tmp_path / "out").glob("*.jsonl")]
    assert len(sides) == 2
    assert sides[0].isdisjoint(sides[1])
    project.close()


# ---------------------------------------------------------------- items


def test_items_train_the_next_model_with_what_was_decided_or_agreed(labeled, tmp_path):
    item = labeled.next_items("zed", 1)[0].id
    reviewing.decide(labeled, "owner", [Verdict(item, "money")])
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = parquet.read_table(write(labeled, "hf", tmp_path / "out")).to_pylist()
    by_id = {row["item_id"]: row for row in rows}
    assert len(rows) == 30 + 2 + 1
    assert labeled.settings.classes[by_id[item]["label"]] == "money"
    assert by_id[item]["confidence"] == 1.0
    assert manifest(tmp_path / "out")["left_out"] == {"an item without a label": 57}
    sent(labeled)
    write(labeled, "hf", tmp_path / "again")
    why = "feedback on an interaction, which is no item"
    assert manifest(tmp_path / "again")["left_out"][why] > 0
    with pytest.raises(ExportError, match="takes the share alone"):
        write(labeled, "hf", tmp_path / "no", Wishes(Choice(kinds=("label",))))


@pytest.mark.parametrize(
    ("task", "column"), [("correct", "correction"), ("write", "written"), ("rank", "ranking")]
)
def test_items_of_tasks_without_classes_have_a_text_of_that_name(task, column, tmp_path, projects):
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = parquet.read_table(write(projects(task), "hf", tmp_path / "out")).to_pylist()
    assert {type(row[column]) for row in rows} == {list if task == "rank" else str}
    assert {row["confidence"] for row in rows} == {None}


def test_datasets_loads_the_folder_with_its_splits_and_classes(projects, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    datasets = pytest.importorskip("datasets")
    halves = Wishes(splits=splits("train=0.5,test=0.5"))
    told = {}
    for form, wishes in (("hf", halves), ("jsonl", Wishes()), ("csv", Wishes())):
        folder = tmp_path / form
        write(projects("classify"), form, folder, wishes)
        cache = str(tmp_path / "cache" / form)
        told[form] = datasets.load_dataset(str(folder), cache_dir=cache)
        assert sum(map(len, told[form].values())) == manifest(folder)["rows"]
    assert {*told["hf"]} == {"train", "test"}
    assert told["hf"]["train"].features["label"].names == ["sport", "money"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of a library under it
def test_mlcroissant_finds_nothing_wrong_and_reads_the_records(mixed, tmp_path):
    mlcroissant = pytest.importorskip("mlcroissant")
    for form in ("csv", "jsonl", "parquet"):
        write(mixed, form, tmp_path / form)
        read = mlcroissant.Dataset(jsonld=str(tmp_path / form / "croissant.json"))
        assert not read.metadata.ctx.issues.errors
        records = [*read.records("annotations")]
        assert len(records) == manifest(tmp_path / form)["rows"]
        assert {one["annotations/kind"].decode() for one in records} >= {"thumbs", "correction"}


# ---------------------------------------------------------------- the folder


def test_the_manifest_fits_the_files(labeled, tmp_path):
    data = write(labeled, "jsonl", tmp_path / "out")
    told = manifest(tmp_path / "out")
    content = data.read_bytes()
    entry = told["files"][data.name]
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert entry["bytes"] == len(content)
    assert entry["rows"] == content.count(b"\n")
    assert entry["rows_by_kind"] == {"label": 32, "skip": 1}
    assert {*told["files"]} == {path.name for path in data.parent.iterdir()} - {"manifest.json"}
    card = (tmp_path / "out" / "README.md").read_text()
    assert "**not** a random sample" in card
    assert card.startswith("---\n")


def test_nothing_is_overwritten_and_an_unknown_format_is_refused(labeled, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(ExportError, match="not an empty folder"):
        write(labeled, "csv", tmp_path / "out")
    with pytest.raises(ExportError, match="no export format 'xlsx': use csv, jsonl"):
        write(labeled, "xlsx", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_an_export_that_fails_midway_leaves_nothing(labeled, tmp_path):
    def fail(n):
        if n == 20:
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write(labeled, "csv", tmp_path / "out", Wishes(seen=fail))
    assert [path for path in tmp_path.iterdir() if "out" in path.name] == []


def test_a_stream_is_of_one_moment_and_holds_nobody_up(labeled):
    before = exports.text(labeled, "jsonl")
    stream = exports.stream(labeled, "jsonl")
    item = labeled.next_items("bo", 1)[0]
    first = next(stream)
    labeled.submit(item.id, "money", annotator="bo", answer_id="answer-meanwhile")
    after = first + "".join(stream)
    assert len(after.splitlines()) in {len(before.splitlines()), len(before.splitlines()) + 1}
    assert len(exports.text(labeled, "jsonl").splitlines()) == len(before.splitlines()) + 1


def test_an_archive_has_the_whole_folder_and_leaves_nothing_behind(tmp_path):
    project = answered(tmp_path / "p", "classify")
    path = exports.archive(project, "label-studio")
    names = set(zipfile.ZipFile(path).namelist())
    assert {"label-studio/tasks.json", "label-studio/manifest.json"} <= names
    shutil.rmtree(path.parent)
    with pytest.raises(ExportError):
        exports.archive(project, "trl-sft")
    assert list((project.folder / "staging").iterdir()) == []
    project.close()
