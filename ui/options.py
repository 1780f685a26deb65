"""Arguments and options that several commands share."""

from pathlib import Path

import click

HOME = "127.0.0.1"
PORT = 8501

folder = click.argument("project", type=click.Path(path_type=Path))
as_json_document = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
port = click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True)
