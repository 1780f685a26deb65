"""What people are called in what leaves the project: pseudonyms, unless names are wanted.

A pseudonym holds a number of 31 bits, so that tools which know people by a number have the same.
"""

import hmac
import re
from collections.abc import Iterable
from functools import cache

from loop.store.log import IMPORT

BITS = 31  # of a person's number in other tools
_PSEUDONYM = re.compile(r"rater-([0-7][0-9a-f]{7})")


class Raters:
    """The pseudonyms of one project, the same at every export."""

    def __init__(self, secret: bytes, *, names: bool = False) -> None:
        self.names = names
        self._secret = secret
        self.pseudonym = cache(self._pseudonym)

    def called(self, name: str) -> str:
        """A person as an export calls them."""
        return name if self.names else self.pseudonym(name)

    def number(self, name: str) -> int:
        """The same as a number; 0 is the import."""
        found = _PSEUDONYM.fullmatch(self.pseudonym(name))
        return int(found[1], 16) if found else 0

    def _pseudonym(self, name: str) -> str:
        """It is the person's own name where that is a pseudonym already, or the import's."""
        if name == IMPORT or _PSEUDONYM.fullmatch(name):
            return name
        digest = hmac.digest(self._secret, name.encode(), "sha256")
        return of_number(int.from_bytes(digest[:4]) & (2**BITS - 1))

    def real(self, people: Iterable[str]) -> dict[str, str]:
        """Pseudonym → name, of *people* of this project."""
        return {self.pseudonym(name): name for name in people}


def of_number(number: int) -> str:
    """The pseudonym with this number; 0 is the import."""
    return f"rater-{number:08x}" if number else IMPORT
