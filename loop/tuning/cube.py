"""A space as a cube of numbers: one side for each parameter, all from 0 to 1.

What the Gaussian process reads is rounded first: whole numbers to their levels, a category to one
of its corners, a parameter whose condition does not hold to one fixed value. So the process is
constant wherever the thing itself is (Garrido-Merchán & Hernández-Lobato 2020), and never doubts
what is between two settings that cannot be told apart.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from loop.tuning.space import Categorical, Cell, Integer, Parameter, Setting, Space

Matrix: TypeAlias = NDArray[np.float64]

MIDDLE = 0.5  # where a parameter stands that is not active
DIGITS = 3  # decimals of a number, in parts of its range or, on a log scale, of itself
CORNER = math.sqrt(0.5)  # so that two categories are as far apart as the two ends of a number


@dataclass(frozen=True)
class Cube:
    """The sides in the order of the space's parameters."""

    space: Space

    @property
    def sides(self) -> int:
        """How many there are."""
        return len(self.space.parameters)

    def features(self, U: Matrix) -> Matrix:
        """What the process reads of points U, (n, sides): (n, n_features)."""
        held = self._held(U)
        columns = []
        for place, (name, parameter) in enumerate(self.space.parameters.items()):
            column, is_active = U[:, place], held[name]
            if isinstance(parameter, Categorical):
                k = len(parameter.choices)
                corner = np.eye(k)[_level(column, k)]
                columns.append(CORNER * np.where(is_active[:, None], corner, 1 / k))
                continue
            if isinstance(parameter, Integer):
                k = parameter.high - parameter.low + 1
                column = _level(column, k) / (k - 1)
            columns.append(np.where(is_active, column, MIDDLE)[:, None])
        return np.hstack(columns)

    def setting(self, u: Matrix) -> Setting:
        """The setting at one point u, (sides,), of its active parameters."""
        named = zip(self.space.parameters.items(), u.tolist(), strict=True)
        return self.space.active({name: _value(one, at) for (name, one), at in named})

    def point(self, setting: Mapping[str, Any]) -> Matrix:
        """Where a setting stands, (sides,)."""
        at = [
            _place(one, setting[name]) if name in setting else MIDDLE
            for name, one in self.space.parameters.items()
        ]
        return np.array(at)

    def points(self, settings: Sequence[Mapping[str, Any]]) -> Matrix:
        """The same of several, (n, sides)."""
        return np.array([self.point(one) for one in settings]).reshape(len(settings), self.sides)

    def _held(self, U: Matrix) -> dict[str, NDArray[np.bool_]]:
        """Of which points each parameter is active, (n,) each."""
        places = {name: place for place, name in enumerate(self.space.parameters)}
        held: dict[str, NDArray[np.bool_]] = {}
        for name in self.space.in_order:
            held[name] = np.ones(len(U), dtype=bool)
            for on, values in self.space.parameters[name].when.items():
                parent = self.space.parameters[on]
                assert isinstance(parent, Categorical)  # noqa: S101 - as the space has checked
                wanted = [choice in values for choice in parent.choices]
                level = _level(U[:, places[on]], len(parent.choices))
                held[name] &= held[on] & np.array(wanted)[level]
        return held


def _level(column: Matrix, k: int) -> NDArray[np.intp]:
    """In which of *k* equal parts each number lies, from 0."""
    return np.clip((column * k).astype(np.intp), 0, k - 1)


def _value(parameter: Parameter, at: float) -> Cell:
    if isinstance(parameter, Categorical):
        k = len(parameter.choices)
        return parameter.choices[min(int(at * k), k - 1)]
    if isinstance(parameter, Integer):
        k = parameter.high - parameter.low + 1
        return parameter.low + min(int(at * k), k - 1)
    span = parameter.high - parameter.low
    value = parameter.low + span * at
    if parameter.log:
        value = parameter.low * (parameter.high / parameter.low) ** at
    # No more digits than can matter: people read them, and a fifth of a thousandth is nothing.
    digits = DIGITS - math.floor(math.log10(abs(value) if parameter.log else span))
    return min(max(round(float(value), digits), parameter.low), parameter.high)


def _place(parameter: Parameter, value: Any) -> float:
    if isinstance(parameter, Categorical):
        return (parameter.choices.index(value) + 0.5) / len(parameter.choices)
    if isinstance(parameter, Integer):
        return (value - parameter.low + 0.5) / (parameter.high - parameter.low + 1)
    if parameter.log:
        return math.log(value / parameter.low) / math.log(parameter.high / parameter.low)
    return (value - parameter.low) / (parameter.high - parameter.low)
