"""A record of feedback as somebody sends it, checked against the schema of its kind and version."""

import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from loop import tasks
from loop.errors import LoopError
from loop.tasks.feedback import Feedback
from loop.tasks.judgement import SCHEMA_VERSION


@dataclass(frozen=True)
class Refusal:
    """Why a record is not taken."""

    feedback_id: str | None  #: None where it has none
    field: str  #: what is wrong with it
    reason: str
    is_conflict: bool = False  #: with what is stored already


class Refused(LoopError):
    """A record that is not taken."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.field}: {refusal.reason}")
        self.refusal = refusal


def read(record: Any) -> Feedback:
    """A record, validated. Raises `Refused`, naming the field."""
    if not isinstance(record, dict):
        raise Refused(Refusal(None, "feedback", f"a record is an object, not {_short(record)}"))
    id_ = record.get("feedback_id")
    told = id_ if isinstance(id_, str) else None
    version = record.get("schema_version", SCHEMA_VERSION)
    reader = READERS.get(version) if isinstance(version, str) else None
    if reader is None:
        known = ", ".join(READERS)
        raise Refused(
            Refusal(
                told,
                "schema_version",
                f"this askwell reads version {known}, not {_short(version)}; update askwell, or "
                "send one of these",
            )
        )
    kind = record.get("kind")
    if kind not in tasks.KINDS:
        near = difflib.get_close_matches(str(kind), tasks.KINDS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        words = f"there is no kind {_short(kind)}.{hint} Known: {', '.join(tasks.KINDS)}"
        raise Refused(Refusal(told, "kind", words))
    try:
        return reader(record)
    except ValidationError as why:
        raise Refused(_refusal(told, why)) from why


def _version_1_0(record: Mapping[str, Any]) -> Feedback:
    return tasks.of_kind(record["kind"]).feedback.model_validate(record)


#: By the version that a record says it has. Every version that was ever published stays here.
READERS: dict[str, Callable[[Mapping[str, Any]], Feedback]] = {SCHEMA_VERSION: _version_1_0}


def _refusal(feedback_id: str | None, why: ValidationError) -> Refusal:
    """The first field that is wrong; of one that may be several things, why it is none of them."""
    errors = why.errors()
    first = errors[0]
    field = str(first["loc"][0])
    about = [error for error in errors if error["loc"][0] == field]
    words = " or ".join(dict.fromkeys(str(error["msg"]) for error in about))
    is_there = first["type"] not in {"missing", "extra_forbidden"}
    return Refusal(
        feedback_id, field, f"{words}, not {_short(first['input'])}" if is_there else words
    )


def _short(given: Any) -> str:
    """What was given, as JSON, and not more of it than a person reads."""
    text = json.dumps(given, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:60]}… ({len(text):,} characters)"
