"""The kinds of task, one module each: which values an answer may have, and what they mean.

Nothing here is a model: the trainer asks a task for what a classifier is to learn.
"""

import difflib

from loop.errors import SettingsError
from loop.tasks import classify, multilabel
from loop.tasks.task import Task, Value

__all__ = ["Task", "Value", "get", "names"]

_TASKS: dict[str, Task] = {"classify": classify, "multilabel": multilabel}


def names() -> list[str]:
    """The names of all tasks."""
    return list(_TASKS)


def get(name: str) -> Task:
    """The task called *name*. Raises `SettingsError` with the nearest name."""
    if name not in _TASKS:
        near = difflib.get_close_matches(name, _TASKS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise SettingsError(f"There is no task {name!r}.{hint} Known: {', '.join(_TASKS)}.")
    return _TASKS[name]
