"""Does tuning by people's answers find better settings than random ones, and than a peer's?

20 seeds, paired, on three functions (`tuning_functions`), by noisy ratings rounded to 1–5, and by
preferences. The constants of `loop.tuning` were chosen on others (Ackley, Rosenbrock, Lévy,
Hartmann-3, a mixed one). Regret is that of the recommended setting without noise, in points of the
scale, after 30 and 60 answers:

- ours: the setting tried that is believed best; random: ratings of as many random settings
- bayes_opt: the package bayesian-optimization as it comes, its typed parameters for whole numbers
  and categories; it has no conditions, so what is not active is a number that nothing depends on.
  bayes_opt_noise: told of noise (alpha), which its default is not
- own: what each recommends by itself: random and bayes_opt the first of the highest rating.
  same: what ours recommends from their ratings, so that only what was asked differs

`paired` is the mean of ours less the other's over seeds, with the 95 % interval by Student's t.
bayesian-optimization is no dependency of ours: `pip install bayesian-optimization`.
"""

import importlib.util
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray
from run import NoData
from threadpoolctl import threadpool_limits
from tuning_functions import FUNCTIONS, NOISE, Judged, Setting

from loop.compare.statistics import interval
from loop.gaussian.preferential import Answers
from loop.gaussian.rated import Ratings
from loop.tuning import search, surrogate
from loop.tuning.cube import Cube
from loop.tuning.space import Space

SEEDS = 20
AT = (30, 60)  # answers
MIDDLE = 3.0  # of the scale
SPREAD_VARIANCE = 1.5  # of ratings, about: by it bayes_opt scales what it is told of noise
PEERS = ("random", "bayes_opt", "bayes_opt_noise")

Matrix = NDArray[np.float64]
Tune = Callable[[Judged, Cube, int], tuple[list[Setting], list[float]]]


def measure() -> dict[str, Any]:
    """Ratings, and preferences. Raises `NoData` without the peer."""
    if importlib.util.find_spec("bayes_opt") is None:
        raise NoData("pip install bayesian-optimization into an environment with askwell")
    with threadpool_limits(1):
        return {
            "bayesian-optimization": version("bayesian-optimization"),
            "ratings": {name: _ratings(one) for name, one in FUNCTIONS.items()},
            "preferences": {name: _preferences(one) for name, one in FUNCTIONS.items()},
        }


def _ratings(judged: Judged) -> dict[str, Any]:
    cube = Cube(Space.model_validate({"parameters": judged.parameters}))
    ways: dict[str, Tune] = {"ours": _ours, "random": _random}
    ways |= {"bayes_opt": _bayes_opt, "bayes_opt_noise": _bayes_opt_noise}
    regrets: dict[str, dict[str, list[list[float]]]] = {}
    for name, tune in ways.items():
        found: dict[str, list[list[float]]] = {"own": [], "same": []}
        for seed in range(SEEDS):
            asked, ratings = tune(judged, cube, seed)
            same = [judged.regret(_believed_best(cube, asked[:n], ratings[:n])) for n in AT]
            own = [judged.regret(asked[int(np.argmax(ratings[:n]))]) for n in AT]
            found["same"].append(same)
            found["own"].append(same if name == "ours" else own)
        regrets[name] = found
        print(name, {how: np.mean(rows, axis=0).round(3) for how, rows in found.items()})
    return told(regrets)


def told(regrets: dict[str, dict[str, list[list[float]]]]) -> dict[str, Any]:
    """Mean regrets; of the others the paired differences to ours, too, which come first."""
    ours = np.array(next(iter(regrets.values()))["same"])
    figures: dict[str, Any] = {"ours": _means(ours)}
    for name, found in list(regrets.items())[1:]:
        figures[name] = {
            how: {"regret": _means(np.array(rows)), "paired": _paired(ours - np.array(rows))}
            for how, rows in found.items()
        }
    return figures


def _means(regrets: Matrix) -> dict[str, float]:
    return {str(n): round(float(mean), 3) for n, mean in zip(AT, regrets.mean(axis=0), strict=True)}


def _paired(apart: Matrix) -> dict[str, list[float]]:
    """The mean difference after so many answers, and the ends of its interval."""
    found = [interval(column) for column in apart.T]
    rows = np.round([[one.mean, one.low, one.high] for one in found], 3).tolist()
    return {str(n): row for n, row in zip(AT, rows, strict=True)}


def by_ratings(cube: Cube, U: Matrix, ratings: list[float]) -> Any:
    """What is believed after the ratings of the rows of U by one person."""
    given = Ratings(cube.features(U), np.zeros(len(U), np.intp), np.array(ratings))
    return surrogate.of_ratings(given, MIDDLE)


def best_of(cube: Cube, process: Any, U: Matrix) -> Matrix:
    """The row of U that is believed best."""
    found: Matrix = U[int(np.argmax(process.spread(cube.features(U))[0]))]
    return found


def _believed_best(cube: Cube, asked: list[Setting], ratings: list[float]) -> Setting:
    U = cube.points([cube.space.active(one) for one in asked])
    return cube.setting(best_of(cube, by_ratings(cube, U, ratings), U))


def _ours(judged: Judged, cube: Cube, seed: int) -> tuple[list[Setting], list[float]]:
    noise, rng = np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1])
    U = search.spread(cube, search.firsts(cube), np.random.default_rng([seed, 2]))
    ratings: list[float] = []
    for n in range(max(AT)):
        if n >= len(U):
            process = by_ratings(cube, U, ratings)
            best = best_of(cube, process, U)
            U = np.vstack([U, search.next_points(cube, process, best, "ucb", rng)])
        ratings.append(judged.rating(cube.setting(U[n]), noise))
    return [cube.setting(u) for u in U[: max(AT)]], ratings


def _random(judged: Judged, cube: Cube, seed: int) -> tuple[list[Setting], list[float]]:
    noise, rng = np.random.default_rng([seed, 0]), np.random.default_rng([seed, 3])
    asked = [cube.setting(u) for u in rng.random((max(AT), cube.sides))]
    return asked, [judged.rating(one, noise) for one in asked]


def _bayes_opt(
    judged: Judged, _cube: Cube, seed: int, alpha: float | None = None
) -> tuple[list[Setting], list[float]]:
    from bayes_opt import BayesianOptimization

    bounds = {name: _bounds(one) for name, one in judged.parameters.items()}
    optimizer = BayesianOptimization(
        None, bounds, random_state=seed, verbose=0, allow_duplicate_points=True
    )
    if alpha is not None:
        optimizer.set_gp_params(alpha=alpha)
    noise = np.random.default_rng([seed, 0])
    asked: list[Setting] = []
    ratings: list[float] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fits that do not converge
        for n in range(max(AT)):
            # As its `maximize` does: five at random first.
            chosen = optimizer.random_sample(1)[0] if n < 5 else optimizer.suggest()
            asked.append({name: _value(judged, name, chosen[name]) for name in judged.parameters})
            ratings.append(judged.rating(asked[-1], noise))
            optimizer.register(chosen, ratings[-1])
    return asked, ratings


def _bayes_opt_noise(judged: Judged, cube: Cube, seed: int) -> tuple[list[Setting], list[float]]:
    return _bayes_opt(judged, cube, seed, alpha=(NOISE**2 + 1 / 12) / SPREAD_VARIANCE)


def _bounds(one: dict[str, Any]) -> Any:
    """A parameter as the peer has it; what is on a log scale is given as its logarithm."""
    if one["type"] == "categorical":
        return tuple(one["choices"])
    if one["type"] == "integer":
        return (one["low"], one["high"], int)
    return (
        (np.log(one["low"]), np.log(one["high"])) if one.get("log") else (one["low"], one["high"])
    )


def _value(judged: Judged, name: str, chosen: Any) -> Any:
    one = judged.parameters[name]
    if one["type"] == "categorical":
        return str(chosen)
    if one["type"] == "integer":
        return int(chosen)
    value = float(np.exp(chosen)) if one.get("log") else float(chosen)
    return min(max(value, one["low"]), one["high"])


def _preferences(judged: Judged) -> dict[str, Any]:
    cube = Cube(Space.model_validate({"parameters": judged.parameters, "ask": "compare"}))
    regrets = {
        way: {"same": [pairs(judged, cube, seed, way)[1] for seed in range(SEEDS)]}
        for way in ("ours", "random")
    }
    print("preferences", {way: np.mean(one["same"], axis=0) for way, one in regrets.items()})
    return told(regrets)


def pairs(
    judged: Judged, cube: Cube, seed: int, way: str
) -> tuple[list[tuple[Setting, Setting, bool]], list[float]]:
    """Pairs with what was said of them, and the regret of the best after so many answers."""
    noise, rng = np.random.default_rng([seed, 4]), np.random.default_rng([seed, 5])
    most = max(AT)
    asked = search.spread(cube, 2 * search.firsts(cube), np.random.default_rng([seed, 6]))
    if way == "random":
        asked = np.random.default_rng([seed, 7]).random((2 * most, cube.sides))
    said: list[float] = []
    regrets: list[float] = []
    for n in range(most + 1):
        if n in AT or 2 * n >= len(asked):
            process = by_pairs(cube, asked[: 2 * n], said)
            best = best_of(cube, process, asked[: 2 * n])
        if n in AT:
            regrets.append(judged.regret(cube.setting(best)))
        if n == most:
            break
        if 2 * n >= len(asked):
            asked = np.vstack([asked, *search.next_points(cube, process, best, "ucb", rng)])
        a, b = (cube.setting(asked[2 * n + i]) for i in (0, 1))
        said.append(float(judged.prefers_first(a, b, noise)))
    given = [
        (cube.setting(asked[2 * n]), cube.setting(asked[2 * n + 1]), bool(said[n]))
        for n in range(most)
    ]
    return given, regrets


def by_pairs(cube: Cube, U: Matrix, said: list[float]) -> Any:
    """What is believed after what was *said* of the pairs that the rows of U are by twos."""
    rows = np.arange(len(said)) * 2
    answers = Answers(rows, rows + 1, np.array(said), np.ones(len(said)))
    return surrogate.of_pairs(cube.features(U), answers)
