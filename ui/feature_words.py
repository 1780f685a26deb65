"""Features of a context as the command line and the page write them: `hour=0..24`."""

import re
from decimal import Decimal
from typing import Any

from loop.bandit.context import Feature
from loop.errors import SettingsError

FORMS = "a number: hour=0..24; a category: language=de|en|other; a text: question=text"
_NUMBER = r"-?\d+(?:\.\d+)?"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})")


def read(words: str) -> Feature:
    """The feature that is written so. Raises `SettingsError`."""
    name, _, what = words.partition("=")
    told: dict[str, Any] = {"name": name.strip(), "kind": "category", "values": what.split("|")}
    if numbers := _RANGE.fullmatch(what):
        low, high = numbers.groups()
        told = {"name": name.strip(), "kind": "number", "low": low, "high": high}
    elif what == "text":
        told = {"name": name.strip(), "kind": "text"}
    try:
        return Feature.model_validate(told)
    except ValueError as why:
        raise SettingsError(f"{words!r} is no feature; {FORMS}.") from why


def written(feature: Feature) -> str:
    """The words that `read` takes."""
    if feature.kind == "number":
        return f"{feature.name}={_plain(feature.low)}..{_plain(feature.high)}"
    return f"{feature.name}={'text' if feature.kind == 'text' else '|'.join(feature.values)}"


def _plain(number: float | None) -> str:
    """All its digits, and no exponent."""
    return f"{Decimal(repr(number)):f}".removesuffix(".0")
