"""P-values of one family, adjusted so that naming even one by chance stays as rare as of one."""

from collections.abc import Mapping
from typing import TypeVar

Name = TypeVar("Name")


def holm(p_values: Mapping[Name, float]) -> dict[Name, float]:
    """The p-values of one family, adjusted by Holm 1979, each under its name, smallest first."""
    ordered = sorted(p_values.items(), key=lambda one: one[1])
    adjusted, least = {}, 0.0
    for i, (name, p) in enumerate(ordered):
        least = max(least, min(1.0, p * (len(ordered) - i)))
        adjusted[name] = least
    return adjusted
