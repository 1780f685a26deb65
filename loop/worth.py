"""What each candidate is worth, by all that was served and judged: one JSON-ready document."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from loop import candidates
from loop.bandit import estimates, regret
from loop.bandit.betting import DOUBT
from loop.bandit.context import Vector
from loop.bandit.estimates import Served
from loop.bandit.policy import Policy
from loop.candidates import Version
from loop.choosing import mean, reward_of
from loop.evaluation import wilson
from loop.project import Project
from loop.quality.share import Estimate
from loop.store import Database, choices, feedback, log
from loop.store.choices import Choice

LEAST = 20  # rewarded choices, before anything is estimated of them
HOUR, DAY = 3_600.0, 86_400.0  # seconds: who has not judged by then will hardly
STRETCHES = 24  # of the picture of shares, at most
Document = dict[str, Any]


@dataclass(frozen=True)
class _Row:
    number: int
    choice: Choice
    reward: float | None


def worth(project: Project) -> Document | None:
    """All that is known of the candidates; None where there are none."""
    with project.store.snapshot() as db:
        version = candidates.newest(db)
        if version is None:
            return None
        seen = (
            choices.count(db),
            log.latest_seq(db, "erase"),
            feedback.end(db),
            int(time.time() // HOUR),
        )
    return _worth(project, version, seen)


@lru_cache(maxsize=1)  # a page is drawn anew at every click
def _worth(project: Project, version: Version, _seen: tuple[int, ...]) -> Document:
    with project.store.snapshot() as db:
        rows, every = _rows(db), candidates.every(db)
        elsewhere = choices.judged_elsewhere(db)
    old = time.time() - DAY
    missing = [row for row in rows if row.reward is None]
    told = {
        "version": version.version,
        "policy": version.policy.model_dump(mode="json"),
        "choices": len(rows),
        "rewarded": len(rows) - len(missing),
        "waiting": sum(row.choice.chosen_at >= old for row in missing),
        "unjudged": sum(row.choice.chosen_at < old for row in missing),
        "elsewhere": elsewhere,
        "candidates": _plain(rows, version.policy),
        "shares": _shares(rows),
    }
    return told | _estimated(_comparable(rows, version, every), version.policy, every)


def _rows(db: Database) -> list[_Row]:
    said: dict[int, dict[str, float]] = {}
    for row in choices.judged(db):
        said.setdefault(row["number"], {})[row["annotator"]] = reward_of(row)
    return [_Row(n, choice, mean(said.get(n, {}))) for n, choice in choices.every(db)]


def _plain(rows: Sequence[_Row], policy: Policy) -> list[Document]:
    """What was served and judged of each candidate, of retired ones too; nothing is estimated."""
    names = dict.fromkeys([*policy.names, *(row.choice.candidate for row in rows)])
    told = []
    for name in names:
        mine = [row for row in rows if row.choice.candidate == name]
        rewards = [row.reward for row in mine if row.reward is not None]
        told.append(
            {
                "name": name,
                "on_offer": name in policy.names,
                "choices": len(mine),
                "rewarded": len(rewards),
                "rate": _rate(sum(rewards), len(rewards)),
                "judged": _rate(len(rewards), len(mine)),
            }
        )
    return told


def _rate(total: float, n: int) -> Document | None:
    """With Wilson's interval, too wide for what lies between 0 and 1."""
    if not n:
        return None
    low, high = wilson(total, n)
    return asdict(Estimate(total / n, low, high))


def _shares(rows: Sequence[_Row]) -> list[Document]:
    """How often each candidate was chosen, in stretches of as many choices."""
    ends = np.unique(np.linspace(0, len(rows), min(STRETCHES, len(rows)) + 1).astype(int))
    told = []
    for begin, end in pairwise(ends.tolist()):
        counts = Counter(row.choice.candidate for row in rows[begin:end])
        told += [
            {"after": end, "name": name, "share": n / (end - begin)} for name, n in counts.items()
        ]
    return told


def _comparable(rows: Sequence[_Row], version: Version, every: Mapping[int, Policy]) -> list[_Row]:
    """Rewarded choices in which all candidates of today were on offer, by the same features."""
    names, features = set(version.policy.names), version.policy.features
    fits = {
        number
        for number, one in every.items()
        if one.features == features and names <= set(one.names)
    }
    return [
        row
        for row in rows
        if row.reward is not None and row.choice.version in fits and row.choice.context is not None
    ]


def _served(rows: Sequence[_Row], names: Sequence[str], every: Mapping[int, Policy]) -> Served:
    columns = list(dict.fromkeys([*names, *(n for r in rows for n in r.choice.propensities)]))
    floors = {number: one.floor / len(one.names) for number, one in every.items()}
    return Served(
        np.array([row.choice.context for row in rows]),
        np.array([columns.index(row.choice.candidate) for row in rows]),
        np.array([[row.choice.propensities.get(name, 0.0) for name in columns] for row in rows]),
        np.array([row.reward for row in rows]),
        np.array([floors[row.choice.version] for row in rows]),
    )


def _estimated(rows: Sequence[_Row], policy: Policy, every: Mapping[int, Policy]) -> Document:
    names = policy.names
    if len(rows) < LEAST:
        waits = f"{len(rows)} of {LEAST} judged choices in which all of {', '.join(names)}"
        return {"estimated_from": len(rows), "why": f"{waits} could have been chosen"}
    floor = float(np.mean([every[row.choice.version].floor for row in rows]))
    served = _served(rows, names, every)
    expected = estimates.expectations(served)
    doubt = DOUBT / len(names)  # so that all of them hold together
    fixed = [estimates.fixed(served, place) for place in range(len(names))]
    together = [estimates.doubly_robust(served, one, expected, doubt) for one in fixed]
    best = regret.best(together)
    return {
        "estimated_from": len(rows),
        "why": None,
        "values": [
            {"name": name} | asdict(estimates.values(served, one, expected))
            for name, one in zip(names, fixed, strict=True)
        ],
        "as_it_was": _rate(float(served.rewards.sum()), len(rows)),
        "greedy": _greedy(served, expected, len(names)),
        "best": _surely_best(names, together),
        "regret": [asdict(one) for one in regret.cumulative(served.rewards, best)],
        "floor": _floor(served, expected, len(names), floor),
    }


def _greedy(served: Served, expected: Vector, among: int) -> Document:
    """What comes of the first half's lesson, by the second: nothing judges what it learned from."""
    half = len(served) // 2
    first, second = served[:half], served[half:]
    target = estimates.greedy(first, second, among)
    return asdict(estimates.values(second, target, expected[half:]))


def _surely_best(names: Sequence[str], together: Sequence[Estimate]) -> str | None:
    """The candidate whose interval is above all others', if there is one."""
    place = int(np.argmax([one.low for one in together]))
    others = [one.high for i, one in enumerate(together) if i != place]
    return names[place] if together[place].low > max(others) else None


def _floor(served: Served, expected: Vector, among: int, floor: float) -> Document | None:
    """Rewards that chance costs of 1,000, beside what the policy would choose by itself.

    What came is (1 - floor) times what that brings and floor times what chance does.
    """
    if floor == 1:
        return None
    target = np.zeros(served.propensities.shape)
    target[:, :among] = 1 / among
    chance = estimates.doubly_robust(served, target, expected)
    came = float(served.rewards.mean())
    low, value, high = (
        1_000 * floor * (came - end) / (1 - floor)
        for end in (chance.high, chance.value, chance.low)
    )
    return asdict(Estimate(value, low, high))
