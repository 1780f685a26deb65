"""What is in a project: how many items of each state, which fit, all that is known of one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from loop import tasks
from loop.project import Project
from loop.settings import Settings
from loop.store import items, search, withdrawn
from loop.store.items import Item
from loop.store.search import STATES, Found, Wanted
from loop.withdrawal import WithdrawalError

__all__ = ["STATES", "Detail", "Found", "Wanted", "counts", "detail", "find"]


@dataclass(frozen=True)
class Detail:
    """One item with its whole story."""

    item: Item
    is_out: bool  #: withdrawn, or erased
    is_erased: bool
    story: Sequence[dict[str, Any]]  #: rows of the log, oldest first; `stands` tells which count


def counts(project: Project) -> dict[str, int]:
    """How many items are in each of `STATES`."""
    with project.store.snapshot() as db:
        return search.count_by_state(db)


def find(project: Project, wanted: Wanted, n: int, skip: int = 0) -> tuple[list[Found], int]:
    """*n* of the items that fit after the first *skip*, and how many fit in all."""
    settings = project.settings
    before = (old for old, now in settings.renamed.items() if now == wanted.label)
    wanted = replace(wanted, also=tuple(before))
    with project.store.snapshot() as db:
        found, fit = search.find(db, wanted, n, skip), search.count(db, wanted)
    return [_in_classes_of_today(settings, one) for one in found], fit


def _in_classes_of_today(settings: Settings, one: Found) -> Found:
    named = tasks.get(settings.task).named
    classes = [name for label in one.labels for name in named(settings.now(label))]
    return replace(one, labels=tuple(dict.fromkeys(classes)))


def detail(project: Project, id: str) -> Detail:  # noqa: A002
    """All that is known of one item. Raises `WithdrawalError` if there is none."""
    with project.store.snapshot() as db:
        position = items.positions_of(db, [id]).get(id)
        if position is None:
            raise WithdrawalError(f"There is no item {id!r} in this project.")
        return Detail(
            item=items.at(db, [position])[0],
            is_out=withdrawn.is_out(db, position),
            is_erased=withdrawn.is_erased(db, position),
            story=search.about(db, position),
        )
