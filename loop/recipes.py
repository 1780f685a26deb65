"""Recipes: what a model reads of an item, and what learns from it.

A recipe is a text, `FEATURES | ESTIMATOR`: stored with the project, shown on screen, and read here,
never run. `lsa | self_training(logistic(C=10))` is one. The features may be several, with `+`; left
out, they are those usual for the data. The estimator is one of ours (`loop.estimators`), a class of
scikit-learn by its dotted name, with settings or without, as `sklearn.svm.SVC(C=10, gamma='auto')`,
or a plug-in's name. `default` is what `DEFAULTS` has for the kind of data.
"""

import ast
import difflib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from sklearn.base import BaseEstimator, is_classifier

from loop import estimators, features
from loop.errors import SettingsError
from loop.estimators import Decisive, Learning
from loop.features import Features, Maker, Outputs
from loop.written import built, nearest, summands

ENTRY_POINTS = "askwell.estimators"
FEATURES = "askwell.features"
DEFAULT = "default"
PAIR = Outputs.kind
EXAMPLE = "lsa | sklearn.svm.SVC(C=10, gamma='auto')"
DEFAULTS: Mapping[str, str] = {  # by kind of data, as benchmarks/default/ found them
    "text": "diffusion(lsa, length=0.5, beside=True) | self_training(logistic(C=10))",
    "image": "diffusion(pixels + hog) | self_training(logistic(C=10))",
    "table": (
        "table | best_of(sklearn.ensemble.ExtraTreesClassifier(n_estimators=100), "
        "sklearn.linear_model.LogisticRegression())"
    ),
    "system": "systems | bradley_terry()",  # what made two outputs
    "pair": "outputs(length + closeness(lsa)) | linear_reward()",
    "": "logistic(C=10)",  # of arrays
}


def named() -> list[str]:
    """The recipes that have a name: ours and the plug-ins'."""
    return [DEFAULT, *plugins(ENTRY_POINTS)]


@cache
def plugins(group: str) -> Mapping[str, EntryPoint]:
    """What other packages offer, by name: looked up once, as it takes 10 ms."""
    return {entry.name: entry for entry in entry_points(group=group)}


def resolved(recipe: str, kind: str = "") -> str:
    """The recipe in full, for *kind* of data: text, image or table, or "" for arrays."""
    return DEFAULTS.get(kind, DEFAULTS[""]) if recipe == DEFAULT else recipe


def what_reads(recipe: str) -> str:
    """The features of a recipe as they are written; "" where it names none."""
    written = _parted(recipe)[0]
    return ast.unparse(written) if written else ""


def reads(recipe: str, kinds: Mapping[str, str], seed: int) -> Features:
    """The unfitted features of a recipe, for columns of these *kinds*. Raises `SettingsError`."""
    written = _parted(resolved(recipe, kind_of(kinds)))[0]
    theirs = {name: entry.load() for name, entry in plugins(FEATURES).items()}
    ours = {**features.NAMED, **theirs}
    try:
        makers = [built(one, ours, seed) for one in summands(written)] if written else []
        _check_pairs(makers, kinds)
    except (ImportError, AttributeError, TypeError, ValueError) as why:
        raise SettingsError(f"The features of {recipe!r} cannot be made: {why}.") from why
    return Features(makers, kinds)


def _check_pairs(makers: Sequence[Maker], kinds: Mapping[str, str]) -> None:
    """Two outputs are read side by side or not at all, and nothing else is."""
    is_pair = PAIR in kinds.values()
    for one in makers:
        if is_pair and one.kind != PAIR:
            raise ValueError("two outputs are read by outputs(…), as in outputs(length + lsa)")
        if one.kind == PAIR and not is_pair:
            raise ValueError("outputs(…) reads two outputs that are compared, and there are none")


def kind_of(kinds: Mapping[str, str]) -> str:
    """What columns hold for the most part: text, where images stand beside it."""
    return next(
        (kind for kind in ("text", "table", "image", "system", "pair") if kind in kinds.values()),
        "",
    )


def estimator(recipe: str, seed: int, kind: str = "") -> Any:
    """The unfitted classifier of a recipe, or its way to learn (`loop.estimators.Learning`).

    A classifier with a decision function and no probabilities is given those of `Decisive`. A
    plug-in's factory is called with the seed. Raises `SettingsError` for a name that nobody
    registered, what cannot be imported or built.
    """
    recipe = resolved(recipe, kind)
    if recipe in (name for name in named() if name != DEFAULT):
        return _plugin(recipe)(seed)
    written = _parted(recipe)[1]
    if isinstance(written, ast.Name) and written.id not in estimators.NAMED:
        return _plugin(written.id)(seed)
    try:
        made = built(written, estimators.NAMED, seed)
        is_ours = isinstance(made, Learning) or is_classifier(made)
    except (ImportError, AttributeError, TypeError, ValueError) as why:
        raise SettingsError(
            f"The recipe {recipe!r} cannot be built: {why}. It is written as {EXAMPLE}."
        ) from why
    if not is_ours:
        raise SettingsError(f"The recipe {recipe!r} is no classifier.")
    is_decisive = hasattr(made, "decision_function") and not hasattr(made, "predict_proba")
    return Decisive(made) if is_decisive else made


def _plugin(name: str) -> Callable[[int], BaseEstimator]:
    theirs = plugins(ENTRY_POINTS)
    if name not in theirs:
        known = [DEFAULT, *estimators.NAMED, *theirs]
        near = difflib.get_close_matches(name, known, n=1)
        likely = repr(near[0]) if near else nearest(name)
        hint = f" Did you mean {likely}?" if likely else ""
        raise SettingsError(
            f"There is no recipe {name!r}.{hint} Known: {', '.join(known)}, and scikit-learn's "
            f"classifiers by their dotted names; it is written as {EXAMPLE}."
        )
    try:
        factory: Callable[[int], BaseEstimator] = theirs[name].load()
    except ImportError as why:
        raise SettingsError(f"The recipe {name!r} cannot be imported: {why}.") from why
    return factory


def _parted(recipe: str) -> tuple[ast.expr | None, ast.expr]:
    """What a recipe reads, where it says so, and what learns. Raises `SettingsError`."""
    try:
        written = ast.parse(recipe, mode="eval").body
    except SyntaxError as why:
        raise SettingsError(
            f"The recipe {recipe!r} cannot be read: {why}. It is written as {EXAMPLE}."
        ) from why
    if isinstance(written, ast.BinOp) and isinstance(written.op, ast.BitOr):
        return written.left, written.right
    return None, written
