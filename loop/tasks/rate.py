"""Rate: a whole number on a scale that the project states. A classifier learns its points."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, StrictInt

from loop.tasks import classify
from loop.tasks.feedback import Feedback
from loop.tasks.judgement import NO_OUTPUT, NO_PROMPT, Judgement, Trains, nothing
from loop.tasks.task import Task

USUAL_SCALE = (1, 5)
MOST_POINTS = 11
GOOD, BAD = 0.75, 0.25  # of the scale: 4 and 5 of five are good, 1 and 2 are bad


class Rating(Feedback):
    """A point of a scale."""

    kind: Literal["rating"] = "rating"
    value: StrictInt = Field(description="a point of the scale")
    scale: tuple[StrictInt, StrictInt] | None = Field(
        default=None, description="its lowest and its highest point; else the project's"
    )

    def stored(self) -> Any:
        """The point by its name."""
        return str(self.value)

    def options(self) -> dict[str, Any]:
        """The scale, where it is not the project's."""
        return {} if self.scale is None else {"scale": list(self.scale)}


def points(scale: tuple[int, int]) -> tuple[str, ...]:
    """The points of a scale by their names, lowest first. Raises `ValueError` for no scale."""
    low, high = scale
    if not 2 <= high - low + 1 <= MOST_POINTS:
        raise ValueError(
            f"a scale has 2 to {MOST_POINTS} whole points, lowest first, not {low} to {high}"
        )
    return tuple(str(point) for point in range(low, high + 1))


def _classes(settings: Mapping[str, Any]) -> tuple[str, ...]:
    return points(tuple(settings.get("scale") or USUAL_SCALE))


def _keys(names: Sequence[str]) -> dict[str, str]:
    """Eleven points are more than there are digits: x, the Roman ten, is the last."""
    if len(names) < MOST_POINTS:
        return {}
    digits = "0123456789" if names[0] == "0" else "1234567890"
    return dict(zip(names, digits + "x", strict=True))


def _ordered(value: Any, *_: Any) -> Any:
    """A number as the point that it names."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(int(value)) if is_number and float(value).is_integer() else value


def is_good(payload: Mapping[str, Any]) -> bool | None:
    """Whether a rating is in the upper or the lower part of its scale; None in the middle."""
    low, high = payload["scale"]
    share = (payload["rating"] - low) / (high - low)
    return None if BAD < share < GOOD else share >= GOOD


def _trains(given: Judgement) -> Trains:
    """A completion that is good or bad; what is in the middle of the scale says neither.

    Of five points that is: 4 and 5 are good, 1 and 2 are bad, 3 is left out.
    """
    if not given.prompt:
        return nothing(NO_PROMPT)
    if not given.output:
        return nothing(NO_OUTPUT)
    good = is_good(given.payload)
    if good is None:
        return nothing("a rating in the middle of the scale")
    return Trains(unpaired=((given.prompt, given.output, good),))


TASK = Task(
    name="rate",
    kind="rating",
    what="rate each item on a scale",
    shown_as="classes",
    feedback=Rating,
    misfit=classify.TASK.misfit,
    named=lambda value: (value,),
    trains=_trains,
    ordered=_ordered,
    payload=lambda value: {"rating": int(value)},
    read=lambda cell: str(_ordered(_number(cell))),
    write=int,
    classes=_classes,
    keys=_keys,
    gives=classify.TASK.gives,
    strategy=classify.TASK.strategy,
    start=classify.TASK.start,
    tail=classify.TASK.tail,
)


def _number(cell: Any) -> Any:
    try:
        return float(str(cell).strip())
    except ValueError:
        return str(cell).strip()
