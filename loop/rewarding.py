"""What a reward model makes of new outputs: how good each is, and which is the best of its prompt.

The rewards of one prompt's outputs are believed together: what is not known of all of them alike
is no doubt about which is the best.
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from loop import dataset
from loop.dataset import Columns
from loop.errors import LoopError
from loop.estimators import Reward
from loop.evaluation import Z95
from loop.features import Outputs
from loop.gaussian.process import draws
from loop.media import MediaFolder
from loop.model_file import Model
from loop.predicting import FORMATS
from loop.tasks.compare import A, B
from loop.tasks.task import OUTPUT

DRAWS = 10_000  # of the rewards of a prompt's outputs: a chance is exact to 0.01
SEED = 0


@dataclass(frozen=True)
class Ranked:
    """An output, and what is believed of it."""

    row: int  #: in the file, from 1
    prompt: str
    output: str
    reward: float  #: beside the mean of the outputs that it was learned from
    low: float  #: of the 95 % interval
    high: float
    rank: int  #: among those of the prompt, 1 is the best
    best: float  #: the chance that it is the best of them


def check(model: Model) -> None:
    """Raise `LoopError` unless the model gives rewards."""
    if not isinstance(model.estimator, Reward):
        raise LoopError(
            f"This model ranks nothing: it says which of {', '.join(model.classes)} an item is "
            "(askwell predict). What ranks is exported from a project to compare two texts, with "
            "a recipe of linear_reward or gaussian_reward."
        )


def rank(model: Model, file: Path, best: int | None = None) -> list[Ranked]:
    """The outputs in *file*, each prompt's in the order of their rewards, or its *best* ones.

    Raises `LoopError` where the model gives no rewards, `DataError` naming rows or columns that the
    file lacks.
    """
    check(model)
    prompts = [name for name in model.features.kinds if name not in {A, B}]
    columns = Columns("text", (*prompts, OUTPUT))
    rows = dataset.read(file, columns, MediaFolder(file.parent))
    groups: dict[str, list[tuple[int, str]]] = {}
    for place, row in enumerate(rows, 1):
        prompt = "\n".join(row.fields[name] for name in prompts)
        groups.setdefault(prompt, []).append((place, row.fields[OUTPUT]))
    with threadpool_limits(1):
        return [
            one
            for prompt, outputs in groups.items()
            for one in _of_prompt(model, prompt, outputs)
            if best is None or one.rank <= best
        ]


def _of_prompt(model: Model, prompt: str, outputs: Sequence[tuple[int, str]]) -> list[Ranked]:
    """Those of one prompt, the best first; equals in the order of the file."""
    (reads,) = model.features.makers
    assert isinstance(reads, Outputs)  # noqa: S101 - a reward reads nothing else
    X = reads.rows([(prompt, output) for _, output in outputs])
    mean, covariance = model.estimator.rewards(X)
    spread = Z95 * np.sqrt(np.maximum(np.diag(covariance), 0))
    chances = chance_best(mean, covariance)
    return [
        Ranked(
            *(outputs[place][0], prompt, outputs[place][1], float(mean[place])),
            low=float(mean[place] - spread[place]),
            high=float(mean[place] + spread[place]),
            rank=rank,
            best=float(chances[place]),
        )
        for rank, place in enumerate(np.argsort(-mean, kind="stable"), 1)
    ]


def chance_best(mean: NDArray[np.float64], covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The chance that each is the greatest, (n,), of numbers that are normal together.

    Equal ones share it.
    """
    drawn = draws(mean, covariance, DRAWS, np.random.default_rng(SEED))
    first = drawn >= drawn.max(axis=1, keepdims=True) - 1e-9
    found: NDArray[np.float64] = (first / first.sum(axis=1, keepdims=True)).mean(axis=0)
    return found


def write(ranked: Sequence[Ranked], out: Path) -> None:
    """As CSV or JSON lines. Raises `LoopError` for a file that ends otherwise."""
    if out.suffix not in FORMATS:
        raise LoopError(f"{out} ends in none of the formats written: {', '.join(FORMATS)}")
    partial = out.with_name(f".{out.name}.partial")
    rows: list[dict[str, Any]] = [asdict(one) for one in ranked]
    try:
        with partial.open("w", newline="", encoding="utf-8") as file:
            if out.suffix == ".jsonl":
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            else:
                table = csv.DictWriter(file, Ranked.__dataclass_fields__, lineterminator="\n")
                table.writeheader()
                table.writerows(rows)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
