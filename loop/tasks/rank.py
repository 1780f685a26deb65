"""Rank: several outputs in order, the best first."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Literal

from pydantic import Field

from loop.tasks.feedback import AboutOutputs, Name
from loop.tasks.judgement import NO_OUTPUT, NO_PROMPT, Judgement, Trains, nothing
from loop.tasks.task import PROMPT, Task

BETWEEN = ">"
LEAST, MOST = 2, 9  # outputs: a key each


class Ranking(AboutOutputs):
    """All outputs that were shown, the best first."""

    kind: Literal["ranking"] = "ranking"
    value: list[Name] = Field(description="the names of all outputs, the best first")

    def stored(self) -> Any:
        """Their names."""
        return self.value


def outputs(columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that hold the outputs."""
    return tuple(name for name in columns if name != PROMPT)


def misfit(value: Any, names: Sequence[str]) -> str | None:
    """Why this is no order of all the outputs."""
    if not isinstance(value, list):
        return f"this project wants the outputs in order, the best first, not {value!r}"
    if unknown := [name for name in value if name not in names]:
        return f"no output is called {unknown[0]!r}: there are {', '.join(names)}"
    if len(value) != len(names) or len(set(value)) < len(value):
        return f"each of {', '.join(names)} has one place in the order, not {value!r}"
    return None


def _read(cell: Any) -> list[str]:
    parts = cell if isinstance(cell, list) else str(cell).split(BETWEEN)
    return [str(part).strip() for part in parts if str(part).strip()]


def _trains(given: Judgement) -> Trains:
    """Each output is preferred over all behind it: k(k−1)/2 pairs."""
    if not given.prompt:
        return nothing(NO_PROMPT)
    if not set(given.value) <= set(given.outputs):
        return nothing(NO_OUTPUT)
    texts = [given.outputs[name] for name in given.value]
    pairs = [(one, two) for one, two in combinations(texts, 2) if one and two and one != two]
    if not pairs:
        return nothing("outputs that are the same")
    return Trains(preferences=tuple((given.prompt, one, two) for one, two in pairs))


def _columns_misfit(columns: Sequence[str]) -> str | None:
    if LEAST <= len(outputs(columns)) <= MOST:
        return None
    return (
        f"to rank are {LEAST} to {MOST} outputs, each in a column of its own beside {PROMPT!r}; "
        f"there are {', '.join(columns)}"
    )


def _classes(settings: Mapping[str, Any]) -> tuple[str, ...]:
    return outputs(settings.get("columns") or ())


TASK = Task(
    name="rank",
    kind="ranking",
    what="put the outputs in order, the best first",
    shown_as="order",
    feedback=Ranking,
    misfit=misfit,
    named=lambda value: (value[0],),
    trains=_trains,
    payload=lambda value: {"ranking": value},
    read=_read,
    write=BETWEEN.join,
    classes=_classes,
    columns_misfit=_columns_misfit,
    is_closed=False,
    unlearned=lambda _settings: (
        "no classifier learns from orders of outputs, so items come in random order"
    ),
    separator=BETWEEN,
)
