"""What every kind of task decides. A task keeps nothing and reads no file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from loop.tasks.feedback import Feedback
from loop.tasks.judgement import Judgement, Trains

Value: TypeAlias = str | list[str]  # what an answer says: a class, or several in a certain order

AT_RANDOM = "items come in random order"  # where no model learns
PROMPT, OUTPUT = "prompt", "output"  # fields of an item: what was asked, and what came of it


def _as_it_is(value: Any, *_: Any) -> Any:
    return value


def _text(cell: Any) -> str:
    return str(cell).strip()


def _learned(_settings: Any) -> None:
    return None


def _by_name(values: Sequence[Any], _classes: Sequence[str]) -> NDArray[Any]:
    return np.array(values)


def _no_keys(_classes: Sequence[str]) -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class Task:
    """The decisions of one kind of task. `classes` are always the project's, in its order."""

    name: str
    kind: str  #: of its answers, in the API and in exports
    what: str  #: what a person does, in a few words
    shown_as: str  #: how the label page asks: classes | sets | sides | order | editor
    feedback: type[Feedback]  #: the same answer about an interaction, as an application sends it
    #: Why a value is no answer of this task, or None: misfit(value, classes).
    misfit: Callable[[Any, Sequence[str]], str | None]
    #: The classes that a value names: what is counted of it.
    named: Callable[[Any], tuple[str, ...]]
    #: What a judgement of this kind teaches a language model.
    trains: Callable[[Judgement], Trains]
    #: A value as it is stored, ordered(value, classes); unchanged where it does not fit.
    ordered: Callable[[Any, Sequence[str]], Any] = _as_it_is
    #: A stored value as the payload of the native record says it.
    payload: Callable[[Any], dict[str, Any]] = _as_it_is
    #: The value that a file's cell states.
    read: Callable[[Any], Value] = _text
    #: The cell that states a value in a file which has no lists.
    write: Callable[[Any], Any] = _as_it_is
    #: What a classifier learns, targets(values, classes), one row for each: usually the class.
    targets: Callable[[Sequence[Any], Sequence[str]], NDArray[Any]] = _by_name
    #: The classes where they follow from other settings; None: each project names its own.
    classes: Callable[[Mapping[str, Any]], tuple[str, ...]] | None = None
    #: Why the columns of an item do not suit, or None.
    columns_misfit: Callable[[Sequence[str]], str | None] = _learned  # any do
    #: Why nothing learns from the answers of a project with such settings, or None.
    unlearned: Callable[[Mapping[str, Any]], str | None] = _learned
    #: Keys of classes that follow from other settings, where the usual ones do not suit.
    keys: Callable[[Sequence[str]], dict[str, str]] = _no_keys
    is_closed: bool = True  #: an answer is one of the classes, or a set of them
    gives: frozenset[str] = frozenset()  #: what a query has that strategies may need, beside rows
    strategy: str = "random"  #: the one it has where none is named
    #: The same where it follows from other settings.
    asks: Callable[[Mapping[str, Any]], str] | None = None
    start: str = "random"  #: the one that chooses what is asked before there is a model
    tail: str = "random"  #: the strategy that orders what the project's own leaves over
    separator: str | None = (
        None  #: between the classes of one value in a file, if there are several
    )
