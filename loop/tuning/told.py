"""What a tuning session's log says: what was proposed, what was answered, what is under way."""

from dataclasses import dataclass
from typing import Any

from loop.settings import Settings
from loop.store import Database, items, tuning
from loop.store.items import Item
from loop.store.withdrawn import is_out
from loop.tasks import compare
from loop.tuning.space import Cell, Setting, Space

SHOWN = "proposal"  # the column that a proposal to rate stands in
A, B = compare.A, compare.B


def columns(space: Space) -> tuple[str, ...]:
    """What is shown of an item: one proposal, or two."""
    return (SHOWN,) if space.ask == "rate" else (A, B)


def metadata(space: Space) -> tuple[str, ...]:
    """The columns that hold the parameters of an item."""
    names = tuple(space.parameters)
    if space.ask == "rate":
        return names
    return tuple(f"{of} {name}" for of in (A, B) for name in names)


def cells(space: Space, settings: tuple[Setting, ...]) -> dict[str, Cell | None]:
    """The metadata of an item that shows these settings, one for each of its columns."""
    values = [setting.get(name) for setting in settings for name in space.parameters]
    return dict(zip(metadata(space), values, strict=True))


def settings_of(space: Space, meta: dict[str, Any]) -> tuple[Setting, ...]:
    """The settings that an item shows; parameters that are not active have no value."""
    names, told = list(space.parameters), [meta.get(column) for column in metadata(space)]
    parts = [told[begin : begin + len(names)] for begin in range(0, len(told), len(names))]
    return tuple(
        {name: cell for name, cell in zip(names, part, strict=True) if cell is not None}
        for part in parts
    )


@dataclass(frozen=True)
class Told:
    """The state of a session as of now."""

    items: dict[int, Item]  #: every proposal that is not withdrawn, by position
    shows: dict[int, tuple[Setting, ...]]  #: what each of them shows
    answers: list[tuple[int, str, Any]]  #: position, annotator, value; oldest first
    held: dict[int, str]  #: positions that are out with somebody, and with whom
    ready: list[int]  #: positions that nobody has said anything about yet, ascending
    left_out: list[dict[str, Any]]  #: `setting`, and `why` nothing could be shown of it
    made: int  #: proposals so far, withdrawn ones too
    heard: int  #: the newest row of the log that is not the session's own

    @property
    def people(self) -> int:
        """How many are at work; one may come at any time."""
        return max(1, len(set(self.held.values())))

    @property
    def unlabeled(self) -> list[tuple[Setting, ...]]:
        """What the proposals show that are not answered; skipped, unsure and flagged ones too."""
        labeled = {position for position, *_ in self.answers}
        return [shown for position, shown in self.shows.items() if position not in labeled]


def told(db: Database, settings: Settings, now: float) -> Told:
    """Read it. *now* is in seconds since 1970."""
    space = settings.space
    assert space is not None  # noqa: S101 - else nobody asks
    kept = {item.position: item for item in items.every(db) if not is_out(db, item.position)}
    return Told(
        items=kept,
        shows={position: settings_of(space, item.meta) for position, item in kept.items()},
        answers=[(p, who, settings.now(said)) for p, who, said in tuning.labels(db)],
        held=tuning.held(db, now),
        ready=items.unanswered(db),
        left_out=tuning.left_out(db),
        made=items.count(db),
        heard=tuning.heard(db),
    )
