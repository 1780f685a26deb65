"""Labels that are probably wrong are found among those there are, and looked at again."""

import numpy as np
import pytest
from conftest import sentences, write_csv
from real_server import serving, until
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from loop import Project, doubting, reviewing, second_look
from loop.creation import Source, create
from loop.dataset import Columns
from loop.quality import influence, label_errors, look_again
from loop.quality.word_votes import said_by_words
from loop.reviewing import Verdict
from loop.store import audit, doubts, items, rounds
from loop.store.doubts import Doubt
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
    assert reviewing.against(case.doubt) == [
        f"a model that has not learned it says {case.doubt.said} ({case.doubt.probability:.2f})",
        f"one that learned only labels on which models agree says {case.doubt.said}",
        f"its words say {case.doubt.said}",
    ]
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
        page.get_by_text("a model that has not learned it says").wait_for()
        with server.client("rev", "reviewer") as client:
            doubt = client.get("review").json()["cases"][0]["doubt"]
        assert doubt["against"][2] == f"its words say {doubt['said']}"


def test_labels_are_held_against_audit_answers_of_more_than_one_person(tmp_path):
    """An audit file's truth counts; so does what was decided, and what two people say."""
    texts = [[text, kind] for text, kind in sentences(460)]
    wrong = texts[:8] + [[text, OTHER[kind]] for text, kind in texts[8:11]]
    names = ["text", "label"]
    data = write_csv(tmp_path / "all.csv", names, wrong + texts[11:120])
    known = write_csv(tmp_path / "audit.csv", names, texts[-2 * doubting.BELIEVED :])
    sources = [Source(path, Columns("text", ("text",), label="label")) for path in (data, known)]
    with create(tmp_path / "all", sources[0], audit=sources[1]) as project:
        one_round(project)
        doubting.keep_up(project)
        found = [case.doubt.against for case in reviewing.queue(project, 10)]
    assert len(found) == 3
    assert {against[-1] for against in found} == {look_again.AUDIT}


def test_one_persons_word_on_an_audit_item_is_not_believed_before_it_is_decided(make_project):
    project = make_project(audit=0, audit_share=0.2, overlap=2)
    read = project.store.read
    first, second, third = items.at(read, items.positions(read, items.AUDIT)[:3])
    for who, item, label in (
        ("ana", first, "sport"),
        ("ana", second, "sport"),
        ("bo", second, "sport"),
        ("ana", third, "sport"),
        ("bo", third, "money"),
    ):
        project.submit(item.id, label, annotator=who, answer_id=f"{who}-{item.id}")
    assert audit.believed(read) == {second.position}
    reviewing.decide(project, "rev", [Verdict(first.id, "sport")])
    assert audit.believed(read) == {first.position, second.position}


def test_doubts_of_a_version_without_reasons_are_looked_for_anew(project):
    with project.store.write() as db:
        db.execute("ALTER TABLE doubts DROP COLUMN against")
        db.execute("INSERT INTO doubts VALUES (0, 0, '\"sport\"', 'money', 0.9)")
        db.execute("INSERT INTO doubted VALUES (1, 60)")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'doubts_have_reasons'")
    project.store.read.execute("PRAGMA user_version = 13")
    with Project.open(project.folder) as again:
        assert doubts.looked_at(again.store.read) == 0
        one = Doubt(0, "sport", "money", 0.9, ("words", "audit"))
        with again.store.write() as db:
            doubts.put(db, [one], 60)
        told = again.store.read.execute("SELECT against FROM doubts").fetchall()
        assert told == [('["words", "audit"]',)]


def test_every_detector_has_its_words():
    detectors = {look_again.MODEL, look_again.CLEANED, look_again.WORDS, look_again.AUDIT}
    assert {*reviewing.AGAINST} == {*detectors, second_look.NEWEST}


def test_the_pull_of_a_label_is_what_its_weight_does_to_the_audit_loss():
    rng = np.random.default_rng(0)
    X, believed = rng.normal(size=(60, 4)), rng.normal(size=(30, 4))
    codes, truth = (one[:, :3].argmax(axis=1) for one in (X, believed))
    codes[0] = (codes[0] + 1) % 3
    rows, audit_rows = influence._scaled(X, believed)

    def loss(weights):
        strength = 1 / (influence.L2 * len(rows))
        model = LogisticRegression(C=strength, fit_intercept=False, tol=1e-12, max_iter=10_000)
        model.fit(rows, codes, sample_weight=weights)
        return log_loss(truth, model.predict_proba(audit_rows))

    pull = influence.influence(X, codes, believed, truth)
    for place in (0, 1, 2):
        more = np.ones(60)
        more[place] += 1e-3
        moved = (loss(more) - loss(np.ones(60))) / 1e-3 * len(rows)
        assert pull[place] == pytest.approx(moved, rel=0.01, abs=1e-3)


def test_labels_that_others_would_not_give_are_not_learned_from():
    y, learned = np.array(["a", "b"] * 10), []
    said = np.tile([[0.9, 0.1], [0.1, 0.9]], (10, 1))
    said[4] = [0.2, 0.8]

    def fit(rows):
        learned.extend(rows.tolist())
        return LogisticRegression().fit(np.eye(20)[rows], y[rows])

    found = label_errors.cleaned(fit, np.eye(20), y, 0, said)
    assert set(learned) == {*range(20)} - {4}
    assert not np.isnan(found).any()


def test_words_that_stand_in_one_text_alone_say_nothing():
    y = np.array(["a", "a", "b", "b"])
    assert said_by_words(["one", "two", "", "!"], y, 0) is None
    assert said_by_words(["red one", "red", "blue two", "blue"], y, 0) is not None


def test_where_no_model_could_be_asked_nothing_is_listed():
    none = np.empty((0, 2))
    evidence = look_again.Evidence(np.empty(0, int), {"model": none, "cleaned": none}, None)
    assert look_again.listed(evidence, 10) == []


def test_the_list_goes_by_the_ranks_of_all_detectors():
    codes = np.zeros(3, int)
    first, second = np.array([[0.2, 0.8], [0.6, 0.4], [0.9, 0.1]]), np.full((3, 2), 0.5)
    one = look_again.Evidence(codes, {"model": second, "cleaned": first}, None)
    assert look_again.order(one).tolist() == [0, 1, 2]
    two = look_again.Evidence(codes, {"model": first, "cleaned": second}, np.array([1.0, 3.0, 2.0]))
    assert look_again.order(two).tolist() == [1, 2, 0]
    three = look_again.Evidence(codes, {"model": first, "cleaned": first}, np.array([1.0, 4, 2]))
    assert look_again.order(three)[2] == 2


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
            why = "wrong labels were not looked for: ValueError"
            until(lambda: why in rounds.trainer(project.store.read)["note"], 30)
            assert rounds.trainer(project.store.read)["state"] != "down"
        assert doubts.looked_at(project.store.read) == 65
