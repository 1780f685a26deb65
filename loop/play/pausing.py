"""When play stands still, and why. Pure decisions: no clock, no process."""

from dataclasses import dataclass, replace

EPISODES, SECONDS = 10, 120.0  # that go by without a signal, both, before nobody is there any more


@dataclass(frozen=True)
class Standing:
    """Whether it stands still. What people decided outlasts that nobody looked for a while."""

    why: str | None  #: for a person to read; None: people let it run
    is_watched: bool = False
    episodes: int = 0  #: ended since the last signal, or since it was let run
    since: float = 0.0  #: when that was, seconds

    @property
    def is_still(self) -> bool:
        """Whether nothing moves now."""
        return self.why is not None or not self.is_watched

    @property
    def words(self) -> str | None:
        """Why nothing moves, or None."""
        return self.why or (None if self.is_watched else "Nobody is looking.")


def at_first(signals: int) -> Standing:
    """Before anybody has pressed a key: nobody is to miss the beginning."""
    return Standing("Ready to go on." if signals else "Ready to begin.")


def stopped(now: Standing, who: str) -> Standing:
    """Somebody stops it."""
    return replace(now, why=f"Stopped by {who}.")


def let_run(now: Standing, at: float) -> Standing:
    """Somebody lets it run."""
    return replace(now, why=None, episodes=0, since=at)


def watched(now: Standing, *, is_watched: bool, at: float) -> Standing:
    """Somebody looks, or nobody does any more."""
    return replace(now, is_watched=is_watched, since=at if is_watched else now.since)


def heard(now: Standing, at: float) -> Standing:
    """Somebody said something."""
    return replace(now, episodes=0, since=at)


def ended(now: Standing, at: float) -> Standing:
    """An episode ended: after many without a word, whoever looks on may have gone."""
    now = replace(now, episodes=now.episodes + 1)
    if now.episodes < EPISODES or at - now.since < SECONDS:
        return now
    return replace(now, why=f"{now.episodes} episodes without a word from anybody.")
