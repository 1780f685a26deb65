"""What a file of another tool says, before any project has looked at it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

LABEL = "label"  # the kind of what answers the project's question, whatever the task


@dataclass(frozen=True)
class Said:
    """What somebody said of an item."""

    where: str
    kind: str  #: `LABEL`, or skip | unsure | flag
    who: int | str  #: their number, or what the file calls them
    value: Any = None  #: as the tool has it: a text, a number or a list
    id: str | None = None  #: of the answer; None: made of what it says
    at: float | None = None  #: seconds since 1970, UTC
    lead_time: float | None = None  #: seconds
    comment: str | None = None
    order: list[str] | None = None
    suggestion: str | None = None
    suggestion_shown: bool | None = None
    model_version: int | None = None


@dataclass(frozen=True)
class Gold:
    """The right answer on an item, which it is asked silently by."""

    where: str
    who: int | str
    value: Any
    at: float | None
    why: str | None = None


@dataclass(frozen=True)
class Brought:
    """An item with what was said of it."""

    where: str
    id: str | None
    fields: Mapping[str, Any]
    meta: Mapping[str, Any] = field(default_factory=dict)
    said: Sequence[Said] = ()
    gold: Gold | None = None


@dataclass(frozen=True)
class Beginning:
    """What a new project would be that takes the file in, as far as the file tells."""

    columns: tuple[str, ...]
    modality: str = "text"
    task: str | None = None
    classes: tuple[str, ...] = ()
    scale: tuple[int, int] | None = None


@dataclass(frozen=True)
class ForeignFile:
    """A whole file: read, and nothing of it stored."""

    path: Path
    tool: str
    items: Sequence[Brought]
    begin: Callable[[], Beginning]
    feedback: Sequence[Mapping[str, Any]] = ()  #: about interactions, as `inbox.take` wants it
    names: bool = False  #: what it calls people is what they are called here
    not_taken: int = 0  #: rows that are no judgements of people


class BadRow(Exception):
    """What is wrong with one element of a file."""


def moment(text: Any) -> float | None:
    """Seconds since 1970 of an RFC 3339 time; None of none. Raises `BadRow`."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError) as why:
        raise BadRow(f"{text!r:.60} is no time such as 2026-03-01T09:30:00Z") from why
    if found.tzinfo is None:
        raise BadRow(f"the time {text!r} has no zone")
    return found.timestamp()


def an(kind: type[Any], value: Any, name: str) -> Any:
    """The value, if it is of this kind. Raises `BadRow`."""
    if not isinstance(value, kind):
        words = {"dict": "an object", "list": "a list"}[kind.__name__]
        raise BadRow(f"{name} is {value!r:.60}, not {words}")
    return value
