"""Labels that are probably wrong are found among those there are, and looked at again."""

import numpy as np
import pytest
from conftest import sentences, write_csv
from real_server import serving, until

from loop import doubting, reviewing
from loop.creation import Source, create
from loop.dataset import Columns
from loop.quality import label_errors
from loop.reviewing import Verdict
from loop.store import doubts, rounds
from loop.trainer import one_round

OTHER = {"sport": "money", "money": "sport"}
WRONG = ("r3", "r17", "r40", "r77", "r90")


@pytest.fixture
def imported(tmp_path):
    """A project of 120 items that came with labels, five of them wrong; and ten without."""
    rows = []
    for n, (text, kind) in enumerate(sentences(130)):
        label = OTHER[kind] if f"r{n}" in WRONG else kind
        rows.append([f"r{n}", text, label if n < 120 else ""])
    data = write_csv(tmp_path / "all.csv", ["id", "text", "label"], rows)
    source = Source(data, Columns("text", ("text",), id="id", label="label"))
    with create(tmp_path / "all", source, audit_share=0) as project:
        yield project


def test_wrong_labels_are_looked_at_again_and_a_decision_ends_that(imported):
    one_round(imported)
    doubting.keep_up(imported)
    found = reviewing.queue(imported, 10)
    assert {case.item.id for case in found} == {*WRONG}
    case = found[0]
    assert case.reasons == ["look again"]
    assert case.doubt.said == OTHER[case.doubt.label]
    assert case.doubt.probability > 0.9
    reviewing.decide(imported, "rev", [Verdict(case.item.id, case.doubt.said)])
    left = reviewing.queue(imported, 10)
    assert {one.item.id for one in left} == {*WRONG} - {case.item.id}


def test_it_looks_again_only_when_there_is_enough_new(imported):
    doubting.keep_up(imported)
    assert doubts.looked_at(imported.store.read) == 0  # not before the first model
    one_round(imported)
    doubting.keep_up(imported)
    assert doubts.looked_at(imported.store.read) == 120
    reviewing.decide(imported, "rev", [Verdict(f"r{n}", "sport") for n in range(120, 130)])
    before = imported.store.changes()
    doubting.keep_up(imported)
    assert imported.store.changes() == before


def test_the_trainer_doubts_while_it_waits(imported, come_in):
    with serving(imported.folder) as server:
        until(lambda: reviewing.waiting(imported)["look again"] == 5, 30)
        page = come_in(server, "/review", role="reviewer")
        page.get_by_text("look again (5)").wait_for()
        page.get_by_text("A model that has not learned it says").wait_for()


def test_scores_are_higher_where_a_label_is_more_doubtful():
    said = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
    for by in label_errors.SCORES:
        assert (np.diff(label_errors.doubts(np.zeros(3, int), said, by)) > 0).all()


def test_a_row_alone_in_its_class_has_no_model_that_has_not_learned_it():
    X, y = np.eye(11, dtype=np.float32), np.array(["a"] * 5 + ["b"] * 5 + ["c"])

    class Prior:
        def __init__(self, rows):
            self.classes_, n = np.unique(y[rows], return_counts=True)
            self._shares = n / n.sum()

        def predict_proba(self, X):
            return np.tile(self._shares, (len(X), 1))

    said = label_errors.out_of_sample(Prior, X, y, 0)
    assert np.isnan(said[10]).all()
    assert np.allclose(said[:10].sum(axis=1), 1)


@pytest.mark.parametrize("codes", [np.zeros(20, int), np.arange(20) % 2])
def test_one_class_only_or_a_model_that_knows_nothing_raises_no_doubt(codes):
    said = np.full((20, 2), 0.5)
    assert len(label_errors.doubtful(codes, said)) == 0


def test_an_estimator_that_cannot_learn_from_a_part_ends_no_trainer(tmp_path):
    """It wants five rows of each class; there are five of one, of which each fold leaves four."""
    texts = sentences(400)
    rows = [[text, kind] for text, kind in texts if kind == "sport"][:60]
    rows += [[text, kind] for text, kind in texts if kind == "money"][:5]
    data = write_csv(tmp_path / "rare.csv", ["text", "label"], rows)
    source = Source(data, Columns("text", ("text",), label="label"))
    calibrated = "sklearn.calibration.CalibratedClassifierCV(estimator=logistic(C=1), cv=5)"
    with create(tmp_path / "rare", source, audit_share=0, recipe=f"lsa | {calibrated}") as project:
        one_round(project)
        with pytest.raises(ValueError, match="less than 5 examples"):
            doubting.keep_up(project)
        with serving(project.folder):
            until(lambda: doubts.looked_at(project.store.read) == 65, 30)
            told = rounds.trainer(project.store.read)
        assert "wrong labels were not looked for: ValueError" in told["note"]
        assert told["state"] != "down"
