"""What was erased is known again when it comes back, though nothing of it can be read any more.

An `erase` event keeps two marks, of the item's id and of its content: made with the project's
`secret`, which lies beside the database, so that the database alone does not even tell a guess.
"""

import hmac

from loop.store import Database, log


def marks(secret: bytes, id: str, content: str) -> dict[str, str]:  # noqa: A002
    """The marks of an item with this id and this content (as `items.content_of` gives it)."""
    return {"id": _mark(secret, "id", id), "content": _mark(secret, "content", content)}


def known(db: Database) -> set[str]:
    """The marks of all that was erased."""
    events = log.of_kind(db, "erase")
    return {
        mark
        for event in events
        if event["position"] is not None and event["value"]
        for mark in event["value"].values()
    }


def _mark(secret: bytes, what: str, words: str) -> str:
    told = f"erased {what} {words}".encode("utf-8", "surrogatepass")
    return hmac.digest(secret, told, "sha256").hex()
