"""Who may come in, as what, and what ends it. Owns names, roles, invitations and revocation."""

import difflib
import secrets
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from loop.errors import SettingsError
from loop.store import Database, Store, leases, log, people, rounds
from loop.store.people import Person

__all__ = ["OWNER", "OWNER_ROLE", "ROLES", "Claim", "People", "Person", "may", "name_for"]

OWNER = "owner"  # who sits at this machine
ROLES = ("annotator", "reviewer", "owner")  # each may do what those before it may
OWNER_ROLE = ROLES[-1]
LONGEST_NAME = 100  # characters
SEEN_EVERY = 60.0  # seconds between two notes that somebody is here
_OURS = {log.IMPORT, rounds.TRAINER}
_JOINERS = str.maketrans("", "", "\u200c\u200d")  # invisible, but some scripts are spelt with them


@dataclass(frozen=True)
class Claim:
    """Who a token says its bearer is, and the generation of that person it was given for."""

    name: str
    generation: int


class People:
    """The people of one project, kept in its store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def invite(self, name: str, role: str | None = None) -> str:
        """Let *name* in; returns a token that is shown this once.

        Without a role a newcomer is an annotator, and who is here already stays what they are.
        A second invitation opens another browser: the first one goes on to count until `revoke`.
        Raises `SettingsError` for an unknown role or a name that nobody can have.
        """
        token = secrets.token_urlsafe(32)
        with self._store.write() as db:
            there = people.every(db)
            name = name_for(name, [person.name for person in there])
            known = {person.name: person.role for person in there}
            people.add(db, name, _role_for(name, role or known.get(name, ROLES[0])))
            people.admit(db, token, name)
        return token

    def revoke(self, name: str) -> None:
        """End every token of a person at once; leases go back to the pool, answers stay.

        The owner who sits at this machine still comes in there. Raises `SettingsError` for a
        stranger.
        """
        with self._store.write() as db:
            _known(db, name)
            people.revoke(db, name)
            if name == OWNER:
                people.add(db, OWNER, OWNER_ROLE)
            leases.give_back(db, name, [])

    def change_role(self, name: str, role: str) -> None:
        """Give a person another role, from their next call on. Raises `SettingsError`."""
        with self._store.write() as db:
            _known(db, name)
            people.change_role(db, name, _role_for(name, role))

    def let_on(self, name: str) -> None:
        """Let a person go on who was held back: what they did with gold so far counts no more.

        Raises `SettingsError` for a stranger.
        """
        with self._store.write() as db:
            _known(db, name)
            people.let_on(db, name, log.end(db))

    def find(self, name: str) -> Person | None:
        """One person, or None for a stranger."""
        return people.find(self._store.read, name)

    def every(self) -> list[Person]:
        """All people, those who were revoked too, by the time they were added."""
        return people.every(self._store.read)

    def claim(self, token: str) -> Claim | None:
        """Whose invitation this is, revoked or not; None for one that was never given."""
        found = people.bearer(self._store.read, token)
        return Claim(*found) if found else None

    def local_owner(self) -> Claim:
        """Who sits at this machine."""
        owner = self.find(OWNER)
        return Claim(OWNER, owner.generation if owner else 0)

    def admitted(self, claim: Claim) -> Person | None:
        """The person who claims to come in, or None if that was ended."""
        person = self.find(claim.name)
        if person is None or person.revoked_at is not None:
            return None
        return person if person.generation == claim.generation else None

    def visit_is_due(self, person: Person) -> bool:
        """Whether it is a minute since somebody noted that this person was here."""
        return person.seen_at is None or not 0 <= time.time() - person.seen_at < SEEN_EVERY

    def note_visit(self, person: Person) -> None:
        """Remember that this person is here now, to the minute."""
        if self.visit_is_due(person):
            with self._store.write() as db:
                people.seen(db, person.name, time.time())


def may(role: str, wanted: str) -> bool:
    """Whether a *role* may do what is for *wanted*."""
    return ROLES.index(role) >= ROLES.index(wanted)


def name_for(given: str, there: Iterable[str]) -> str:
    """The name as it is kept: trimmed, and its accents composed. Raises `SettingsError`.

    Nobody is called as the loop itself, invisibly, or as somebody else but for capitals.
    """
    name = unicodedata.normalize("NFC", given.strip())
    seen = name.translate(_JOINERS)
    if not seen or len(name) > LONGEST_NAME or name.casefold() in _OURS:
        raise SettingsError(f"Nobody can be called {given!r} here; choose another name.")
    if not seen.isprintable():
        raise SettingsError(
            f"The name {given!r} has characters that cannot be seen; leave them out."
        )
    for other in {OWNER, *there} - {name}:
        if other.casefold() == name.casefold():
            raise SettingsError(
                f"{name!r} is too like {other!r}, who is here already; choose another name, or "
                f"invite {other!r} again."
            )
    return name


def _role_for(name: str, role: str) -> str:
    if role not in ROLES:
        near = difflib.get_close_matches(role, ROLES, n=1) or ROLES
        raise SettingsError(f"There is no role {role!r}. Did you mean {' or '.join(near)}?")
    if name == OWNER and role != OWNER_ROLE:
        raise SettingsError(f"{OWNER!r} is who sits at this machine, and stays an owner.")
    return role


def _known(db: Database, name: str) -> Person:
    person = people.find(db, name)
    if person is None:
        names = [one.name for one in people.every(db)]
        near = difflib.get_close_matches(name, names, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(names)}."
        raise SettingsError(f"There is nobody called {name!r} here.{hint}")
    return person
