"""What of modAL 0.4.2.1 still fails on today's scikit-learn, and with what.

Each fact here is a reason why `loop/model.py` builds a learner anew. When one of these tests fails,
upstream has mended something: say so in docs/why.md, and use it.
"""

import importlib

import numpy as np
import pytest
from modAL.models import ActiveLearner, BayesianOptimizer, Committee
from sklearn.base import clone
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LogisticRegression

from loop import model, recipes

X = np.random.default_rng(0).normal(size=(20, 3))
y = np.arange(20) % 2
FORCE = "unexpected keyword argument 'force_all_finite'"


def learner(labels=y):
    return ActiveLearner(LogisticRegression(), X_training=X, y_training=labels)


def committee():
    return Committee([learner(), learner()])


def test_construction_prediction_and_query_work():
    assert learner().predict(X).shape == (20,)
    assert len(learner().query(X, n_instances=3)[0]) == 3


def test_our_wrapper_rebuilds_instead_of_teaching():
    fitted = model.fit(
        recipes.estimator("default", 0), X.astype(np.float32), np.array(["a", "b"])[y]
    )
    assert fitted.predict_proba(X).shape == (20, 2)
    assert fitted.estimator.classes_.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    "teach",
    [
        lambda: learner().teach(X[:1], y[:1]),
        lambda: learner().teach(X[:1], y[:1], only_new=True),
        lambda: learner().fit(X, y),
        lambda: committee().teach(X[:1], y[:1]),
        lambda: BayesianOptimizer(
            GaussianProcessRegressor(), X_training=X, y_training=y.astype(float)
        ).teach(X[:1], y[:1].astype(float)),
    ],
    ids=["teach", "teach only_new", "fit", "Committee.teach", "BayesianOptimizer.teach"],
)
def test_teaching_fails(teach):
    with pytest.raises(TypeError, match=FORCE):
        teach()


@pytest.mark.parametrize(
    ("module", "error", "words"),
    [
        ("modAL.expected_error", AttributeError, "has no attribute 'float'"),
        ("modAL.cluster", ModuleNotFoundError, "sklearn.cluster.hierarchical"),
    ],
)
def test_a_module_cannot_be_imported(module, error, words):
    with pytest.raises(error, match=words):
        importlib.import_module(module)


@pytest.mark.parametrize("use", [repr, clone], ids=["repr", "clone"])
def test_a_learner_cannot_be_shown_or_cloned(use):
    with pytest.raises(AttributeError, match="bootstrap_init"):
        use(learner())


def test_a_committee_cannot_vote_on_words():
    named = Committee([learner(np.array(["a", "b"])[y]), learner(np.array(["a", "b"])[y])])
    with pytest.raises(ValueError, match="could not convert string to float"):
        named.query(X)
