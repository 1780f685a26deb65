"""Texts with labels by people, some of them wrong, and others whose labels are right."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from run import data
from threadpoolctl import threadpool_limits

from loop import model, recipes

FILMS = 4_000  # to doubt; the others are audit answers and test rows


@dataclass(frozen=True)
class Labeled:
    """Texts with a label that may be wrong, and those of a test set, whose labels are right."""

    texts: list[str]
    given: Any
    truth: Any
    others: list[str]
    right: Any
    recipe: str = recipes.DEFAULT

    @cached_property
    def matrix(self) -> tuple[Any, Any]:
        """The features of both, learned from the first."""
        rows = [{"text": text} for text in [*self.texts, *self.others]]
        features = recipes.reads(self.recipe, {"text": "text"}, 0)
        with threadpool_limits(1):
            X = features.of(rows, range(len(self.texts)), None)  # type: ignore[arg-type]
        return X[: len(self.texts)], X[len(self.texts) :]

    @cached_property
    def classes(self) -> Any:
        """Sorted; every one is among the labels."""
        return np.unique(self.given)

    def codes(self, labels: Any) -> Any:
        """The places of labels in the classes."""
        return np.searchsorted(self.classes, labels)

    def fit(self, X: Any, y: Any) -> Any:
        """A model of the recipe."""
        with threadpool_limits(1):
            return model.fit(recipes.estimator(self.recipe, 0, "text"), X, y).estimator


def news(recipe: str = recipes.DEFAULT) -> Labeled:
    """AG News."""
    train, test = (pd.read_csv(data("ag_news") / f"{name}.csv.gz") for name in ("train", "test"))
    given, truth = (train[name].to_numpy(str) for name in ("noisy_human_label", "label"))
    right = test["label"].to_numpy(str)
    return Labeled(train["text"].tolist(), given, truth, test["text"].tolist(), right, recipe)


def films() -> Labeled:
    """Sentences on films, for or against (Rodrigues et al. 2013)."""
    folder = data("crowd_mr_sentiment_text")
    items = pd.read_csv(folder / "items.csv.gz").sample(frac=1, random_state=0)
    answers = pd.read_csv(folder / "labels.csv.gz").sample(frac=1, random_state=0)
    given = answers.groupby("item")["label"].first().loc[items["item"]].to_numpy().astype(str)
    texts, truth = items["text"].tolist(), items["truth"].to_numpy().astype(str)
    return Labeled(texts[:FILMS], given[:FILMS], truth[:FILMS], texts[FILMS:], truth[FILMS:])
