"""CartPole-v1 taught by good and bad: how soon, by whom, at which speed, and when not.

The simulated person calls what a known good controller would do good and all else bad, of a tenth
of the steps, one word in ten wrongly, each 0.2–0.8 s late. A seed is taught for 30 episodes with at
most 500 signals; after each episode five others, of seeds of their own, are played greedily.
What the learner is made of was chosen on other seeds (1000 to 1015, 2000 to 2015, 3000 to 3031).
A first choice solved 12 of the seeds 0 to 14 at 15 steps a second, and 10 at the pole's own 50.
"""

from typing import Any

import numpy as np
from simulated_trainer import Course, Judge, Person, balancing, teach

from loop.compare.statistics import interval
from loop.play.environment import Environment
from loop.play.lesson import measured_scale

SEEDS = range(15, 30)
FEW_SEEDS = range(15, 20)  # of the table of other people
EPISODES, MOST_SIGNALS = 30, 500
SOLVED = 475  # mean return; the most that an episode gives is 500
PAGE, FASTER, REAL = 4, 15, 50  # steps a second: on the page, later on, and of the cart pole itself
SHOWN = (1, 2, 3, 5, 8, 10, 15, 20, 25, 30)  # episodes of the curves
OTHERS = {
    "every step, no errors": Person(feedback=1.0, errors=0.0),
    "30 %, 10 % errors": Person(feedback=0.3),
    "10 %, no errors": Person(errors=0.0),
    "10 %, 20 % errors": Person(errors=0.2),
    "10 %, 30 % errors": Person(errors=0.3),
    "5 %, 10 % errors": Person(feedback=0.05),
    "2 %, 10 % errors": Person(feedback=0.02),
    "0.2–1.6 s late": Person(latest=1.6),
}


def courses(person: Person, rate: float, seeds: range) -> list[Course]:
    """A lesson for each seed."""
    environment, right = Environment("CartPole-v1"), balancing()
    return [
        teach(
            environment,
            measured_scale(environment, seed),
            Judge(person, right, seed),
            seed=seed,
            rate=rate,
            episodes=EPISODES,
            most_signals=MOST_SIGNALS,
        )
        for seed in seeds
    ]


def summary(taught: list[Course]) -> dict[str, Any]:
    """How many were solved, how soon, and whether it lasted."""
    first = [next((i for i, v in enumerate(one.evaluated) if v >= SOLVED), None) for one in taught]
    solved = [(one, i) for one, i in zip(taught, first, strict=True) if i is not None]
    signals = sorted(one.signals[i] for one, i in solved)
    episodes = sorted(i + 1 for _, i in solved)
    return {
        "seeds": len(taught),
        "solved": len(solved),
        "solved_after_the_last_episode": sum(one.evaluated[-1] >= SOLVED for one in taught),
        "episodes_to_solve": episodes,
        "median_episodes": float(np.median(episodes)) if episodes else None,
        "signals_to_solve": signals,
        "median_signals": float(np.median(signals)) if signals else None,
        "signals_at_the_end": float(np.mean([one.signals[-1] for one in taught])),
    }


def curve(taught: list[Course]) -> list[dict[str, float]]:
    """Mean return after some episodes, with its 95 % interval over the seeds."""
    found = []
    for episode in SHOWN:
        given = np.mean([one.signals[episode - 1] for one in taught])
        mean = interval([one.evaluated[episode - 1] for one in taught])
        told = {name: round(getattr(mean, name), 1) for name in ("mean", "low", "high")}
        found.append({"episode": episode, **told, "signals": round(float(given), 1)})
    return found


def at_rate(rate: float) -> dict[str, Any]:
    """One tenth of feedback and one tenth of errors, and nothing said at all."""
    taught, silent = courses(Person(), rate, SEEDS), courses(Person(feedback=0), rate, SEEDS)
    told = {"steps_a_second": rate, **summary(taught), "curve": curve(taught)}
    return told | {"no_feedback": {**summary(silent), "curve": curve(silent)}}


def measure() -> dict[str, Any]:
    """All figures."""
    rates = {"page": PAGE, "faster": FASTER, "real": REAL}
    found = {name: at_rate(rate) for name, rate in rates.items()}
    found["others"] = others()
    return found


def others() -> dict[str, Any]:
    """Other people, at 15 steps a second."""
    return {name: summary(courses(one, FASTER, FEW_SEEDS)) for name, one in OTHERS.items()}
