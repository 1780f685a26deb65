"""Unfitted classifiers by name: ours, scikit-learn's with its settings, or a plug-in's.

A recipe is data: a text that is stored, shown, and read here, never run.
"""

import ast
import difflib
import importlib
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import entry_points
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_classifier
from sklearn.linear_model import LogisticRegression

from loop.errors import SettingsError

ENTRY_POINTS = "askwell.estimators"
WRITES = frozenset({"memory"})  # settings that name a folder to keep pickles in
EXAMPLE = "sklearn.svm.SVC(C=10, gamma='auto')"


def named() -> list[str]:
    """The recipes that have a name: ours and the plug-ins'."""
    return ["default", *(entry.name for entry in entry_points(group=ENTRY_POINTS))]


def estimator(recipe: str, seed: int) -> BaseEstimator:
    """The unfitted classifier of a recipe.

    That is `default`, a class of scikit-learn by its dotted name, with settings or without, as
    `sklearn.svm.SVC(C=10, gamma='auto')`, or a plug-in's factory, which is called with the seed. A
    classifier with a decision function and no probabilities is given those of `Decisive`.

    Raises `SettingsError` for a name that nobody registered, what cannot be imported or built.
    """
    if recipe == "default":
        return LogisticRegression(C=10, class_weight="balanced", max_iter=2_000, random_state=seed)
    if recipe.startswith("sklearn."):
        return _of_sklearn(recipe, seed)
    plugins = {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
    if recipe not in plugins:
        known = ["default", *plugins]
        near = difflib.get_close_matches(recipe, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise SettingsError(
            f"There is no recipe {recipe!r}.{hint} Known: {', '.join(known)}, and scikit-learn's "
            f"classifiers by their dotted names, such as {EXAMPLE}."
        )
    try:
        factory: Callable[[int], BaseEstimator] = plugins[recipe].load()
    except ImportError as why:
        raise SettingsError(f"The recipe {recipe!r} cannot be imported: {why}.") from why
    return factory(seed)


class Decisive(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose probabilities are the logistic function of its decision, or the softmax.

    They keep the order of the decision, and are not calibrated.
    """

    def __init__(self, estimator: BaseEstimator) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: Any) -> "Decisive":
        """Fit a copy of the classifier."""
        self.fitted_ = clone(self.estimator).fit(X, y)
        self.classes_ = self.fitted_.classes_
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Classes, (n,)."""
        found: NDArray[Any] = self.fitted_.predict(X)
        return found

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """What stands for probabilities, (n, n_classes)."""
        decision = self.fitted_.decision_function(X)
        if decision.ndim == 1:
            decision = np.column_stack([np.zeros(len(decision)), decision])
        found: NDArray[np.float64] = softmax(decision, axis=1)
        return found


def _of_sklearn(recipe: str, seed: int) -> BaseEstimator:
    try:
        written = ast.parse(recipe, mode="eval").body
        if isinstance(written, ast.Attribute):  # a bare name: with no settings
            written = ast.Call(written, [], [])
        made = _built(written, seed)
        is_ours = is_classifier(made)
    except (SyntaxError, ImportError, AttributeError, TypeError, ValueError) as why:
        raise SettingsError(
            f"The recipe {recipe!r} cannot be built: {why}. It is written as {EXAMPLE}."
        ) from why
    if not is_ours:
        raise SettingsError(f"The recipe {recipe!r} is no classifier.")
    has_proba = hasattr(made, "predict_proba")
    return made if has_proba or not hasattr(made, "decision_function") else Decisive(made)


def _built(written: ast.expr, seed: int) -> Any:
    """The value of a literal, or of a scikit-learn class with values for its settings."""
    match written:
        case ast.Call(called, unnamed, settings):
            if unnamed:
                raise ValueError(f"{ast.unparse(unnamed[0])!r} is no setting with its name")
            given = {str(one.arg): _built(one.value, seed) for one in settings}
            return _made(ast.unparse(called), given, seed)
        case ast.List(parts):
            return [_built(part, seed) for part in parts]
        case ast.Tuple(parts):
            return tuple(_built(part, seed) for part in parts)
        case ast.Dict(names, values):  # of a search: what it sets is checked as well
            keys = [_built(name, seed) for name in names if name]
            _check_writes(map(str, keys))
            return dict(zip(keys, [_built(value, seed) for value in values], strict=True))
        case _:
            return ast.literal_eval(written)


def _made(name: str, given: Mapping[str, Any], seed: int) -> BaseEstimator:
    """An estimator of scikit-learn. It takes the seed where it has a use for one."""
    module, _, called = name.rpartition(".")
    if not name.startswith("sklearn.") or "._" in name:
        raise ValueError(f"{name!r} is not a public name of scikit-learn")
    kind = getattr(importlib.import_module(module), called)
    if not (isinstance(kind, type) and issubclass(kind, BaseEstimator)):
        raise TypeError(f"{name} is no estimator")
    _check_writes(given)
    made = kind(**given)
    if "random_state" in made.get_params(deep=False) and "random_state" not in given:
        made.set_params(random_state=seed)
    return made


def _check_writes(names: Iterable[str]) -> None:
    for name in names:
        if name.rpartition("__")[2] in WRITES:
            raise ValueError(f"{name} keeps files, which a recipe may not")
