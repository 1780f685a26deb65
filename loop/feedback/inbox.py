"""Feedback from running applications: each record is stored once, or refused by its field."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from loop import tasks
from loop.errors import LoopError
from loop.feedback.reading import Refusal, Refused, read
from loop.people import may
from loop.project import OWNER, Project
from loop.settings import Settings
from loop.store import Database, feedback, log, rounds
from loop.store.feedback import TOLD, Interaction, Said
from loop.tasks import rate
from loop.tasks.compare import UNDECIDED, Preference
from loop.tasks.feedback import AboutOutputs, Feedback
from loop.tasks.rank import Ranking
from loop.tasks.rate import Rating

MOST = 1_000  # records at once
RESERVED = {OWNER, log.IMPORT, rounds.TRAINER}  # they are nobody's, and cannot be erased
CLOCK_SLACK = 86_400.0  # seconds; what is said to come from further ahead is not believed


@dataclass(frozen=True)
class Taken:
    """What became of records; those in `saved` are on disk."""

    saved: list[str]
    rejected: list[Refusal]


class NotTaken(LoopError):
    """Records that were to be stored as a whole, of which some are refused."""

    def __init__(self, rejected: Sequence[Refusal]) -> None:
        super().__init__("; ".join(f"{one.feedback_id}: {one.reason}" for one in rejected))
        self.rejected = rejected


def take(project: Project, records: Sequence[Any], sent_by: str, *, whole: bool = False) -> Taken:
    """Store records, in order, in one transaction; each is taken or refused by itself.

    A record that was stored before is saved again by doing nothing. If they are to be stored as a
    *whole*, none is where one is refused, which raises `NotTaken`.
    """
    saved: list[str] = []
    rejected: list[Refusal] = []
    ready: list[Feedback] = []
    for record in records:
        try:
            ready.append(read(record))
        except Refused as why:
            rejected.append(why.refusal)
    with project.store.write() as db:
        settings = project.terms(db).settings
        for one in ready:
            try:
                _check_who(project, one, sent_by)
                _store(db, settings, one, sent_by)
            except Refused as why:
                rejected.append(why.refusal)
            else:
                saved.append(one.feedback_id)
        if whole and rejected:
            raise NotTaken(rejected)
    return Taken(saved, rejected)


def _check_who(project: Project, given: Feedback, sent_by: str) -> None:
    """An application names its own users; members speak for themselves, or are put down by one."""
    named = given.annotator
    if named is None or named == sent_by:
        return
    if named in RESERVED:
        _refuse(given, "annotator", f"{named!r} is no person's name here; call them otherwise")
    sender = project.people.find(sent_by)
    if project.people.find(named) and sender and not may(sender.role, "reviewer"):
        _refuse(
            given,
            "annotator",
            f"{named!r} is a member of this project; only a reviewer says what another member said",
        )


def _store(db: Database, settings: Settings, given: Feedback, sent_by: str) -> None:
    said = json.dumps(given.model_dump(mode="json", exclude_none=True), sort_keys=True)
    digest = hashlib.sha256(said.encode()).hexdigest()
    before = feedback.digest_of(db, given.feedback_id)
    if before == digest:
        return
    if before is not None:
        _refuse(
            given,
            "feedback_id",
            "it was used before, with another body; make up another",
            conflict=True,
        )
    now = time.time()
    at = now if given.created_at is None else given.created_at.timestamp()
    if at > now + CLOCK_SLACK:
        _refuse(given, "created_at", f"{given.created_at} is more than a day ahead of our clock")
    if at < 0:
        _refuse(given, "created_at", f"{given.created_at} is before 1970; set the sender's clock")
    told = _interaction(db, given)
    _check(settings, given, told)
    number = feedback.tell(db, told)
    feedback.say(
        db,
        number,
        Said(
            given.feedback_id,
            given.kind,
            given.annotator or sent_by,
            sent_by,
            given.stored(),
            _options(settings, given),
            given.comment,
            at,
            now,
            given.schema_version,
            digest,
        ),
    )


def _interaction(db: Database, given: Feedback) -> Interaction:
    """What is known of the interaction with what this record tells of it."""
    found = feedback.interaction(db, given.interaction_id)
    known = found[1] if found else Interaction(given.interaction_id)
    news: dict[str, Any] = {}
    for name in TOLD:
        told = getattr(given, name, None) or None  # an empty mapping tells nothing
        before = getattr(known, name)
        if told is not None and before is not None and told != before:
            _refuse(
                given,
                name,
                f"the interaction {given.interaction_id!r} was stored with another one; another "
                "exchange has another interaction_id",
                conflict=True,
            )
        if told is not None:
            news[name] = told
    return replace(known, **news)


def _check(settings: Settings, given: Feedback, told: Interaction) -> None:
    """Refuse what does not fit the project, or what was shown."""
    if isinstance(given, Rating):
        _check_rating(settings, given)
    if isinstance(given, AboutOutputs):
        _check_outputs(given, told.outputs or {})
    if given.kind == "label" and settings.classes and tasks.get(settings.task).kind == "label":
        named = [given.stored()] if isinstance(given.stored(), str) else given.stored()
        known = {*settings.classes, *settings.renamed}
        if unknown := [name for name in named if name not in known]:
            classes = ", ".join(settings.classes)
            _refuse(given, "value", f"there is no class {unknown[0]!r}: this project has {classes}")


def _check_rating(settings: Settings, given: Rating) -> None:
    scale = given.scale or settings.scale
    try:
        points = rate.points(scale)
    except ValueError as why:
        _refuse(given, "scale", str(why))
    if str(given.value) not in points:
        low, high = scale
        _refuse(given, "value", f"{given.value} is outside the scale of {low} to {high}")


def _check_outputs(given: AboutOutputs, outputs: Mapping[str, str]) -> None:
    names = ", ".join(outputs) or "none"
    if isinstance(given, Preference):
        _check_preference(given, outputs, names)
    elif isinstance(given, Ranking):
        _check_ranking(given, outputs, names)
    if given.order is not None and sorted(given.order) != sorted(outputs):
        _refuse(given, "order", f"each of {names} stood in one place")
    if strange := [name for name in given.systems if name not in outputs]:
        _refuse(given, "systems", f"no output is called {strange[0]!r}: there are {names}")


def _check_preference(given: Preference, outputs: Mapping[str, str], names: str) -> None:
    if len(outputs) != 2:
        _refuse(given, "outputs", f"a preference is between two outputs, not {names}")
    if reserved := [name for name in outputs if name in UNDECIDED]:
        _refuse(given, "outputs", f"{reserved[0]!r} is an answer, and no name of an output")
    if given.value not in {*outputs, *UNDECIDED}:
        _refuse(given, "value", f"no output {given.value!r} was shown: there were {names}")


def _check_ranking(given: Ranking, outputs: Mapping[str, str], names: str) -> None:
    if len(outputs) < 2:
        _refuse(given, "outputs", f"a ranking is of two outputs or more, not {names}")
    if strange := [name for name in given.value if name not in outputs]:
        _refuse(given, "value", f"no output {strange[0]!r} was shown: there were {names}")
    if sorted(given.value) != sorted(outputs):
        _refuse(given, "value", f"each of {names} has one place in it")


def _options(settings: Settings, given: Feedback) -> dict[str, Any]:
    """What the payload has beside the value; of a rating always the scale that it is on."""
    if isinstance(given, Rating):
        return {"scale": list(given.scale or settings.scale)}
    return given.options()


def _refuse(given: Feedback, field: str, reason: str, *, conflict: bool = False) -> NoReturn:
    raise Refused(Refusal(given.feedback_id, field, reason, conflict))
