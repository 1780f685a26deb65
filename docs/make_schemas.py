"""Writes docs/schemas/ from the kinds of feedback themselves: `make docs`."""

import json
from pathlib import Path

from loop.feedback import schema
from loop.tasks.judgement import SCHEMA_VERSION

FOLDER = Path(__file__).parent / "schemas" / SCHEMA_VERSION


def pages() -> dict[Path, str]:
    """Each file and what it holds. Versions that were published before stay as they are."""
    return {
        FOLDER / f"{kind}.json": json.dumps(told, indent=2) + "\n"
        for kind, told in schema.every().items()
    }


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file, text in pages().items():
        file.write_text(text, encoding="utf-8")
