"""A published crowd as a live project: 203 people send 27,746 answers over REST, a trainer beside.

- answers_per_second: while `CLIENTS` connections send them, a person's next 20 at a time
- rejected: answers that the server did not take, by its reason
- accuracy: of each method, crowdlab with models of the default recipe, on the items whose truth the
  set has; ties count as drawing gives on
  average
- methods_seconds: `askwell aggregate PROJECT` from start to end, all methods and the agreement
- worst: of the ten people who look worst, how many are among the ten that truly are, and how right
  they are on average; by the upper end of the interval of their agreement with the label, as on the
  Raters page, and by what Dawid-Skene takes for their accuracy. People with `LEAST` answers or more
"""

import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
from real_server import Server, serving
from run import data

from loop import Project, crowd, crowdlab, judging
from loop.creation import Source, create
from loop.dataset import Columns
from loop.raters import NAMED

CLIENTS, AT_ONCE = 4, 20
LEAST, WORST = 20, 10


def measure() -> dict[str, Any]:
    """Everything, on one project."""
    folder = data("crowd_mr_sentiment_text")
    items, labels = (pd.read_csv(folder / f"{name}.csv.gz") for name in ("items", "labels"))
    with tempfile.TemporaryDirectory() as scratch:
        made = _project(Path(scratch), items, labels)
        with serving(made) as server:
            sent = _sent(server, made, labels)
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "ui.cli", "aggregate", str(made)], check=True)
        seconds = time.perf_counter() - began
        with Project.open(made) as project:
            truth = dict(zip(items["item"].astype(str), items["truth"].astype(str), strict=True))
            return {
                "people": int(labels["annotator"].nunique()),
                "answers": len(labels),
                "items": len(items),
                **sent,
                "methods_seconds": round(seconds, 1),
                "accuracy": _accuracy(project, truth),
                "worst": _worst(project, labels, truth),
            }


def _project(folder: Path, items: pd.DataFrame, labels: pd.DataFrame) -> Path:
    file = folder / "items.csv"
    items.rename(columns={"item": "id"})[["id", "text"]].to_csv(file, index=False)
    most = int(labels.groupby("item").size().max())
    classes = tuple(sorted(labels["label"].astype(str).unique()))
    source = Source(file, Columns("text", ("text",), id="id"))
    create(folder / "mr", source, classes=classes, overlap=most, audit_share=0).close()
    return folder / "mr"


def _sent(server: Server, folder: Path, labels: pd.DataFrame) -> dict[str, Any]:
    with Project.open(folder) as project:
        tokens = {who: project.invite(f"person {who}") for who in labels["annotator"].unique()}
    parts = [
        (tokens[who], rows.iloc[start : start + AT_ONCE])
        for who, rows in labels.groupby("annotator")
        for start in range(0, len(rows), AT_ONCE)
    ]
    order = np.random.default_rng(0).permutation(len(parts))
    reasons: Counter[str] = Counter()
    began = time.perf_counter()
    with httpx.Client(base_url=f"{server.url}/api/v1/", timeout=60) as client:
        with ThreadPoolExecutor(CLIENTS) as pool:
            for found in pool.map(lambda n: _send(client, *parts[n]), order):
                reasons.update(found)
        seconds = time.perf_counter() - began
    return {
        "seconds": round(seconds, 1),
        "answers_per_second": round(len(labels) / seconds),
        "rejected": dict(reasons),
    }


def _send(client: httpx.Client, token: str, rows: pd.DataFrame) -> list[str]:
    answers = [
        {"answer_id": uuid.uuid4().hex, "item_id": str(item), "value": str(label)}
        for item, label in zip(rows["item"], rows["label"], strict=True)
    ]
    reply = client.post(
        "annotations",
        json={"annotations": answers},
        headers={"Authorization": f"Bearer {token}"},
    ).raise_for_status()
    return [one["reason"] for one in reply.json()["rejected"]]


def _accuracy(project: Project, truth: dict[str, str]) -> dict[str, float]:
    answered, _ = crowd.of(project)
    codes = np.array([answered.classes.index(truth[item]) for item in answered.items])
    found = {}
    methods = {**NAMED, "crowdlab": crowdlab.of(project.folder, answered.items)}
    for name, method in methods.items():
        made = method(answered.answers, np.random.default_rng(0), lambda _round: None)
        found[name] = round(float(made.hits(codes).mean()), 4)
    return found


def _worst(project: Project, labels: pd.DataFrame, truth: dict[str, str]) -> dict[str, Any]:
    right = labels["label"].astype(str) == labels["item"].astype(str).map(truth)
    by_person = right.groupby("person " + labels["annotator"].astype(str)).agg(["mean", "size"])
    known = by_person.loc[by_person["size"] >= LEAST, "mean"]
    truly = set(known.nsmallest(WORST).index)
    answered, _ = crowd.of(project)
    ds = NAMED["dawid-skene"](answered.answers, np.random.default_rng(0), lambda _round: None)
    ways = {
        "agreement": {
            one.name: share.high
            for one in judging.team(project).raters
            if (share := one.agreement.share)
        },
        "dawid-skene": dict(zip(answered.annotators, ds.accuracy.tolist(), strict=True)),
    }
    told: dict[str, Any] = {
        "of": len(known),
        "everybody": round(float(known.mean()), 3),
        "the_worst": round(float(known.nsmallest(WORST).mean()), 3),
    }
    for way, scores in ways.items():
        named = sorted((name for name in scores if name in known), key=lambda name: scores[name])
        told[way] = _named(named[:WORST], truly, known)
    return told


def _named(named: Sequence[str], truly: set[str], known: "pd.Series[float]") -> dict[str, Any]:
    return {
        "precision": len(truly.intersection(named)) / WORST,
        "accuracy": round(float(known[named].mean()), 3),
    }
