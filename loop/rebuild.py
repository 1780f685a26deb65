"""Rebuilding: all that follows from the log is computed from it again, and compared.

Every round, and every choice of what is asked first, is done once more from the state as of the row
that it had read to, on features made anew. A log of which all comes out as it says is believed:
what else follows from it is put right (`loop.restoring`). Any other is left as it lies, and so is
everything beside it.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from loop import redone, restoring, retrain
from loop.features import FeatureCache
from loop.findings import Findings
from loop.project import Project
from loop.redone import Redone
from loop.restoring import Published
from loop.store import Database, items, log
from loop.trainer import EXPECTED, only_one

Progress = Callable[[int, int], None]  # so many rounds and starts are done, of so many
NO_DIGEST = "made before models and rankings left digests: compared by labels and curve alone"


def rebuild(
    project: Project,
    *,
    only_check: bool = False,
    progress: Progress = lambda _done, _of: None,
) -> Findings:
    """Compute everything again; the log itself is never written to.

    What is missing or differs is put right, unless *only_check*. Raises `TrainerBusy` while a
    trainer is at work.
    """
    found = Findings()
    with only_one(project.folder, patience=0), TemporaryDirectory() as folder:
        cache = FeatureCache(Path(folder) / "features")
        events = redone.every(project.store.read)
        published: list[Published] = []
        last = None
        for done, event in enumerate(events):
            progress(done, len(events))
            last = _same(project, event, cache, found)
            if last and last.made:
                published.append((event, last.made))
        mend = not only_check and found.identical
        restoring.state(project, found, mend=mend)
        restoring.rows(project, published, found, mend=mend)
        if last and last.is_whole:
            restoring.ranking_in_use(project, last, found, mend=mend)
        if not project.settings.no_rounds:
            restoring.arrays(project, cache, found, mend=mend)
        progress(len(events), len(events))
    return found


def _same(
    project: Project, event: dict[str, Any], cache: FeatureCache, found: Findings
) -> Redone | None:
    """A round or a start done again; None where it does not come out as the log has it."""
    told, name = event["value"], _name(event)
    if gone := _erased_since(project.store.read, told["log_seq"]):
        found.not_rebuilt.setdefault(gone, []).append(name)
        return None
    others = _other_versions(told.get("versions", {}))
    if others:
        found.notes.setdefault(others, []).append(name)
    try:
        again = redone.redo(project, event, cache)
    except EXPECTED as why:
        found.differences.append(f"{name} cannot be done again: {type(why).__name__}: {why}")
        return None
    if not again.is_whole:
        found.notes.setdefault(NO_DIGEST, []).append(name)
    differences = again.differences()
    found.differences += [f"{name}: {one}" for one in differences]
    if differences:
        return None
    if again.made is None:
        found.starts += 1
    else:
        found.rounds += 1
    return again


def _name(event: dict[str, Any]) -> str:
    told = event["value"]
    is_round = event["kind"] == "round"
    return f"round {told['version']}" if is_round else f"start at row {told['log_seq']}"


def _erased_since(db: Database, seq: int) -> str:
    """Why a round on the log up to row *seq* cannot be done again; "" if it can.

    A person who was erased has another name since, and all their labels; that is no obstacle.
    """
    n_then = items.count_as_of(db, seq)
    gone = [
        event["position"]
        for event in log.of_kind(db, "erase")
        if event["seq"] > seq and event["position"] is not None and event["position"] < n_then
    ]
    ids = ", ".join(item.id for item in items.at(db, gone))
    return f"erased since: {ids}" if gone else ""


def _other_versions(made_by: dict[str, str]) -> str:
    now = retrain.versions()
    pairs = [(name, was, now.get(name)) for name, was in made_by.items()]
    others = [f"{name} {was}, now {is_}" for name, was, is_ in pairs if was != is_]
    return f"made by {'; '.join(others)}: bits may differ" if others else ""
