"""What a file of another tool says, before any project has looked at it."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from loop.exports.raters import BITS
from loop.feedback.inbox import CLOCK_SLACK
from loop.store.log import IMPORT, OURS

LABEL = "label"  # the kind of what answers the project's question, whatever the task
LONGEST_LEAD = 366 * 86_400.0  # seconds; nobody looks at an item for longer
MOST_VERSION = 2**63 - 1  # what a database holds


@dataclass(frozen=True)
class Said:
    """What somebody said of an item. Raises `BadRow` where a part is not what it has to be."""

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

    def __post_init__(self) -> None:
        """Check all of it but the value, which the project's task knows, and what is converted."""
        _check_who(self.who, self.id)
        _check_value(self.value)
        for name in ("kind", "id", "comment", "suggestion"):
            _check(name, getattr(self, name), str, "a text")
        _check("suggestion_shown", self.suggestion_shown, bool, "true or false")
        _check("model_version", self.model_version, int, "a number")
        if not 0 <= (self.model_version or 0) <= MOST_VERSION:
            raise BadRow(f"model_version is {self.model_version!r:.60}, which no model has")
        _check("order", self.order, list, "a list of names")
        for name in self.order or ():
            _check("a name in order", name, str, "a text")


@dataclass(frozen=True)
class Gold:
    """The right answer on an item, which it is asked silently by. Raises `BadRow` as `Said`."""

    where: str
    who: int | str
    value: Any
    at: float | None
    why: str | None = None

    def __post_init__(self) -> None:
        """Check all of it but the value, and the time."""
        _check_who(self.who, None)
        _check_value(self.value)
        _check("comment", self.why, str, "a text")


@dataclass(frozen=True)
class Brought:
    """An item with what was said of it. Raises `BadRow` where its parts are none."""

    where: str
    id: str | None
    fields: Mapping[str, Any]
    meta: Mapping[str, Any] = field(default_factory=dict)
    said: Sequence[Said] = ()
    gold: Gold | None = None

    def __post_init__(self) -> None:
        """Check its own parts."""
        _check("its id", self.id, str, "a text")
        an(dict, self.fields, "fields")
        an(dict, self.meta, "metadata")


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
    """Seconds since 1970 of an RFC 3339 time; None of none.

    Raises `BadRow` for no time, one before 1970, and one more than a day ahead.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError) as why:
        raise BadRow(f"{text!r:.60} is no time such as 2026-03-01T09:30:00Z") from why
    if found.tzinfo is None:
        raise BadRow(f"the time {text!r} has no zone")
    if not 0 <= found.timestamp() <= time.time() + CLOCK_SLACK:
        raise BadRow(f"the time {text!r} is before 1970, or more than a day ahead")
    return found.timestamp()


def lead(seconds: Any) -> float | None:
    """A lead time in seconds; None of none, and of one below 0 or above a year: a clock was off.

    Raises `BadRow` for no number.
    """
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or math.isnan(seconds):
        raise BadRow(f"the lead time is {seconds!r:.60}, not a number of seconds")
    return float(seconds) if 0 <= seconds <= LONGEST_LEAD else None


def an(kind: type[Any], value: Any, name: str) -> Any:
    """The value, if it is of this kind. Raises `BadRow`."""
    if not isinstance(value, kind):
        words = {"dict": "an object", "list": "a list"}[kind.__name__]
        raise BadRow(f"{name} is {value!r:.60}, not {words}")
    return value


def _check(name: str, value: Any, kind: type[Any], words: str) -> None:
    """True and false are numbers to Python, and nowhere else."""
    is_kind = isinstance(value, kind) and isinstance(value, bool) == (kind is bool)
    if value is not None and not is_kind:
        raise BadRow(f"{name} is {value!r:.60}, not {words}")


def _check_value(value: Any) -> None:
    for part in value if isinstance(value, list) else [value]:
        if part is not None and not isinstance(part, str | int | float):
            raise BadRow(f"the answer is {value!r:.60}, neither a text, a number nor a list of it")


def _check_who(who: Any, id_: Any) -> None:
    """`import` is who labeled before a project began: only ids that askwell gave tell of them."""
    if isinstance(who, bool) or not isinstance(who, int | str):
        raise BadRow(f"whoever said it is {who!r:.60}, neither a number nor a text")
    if isinstance(who, int) and not 0 <= who < 1 << BITS:
        raise BadRow(f"whoever said it has the number {who!r:.60}, which nobody has")
    if isinstance(who, str) and not who.strip():
        raise BadRow("whoever said it has an empty name")
    if who == IMPORT and not str(id_).startswith(OURS):
        raise BadRow(f"nobody is called {IMPORT!r}: labels that come with data are that")
