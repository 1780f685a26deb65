"""Texts that people work by, in versions: how to judge, and what an application's model is told.

Each version is an event of the log; none is ever changed. Webhooks hand it out.
"""

from dataclasses import asdict, dataclass

from loop import webhooks
from loop.errors import SettingsError
from loop.store import Database, log
from loop.store.log import Event

GUIDELINE, PROMPT = KINDS = ("guideline", "prompt")
LONGEST = 200_000  # characters


@dataclass(frozen=True)
class Version:
    """A text in one of its versions. Version 0 is none yet."""

    version: int
    text: str


def newest(db: Database, kind: str) -> Version:
    """The newest version of a guideline or a prompt."""
    found = log.latest(db, kind)
    return Version(**found["value"]) if found else Version(0, "")


def write(db: Database, kind: str, by: str, text: str, because: str | None = None) -> Version:
    """Make *text* the newest version; the same text again is none.

    *because* says what it came from. Raises `SettingsError` if it is too long.
    """
    if len(text) > LONGEST:
        raise SettingsError(
            f"The {kind} has {len(text):,} characters, more than {LONGEST:,}; nobody reads that "
            "beside an item. Link to the long one."
        )
    before = newest(db, kind)
    if text.strip() == before.text:
        return before
    after = Version(before.version + 1, text.strip())
    words = f"{kind}: version {after.version}{f', {because}' if because else ''}"
    event = Event(f"{log.OURS}{kind}-{after.version}", kind, by, value=asdict(after), comment=words)
    log.append(db, [event])
    webhooks.enqueue(db, f"{kind}.version", asdict(after))
    return after
