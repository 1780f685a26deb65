"""Which system people prefer, where three judges saw each pair (PandaLM's test set).

- systems: strengths by Bradley and Terry with their 95 % intervals by resamples of the pairs; the
  same by prompts, as pairs of a prompt share outputs, and by answers, as if no two had to do with
  each other
- choix_difference: the largest, to `choix.ilsr_pairwise` answer by answer, each win counted twice
- seconds: of the processor, for 1,000 resamples of the pairs
- without: the ranking without each of the judges
- majority: the ranking where the three are one answer, a tie where no value has two
- held: how often the 95 % interval of a strength holds the true one, in 100 draws of so many
  comparisons of three systems half a point apart, each of another item; without: of how many
  strengths there was no interval
- agreement: how often two judges say the same, all three do, and at least two of the three do
"""

import gzip
import json
import time
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import choix
import numpy as np
from run import data
from scipy.special import expit

from loop.feedback.bradley_terry import Comparison, System, systems

JUDGES = ("annotator1", "annotator2", "annotator3")
DRAWS = 100
VALUES = {0: "tie", 1: "a", 2: "b"}


def measure() -> dict[str, Any]:
    """Everything on the one set."""
    with gzip.open(data("pref_pandalm") / "pairs.jsonl.gz", "rt", encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in lines]
    return {"bradley_terry": _bradley_terry(pairs), "held": _held(), "agreement": _agreement(pairs)}


def _bradley_terry(pairs: list[dict[str, Any]]) -> dict[str, Any]:
    answers = _comparisons(pairs)
    begin = time.process_time()
    found = _systems(answers)
    seconds = time.process_time() - begin
    prompts = {pair["id"]: (pair["instruction"], pair["input"]) for pair in pairs}
    by_prompt = [Comparison(prompts[one.item], one.a, one.b, one.value) for one in answers]
    alone = [Comparison(row, one.a, one.b, one.value) for row, one in enumerate(answers)]
    majority = [
        Comparison(pair["id"], *pair["models"].split("_"), _majority(pair)) for pair in pairs
    ]
    return {
        "pairs": len(pairs),
        "prompts": len(set(prompts.values())),
        "answers": len(answers),
        "systems": _told(found),
        "by_prompts": _told(_systems(by_prompt)),
        "by_answers": _told(_systems(alone)),
        "choix_difference": _difference(found, answers),
        "seconds": round(seconds, 2),
        "without": {
            judge: _told(_systems(_comparisons(pairs, [one for one in JUDGES if one != judge])))
            for judge in JUDGES
        },
        "majority": _told(_systems(majority)),
    }


def _systems(answers: list[Comparison]) -> list[System]:
    return systems(answers, np.random.default_rng(0))


def _comparisons(pairs: list[dict[str, Any]], judges: Sequence[str] = JUDGES) -> list[Comparison]:
    return [
        Comparison(pair["id"], *pair["models"].split("_"), VALUES[pair[judge]])
        for pair in pairs
        for judge in judges
    ]


def _majority(pair: dict[str, Any]) -> str:
    value, times = Counter(pair[judge] for judge in JUDGES).most_common(1)[0]
    return VALUES[value] if times > 1 else "tie"


def _told(found: list[System]) -> list[dict[str, Any]]:
    """The strongest first."""
    return [
        {
            "name": one.name,
            "strength": _round(one.strength),
            "ci95": [_round(one.low), _round(one.high)],
            "win_probability": _round(one.win_probability),
            "rank_ci95": [one.rank_low, one.rank_high],
            "wins": one.wins,
            "losses": one.losses,
            "ties": one.ties,
        }
        for one in found
    ]


def _difference(found: list[System], answers: list[Comparison]) -> float:
    names = [one.name for one in found]
    won = []
    for one in answers:
        a, b = names.index(one.a), names.index(one.b)
        won += {"a": [(a, b)] * 2, "b": [(b, a)] * 2, "tie": [(a, b), (b, a)]}[one.value]
    theirs = choix.ilsr_pairwise(len(names), won)
    ours = np.array([one.strength for one in found], float)
    return float(np.abs(theirs - ours).max())


def _held() -> dict[str, dict[str, float]]:
    truth, found = {"x": 0.5, "y": 0.0, "z": -0.5}, {}
    for n in (40, 80, 300):
        rng = np.random.default_rng(0)
        told = [one for _ in range(DRAWS) for one in systems(_played(truth, n, rng), rng)]
        ends = [(truth[one.name], one.low, one.high) for one in told]
        held = [low <= true <= high for true, low, high in ends if low is not None]
        found[str(n)] = {"held": round(float(np.mean(held)), 3), "without": len(told) - len(held)}
    return found


def _played(truth: dict[str, float], n: int, rng: np.random.Generator) -> list[Comparison]:
    found = []
    for item in range(n):
        a, b = rng.choice(sorted(truth), 2, replace=False).tolist()
        a_wins = rng.random() < expit(truth[a] - truth[b])
        found.append(Comparison(item, a, b, "a" if a_wins else "b"))
    return found


def _agreement(pairs: list[dict[str, Any]]) -> dict[str, float]:
    said = np.array([[pair[judge] for judge in JUDGES] for pair in pairs])
    two = [said[:, one] == said[:, other] for one, other in combinations(range(3), 2)]
    return {
        "two": round(float(np.mean(two)), 3),
        "all": round(float(np.all(two, axis=0).mean()), 3),
        "majority": round(float(np.any(two, axis=0).mean()), 3),
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
