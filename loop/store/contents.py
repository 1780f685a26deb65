"""Which items have the same content: found by a hash of it, not by reading them all.

Kept beside the items, sorted, because that is filled quicker under the write lock than an index
over them. An erased item is not in it.
"""

import hashlib
from collections.abc import Iterable

from loop.store.database import Database


def hash_of(content: str) -> int:
    """64 bits of a content, signed as SQLite's numbers are. Others may have them too: compare."""
    digest = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def packed(contents: Iterable[tuple[int, str]]) -> list[tuple[int, int]]:
    """The rows of positions with their contents, in the order in which they are stored."""
    return sorted((hash_of(content), position) for position, content in contents)


def forget(db: Database, position: int) -> None:
    """Keep no hash of an item any more; looks at all of them."""
    db.execute("DELETE FROM contents WHERE position = ?", [position])
