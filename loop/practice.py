"""Practice before the real work, and who is warned or held back, by what they did with gold items.

A newcomer first meets some gold items openly: the right label is told after each answer. Later they
come silently. Who is right too rarely, in practice or surely so later, is asked nothing more until
an owner lets them go on; below a higher mark they are warned, and go on. All of it is off until
Settings says otherwise.
"""

from dataclasses import dataclass

from loop.evaluation import wilson
from loop.settings import Settings
from loop.store import Database, decided, people
from loop.suggestions import GOLD, PRACTICE
from loop.tasks import Value

LEAST = 10  # silent gold answers, before anybody is warned or held back by them
TENS = 10  # gold answers at once that are told to whom they are of: one would tell which it was
ROLE = "annotator"  # whom it is for; who decides what is right is not asked


@dataclass(frozen=True)
class OnGold:
    """What a person did with gold items since they were last let go on."""

    practiced: int = 0
    practiced_right: int = 0
    gold: int = 0
    gold_right: int = 0
    gold_right_in_tens: int = 0  #: of the oldest, a multiple of `TENS`: what may be told to them
    there: int = 0  #: gold items that they can still be asked


@dataclass(frozen=True)
class Lesson:
    """What is told after an answer in practice."""

    right: bool
    label: Value
    why: str | None  #: as whoever decided it wrote


def is_on(settings: Settings) -> bool:
    """Whether anybody practises or is held back at all."""
    return bool(settings.practice or settings.pause_below)


def tested(db: Database, settings: Settings, annotator: str) -> OnGold:
    """How a person stands; as a newcomer who needs no practice where it is not for them."""
    return on_gold(db, settings, annotator) if is_on(settings) else OnGold()


def on_gold(db: Database, settings: Settings, annotator: str) -> OnGold:
    """The same, whether or not anybody practises or is held back."""
    person = people.find(db, annotator)
    if person and person.role != ROLE:
        return OnGold()
    told: dict[str | None, list[bool]] = {PRACTICE: [], GOLD: []}
    for why, said, label in decided.answered(db, annotator, person.let_on if person else 0):
        told.setdefault(why, []).append(settings.now(said) == settings.now(label))
    return OnGold(
        practiced=len(told[PRACTICE]),
        practiced_right=sum(told[PRACTICE]),
        gold=len(told[GOLD]),
        gold_right=sum(told[GOLD]),
        gold_right_in_tens=sum(told[GOLD][: len(told[GOLD]) // TENS * TENS]),
        there=len(decided.gold_for(db, annotator)),
    )


def left(settings: Settings, now: OnGold) -> int:
    """How many items this person has still to practise on."""
    return min(max(0, settings.practice - now.practiced), now.there)


def held_back(settings: Settings, now: OnGold) -> str | None:
    """Why this person is asked nothing more, or None."""
    who = "Ask the project's owner, who can let you go on."
    if left(settings, now) == 0 and now.practiced and settings.pass_mark:
        share = now.practiced_right / now.practiced
        if share < settings.pass_mark:
            return (
                f"In practice {now.practiced_right} of {now.practiced} were right, and "
                f"{settings.pass_mark:.0%} are wanted. {who}"
            )
    if _is_surely_below(settings.pause_below, now.gold_right, now.gold):
        return (
            f"Of your answers whose right label is known, {now.gold_right} of {now.gold} were "
            f"right, surely fewer than the {settings.pause_below:.0%} that are wanted. {who}"
        )
    return None


def warned(settings: Settings, name: str, now: OnGold) -> str | None:
    """What reviewers read of somebody who is right too rarely on silent gold items, or None."""
    if not _is_surely_below(settings.warn_below, now.gold_right, now.gold):
        return None
    is_held = held_back(settings, now) is not None
    return (
        f"{name} was right on {now.gold_right} of {now.gold} gold items, surely fewer than the "
        f"{settings.warn_below:.0%} below which Settings warns"
        f"{', and is asked nothing more until an owner lets them go on' if is_held else ''}."
    )


def warning(settings: Settings, now: OnGold) -> str | None:
    """What they read themselves, or None.

    By whole tens of answers: one that came at once would tell which item was gold.
    """
    n, right = now.gold // TENS * TENS, now.gold_right_in_tens
    if not _is_surely_below(settings.warn_below, right, n):
        return None
    return (
        f"Of {n} answers of yours whose right label is known, {right} were right; "
        f"{settings.warn_below:.0%} are hoped for. A look at the guidelines may help, and so may a "
        "word with whoever invited you. An item that could be either can be skipped."
    )


def _is_surely_below(mark: float | None, right: int, n: int) -> bool:
    """Whether the upper end of the 95 % interval is below; never of fewer than `LEAST`."""
    return mark is not None and n >= LEAST and wilson(right, n)[1] < mark
