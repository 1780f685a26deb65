"""What is decided about a project, also after it began. Each decision is an event of the log.

A decision is a function from the settings in force to new ones; here are those about classes.
An answer keeps the class that its person chose: `Settings.now` says what that is called since.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from loop.errors import SettingsError
from loop.keys import with_one_more
from loop.settings import Settings, settings_from
from loop.store import Database, Store, log, rounds, wanted
from loop.store.log import Event
from loop.versions import GUIDELINE, Version
from loop.versions import newest as newest_of

FIXED = (
    "task",
    "modality",
    "columns",
    "media",
    "meta",
    "seed",
    "scale",
    "systems",
    "space",
    "play",
    "environment",
)  # the labels and the features rest on them
# A change of these is worth a round.
LEARNED_FROM = ("classes", "renamed", "strategy", "recipe", "consensus", "ask_again_below")

Decision = Callable[[Settings], Settings]


@dataclass(frozen=True)
class Terms:
    """Under what an answer is given: the settings and the guideline of that moment."""

    settings: Settings
    guideline: Version


class InForce:
    """The terms in force, parsed anew only when a newer event has changed them."""

    def __init__(self) -> None:
        self._known: tuple[tuple[int, int], Terms] | None = None

    def at(self, db: Database) -> Terms:
        """The terms as *db* sees them."""
        newest = (log.latest_seq(db, "settings"), log.latest_seq(db, "guideline"))
        known = self._known
        if known is None or known[0] != newest:
            found = log.latest(db, "settings")
            settings = settings_from(**found["value"] if found else {})
            known = self._known = newest, Terms(settings, newest_of(db, GUIDELINE))
        return known[1]


@dataclass(frozen=True)
class Made:
    """A decision that somebody made."""

    at: float  #: seconds since 1970, UTC
    by: str
    words: str


def decide(store: Store, by: str, decision: Decision) -> Settings:
    """Put into force what *decision* makes of the settings; returns them.

    Raises `SettingsError`; then nothing has changed. Answers under way keep counting.
    """
    with store.write() as db:
        before = InForce().at(db).settings
        after = decision(before)
        was, now = before.model_dump(mode="json"), after.model_dump(mode="json")
        changed = {name for name in now if was[name] != now[name]}
        if not changed:
            return before
        _check(db, changed, after)
        event = f"{log.OURS}settings-{log.end(db)}"
        words = "; ".join(f"{n}: {_words(was[n])} → {_words(now[n])}" for n in sorted(changed))
        log.append(db, [Event(event, "settings", by, value=now, comment=words)])
        if changed & {"overlap", "ask_again_below"}:
            wanted.put(db, rounds.again(db, after.usual))
            log.close_anew(db, after.usual)
        if changed & set(LEARNED_FROM) and (rounds.latest(db) or rounds.working_on(db)):
            rounds.ask(db)
    return after


def with_values(**values: object) -> Decision:
    """Set these settings. Classes have decisions of their own, which keep their answers."""
    if own := {"classes", "renamed"} & values.keys():
        raise SettingsError(f"{min(own)!r} changes by adding, renaming and merging classes only.")
    return lambda settings: settings_from(**settings.model_dump() | values)


def with_class(name: str) -> Decision:
    """Add a class after the others."""

    def add(settings: Settings) -> Settings:
        _check_new(settings, name)
        keys = with_one_more(settings.class_keys, name)
        change = {"classes": (*settings.classes, name), "keys": keys}
        return settings_from(**settings.model_dump() | change)

    return add


def with_class_renamed(old: str, new: str) -> Decision:
    """Call a class by another name; its answers go with it."""

    def rename(settings: Settings) -> Settings:
        _check_there(settings, old)
        if settings.renamed.get(new) != old:  # it may go back to a name that it had before
            _check_new(settings, new)
        classes = tuple(new if name == old else name for name in settings.classes)
        return _moved(settings, old, new, classes)

    return rename


def with_class_merged(old: str, into: str) -> Decision:
    """Give up a class; its answers count as *into* from now on."""

    def merge(settings: Settings) -> Settings:
        _check_there(settings, old)
        _check_there(settings, into)
        if old == into:
            raise SettingsError(f"The class {old!r} cannot be merged into itself.")
        classes = tuple(name for name in settings.classes if name != old)
        return _moved(settings, old, into, classes)

    return merge


def history(db: Database) -> list[Made]:
    """Every decision since the project began, newest first."""
    events = [event for kind in log.DECISIONS for event in log.of_kind(db, kind)]
    events.sort(key=lambda event: event["seq"], reverse=True)
    return [Made(e["received_at"], e["annotator"], e["comment"] or "created") for e in events]


def _moved(settings: Settings, old: str, new: str, classes: tuple[str, ...]) -> Settings:
    renamed = {before: new if now == old else now for before, now in settings.renamed.items()}
    renamed = {before: now for before, now in (renamed | {old: new}).items() if before != now}
    # Who labels has the keys in their fingers: they stay where they are.
    moved = {new if name == old else name: key for name, key in settings.class_keys.items()}
    keys = {name: settings.class_keys.get(name, moved[name]) for name in classes}
    change = {"classes": classes, "renamed": renamed, "keys": keys}
    return settings_from(**settings.model_dump() | change)


def _check_there(settings: Settings, name: str) -> None:
    if name not in settings.classes:
        raise SettingsError(
            f"There is no class {name!r}; there are: {', '.join(settings.classes)}."
        )


def _check_new(settings: Settings, name: str) -> None:
    if name in settings.classes:
        raise SettingsError(f"There is a class {name!r} already; two classes can be merged.")
    if name in settings.renamed:
        raise SettingsError(
            f"{name!r} was a class before, and its answers count as {settings.renamed[name]!r} "
            "now; choose another name."
        )


def _check(db: Database, changed: set[str], after: Settings) -> None:
    if fixed := changed & set(FIXED):
        raise SettingsError(
            f"The setting {min(fixed)!r} cannot change once a project has begun; create another "
            "project for that."
        )
    if not changed & {"strategy", "recipe"}:
        return
    offers = rounds.offers(db)
    if not offers:
        raise SettingsError("The trainer has not said yet what it can do; try again in a moment.")
    for setting, chosen in (("strategy", after.strategy), ("recipe", after.recipe)):
        if not any(offer[setting] == chosen for offer in offers):
            raise SettingsError(f"There is no {setting} {chosen!r}.")
    mine = (after.recipe, after.strategy)
    refused = next(o["refused"] for o in offers if (o["recipe"], o["strategy"]) == mine)
    if refused:
        raise SettingsError(refused)


def _words(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(one)}" for key, one in value.items()) or "none"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
