"""A project: one folder, and the façade through which the faces use the loop."""

import hashlib
import secrets
from functools import cached_property
from pathlib import Path
from typing import Self

from loop import decisions
from loop.decisions import Decision, Guideline, InForce
from loop.errors import SettingsError
from loop.media import MediaFolder
from loop.session import Answer, Receipt, Session
from loop.settings import Settings
from loop.store import Store, items, log, people, rounds
from loop.store.items import Item
from loop.store.rounds import Point

OWNER = "owner"  # who sits at this machine
OWNER_ROLE = "owner"
LONGEST_NAME = 100  # characters


class Project:
    """An open project. Close it when done, or use it as a context manager."""

    def __init__(self, store: Store) -> None:
        self.folder = store.folder
        self.store = store
        self.media = MediaFolder(store.folder / "media")
        self.rankings = store.folder / "rankings"
        self._in_force = InForce()
        self.session = Session(store, self.rankings, self._in_force)

    @classmethod
    def open(cls, folder: Path | str) -> "Project":
        """Open the project in *folder*. Raises `NotAProject` or `NewerProject`."""
        return cls(Store.open(Path(folder).resolve()))

    @property
    def settings(self) -> Settings:
        """The settings in force, whoever changed them last."""
        return self._in_force.at(self.store.read).settings

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
        value: str | None,
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

    # deciding

    def decide(self, by: str, decision: Decision) -> Settings:
        """Change the settings; see `loop.decisions`. Raises `SettingsError`."""
        return decisions.decide(self.store, by, decision)

    def guideline(self) -> Guideline:
        """How to judge, in its newest version."""
        return self._in_force.at(self.store.read).guideline

    def write_guideline(self, by: str, text: str) -> Guideline:
        """Give the guideline a new version. Raises `SettingsError`."""
        return decisions.write_guideline(self.store, by, text)

    # people

    def invite(self, name: str, role: str) -> str:
        """Add an annotator, or change the role of one; returns a token that is shown this once.

        Raises `SettingsError` for a name that is empty or taken by the loop itself.
        """
        if not name.strip() or name in {log.IMPORT, rounds.TRAINER} or len(name) > LONGEST_NAME:
            raise SettingsError(f"Nobody can be called {name!r} here; choose another name.")
        if name == OWNER and role != OWNER_ROLE:
            raise SettingsError(f"{OWNER!r} is who sits at this machine, and stays an owner.")
        token = secrets.token_urlsafe(32)
        with self.store.write() as db:
            people.add(db, name, role)
            people.admit(db, token, name)
        return token

    def bearer(self, token: str) -> str | None:
        """Whose invitation token this is, or None."""
        return people.bearer(self.store.read, token)

    def role(self, name: str) -> str | None:
        """The role of a person, or None for a stranger."""
        return people.role(self.store.read, name)

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
