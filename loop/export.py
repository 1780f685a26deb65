"""Standing answers out of the project: one data file, a manifest that can be checked, a card.

Where they are wanted, the newest model's labels of other items beside them, each marked as such.
"""

import csv
import datetime
import hashlib
import io
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from loop import pre_labels, tasks
from loop.errors import LoopError
from loop.pre_labels import PreLabels, Wanted
from loop.project import Project
from loop.settings import Settings
from loop.store import Database, items, log

SCHEMA = "askwell-annotations-1"
PROVENANCE = (
    "model_version",
    "strategy",
    "score",
    "rank",
    "suggestion",
    "suggestion_shown",
    "guideline_version",
)
MARKS = ("source", "confidence")  # that rows have where there are pre-labels among them
PEOPLE, MODEL = "people", "model"  # whose answer a row is
PRE_LABEL = "pre-label"  # the kind of a row that is the model's
DIGITS = 4  # of a confidence: more are not kept
MANIFEST = "manifest.json"
MEDIA_TYPES = {"csv": "text/csv", "jsonl": "application/jsonl"}

Record = dict[str, Any]


class ExportError(LoopError):
    """An export that cannot be written."""


@dataclass(frozen=True)
class Export:
    """All that is exported, of one moment."""

    settings: Settings
    records: list[Record]
    pre_labels: PreLabels | None


def text(project: Project, form: str) -> str:
    """All standing answers as one text in *form*: `csv` or `jsonl`. Raises `ExportError`."""
    return _content(_read(project, None), form)


def rows(project: Project) -> Iterator[Record]:
    """Each standing answer as one flat record, in the order of the log."""
    return _answers(project.store.read, project.settings)


def write(project: Project, form: str, folder: Path, wanted: Wanted | None = None) -> Path:
    """Write data file, `manifest.json` and `README.md` into *folder*; returns the data file.

    With the pre-labels *wanted*, if any. Raises `ExportError` for an unknown format or a folder
    that is not empty, and `PreLabelError` for pre-labels that there cannot be.
    """
    _check(form)
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"{folder} is not an empty folder; name a new one for the export.")
    export = _read(project, wanted)  # once: the manifest speaks of exactly these
    content = _content(export, form).encode()
    kinds = Counter(record["kind"] for record in export.records)
    name = f"annotations.{form}"
    told = {
        "schema": SCHEMA,
        "askwell": version("askwell"),
        "project": export.settings.name,
        "created_at": _rfc3339(datetime.datetime.now(datetime.UTC).timestamp()),
        "files": {
            name: {
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": len(content),
                "rows": sum(kinds.values()),
                "rows_by_kind": dict(kinds),
            }
        },
        "settings": export.settings.model_dump(mode="json"),
    }
    if export.pre_labels:
        told["pre_labels"] = export.pre_labels.told()
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    (partial / name).write_bytes(content)
    (partial / MANIFEST).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    (partial / "README.md").write_text(_card(export, name, kinds), encoding="utf-8")
    if folder.exists():
        folder.rmdir()
    partial.rename(folder)
    return folder / name


def manifest(folder: Path) -> dict[str, Any]:
    """What is said of the export in *folder*."""
    told: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    return told


def _read(project: Project, wanted: Wanted | None) -> Export:
    with project.store.snapshot() as db:
        settings = project.terms(db).settings
        records = list(_answers(db, settings))
        if wanted is None:
            return Export(settings, records, None)
        made = pre_labels.of(project, db, wanted)
        records = [record | {"source": PEOPLE, "confidence": None} for record in records]
        records += _pre_labels(db, settings, made)
        return Export(settings, records, made)


def _answers(db: Database, settings: Settings) -> Iterator[Record]:
    for row in log.judgements(db):
        yield {
            **_item(row["item_id"], row["fields"], row["meta"] or {}, settings),
            "share": row["share"],
            "annotator": row["annotator"],
            "kind": row["kind"],
            "value": settings.now(row["value"]) if row["kind"] == "label" else None,
            "comment": row["comment"],
            "answer_id": row["event_id"],
            "shown_at": _rfc3339(row["shown_at"]),
            "answered_at": _rfc3339(row["answered_at"]),
            "received_at": _rfc3339(row["received_at"]),
            **{name: row[name] for name in PROVENANCE},
            "suggestion": settings.now(row["suggestion"]),
        }


def _pre_labels(db: Database, settings: Settings, made: PreLabels) -> Iterator[Record]:
    """A record of each pre-label, of what there is to say of it."""
    blank = dict.fromkeys(_columns(settings, made))
    found = items.at(db, made.positions.tolist())
    for item, label, sure in zip(found, made.labels, made.sure.tolist(), strict=True):
        yield blank | {
            **_item(item.id, item.fields, item.meta, settings),
            "share": item.share,
            "kind": PRE_LABEL,
            "value": label,
            "model_version": made.model,
            "source": MODEL,
            "confidence": round(sure, DIGITS),
        }


def _item(
    id: str,  # noqa: A002
    fields: dict[str, Any],
    meta: dict[str, Any],
    settings: Settings,
) -> dict[str, Any]:
    return {
        "item_id": id,
        **{f"field_{name}": fields.get(name) for name in settings.columns},
        **{f"meta_{name}": meta.get(name) for name in settings.meta},
    }


def _card(export: Export, name: str, kinds: Counter[str]) -> str:
    settings = export.settings
    counts = "\n".join(f"| {kind} | {n} |" for kind, n in sorted(kinds.items())) or "| – | 0 |"
    return f"""# {settings.name}

Judgements collected with askwell {version("askwell")}: `{name}`, one row for each standing answer.

- Task: {settings.task}; classes: {", ".join(settings.classes)}
- Query strategy: {settings.strategy}; seed {settings.seed}
- Answers wanted for each item: {_wanted(settings)}
- `share`: `pool` rows were chosen by the strategy and are **not** a random sample;
  `audit` rows were drawn at random at the import, or brought as an audit file; they were never
  trained on: measure on those.
- `annotator` is `{log.IMPORT}` where the label came with the data.
- Times are RFC 3339 in UTC. `score` is higher where the item was more wanted; `rank` counts from 1.

| kind | rows |
|---|---|
{counts}
{_of_the_model(export.pre_labels)}"""


def _wanted(settings: Settings) -> str:
    if settings.ask_again_below is None:
        return str(settings.overlap)
    return (
        f"1, and up to {settings.overlap} while its label is less likely than "
        f"{settings.ask_again_below}; audit items {settings.overlap}"
    )


def _of_the_model(made: PreLabels | None) -> str:
    if made is None:
        return ""
    return f"""
## Pre-labels

Rows of the kind `{PRE_LABEL}`, with `{MODEL}` as their `source`, are **no judgements**: nobody has
looked at these items. `confidence` is how sure the model is of the class in `value`.

{pre_labels.in_words(made.told())}

Audit items are random ones of each import, or those of the audit file; pre-labels are of what the
strategy has left over. Do not measure a model on pre-labels.
"""


def _columns(settings: Settings, made: PreLabels | None) -> list[str]:
    """What each row has, in order."""
    return [
        "item_id",
        *(f"field_{name}" for name in settings.columns),
        *(f"meta_{name}" for name in settings.meta),
        *("share", "annotator", "kind", "value", "comment", "answer_id"),
        *("shown_at", "answered_at", "received_at", *PROVENANCE),
        *(MARKS if made else ()),
    ]


def _csv(settings: Settings, columns: list[str], records: list[Record]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    cell = tasks.get(settings.task).write
    writer.writerows(record | {"value": cell(record["value"])} for record in records)
    return out.getvalue()


def _jsonl(_settings: Settings, _columns: list[str], records: list[Record]) -> str:
    lines = (json.dumps({"schema": SCHEMA, **record}, ensure_ascii=False) for record in records)
    return "".join(f"{line}\n" for line in lines)


Writer = Callable[[Settings, list[str], list[Record]], str]
WRITERS: dict[str, Writer] = {"csv": _csv, "jsonl": _jsonl}


def _content(export: Export, form: str) -> str:
    _check(form)
    columns = _columns(export.settings, export.pre_labels)
    return WRITERS[form](export.settings, columns, export.records)


def _check(form: str) -> None:
    if form not in WRITERS:
        raise ExportError(f"There is no export format {form!r}: use {' or '.join(WRITERS)}.")


def _rfc3339(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
