"""What follows from the log, beside it: compared with what was rebuilt, and put right.

Each function tells what is there and differs, and with *mend* writes what differs or is missing.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop import clustering, clusters, cold_start, guesses, ranking, retrain
from loop.features import FeatureCache
from loop.findings import Findings
from loop.project import Project
from loop.redone import Redone, as_of
from loop.retrain import Made
from loop.store import items, log, past, rounds
from loop.store.rounds import Pointer, Round

Published = tuple[dict[str, Any], Made]  #: a round's event, and what came of it


def state(project: Project, found: Findings, *, mend: bool) -> None:
    """What stands, is closed, is withdrawn, and the counts of it."""
    with project.store.snapshot() as db, as_of(db, log.end(db)):
        past.count(db)
        wrong = {table: n for table in past.FOLLOWS if (n := past.differing(db, table))}
    for table, n in wrong.items():
        found.differences.append(f"the table {table}: {n} rows are not what the log comes to")
    if wrong and mend:
        with project.store.write() as db, as_of(db, log.end(db)):
            past.count(db)
            past.put_right(db)
        found.restored += [f"the table {table}" for table in wrong]


def rows(project: Project, published: Sequence[Published], found: Findings, *, mend: bool) -> None:
    """The rows that rounds publish."""
    store = project.store
    with store.write() if mend else store.snapshot() as db, past.publishing(db):
        for event, made in published:
            known = Round.__dataclass_fields__  # an older round has not all of them
            told = {name: told for name, told in event["value"].items() if name in known}
            at = event["received_at"]
            rounds.publish(db, Round(**told), made.point, made.quality, made.analysis, at=at)
        for table in past.PUBLISHED:
            wrong, missing = past.wrong(db, table), past.missing(db, table)
            found.differences += [
                f"the table {table}: {column} of round {version} is not what the log comes to"
                for version, column in wrong
            ]
            found.differences += [
                f"the table {table}: the log has no round {version}"
                for version in past.unknown(db, table)
            ]
            if mend and (wrong or missing):
                past.put_back(db, table)
                n = len({version for version, _ in wrong}) + len(missing)
                found.restored.append(f"{n} rows of the table {table}")


def ranking_in_use(project: Project, last: Redone, found: Findings, *, mend: bool) -> None:
    """The ranking, which row points at it, and what the model makes of the items."""
    db = project.store.read
    here = rounds.ranking(db)
    is_there = here is not None and (project.rankings / here.file).exists()
    is_right = here is not None and is_there and _is_ranking(project, here, last)
    if is_there and not is_right:
        found.differences.append("the ranking in use is not what the log comes to")
    guessed = last.made.guessed if last.made else None
    named = here.guesses if here else None
    kept = guesses.load(project.guesses, named)
    is_guessed = guessed is None or _are_same(kept, guessed)
    if not is_guessed and kept is not guesses.NONE:
        found.differences.append("what the model makes of the items is not what the log comes to")
    if not mend or (is_right and is_guessed):
        return
    version = last.now.version if last.made else 0
    file = here.file if here and is_right else ranking.save(last.order, project.rankings, version)
    if guessed is not None and not is_guessed:
        named = guesses.save(guessed, project.guesses, version)
    with project.store.write() as db:
        rounds.point_at(db, replace(_pointer(last, file), guesses=named))
        late = items.reopened_since(db, last.now.log_seq)
        ranking.follow(db, project.rankings, late, last.now.settings.seed)
    ranking.prune(project.rankings, in_use=file)
    found.restored += [] if is_right else ["the ranking in use"]
    found.restored += [] if is_guessed else ["what the model makes of the items"]


def arrays(project: Project, cache: FeatureCache, found: Findings, *, mend: bool) -> None:
    """The features of all items as they are now, and their clusters."""
    mine = FeatureCache(project.folder / "features")
    X = retrain.matrix(project.store.read, project.settings, cache, project.media)
    made = cache.newest()
    kept = mine.folder / made.name if made else None
    if kept and kept.exists() and not _is_equal(kept, X):
        found.differences.append("the features are not what comes of the items")
        if mend:
            kept.unlink()
    if mend and kept and not kept.exists():
        retrain.features(project)
        found.restored.append("the features")
    name = clustering.called(made.stem) if made else None
    if name and clusters.is_there(project.clusters, name):
        again, there = clustering.clustered(project, X), clusters.load(project.clusters, name)
        if again.entries.tobytes() == there.entries.tobytes() and _lists(again) == _lists(there):
            return
        found.differences.append("the clusters are not what comes of the features")
        if mend:
            clusters.keep(project.clusters, None)
    if mend:
        clustering.keep_up(project)
        found.restored.append("the clusters")


def _pointer(last: Redone, file: str) -> Pointer:
    if last.made is None:
        return cold_start.pointer(last.now, last.order, file)
    return retrain.pointer(last.now, last.made, file, None)


def _is_ranking(project: Project, here: Pointer, last: Redone) -> bool:
    beside = replace(here, start=0, guesses=None)
    if beside != _pointer(last, here.file):
        return False
    try:
        return ranking.digest(ranking.load(here, project.rankings)) == ranking.digest(last.order)
    except (ValueError, EOFError):  # torn
        return False


def _are_same(kept: guesses.Guesses, again: guesses.Guesses) -> bool:
    same = kept.classes == again.classes and kept.entries.tobytes() == again.entries.tobytes()
    same &= kept.audit in (None, _in_json(again.audit))
    return same and kept.pulls == _in_json(again.pulls)


def _in_json(told: Any) -> Any:
    return json.loads(json.dumps(told))


def _lists(grouped: clusters.Clusters) -> list[list[str]]:
    return [[*words] for words in grouped.words]


def _is_equal(path: Path, X: NDArray[np.float32]) -> bool:
    try:
        kept = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError):  # torn
        return False
    return np.array_equal(kept.view(np.uint32), X.view(np.uint32))  # bits: NaN is NaN
