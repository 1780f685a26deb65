"""From a file of answers, and one of the truth, to arrays and the names behind their codes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loop.dataset import MOST_PROBLEMS, NO_ROWS, columns_of, in_order, name_in
from loop.errors import DataError
from loop.formats import rows_of
from loop.raters.answers import Answers, Codes, codes

TRUTH = ("truth", "label")  # what its column may be called
SHOWN = 3  # of names that may be many
HOW_NAMED = "; say which is which with --columns ITEM,ANNOTATOR,LABEL"
NOT_ANSWERED = "items of the truth were answered by nobody, and are left out"
NEVER_SAID = "classes of the truth are said by nobody, so nothing can be right there"
Progress = Callable[[int], None]  # told the number of rows so far


@dataclass(frozen=True)
class Columns:
    """What the columns of a file of answers are called."""

    item: str = "item"
    annotator: str = "annotator"
    label: str = "label"


@dataclass(frozen=True)
class Crowd:
    """Answers with the names of their codes: those of items and annotators as they come."""

    answers: Answers
    items: Sequence[str]
    annotators: Sequence[str]
    classes: Sequence[str]
    notes: Sequence[str]  #: what was done with rows that were not simply taken

    @property
    def values(self) -> list[float] | None:
        """The classes as numbers, if all of them are, and no two the same."""
        try:
            found = [float(name) for name in self.classes]
        except ValueError:
            return None
        return found if np.isfinite(found).all() and len(set(found)) == len(found) else None


@dataclass(frozen=True)
class Truth:
    """What is known of the items."""

    codes: Codes  #: (n_items,) -1: not known; n_classes: a class that nobody said
    notes: Sequence[str]


def read(source: Path, columns: Columns, progress: Progress) -> Crowd:
    """Read the answers; of two of one annotator on one item the later row counts.

    Raises `DataError` naming every bad row.
    """
    last: dict[tuple[str, str], str] = {}
    again = changed = 0
    names = (columns.item, columns.annotator, columns.label)
    for _, (item, annotator, label) in _cells(source, names, progress, HOW_NAMED):
        before = last.get((item, annotator))
        again += before is not None
        changed += before not in (None, label)
        last[item, annotator] = label
    items = list(dict.fromkeys(item for item, _ in last))
    annotators = list(dict.fromkeys(annotator for _, annotator in last))
    classes = in_order(set(last.values()))
    answers = Answers(
        codes((item for item, _ in last), items),
        codes((annotator for _, annotator in last), annotators),
        codes(last.values(), classes),
        len(items),
        len(annotators),
        len(classes),
    )
    note = f"{again:,} rows answer an item again that their annotator had answered, {changed:,} of "
    note += "them otherwise. The later row counts."
    return Crowd(answers, items, annotators, classes, [note] if again else [])


def read_truth(source: Path, item: str, crowd: Crowd, progress: Progress) -> Truth:
    """Read the known classes, from the columns *item* and `truth` or `label`; blank: not known.

    Raises `DataError` naming every bad row, or where none of the items was answered.
    """
    column = next((name for name in TRUTH if name in columns_of(source)), TRUTH[0])
    told: dict[str, str] = {}
    problems = []
    for where, (name, known) in _cells(source, (item, column), progress, blank=column):
        if known and told.setdefault(name, known) != known:
            problems.append(f"{where}: {name!r} is {known!r} here, and {told[name]!r} above")
    place = {name: code for code, name in enumerate(crowd.items)}
    strangers = [name for name in told if name not in place]
    if len(strangers) == len(told):
        there, here = ("; ".join(_some(names)) for names in (told, crowd.items))
        problems.append(f"none of its items was answered: {there or 'none'}; but: {here}")
    if problems:
        raise DataError(source, problems)
    code_of = {name: code for code, name in enumerate(crowd.classes)}
    found = np.full(len(crowd.items), -1)
    for name in told.keys() & place.keys():
        found[place[name]] = code_of.get(told[name], len(crowd.classes))
    unsaid = in_order(set(told.values()) - code_of.keys())
    return Truth(found, [*_note(strangers, NOT_ANSWERED), *_note(unsaid, NEVER_SAID)])


def _cells(
    source: Path, columns: Sequence[str], progress: Progress, hint: str = "", blank: str = ""
) -> Iterator[tuple[str, list[str]]]:
    """Where each row stands, and its cells as names; only those of the column *blank* may be ""."""
    problems: list[str] = []
    n = 0
    for n, row in enumerate(rows_of(source), 1):
        missing = [name for name in columns if name not in row.values]
        if missing:
            names, there = ", ".join(map(repr, missing)), ", ".join(row.values) or "none"
            raise DataError(
                source, [f"{row.where} has no column {names}; there are: {there}{hint}"]
            )
        cells = [name_in(row.values[name]) or "" for name in columns]
        empty = [name for name, cell in zip(columns, cells, strict=True) if not cell]
        problems += [
            f"{row.where}: nothing in the column {name!r}" for name in empty if name != blank
        ]
        if len(problems) >= MOST_PROBLEMS:
            break
        if not problems:
            yield row.where, cells
        progress(n)
    if problems:
        raise DataError(source, problems)
    if not n:
        raise DataError(source, [NO_ROWS])


def _note(names: Sequence[str], what: str) -> list[str]:
    return [f"{len(names):,} {what}: {'; '.join(_some(names))}."] if names else []


def _some(names: Iterable[str]) -> list[str]:
    found = list(names)
    more = [f"and {len(found) - SHOWN:,} more"] if len(found) > SHOWN else []
    return found[:SHOWN] + more
