"""Annotators and their tokens. A token is stored only as its hash."""

import hashlib
import time

from sqlite_utils import Database

from loop.store.database import value


def add(db: Database, name: str, role: str) -> None:
    """Add a person, or change the role of one who is there."""
    db.execute(
        "INSERT INTO annotators(name, role, created_at) VALUES (?, ?, ?) "
        "ON CONFLICT(name) DO UPDATE SET role = excluded.role",
        [name, role, time.time()],
    )


def role(db: Database, name: str) -> str | None:
    """The role of a person, or None for a stranger."""
    found: str | None = value(db, "SELECT role FROM annotators WHERE name = ?", name)
    return found


def admit(db: Database, token: str, annotator: str) -> None:
    """Let whoever brings *token* in as *annotator*."""
    row = {"hash": _hash(token), "annotator": annotator, "created_at": time.time()}
    db.table("tokens").insert(row)


def bearer(db: Database, token: str) -> str | None:
    """Whose token this is, or None."""
    found: str | None = value(db, "SELECT annotator FROM tokens WHERE hash = ?", _hash(token))
    return found


def _hash(token: str) -> str:
    # 256 random bits need no salt and no slow hash: there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()
