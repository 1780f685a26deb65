"""What is known when a candidate is chosen, as numbers: features declared, contexts encoded.

A number is scaled from its stated range to [-1, 1], a category is one-hot, a text is its words
hashed into buckets (Weinberger et al. 2009), of length 1; before all of them stands a 1, the
intercept. What does not fit is refused by its name; nothing is guessed. A category of which not
all values are known in advance says so by having `other` among them.
"""

import difflib
import math
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

OTHER = "other"  # the category that unknown ones count as, where there is one called so
MOST_NUMBERS = 200  # that a context becomes: a choice takes time by their square
_WORD = re.compile(r"\w+")

Vector = NDArray[np.float64]


class Misfit(ValueError):
    """A context that does not fit the features; `field` names which."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class Feature(BaseModel):
    """One thing that is known of an interaction: a number, a category or a text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    kind: Literal["number", "category", "text"]
    low: float | None = Field(default=None, allow_inf_nan=False)  #: of a number
    high: float | None = Field(default=None, allow_inf_nan=False)
    values: tuple[str, ...] = ()  #: of a category
    buckets: int = Field(default=32, ge=2, le=MOST_NUMBERS)  #: of a text

    @model_validator(mode="after")
    def _is_whole(self) -> "Feature":
        if self.kind == "number" and (
            self.low is None or self.high is None or not self.low < self.high
        ):
            raise ValueError(
                f"the number {self.name!r} lies in a range: a low end and a higher one"
            )
        if self.kind == "category" and not 2 <= len(set(self.values)) == len(self.values):
            raise ValueError(f"the category {self.name!r} has two different values or more")
        return self

    @property
    def size(self) -> int:
        """How many numbers it becomes."""
        return {"number": 1, "category": len(self.values), "text": self.buckets}[self.kind]

    def encode(self, told: Any) -> list[float]:
        """The numbers of what was told of it. Raises `Misfit`."""
        if self.kind == "number":
            return [self._scaled(told)]
        if not isinstance(told, str):
            self._refuse(f"a {self.kind} is a text, not {_short(told)}")
        return self._one_hot(told) if self.kind == "category" else self._hashed(told)

    def _scaled(self, told: Any) -> float:
        is_number = isinstance(told, int | float) and not isinstance(told, bool)
        if not is_number or (isinstance(told, float) and math.isnan(told)):
            self._refuse(f"a number is due, not {_short(told)}")
        low, high = self.low or 0.0, self.high or 0.0
        if not low <= told <= high:
            self._refuse(f"{_short(told)} is outside its range of {low:g} to {high:g}")
        return 2 * (told - low) / (high - low) - 1

    def _one_hot(self, told: str) -> list[float]:
        known = told if told in self.values else OTHER
        if known not in self.values:
            self._refuse(f"{_short(told)} is none of {', '.join(self.values)}")
        return [float(value == known) for value in self.values]

    def _hashed(self, told: str) -> list[float]:
        counts = np.zeros(self.buckets)
        for word in _WORD.findall(told.casefold()):
            counts[zlib.crc32(word.encode()) % self.buckets] += 1
        length = float(np.linalg.norm(counts))
        return [float(count) / length for count in counts] if length else counts.tolist()

    def _refuse(self, reason: str) -> NoReturn:
        raise Misfit(f"context.{self.name}", reason)


def encode(features: Sequence[Feature], told: Mapping[str, Any] | str | None) -> Vector:
    """The numbers of a context, shape (`size(features)`,), the intercept first.

    A text alone is what is told of the only text there is. Raises `Misfit`.
    """
    named = _named(features, told)
    names = [feature.name for feature in features]
    for name in named:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = (
                f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names) or 'none'}"
            )
            raise Misfit("context", f"no feature {_short(name)}; {hint}")
    if missing := [name for name in names if named.get(name) is None]:
        raise Misfit(f"context.{missing[0]}", "it is missing")
    return np.array([1.0, *(one for f in features for one in f.encode(named[f.name]))])


def size(features: Sequence[Feature]) -> int:
    """How many numbers a context becomes, with the intercept."""
    return 1 + sum(feature.size for feature in features)


def _named(features: Sequence[Feature], told: Mapping[str, Any] | str | None) -> Mapping[str, Any]:
    if not isinstance(told, str):
        return told or {}
    texts = [feature.name for feature in features if feature.kind == "text"]
    if len(texts) != 1:
        raise Misfit("context", f"a text alone is for one text feature; there are {len(texts)}")
    return {texts[0]: told}


def _short(told: Any) -> str:
    words = repr(told)
    return words if len(words) <= 60 else f"{words[:60]}…"
