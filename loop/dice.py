"""Chance that falls the same at every look: for what must not change between two calls."""

from hashlib import blake2b


def fall(*about: object) -> float:
    """A number in [0, 1), uniform over different *about*, always the same for the same."""
    told = "\0".join(map(str, about)).encode()
    # Twenty times as quick as seeding a generator, and a queue of ten items throws ten of them.
    return int.from_bytes(blake2b(told, digest_size=6).digest()) / 2**48
