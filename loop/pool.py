"""The pool manager: who is asked what next. One item, one person, unless overlap asks for more.

It reads the ranking in use and the state in the database, and hands out leases; it never scores.
"""

import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from loop import ranking
from loop.settings import Settings
from loop.store import Database, items, leases, log, rounds
from loop.store.leases import Lease
from loop.store.rounds import Pointer

LOOK = 256  # positions looked up at once
AUDIT = "audit"  # why an audit item is asked; no strategy chose it
HELD = "held"  # why an item is asked whose lease had ended while somebody still had it on screen


@dataclass(frozen=True)
class Left:
    """What remains for one annotator."""

    left: int  #: items this person can be asked right now
    leased_elsewhere: int  #: items out with somebody else


class Pool:
    """The items that may still be asked, in the order that the ranking wants."""

    def __init__(self, rankings: Path, settings: Settings) -> None:
        self._rankings = rankings
        self._settings = settings
        self._audit_order: tuple[int, list[int]] = (-1, [])

    def refill(
        self, db: Database, annotator: str, n: int, holding: Sequence[int] | None = None
    ) -> list[Lease]:
        """Lease this person's next *n* items; call it inside a write transaction.

        `holding` are the positions that the person's browser still has, the one on screen first:
        that one stays, the others are chosen afresh, and any further lease of theirs ends. None
        means a browser that has just opened: it gets back what it had, in the same order.
        """
        now = time.time()
        held = {lease.position: lease for lease in leases.queue(db, annotator)}
        keep = list(held)[:n] if holding is None else list(holding)[: min(n, 1)]
        busy = leases.takers(db, keep, annotator, now)
        wanted = [held.get(p, Lease(p, HELD)) for p in keep if self._is_free(busy, p)]
        turn = log.answered_by(db, annotator) + len(wanted)
        fresh = self._choices(db, annotator, now, turn, barred={w.position for w in wanted})
        wanted += islice(fresh, n - len(wanted))
        # A browser that just opened may have more in its outbox than it asks for now.
        still_there = [w.position for w in wanted] + list(held if holding is None else holding)
        leases.give_back(db, annotator, except_for=still_there)
        leases.hand_out(db, annotator, wanted, now + self._settings.lease_seconds)
        return wanted

    def left(self, db: Database, annotator: str) -> Left:
        """Count what this person can still be asked."""
        elsewhere = leases.lent_to_others(db, annotator, time.time())
        mine = log.answered_but_open(db, annotator)
        askable = items.count(db) - log.closed_count(db) - mine
        return Left(max(0, askable - elsewhere), elsewhere)

    def _choices(
        self, db: Database, annotator: str, now: float, turn: int, barred: set[int]
    ) -> Iterator[Lease]:
        """What to ask next, best first: the ranking, with audit items strewn in."""
        ranked = self._free(db, self._by_rank(db), annotator, now, barred)
        audit = self._free(db, self._by_audit(db), annotator, now, barred)
        while True:
            first, second = (audit, ranked) if self._is_audit(annotator, turn) else (ranked, audit)
            lease = next(first, None) or next(second, None)
            if lease is None:
                return
            yield lease
            turn += 1

    def _by_rank(self, db: Database) -> Iterator[list[Lease]]:
        pointer = rounds.ranking(db)
        if pointer is None:
            return
        try:
            entries = ranking.load(pointer, self._rankings).entries
        except (
            OSError,
            ValueError,
            EOFError,
        ):  # deleted or torn: answers go on
            rounds.ask(db)
            pointer = Pointer(0, "", "random", head=0, tail="random; the ranking cannot be read")
            pool = np.array(items.positions(db, items.POOL), dtype=np.int64)
            entries = ranking.shuffled(pool, self._settings.seed).entries
        passed = pointer.start
        for start in range(passed, len(entries), LOOK):
            block = entries[start : start + LOOK].tolist()
            yield [
                Lease(
                    position,
                    pointer.strategy if rank < pointer.head else f"tail: {pointer.tail}",
                    pointer.version,
                    None if math.isnan(score) else score,
                    rank + 1,
                )
                for rank, (position, score) in enumerate(block, start)
            ]
            # Nothing more to be had here. If that is so for everybody, the next look begins behind.
            if start == passed and log.are_closed(db, [position for position, _ in block]):
                passed += len(block)
                rounds.start_at(db, pointer.file, passed)

    def _by_audit(self, db: Database) -> Iterator[list[Lease]]:
        latest = log.latest(db, "import")
        seq = latest["seq"] if latest else 0
        if self._audit_order[0] != seq:
            order = items.audit_without_truth(db)
            # Shuffled, so that the answered part is at any time a random sample of the whole.
            random.Random(self._settings.seed).shuffle(order)  # noqa: S311 - no secret
            self._audit_order = (seq, order)
        order = self._audit_order[1]
        pointer = rounds.ranking(db)
        version = pointer.version if pointer else None
        for start in range(0, len(order), LOOK):
            yield [Lease(position, AUDIT, version) for position in order[start : start + LOOK]]

    def _free(
        self,
        db: Database,
        blocks: Iterator[list[Lease]],
        annotator: str,
        now: float,
        barred: set[int],
    ) -> Iterator[Lease]:
        for block in blocks:
            busy = leases.takers(db, [lease.position for lease in block], annotator, now)
            for lease in block:
                if lease.position not in barred and self._is_free(busy, lease.position):
                    yield lease

    def _is_free(self, busy: dict[int, int], position: int) -> bool:
        return 0 <= busy.get(position, 0) < self._settings.overlap

    def _is_audit(self, annotator: str, turn: int) -> bool:
        """Whether this person's question number *turn* is an audit item.

        One in `audit_every`; the same at every look, and in no rhythm that would tell.
        """
        dice = random.Random(f"{self._settings.seed}:{annotator}:{turn}")  # noqa: S311 - no secret
        return dice.random() < 1 / self._settings.audit_every
