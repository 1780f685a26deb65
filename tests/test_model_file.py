"""A model leaves the house: as a file that says of what it is, and that cannot do harm."""

import csv
import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import skops.io
from conftest import sentences, truth_of, write_csv
from sklearn.ensemble import ExtraTreesClassifier

from loop import model_export, model_file
from loop.creation import Source, create
from loop.dataset import Columns
from loop.model_file import ModelFileError

NEW = [text for text, _ in sentences(40, seed=7)]
USE = """
import json, sys
from pathlib import Path
from loop import model_file
model = model_file.load(Path(sys.argv[1]))
items = [{"text": text} for text in json.load(sys.stdin)]
print(json.dumps(next(model.proba(items)).tolist()))
"""


def label(project, n):
    for i in range(n):
        [item] = project.next_items("ana", 1)
        answer = f"answer-{i:04}"
        project.submit(item.id, truth_of(item.fields["text"]), annotator="ana", answer_id=answer)


@pytest.fixture
def exported(project, tmp_path):
    """A project with 20 labels, and the folder that its model was exported to."""
    label(project, 20)
    model_export.write(project, tmp_path / "out")
    return project, tmp_path / "out"


def test_it_says_the_same_to_the_last_bit_in_another_process(exported):
    _, folder = exported
    here = next(model_file.load(folder).proba([{"text": text} for text in NEW]))
    ran = subprocess.run(
        [sys.executable, "-c", USE, folder / "model.skops"],
        input=json.dumps(NEW),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ran.stdout) == here.tolist()


def test_it_is_the_model_of_a_round_on_the_same_labels(exported):
    project, folder = exported
    told = json.loads((folder / "manifest.json").read_text())
    assert sum(told["labels"].values()) == 20
    assert told["recipe"] == project.settings.recipe
    assert told["audit"]["answers"] == 30
    assert told["audit"]["ci95"][0] <= told["audit"]["accuracy"] <= told["audit"]["ci95"][1]
    assert told["audit"]["above"][0]["share"] == 1  # of two classes one has half, at least
    made = model_file.load(folder)
    assert made.predict([{"text": "goal team"}, {"text": "bank tax"}]) == ["sport", "money"]
    card = (folder / "README.md").read_text()
    assert told["files"]["model.skops"]["sha256"] in card
    assert "30 audit items" in card


def test_a_file_that_was_changed_is_refused(exported):
    _, folder = exported
    file = folder / "model.skops"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelFileError, match="not the file that its manifest speaks of"):
        model_file.load(folder)


def test_a_file_with_a_foreign_type_is_refused_even_without_a_manifest(tmp_path):
    file = tmp_path / "model.skops"
    skops.io.dump({"schema": model_file.SCHEMA, "estimator": subprocess.Popen}, file)
    with pytest.raises(ModelFileError, match=r"subprocess\.Popen"):
        model_file.load(file)


def test_a_tree_that_points_outside_itself_is_refused(tmp_path):
    forest = ExtraTreesClassifier(2, random_state=0).fit(np.eye(8), np.arange(8) % 2)
    made = model_file.Model(None, forest, ("a", "b"))
    model_file.save(made, tmp_path)
    model_file.load(tmp_path)
    forest.estimators_[1].tree_.children_left[0] = 10_000
    model_file.save(made, tmp_path)
    with pytest.raises(ModelFileError, match="points outside itself"):
        model_file.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"not a model"])
def test_what_is_no_model_is_refused_by_name(tmp_path, content):
    (tmp_path / "mine.skops").write_bytes(content)
    with pytest.raises(ModelFileError, match=r"mine\.skops is no model file"):
        model_file.load(tmp_path / "mine.skops")
    with pytest.raises(ModelFileError, match=r"none\.skops cannot be read"):
        model_file.load(tmp_path / "none.skops")


def test_a_file_of_another_schema_is_refused(tmp_path):
    skops.io.dump({"schema": "askwell-model-9"}, tmp_path / "model.skops")
    with pytest.raises(ModelFileError, match="'askwell-model-9'"):
        model_file.load(tmp_path)
    with zipfile.ZipFile(tmp_path / "model.skops", "w") as empty:
        empty.writestr("schema.json", "{}")
    with pytest.raises(ModelFileError, match="no model file"):
        model_file.load(tmp_path)


def test_there_is_no_model_of_one_class_nor_of_several_at_once(make_project, tmp_path):
    with pytest.raises(ModelFileError, match="labels of two classes; there are 0"):
        model_export.write(make_project(), tmp_path / "out")
    with pytest.raises(ModelFileError, match="'multilabel'"):
        model_export.write(make_project("tags", task="multilabel", audit=0), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_table_with_trees_leaves_the_house_too(tmp_path):
    rng = np.random.default_rng(0)
    rows = [
        [f"r{i}", x, "b" if x > 0 else "a", "yes" if x > 0 else "no"]
        for i, x in enumerate(rng.normal(size=60))
    ]
    data = write_csv(tmp_path / "t.csv", ["id", "x", "word", "label"], rows)
    columns = Columns("table", ("x", "word"), id="id", label="label")
    recipe = "table | sklearn.ensemble.ExtraTreesClassifier(n_estimators=10)"
    with create(tmp_path / "t", Source(data, columns), recipe=recipe) as project:
        model_export.write(project, tmp_path / "out")
    made = model_file.load(tmp_path / "out")
    assert made.predict([{"x": 2.0, "word": "b"}, {"x": -2.0, "word": "a"}]) == ["yes", "no"]


def test_a_file_is_predicted_row_by_row(exported, tmp_path, askwell_here):
    _, folder = exported
    file = write_csv(
        tmp_path / "new.csv", ["key", "text"], [[f"k{i}", t] for i, t in enumerate(NEW)]
    )
    shown = askwell_here("predict", folder, file, "--id", "key", "--above", "0.6")
    assert shown.returncode == 0, shown.stderr
    with (tmp_path / "new.predicted.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert [row["id"] for row in rows] == [f"k{i}" for i in range(40)]
    assert all((float(row["confidence"]) >= 0.6) == bool(row["prediction"]) for row in rows)
    right = [row["prediction"] == truth_of(text) for row, text in zip(rows, NEW, strict=True)]
    assert sum(right) > 30
    assert "at least 0.6 sure" in shown.stdout


def test_a_row_that_cannot_be_read_is_named_and_nothing_is_written(
    exported, tmp_path, askwell_here
):
    _, folder = exported
    file = write_csv(tmp_path / "new.csv", ["text"], [["goal"], [" "], ["bank"]])
    shown = askwell_here("predict", folder, file)
    assert shown.returncode == 1
    assert "row 2 (line 3): nothing in the column 'text'" in shown.stderr
    shown = askwell_here("predict", folder, file, "--out", tmp_path / "x.xlsx")
    assert "ends in none of the formats" in shown.stderr
    assert not list(tmp_path.glob("*.predicted.csv"))
