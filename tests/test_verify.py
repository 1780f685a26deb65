"""An export is as it was written, or it is said which file differs in what."""

import json
import shutil

import pytest
from feedback_projects import answered, sent

from loop.creation import Source, create
from loop.dataset import Columns
from loop.exports import FORMATS, ExportError, Wishes, manifest, write
from loop.exports.choice import splits
from loop.exports.verify import check
from loop.exports.writing import as_written, digest
from loop.feedback import corrections

SPLIT = Wishes(splits=splits("train=0.5,test=0.5"))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = answered(tmp_path_factory.mktemp("verified") / "verified", "rate")
    sent(made)
    yield made
    made.close()


@pytest.fixture(scope="module")
def export(project, tmp_path_factory):
    """An export that tests copy before they change it."""
    folder = tmp_path_factory.mktemp("export") / "out"
    write(project, "jsonl", folder, SPLIT)
    return folder


@pytest.fixture
def copy(export, tmp_path):
    return shutil.copytree(export, tmp_path / "copy")


def put(folder, name, content):
    """Other content of a file, and a manifest that says so."""
    (folder / name).write_text(content)
    told = manifest(folder)
    told["files"][name] |= _sums(content)
    told["digest"] = digest(told)
    (folder / "manifest.json").write_text(as_written(told))


def _sums(content):
    from hashlib import sha256  # noqa: PLC0415

    return {"sha256": sha256(content.encode()).hexdigest(), "bytes": len(content.encode())}


@pytest.mark.parametrize("task", ["classify", "multilabel", "rank", "correct"])
def test_every_format_of_every_task_is_as_it_was_written(task, tmp_path):
    project = answered(tmp_path / task, task)
    sent(project)
    corrections.accept(project, "owner", "f-correction")
    for form in FORMATS:
        write(project, form, tmp_path / form, SPLIT)
        found = check(tmp_path / form)
        assert found.problems == []
        assert found.rows == manifest(tmp_path / form)["rows"] > 0
    project.close()


def test_one_byte_that_is_another_is_found_in_every_file_wherever_it_stands(copy):
    for path in sorted(copy.iterdir()):
        whole = path.read_bytes()
        for place in {0, len(whole) // 3, len(whole) // 2, len(whole) - 1}:
            changed = bytearray(whole)
            changed[place] ^= 1
            path.write_bytes(changed)
            try:
                problems = check(copy).problems
            except Exception as why:  # noqa: BLE001 - a manifest that is no JSON any more
                problems = [str(why)]
            assert problems, (path.name, place)
            assert path.name in problems[0]
        path.write_bytes(whole)
    assert check(copy).problems == []


def test_a_file_that_lacks_and_one_that_nobody_knows_are_named(copy):
    (copy / "notes.txt").write_text("mine")
    assert check(copy).problems == ["notes.txt: the manifest does not know it"]
    (copy / "notes.txt").unlink()
    (copy / "schema.json").unlink()
    assert check(copy).problems == ["schema.json: it is not there"]


def test_a_manifest_that_does_not_say_all_is_no_traceback(copy):
    told = {"schema": manifest(copy)["schema"]}
    (copy / "manifest.json").write_text(as_written(told | {"digest": digest(told)}))
    (problem,) = check(copy).problems
    assert problem.startswith("manifest.json: it does not say format, files")


def test_rows_are_counted_and_held_against_the_schema_whatever_the_sums_say(copy):
    lines = (copy / "train.jsonl").read_text().splitlines(keepends=True)
    first = json.loads(lines[0]) | {"kind": 7}
    put(copy, "train.jsonl", "".join([json.dumps(first) + "\n", *lines[2:]]))
    about_croissant, about_row, about_rows = check(copy).problems
    assert about_croissant == "croissant.json: it speaks of other data files than the manifest"
    assert about_row == "train.jsonl: row 1: kind: 7 is not of type 'string'"
    assert about_rows.startswith(f"train.jsonl: it has {len(lines) - 1} rows")


def test_what_stands_on_two_sides_is_named(copy):
    first = (copy / "train.jsonl").read_text().splitlines(keepends=True)[0]
    test = (copy / "test.jsonl").read_text()
    n = test.count("\n") + 1
    put(copy, "test.jsonl", test + first)
    (about,) = [one for one in check(copy).problems if "its prompt stands in train.jsonl" in one]
    assert about.startswith(f"test.jsonl: row {n}: ")


def test_columns_of_any_name_are_content(tmp_path):
    columns = ("text", "label", "share", "confidence", "written", "interaction_id")
    data = tmp_path / "data.jsonl"
    cells = [dict.fromkeys(columns, "the same") | {"label": f"{n}"} for n in range(20)]
    cells += [dict.fromkeys(columns, "the same") | {"written": f"{n}"} for n in range(20)]
    data.write_text("".join(json.dumps(one) + "\n" for one in cells))
    source = Source(data, Columns("text", columns))
    project = create(tmp_path / "p", source, classes=("a", "b"), audit_share=0.0)
    for item in project.next_items("ana", 40):
        project.submit(item.id, "a", annotator="ana", answer_id=f"answer-{item.id}")
    write(project, "hf", tmp_path / "out", SPLIT)
    assert check(tmp_path / "out").problems == []
    project.close()


def test_the_terminal_says_so_and_its_exit_code(export, copy, askwell_here):
    shown = askwell_here("verify", export)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "5 files and" in shown.stdout
    (copy / "README.md").write_text("# mine\n")
    shown = askwell_here("verify", copy, "--json")
    assert shown.returncode == 1
    (problem,) = json.loads(shown.stdout)["problems"]
    assert problem.startswith("README.md: it has 7 bytes")
    shown = askwell_here("verify", copy.parent)
    assert shown.returncode == 1
    assert "is no export of askwell" in shown.stderr


def test_an_export_of_nothing_is_verified_too(project, tmp_path):
    from loop.exports import Choice  # noqa: PLC0415

    nothing = Wishes(Choice(since=32_503_680_000.0))
    for form in ("csv", "jsonl", "parquet", "label-studio", "argilla"):
        write(project, form, tmp_path / form, nothing)
        assert check(tmp_path / form).problems == []
    with pytest.raises(ExportError, match="nothing here"):
        write(project, "trl-unpaired", tmp_path / "none", nothing)
