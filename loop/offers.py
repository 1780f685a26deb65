"""Which query strategies and recipes can serve a project? Only the trainer and `init` can tell.

The answer needs scikit-learn, and everybody's plug-ins; the web process reads it from the database.
"""

from typing import Any

import strategies
from loop import recipes
from loop.catalogue import strategy_list
from loop.errors import SettingsError
from loop.estimators import Decisive, ends
from loop.settings import Settings, lacking


def check(settings: Settings) -> None:
    """Raise `SettingsError` if the strategy does not exist or the recipe cannot serve it."""
    try:
        strategy = strategies.get(settings.strategy)
    except strategies.StrategyError as why:
        raise SettingsError(str(why)) from why
    has, of = _has(settings), (settings.task, settings.modality)
    if lacks := lacking(strategy.name, strategy.needs - has, *of):
        others = [
            name
            for name in strategies.names()
            if not lacking(name, strategies.get(name).needs - has, *of)
        ]
        raise SettingsError(
            f"The strategy {strategy.name!r} needs {' and '.join(lacks)}, which a project of "
            f"{settings.modality} to {settings.task} has not; use one of {', '.join(others)}."
        )
    _check_start(settings)
    recipes.reads(settings.recipe, settings.read, settings.seed)
    unfitted = recipes.estimator(settings.recipe, settings.seed, settings.modality)
    if any(
        isinstance(end, Decisive) or not hasattr(end, "predict_proba") for end in ends(unfitted)
    ):
        raise SettingsError(
            f"The recipe {settings.recipe!r} gives no probabilities, and the order in which items "
            "are asked needs them; choose a classifier with predict_proba, or put it into "
            "sklearn.calibration.CalibratedClassifierCV(estimator=…)."
        )


def _has(settings: Settings) -> frozenset[str]:
    """What strategies may need that other settings decide: what is read, and the recipe."""
    unfitted = recipes.estimator(settings.recipe, settings.seed, settings.modality)
    has = {"systems": bool(settings.systems), "differences": hasattr(unfitted, "differences")}
    return frozenset(name for name, is_there in has.items() if is_there)


def _check_start(settings: Settings) -> None:
    try:
        needs = strategies.get(settings.start).needs
    except strategies.StrategyError as why:
        raise SettingsError(str(why)) from why
    if needs:
        raise SettingsError(
            f"The start {settings.start!r} needs {' and '.join(sorted(needs))}, and there is none "
            "before the first labels; use random, typiclust, k-means or k-center."
        )


def every(settings: Settings) -> list[dict[str, Any]]:
    """Each recipe with each strategy, and why it cannot serve this project, or None."""
    return [
        {
            "recipe": recipe,
            "strategy": one["name"],
            "label": one["label"],
            "what": strategies.get(one["name"]).what.partition("\n\n")[0],
            "refused": _refused(
                settings.model_copy(update={"recipe": recipe, "strategy": one["name"]})
            ),
        }
        for recipe in dict.fromkeys([*recipes.named(), settings.recipe])
        for one in strategy_list()
    ]


def _refused(settings: Settings) -> str | None:
    try:
        check(settings)
    except SettingsError as why:
        return str(why)
    return None
