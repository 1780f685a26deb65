"""JSONL: one JSON object a line, plain or gzipped."""

import json
from collections.abc import Iterator
from pathlib import Path

from loop.errors import DataError
from loop.formats.row import Row, text_of


def rows(source: Path) -> Iterator[Row]:
    """Each object of *source*. Raises `DataError` at a line that is none."""
    with text_of(source) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                values = json.loads(line)
            except (ValueError, RecursionError) as why:  # numbers or brackets without end, too
                raise DataError(source, [f"line {number} is not JSON: {why}"]) from why
            if not isinstance(values, dict):
                raise DataError(source, [f"line {number} is {values!r:.60}, not a JSON object"])
            yield Row(f"line {number}", values)
