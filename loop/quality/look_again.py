"""One list of labels to look at again, out of several detectors that each rank all labels."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from loop.quality import label_errors
from loop.quality.label_errors import Codes, Matrix

MODEL, CLEANED, WORDS, AUDIT = "model", "cleaned", "words", "audit"


@dataclass(frozen=True)
class Evidence:
    """What detectors found of n labels. All rows of `said` are known."""

    codes: Codes  #: (n,)
    said: Mapping[str, Matrix]  #: by detector, (n, n_classes); `MODEL` and `CLEANED` are there
    pull: Matrix | None  #: (n,), see `loop.quality.influence`


def order(evidence: Evidence) -> NDArray[np.intp]:
    """All places, the most doubtful label first: by the sum of their ranks (Borda).

    `MODEL` has no vote: it tells which labels `CLEANED` is trained on, and to rank by both counts
    the same model twice (docs/raters.md). The scores have no scale in common, ranks have.
    """
    voters = [said for by, said in evidence.said.items() if by != MODEL]
    scores = [label_errors.doubts(evidence.codes, said) for said in voters]
    if evidence.pull is not None:
        scores.append(evidence.pull)
    return np.argsort(-sum(map(rankdata, scores)), kind="stable")


def listed(evidence: Evidence, most: int) -> list[tuple[int, int, list[str]]]:
    """Places of labels that are probably wrong, the most doubtful first, at most *most* of them.

    With each the class that the models hold for likelier, in the mean, and the detectors that
    speak for it. There are so many as confident learning takes for wrong, less those that no
    detector says anything against.
    """
    codes, n = evidence.codes, len(label_errors.doubtful(evidence.codes, evidence.said[MODEL]))
    if not n:
        return []
    others = np.mean([*evidence.said.values()], axis=0)
    others[np.arange(len(codes)), codes] = -1
    likelier = others.argmax(axis=1)
    against = {by: said.argmax(axis=1) == likelier for by, said in evidence.said.items()}
    if evidence.pull is not None:
        against[AUDIT] = np.isin(np.arange(len(codes)), np.argsort(-evidence.pull)[:n])
    found = [
        (place, int(likelier[place]), [by for by, is_so in against.items() if is_so[place]])
        for place in order(evidence)[: min(n, most)].tolist()
    ]
    return [one for one in found if one[2]]
