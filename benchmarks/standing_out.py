"""Who is named as standing out on published crowds, and how right they are by the truth.

- people: with at least `LEAST` answers; accuracy: the mean of theirs, where the truth is known
- asked, named: of each question of `loop.standing_out`; accuracy: the mean of those named, the same
- low_consensus: items on which all say the same and that Review shows for it; wrong: their share
  that is, and that of the other such items

The files are in no order of time that is known, so `of late` there means: towards the end of them.
"""

from typing import Any

import pandas as pd
from crowd import SETS
from run import data

from loop import consensus, second_look, standing_out
from loop.evidence import evidence
from loop.judging import Rater, Right, Team
from loop.settings import settings_from
from loop.standing_out import LEAST
from loop.store.judged import Judged

NONE = Right(0, 0)


def measure() -> dict[str, Any]:
    """Every set."""
    return {"sets": {name: _named(folder) for name, folder in SETS.items()}}


def _named(folder: str) -> dict[str, Any]:
    where = data(folder)
    file = next(one for name in ("truth", "items") if (one := where / f"{name}.csv.gz").exists())
    truth = pd.read_csv(file, dtype=str).set_index("item")["truth"].dropna()
    answers = pd.read_csv(where / "labels.csv.gz", dtype=str)
    answers = answers.drop_duplicates(["item", "annotator"], keep="last")
    place = {item: n for n, item in enumerate(answers["item"].unique())}
    rows = [
        Judged(place[item], who, label, None, None, None, None)
        for item, who, label in answers[["item", "annotator", "label"]].itertuples(index=False)
    ]
    classes = tuple(sorted(answers["label"].unique()))
    settings = settings_from(name="x", modality="text", columns=["text"], classes=classes)
    settled = consensus.of(sorted((r.position, r.annotator, r.value) for r in rows), settings)
    raters = [
        Rater(name, 0, None, NONE, {}, NONE, NONE, NONE, {}, None)
        for name in answers["annotator"].unique()
    ]
    label = {one.position: one.label for one in settled}
    seen = evidence(Team(raters, 0, 0, [], rows, label, {}, settings))
    known = answers[answers["item"].isin(truth.index)]
    right = known["label"].to_numpy() == truth[known["item"]].to_numpy()
    accuracy = pd.Series(right, known["annotator"].to_numpy()).groupby(level=0).mean()
    given = answers["annotator"].value_counts()
    busy = given.index[given >= LEAST]
    return {
        "people": len(busy),
        "accuracy": _mean(accuracy[accuracy.index.isin(busy)]),
        "questions": {
            one.about: {
                "asked": one.asked,
                "named": len(one.named),
                "accuracy": _mean(accuracy[accuracy.index.isin(list(one.named))]),
            }
            for one in standing_out.questions(seen)
        },
        "low_consensus": _low(settled, {place[i]: t for i, t in truth.items() if i in place}),
    }


def _low(settled: list[consensus.Consensus], truth: dict[int, str]) -> dict[str, Any]:
    alike = [one for one in settled if one.agree == one.answers and one.position in truth]
    low = set(second_look.low(alike))
    told = pd.Series([truth[one.position] != one.label for one in alike], dtype=float)
    is_low = pd.Series([one.position in low for one in alike], dtype=bool)
    return {
        "items": len(low),
        "wrong": _mean(told[is_low]),
        "others": len(alike) - len(low),
        "others_wrong": _mean(told[~is_low]),
    }


def _mean(values: "pd.Series[float]") -> float | None:
    return round(float(values.mean()), 3) if len(values) else None
