"""Do strategies that adapt pay? Beside those they choose between, on six data sets.

- splits, first labels and the model are those of published.py's digits; five labels a step to 200
- regret: the area under the curve of the strategy among the arms that was best on the data set,
  known only afterwards, minus that of the one that adapts, on the same splits and first labels;
  above 0 the one that adapts is worse
- over_mean: minus the mean of the arms: what drawing an arm blindly would have brought
"""

from typing import Any

import numpy as np
import pandas as pd
from published import area, curves, interval
from run import data
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from strategies.bandit import ARMS

ADAPTIVE = ("bandit", "cover-then-margin")
TABLES = ("wdbc", "spambase", "splice", "phoneme", "vehicle")
SEEDS, BATCH, MOST = 10, 5, 200


def measure() -> dict[str, Any]:
    """Ten seeds of each data set."""
    folder = data("tabular_al26")
    tables = {name: pd.read_csv(folder / f"{name}.csv.gz") for name in TABLES}
    sets = {
        name: (one.drop(columns="y").to_numpy(), one["y"].to_numpy())
        for name, one in tables.items()
    }
    sets["digits"] = load_digits(return_X_y=True)
    return {"seeds": SEEDS, "batch": BATCH, "labels": MOST, "arms": list(ARMS)} | {
        name: _adapting(one) for name, one in sets.items()
    }


def _adapting(one: tuple[Any, Any]) -> dict[str, Any]:
    found = curves(one, (*ARMS, *ADAPTIVE), _model, BATCH, MOST, SEEDS)
    areas = {name: np.array([area(curve) for curve in found[name]]) for name in found}
    best = max(ARMS, key=lambda arm: areas[arm].mean())
    mean = np.mean([areas[arm] for arm in ARMS], axis=0)
    print({name: round(areas[name].mean(), 4) for name in areas}, flush=True)
    return {
        "aubc": {name: round(float(areas[name].mean()), 4) for name in areas},
        "best": best,
    } | {
        name: {
            "regret": interval(areas[best] - areas[name]),
            "over_mean": interval(areas[name] - mean),
        }
        for name in ADAPTIVE
    }


def _model(seed: int) -> LogisticRegression:
    return LogisticRegression(max_iter=2_000, random_state=seed)
