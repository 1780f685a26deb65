"""Ask again or ask new: twelve people who err, in a real project each, the answers counted.

- people are right with chances drawn evenly from 0.6 to 0.95, and else say another class at random;
  whoever is asked next is drawn, too; the test rows have their true labels
- once: one answer for each item; thrice: three; where it pays: up to `MOST`, while the label is
  less likely than `BELOW`; at random, once: items at random, one answer each. Several answers
  become one label by majority, where not said otherwise
- accuracy: on the test rows, at so many answers, mean of the seeds; area: its mean over the answers
- labels_right: the share of the items' labels that are true, in the end
- beyond: how much higher the area is than that of the others, paired by seed, with 95 % intervals
"""

import os
import sys
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from run import data
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits

from loop import consensus, retrain, schedule
from loop.compare.statistics import paired
from loop.creation import Source, create
from loop.dataset import Columns
from loop.demo import write_digits
from loop.project import Project
from loop.schedule import Reason
from loop.status import loop_state
from loop.store import items

SEEDS, PEOPLE = 10, 12
SETS = ("digits", "ag_news", "trec6")
POOL, TEST = 4_000, 1_000  # rows of the sets of texts
STOPS = (300, 600, 900)  # answers
MOST, BELOW = 5, 0.8
WHERE_IT_PAYS = {"overlap": MOST, "ask_again_below": BELOW}
ARMS: dict[str, dict[str, Any]] = {
    "where it pays": WHERE_IT_PAYS,
    "once": {},
    "thrice": {"overlap": 3},
    "at random, once": {"strategy": "random", "start": "random"},
    "where it pays, dawid-skene": WHERE_IT_PAYS | {"consensus": "dawid-skene"},
}
Run = dict[str, Any]


def measure() -> dict[str, Any]:
    """All sets, all arms, all seeds."""
    cells = [(name, arm, seed) for seed in range(SEEDS) for name in SETS for arm in ARMS]
    runs = Parallel(n_jobs=os.cpu_count())(delayed(_run)(*cell) for cell in cells)
    told = {name: _told([run for run in runs if run["set"] == name]) for name in SETS}
    return {"seeds": SEEDS, "people": PEOPLE} | told


def _told(runs: list[Run]) -> dict[str, Any]:
    area = {arm: [r["area"] for r in runs if r["arm"] == arm] for arm in ARMS}
    first, *others = ARMS
    return {
        arm: {
            "accuracy": {
                str(stop): round(float(np.mean([r["accuracy"][stop] for r in of_arm])), 4)
                for stop in STOPS
            },
            "area": round(float(np.mean(area[arm])), 4),
            "labels_right": round(float(np.mean([r["labels_right"] for r in of_arm])), 4),
        }
        for arm in ARMS
        for of_arm in [[r for r in runs if r["arm"] == arm]]
    } | {"beyond": {arm: _beyond(area[first], area[arm]) for arm in others}}


def _beyond(ours: list[float], theirs: list[float]) -> dict[str, Any]:
    found = paired(ours, theirs).difference
    return {"mean": round(found.mean, 4), "ci95": [round(found.low, 4), round(found.high, 4)]}


def _run(name: str, arm: str, seed: int) -> Run:
    with tempfile.TemporaryDirectory() as scratch, threadpool_limits(1):
        source, audit, truth = _data(name, seed, Path(scratch))
        folder = Path(scratch) / "project"
        classes = tuple(sorted(set(truth.values())))
        settings = {"consensus": "majority", "seed": seed} | ARMS[arm]
        made = create(folder, source, audit=audit, classes=classes, **settings)
        with made as project:
            found = _answered(project, truth, seed)
    print(name, arm, seed, found, file=sys.stderr, flush=True)
    return {"set": name, "arm": arm} | found


def _data(name: str, seed: int, folder: Path) -> tuple[Source, Source, dict[str, str]]:
    """The pool, the test rows, and the truth of the pool by item id."""
    if name == "digits":
        pool, test = write_digits(folder, seed)
        columns = Columns("image", ("file",), id="file")
        truth = {f"images/{i:04d}.png": str(label) for i, label in enumerate(load_digits().target)}
        return Source(pool, columns), Source(test, replace(columns, label="label")), truth
    texts = pd.read_csv(data(name) / "train.csv.gz", dtype=str).drop_duplicates("text")
    texts = texts[["id", "text", "label"]].sample(POOL + TEST, random_state=seed)
    columns = Columns("text", ("text",), id="id")
    texts[:POOL][["id", "text"]].to_csv(folder / "pool.csv", index=False)
    texts[POOL:].to_csv(folder / "test.csv", index=False)
    truth = dict(zip(texts["id"], texts["label"], strict=True))
    test = Source(folder / "test.csv", replace(columns, label="label"))
    return Source(folder / "pool.csv", columns), test, truth


def _answered(project: Project, truth: Mapping[str, str], seed: int) -> Run:
    rng = np.random.default_rng(seed)
    chances = rng.uniform(0.6, 0.95, PEOPLE)
    accuracy: dict[int, float] = {}
    for n in range(1, max(STOPS) + 1):
        _answer(project, truth, chances, rng)
        state = loop_state(project.settings, project.store.read)
        reason = schedule.due(project.settings.retrain, state)
        if reason is not None or n in STOPS:
            retrain.run(project, reason or Reason.ASKED_FOR)
            accuracy[n] = float(project.curve()[-1].accuracy or 0)
    said = consensus.labels(project.store.read, project.settings, items.POOL)
    labeled = items.at(project.store.read, [position for position, _ in said])
    right = [truth[item.id] == label for item, (_, label) in zip(labeled, said, strict=True)]
    at = np.arange(50, max(STOPS) + 1)
    newest = np.searchsorted(list(accuracy), at, side="right") - 1
    return {
        "accuracy": {stop: accuracy[stop] for stop in STOPS},
        "area": float(np.array(list(accuracy.values()))[newest].mean()),
        "labels_right": float(np.mean(right)),
    }


def _answer(
    project: Project, truth: Mapping[str, str], chances: Any, rng: np.random.Generator
) -> None:
    """Somebody who has an item to label labels it."""
    while True:
        person = int(rng.integers(len(chances)))
        asked = project.next_items(f"person {person}", 1)
        if asked:
            break
    (item,) = asked
    said = truth[item.id]
    if rng.random() > chances[person]:
        said = str(rng.choice([name for name in project.settings.classes if name != said]))
    project.submit(item.id, said, annotator=f"person {person}", answer_id=uuid.uuid4().hex)
