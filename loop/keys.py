"""The keys of the classes: one each up to ten, two each above that, and none that clash.

A class has its key by its place in the list, so that a class added at the end moves no other.
"""

from collections.abc import Mapping, Sequence

RESERVED_KEYS = {
    "s": "skip",
    "u": "unsure",
    "f": "flag",
    "z": "undo",
    "e": "edit",
    "g": "guidelines",
    "w": "why this item?",
    "m": "metadata",
    "/": "comment",
    "+": "zoom in",
    "=": "zoom in",
    "-": "zoom out",
    "?": "help",
}
DIGITS = "1234567890"  # as they lie on the keyboard
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ONE_KEY = len(DIGITS)  # classes that a single key reaches
PAIRS = len(DIGITS) ** 2  # classes that two digits reach
MOST_CLASSES = PAIRS + len(DIGITS) * len(LETTERS)
LONGEST_KEY = 2


def keys_of(classes: Sequence[str], own: Mapping[str, str]) -> dict[str, str]:
    """The key or the two keys of each class: those in *own*, else by its name or its place.

    A name counts where each of them is one free letter or digit. Raises `ValueError`, naming both
    sides, where two classes would answer to the same keys, or a key has another use.
    """
    if unknown := [name for name in own if name not in classes]:
        raise ValueError(f"there is no class {unknown[0]!r} to give the key {own[unknown[0]]!r}")
    keys = _by_default(classes) | {name: key.casefold() for name, key in own.items()}
    for name in own:
        _check(name, keys[name])
    _check_apart(keys)
    return keys


def with_one_more(keys: Mapping[str, str], name: str) -> dict[str, str]:
    """The own keys of all classes once *name* has come: nobody's key moves, *name* gets a free one.

    Only where one key each is no longer enough do all have new ones: none are their own then.
    """
    pairs = any(len(key) > 1 for key in keys.values())
    if not pairs and len(keys) >= ONE_KEY:
        return {}
    row = [_pair(place) for place in range(MOST_CLASSES)] if pairs else DIGITS
    taken = set(keys.values())
    free = [key for key in row if key not in taken and key[0] not in taken]
    return {**keys, name: free[0]} if free else {}


def _by_default(classes: Sequence[str]) -> dict[str, str]:
    names = [name.casefold() for name in classes]
    if all(len(key) == 1 and key.isalnum() and key not in RESERVED_KEYS for key in names):
        return dict(zip(classes, names, strict=True))
    if len(classes) <= ONE_KEY:
        return dict(zip(classes, DIGITS, strict=False))
    return {name: _pair(place) for place, name in enumerate(classes)}


def _pair(place: int) -> str:
    if place < PAIRS:
        return DIGITS[place // len(DIGITS)] + DIGITS[place % len(DIGITS)]
    row, column = divmod(place - PAIRS, len(LETTERS))
    return DIGITS[row] + LETTERS[column]


def _check(name: str, key: str) -> None:
    if not 1 <= len(key) <= LONGEST_KEY or not key.isalnum():
        raise ValueError(f"the key of {name!r} must be one or two letters or digits, not {key!r}")
    if key[0] in RESERVED_KEYS:
        use = RESERVED_KEYS[key[0]]
        raise ValueError(
            f"the key {key!r} of {name!r} clashes with {key[0]!r}, which means {use}; choose "
            "another"
        )


def _check_apart(keys: Mapping[str, str]) -> None:
    """Whether each class can be told after its last key, and none waits for a second in vain."""
    takers: dict[str, str] = {}
    for name, key in keys.items():
        if key in takers:
            raise ValueError(
                f"the key {key!r} is that of {takers[key]!r} and of {name!r}; give one of them "
                "another"
            )
        takers[key] = name
    for name, key in keys.items():
        if len(key) > 1 and key[0] in takers:
            raise ValueError(
                f"the key {key[0]!r} of {takers[key[0]]!r} is how {key!r} of {name!r} begins; give "
                "one of them another"
            )
