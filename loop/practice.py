"""Practice before the real work, and who is held back, by what people did with gold items.

A newcomer first meets some gold items openly: the right label is told after each answer. Later they
come silently. Who is right too rarely, in practice or surely so later, is asked nothing more until
an owner lets them go on. All of it is off until Settings says otherwise.
"""

from dataclasses import dataclass

from loop.evaluation import wilson
from loop.settings import Settings
from loop.store import Database, decided, people
from loop.suggestions import GOLD, PRACTICE
from loop.tasks import Value

LEAST = 10  # silent gold answers, before anybody is held back by them
ROLE = "annotator"  # whom it is for; who decides what is right is not asked


@dataclass(frozen=True)
class OnGold:
    """What a person did with gold items since they were last let go on."""

    practiced: int = 0
    practiced_right: int = 0
    gold: int = 0
    gold_right: int = 0
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
    person = people.find(db, annotator)
    if not is_on(settings) or (person and person.role != ROLE):
        return OnGold()
    told: dict[str | None, list[bool]] = {PRACTICE: [], GOLD: []}
    for why, said, label in decided.answered(db, annotator, person.let_on if person else 0):
        told.setdefault(why, []).append(settings.now(said) == settings.now(label))
    return OnGold(
        practiced=len(told[PRACTICE]),
        practiced_right=sum(told[PRACTICE]),
        gold=len(told[GOLD]),
        gold_right=sum(told[GOLD]),
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
    if settings.pause_below and now.gold >= LEAST:
        _, high = wilson(now.gold_right, now.gold)
        if high < settings.pause_below:
            return (
                f"Of your answers whose right label is known, {now.gold_right} of {now.gold} were "
                f"right, surely fewer than the {settings.pause_below:.0%} that are wanted. {who}"
            )
    return None
