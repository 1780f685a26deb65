"""How far a command is that reads or writes many rows."""

import sys
import time
from typing import Self

import click


class Counter:
    """Shows how many rows are read, or written: on a terminal, or where told to, in lines."""

    def __init__(self, doing: str = "Reading", *, in_lines: bool = False) -> None:
        self._doing = doing
        self._is_wanted, self._in_lines = in_lines or sys.stderr.isatty(), in_lines
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._last and not self._in_lines:
            click.echo(err=True)

    def __call__(self, what: str, rows: int) -> None:
        """Show the number, at most ten times a second."""
        if self._is_wanted and time.monotonic() - self._last > 0.1:
            self._last = time.monotonic()
            words = f"{self._doing} {what}: {rows:,} rows"
            click.echo(words if self._in_lines else f"\r{words} ", nl=self._in_lines, err=True)
