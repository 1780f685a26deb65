"""Arguments and options that several commands share."""

import re
from collections.abc import Iterable
from pathlib import Path

import click

HOME = "127.0.0.1"
PORT = 8501

folder = click.argument("project", type=click.Path(path_type=Path))
as_json_document = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
port = click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True)

_NAME = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*|([^,]*))(?:,|$)')


def split(names: str | None) -> tuple[str, ...]:
    """The names between commas. One in double quotes may have commas; it is taken as it stands."""
    parts = [
        (quoted.replace('""', '"'), bare.strip()) for quoted, bare in _NAME.findall(names or "")
    ]
    return tuple(quoted or bare for quoted, bare in parts if quoted or bare)


def joined(names: Iterable[str]) -> str:
    """The words that `split` takes apart into *names* again."""
    return ",".join(map(_quoted, names))


def _quoted(name: str) -> str:
    if "," in name or name.startswith('"') or name != name.strip():
        return '"' + name.replace('"', '""') + '"'
    return name
