"""What counts as similar: neighbours of one kind, a kind that turns bad, and what that costs.

The classes of real texts stand for kinds of interactions; all are judged.

- neighbours: by the cosine's mark, the share that is of the same class (of texts with ten or more),
  the share of the class that is found, and the share of texts that have ten
- streams: 4,000 texts, 5 % negative; after 1,000 of them half of one class, each class in turn.
  Rows are learned from the first 1,000. `noticed`: the alarms that opened on interactions most of
  which are of that class, of so many; `delay`: interactions of the class until then; `again`:
  further alarms about the class; `others`: any other alarm. Alarms stay open
- belongs: an interaction belongs to an open alarm where it is similar to any of its evidence, to
  half of it, or to any of what opened it
- learned: the same at the usual mark, from fewer or more texts
- seconds: for one new interaction among 100,000, and a thousand at once; median of 20
"""

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from run import data
from sklearn.feature_extraction.text import TfidfVectorizer

from loop.features.texts import ANY_WORD, Lsa
from loop.feedback.alarm_rule import Alarm, Judged, Rule, Says, belongs, decide, usual_rate
from loop.feedback.similar import LEARNED, MARK, Neighbours

SETS, SEEDS = ("trec6", "ag_news"), 2
TEXTS, TURN = 4_000, LEARNED
GOOD, BAD = 0.05, 0.5
MANY = 100_000
Cosines = NDArray[np.float32]
Belongs = Callable[[set[int], list[int]], bool]


def _lsa(texts: Sequence[str], learned: int) -> Cosines:
    rows = Lsa().fit(texts[:learned]).transform(texts)
    return rows @ rows.T


def _tf_idf(**told: Any) -> Callable[[Sequence[str], int], Cosines]:
    def cosines(texts: Sequence[str], learned: int) -> Cosines:
        maker = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **told).fit(texts[:learned])
        rows = maker.transform(texts)
        return (rows @ rows.T).toarray()

    return cosines


WAYS = {
    "lsa": (_lsa, (0.4, 0.45, MARK, 0.55, 0.6)),
    "words": (_tf_idf(token_pattern=ANY_WORD), (0.15, 0.2, 0.25)),
    "word pairs": (_tf_idf(token_pattern=ANY_WORD, ngram_range=(1, 2)), (0.1, 0.15, 0.2)),
    "characters": (_tf_idf(analyzer="char_wb", ngram_range=(3, 5)), (0.15, 0.2, 0.25)),
}
BELONGS: dict[str, Belongs] = {
    "any": lambda similar, evidence: belongs(similar, evidence),  # noqa: PLW0108 - other types
    "half": lambda similar, evidence: 2 * len(similar.intersection(evidence)) >= len(evidence),
    "what opened it": lambda similar, evidence: belongs(similar, evidence[: Rule().n]),
}


def measure() -> dict[str, Any]:
    """All of it."""
    return {name: _of(name) for name in (*SETS, "sms_spam")} | {"seconds": _seconds()}


def _of(name: str) -> dict[str, Any]:
    texts, kinds = _texts(name, 0)
    told: dict[str, Any] = {"neighbours": {}, "streams": {}, "belongs": {}, "learned": {}}
    for way, (cosines, marks) in WAYS.items():
        near = cosines(texts, TURN)
        told["neighbours"][way] = {str(mark): _neighbours(near, kinds, mark) for mark in marks}
        if name in SETS:
            told["streams"][way] = {str(mark): _streams(name, cosines, mark) for mark in marks}
    if name not in SETS:  # two classes, and most of it is one
        return {"neighbours": told["neighbours"]}
    told["belongs"] = {way: _streams(name, _lsa, MARK, way) for way in BELONGS}
    told["learned"] = {
        str(n): _streams(name, _lsa, MARK, learned=n) for n in (100, 300, LEARNED, 3_000)
    }
    return told


def _texts(name: str, seed: int) -> tuple[list[str], NDArray[np.object_]]:
    table = pd.read_csv(data(name) / "train.csv.gz", dtype=str).drop_duplicates("text")
    table = table.sample(TEXTS, random_state=seed)
    return table["text"].tolist(), table["label"].to_numpy(object)


def _neighbours(near: Cosines, kinds: NDArray[np.object_], mark: float) -> dict[str, float]:
    there = near >= mark
    np.fill_diagonal(there, val=False)
    same = kinds[:, None] == kinds
    found, right = there.sum(axis=1), (there & same).sum(axis=1)
    has_ten = found >= Rule().n
    return {
        "same_class": round(float((right[has_ten] / found[has_ten]).mean()), 3),
        "of_the_class": round(float((right / (same.sum(axis=1) - 1)).mean()), 4),
        "has_ten": round(float(has_ten.mean()), 3),
    }


def _streams(
    name: str,
    cosines: Callable[[Sequence[str], int], Cosines],
    mark: float,
    way: str = "any",
    learned: int = TURN,
) -> dict[str, Any]:
    runs = []
    for seed in range(SEEDS):
        texts, kinds = _texts(name, seed)
        near = cosines(texts, learned) >= mark
        for bad in sorted(set(kinds)):
            rng = np.random.default_rng(seed)
            turned = (kinds == bad) & (np.arange(TEXTS) >= TURN)
            negative = rng.random(TEXTS) < np.where(turned, BAD, GOOD)
            runs.append(_told(_alarms(near, negative, BELONGS[way]), turned, kinds == bad))
    delays = [run["delay"] for run in runs if run["delay"] is not None]
    return {
        "streams": len(runs),
        "noticed": len(delays),
        "delay": {"median": median(delays), "most": max(delays)} if delays else None,
        "again": round(float(np.mean([run["again"] for run in runs])), 1),
        "others": round(float(np.mean([run["others"] for run in runs])), 1),
    }


def _alarms(
    near: NDArray[np.bool_], negative: NDArray[np.bool_], is_same: Belongs
) -> list[list[int]]:
    """The evidence of each alarm, the interactions that opened it first."""
    rule = Rule()
    opened: list[list[int]] = []
    for i in range(len(negative)):
        similar = np.flatnonzero(near[i, :i]).tolist()
        mine = next((one for one in reversed(opened) if is_same(set(similar), one)), None)
        newest = [*similar[-rule.n + 1 :], i]
        verdict = decide(
            rule,
            [Judged(float(j), bool(negative[j])) for j in newest],
            float(i),
            usual_rate(int(negative[: i + 1].sum()), i + 1),
            Alarm(0.0) if mine else None,
        )
        if verdict.says == Says.OPEN:
            opened.append(newest)
        elif mine is not None:
            mine.append(i)
    return opened


def _told(
    alarms: list[list[int]], turned: NDArray[np.bool_], is_bad: NDArray[np.bool_]
) -> dict[str, Any]:
    began = [one[: Rule().n] for one in alarms]
    at = [max(one) for one in began]
    right = [
        turned[last] and is_bad[one].mean() >= 0.5 for last, one in zip(at, began, strict=True)
    ]
    first = next((last for last, one in zip(at, right, strict=True) if one), None)
    return {
        "delay": None if first is None else int(turned[: first + 1].sum()),
        "again": max(0, sum(right) - 1),
        "others": len(right) - sum(right),
    }


def _seconds() -> dict[str, float]:
    texts = pd.read_csv(data("ag_news") / "train.csv.gz", dtype=str)["text"].tolist()
    near = Neighbours(texts)
    while len(near) < MANY:
        near.add(texts)
    one, thousand, found = [], [], []
    for i in range(20):
        began = time.perf_counter()
        near.add([f"{texts[i]} again"])
        one.append(time.perf_counter() - began)
        began = time.perf_counter()
        near.similar(len(near) - 1)
        found.append(time.perf_counter() - began)
        began = time.perf_counter()
        near.add(texts[:1_000])
        thousand.append(time.perf_counter() - began)
    told = {"row_of_one": one, "rows_of_1000": thousand, "neighbours_of_one": found}
    return {name: round(median(seconds), 4) for name, seconds in told.items()}
