"""A round with the default recipe: fit, evaluate, rank, publish; 10,000 and 100,000 texts.

- items are AG News; beyond its 10,000, two halves of different ones are put together
- rounds fall due as in a project, with a tenth more labels each, up to `LABELS`; answers are true
- round, fit, rank: seconds; each the median over the rounds up to so many labels, and their 95th
  percentile over all rounds
- features: seconds once, when the items came
"""

import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from run import data
from threadpoolctl import threadpool_limits

from loop import recipes, retrain
from loop.creation import create
from loop.dataset import Columns
from loop.importing import Source
from loop.project import Project
from loop.schedule import Reason
from loop.settings import RetrainPolicy

SIZES = (10_000, 100_000)
LABELS = 1_000
STOPS = (50, 100, 300, 1_000)


def measure() -> dict[str, Any]:
    """Both sizes, one after the other."""
    return {f"{size}": _of(size) for size in SIZES}


def _of(size: int) -> dict[str, Any]:
    news = pd.read_csv(data("ag_news") / "train.csv.gz")
    with tempfile.TemporaryDirectory() as scratch:
        file, truth = _written(news, size, Path(scratch))
        source = Source(file, Columns("text", ("text",), id="id"))
        classes = sorted(set(truth.values()))
        with create(Path(scratch) / "news", source, classes=classes) as project:
            began = time.perf_counter()
            retrain.features(project)
            features = time.perf_counter() - began
            with threadpool_limits(1):  # as in the trainer
                rounds = list(_rounds(project, truth))
            settings = project.settings
    return {
        "recipe": recipes.resolved(settings.recipe, "text"),
        "strategy": settings.strategy,
        "features_seconds": round(features, 1),
        "rounds": len(rounds),
        "p95": _each(rounds, lambda told: float(np.quantile(told, 0.95))),
        "longest": _each(rounds, max),
        "at": {
            f"{stop}": _each([one for one in rounds if one.labels <= stop][-5:], statistics.median)
            for stop in STOPS
        },
    }


def _written(news: pd.DataFrame, size: int, folder: Path) -> tuple[Path, dict[str, str]]:
    rng = np.random.default_rng(0)
    texts, labels = news["text"].tolist(), news["label"].astype(str).tolist()
    halves = [text.split() for text in texts]
    while len(texts) < size:
        one, other = rng.integers(0, len(halves), 2)
        if labels[one] == labels[other]:
            first, second = halves[one], halves[other]
            texts.append(" ".join([*first[: len(first) // 2], *second[len(second) // 2 :]]))
            labels.append(labels[one])
    told = pd.DataFrame({"id": [f"n{i}" for i in range(size)], "text": texts[:size]})
    told.to_csv(folder / "news.csv", index=False)
    return folder / "news.csv", dict(zip(told["id"], labels[:size], strict=True))


def _rounds(project: Project, truth: dict[str, str]) -> Iterator[retrain.Round]:
    policy = RetrainPolicy()
    due, labels, done = policy.first, 0, None
    while labels < LABELS:
        while labels < due:
            for item in project.next_items("ana", 1):
                answer = uuid.uuid4().hex
                project.submit(item.id, truth[item.id], annotator="ana", answer_id=answer)
                labels += 1
        done = retrain.run(project, Reason.ENOUGH_LABELS)
        yield done
        due = labels + max(policy.least, -(-labels // 10))


def _each(rounds: list[retrain.Round], what: Any) -> dict[str, float]:
    told = {
        "round": [one.round_seconds for one in rounds],
        "fit": [one.fit_seconds for one in rounds],
        "rank": [one.rank_seconds for one in rounds],
    }
    return {name: round(float(what(values)), 3) for name, values in told.items()}
