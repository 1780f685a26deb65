"""What draws charts is imported when a first one is wanted."""

from importlib import import_module
from typing import Any


def charted(module: str) -> Any:
    """A module that draws, imported with what it draws with when it is first asked for.

    They take a fifth of a second, for which the first item need not wait. pandas comes first and
    whole: altair looks it up among the loaded modules, and would find it half loaded where
    another visitor's first chart is just importing it.
    """
    import_module("pandas")
    return import_module(f"ui.{module}")
