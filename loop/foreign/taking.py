"""Answers from a file into a project: items that are not there are added, each answer comes once.

Nothing is stored before all of it was looked at; what is wrong is named row by row.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from typing import Any

from loop import importing, tasks
from loop.dataset import Record
from loop.errors import DataError
from loop.exports.controls import names
from loop.exports.raters import Raters, of_number
from loop.feedback import inbox
from loop.feedback.reading import Refused
from loop.feedback.reading import read as read_feedback
from loop.foreign.brought import LABEL, Brought, ForeignFile, Gold, Said
from loop.formats import Row
from loop.importing import Batch
from loop.media import KINDS
from loop.people import OWNER
from loop.project import Project
from loop.settings import Settings
from loop.store import arriving, feedback, items, leaving, log
from loop.store.arriving import Answered, Decided

DIGEST = 12  # bytes of an answer's id, where the file has none


@dataclass(frozen=True)
class Taken:
    """What a file comes to in a project."""

    added: int = 0  #: items
    already_there: int = 0  #: items
    left_out: int = 0  #: items that were erased here
    answers: int = 0  #: that are new
    answered: int = 0  #: that were there before, or are on items that were erased here
    gold: int = 0  #: items that are gold by it, and were not
    feedback: int = 0  #: about interactions
    not_taken: int = 0  #: rows that are no judgements of people


def take(project: Project, file: ForeignFile, *, preview: bool = False) -> Taken:
    """Store what is new in *file*, or say what it would come to. Raises `DataError`.

    Where it does, nothing was stored.
    """
    settings = project.settings
    who = _People(project, file)
    batch, problems = _batch(project, settings, file)
    try:
        said = _checked(project, settings, file, batch, who, problems)
        sent = _new_feedback(project, settings, file, problems)
        if problems:
            raise DataError(file.path, problems)
        plan = importing.plan(project, batch)
        if preview:
            new = arriving.new(project.store.read, said, partial(_now, settings))
        else:
            _feedback(project, file, sent)
            importing.add(project, batch)
            with project.store.write() as db:
                new = arriving.store(db, said, settings.usual, partial(_now, settings))
    finally:
        batch.discard()
    known = {record.id for record in batch.records}
    return Taken(
        added=len(plan.new),
        already_there=len(known) - len(plan.new) - plan.left_out,
        left_out=plan.left_out,
        answers=new.answers,
        answered=sum(isinstance(one, Answered) for one in said) - new.answers,
        gold=new.gold,
        feedback=len(sent),
        not_taken=file.not_taken,
    )


class _People:
    """Who somebody in the file is here."""

    def __init__(self, project: Project, file: ForeignFile) -> None:
        self.raters = Raters(project.secret)
        self._db = project.store.read
        self._here = self.raters.real(leaving.people(self._db))
        self._names = file.names

    def called(self, who: int | str, answer: str | None = None) -> str:
        """By what the file calls them; *answer* is the id of what they said.

        Whoever is called owner elsewhere is not this project's, unless that said it here.
        """
        if who == OWNER and (answer is None or arriving.said_by(self._db, answer) != OWNER):
            return self.raters.pseudonym(f"{OWNER}, elsewhere")
        if isinstance(who, int):
            called = of_number(who)
        else:
            called = who if self._names else self.raters.pseudonym(who)
        return self._here.get(called, called)


def _batch(project: Project, settings: Settings, file: ForeignFile) -> tuple[Batch, list[str]]:
    """The items of a file as the project has them, each by the id that it has there."""
    called = names(settings.columns)
    rows = [_row(project, settings, called, one) for one in file.items]
    try:
        batch = importing.of_rows(project, file.path, rows)
    except DataError as why:
        return importing.of_rows(project, file.path, []), list(why.problems)
    return replace(batch, records=_found(project, batch.records)), []


def _found(project: Project, records: Sequence[Record]) -> list[Record]:
    """Each by its id where that is there, else by its content: the first by the first that has it.

    No two of them are one item.
    """
    content = [items.content_of(record.fields) for record in records]
    ids = {record.id for record in records}
    # Each once, though it may be known by both.
    there = {id_: c for id_, c, _ in items.alike(project.store.read, ids, set(content))}
    left: defaultdict[str, deque[str]] = defaultdict(deque)
    for id_, c in there.items():
        if id_ not in ids:
            left[c].append(id_)
    return [
        record if record.id in there or not left[c] else replace(record, id=left[c].popleft())
        for record, c in zip(records, content, strict=True)
    ]


def _row(project: Project, settings: Settings, called: Mapping[str, str], one: Brought) -> Row:
    """An item as a row of a file for this project; files that it has are where they are."""
    fields = {
        column: one.fields.get(column, one.fields.get(called[column]))
        for column in settings.columns
    }
    for column, kind in settings.kinds.items():
        name = fields[column]
        if kind in KINDS and isinstance(name, str) and project.media.find(name) is not None:
            fields[column] = str(project.media.path(name).absolute())
    meta = {name: one.meta.get(name) for name in settings.meta}
    return Row(one.where, fields | meta, one.id)


def _checked(
    project: Project,
    settings: Settings,
    file: ForeignFile,
    batch: Batch,
    who: _People,
    problems: list[str],
) -> list[Answered | Decided]:
    """All that was said, as it is to be stored; what does not fit is added to *problems*."""
    found: list[Answered | Decided] = []
    ids = [record.id for record in batch.records] or [""] * len(file.items)
    for one, item_id in zip(file.items, ids, strict=True):
        for said in (_or_skip(settings, given) for given in one.said):
            if why := _misfit(settings, said):
                problems.append(f"{said.where}: {why}")
            else:
                found.append(_answered(settings, file.tool, item_id, said, who))
        if one.gold is not None:
            if why := _misfit(settings, one.gold):
                problems.append(f"{one.where}: {why}")
            else:
                found.append(_decided(settings, item_id, one.gold, who))
    found = [*_once(found)]
    answers = [one for one in found if isinstance(one, Answered)]
    twice = [id_ for id_, n in Counter(one.event_id for one in answers).items() if n > 1]
    problems += [f"the answer id {id_!r} is there twice" for id_ in twice]
    db = project.store.read
    problems += [
        f"{one.where}: the answer id {one.event_id!r} was used before, for another answer"
        for one in answers
        if arriving.is_other(db, one, who.raters.pseudonym, partial(_now, settings))
    ]
    return found


def _or_skip(settings: Settings, said: Said) -> Said:
    """Sent off with nothing chosen it is a skip, but where nothing is an answer."""
    is_empty = said.kind == LABEL and said.value == []
    if is_empty and tasks.get(settings.task).misfit([], settings.classes):
        return replace(said, kind="skip", value=None)
    return said


def _once(said: Iterable[Answered | Decided]) -> Iterator[Answered | Decided]:
    """Without what somebody said twice of one item, as ids tell that are made of what is said."""
    made: set[str] = set()
    for one in said:
        if isinstance(one, Answered) and not one.has_id:
            if one.event_id in made:
                continue
            made.add(one.event_id)
        yield one


def _misfit(settings: Settings, said: Said | Gold) -> str | None:
    kind = said.kind if isinstance(said, Said) else LABEL
    if kind != LABEL:
        if kind not in log.JUDGEMENTS:
            return f"there is no kind of answer {kind!r}"
        return None if said.value is None else f"a {kind!r} has no value, not {said.value!r:.60}"
    return tasks.get(settings.task).misfit(_value(settings, said.value), settings.classes)


def _value(settings: Settings, value: Any) -> Any:
    """What a tool says, as the task stores it: one choice is the choice."""
    task = tasks.get(settings.task)
    if isinstance(value, list) and len(value) == 1 and task.shown_as in {"classes", "sides"}:
        value = value[0]
    return task.ordered(settings.now(task.ordered(value, settings.classes)), settings.classes)


def _now(settings: Settings, stored: Any) -> Any:
    """What was stored, as it would be today."""
    return None if stored is None else _value(settings, stored)


def _answered(settings: Settings, tool: str, item_id: str, said: Said, who: _People) -> Answered:
    annotator = who.called(said.who, said.id)
    value = _value(settings, said.value) if said.kind == LABEL else None
    is_theirs = said.id is not None and not said.id.startswith(log.OURS)
    told = (item_id, who.raters.pseudonym(annotator), said.kind, log.packed(value), said.at)
    digest = blake2b(repr(told).encode(), digest_size=DIGEST).hexdigest()
    return Answered(
        said.where,
        item_id,
        str(said.id) if is_theirs else f"{tool}-{digest}",
        is_theirs,
        said.kind,
        annotator,
        value,
        said.at,
        said.lead_time,
        said.comment,
        said.order,
        said.suggestion,
        said.suggestion_shown,
        said.model_version,
    )


def _decided(settings: Settings, item_id: str, gold: Gold, who: _People) -> Decided:
    by = who.called(gold.who)
    return Decided(item_id, _value(settings, gold.value), by, gold.at, gold.why)


def _new_feedback(
    project: Project, settings: Settings, file: ForeignFile, problems: list[str]
) -> list[Mapping[str, Any]]:
    """What was said about interactions and is not there yet."""
    db = project.store.read
    found = []
    for record in file.feedback:
        try:
            given = read_feedback(record)
        except Refused as why:
            problems.append(f"feedback {why.refusal.feedback_id!r}: {why}")
            continue
        before = feedback.one(db, given.feedback_id)
        if before is None:
            found.append(record)
        elif before["digest"] and _compared(settings, before) != _compared(
            settings, vars(given) | {"value": given.stored()}
        ):  # of what was erased there is nothing left to compare
            problems.append(f"feedback {given.feedback_id!r}: it was used before, for another")
    return found


def _compared(settings: Settings, told: Mapping[str, Any]) -> tuple[Any, ...]:
    """What feedback is the same by; classes by what they are called now."""
    is_class = told["kind"] == LABEL
    value = settings.now(told["value"]) if is_class else told["value"]
    return told["kind"], value, told["interaction_id"]


def _feedback(project: Project, file: ForeignFile, sent: Sequence[Mapping[str, Any]]) -> None:
    try:
        inbox.take(project, sent, OWNER, whole=True)
    except inbox.NotTaken as why:
        problems = [
            f"feedback {one.feedback_id!r}: {one.field}: {one.reason}" for one in why.rejected
        ]
        raise DataError(file.path, problems) from why
