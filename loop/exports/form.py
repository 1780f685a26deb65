"""What a format of exports decides."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from loop.exports.outgoing import Outgoing
from loop.exports.raters import Raters
from loop.exports.sinks import Encoder, Writable

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Made(NamedTuple):
    """One record as it will stand in a file."""

    key: str  #: decides its split
    kind: str  #: under which it is counted
    record: Mapping[str, Any]


@dataclass(frozen=True)
class Format:
    """One format of exports."""

    name: str
    suffix: str  #: of its data files
    media_type: str
    what: str  #: is in it, in a few words
    #: The records of an export, one at a time; refuses what it cannot hold (`ExportError`).
    records: Callable[[Outgoing], Iterator[Made]]
    #: What writes them into a file.
    encoder: Callable[[Outgoing], Callable[[Writable], Encoder]]
    #: The JSON Schema of a record.
    schema: Callable[[Outgoing], dict[str, Any]]
    #: More files that belong to it: name → text.
    beside: Callable[[Outgoing], dict[str, str]] = lambda _out: {}
    #: What the front matter of the card says of the columns, for `datasets`; None: it can tell.
    features: Callable[[Outgoing], list[Any]] | None = None
    folder: str = ""  #: of its data files, inside the export
    stem: str = "annotations"  #: of its data file where there are no splits
    has_pre_labels: bool = False  #: takes the model's labels in
    needs_rows: bool = False  #: is refused where there are none
    #: What its files call a person, where that is no name; then names stand in a file beside.
    number_of: Callable[[Raters, str], str] | None = None
    loads: str = ""  #: how `datasets` calls what reads it; empty where nothing does


def an_object(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The schema of an object that has exactly these."""
    return {
        "$schema": SCHEMA_DIALECT,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **more,
    }


def maybe(kind: str, **more: Any) -> dict[str, Any]:
    """The schema of a value of one type, or null."""
    return {"type": [kind, "null"], **more}


TIME = {"format": "date-time"}
