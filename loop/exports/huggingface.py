"""Labeled items as a data set that trains the next model: a row an item."""

from collections.abc import Iterator
from typing import Any

from loop import tasks
from loop.exports.errors import ExportError
from loop.exports.form import Format, Made, an_object, maybe
from loop.exports.outgoing import DIGITS, Outgoing, as_text, key_of, leave_out_without_item
from loop.exports.sinks import Parquet
from loop.store import items, leaving
from loop.tasks import correct, rank, write
from loop.tasks.judgement import SCHEMA_VERSION

UNLABELED = "an item without a label"
TEXTS = {correct.TASK.name: "correction", write.TASK.name: "written", rank.TASK.name: "ranking"}


def records(out: Outgoing) -> Iterator[Made]:
    """A row of each labeled item: its label by what was decided, or what its answers come to."""
    leave_out_without_item(out)
    settings, name, code, names = out.settings, _column(out), _codes(out), _names(out)
    settled = _settled(out) if name == "label" else {}
    for item, found, is_decided, answers in leaving.labels(out.db):
        if out.choice.share not in {None, item.share}:
            continue
        if found is None:
            out.leave_out(UNLABELED)
            continue
        label, sure = settings.now(found), 1.0
        if not is_decided and item.position in settled:
            label, sure = settled[item.position]
        record = {
            "item_id": item.id,
            **{shown: _cell(item, key, out) for key, shown in names.items()},
            name: code(label),
            "confidence": round(sure, DIGITS) if name == "label" else None,
            "answers": answers,
            "share": item.share,
        }
        yield Made(key_of(item.fields), _kind(out), record)


def _settled(out: Outgoing) -> dict[int, tuple[Any, float]]:
    """What several answers on one item come to, by position."""
    from loop import consensus  # noqa: PLC0415 - scipy, which no page waits for

    return {
        one.position: (one.label, one.confidence)
        for share in (items.POOL, items.AUDIT)
        for one in consensus.every(out.db, out.settings, share)
    }


def _column(out: Outgoing) -> str:
    return TEXTS.get(out.settings.task, "label")


def _kind(out: Outgoing) -> str:
    return tasks.get(out.settings.task).kind


def _codes(out: Outgoing) -> Any:
    """A label as its column holds it: the place of its class, or several of them, or a text."""
    if _column(out) != "label":
        return lambda label: label
    place = {name: code for code, name in enumerate(out.settings.classes)}
    return lambda label: (
        [place[name] for name in label] if isinstance(label, list) else place[label]
    )


def _names(out: Outgoing) -> dict[str, str]:
    """What the columns of the items are called here: a field by its own name, where it is free."""
    taken = {"item_id", "confidence", "answers", "share", _column(out)}
    taken |= {name for name in out.columns if name.startswith("meta_")}
    own = {name: column for name, (where, column) in out.columns.items() if where == "fields"}
    return {
        name: name if own.get(name, name) in taken else own.get(name, name) for name in out.columns
    }


def _cell(item: Any, key: str, out: Outgoing) -> Any:
    where, column = out.columns[key]
    found = getattr(item, where).get(column)
    return as_text(found) if found is not None and out.types[key] == "string" else found


def _columns(out: Outgoing) -> dict[str, dict[str, Any]]:
    label: dict[str, Any] = {"type": "integer", "minimum": 0}
    if _column(out) != "label":
        label = {"type": "string"}
    if out.settings.task in {"multilabel", rank.TASK.name}:
        label = {"type": "array", "items": label}
    return {
        "item_id": {"type": "string"},
        **{shown: maybe(out.types[key]) for key, shown in _names(out).items()},
        _column(out): label,
        "confidence": maybe("number"),
        "answers": {"type": "integer"},
        "share": {"enum": ["pool", "audit"]},
    }


def _features(out: Outgoing) -> list[Any]:
    """The columns as `datasets` calls them; a label is a class by its name."""
    found: list[Any] = []
    for name, told in _columns(out).items():
        if name == "label":
            names = {"class_label": {"names": dict(enumerate(out.settings.classes))}}
            dtype: Any = {"list": {"dtype": names}} if "items" in told else {"dtype": names}
        elif "items" in told:
            dtype = {"list": "string"}
        else:
            is_number = "number" in told.get("type", ())
            kind = "float64" if is_number else "int64"
            dtype = {"dtype": kind if is_number or told.get("type") == "integer" else "string"}
        found.append({"name": name, **dtype})
    return found


def _encoder(out: Outgoing) -> Any:
    choice = out.choice
    if choice.chosen.keys() - {"share"}:
        raise ExportError(
            "The format hf has a row for each item, of all that was said of it; of the filters it "
            "takes the share alone. Answers one by one are in csv, jsonl and parquet."
        )
    return lambda file: Parquet(file, _columns(out), {"schema_version": SCHEMA_VERSION})


FORMAT = Format(
    name="hf",
    suffix=".parquet",
    media_type="application/vnd.apache.parquet",
    what="labeled items, a row an item, with what their answers come to",
    records=records,
    encoder=_encoder,
    schema=lambda out: an_object(_columns(out)),
    features=_features,
    folder="data",
    stem="train",
    needs_rows=True,
    loads="parquet",
)
