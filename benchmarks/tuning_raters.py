"""Does it help to know who is unsure? Tuning by three people in turn, one of them careless.

On the functions of `tuning_functions`, 50 seeds, paired (20 told too little): `own` has a variance
of the noise for each rater, as the product has; `shared` one for all. `alike`: three people of the
same noise. Regret of the recommended setting as in `tuning`, and own less shared with the 95 %
interval. How far raters may differ (`NOISES_SD`) was chosen beforehand on Ackley, Lévy, Hartmann-3
and another mixed space.
"""

from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits
from tuning import AT, MIDDLE, best_of, told
from tuning_functions import FUNCTIONS, NOISE, Judged

from loop.gaussian.rated import Ratings
from loop.tuning import search, surrogate
from loop.tuning.cube import Cube
from loop.tuning.space import Space

SEEDS = 50
SHARED = 1e-3  # standard deviation of logarithms: none
ADDS = (0.3, -0.3, 0.0)  # points that each adds to everything
PEOPLE = {"one careless": (0.3, 0.3, 1.5), "alike": (NOISE, NOISE, NOISE)}


def measure() -> dict[str, Any]:
    """Each function, by each three people."""
    with threadpool_limits(1):
        return {
            people: {name: _one(one, noises) for name, one in FUNCTIONS.items()}
            for people, noises in PEOPLE.items()
        }


def _one(judged: Judged, noises: tuple[float, ...]) -> dict[str, Any]:
    cube = Cube(Space.model_validate({"parameters": judged.parameters}))
    regrets = {
        way: {"same": [_tuned(judged, cube, noises, seed, sd) for seed in range(SEEDS)]}
        for way, sd in (("own", surrogate.NOISES_SD), ("shared", SHARED))
    }
    figures = told(regrets)
    return {"own": figures["ours"], "shared": figures["shared"]["same"]}


def _tuned(
    judged: Judged, cube: Cube, noises: tuple[float, ...], seed: int, sd: float
) -> list[float]:
    """Regret of the best after so many answers."""
    noise, rng = np.random.default_rng([seed, 10]), np.random.default_rng([seed, 11])
    U = search.spread(cube, search.firsts(cube), np.random.default_rng([seed, 12]))
    ratings: list[float] = []
    regrets: list[float] = []
    for n in range(max(AT) + 1):
        if n in AT or n >= len(U):
            given = Ratings(cube.features(U[:n]), np.arange(n) % len(noises), np.array(ratings))
            process = surrogate.of_ratings(given, MIDDLE, sd)
            best = best_of(cube, process, U[:n])
        if n in AT:
            regrets.append(judged.regret(cube.setting(best)))
        if n >= len(U):
            U = np.vstack([U, *search.next_points(cube, process, best, "ucb", rng)])
        who = n % len(noises)
        ratings.append(judged.rating(cube.setting(U[n]), noise, noises[who], ADDS[who]))
    return regrets
