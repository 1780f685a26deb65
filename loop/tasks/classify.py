"""Classify: each item is of exactly one class."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from loop.tasks.feedback import Feedback, Name
from loop.tasks.judgement import Judgement, Trains, nothing
from loop.tasks.task import Task


class Label(Feedback):
    """A class, or several, that somebody says the interaction is of."""

    kind: Literal["label"] = "label"
    value: Name | list[Name] = Field(description="a class of the project, or a list of them")

    def stored(self) -> Any:
        """The class or the classes."""
        return self.value


def _misfit(value: Any, classes: Sequence[str]) -> str | None:
    if value in classes:
        return None
    return f"there is no class {value!r}: this project has {', '.join(classes)}"


def trains(_judgement: Judgement) -> Trains:
    """Nothing: a class is for a classifier, and the other formats have it."""
    return nothing("a label")


def payload(value: Any) -> dict[str, Any]:
    """A class, or several."""
    return {"labels" if isinstance(value, list) else "label": value}


TASK = Task(
    name="classify",
    kind="label",
    what="give each item one class",
    shown_as="classes",
    feedback=Label,
    misfit=_misfit,
    named=lambda value: (value,),
    trains=trains,
    payload=payload,
    gives=frozenset({"labels", "memory", "probabilities"}),
    strategy="uherding",
    start="typiclust",
    tail="margin",
)
