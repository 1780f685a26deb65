"""Compare: which of two outputs is better? A tie and both bad are answers like any other.

`a` and `b` are the outputs whatever side each was shown on; the order is stored with the answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from loop.tasks import classify
from loop.tasks.feedback import AboutOutputs, Name
from loop.tasks.judgement import NO_OUTPUT, NO_PROMPT, Judgement, Trains, nothing
from loop.tasks.task import AT_RANDOM, Task

A, B, TIE, BOTH_BAD = CLASSES = ("a", "b", "tie", "both-bad")
UNDECIDED = (TIE, BOTH_BAD)


class Preference(AboutOutputs):
    """The better of two outputs."""

    kind: Literal["preference"] = "preference"
    value: Name = Field(description="the name of the better one, `tie` or `both-bad`")

    def stored(self) -> Any:
        """Its name."""
        return self.value


def _trains(given: Judgement) -> Trains:
    if given.value in UNDECIDED:
        return nothing(given.value)
    if not given.prompt:
        return nothing(NO_PROMPT)
    other = [text for name, text in given.outputs.items() if name != given.value]
    if len(other) != 1 or given.value not in given.outputs:
        return nothing(NO_OUTPUT)
    chosen, rejected = given.outputs[given.value], other[0]
    if not chosen or not rejected:
        return nothing(NO_OUTPUT)
    if chosen == rejected:
        return nothing("two outputs that are the same")
    return Trains(preferences=((given.prompt, chosen, rejected),))


def _columns_misfit(columns: Sequence[str]) -> str | None:
    if {A, B} <= set(columns):
        return None
    return (
        f"the two outputs stand in the columns {A!r} and {B!r}, and what they answer in 'prompt'; "
        f"there are {', '.join(columns)}"
    )


def _unlearned(settings: Mapping[str, Any]) -> str | None:
    outputs = {A, B} & (settings.get("media") or {}).keys()
    if settings.get("systems"):
        return None
    if settings.get("modality") == "text" and not outputs:
        recipe = settings.get("recipe", "")
        # Begun before outputs were read: their recipe is that of single texts, and was never used.
        if settings.get("strategy") != "random" or "outputs(" in recipe or recipe == "default":
            return None
        return f"the recipe {recipe!r} reads no pairs, as outputs(…) does; {AT_RANDOM}"
    return f"the outputs are no texts, and what made them is not known (systems); {AT_RANDOM}"


def _asks(settings: Mapping[str, Any]) -> str:
    return "paired-ranking" if settings.get("systems") else "informative-pairs"


TASK = Task(
    name="compare",
    kind="preference",
    what="say which of two outputs is better",
    shown_as="sides",
    feedback=Preference,
    misfit=classify.TASK.misfit,
    named=lambda value: (value,),
    trains=_trains,
    payload=lambda value: {"preferred": value},
    classes=lambda _settings: CLASSES,
    columns_misfit=_columns_misfit,
    unlearned=_unlearned,
    gives=frozenset({"labels", "memory", "pairs"}),
    asks=_asks,
)
