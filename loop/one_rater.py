"""One person in detail: what they take for what, and what they say more than the others do."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop import standing_out
from loop.evidence import Evidence
from loop.holm import holm
from loop.quality.share import Estimate, share
from loop.raters import against, same_items
from loop.raters.within import Halves
from loop.standing_out import CHANCE, LEAST


@dataclass(frozen=True)
class Said:
    """How often somebody says a class, beside the others on the same items."""

    name: str
    n: int  #: their answers on items that others answered, too
    own: Estimate
    others: float
    stands_out: bool  #: by more than chance, of all people and classes that were looked at


@dataclass(frozen=True)
class OneRater:
    """What is None or empty is not known: of fewer than `LEAST` answers nothing is."""

    n: int  #: answers on items that have a label without them
    labels: list[str]  #: that they or those items have
    table: NDArray[np.intp]  #: how often each label, by row, got each answer
    kappa: Estimate | None  #: with those labels
    said: list[Said]
    newest: tuple[Halves, str] | None  #: beside all before, and on which items
    fastest: tuple[Halves, str] | None


def of(seen: Evidence, name: str) -> OneRater:
    """Everything of one of `seen.names`."""
    code, answers = seen.names.index(name), seen.answers
    rows = (answers.annotators == code) & (seen.reference >= 0)
    told = against.table(answers.labels[rows], seen.reference[rows], answers.n_classes)
    there = np.flatnonzero(told.any(axis=0) | told.any(axis=1))
    return OneRater(
        int(rows.sum()),
        [seen.labels[label] for label in there.tolist()],
        told[np.ix_(there, there)],
        standing_out.kappa(standing_out.kappas(seen), code),
        _said(seen, code),
        standing_out.newest(seen).get(code),
        standing_out.fastest(seen).get(code),
    )


def _said(seen: Evidence, code: int) -> list[Said]:
    answers = seen.answers
    found = {
        name: same_items.beside(
            answers.items, answers.annotators, seen.says(name), answers.n_annotators
        )
        for name in seen.classes
    }
    p_values = {
        (name, who): min(1.0, 2 * float(min(one.below[who], one.above[who])))
        for name, one in found.items()
        for who in np.flatnonzero(one.n >= LEAST).tolist()
    }
    adjusted = holm(p_values)
    return [
        Said(
            name,
            int(one.n[code]),
            share(int(one.own[code]), int(one.n[code])),
            float(one.others[code]),
            adjusted[name, code] < CHANCE,
        )
        for name, one in found.items()
        if (name, code) in adjusted
    ]
