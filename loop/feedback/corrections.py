"""Corrections that wait, and what becomes of them in one click: knowledge, or another behaviour.

Knowledge (text, fact, label) goes where the next model learns: into training pairs, or as the last
word on an item. Behaviour (instruction, guideline) becomes a new version of what is told. Each is
an event of the log that names the correction, as what came of it does.
"""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from loop import reviewing, tasks, versions
from loop.errors import LoopError
from loop.feedback import inbox
from loop.project import Project
from loop.reviewing import Verdict
from loop.store import Database, corrections, feedback, items
from loop.tasks import correct

BECOMES = {  # by what it changes
    "text": "a training pair: this answer instead of that",
    "fact": "a training pair: this answer instead of that",
    "label": "the last word on the item of that name",
    "guideline": "a new version of the guideline, with this at its end",
    "instruction": "a new version of the prompt, with this at its end",
}
WAITING = 50  # corrections looked at, at once


class CorrectionError(LoopError):
    """A correction that cannot be settled so."""


@dataclass(frozen=True)
class Waiting:
    """A correction that nobody has accepted or dismissed."""

    feedback_id: str
    number: int  #: of its interaction
    interaction_id: str
    annotator: str
    changes: str  #: one of `correct.Changes`
    before: str | None  #: what was there
    after: str  #: what should have been
    prompt: str | None
    comment: str | None
    created_at: float  #: seconds since 1970, UTC


def waiting(project: Project, n: int = WAITING) -> list[Waiting]:
    """The oldest that wait."""
    return [_waiting(row) for row in corrections.waiting(project.store.read, n)]


def count(project: Project) -> int:
    """How many wait."""
    return corrections.count_waiting(project.store.read)


def accept(project: Project, by: str, feedback_id: str, text: str | None = None) -> dict[str, Any]:
    """Let a correction take effect; returns what became of it, as the log has it.

    *text* is what it says after a reviewer's hand, else as its author wrote it. Raises
    `CorrectionError` where there is none that waits, or where it cannot take effect.
    """
    with project.store.write() as db:
        given = _open(db, feedback_id)
        if text is not None and text != given.after:
            given = _edited(db, by, given, text)
        told = {"feedback_id": given.feedback_id, "changes": given.changes}
        effect = _effect(project, db, by, given)
        versions_ = {name: n for name, n in effect.items() if name in versions.KINDS}
        corrections.settle(db, corrections.ACCEPTED, by, told | versions_)
    return told | effect


def make(
    project: Project, by: str, interaction_id: str, text: str, changes: correct.Changes = "text"
) -> dict[str, Any]:
    """A reviewer's own correction, which takes effect at once; returns what became of it.

    Raises `CorrectionError`.
    """
    if not text.strip():
        raise CorrectionError("A correction needs words.")
    id_ = uuid.uuid4().hex
    record = {"feedback_id": id_, "kind": correct.TASK.kind, "interaction_id": interaction_id}
    taken = inbox.take(project, [record | {"value": text, "changes": changes}], by)
    for refused in taken.rejected:
        raise CorrectionError(f"{refused.field}: {refused.reason}")
    return accept(project, by, id_)


def dismiss(project: Project, by: str, feedback_id: str) -> None:
    """Leave a correction without effect. Raises `CorrectionError`."""
    with project.store.write() as db:
        _open(db, feedback_id)
        corrections.settle(db, corrections.DISMISSED, by, {"feedback_id": feedback_id})


def _edited(db: Database, by: str, given: Waiting, text: str) -> Waiting:
    """The reviewer's own correction in the place of one; that is dismissed in its favour."""
    id_ = uuid.uuid4().hex
    said = feedback.said(db, given.feedback_id)
    now = time.time()
    own = replace(
        said,
        feedback_id=id_,
        annotator=by,
        sent_by=by,
        value=text,
        comment=None,
        created_at=now,
        received_at=now,
        digest="",  # nobody sends it again
    )
    feedback.say(db, given.number, own)
    told = {"feedback_id": given.feedback_id, "edited": id_}
    corrections.settle(db, corrections.DISMISSED, by, told)
    return replace(given, feedback_id=id_, annotator=by, after=text)


def _effect(project: Project, db: Database, by: str, given: Waiting) -> dict[str, Any]:
    after = given.after
    if not after.strip():
        raise CorrectionError("A correction needs words; dismiss it instead.")
    because = f"from the correction {given.feedback_id}"
    if given.changes == "label":
        return {"item_id": _decide(project, db, by, given)}
    if given.changes == "guideline":
        return {"guideline": _add(db, versions.GUIDELINE, by, after, because)}
    if given.changes == "instruction":
        return {"prompt": _add(db, versions.PROMPT, by, after, because)}
    return {}  # accepted, it is in the exports that train


def _decide(project: Project, db: Database, by: str, given: Waiting) -> str:
    """The last word on the item that the interaction was about; returns its id."""
    settings = project.terms(db).settings
    if given.interaction_id not in items.positions_of(db, [given.interaction_id]):
        raise CorrectionError(
            f"No item is called {given.interaction_id!r}, so there is nothing to label; add it "
            "(POST items, with that id), or send corrections of the text instead."
        )
    label = settings.now(tasks.get(settings.task).read(given.after))
    why = f"correction {given.feedback_id}"
    reviewing.store(db, settings, by, Verdict(given.interaction_id, label, why=why))
    return given.interaction_id


def _add(db: Database, kind: str, by: str, text: str, because: str) -> int:
    """What was told so far, and this; returns the version."""
    before = versions.newest(db, kind).text
    return versions.write(db, kind, by, f"{before}\n\n{text}", because).version


def _open(db: Database, feedback_id: str) -> Waiting:
    row = feedback.one(db, feedback_id)
    if row is None or row["kind"] != correct.TASK.kind:
        raise CorrectionError(f"There is no correction {feedback_id!r} here.")
    if row["value"] == feedback.TOMBSTONE:
        raise CorrectionError(f"The words of the correction {feedback_id!r} were erased.")
    if settled := corrections.became(db, feedback_id):
        raise CorrectionError(
            f"{settled['annotator']} has {settled['kind']} the correction {feedback_id!r} already."
        )
    return _waiting(row)


def _waiting(row: Mapping[str, Any]) -> Waiting:
    return Waiting(
        row["feedback_id"],
        row["interaction"],
        row["interaction_id"],
        row["annotator"],
        row["options"]["changes"],
        row["output"],
        row["value"],
        row["prompt"],
        row["comment"],
        row["created_at"],
    )
