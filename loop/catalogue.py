"""Which query strategies are there? Unlike `loop.offers`, the answer needs no scikit-learn."""

from typing import Any

import strategies
from loop.errors import SettingsError


def strategy_list() -> list[dict[str, Any]]:
    """Every query strategy, for people and programs; `SettingsError` if a plug-in is broken."""
    try:
        found = [strategies.get(name) for name in strategies.names()]
    except strategies.StrategyError as why:
        raise SettingsError(str(why)) from why
    return [
        {"name": one.name, "label": one.label, "needs": sorted(one.needs), "cost": one.cost}
        for one in found
    ]
