"""Objects by their written settings: read, never run.

A recipe names classes of ours or of scikit-learn and gives their settings as literals.
"""

import ast
import difflib
import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils import all_estimators

WRITES = frozenset({"memory"})  # settings that name a folder to keep pickles in

Ours = Mapping[str, Callable[..., Any]]


def built(written: ast.expr, ours: Ours, seed: int) -> Any:
    """The value of a literal, or of a class with values for its settings.

    A class is one of *ours* by its name, or one of scikit-learn by its dotted name. Raises
    `ValueError`, `TypeError`, `ImportError` or `AttributeError` for what cannot be.
    """
    match written:
        case ast.Name() | ast.Attribute():  # a bare name: with no settings
            return built(ast.Call(written, [], []), ours, seed)
        case ast.Call(called, unnamed, settings):
            first = [built(one, ours, seed) for one in unnamed]
            given = {str(one.arg): built(one.value, ours, seed) for one in settings}
            return _made(ast.unparse(called), first, given, ours, seed)
        case ast.BinOp(op=ast.Add()):
            return [built(part, ours, seed) for part in summands(written)]
        case ast.List(parts) | ast.Tuple(parts):
            every = [built(part, ours, seed) for part in parts]
            return every if isinstance(written, ast.List) else tuple(every)
        case ast.Dict(names, values):  # of a search: what it sets is checked as well
            keys = [built(name, ours, seed) for name in names if name]
            _check_writes(map(str, keys))
            every = [built(value, ours, seed) for value in values]
            return dict(zip(keys, every, strict=True))
        case _:
            return ast.literal_eval(written)


def summands(written: ast.expr) -> list[ast.expr]:
    """The parts of a sum; of anything else, itself."""
    if isinstance(written, ast.BinOp) and isinstance(written.op, ast.Add):
        return [*summands(written.left), *summands(written.right)]
    return [written]


def _made(name: str, first: Iterable[Any], given: Mapping[str, Any], ours: Ours, seed: int) -> Any:
    """One of ours or of scikit-learn's. It takes the seed where it has a use for one."""
    if name in ours:
        kind = ours[name]
        takes_seed = "seed" in inspect.signature(kind).parameters
        return kind(*first, **{**({"seed": seed} if takes_seed else {}), **given})
    if not name.startswith("sklearn."):
        near = difflib.get_close_matches(name, ours, n=1)
        likely = repr(near[0]) if near else nearest(name) if "." in name else None
        raise ValueError(
            f"{name!r} is none of {', '.join(ours)}, nor a public name of scikit-learn"
            f"{_hint(likely)}"
        )
    if unnamed := [*first]:
        raise ValueError(f"{str(unnamed[0])!r} is no setting with its name")
    kind = _of_sklearn(name)
    _check_writes(given)
    made = kind(**given)
    if "random_state" in made.get_params(deep=False) and "random_state" not in given:
        made.set_params(random_state=seed)
    return made


def _of_sklearn(name: str) -> type[BaseEstimator]:
    module, _, called = name.rpartition(".")
    if "._" in name:
        raise ValueError(f"{name!r} is not a public name of scikit-learn")
    try:
        kind = getattr(importlib.import_module(module), called)
    except (ImportError, AttributeError) as why:
        raise ValueError(f"{why}{_hint(nearest(name))}") from why
    if not (isinstance(kind, type) and issubclass(kind, BaseEstimator)):
        raise TypeError(f"{name} is no estimator")
    return kind


def nearest(name: str) -> str | None:
    """The classifier of scikit-learn with the most similar name."""
    every = {
        kind.__name__: f"{kind.__module__.rpartition('._')[0]}.{kind.__name__}"
        for _, kind in all_estimators("classifier")
    }
    near = difflib.get_close_matches(name.rpartition(".")[2], every, n=1)
    return every[near[0]] if near else None


def _hint(likely: str | None) -> str:
    return f" (did you mean {likely}?)" if likely else ""


def _check_writes(names: Iterable[str]) -> None:
    for name in names:
        if name.rpartition("__")[2] in WRITES:
            raise ValueError(f"{name} keeps files, which a recipe may not")
