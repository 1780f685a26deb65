"""An annotator's traffic: answers in, questions out, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from loop import answers, guesses, practice, sides, suggestions, tasks
from loop.answers import Answer
from loop.decisions import InForce, Terms
from loop.guesses import Pull
from loop.pool import Left, Pool
from loop.practice import Lesson
from loop.settings import Settings
from loop.store import Database, Store, decided, items, leases, log, rounds, standings, withdrawn
from loop.store.items import Item
from loop.store.leases import Lease
from loop.suggestions import PRACTICE


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
    lessons: dict[str, Lesson]  #: answer_id → what is told after it, in practice
    held_back: str | None  #: why this person is asked nothing more
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
            newest = standings.newest_of(db, annotator, n)
            about = items.at(db, [row["position"] for row in newest])
            settings = self._in_force.at(db).settings
            before = [log.left_of(db, row["position"], annotator)[-2::-1] for row in newest]
        return [
            Given(
                answers.of_row(settings, row, item),
                replace(item, order=sides.order(settings, annotator, item.position)),
                [answers.of_row(settings, old, item) for old in earlier],
            )
            for row, item, earlier in zip(newest, about, before, strict=True)
        ]

    def submit(
        self,
        annotator: str,
        given: Sequence[Answer],
        holding: Sequence[str] | None = None,
        n: int = 0,
    ) -> Receipt:
        """Store answers, in order, and lease the next *n* items; see `Call`."""
        return self.serve([Call(annotator, given, holding, n)])[0]

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
            kind = "label" if sent.kind == task.kind else sent.kind  # so the log calls it
            value = task.ordered(sent.value, terms.settings.classes)
            answer = replace(sent, kind=kind, value=value)
            reason = answers.take(db, terms, call.annotator, answer, positions.get(answer.item_id))
            if reason is None:
                saved.append(answer.answer_id)
            else:
                rejected.append((answer.answer_id, reason))
        settings, pool = terms.settings, self._pool(terms.settings)
        tested = practice.tested(db, settings, call.annotator)
        held_back = practice.held_back(settings, tested)
        queue: list[Item] = []
        if held_back:
            pool.refill(db, call.annotator, 0, [])
        elif call.holding is not None or call.n:
            has = None
            if call.holding is not None:
                has = [positions[item] for item in call.holding if item in positions]
            to_practice = practice.left(settings, tested)
            n = call.n if settings.queue is None else min(call.n, settings.queue)
            lent = pool.refill(db, call.annotator, n, has, to_practice)
            queue = _shown(db, settings, call.annotator, lent)
        thoughts = _second_thoughts(db, settings, call.annotator, saved)
        lessons = _lessons(db, settings, saved) if settings.practice else {}
        left = pool.left(db, call.annotator)
        return Receipt(saved, rejected, queue, left, thoughts, lessons, held_back, terms)

    def held_back(self, annotator: str) -> str | None:
        """Why this person is asked nothing more; None while they are."""
        with self._store.snapshot() as db:
            settings = self._in_force.at(db).settings
            return practice.held_back(settings, practice.tested(db, settings, annotator))

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


def _shown(db: Database, settings: Settings, annotator: str, lent: Sequence[Lease]) -> list[Item]:
    """The items that are lent, each as its person is to see it."""
    found = items.at(db, [lease.position for lease in lent])
    return [
        replace(
            item,
            suggestion=suggestions.called(settings, lease) if lease.suggestion_shown else None,
            order=sides.order(settings, annotator, item.position),
        )
        for item, lease in zip(found, lent, strict=True)
    ]


def _lessons(db: Database, settings: Settings, saved: Sequence[str]) -> dict[str, Lesson]:
    lessons = {}
    for answer_id in saved:
        event = log.event(db, answer_id) or {}
        word = decided.of(db, event["position"])
        if event["kind"] == "label" and event["strategy"] == PRACTICE and word:
            label = settings.now(word.label)
            lessons[answer_id] = Lesson(settings.now(event["value"]) == label, label, word.why)
    return lessons


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
