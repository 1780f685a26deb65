"""Which query strategies and recipes can serve a project? Only the trainer and `init` can tell.

The answer needs scikit-learn, and everybody's plug-ins; the web process reads it from the database.
"""

from typing import Any

import strategies
from loop import model, tasks
from loop.catalogue import strategy_list
from loop.errors import SettingsError
from loop.settings import Settings

GIVEN = frozenset({"labels", "probabilities"})  # what every recipe brings


def check(settings: Settings) -> None:
    """Raise `SettingsError` if the strategy does not exist or the recipe cannot serve it."""
    try:
        strategy = strategies.get(settings.strategy)
    except strategies.StrategyError as why:
        raise SettingsError(str(why)) from why
    served = tasks.get(settings.task).STRATEGIES
    if served is not None and strategy.name not in served:
        raise SettingsError(
            f"The task {settings.task!r} cannot be asked by the strategy {strategy.name!r} yet; "
            f"use {' or '.join(sorted(served))}."
        )
    estimator = model.estimator(settings.recipe, settings.seed)
    if not hasattr(estimator, "predict_proba"):
        raise SettingsError(
            f"The recipe {settings.recipe!r} gives no probabilities, and the order in which items "
            "are asked needs them; choose a classifier with predict_proba."
        )
    if lacking := strategy.needs - GIVEN:
        raise SettingsError(
            f"The strategy {strategy.name!r} needs {', '.join(sorted(lacking))}, which no recipe "
            "gives yet; choose another strategy."
        )


def every(settings: Settings) -> list[dict[str, Any]]:
    """Each recipe with each strategy, and why it cannot serve this project, or None."""
    return [
        {
            "recipe": recipe,
            "strategy": one["name"],
            "label": one["label"],
            "refused": _refused(
                settings.model_copy(update={"recipe": recipe, "strategy": one["name"]})
            ),
        }
        for recipe in model.recipes()
        for one in strategy_list()
    ]


def _refused(settings: Settings) -> str | None:
    try:
        check(settings)
    except SettingsError as why:
        return str(why)
    return None
