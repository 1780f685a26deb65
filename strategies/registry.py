"""The one list of strategies: ours, by lying in this folder, and other people's, by entry point."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable
from functools import cache, wraps
from importlib.metadata import entry_points
from typing import Any

import strategies as room
from strategies.contract import Picks, Query, Scores, Strategy, top
from strategies.errors import BadScores, StrategyError, UnknownStrategy

ENTRY_POINTS = "askwell.strategies"

_strategies: dict[str, Strategy] = {}


def register(
    name: str,
    *,
    label: str,
    needs: Iterable[str] = (),
    cost: str = "O(n)",
    formula: str = "",
    paper: str = "",
    when: str = "",
) -> Callable[[Callable[[Query, int], Picks]], Strategy]:
    """Register the decorated function as the strategy *name*; its docstring says what it does.

    Raises `StrategyError` if the name is taken.
    """

    def add(choose: Callable[[Query, int], Picks]) -> Strategy:
        if name in _strategies:
            raise StrategyError(f"Two query strategies are called {name!r}; rename one of them.")
        what = inspect.getdoc(choose) or ""
        strategy = Strategy(name, label, frozenset(needs), cost, choose, what, formula, paper, when)
        _strategies[name] = strategy
        return strategy

    return add


def scored(name: str, **known: Any) -> Callable[[Callable[[Query], Scores]], Strategy]:
    """Register a function that scores every row of the pool; the highest scores are picked.

    Takes what `register` takes.
    """

    def add(score: Callable[[Query], Scores]) -> Strategy:
        @wraps(score)
        def choose(query: Query, n: int) -> Picks:
            scores = score(query)
            if scores.shape != (query.n_pool,):
                raise BadScores(f"{name!r} gave {scores.shape} scores for {query.n_pool} rows.")
            positions = top(scores, n, query.rng)
            return Picks(positions, scores[positions])

        return register(name, **known)(choose)

    return add


def get(name: str) -> Strategy:
    """Return the strategy called *name*. Raises `UnknownStrategy` with the nearest name."""
    _load()
    if name not in _strategies:
        raise UnknownStrategy(name, names())
    return _strategies[name]


def names() -> list[str]:
    """The names of all strategies, sorted."""
    _load()
    return sorted(_strategies)


@cache
def _load() -> None:
    for module in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
        importlib.import_module(module.name)
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            entry.load()
        except ImportError as why:
            raise StrategyError(
                f"The plug-in {entry.name!r} ({entry.value}) cannot be imported: {why}. "
                "Mend or uninstall it."
            ) from why
