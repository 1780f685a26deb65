"""Common issues: what was disliked, put into groups of what is alike. For the trainer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import TfidfVectorizer

from loop.clustering import telling
from loop.words import WORD

MOST_READ = 2_000  # newest complaints; each pair of them is compared
APART = 0.9  # cosine distance of words up to which groups are joined; see `docs/feedback.md`
LEAST = 2  # complaints that make an issue
MOST = 20  # issues that are told
SAMPLES = 3  # complaints nearest to the middle, that are shown


@dataclass(frozen=True)
class Issue:
    """Complaints that are alike, by their places in what was given."""

    members: list[int]
    nearest: list[int]  #: to the middle, at most `SAMPLES`, the nearest first
    words: list[str]  #: that stand in more of them than elsewhere


def issues(texts: Sequence[str]) -> list[Issue]:
    """Groups of complaints, the largest first; what is like no other is in none.

    By average linkage of the cosine distances of TF-IDF rows. Of more than `MOST_READ` texts those
    at the end are read.
    """
    first = max(0, len(texts) - MOST_READ)
    read = [i for i in range(first, len(texts)) if WORD.search(texts[i])]
    if len(read) < LEAST:
        return []
    rows = TfidfVectorizer(sublinear_tf=True, token_pattern=WORD.pattern).fit_transform(
        [texts[i] for i in read]
    )
    X = np.asarray(rows.todense())
    joined = AgglomerativeClustering(
        None, metric="cosine", linkage="average", distance_threshold=APART
    ).fit_predict(X)
    groups = [np.flatnonzero(joined == one) for one in np.unique(joined)]
    groups = sorted(
        (one for one in groups if len(one) >= LEAST), key=lambda one: (-len(one), one[0])
    )
    words = telling([[texts[read[i]] for i in group] for group in groups])
    return [
        Issue([read[i] for i in group], [read[i] for i in _nearest(X, group)], told)
        for group, told in zip(groups[:MOST], words, strict=False)
    ]


def _nearest(X: np.ndarray, group: np.ndarray) -> list[int]:
    closeness = X[group] @ X[group].mean(axis=0)
    return [int(i) for i in group[np.argsort(-closeness, kind="stable")[:SAMPLES]]]
