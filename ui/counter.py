"""How far a command is that takes a while, on the terminal that it was given in."""

import sys
import time
from typing import Self

import click

WIDE = 30  # characters of a bar


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


def bar(done: int, of: int, words: str) -> None:
    """Show on a terminal that so much is *done* of so much; *words* say of what."""
    if sys.stderr.isatty():
        filled = "█" * (WIDE * done // of)
        click.echo(f"\r{filled:<{WIDE}} {done:,} of {of:,} {words}   ", nl=done == of, err=True)
