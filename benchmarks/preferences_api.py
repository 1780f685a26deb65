"""PandaLM's pairs through the API: three judges in, a ranking and TRL files out.

Twice: as items of a project that compares, answered one by one (`annotations`), and as feedback of
a running application (`feedback`).

- sent, rejected, seconds: over REST, `AT_ONCE` at a time
- strengths: as `askwell feedback` has them; choix_difference: the largest, to choix's own function
  on the same answers
- trl: rows and columns as `datasets.load_dataset` reads them; left_out: what the manifest counts
- verified: what `askwell verify` says
"""

import gzip
import json
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import choix
import datasets
import httpx
import numpy as np
from preferences import JUDGES, VALUES
from real_server import serving
from run import data

from loop import Project, exports
from loop.creation import Source, create
from loop.dataset import Columns
from loop.feedback import insights

AT_ONCE = 100
Pairs = list[dict[str, Any]]


def measure() -> dict[str, Any]:
    """Both ways."""
    with gzip.open(data("pref_pandalm") / "pairs.jsonl.gz", "rt", encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in lines]
    with tempfile.TemporaryDirectory() as scratch:
        return {
            "annotations": _way(Path(scratch) / "compared", pairs, "annotations"),
            "feedback": _way(Path(scratch) / "sent", pairs, "feedback"),
        }


def _way(folder: Path, pairs: Pairs, route: str) -> dict[str, Any]:
    _project(folder, pairs)
    with Project.open(folder) as project:
        tokens = {judge: project.invite(judge) for judge in JUDGES}
    began, rejected = time.perf_counter(), 0
    with serving(folder) as server:
        for judge, token in tokens.items():
            headers = {"Authorization": f"Bearer {token}"}
            with httpx.Client(base_url=f"{server.url}/api/v1/", headers=headers) as client:
                for part in _parts(pairs, judge, route):
                    reply = client.post(route, json={route: part}, timeout=60).raise_for_status()
                    rejected += len(reply.json()["rejected"])
        seconds = time.perf_counter() - began
    with Project.open(folder) as project:
        told = insights.look(project)["summary"]["preferences"]
        systems = told["systems"]
        return {
            "sent": len(pairs) * len(JUDGES),
            "rejected": rejected,
            "seconds": round(seconds, 1),
            "answers": told["answers"],
            "strengths": {
                one["name"]: [round(one[name], 3) for name in ("strength", "low", "high")]
                for one in systems
            },
            "choix_difference": _difference(systems, pairs),
            "first_won": told["position"]["first_won"],
            **_exported(project, folder.with_name(f"{folder.name}-trl")),
        }


def _project(folder: Path, pairs: Pairs) -> None:
    file = folder.with_suffix(".jsonl")
    rows = []
    for pair in pairs:
        a, b = pair["models"].split("_")
        row = {"id": str(pair["id"]), "prompt": _prompt(pair), "a": str(pair["response1"])}
        rows.append(row | {"b": str(pair["response2"]), "model_a": a, "model_b": b})
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    columns = Columns("text", ("prompt", "a", "b"), id="id", meta=("model_a", "model_b"))
    create(
        folder,
        Source(file, columns),
        task="compare",
        systems={"a": "model_a", "b": "model_b"},
        overlap=len(JUDGES),
        audit_share=0.0,
    ).close()


def _prompt(pair: dict[str, Any]) -> str:
    return "\n\n".join(filter(None, (pair["instruction"], pair["input"])))


def _parts(pairs: Pairs, judge: str, route: str) -> Iterator[list[dict[str, Any]]]:
    make = _annotation if route == "annotations" else _feedback
    for start in range(0, len(pairs), AT_ONCE):
        yield [make(pair, judge) for pair in pairs[start : start + AT_ONCE]]


def _annotation(pair: dict[str, Any], judge: str) -> dict[str, Any]:
    made = {"answer_id": uuid.uuid4().hex, "item_id": str(pair["id"]), "kind": "preference"}
    return made | {"value": VALUES[pair[judge]]}


def _feedback(pair: dict[str, Any], judge: str) -> dict[str, Any]:
    a, b = pair["models"].split("_")
    return {
        "feedback_id": f"{judge} {pair['id']}",
        "kind": "preference",
        "interaction_id": f"pair {pair['id']}",
        "annotator": judge,
        "prompt": _prompt(pair),
        "outputs": {"a": str(pair["response1"]), "b": str(pair["response2"])},
        "systems": {"a": a, "b": b},
        "value": VALUES[pair[judge]],
    }


def _difference(systems: list[dict[str, Any]], pairs: Pairs) -> float:
    """Each win counts twice, a tie once for each."""
    names = [one["name"] for one in systems]
    won = []
    for pair in pairs:
        a, b = (names.index(name) for name in pair["models"].split("_"))
        for judge in JUDGES:
            won += {0: [(a, b), (b, a)], 1: [(a, b)] * 2, 2: [(b, a)] * 2}[pair[judge]]
    ours = np.array([one["strength"] for one in systems])
    return float(np.abs(choix.ilsr_pairwise(len(names), won) - ours).max())


def _exported(project: Project, folder: Path) -> dict[str, Any]:
    exports.write(project, "trl-preference", folder)
    loaded = datasets.load_dataset(str(folder), cache_dir=str(folder.with_name("cache")))["train"]
    words = [sys.executable, "-m", "ui.cli", "verify", str(folder)]
    verified = subprocess.run(words, capture_output=True, text=True, check=True)
    return {
        "trl": {"rows": loaded.num_rows, "columns": loaded.column_names},
        "left_out": exports.manifest(folder)["left_out"],
        "verified": verified.stdout.strip().replace(str(folder), folder.name),
    }
