"""Examples in the guideline: what is of a class, and what is not though it looks so.

The guideline is one Markdown text, whose versions are the store's. A class has the section that is
headed by its name; in it a line that begins with `IS` is an example, one with `IS_NOT` a
counter-example. Whoever writes the text may put them there by hand.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

IS, IS_NOT = "- **✓ Is:** ", "- **✗ Is not:** "
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")


@dataclass(frozen=True)
class Section:
    """The lines of a class: *start* has the heading, *end* is the first line after it."""

    start: int
    end: int


def with_line(text: str, name: str, heading: str, line: str) -> str:
    """The guideline with a line at the end of a class's section, which is made if there is none.

    *heading* is the name in Markdown, *line* begins with `IS` or `IS_NOT`.
    """
    lines = text.strip().splitlines()
    section = section_of(lines, name)
    if section is None:
        return "\n".join([*lines, *([""] if lines else []), f"## {heading}", "", line])
    before, after = lines[: section.end], lines[section.end :]
    while not before[-1].strip():
        before.pop()
    gap = [] if before[-1].startswith("- ") else [""]
    return "\n".join([*before, *gap, line, *([""] if after else []), *after])


def section_of(lines: Sequence[str], name: str) -> Section | None:
    """The first section headed by *name*; it ends at a heading of its own level or above."""
    start = level = None
    for at, line in enumerate(lines):
        found = _HEADING.fullmatch(line)
        if found is None:
            continue
        if start is not None and level is not None and len(found[1]) <= level:
            return Section(start, at)
        if start is None and _unescaped(found[2]).casefold() == name.casefold():
            start, level = at, len(found[1])
    return None if start is None else Section(start, len(lines))


def without(text: str, names: Sequence[str], begins: str) -> list[str]:
    """The classes that have no line in their section that begins so."""
    lines = text.splitlines()
    return [
        name
        for name in names
        if (there := section_of(lines, name)) is None
        or not any(line.startswith(begins.strip()) for line in lines[there.start : there.end])
    ]


def most_mistaken(said: Iterable[Iterable[str]], right: Iterable[str]) -> str | None:
    """The class that was given most often though it is not right; of equals the one given first.

    *said* has the classes of each answer; None where nobody was wrong so.
    """
    kept = set(right)
    wrong = Counter(name for named in said for name in named if name not in kept)
    return wrong.most_common(1)[0][0] if wrong else None


def _unescaped(markdown: str) -> str:
    return re.sub(r"\\([^\w\s])", r"\1", markdown)
