"""Correct: a text as it is, and as it should be. Sent unchanged, it is right."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from loop.tasks.feedback import LONGEST_TEXT, Feedback, Words
from loop.tasks.judgement import NO_PROMPT, Judgement, Trains, nothing
from loop.tasks.task import OUTPUT, Task

WORDS = "text"
Changes = Literal["text", "label", "fact", "instruction", "guideline"]
KNOWLEDGE: tuple[Changes, ...] = ("text", "label", "fact")  #: the next model learns these
BEHAVIOUR: tuple[Changes, ...] = ("instruction", "guideline")  #: these are told, not learned


class Correction(Feedback):
    """What should have been there, and what that changes."""

    kind: Literal["correction"] = "correction"
    value: Words = Field(
        min_length=1,
        description="the right output, label or fact; or the instruction or guideline that lacks",
    )
    changes: Changes = "text"

    def stored(self) -> Any:
        """What should have been there."""
        return self.value

    def options(self) -> dict[str, Any]:
        """What it changes."""
        return {"changes": self.changes}


def ordered(value: Any, *_: Any) -> Any:
    """A text as an object, by which the log knows it from a class: it may have to be erased."""
    return {WORDS: value} if isinstance(value, str) else value


def misfit(value: Any, _classes: Sequence[str]) -> str | None:
    """Why this is no text to store."""
    if isinstance(value, dict) and value.keys() == {WORDS}:
        value = value[WORDS]
    if not isinstance(value, str) or not value.strip():
        return f"this project wants a text, not {value!r}"
    if len(value) > LONGEST_TEXT:
        return f"the text has {len(value):,} characters, more than {LONGEST_TEXT:,}"
    return None


def _trains(given: Judgement) -> Trains:
    """What is right to complete; and, where that is another text, to prefer over what was there."""
    changes = given.payload.get("changes", "text")
    if changes not in {"text", "fact"}:
        return nothing(f"a correction of the {changes}")
    if not given.prompt:
        return nothing(NO_PROMPT)
    right = ((given.prompt, given.value),)
    if not given.output or given.output == given.value:
        return Trains(completions=right)
    return Trains(completions=right, preferences=((given.prompt, given.value, given.output),))


def _columns_misfit(columns: Sequence[str]) -> str | None:
    if OUTPUT in columns or len(columns) == 1:
        return None
    return f"the text to correct stands in the column {OUTPUT!r}; there are {', '.join(columns)}"


TASK = Task(
    name="correct",
    kind="correction",
    what="put each text right",
    shown_as="editor",
    feedback=Correction,
    misfit=misfit,
    named=lambda _value: (),
    trains=_trains,
    ordered=ordered,
    payload=lambda value: {"after": value},
    read=str,
    classes=lambda _settings: (),
    columns_misfit=_columns_misfit,
    is_closed=False,
    unlearned=lambda _settings: (
        "no classifier learns from texts as they should be, so items come in random order"
    ),
)
