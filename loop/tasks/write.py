"""Write: a free text about each item, such as the answer that it should have."""

from typing import Any, Literal

from pydantic import Field

from loop.tasks import correct
from loop.tasks.feedback import Feedback, Words
from loop.tasks.judgement import NO_PROMPT, Judgement, Trains, nothing
from loop.tasks.task import Task


class Text(Feedback):
    """What somebody says in their own words."""

    kind: Literal["text"] = "text"
    value: Words = Field(min_length=1)

    def stored(self) -> Any:
        """The words."""
        return self.value


def _trains(given: Judgement) -> Trains:
    """Written for an item it is a completion; about an output it is an opinion."""
    if given.interaction_id is not None:
        return nothing("a text about an output")
    if not given.prompt:
        return nothing(NO_PROMPT)
    return Trains(completions=((given.prompt, given.value),))


TASK = Task(
    name="write",
    kind="text",
    what="write a text about each item",
    shown_as="editor",
    feedback=Text,
    misfit=correct.misfit,
    named=lambda _value: (),
    trains=_trains,
    ordered=correct.ordered,
    payload=lambda value: {"text": value},
    read=str,
    classes=lambda _settings: (),
    is_closed=False,
    unlearned=lambda _settings: (
        "no classifier learns from what people write, so items come in random order"
    ),
)
