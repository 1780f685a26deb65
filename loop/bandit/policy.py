"""A bandit's policy: which candidates there are, how one is chosen, and with which chance.

A decision is a pure function of what was learned, the context and a seed. Its chance is computed
first and drawn from then, so that the propensity that is logged is exactly the one it had.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from loop.bandit import context, linucb
from loop.bandit.context import Feature, Vector
from loop.bandit.linear import Linear

MOST_CANDIDATES = 50
LEAST_FLOOR = 0.001


class Candidate(BaseModel):
    """What may be served: a prompt, a model, a template; its text is handed to who asks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    text: str | None = Field(default=None, max_length=200_000)


class Policy(BaseModel):
    """How candidates are chosen. Frozen: a change is a new event, never an edit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    candidates: tuple[Candidate, ...] = Field(max_length=MOST_CANDIDATES)
    kind: Literal["linucb", "thompson"] = "linucb"
    floor: float = Field(
        default=0.05, ge=LEAST_FLOOR, le=1
    )  #: share of choices that is left to chance
    alpha: float = Field(default=0.5, gt=0, le=100)  #: of LinUCB: widths added to the mean
    scale: float = Field(default=0.2, gt=0, le=100)  #: of Thompson: deviation of a draw, in widths
    features: tuple[Feature, ...] = ()

    @model_validator(mode="after")
    def _is_a_choice(self) -> "Policy":
        if len(self.candidates) < 2:
            raise ValueError("a choice is between two candidates or more")
        for what, names in (("candidates", self.names), ("features", self.feature_names)):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"two {what} are called {twice[0]!r}")
        if (size := context.size(self.features)) > context.MOST_NUMBERS:
            most = context.MOST_NUMBERS
            raise ValueError(f"the features become {size} numbers, more than {most}")
        return self

    @property
    def names(self) -> list[str]:
        """Of the candidates."""
        return [one.name for one in self.candidates]

    @property
    def feature_names(self) -> list[str]:
        """Of the features."""
        return [one.name for one in self.features]


def propensities(policy: Policy, learned: Mapping[str, Linear], x: Vector) -> Vector:
    """The chance of each of the policy's candidates in the context *x*; they add up to 1.

    *learned* has a regression for each candidate. None is below `floor / len(candidates)`.
    """
    expected = np.array([learned[name].expect(x) for name in policy.names])
    means, widths = expected.T
    return mixed(policy, means, widths)


def mixed(policy: Policy, means: Vector, widths: Vector) -> Vector:
    """The same of what is expected of each, shape (…, candidates), and how uncertain that is."""
    if policy.kind == "linucb":
        chances = linucb.chances(means, widths, policy.alpha)
    else:
        from loop.bandit import thompson  # noqa: PLC0415 - scipy, which no page waits for

        chances = thompson.chances(means, widths, policy.scale)
    shares: Vector = (1 - policy.floor) * chances + policy.floor / means.shape[-1]
    return shares


def draw(chances: Vector, seed: Sequence[int]) -> int:
    """Which candidate comes, by place: the same for the same chances and seed."""
    return int(np.random.default_rng(seed).choice(len(chances), p=chances / chances.sum()))


def changes(before: Policy | None, after: Policy) -> list[str]:
    """What another policy changes, in words."""
    was: dict[str, Any] = before.model_dump() if before else {}
    words = []
    for name, now in after.model_dump().items():
        if was.get(name) != now:
            words.append(f"{name}: {_words(was.get(name))} → {_words(now)}")
    return words


def _words(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(one["name"] for one in value) or "none"
    return "none" if value is None else str(value)
