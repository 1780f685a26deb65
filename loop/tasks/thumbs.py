"""Thumbs: is this output good, yes or no? A classifier learns it as two classes."""

from typing import Any, Literal

from pydantic import Field, StrictBool

from loop.tasks import classify
from loop.tasks.feedback import Feedback
from loop.tasks.judgement import NO_OUTPUT, NO_PROMPT, Judgement, Trains, nothing
from loop.tasks.task import Task

UP, DOWN = CLASSES = ("up", "down")


class Thumbs(Feedback):
    """A thumb up or down."""

    kind: Literal["thumbs"] = "thumbs"
    value: StrictBool | Literal["up", "down"] = Field(description="true is up")

    def stored(self) -> Any:
        """Up or down."""
        return _ordered(self.value)


def _ordered(value: Any, *_: Any) -> Any:
    return (UP if value else DOWN) if isinstance(value, bool) else value


def _trains(given: Judgement) -> Trains:
    if not given.prompt:
        return nothing(NO_PROMPT)
    if not given.output:
        return nothing(NO_OUTPUT)
    return Trains(unpaired=((given.prompt, given.output, given.value == UP),))


TASK = Task(
    name="thumbs",
    kind="thumbs",
    what="say of each output whether it is good",
    shown_as="classes",
    feedback=Thumbs,
    misfit=classify.TASK.misfit,
    named=lambda value: (value,),
    trains=_trains,
    ordered=_ordered,
    payload=lambda value: {"up": value == UP},
    read=lambda cell: {"true": UP, "false": DOWN}.get(str(cell).strip().lower(), str(cell).strip()),
    classes=lambda _settings: CLASSES,
    gives=classify.TASK.gives,
    strategy=classify.TASK.strategy,
    start=classify.TASK.start,
    tail=classify.TASK.tail,
)
