"""The pool manager: who is asked what next. One item, one person, unless overlap asks for more.

It reads the ranking in use and the state in the database, and hands out leases; it never scores.
"""

import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loop import dice, guesses, ranking, suggestions
from loop.settings import Settings
from loop.store import Database, decided, items, latecomers, leases, log, rounds, standings
from loop.store.leases import Lease
from loop.store.rounds import Pointer
from loop.store.wanted import Usual
from loop.suggestions import AUDIT, GOLD, PRACTICE

LOOK = 256  # positions looked up at once
EARLY = 100  # questions, among which audit items are twice as frequent: some figure comes soon
HELD = "held"  # why an item is asked whose lease had ended while somebody still had it on screen


@dataclass(frozen=True)
class Left:
    """What remains for one annotator."""

    left: int  #: items this person can be asked right now
    leased_elsewhere: int  #: items out with somebody else


@dataclass(frozen=True)
class Look:
    """One person's look for items, in a transaction."""

    db: Database
    annotator: str
    usual: Usual
    now: float  #: seconds since 1970
    most: int  #: so many free items are enough

    def places(self, positions: Sequence[int]) -> list[int]:
        """Where in *positions* the first free ones stand."""
        return leases.free(self.db, positions, self.annotator, self.usual, self.now, self.most)

    def free(self, positions: Sequence[int]) -> list[int]:
        """The first free ones of *positions*."""
        return [positions[place] for place in self.places(positions)]

    def gold(self) -> list[int]:
        """The gold items that this person can be asked, however many others hold them."""
        return decided.gold_for(self.db, self.annotator)


def unlent(db: Database, position: int) -> Lease:
    """Why an item is asked that is on somebody's screen without a lease."""
    if decided.is_gold(db, position):
        return Lease(position, GOLD)
    return Lease(position, AUDIT if items.is_audit(db, position) else HELD)


class Pool:
    """The items that may still be asked, in the order that the ranking wants."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._rankings, self._guesses = folder / "rankings", folder / "guesses"
        self.settings = settings
        self._audit_order: tuple[int, list[int]] = (-1, [])

    def refill(
        self,
        db: Database,
        annotator: str,
        n: int,
        holding: Sequence[int] | None = None,
        practice: int = 0,
    ) -> list[Lease]:
        """Lease this person's next *n* items; call it inside a write transaction.

        While there is *practice* left, nothing but that.

        `holding` are the positions that the person's browser still has, the one on screen first:
        that one stays, the others are chosen afresh, and any further lease of theirs ends. None
        means a browser that has just opened: it gets back what it had, in the same order.
        """
        now = time.time()
        held = {lease.position: lease for lease in leases.queue(db, annotator)}
        keep = list(held)[:n] if holding is None else list(holding)[: min(n, 1)]
        look = Look(db, annotator, self.settings.usual, now, n + len(keep))
        still = {*look.free(keep), *look.gold()}
        wanted = [held.get(p) or unlent(db, p) for p in keep if p in still]
        turn = standings.answered_by(db, annotator) + len(wanted)
        barred = {w.position for w in wanted}
        fresh = self._choices(look, turn, barred)
        if practice:
            fresh = islice(self._openly(look, barred), max(0, practice - len(wanted)))
        wanted += islice(fresh, n - len(wanted))
        # A browser that just opened may have more in its outbox than it asks for now.
        still_there = [w.position for w in wanted] + list(held if holding is None else holding)
        leases.give_back(db, annotator, except_for=still_there)
        leases.hand_out(db, annotator, wanted, now + self.settings.lease_seconds)
        return wanted

    def left(self, db: Database, annotator: str) -> Left:
        """Count what this person can still be asked."""
        elsewhere = leases.lent_to_others(db, annotator, time.time())
        mine = standings.answered_but_open(db, annotator)
        askable = max(0, items.count(db) - standings.closed_count(db) - mine - elsewhere)
        # A gold item counts like any other, or who counts along would know it by that.
        gold = decided.gold_for(db, annotator) if askable else leases.gold_held(db, annotator)
        return Left(askable + len(gold), elsewhere)

    def _choices(self, look: Look, turn: int, barred: set[int]) -> Iterator[Lease]:
        """What to ask next, best first: the ranking, with audit and gold items strewn in.

        Audit items are asked when nothing else is left; gold items are not.
        """
        ranked, audit, gold = (
            (lease for lease in leases if lease.position not in barred)
            for leases in (self._by_rank(look), self._by_audit(look), self._by_gold(look))
        )
        while True:
            order = [ranked, audit]
            if self._is_audit(look.annotator, turn):
                order = [audit, ranked]
            elif self._is_gold(look.annotator, turn):
                order = [gold, ranked, audit]
            lease = next(filter(None, (next(one, None) for one in order)), None)
            if lease is None:
                break
            yield lease
            turn += 1
        yield from (lease for lease in self._unranked(look) if lease.position not in barred)

    def _by_rank(self, look: Look) -> Iterator[Lease]:
        pointer, entries = self._ranking(look.db)
        guessed = guesses.load(self._guesses, pointer.guesses)
        passed = pointer.start
        for start, block in self._blocks(look.db, pointer, entries):
            positions = block["position"].tolist()
            for place in look.places(positions):
                rank, score = start + place, float(block["score"][place])
                lease = Lease(
                    positions[place],
                    ranking.reason(pointer, rank, len(entries)),
                    pointer.version,
                    None if math.isnan(score) else score,
                    rank + 1,
                    suggestions.likeliest(self.settings, guessed.of(positions[place])),
                )
                if lease.suggestion is not None:
                    shown = suggestions.before(self.settings, look.annotator, lease)
                    lease = replace(lease, suggestion_shown=shown is not None)
                yield lease
            # Nothing more to be had here. If that is so for everybody, the next look begins behind.
            if start == passed and standings.are_closed(look.db, positions):
                passed += len(block)
                rounds.start_at(look.db, pointer.file, passed)

    def _blocks(
        self, db: Database, pointer: Pointer, entries: NDArray[np.void]
    ) -> Iterator[tuple[int, NDArray[np.void]]]:
        """Places to look at, block by block: the number of its first, and what stands there."""
        for start in range(pointer.start, len(entries), LOOK):
            yield start, entries[start : start + LOOK]
        start = max(pointer.start, len(entries))
        # What stands in for a ranking that cannot be read has every item.
        while pointer.file and (late := latecomers.at(db, start - len(entries), LOOK)):
            yield start, ranking.unscored(late)
            start += len(late)

    def _ranking(self, db: Database) -> tuple[Pointer, NDArray[np.void]]:
        """The ranking in use; a random one where it is gone, and a new one is asked for."""
        pointer = rounds.ranking(db)
        if pointer is None:
            return Pointer(0, "", "random", head=0, tail="random"), np.empty(0, ranking.ENTRY)
        try:
            return pointer, ranking.load(pointer, self._rankings).entries
        except (OSError, ValueError, EOFError):  # deleted or torn: answers go on
            rounds.ask(db)
            pointer = Pointer(0, "", "random", head=0, tail="random; the ranking cannot be read")
            pool = np.array(items.positions(db, items.POOL), dtype=np.int64)
            return pointer, ranking.shuffled(pool, self.settings.seed).entries

    def _unranked(self, look: Look) -> Iterator[Lease]:
        """What was open to nobody when the ranking was made, and is open again: after all else."""
        if self.left(look.db, look.annotator).left == 0:
            return
        pointer, entries = self._ranking(look.db)
        behind = np.array(latecomers.every(look.db), np.int64)
        known = np.concatenate([entries["position"], behind])
        missing = np.setdiff1d(items.open_positions(look.db), known)
        order = ranking.shuffled(missing.astype(np.int64), self.settings.seed).entries
        positions = order["position"].tolist()
        for start in range(0, len(positions), LOOK):
            for position in look.free(positions[start : start + LOOK]):
                yield Lease(position, "tail: random; not ranked yet", pointer.version)

    def _by_audit(self, look: Look) -> Iterator[Lease]:
        order = self._audit(look.db)
        pointer = rounds.ranking(look.db)
        version = pointer.version if pointer else None
        for start in range(0, len(order), LOOK):
            for position in look.free(order[start : start + LOOK]):
                yield Lease(position, AUDIT, version)

    def _by_gold(self, look: Look) -> Iterator[Lease]:
        """Gold items in an order of this person's own: two of them do not meet the same ones."""
        pointer = rounds.ranking(look.db)
        version = pointer.version if pointer else None
        seed = self.settings.seed
        for position in sorted(look.gold(), key=lambda p: dice.fall(seed, look.annotator, GOLD, p)):
            yield Lease(position, GOLD, version)

    def _openly(self, look: Look, barred: set[int]) -> Iterator[Lease]:
        for lease in self._by_gold(look):
            if lease.position not in barred:
                yield replace(lease, strategy=PRACTICE)

    def _audit(self, db: Database) -> list[int]:
        """The audit items that people are asked, in an order that stays until the next import."""
        seq = log.latest_seq(db, "import")
        if self._audit_order[0] != seq:
            order = items.audit_without_truth(db)
            # Shuffled, so that the answered part is at any time a random sample of the whole.
            random.Random(self.settings.seed).shuffle(order)  # noqa: S311 - no secret
            self._audit_order = (seq, order)
        return self._audit_order[1]

    def _is_audit(self, annotator: str, turn: int) -> bool:
        """Whether this person's question number *turn* is an audit item.

        One in `audit_every`, twice as many among the first `EARLY`, but no more than every second;
        the same at every look, and in no rhythm that would tell.
        """
        every = self.settings.audit_every
        one_in = max(2, every / 2) if turn < EARLY else every
        return dice.fall(self.settings.seed, annotator, turn) < 1 / one_in

    def _is_gold(self, annotator: str, turn: int) -> bool:
        """Whether this person's question number *turn*, if it is no audit item, is a gold one."""
        return dice.fall(self.settings.seed, GOLD, annotator, turn) < 1 / self.settings.gold_every
