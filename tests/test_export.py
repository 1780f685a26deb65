"""Exports are whole, checkable, and say how the rows were chosen."""

import csv
import hashlib
import json

import pytest

from loop import Answer
from loop.export import ExportError, write


@pytest.fixture
def answered(project):
    for i, item in enumerate(project.next_items("ana", 3)):
        kind, value = ("skip", None) if i == 2 else ("label", "sport")
        project.submit(item.id, value, annotator="ana", answer_id=f"answer-{i}", kind=kind)
    return project


def test_csv_and_jsonl_hold_the_same_rows(answered, tmp_path):
    table = write(answered, "csv", tmp_path / "c")
    lines = write(answered, "jsonl", tmp_path / "j")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    records = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
    assert len(rows) == len(records) == 33  # 30 came with the audit file
    for row, record in zip(rows, records, strict=True):
        assert record.pop("schema") == "askwell-annotations-1"
        assert row == {name: "" if v is None else str(v) for name, v in record.items()}
    mine = [record for record in records if record["annotator"] == "ana"]
    assert [record["kind"] for record in mine] == ["label", "label", "skip"]
    assert mine[0]["strategy"] == "tail: random"
    assert mine[0]["received_at"].endswith("Z")


def test_the_manifest_fits_the_file(answered, tmp_path):
    data = write(answered, "jsonl", tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    entry = manifest["files"][data.name]
    content = data.read_bytes()
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert entry["bytes"] == len(content)
    assert entry["rows"] == content.count(b"\n")
    assert entry["rows_by_kind"] == {"label": 32, "skip": 1}
    card = (tmp_path / "out" / "README.md").read_text()
    assert "**not** a random sample" in card


def test_an_undone_answer_is_not_exported(answered, tmp_path):
    row = answered.store.read.execute(
        "SELECT i.id FROM log JOIN items i USING (position) WHERE event_id = 'answer-0'"
    ).fetchone()
    answered.session.submit("ana", [Answer("undo-0001", row[0], "undo", target="answer-0")])
    assert "answer-0" not in write(answered, "csv", tmp_path / "out").read_text()


def test_nothing_is_overwritten_and_an_unknown_format_is_refused(answered, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(ExportError, match="not an empty folder"):
        write(answered, "csv", tmp_path / "out")
    with pytest.raises(ExportError, match="no export format 'xlsx': use csv or jsonl"):
        write(answered, "xlsx", tmp_path / "new")
    assert not (tmp_path / "new").exists()
