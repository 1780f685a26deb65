"""What every kind of task decides. A task is a module: it keeps nothing and reads no file."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

from numpy.typing import NDArray

Value: TypeAlias = str | list[str]  # what a label says: a class, or several in the project's order


class Task(Protocol):
    """The decisions of one kind of task. `classes` are always the project's, in its order."""

    GIVES: frozenset[str]  #: what a query has that strategies may need, beside the rows
    STRATEGY: str  #: the one it has where none is named
    START: str  #: the one that chooses what is asked before there is a model
    TAIL: str  #: the strategy that orders what the project's own leaves over
    SEPARATOR: str | None  #: between the classes of one value in a file, where it may have several

    def misfit(self, value: Any, classes: Sequence[str]) -> str | None:
        """Why *value* is no label of this task, or None."""

    def ordered(self, value: Any, classes: Sequence[str]) -> Any:
        """*value* as it is stored; unchanged where it does not fit."""

    def read(self, cell: Any) -> Value:
        """The value that a file's cell states."""

    def write(self, value: Any) -> Any:
        """The cell that states *value* in a file which has no lists."""

    def named(self, value: Any) -> tuple[str, ...]:
        """The classes that *value* names."""

    def targets(self, values: Sequence[Any], classes: Sequence[str]) -> NDArray[Any]:
        """What a classifier learns: one row for each of *values*."""
