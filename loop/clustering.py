"""Clustering, for the trainer while no round is due: items that are alike by the features it has.

Clusters are made of the pool alone. An audit item is put into the nearest, so that one sees where
the model is wrong; no cluster is fitted to it, named by it, or offers it to be labeled.
"""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import pairwise_distances_argmin_min
from threadpoolctl import threadpool_limits

from loop import clusters
from loop.clusters import Clusters
from loop.features import CHUNK, FeatureCache, file_of
from loop.project import Project
from loop.store import items
from loop.words import WORD

MOST = 50  # clusters; more than that nobody goes through
FITTED_ON = 10_000  # items drawn at random, where there are more
READ_OF_EACH = 200  # texts, those nearest to the middle, that a cluster's words are taken from
READ = 5_000  # characters of each
VERSION = 2  # part of their name: raise it whenever something else comes of the same features
TELLING = 5  # words of each cluster


def keep_up(project: Project) -> None:
    """Cluster the items anew where the features are newer than the clusters."""
    made = FeatureCache(project.folder / "features").newest()
    if made is None or clusters.is_there(project.clusters, called(made.stem)):
        return
    try:
        X = np.load(made, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):  # an item was erased just now: computed again by then
        return
    of(project, X, project.clusters)


def of(project: Project, X: NDArray[np.float32], folder: Path) -> tuple[str, Clusters]:
    """The clusters of a cache's matrix, and their name; made where *folder* lacks them."""
    made = file_of(X)
    name = called(made.stem)
    if clusters.is_there(folder, name):
        return name, clusters.load(folder, name)
    found = clustered(project, X)
    clusters.save(found, folder, name)
    if not made.exists():  # what the words were taken from may be erased
        clusters.keep(folder, None)
    return name, found


def called(features: str) -> str:
    """What the clusters of the features called so are called."""
    return f"{features}-{VERSION}"


def clustered(project: Project, X: NDArray[np.float32]) -> Clusters:
    """The clusters of the matrix *X* of the first items, or of all."""
    db, settings = project.store.read, project.settings
    pool = np.array([p for p in items.positions(db, items.POOL) if p < len(X)], np.int64)
    try:
        with threadpool_limits(1):  # same bits on every machine, and a core left for the people
            entries = group(X, pool, settings.seed)
    except (ValueError, ArithmeticError, MemoryError):  # rows without a middle: then no clusters,
        return clusters.NONE  # and rounds go on
    words = telling(
        [_texts(project, settings.texts, nearest) for nearest in _nearest(entries, pool)]
    )
    return Clusters(entries, words)


def sweep(project: Project) -> None:
    """Delete what was left by a kill: it may hold words that were erased since."""
    made = FeatureCache(project.folder / "features").newest()
    clusters.keep(project.clusters, called(made.stem) if made else None)


def group(X: NDArray[np.float32], pool: NDArray[np.int64], seed: int) -> NDArray[np.void]:
    """The entry of each row of *X*; the cluster with most of the rows *pool* is 0.

    By mini-batch k-means (Sculley 2010) with k = √(n/2), fitted on a random part of the pool.
    """
    from sklearn.cluster import MiniBatchKMeans  # noqa: PLC0415 - 0.2 s of each trainer's start

    entries = np.zeros(len(X), clusters.ENTRY)
    entries["cluster"] = -1
    if not len(pool):
        return entries
    drawn = np.random.default_rng(seed).permutation(pool)[:FITTED_ON]
    k = min(MOST, math.ceil(math.sqrt(len(pool) / 2)))
    means = MiniBatchKMeans(k, random_state=seed, n_init=3).fit(X[np.sort(drawn)])
    for start in range(0, len(X), CHUNK):
        here = slice(start, start + CHUNK)
        nearest, distance = pairwise_distances_argmin_min(X[here], means.cluster_centers_)
        entries["cluster"][here], entries["distance"][here] = nearest, distance
    sizes = np.bincount(entries["cluster"][pool], minlength=k)
    place = np.empty(k, np.int16)
    place[np.argsort(-sizes, kind="stable")] = np.arange(k)
    entries["cluster"] = place[entries["cluster"]]
    return entries


def telling(groups: Sequence[Sequence[str]]) -> list[list[str]]:
    """For each group of texts the words that stand in more of them than elsewhere, best first.

    A word's weight is its part of the Kullback–Leibler divergence of the group from all of them.
    """
    found = [
        Counter(word for text in texts for word in set(WORD.findall(text.lower())))
        for texts in groups
    ]
    everywhere = sum(found, Counter[str]())
    total = sum(map(len, groups))

    def best(words: Counter[str], n: int) -> list[str]:
        weight = {
            word: count / n * math.log(count / n * total / everywhere[word])
            for word, count in words.items()
            if count > 1 or n == 1
        }
        first = sorted(weight, key=lambda word: (-weight[word], word))[:TELLING]
        return [word for word in first if weight[word] > 0]

    return [best(words, len(texts)) for words, texts in zip(found, groups, strict=True)]


def _nearest(entries: NDArray[np.void], pool: NDArray[np.int64]) -> list[list[int]]:
    """Of each cluster the positions of the pool nearest to its middle."""
    found, mine = [], entries[pool]
    for cluster in range(int(mine["cluster"].max(initial=-1)) + 1):
        members = pool[mine["cluster"] == cluster]
        order = np.argsort(entries["distance"][members], kind="stable")[:READ_OF_EACH]
        found.append(members[order].tolist())
    return found


def _texts(project: Project, columns: Sequence[str], positions: Sequence[int]) -> list[str]:
    if not columns:
        return []
    about = items.at(project.store.read, positions)
    return ["\n".join(item.fields[name] for name in columns)[:READ] for item in about]
