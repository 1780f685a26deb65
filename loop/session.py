"""One annotator's traffic: answers in, questions out, each call one transaction."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from loop import guesses, suggestions, tasks
from loop.decisions import InForce, Terms
from loop.guesses import Pull
from loop.pool import Left, Pool, unlent
from loop.settings import Settings
from loop.store import Database, Store, items, leases, log, rounds, withdrawn
from loop.store.items import Item
from loop.store.leases import Lease
from loop.store.log import JUDGEMENTS, Event
from loop.tasks import Value

CLOCK_SLACK = 86_400.0  # seconds; a browser's clock further off than a day is not believed


@dataclass(frozen=True)
class Answer:
    """What one person says of one item. `answer_id` is made by whoever asks, once."""

    answer_id: str
    item_id: str
    kind: str  #: label | skip | unsure | flag | undo
    value: Value | None = None  #: for a label: what the project's task wants
    shown_at: float | None = None  #: seconds since 1970, UTC
    answered_at: float | None = None
    comment: str | None = None
    target: str | None = None  #: for an undo: the answer taken back
    guideline_version: int | None = None  #: that its person had before them; the newest if not said


@dataclass(frozen=True)
class Given:
    """An answer that stands, its item, and what this person said of it before, newest first."""

    answer: Answer
    item: Item
    earlier: list[Answer]


@dataclass(frozen=True)
class Call:
    """What one person sends at once: answers, what they still hold, and how much they want.

    `holding` are the ids their browser has, the one on screen first; other leases of theirs end.
    None means a browser that has just opened, and gets back what it had; with `n` 0, no queue.
    """

    annotator: str
    answers: Sequence[Answer] = ()
    holding: Sequence[str] | None = None
    n: int = 0  #: items in the queue, those held counted


@dataclass(frozen=True)
class Receipt:
    """What became of a call. An answer in `saved` is on disk."""

    saved: list[str]
    rejected: list[tuple[str, str]]  #: (answer_id, reason)
    items: list[Item]  #: the person's whole new queue
    left: Left
    #: answer_id → what the model had said instead, where the project shows that afterwards
    second_thoughts: dict[str, str]
    terms: Terms  #: under which all this was so


@dataclass(frozen=True)
class Why:
    """Why an item is asked, and what the newest model makes of it."""

    after_answer: bool  #: nothing is told before the answer; then the rest is empty
    lease: Lease | None = None
    version: int | None = None  #: of the model whose guesses these are
    probabilities: Sequence[tuple[str, float]] = ()  #: of the likeliest classes, best first
    pulls: Sequence[Pull] = ()  #: words, strongest first; above 0 towards the likeliest class


class Session:
    """Answers and questions for any annotator of one project."""

    def __init__(self, store: Store, in_force: InForce) -> None:
        self._store, self._in_force = store, in_force
        self._newest_pool: Pool | None = None

    def next_items(self, annotator: str, n: int) -> tuple[list[Item], Left]:
        """This person's open leases first, then new ones, *n* in all."""
        receipt = self.serve([Call(annotator, n=n)])[0]
        return receipt.items, receipt.left

    def answers(self, annotator: str, n: int) -> list[Given]:
        """This person's newest *n* standing answers, newest first."""
        with self._store.snapshot() as db:
            newest = log.newest_of(db, annotator, n)
            about = items.at(db, [row["position"] for row in newest])
            settings = self._in_force.at(db).settings
            before = [log.left_of(db, row["position"], annotator)[-2::-1] for row in newest]
        return [
            Given(
                _answer(settings, row, item),
                item,
                [_answer(settings, old, item) for old in earlier],
            )
            for row, item, earlier in zip(newest, about, before, strict=True)
        ]

    def submit(
        self,
        annotator: str,
        answers: Sequence[Answer],
        holding: Sequence[str] | None = None,
        n: int = 0,
    ) -> Receipt:
        """Store answers, in order, and lease the next *n* items; see `Call`."""
        return self.serve([Call(annotator, answers, holding, n)])[0]

    def serve(self, calls: Sequence[Call]) -> list[Receipt]:
        """Serve several people's calls, in order, in one transaction: they wait for one commit."""
        with self._store.write() as db:
            return [self._served(db, call) for call in calls]

    def _served(self, db: Database, call: Call) -> Receipt:
        terms = self._in_force.at(db)
        ids = {answer.item_id for answer in call.answers} | set(call.holding or [])
        positions = items.positions_of(db, ids)
        task = tasks.get(terms.settings.task)
        saved: list[str] = []
        rejected: list[tuple[str, str]] = []
        for sent in call.answers:
            answer = replace(sent, value=task.ordered(sent.value, terms.settings.classes))
            reason = take(db, terms, call.annotator, answer, positions.get(answer.item_id))
            if reason is None:
                saved.append(answer.answer_id)
            else:
                rejected.append((answer.answer_id, reason))
        pool = self._pool(terms.settings)
        queue: list[Item] = []
        if call.holding is not None or call.n:
            has = None
            if call.holding is not None:
                has = [positions[item] for item in call.holding if item in positions]
            queue = _shown(db, terms.settings, pool.refill(db, call.annotator, call.n, has))
        thoughts = _second_thoughts(db, terms.settings, call.annotator, saved)
        left = pool.left(db, call.annotator)
        return Receipt(saved, rejected, queue, left, thoughts, terms)

    def why(self, annotator: str, item_id: str) -> Why | None:
        """Why this person was asked about an item; None where they were not."""
        with self._store.snapshot() as db:
            position = items.positions_of(db, [item_id]).get(item_id)
            if position is None:
                return None
            if withdrawn.is_out(db, position):
                return None
            before = log.left_of(db, position, annotator)
            lease = leases.reason_of(before[-1]) if before else leases.of(db, position, annotator)
            if lease is None:
                return None
            # Skipped or unsure, it may still be labeled.
            answered = bool(before) and before[-1]["kind"] in {"label", "flag"}
            settings = self._in_force.at(db).settings
            pointer = rounds.ranking(db)
        if not answered and suggestions.is_withheld(settings, annotator, lease):
            return Why(after_answer=True)
        guessed = guesses.load(self._store.folder / "guesses", pointer.guesses if pointer else None)
        return Why(
            after_answer=False,
            lease=lease,
            version=pointer.version if pointer else None,
            probabilities=suggestions.as_of_now(settings, guessed.of(position)),
            pulls=guessed.pulls_of(position),
        )

    def _pool(self, settings: Settings) -> Pool:
        """The pool under these settings, which somebody may just have changed."""
        pool = self._newest_pool
        if pool is None or pool.settings is not settings:
            pool = self._newest_pool = Pool(self._store.folder, settings)
        return pool


def take(
    db: Database,
    terms: Terms,
    annotator: str,
    answer: Answer,
    position: int | None,
    among_many: Lease | None = None,
) -> str | None:
    """Store one answer; returns why not, or None.

    `among_many` is why the item was asked where it was answered with others, lent to nobody; an
    undo then lends it to nobody either.
    """
    if position is None:
        return f"there is no item {answer.item_id!r}"
    if answer.answer_id.startswith(log.OURS):
        return f"the answer id {answer.answer_id!r} is one of our own; make up another"
    earlier = log.event(db, answer.answer_id)
    if earlier is not None:
        stored = (earlier["annotator"], earlier["position"], earlier["kind"])
        same = _in_any_order(earlier["value"]) == _in_any_order(answer.value)
        if same and stored == (annotator, position, answer.kind):
            return None  # a replay: it is saved already
        return f"the answer id {answer.answer_id!r} was used before, for another answer"
    reason = _refusal(db, terms, annotator, answer, position)
    if reason is not None:
        return reason
    lease = (
        among_many
        or leases.of(db, position, annotator)
        or _first_asked(db, terms.settings, position, annotator)
        or unlent(db, position)
    )
    log.append(db, [_event(terms, annotator, answer, position, lease)])
    log.settle(db, position, annotator, terms.settings.overlap)
    leases.drop(db, position, annotator)
    goes_back = answer.kind == "undo" and among_many is None
    if goes_back and _is_open(db, terms.settings, position, annotator):
        # Back on this person's screen, for the reason it was asked in the first place.
        undone = log.event(db, answer.target or "") or {}
        until = time.time() + terms.settings.lease_seconds
        leases.lend(db, annotator, leases.reason_of(undone), until)
    return None


def _refusal(
    db: Database, terms: Terms, annotator: str, answer: Answer, position: int
) -> str | None:
    """Why an answer cannot be taken, or None."""
    if answer.kind == "undo":
        undone = log.event(db, answer.target or "") or {}
        if (undone.get("annotator"), undone.get("position")) != (annotator, position):
            return f"there is no answer {answer.target!r} of yours on this item to undo"
        return None
    if misfit := _misfit(terms, answer):
        return misfit
    # A live lease counts, also where somebody flagged the item meanwhile; so does a correction
    # of one's own label, and a lease that ran out if nobody else was asked.
    if (
        leases.is_live(db, position, annotator, time.time())
        or log.has_labeled(db, position, annotator)
        or _has_room(db, terms.settings, position, annotator)
    ):
        return None
    return "the time for it ran out, and somebody else was asked meanwhile"


def _shown(db: Database, settings: Settings, lent: Sequence[Lease]) -> list[Item]:
    """The items that are lent, each with what its person is shown of the model."""
    found = items.at(db, [lease.position for lease in lent])
    return [
        replace(item, suggestion=suggestions.called(settings, lease))
        if lease.suggestion_shown
        else item
        for item, lease in zip(found, lent, strict=True)
    ]


def _second_thoughts(
    db: Database, settings: Settings, annotator: str, saved: Sequence[str]
) -> dict[str, str]:
    if settings.suggestions != "after":
        return {}
    thoughts = {}
    for answer_id in saved:
        event = log.event(db, answer_id) or {}
        said = suggestions.after(settings, annotator, leases.reason_of(event))
        if event["kind"] == "label" and said not in {None, settings.now(event["value"])}:
            thoughts[answer_id] = str(said)
    return thoughts


def _first_asked(db: Database, settings: Settings, position: int, annotator: str) -> Lease | None:
    """Why the answer that is corrected was asked for: its correction has the same reason.

    But it may have been given in the light of what the model had said.
    """
    before = log.left_of(db, position, annotator)
    if not before:
        return None
    lease = leases.reason_of(before[-1])
    told = lease.suggestion and suggestions.after(settings, annotator, lease) is not None
    return replace(lease, suggestion_shown=True) if told else lease


def _in_any_order(value: Value | None) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _is_open(db: Database, settings: Settings, position: int, annotator: str) -> bool:
    """Whether this person can be asked again; not where a correction was undone."""
    before = log.left_of(db, position, annotator)
    return not before and _has_room(db, settings, position, annotator)


def _has_room(db: Database, settings: Settings, position: int, annotator: str) -> bool:
    others = leases.others(db, position, annotator, time.time())
    return others is not None and others < settings.overlap


def _misfit(terms: Terms, answer: Answer) -> str | None:
    """Why an answer does not fit the project, or None."""
    settings, newest = terms.settings, terms.guideline.version
    if answer.kind not in JUDGEMENTS:
        return f"there is no kind of answer {answer.kind!r}: use {', '.join(JUDGEMENTS)} or undo"
    if answer.kind == "label":
        misfit = tasks.get(settings.task).misfit
        if misfit(answer.value, [*settings.classes, *settings.renamed]):
            return misfit(answer.value, settings.classes)
    elif answer.value is not None:
        return f"an answer {answer.kind!r} has no value, not {answer.value!r}"
    if (answer.guideline_version or 0) > newest:
        return f"there is no guideline {answer.guideline_version}; the newest is {newest}"
    return None


def _answer(settings: Settings, row: dict[str, Any], item: Item) -> Answer:
    kept = ("kind", "shown_at", "answered_at", "comment", "target", "guideline_version")
    value = settings.now(row["value"]) if row["kind"] == "label" else None
    return Answer(row["event_id"], item.id, value=value, **{name: row[name] for name in kept})


def _event(terms: Terms, annotator: str, answer: Answer, position: int, lease: Lease) -> Event:
    return Event(
        event_id=answer.answer_id,
        kind=answer.kind,
        annotator=annotator,
        position=position,
        value=answer.value,
        shown_at=_believed(answer.shown_at),
        answered_at=_believed(answer.answered_at),
        comment=answer.comment,
        target=answer.target,
        strategy=lease.strategy,
        model_version=lease.model_version,
        score=lease.score,
        rank=lease.rank,
        suggestion=lease.suggestion,
        suggestion_shown=lease.suggestion_shown,
        guideline_version=answer.guideline_version or terms.guideline.version or None,
    )


def _believed(when: float | None) -> float | None:
    """A browser's time, or None if its clock is off by more than a day."""
    return when if when is not None and abs(when - time.time()) < CLOCK_SLACK else None
