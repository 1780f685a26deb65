"""A project: one folder, and the façade through which the faces use the loop."""

import hashlib
import secrets
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from loop import decisions, versions
from loop.answers import Answer
from loop.decisions import Decision, InForce, Terms
from loop.media import MediaFolder
from loop.people import OWNER, OWNER_ROLE, People
from loop.session import Receipt, Session
from loop.settings import Settings
from loop.settled import Settled
from loop.store import Database, Store, items, rounds
from loop.store.items import Item
from loop.store.rounds import Point
from loop.tasks import Value
from loop.versions import Version

__all__ = ["OWNER", "OWNER_ROLE", "Project"]


class Project:
    """An open project. Close it when done, or use it as a context manager."""

    def __init__(self, store: Store) -> None:
        self.folder = store.folder
        self.store = store
        self.media = MediaFolder(store.folder / "media")
        self.rankings = store.folder / "rankings"
        self.guesses = store.folder / "guesses"
        self.clusters = store.folder / "clusters"
        self._in_force = InForce()
        self.settled = Settled()
        self.session = Session(store, self._in_force)

    @classmethod
    def open(cls, folder: Path | str) -> "Project":
        """Open the project in *folder*. Raises `NotAProject` or `NewerProject`."""
        return cls(Store.open(Path(folder).resolve()))

    @property
    def settings(self) -> Settings:
        """The settings in force, whoever changed them last."""
        return self.terms(self.store.read).settings

    def terms(self, db: Database) -> Terms:
        """The settings and the guideline in force, as *db* sees them."""
        return self._in_force.at(db)

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # asking and answering

    def next_items(self, annotator: str, n: int = 1) -> list[Item]:
        """Lease the next *n* items to *annotator*; those still held come first."""
        return self.session.next_items(annotator, n)[0]

    def submit(
        self,
        item_id: str,
        value: Value | None,
        *,
        annotator: str,
        answer_id: str,
        kind: str = "label",
    ) -> Receipt:
        """Store one answer; on return it is on disk, or in the receipt's `rejected`."""
        return self.session.submit(annotator, [Answer(answer_id, item_id, kind, value)])

    def item_count(self) -> int:
        """How many items there are, audit items included."""
        return items.count(self.store.read)

    def curve(self) -> list[Point]:
        """The learning curve, oldest round first."""
        return rounds.curve(self.store.read)

    def quality(self) -> dict[str, Any] | None:
        """All that the audit answers say of the newest model; None where they are too few."""
        return rounds.quality(self.store.read)

    # deciding

    def decide(self, by: str, decision: Decision) -> Settings:
        """Change the settings; see `loop.decisions`. Raises `SettingsError`."""
        return decisions.decide(self.store, by, decision)

    def guideline(self) -> Version:
        """How to judge, in its newest version."""
        return self._in_force.at(self.store.read).guideline

    def write_guideline(self, by: str, text: str) -> Version:
        """Give the guideline a new version. Raises `SettingsError`."""
        with self.store.write() as db:
            return versions.write(db, versions.GUIDELINE, by, text)

    def prompt(self) -> Version:
        """What an application's model is told, in its newest version."""
        return versions.newest(self.store.read, versions.PROMPT)

    def write_prompt(self, by: str, text: str) -> Version:
        """Give the prompt a new version. Raises `SettingsError`."""
        with self.store.write() as db:
            return versions.write(db, versions.PROMPT, by, text)

    # people

    @cached_property
    def people(self) -> People:
        """Who may come in, and as what."""
        return People(self.store)

    def invite(self, name: str, role: str | None = None) -> str:
        """Let somebody in; returns a token that is shown this once. See `People.invite`."""
        return self.people.invite(name, role)

    def role(self, name: str) -> str | None:
        """The role of a person, or None for one who may not come in."""
        person = self.people.find(name)
        return person.role if person and person.revoked_at is None else None

    @property
    def uid(self) -> str:
        """Tells this project from any other, also from a later one in the same folder."""
        return hashlib.sha256(b"uid" + self.secret).hexdigest()[:16]

    @cached_property
    def secret(self) -> bytes:
        """The key that signs the page's short-lived tokens; it lies beside the database."""
        path = self.folder / "secret"
        if not path.exists():
            partial = self.folder / f"secret.{secrets.token_hex(4)}"
            partial.touch(mode=0o600)
            partial.write_bytes(secrets.token_bytes(32))
            partial.replace(path)
        return path.read_bytes()
