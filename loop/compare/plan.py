"""What is compared with what."""

from dataclasses import dataclass, replace

from loop import recipes
from loop.compare.cell import WHOLE, Cell, Protocol, strategy_called
from loop.compare.sets import DataSet
from loop.errors import SettingsError
from loop.tasks import classify
from strategies import StrategyError


@dataclass(frozen=True)
class Plan:
    """What is compared: every strategy by every protocol, with every seed.

    Those of one seed share its split; those of one protocol its first labels, too. Raises
    `SettingsError` for a name or a number that cannot be.
    """

    strategies: tuple[str, ...]
    seeds: int
    protocols: tuple[Protocol, ...]

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise SettingsError(f"The number of seeds is {self.seeds}; give at least 1.")
        for what, named in (("strategy", self.strategies), ("protocol", self.protocols)):
            if len(set(named)) < len(named):
                raise SettingsError(f"A {what} is named twice in {', '.join(map(str, named))}.")
        for name in self.strategies:
            _check(name)
        for protocol in self.protocols:
            _check_protocol(protocol)

    def cells(self, data: DataSet) -> list[Cell]:
        """All of them, seed by seed."""
        every = [
            cell
            for seed in range(self.seeds)
            for protocol in self.protocols
            for cell in self._of_seed(data, protocol, seed)
        ]
        return list(dict.fromkeys(every))

    def cells_of(self, data: DataSet, protocol: Protocol) -> list[Cell]:
        """Those that belong together: of one data set and protocol."""
        return [c for seed in range(self.seeds) for c in self._of_seed(data, protocol, seed)]

    def _of_seed(self, data: DataSet, protocol: Protocol, seed: int) -> list[Cell]:
        """First the model that knows every label, however the others are asked."""
        protocol = replace(protocol, recipe=recipes.resolved(protocol.recipe, data.kind))
        at_once = Protocol(None, 0, 0, "", protocol.recipe, protocol.split)
        whole = Cell(data.fingerprint, WHOLE, seed, at_once)
        return [whole, *(Cell(data.fingerprint, s, seed, protocol) for s in self.strategies)]


def _check_protocol(ask: Protocol) -> None:
    for what, value in (("batch", ask.batch), ("number of first labels", ask.first)):
        if value < 1:
            raise SettingsError(f"The {what} is {value}; give at least 1.")
    if ask.budget is not None and ask.budget < ask.first:
        raise SettingsError(
            f"A budget of {ask.budget} is less than the first {ask.first} labels; give more."
        )
    if not 0 < ask.split < 1:
        raise SettingsError(f"The share held out is {ask.split}; give one between 0 and 1.")
    _check(ask.start, is_start=True)
    recipes.estimator(ask.recipe, 0)
    recipes.reads(ask.recipe, {}, 0)


def _check(name: str, *, is_start: bool = False) -> None:
    try:
        needs = strategy_called(name).needs
    except StrategyError as why:
        raise SettingsError(str(why)) from why
    if lacks := sorted(needs - classify.TASK.gives):
        raise SettingsError(f"{name!r} needs {', '.join(lacks)}, which a comparison has not.")
    if is_start and needs:
        raise SettingsError(
            f"{name!r} needs {', '.join(sorted(needs))}, and there is none before the first "
            "labels: start with random, k-center, k-means or typiclust."
        )
