"""How a process behaves that works beside the web process: it steps back, and leaves with it."""

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

NICE = 10  # a tenth of a processor that others want whole: under load, it is slow but goes on


def leave_with_parent() -> None:
    """Exit at once when standard input closes, that is, when the parent dies, however it died."""

    def wait() -> None:
        # Unbuffered: the lock of a buffer would abort a dying interpreter.
        os.read(sys.stdin.fileno(), 1)
        os._exit(0)  # even in the middle of a fit; what was not published never happened

    threading.Thread(target=wait, daemon=True).start()


def lines_from_parent(take: Callable[[bytes], None]) -> None:
    """Hand every line of standard input to *take*, in a thread; exit at once when it closes."""

    def read() -> None:
        rest = b""
        while chunk := os.read(sys.stdin.fileno(), 2**16):  # unbuffered, as above
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                take(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()


def step_back() -> None:
    """Lower this process's claim to a processor.

    Where Linux shares out processors between sessions (autogroup), a nice value counts only within
    one: whoever starts us gives us a session of our own, and it is the session that steps back.
    """
    if hasattr(os, "nice"):
        os.nice(NICE)
    session = Path("/proc/self/autogroup")
    if session.exists() and os.getsid(0) == os.getpid():
        with suppress(OSError):  # /proc may be read-only in a container: painting is less even then
            session.write_text(str(NICE))
