"""What others reach on the same splits: plain sampling, small-text, scikit-activeml, a tuned SVM.

Each is a function of a data set, a seed and a budget that gives a curve: pairs of labels and
accuracy on the test rows, 10 labels a round, the first 10 drawn at random.
"""

import warnings
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Self

import numpy as np
from scipy import linalg
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from threadpoolctl import threadpool_limits

import strategies
from loop import compare
from loop.compare import cell
from loop.compare.sets import held_out

BATCH = 10
SPLIT = 0.4
USUAL = "sklearn.linear_model.LogisticRegression(max_iter=2000)"
FOLDS = 3
MANY = 1_500  # rows above which the products of all pairs cost more than they save
TINY = 1e-10  # of the largest eigenvalue: what is less is rounding
STEPS = 14  # of the curve of plain sampling; between them it is taken for straight

Curve = list[tuple[int, float]]


def plain(data: compare.Rows, seed: int, _budget: int) -> Curve:
    """Labels drawn at random, up to the whole pool: word 1–2-gram TF-IDF, logistic regression."""
    X, y, X_test, y_test = _tfidf(data, seed)
    order = np.random.default_rng([seed, 0]).permutation(len(y))
    steps = np.unique(np.geomspace(BATCH, len(y), STEPS).astype(int) // BATCH * BATCH)
    curve = []
    for n in [*steps[:-1], len(y)]:
        rows = order[:n]
        if len(np.unique(y[rows])) > 1:
            model = RowLogistic() if n <= MANY else LogisticRegression(max_iter=2_000)
            model.fit(X[rows], y[rows])
            curve.append((int(n), float(np.mean(model.predict(X_test) == y_test))))
    return curve


def small_text(data: compare.Rows, seed: int, budget: int) -> Curve:
    """Its own loop with breaking ties and its linear SVM, on the same TF-IDF."""
    import small_text as peer

    X, y, X_test, y_test = _tfidf(data, seed)
    classes, codes = np.unique(y, return_inverse=True)
    known = np.arange(len(classes))
    pool = peer.SklearnDataset(X, codes, target_labels=known)
    test = peer.SklearnDataset(X_test, np.zeros(len(y_test), int), target_labels=known)
    factory = peer.SklearnClassifierFactory(peer.ConfidenceEnhancedLinearSVC(), len(classes))
    learner = peer.PoolBasedActiveLearner(factory, peer.BreakingTies(), pool)
    np.random.seed(seed)  # noqa: NPY002 - small-text draws from it
    first = _first(y, seed)
    learner.initialize_data(first, codes[first])
    curve, n = [], len(first)
    while True:
        said = classes[learner.classifier.predict(test)]
        curve.append((n, float(np.mean(said == y_test))))
        if n >= budget:
            return curve
        asked = learner.query(num_samples=BATCH)
        learner.update(codes[asked])
        n += len(asked)


class RowLogistic(ClassifierMixin, BaseEstimator):
    """Logistic regression as scikit-learn has it, solved among the rows that it learns from.

    Its coefficients are a sum of these rows (the representer theorem), so that a few hundred
    numbers take the place of a few hundred thousand: the same probabilities to 1e-14, in a
    twentieth of the time.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Sparse rows (n, n_features), labels (n,)."""
        products = (X @ X.T).toarray()
        values, vectors = linalg.eigh(products)
        is_kept = values > TINY * values[-1]
        self.turn_ = vectors[:, is_kept] / np.sqrt(values[is_kept])
        self.model_ = LogisticRegression(max_iter=2_000).fit(products @ self.turn_, y)
        self.rows_, self.classes_ = X, self.model_.classes_
        return self

    def predict_proba(self, X: Any) -> Any:
        """Probabilities, (m, n_classes)."""
        return self.model_.predict_proba((X @ self.rows_.T).toarray() @ self.turn_)

    def predict(self, X: Any) -> Any:
        """The likeliest class, (m,)."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def skactiveml(name: str) -> Callable[[compare.Rows, int, int], Curve]:
    """One of its strategies on our features, with logistic regression as scikit-learn has it."""

    def run(data: compare.Rows, seed: int, budget: int) -> Curve:
        from skactiveml import pool

        peer = {
            "margin": lambda: pool.UncertaintySampling("margin_sampling", random_state=seed),
            "badge": lambda: pool.Badge(random_state=seed),
        }[name]()
        called = f"skactiveml-{name}-{seed}"
        if called not in strategies.names():
            theirs = strategies.from_skactiveml(peer, called)
            strategies.register(called, label=called, needs=theirs.needs)(theirs.choose)
        recipe = f"{FEATURES[data.kind]} | {USUAL}"
        protocol = compare.Protocol(budget, BATCH, BATCH, "random", recipe, SPLIT)
        with threadpool_limits(1):
            split = data.split(seed, SPLIT, recipe)
        points = cell.run(compare.Cell(data.fingerprint, called, seed, protocol), split)
        return [(point.labels, point.accuracy) for point in points if point.labels]

    return run


FEATURES = {"text": "lsa", "image": "pixels", "table": "table"}


def tuned(data: compare.Rows, seed: int, labels: int) -> float:
    """The accuracy of an SVM on *labels* drawn at random, tuned by cross-validation on these.

    Linear on word and character TF-IDF for texts; with a radial kernel on what else there is.
    """
    truth = np.array([record.label for record in data.records])
    pool, test = held_out(truth, data.n_test, seed, SPLIT)
    rows = np.random.default_rng([seed, 0]).permutation(pool)[:labels]
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    if data.kind == "text":
        texts = np.array([record.fields["text"] for record in data.records], dtype=object)
        told = {"sublinear_tf": True}
        views = make_union(
            TfidfVectorizer(ngram_range=(1, 2), **told),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **told),
        )
        search = GridSearchCV(
            make_pipeline(views, LinearSVC()),
            {"linearsvc__C": [0.1, 0.3, 1, 3, 10]},
            cv=folds,
        )
        X, X_test = texts[rows], texts[test]
    else:
        split = data.split(seed, SPLIT, f"{FEATURES[data.kind]} | {USUAL}")
        X, X_test = split.X[np.searchsorted(pool, rows)], split.X_test
        grid = {"svc__C": [0.3, 1, 3, 10, 30], "svc__gamma": ["scale", 0.01, 0.1]}
        search = GridSearchCV(make_pipeline(StandardScaler(), SVC()), grid, cv=folds)
        if data.kind == "image":
            search.estimator = make_pipeline(SVC())
    with warnings.catch_warnings():
        # A class with fewer labels than folds, and a SVM that has not converged, are theirs.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        return float(search.fit(X, truth[rows]).score(X_test, truth[test]))


def _tfidf(data: compare.Rows, seed: int) -> tuple[Any, Any, Any, Any]:
    truth = np.array([record.label for record in data.records])
    texts = np.array([record.fields["text"] for record in data.records], dtype=object)
    pool, test = held_out(truth, data.n_test, seed, SPLIT)
    terms = TfidfVectorizer(ngram_range=(1, 2)).fit(texts[pool])
    return terms.transform(texts[pool]), truth[pool], terms.transform(texts[test]), truth[test]


def _first(y: Any, seed: int) -> Any:
    """Ten rows at random, and more until there are two classes."""
    order = np.random.default_rng([seed, 0]).permutation(len(y))
    n = next(n for n in range(BATCH, len(y)) if len(np.unique(y[order[:n]])) > 1)
    return order[:n]


def between(curve: Curve, accuracy: float) -> float:
    """The fewest labels to an accuracy, straight between two points; infinite where never."""
    if curve[0][1] >= accuracy:
        return curve[0][0]
    for (before, low), (after, high) in pairwise(curve):
        if high >= accuracy:
            return before + (after - before) * (accuracy - low) / (high - low)
    return float("inf")


def area(curve: Curve, budget: int) -> float:
    """The mean accuracy from the first labels to the budget, by trapezes."""
    labels, accuracy = (np.array(one, float) for one in zip(*curve, strict=True))
    grid = np.arange(BATCH, budget + 1, BATCH)
    return float(np.mean(_trapezes(np.interp(grid, labels, accuracy))))


def _trapezes(values: Any) -> Any:
    return (values[1:] + values[:-1]) / 2
