"""Who watches: each gets the newest frame as fast as they read, and never one that is old.

A socket takes many frames that nobody has read yet, so readers say how far they are.
"""

import asyncio
import time
from collections.abc import AsyncIterator

from loop.playing import Playing
from ui import serving

UNREAD = 8  # lines under way to one reader: half a second at the usual speed
BEAT = 1.0  # seconds after which the newest frame is told again: somebody is there
GONE = 10.0  # seconds without a word, after which a reader is there no more


class Viewer:
    """One stream. Belongs to the event loop that it is read in."""

    def __init__(self, playing: Playing) -> None:
        self._playing = playing
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._sent = self._read = 0
        self._heard_at = time.monotonic()

    def has_read(self, line: int) -> None:
        """The reader has got so far."""
        self._read = min(max(self._read, line), self._sent)
        self._heard_at = time.monotonic()
        self._news.set()

    async def lines(self) -> AsyncIterator[str]:
        """`{"line", "told"}` with what the player tells, each in a line of JSON."""
        shown = 0
        self._playing.look_on(self._wake)
        try:
            while not serving.now().leaving.is_set() and time.monotonic() < self._heard_at + GONE:
                newest = self._playing.newest
                if newest and newest.number != shown and self._sent - self._read < UNREAD:
                    shown = newest.number
                    self._sent += 1
                    yield f'{{"line":{self._sent},"told":{newest.line}}}\n'
                    continue
                self._news.clear()
                try:
                    await asyncio.wait_for(self._news.wait(), BEAT)
                except TimeoutError:
                    shown = 0
        finally:
            self._playing.look_away(self._wake)

    def _wake(self) -> None:
        """From the thread that reads the player."""
        self._loop.call_soon_threadsafe(self._news.set)
