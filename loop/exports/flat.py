"""Judgements as rows of a table: the same columns in CSV and in Parquet."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from loop import tasks
from loop.exports import outgoing
from loop.exports.form import Format, Made, an_object, maybe
from loop.exports.native import HEAD, TAIL, head, tail
from loop.exports.outgoing import Outgoing, Row
from loop.exports.sinks import Csv, Parquet, Writable
from loop.tasks.judgement import SCHEMA_VERSION

FIRST = ("item_id", "annotator_id", "kind", "value", "created_at")
LAST = ("prompt", "output", "outputs")  # of feedback about interactions


def columns(out: Outgoing) -> dict[str, dict[str, Any]]:
    """Each column with its JSON Schema, in order."""
    told = {**HEAD, "value": maybe("string"), "comment": maybe("string")}
    told["prediction"] = maybe("string")
    first = {name: told.pop(name) for name in FIRST}
    of_items = {name: maybe(kind) for name, kind in out.types.items()}
    return {**first, **told, **of_items, **TAIL, **{name: maybe("string") for name in LAST}}


def records(out: Outgoing) -> Iterator[Made]:
    """Every chosen judgement."""
    names = list(columns(out))
    places = {
        name: (where, column, out.types[name] == "string")
        for name, (where, column) in out.columns.items()
    }
    for row in outgoing.everything(out):
        told = _flat(out, row, places)
        yield Made(row.key, row.judgement.kind, {name: told[name] for name in names})


def _flat(out: Outgoing, row: Row, places: Mapping[str, tuple[str, str, bool]]) -> dict[str, Any]:
    given, is_item = row.judgement, row.judgement.item_id is not None
    told = head(out, row) | tail(row)
    told["value"] = None if given.value is None else _written(out, given.kind, given.value)
    if given.prediction is not None:
        told["prediction"] = _written(out, given.kind, given.prediction)
    told["comment"] = given.comment
    for name, (where, column, is_text) in places.items():
        cell = (row.fields if where == "fields" else row.meta).get(column)
        told[name] = outgoing.as_text(cell) if is_text and cell is not None else cell
    # An item's prompt and outputs are fields of it.
    told["prompt"] = None if is_item else given.prompt
    told["output"] = None if is_item else given.output
    told["outputs"] = None
    if not is_item and given.outputs:
        told["outputs"] = json.dumps(dict(given.outputs), ensure_ascii=False)
    return told


def _written(out: Outgoing, kind: str, value: Any) -> str:
    """A value as one text. What a model suggests to somebody who skips is of the project's task."""
    task = tasks.get(out.settings.task)
    is_other = kind in tasks.KINDS and kind != task.kind
    found = (tasks.of_kind(kind) if is_other else task).write(value)
    return "|".join(found) if isinstance(found, list) else str(found)


def schema(out: Outgoing) -> dict[str, Any]:
    """The JSON Schema of a row: of a CSV file once its cells are read as what they are."""
    return an_object(columns(out))


def _parquet(out: Outgoing) -> Callable[[Writable], Parquet]:
    return lambda file: Parquet(file, columns(out), {"schema_version": SCHEMA_VERSION})


CSV = Format(
    name="csv",
    suffix=".csv",
    media_type="text/csv",
    what="a table, a judgement a row",
    records=records,
    encoder=lambda out: lambda file: Csv(file.write, list(columns(out))),
    schema=schema,
    has_pre_labels=True,
    loads="csv",
)
PARQUET = Format(
    name="parquet",
    suffix=".parquet",
    media_type="application/vnd.apache.parquet",
    what="the table of the format csv, with types",
    records=records,
    encoder=_parquet,
    schema=schema,
    has_pre_labels=True,
    loads="parquet",
)
