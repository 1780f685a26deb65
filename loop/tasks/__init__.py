"""The kinds of task, one module each: how it is asked, which answers it takes, what they teach.

Nothing here is a model: the trainer asks a task for what a classifier is to learn.
"""

import difflib

from loop.errors import SettingsError
from loop.tasks import classify, compare, correct, multilabel, rank, rate, thumbs, write
from loop.tasks.task import Task, Value

__all__ = ["KINDS", "Task", "Value", "get", "names", "of_kind"]

_MODULES = (classify, multilabel, thumbs, rate, compare, rank, correct, write)
_TASKS: dict[str, Task] = {module.TASK.name: module.TASK for module in _MODULES}
_OF_KIND: dict[str, Task] = {task.kind: task for task in reversed(_TASKS.values())}
KINDS = tuple(dict.fromkeys(task.kind for task in _TASKS.values()))  #: of answers


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


def of_kind(kind: str) -> Task:
    """The task whose answers are of *kind*, one of `KINDS`; of labels that of one class each."""
    return _OF_KIND[kind]
