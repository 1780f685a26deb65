"""Standing answers out of the project: one data file, a manifest that can be checked, a card."""

import csv
import datetime
import hashlib
import io
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from loop import tasks
from loop.errors import LoopError
from loop.project import Project
from loop.store import log

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
MEDIA_TYPES = {"csv": "text/csv", "jsonl": "application/jsonl"}


class ExportError(LoopError):
    """An export that cannot be written."""


def text(project: Project, form: str) -> str:
    """All standing answers as one text in *form*: `csv` or `jsonl`. Raises `ExportError`."""
    return _writer(form)(project, list(rows(project)))


def rows(project: Project) -> Iterator[dict[str, Any]]:
    """Each standing answer as one flat record, in the order of the log."""
    settings = project.settings
    for row in log.judgements(project.store.read):
        yield {
            "item_id": row["item_id"],
            **{f"field_{name}": row["fields"].get(name) for name in settings.columns},
            **{f"meta_{name}": (row["meta"] or {}).get(name) for name in settings.meta},
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


def write(project: Project, form: str, folder: Path) -> Path:
    """Write data file, `manifest.json` and `README.md` into *folder*; returns the data file.

    Raises `ExportError` for an unknown format or a folder that is not empty.
    """
    writer = _writer(form)
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"{folder} is not an empty folder; name a new one for the export.")
    records = list(rows(project))  # read once: the manifest speaks of exactly these
    content = writer(project, records).encode()
    kinds = Counter(record["kind"] for record in records)
    name = f"annotations.{form}"
    manifest = {
        "schema": SCHEMA,
        "askwell": version("askwell"),
        "project": project.settings.name,
        "created_at": _rfc3339(datetime.datetime.now(datetime.UTC).timestamp()),
        "files": {
            name: {
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": len(content),
                "rows": sum(kinds.values()),
                "rows_by_kind": dict(kinds),
            }
        },
        "settings": project.settings.model_dump(mode="json"),
    }
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    (partial / name).write_bytes(content)
    (partial / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    (partial / "README.md").write_text(_card(project, name, kinds), encoding="utf-8")
    if folder.exists():
        folder.rmdir()
    partial.rename(folder)
    return folder / name


def _card(project: Project, name: str, kinds: Counter[str]) -> str:
    settings = project.settings
    counts = "\n".join(f"| {kind} | {n} |" for kind, n in sorted(kinds.items())) or "| – | 0 |"
    return f"""# {settings.name}

Judgements collected with askwell {version("askwell")}: `{name}`, one row for each standing answer.

- Task: {settings.task}; classes: {", ".join(settings.classes)}
- Query strategy: {settings.strategy}; seed {settings.seed}
- Answers wanted for each item: {settings.overlap}
- `share`: `pool` rows were chosen by the strategy and are **not** a random sample;
  `audit` rows were drawn at random at the import, or brought as an audit file; they were never
  trained on: measure on those.
- `annotator` is `{log.IMPORT}` where the label came with the data.
- Times are RFC 3339 in UTC. `score` is higher where the item was more wanted; `rank` counts from 1.

| kind | rows |
|---|---|
{counts}
"""


def _csv(project: Project, records: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    fields = [f"field_{name}" for name in project.settings.columns]
    fields += [f"meta_{name}" for name in project.settings.meta]
    header = ["item_id", *fields, "share", "annotator", "kind", "value", "comment", "answer_id"]
    header += ["shown_at", "answered_at", "received_at", *PROVENANCE]
    writer = csv.DictWriter(out, header, lineterminator="\n")
    writer.writeheader()
    cell = tasks.get(project.settings.task).write
    writer.writerows(record | {"value": cell(record["value"])} for record in records)
    return out.getvalue()


def _jsonl(_project: Project, records: list[dict[str, Any]]) -> str:
    lines = (json.dumps({"schema": SCHEMA, **record}, ensure_ascii=False) for record in records)
    return "".join(f"{line}\n" for line in lines)


_WRITERS: dict[str, Callable[[Project, list[dict[str, Any]]], str]] = {"csv": _csv, "jsonl": _jsonl}


def _writer(form: str) -> Callable[[Project, list[dict[str, Any]]], str]:
    if form not in _WRITERS:
        raise ExportError(f"There is no export format {form!r}: use {' or '.join(_WRITERS)}.")
    return _WRITERS[form]


def _rfc3339(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
