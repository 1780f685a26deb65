"""Items that leave a project, and content that must: withdrawn, restored, erased.

Withdrawing can be undone; erasing cannot. Both are events of the log.
"""

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from loop import comparing, erased, ranking
from loop.errors import LoopError
from loop.media import KINDS
from loop.project import OWNER, Project
from loop.store import Database, erasure, feedback, insights, items, log, rounds, withdrawn
from loop.store.log import Event
from loop.store.wanted import Usual


class WithdrawalError(LoopError):
    """An item or a person that cannot be withdrawn, restored or erased."""


def withdraw(project: Project, ids: Sequence[str], by: str = OWNER) -> int:
    """Take items out: not asked, not trained on, in no figure. Returns how many were not out yet.

    Raises `WithdrawalError` naming what is no item; then nothing has changed.
    """
    return _each(project, "withdraw", ids, by, withdrawn.put)


def restore(project: Project, ids: Sequence[str], by: str = OWNER) -> int:
    """Put withdrawn items back, with all answers on them. Returns how many were out.

    Raises `WithdrawalError` for what is no item or was erased; then nothing has changed.
    """
    return _each(project, "restore", ids, by, withdrawn.take_back)


def erase_item(project: Project, id: str, by: str = OWNER) -> str:  # noqa: A002
    """Erase an item's content, its id and all comments on it; returns what it is called now.

    Its row stays, withdrawn for good, and so do the labels it was given; marks of its id and its
    content keep it from being imported again. Raises `WithdrawalError` for what is no item, and
    `CannotWrite` where the file could not be rewritten without it: erase it again, by its new id.
    """
    with project.store.write() as db:
        (position,) = _positions(db, [id])
        gone = withdrawn.is_erased(db, position)
        pseudonym, unused = (id, []) if gone else _bury(project, db, position, by)
    staged = (project.folder / "staging").glob("*/*")
    _delete([*unused, *(file for file in staged if file.name in {path.name for path in unused})])
    # Features first: whoever makes something of them looks afterwards whether they are still there.
    for folder in (project.folder / "features", project.guesses, project.clusters):
        _delete(list(folder.glob("*")))
    comparing.forget(project.folder)
    project.store.scrub()
    return pseudonym


def erase_person(project: Project, name: str, by: str = OWNER) -> str:
    """Put a pseudonym for a person's name everywhere, and erase their comments; returns it.

    Their labels stay, under the pseudonym, and nobody comes in by their invitation any more.
    Raises `WithdrawalError` for a stranger, and `CannotWrite` as `erase_item` does.
    """
    if name in {OWNER, log.IMPORT, rounds.TRAINER}:
        raise WithdrawalError(f"{name!r} is no person's name, and stays.")
    pseudonym = f"erased-{secrets.token_hex(4)}"
    with project.store.write() as db:
        if not erasure.is_known(db, name):
            raise WithdrawalError(f"There is nobody called {name!r} in this project.")
        log.append(db, [_event(db, "erase", by, value={"person": pseudonym})])
        erasure.person(db, name, pseudonym)
    project.store.scrub()
    return pseudonym


def erase_interaction(project: Project, id: str, by: str = OWNER) -> str:  # noqa: A002
    """Erase what an interaction asked and answered, and all words about it; returns its name now.

    Thumbs, ratings and preferences stay. Raises `WithdrawalError` for none, and `CannotWrite`.
    """
    pseudonym = f"erased-{secrets.token_hex(4)}"
    with project.store.write() as db:
        found = feedback.interaction(db, id)
        if found is None:
            raise WithdrawalError(f"There is no interaction {id!r} here.")
        log.append(db, [_event(db, "erase", by, value={"interaction": pseudonym})])
        feedback.erase_interaction(db, found[0], pseudonym)
        insights.forget(db)
    project.store.scrub()
    return pseudonym


def _each(
    project: Project,
    kind: str,
    ids: Sequence[str],
    by: str,
    change: Callable[[Database, int, Usual], None],
) -> int:
    settings = project.settings
    with project.store.write() as db:
        positions = _positions(db, ids)
        if gone := [p for p in positions if kind == "restore" and withdrawn.is_erased(db, p)]:
            names = ", ".join(item.id for item in items.at(db, gone))
            raise WithdrawalError(f"{names}: the content was erased, for good.")
        changing = [p for p in positions if withdrawn.is_out(db, p) == (kind == "restore")]
        for position in changing:
            log.append(db, [_event(db, kind, by, position)])
            change(db, position, settings.usual)
        if kind == "restore":
            # A ranking made meanwhile has left them out: they come after the rest, until the next.
            audit = set(items.positions(db, items.AUDIT))
            back = [position for position in changing if position not in audit]
            ranking.follow(db, project.rankings, back, settings.seed)
    return len(changing)


def _bury(project: Project, db: Database, position: int, by: str) -> tuple[str, list[Path]]:
    """Put a tombstone where an item was; returns its new id, and the files not needed any more."""
    pseudonym = f"erased-{secrets.token_hex(4)}"
    (item,) = items.at(db, [position])
    if not withdrawn.is_out(db, position):
        withdrawn.put(db, position, project.settings.usual)
    erasure.item(db, position, pseudonym, _blank(project))
    marks = erased.marks(project.secret, item.id, items.content_of(item.fields))
    log.append(db, [_event(db, "erase", by, position, marks)])
    rounds.forget_guesses(db)  # they hold words of it; a reader may have them in memory
    rounds.forget_analyses(db)  # a number of its metadata may be where a slice begins
    kinds = project.settings.kinds
    files = [cell for name, cell in item.fields.items() if kinds[name] in KINDS]
    return pseudonym, [project.media.path(cell) for cell in files if not erasure.is_used(db, cell)]


def _positions(db: Database, ids: Sequence[str]) -> list[int]:
    found = items.positions_of(db, ids)
    if missing := [id_ for id_ in ids if id_ not in found]:
        raise WithdrawalError(
            f"There is no item {', '.join(map(repr, missing))} here; nothing was changed."
        )
    return list(dict.fromkeys(found[id_] for id_ in ids))


def _event(
    db: Database, kind: str, by: str, position: int | None = None, value: Any = None
) -> Event:
    return Event(f"{log.OURS}{kind}-{log.end(db)}", kind, by, position=position, value=value)


def _blank(project: Project) -> dict[str, Any]:
    """What the features read where the content was: a text without words, an empty picture."""
    empty = {"table": lambda: None, "image": project.media.blank}
    return {name: empty.get(kind, str)() for name, kind in project.settings.kinds.items()}


def _delete(files: Sequence[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
