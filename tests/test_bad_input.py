"""What no model likes: refused by name, or learned from all the same; never lost in a log."""

import numpy as np
import pytest
from conftest import sentences, truth_of, write_csv
from PIL import Image
from real_server import until

from loop import dataset, model_export, recipes, retrain, status
from loop.asking import round_now
from loop.creation import Source, create
from loop.dataset import Columns
from loop.errors import DataError, RoundFailed, SettingsError
from loop.estimators import BestOf
from loop.estimators.logistic import logistic
from loop.features import Table
from loop.model_file import ModelFileError
from loop.schedule import Reason
from loop.store import log, rounds
from loop.supervisor import Supervisor
from loop.trainer import attempt

RARE = ["sport"] * 39 + ["money"]
SKEWED = ["sport"] * 99 + ["money"]
SVC = "sklearn.calibration.CalibratedClassifierCV(estimator=sklearn.svm.LinearSVC())"
SIZES = """
import numpy as np
from pathlib import Path
class Sized:
    '''As many numbers as a file says, or none where it is gone.'''
    kind = "text"
    def __repr__(self): return "Sized()"
    def fit(self, texts): return self
    def transform(self, texts):
        if not Path("size").exists(): raise ValueError("the embedding is gone")
        size = int(Path("size").read_text())
        return np.array([[len(text) % 7] * size for text in texts], np.float32)
def make(): return Sized()
"""


@pytest.fixture
def made(tmp_path):
    """A function that makes a project of rows with labels, blank where there is none."""
    opened = []

    def make(rows, modality="text", **settings):
        header = [f"c{i}" for i in range(len(rows[0]) - 1)]
        file = write_csv(tmp_path / "rows.csv", [*header, "label"], rows)
        columns = Columns(modality, tuple(header), label="label")
        opened.append(create(tmp_path / "project", Source(file, columns), **settings))
        return opened[-1]

    yield make
    for project in opened:
        project.close()


def texts(labels):
    return [[text, label] for (text, _), label in zip(sentences(len(labels)), labels, strict=True)]


def goes_on(project):
    """A round was published, and there is something to ask."""
    done = attempt(project, Reason.FIRST_MODEL, "")
    assert not isinstance(done, RoundFailed), done
    assert project.next_items("ana", 2)
    return done


# ---------------------------------------------------------------- few of a class


@pytest.mark.parametrize(
    ("learns", "labels"),
    [
        ("default", SKEWED),
        ("self_training(logistic)", RARE[-13:]),
        ("self_training(logistic)", SKEWED),
        ("best_of(logistic, sklearn.naive_bayes.GaussianNB)", RARE),
    ],
)
def test_a_class_with_one_example_is_learned(made, learns, labels):
    assert goes_on(made(texts(labels + [""] * 30), recipe=learns)).labels == len(labels)


def test_the_best_is_another_than_one_that_cannot_learn_from_a_fold():
    X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    first = recipes.estimator(SVC, 0)  # takes five rows of each class; the folds have fewer
    line = logistic()
    with pytest.warns(UserWarning, match="least populated class"):
        made = BestOf(first, line).learn(X, np.repeat([0, 1], [39, 1]), X[:0])
    assert made is line


@pytest.mark.filterwarnings("ignore:The least populated class")
def test_a_classifier_that_needs_more_of_a_class_says_so_and_waits(made, askwell_here):
    project = made(texts(RARE + [""] * 30), recipe=SVC)
    done = attempt(project, Reason.FIRST_MODEL, "")
    assert isinstance(done, RoundFailed)
    assert "at least 2 classes" in status(project)["failure"]
    assert project.next_items("ana", 2)
    shown = askwell_here("status", project.folder)
    assert f"failed    the last round: {done}" in shown.stdout


# ---------------------------------------------------------------- nothing to tell apart


@pytest.mark.parametrize(
    ("cells", "modality", "recipe"),
    [
        (["the same text"], "text", "diffusion(lsa, length=0.5, beside=True) | logistic"),
        (["🙂"], "text", "diffusion(lsa) | self_training(logistic)"),
        (["1.5", "word"], "table", "table | self_training(logistic)"),
        (["", ""], "table", "diffusion(table) | logistic"),
        (["x.png"], "image", "pixels + diffusion(hog) | self_training(logistic)"),
    ],
)
def test_rows_that_are_all_equal_make_a_model_that_knows_nothing(
    made, tmp_path, cells, modality, recipe
):
    Image.new("L", (8, 8), 100).save(tmp_path / "x.png")
    project = made(
        [[*cells, "ab"[i % 2] if i < 12 else ""] for i in range(40)], modality, recipe=recipe
    )
    goes_on(project)


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize("cell", ["inf", "-inf", "nan", "1e400", "1e39", "-1e308"])
def test_a_number_that_cannot_be_learned_from_is_refused_with_its_row(made, cell):
    rows = [[cell if i == 3 else i, "ab"[i % 2]] for i in range(20)]
    with pytest.raises(DataError, match=rf"row 4 \(line 5\): the column 'c0' holds '{cell}'"):
        made(rows, "table")


def test_the_largest_number_there_may_be_is_learned_from(made):
    rows = [[[1, -1][i % 2] * dataset.LARGEST, i, "ab"[i % 2] if i < 12 else ""] for i in range(40)]
    goes_on(made(rows, "table"))


def test_a_number_far_from_all_that_were_learned_from_stays_one():
    table = Table().fit([[1.0], [1.0 + 1e-9], [1.0 - 1e-9]])
    assert np.isfinite(table.transform([[dataset.LARGEST], [-dataset.LARGEST]])).all()


# ---------------------------------------------------------------- recipes


@pytest.mark.parametrize(
    "name", ["svm.LinearSVC", "linear_model.Perceptron", "linear_model.RidgeClassifier"]
)
def test_a_classifier_without_probabilities_is_refused_when_the_project_is_made(made, name):
    with pytest.raises(SettingsError, match=f"'sklearn.{name}' gives no probabilities.*Calibrated"):
        made(texts(RARE), recipe=f"sklearn.{name}")


def test_one_that_has_them_of_late_is_taken(made):
    goes_on(
        made(texts(["sport", "money"] * 8 + [""] * 30), recipe="sklearn.neighbors.NearestCentroid")
    )


@pytest.mark.parametrize(
    ("recipe", "complaint"),
    [
        ("skleran.svm.SVC", r"did you mean sklearn\.svm\.SVC\?"),
        ("svm.LogisticRegresion", r"did you mean sklearn\.linear_model\.LogisticRegression\?"),
        ("LinearSVC", r"Did you mean sklearn\.svm\.LinearSVC\?"),
        ("self_training(sklearn.neighbors.KNeighborsClassifier)", "KNeighborsClassifier is none"),
        ("self_training(best_of(logistic))", "BestOf is none"),
        ("self_training(logistic, rounds=-1)", "rounds=-1"),
        ("self_training(logistic, rounds='x')", "cannot be built"),
        ("logistic(C=-1)", "C of logistic is above 0, not -1"),
        ("lsa(dimensions=0) | logistic", "dimensions of lsa are 1 or more, not 0"),
        ("lsa(dimensions='x') | logistic", "cannot be made"),
        ("diffusion(lsa, alpha=2) | logistic", "alpha=2"),
    ],
)
def test_a_recipe_that_no_round_could_use_is_refused_when_the_project_is_made(
    made, recipe, complaint
):
    with pytest.raises(SettingsError, match=complaint):
        made(texts(RARE), recipe=recipe)


def test_edges_in_cells_that_do_not_fit_the_image_are_refused():
    with pytest.raises(SettingsError, match="not 5"):
        recipes.reads("hog(cell=5) | logistic", {"photo": "image"}, 0)


# ---------------------------------------------------------------- what is read is gone, or another


@pytest.fixture
def sized(make_project, plugin, tmp_path, monkeypatch):
    """A project with 12 labels whose items are read as a file in the current folder says."""
    monkeypatch.chdir(tmp_path)
    plugin("sized", SIZES, group="askwell.features")
    (tmp_path / "size").write_text("2")
    project = make_project(recipe="sized | logistic")
    for i, item in enumerate(project.next_items("ana", 12)):
        value = truth_of(item.fields["text"])
        project.submit(item.id, value, annotator="ana", answer_id=f"answer-{i}")
    return project


def test_features_that_cannot_be_made_are_recorded_and_the_trainer_lives_on(sized, tmp_path):
    (tmp_path / "size").unlink()
    supervisor = Supervisor(sized)
    supervisor.start()
    try:
        assert "the embedding is gone" in until(lambda: status(sized)["failure"], 60)
        until(lambda: status(sized)["trainer"]["state"] == "waiting", 60)
        assert sized.next_items("ana", 3)
        (tmp_path / "size").write_text("2")
        with sized.store.write() as db:
            rounds.ask(db)
        until(lambda: status(sized)["model"], 60)
        assert status(sized)["failure"] is None
    finally:
        supervisor.stop()


def test_a_model_of_another_size_than_the_rounds_read_is_not_exported(sized, tmp_path):
    retrain.run(sized, Reason.FIRST_MODEL)
    (tmp_path / "size").write_text("3")
    with pytest.raises(ModelFileError, match="2 numbers of each item then, 3 now"):
        model_export.write(sized, tmp_path / "out")


def test_what_nobody_foresaw_is_recorded_by_a_round_that_was_asked_for_too(make_project, plugin):
    plugin(
        "odd",
        "from sklearn.linear_model import LogisticRegression\n"
        "class Odd(LogisticRegression):\n"
        "    def fit(self, X, y): raise IndexError('out of bounds')\n"
        "def make(seed): return Odd()\n",
    )
    project = make_project(recipe="odd")
    for i, item in enumerate(project.next_items("ana", 12)):
        value = truth_of(item.fields["text"])
        project.submit(item.id, value, annotator="ana", answer_id=f"answer-{i}")
    with pytest.raises(IndexError):
        round_now(project)
    assert status(project)["failure"] == "IndexError: out of bounds"
    assert status(project)["trainer"]["state"] == "stopped"
    assert len(log.of_kind(project.store.read, "failure")) == 1
