"""Proposals ready for whoever is at work, the trainer's part of a tuning session.

After every answer the process learns anew from the log. A few proposals are ready ahead, so that
nobody waits; those under way count as answered by what is believed already (see
`loop.gaussian.rated`), so that no two people are shown the same. One that was lent to nobody and
that was made from fewer answers than there are now is withdrawn, and a better one is made; should
an answer on it arrive all the same, it is restored, and the answer counts.
"""

import secrets
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from loop import importing
from loop.errors import DataError
from loop.formats import Row
from loop.project import Project
from loop.settings import AHEAD
from loop.store import log, rounds, tuning, withdrawn
from loop.store.log import Event
from loop.tuning import figures, search
from loop.tuning import told as reading
from loop.tuning.cube import Cube
from loop.tuning.learned import Learned, learn
from loop.tuning.render import CannotRender, RenderFailed, Shower
from loop.tuning.space import Setting, Space, words
from loop.tuning.told import Told

SPARE = 1  # ready beyond what browsers hold, for who comes next
FIRST_SPARE = 4  # the same of those that no answer makes better
MOST_FAILED = 5  # renders that fail one after another, until somebody has said something new
WAITS = "; no more are made until somebody answers, or askwell tune is started again"
FURTHER = 256  # evenly spread proposals that are looked at for one that can be shown
QUICK = 2.0  # seconds; what takes longer to make is not thrown away for something better


class Tuning:
    """Keeps proposals ready, and the page's figures up to date."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._space: Space = project.settings.space  # type: ignore[assignment]
        self._cube = Cube(self._space)
        self._each = len(reading.columns(self._space))  # settings in a proposal
        self._shower = Shower(self._space)
        self._seen: tuple[int, int] | None = None  # the newest row heard, and people at work
        self._made_from: dict[int, int] = {}  # of proposals of this process: answers then
        self._learned: Learned | None = None
        self._failed = 0  # one after another
        self._slow = 0.0  # seconds that the last one took
        self._noted = False  # that something could not be shown, where nothing was shown since
        self._blocked = False  # nothing can be shown until somebody starts anew

    def close(self) -> None:
        """End the process that renders."""
        self._shower.close()

    def keep_up(self) -> None:
        """Learn from what was said since, and have proposals ready."""
        db = self._project.store.read
        heard, people = tuning.heard(db), len(set(tuning.held(db, time.time()).values()))
        if self._seen == (heard, people):
            return
        is_new = self._seen is None or self._seen[0] != heard
        if is_new:
            self._restore_answered()
        now = self._read()
        if is_new:
            self._failed = 0
            with threadpool_limits(1):
                self._learned = learn(self._project.settings, now)
            self._replace_stale(now)
        self.fill()
        self._seen = heard, people
        if is_new:
            self._tell(now)  # last: whoever waits, waits for a proposal

    def fill(self) -> None:
        """Make proposals until enough are ready."""
        while not self._blocked and self._failed < MOST_FAILED:
            now = self._read()
            spare = SPARE if self._firsts(now) <= 0 else FIRST_SPARE
            if len(now.ready) >= now.people * AHEAD + spare:
                break
            with threadpool_limits(1):
                shown = self._next(now)
            if shown is None:
                break
            self._show(now, shown)

    def _read(self) -> Told:
        with self._project.store.snapshot() as db:
            return reading.told(db, self._project.terms(db).settings, time.time())

    def _next(self, now: Told) -> tuple[Setting, ...] | None:
        """The settings of the next proposal; None where all that there are cannot be shown."""
        gone = [one["setting"] for one in now.left_out]
        if self._learned is None or self._firsts(now) > 0:
            return self._evenly(now.made + len(now.left_out), gone)
        rng = np.random.default_rng([self._space.seed, now.made, len(now.left_out)])
        under_way = now.unlabeled
        process = self._learned.expecting([*under_way, *((one,) * self._each for one in gone)])
        barred = self._cube.points([*gone, *(one for shown in under_way for one in shown)])
        best = self._learned.best_point
        points = search.next_points(self._cube, process, best, self._space.acquisition, rng, barred)
        settings = tuple(self._cube.setting(point) for point in points)
        return None if any(setting in gone for setting in settings) else settings

    def _firsts(self, now: Told) -> int:
        """How many of those that are spread evenly are still to come."""
        return search.firsts(self._cube) - now.made - len(now.left_out)

    def _evenly(self, number: int, gone: Sequence[Setting]) -> tuple[Setting, ...] | None:
        """Proposal *number*, from 0, of those that come before anything is known.

        Where one of its settings is *gone*, the next that has none; None if they all have.
        """
        rng = np.random.default_rng(self._space.seed)
        points = search.spread(self._cube, (number + FURTHER) * self._each, rng)
        for first in range(number * self._each, len(points), self._each):
            settings = tuple(map(self._cube.setting, points[first : first + self._each]))
            if not any(setting in gone for setting in settings):
                return settings
        return None

    def _show(self, now: Told, settings: tuple[Setting, ...]) -> None:
        """Make an item of settings, or note which of them nothing can be shown of."""
        scratch = self._project.folder / "staging" / secrets.token_hex(8)
        began = time.monotonic()
        try:
            shown = []
            for place, setting in enumerate(settings):
                failing = setting
                shown.append(self._shower.show(setting, scratch / str(place)))
            self._add(now, settings, shown)
            self._failed = 0
            if self._noted:
                self._note(self._project.settings.no_rounds or "")
                self._noted = False
        except CannotRender as why:
            self._blocked = True
            self._note(str(why))
        except (RenderFailed, DataError) as why:
            self._leave_out(failing, str(why))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        self._slow = time.monotonic() - began

    def _add(self, now: Told, settings: tuple[Setting, ...], shown: Sequence[str]) -> None:
        made_from = len(now.answers)
        columns = reading.columns(self._space)
        values = dict(zip(columns, shown, strict=True)) | reading.cells(self._space, settings)
        row = Row(f"proposal {now.made + 1}", values, f"p{now.made + 1}")
        batch = importing.of_rows(self._project, Path(f"made from {made_from} answers"), [row])
        try:
            if not importing.add(self._project, batch, by=rounds.TRAINER).added:
                raise RenderFailed("it was erased here")
        finally:
            batch.discard()
        self._made_from[now.made] = made_from

    def _leave_out(self, setting: Setting, why: str) -> None:
        """Note a setting of which nothing can be shown: it is not proposed again."""
        self._failed += 1
        told = ", ".join(words(setting).splitlines())
        stops = WAITS if self._failed >= MOST_FAILED else ""
        note = f"nothing could be shown of {told}: {why}{stops}"
        sys.stderr.write(f"askwell tune: {note}\n")
        with self._project.store.write() as db:
            event = f"{log.OURS}{tuning.LEFT_OUT}-{log.end(db)}"
            value = {"setting": setting, "why": why}
            log.append(db, [Event(event, tuning.LEFT_OUT, rounds.TRAINER, value=value)])
        self._note(note)
        self._tell(self._read())

    def _restore_answered(self) -> None:
        """Put back what was withdrawn while somebody had it, and has answered it."""
        with self._project.store.write() as db:
            for position in tuning.answered_since(db):
                event = f"{log.OURS}restore-{log.end(db)}"
                log.append(db, [Event(event, "restore", rounds.TRAINER, position=position)])
                withdrawn.take_back(db, position, self._project.settings.usual)

    def _replace_stale(self, now: Told) -> None:
        """Withdraw what nobody was lent and what fewer answers have made than there are now.

        A lease that has run out counts: the item may be on a screen still, or in an outbox.
        """
        if self._slow > QUICK or self._firsts(now) > 0:
            return
        made_from = [(p, self._made_from.get(p, -1)) for p in now.ready]
        with self._project.store.write() as db:
            lent = tuning.lent(db)
            for position, answers in made_from:
                if position in lent or answers >= len(now.answers):
                    continue
                event = f"{log.OURS}withdraw-{log.end(db)}"
                log.append(db, [Event(event, "withdraw", rounds.TRAINER, position=position)])
                withdrawn.put(db, position, self._project.settings.usual)

    def _tell(self, now: Told) -> None:
        """What the page shows."""
        with threadpool_limits(1):
            found = figures.figures(self._project.settings, now, self._learned)
        with self._project.store.write() as db:
            if tuning.heard(db) == now.heard:  # else something of it may be erased
                tuning.put(db, found)

    def _note(self, words_: str) -> None:
        with self._project.store.write() as db:
            rounds.say(db, "idle", words_)
        self._noted = True
