"""What the benchmarks of tuning have judged: three functions, and a person who judges by them.

A person rates what is like the median of the space, or worse, with 1 and the best there is with 5,
evenly in between; adds noise, and gives a whole number. Of two they prefer the better one with the
chance of Bradley and Terry, three log odds for a point of that scale. Regret is in its points.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

NOISE = 0.5  # standard deviation, in points
KEEN = 3.0  # log odds of a preference, for a point of difference
SAMPLE = 4_000  # settings that the median is taken of

Setting = dict[str, Any]


@dataclass(frozen=True)
class Judged:
    """A function of settings, to be as high as possible."""

    parameters: dict[str, dict[str, Any]]  #: as in the TOML of a space
    worth: Callable[[Setting], float]
    best: float

    @cached_property
    def middle(self) -> float:
        """The median over the space, by a sample."""
        rng = np.random.default_rng(0)
        return float(np.median([self.worth(self._random(rng)) for _ in range(SAMPLE)]))

    def points(self, setting: Setting) -> float:
        """Worth on the scale, without noise; below 1 where it is worse than the median."""
        return 1 + 4 * (self.worth(setting) - self.middle) / (self.best - self.middle)

    def regret(self, setting: Setting) -> float:
        """How many points it is below the best."""
        return 5 - self.points(setting)

    def rating(
        self, setting: Setting, rng: np.random.Generator, noise: float = NOISE, adds: float = 0
    ) -> int:
        """What a person says of it, who *adds* so many points to everything."""
        felt = max(1, self.points(setting)) + adds + rng.normal(0, noise)
        return int(np.clip(np.rint(felt), 1, 5))

    def prefers_first(self, a: Setting, b: Setting, rng: np.random.Generator) -> bool:
        """Whether a person prefers the first of two."""
        return bool(rng.random() < 1 / (1 + np.exp(-KEEN * (self.points(a) - self.points(b)))))

    def _random(self, rng: np.random.Generator) -> Setting:
        drawn = {}
        for name, one in self.parameters.items():
            at = rng.random()
            if "choices" in one:
                drawn[name] = one["choices"][int(at * len(one["choices"]))]
            elif one["type"] == "integer":
                drawn[name] = one["low"] + int(at * (one["high"] - one["low"] + 1))
            elif one.get("log"):
                drawn[name] = one["low"] * (one["high"] / one["low"]) ** at
            else:
                drawn[name] = one["low"] + at * (one["high"] - one["low"])
        return drawn


def _real(low: float, high: float, **more: Any) -> dict[str, Any]:
    return {"type": "real", "low": low, "high": high, **more}


def branin(s: Setting) -> float:
    """Branin's function, turned over."""
    x, y = s["x"], s["y"]
    bowl = (y - 5.1 / (4 * np.pi**2) * x**2 + 5 / np.pi * x - 6) ** 2
    return -float(bowl + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10)


_STEEP: NDArray[np.float64] = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
_PEAKS: NDArray[np.float64] = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann(s: Setting) -> float:
    """Hartmann's function of six numbers, turned over."""
    x = np.array([s[f"x{i}"] for i in range(6)])
    heights = np.array([1, 1.2, 3, 3.2])
    return float(heights @ np.exp(-(_STEEP * (x - _PEAKS) ** 2).sum(axis=1)))


def mixed(s: Setting) -> float:
    """A model of our own to be set: its kind, depth, rate, and what is dropped by one kind only."""
    rate = np.log10(s["rate"])
    if s["kind"] == "deep":
        away = 0.8 * (rate + 3) ** 2 + ((s["depth"] - 9) / 3) ** 2 + 6 * (s["drop"] - 0.35) ** 2
        return float(1 - away / 2)
    if s["kind"] == "wide":
        return float(0.6 - (rate + 1.5) ** 2 / 2 - ((s["depth"] - 3) / 4) ** 2)
    return float(0.2 - (rate + 2) ** 2 / 8 - abs(s["depth"] - 6) / 12)


FUNCTIONS = {
    "branin": Judged({"x": _real(-5, 10), "y": _real(0, 15)}, branin, -0.397887),
    "hartmann-6": Judged({f"x{i}": _real(0, 1) for i in range(6)}, hartmann, 3.32237),
    "mixed": Judged(
        {
            "kind": {"type": "categorical", "choices": ["deep", "wide", "plain"]},
            "depth": {"type": "integer", "low": 1, "high": 12},
            "rate": _real(1e-4, 1, log=True),
            "drop": _real(0, 1, when={"kind": ["deep"]}),
        },
        mixed,
        1.0,
    ),
}
