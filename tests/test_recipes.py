"""A recipe is a text: what is read of an item, and what learns from it, from labels and without."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from loop import model, recipes
from loop.errors import SettingsError
from loop.estimators import BestOf, Decisive, SelfTraining, folds, learned
from loop.estimators.logistic import logistic

TEXT = {"text": "text"}


def blobs(n_labeled, seed=0, sizes=(300, 300)):
    """Two round heaps that touch: labeled rows with their classes, other rows, and theirs."""
    rng = np.random.default_rng(seed)
    y = np.repeat([0, 1], sizes)
    X = rng.normal(size=(len(y), 20)).astype(np.float32)
    X[y == 1, :4] += 1.6
    order = rng.permutation(len(y))
    first = [np.flatnonzero(y == 0)[0], np.flatnonzero(y == 1)[0]]
    rows = np.append(first, [p for p in order if p not in first][: n_labeled - 2])
    others = np.setdiff1d(np.arange(len(y)), rows)
    return X[rows], y[rows], X[others], y[others]


# ---------------------------------------------------------------- as they are written


def test_what_is_read_and_what_learns_stand_side_by_side():
    reads = recipes.reads("lsa + diffusion(lsa, length=0.5) | logistic(C=3)", TEXT, seed=7)
    lsa, spread = reads.makers
    assert (lsa.seed, spread.seed, spread.of.seed, spread.length) == (7, 7, 7, 0.5)
    made = recipes.estimator("lsa | logistic(C=3)", seed=7)
    assert (made.C, made.random_state) == (3, 7)


def test_what_a_recipe_does_not_name_is_usual_for_the_kind_of_column():
    both = {"text": "text", "photo": "image"}
    names = [type(one).__name__ for one in recipes.reads("hog | logistic", both, 0).makers]
    assert names == ["Lsa", "Hog"]
    names = [type(one).__name__ for one in recipes.reads("logistic", {"x": "table"}, 0).makers]
    assert names == ["Table"]


@pytest.mark.parametrize("kind", ["text", "image", "table", ""])
def test_the_default_of_each_kind_of_data_can_be_made(kind):
    written = recipes.resolved("default", kind)
    assert recipes.DEFAULTS[kind] == written
    recipes.estimator(written, 0)
    recipes.reads(written, {"column": kind} if kind else {}, 0)


@pytest.mark.parametrize(
    ("recipe", "complaint"),
    [
        ("lsi | logistic", "'lsi'.*did you mean 'lsa'"),
        ("lsa(dimension=3) | logistic", "dimension"),
        ("diffusion() | logistic", "'of'"),
        ("embed('./nowhere') | logistic", "embed"),
        ("lsa |", "invalid syntax"),
    ],
)
def test_features_that_cannot_be_made_are_refused_by_name(recipe, complaint):
    with pytest.raises(SettingsError, match=complaint):
        recipes.reads(recipe, TEXT, 0)


@pytest.mark.parametrize(
    ("recipe", "complaint"),
    [
        ("lsa | sklearn.svm.SVK(C=1)", r"did you mean sklearn\.svm\.SVC"),
        ("sklearn.linear_model.LogisticRegresion", r"sklearn\.linear_model\.LogisticRegression"),
        ("lsa | logstic(C=1)", "did you mean 'logistic'"),
        ("lsa | self_training()", "estimator"),
        ("lsa | best_of()", "candidates"),
    ],
)
def test_an_estimator_that_does_not_exist_is_refused_with_the_nearest(recipe, complaint):
    with pytest.raises(SettingsError, match=complaint):
        recipes.estimator(recipe, 0)


def test_a_recipe_is_a_class_of_scikit_learn_with_its_settings():
    made = recipes.estimator("sklearn.svm.SVC(C=10, gamma='auto')", seed=3)
    assert isinstance(made, Decisive)  # it has no probabilities of its own
    assert (made.estimator.C, made.estimator.gamma, made.estimator.random_state) == (10, "auto", 3)
    nested = recipes.estimator(
        "sklearn.calibration.CalibratedClassifierCV(estimator=sklearn.svm.LinearSVC())", seed=3
    )
    assert nested.estimator.random_state == 3


@pytest.mark.parametrize(
    ("recipe", "complaint"),
    [
        ("sklearn.svm.SVM", "no attribute 'SVM'"),
        ("sklearn.svm.SVC(CC=1)", "CC"),
        ("sklearn.svm.SVC(C=open())", "'open' is none of.* nor a public name"),
        ("sklearn.svm.SVC(1)", "'1' is no setting with its name"),
        ("sklearn.svm.SVC(", "never closed"),
        ("sklearn.linear_model.LinearRegression()", "no classifier"),
        ("sklearn.utils._testing.ignore_warnings()", "not a public name"),
        ("sklearn.pipeline.Pipeline(steps=[], memory='/tmp')", "memory keeps files"),
        (
            "sklearn.model_selection.GridSearchCV(estimator=None, param_grid={'c__memory': []})",
            "c__memory keeps files",
        ),
        ("sklearn.calibration.CalibratedClassifierCV(estimator='SVC')", "cannot be built"),
        ("forrest", "no recipe 'forrest'.*dotted names"),
    ],
)
def test_a_recipe_that_cannot_be_built_is_refused_with_its_reason(recipe, complaint):
    with pytest.raises(SettingsError, match=complaint):
        recipes.estimator(recipe, 0)


def test_what_stands_for_probabilities_keeps_the_order_of_the_decision():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 3)), np.repeat(["a", "b"], 30)
    fitted = recipes.estimator("sklearn.svm.SVC()", 0).fit(X, y)
    decision, proba = fitted.fitted_.decision_function(X), fitted.predict_proba(X)
    assert proba.sum(axis=1) == pytest.approx(1)
    assert (np.argsort(np.abs(decision)) == np.argsort(np.abs(np.diff(proba)[:, 0]))).all()
    assert ((proba[:, 1] > 0.5) == (decision > 0)).all()


# ---------------------------------------------------------------- as they learn


def test_self_training_gains_where_labels_are_few():
    gains = []
    for seed in range(10):
        X, y, others, truth = blobs(6, seed)
        plain = logistic().fit(X, y)
        taught = SelfTraining(logistic()).learn(X, y, others)
        gains.append(
            (taught.predict(others) == truth).mean() - (plain.predict(others) == truth).mean()
        )
    assert np.mean(gains) > 0.02


def test_self_training_keeps_a_rare_class_rare():
    X, y, others, _ = blobs(30, sizes=(570, 30))
    taught = SelfTraining(logistic()).learn(X, y, others)
    assert (taught.predict(others) == 1).mean() < 0.15


@pytest.mark.parametrize("way", [logistic(), SelfTraining(logistic()), BestOf(logistic())])
def test_what_weighs_next_to_nothing_teaches_next_to_nothing(way):
    X, y, others, _ = blobs(40, 0)
    astray = y.copy()
    astray[::4] = 1 - astray[::4]
    weights = np.where(astray == y, 1, 1e-9)
    is_right = astray == y
    taught = learned(way, X, astray, others, weights).predict(others)
    right = learned(way, X[is_right], y[is_right], others).predict(others)
    alike = learned(way, X, astray, others).predict(others)
    assert (taught == right).mean() > 0.98
    assert (alike == right).mean() < 0.95


def test_who_takes_no_weights_believes_all_labels_alike():
    X, y, others, _ = blobs(40, 0)
    nearest = KNeighborsClassifier(1)
    fitted = learned(nearest, X, y, others, np.full(len(y), 0.5))
    assert (fitted.predict(X) == y).all()


@pytest.mark.parametrize("n", [0, 1, 3])
def test_self_training_needs_no_other_rows(n):
    X, y, others, _ = blobs(6)
    made = SelfTraining(logistic()).learn(X, y, others[:n])
    assert made.predict(X).shape == (6,)


def test_what_comes_of_it_is_a_classifier_of_scikit_learns():
    X, y, others, _ = blobs(40)
    unfitted = recipes.estimator(
        "best_of(self_training(logistic), sklearn.naive_bayes.GaussianNB)", 0
    )
    learner = model.fit(unfitted, X, y, others)
    assert isinstance(learner.estimator, LogisticRegression | GaussianNB)
    several = model.fit(unfitted, X, np.eye(2, dtype=np.int8)[y], others)
    assert several.predict(X).shape == (40, 2)  # of several classes: each by the first of them


def test_the_best_is_found_by_cross_validation_whichever_is_named_first():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 2)).astype(np.float32)
    tree, line = DecisionTreeClassifier(random_state=0), logistic()
    square = (X[:, 0] * X[:, 1] > 0).astype(int)  # no line tells these apart
    slope = (X @ [1, -2] > 0).astype(int)
    for candidates in ((tree, line), (line, tree)):
        assert BestOf(*candidates).learn(X, square, X[:0]) is tree
        assert BestOf(*candidates).learn(X, slope, X[:0]) is line


@pytest.mark.parametrize("y", [[0] * 5 + [1] * 4, list(range(40))])
def test_the_first_is_taken_where_labels_cannot_tell(y):
    X = np.random.default_rng(0).normal(size=(len(y), 3)).astype(np.float32)
    first = logistic()
    learner = model.fit(BestOf(first, DecisionTreeClassifier()), X, np.array(y))
    assert learner.estimator is first


def test_folds_spread_each_class_and_leave_one_alone_in_all():
    y = np.array([0] * 10 + [1] * 5 + [2])
    found = folds(y, 5, seed=0)
    assert found[-1] == -1
    assert [np.sum((found == fold) & (y == 1)) for fold in range(5)] == [1] * 5
    assert [np.sum((found == fold) & (y == 0)) for fold in range(5)] == [2] * 5
