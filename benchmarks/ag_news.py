"""AG News, 10,000 texts, from a file to a classifier over REST, the default strategy beside random.

A simulated annotator gives the true labels. It waits for each round that is due, as a person who
takes a few seconds for a text would without noticing; it never waits for anything else.
"""

import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
from real_server import Server, serving
from run import data

STOPS = (100, 300)  # labels at which a round is asked for and its accuracy noted
SEEDS = (0, 1, 2)
STRATEGIES = ("uherding", "random")


def measure() -> dict[str, Any]:
    """Accuracy on the official test file by strategy and number of labels; seconds of each step."""
    folder = data("ag_news")
    truth = dict(pd.read_csv(folder / "train.csv.gz", usecols=["id", "label"]).to_numpy().tolist())
    runs = [_run(folder, truth, strategy, seed) for seed in SEEDS for strategy in STRATEGIES]
    return {
        "pool": len(truth),
        "test": len(pd.read_csv(folder / "test.csv.gz", usecols=["id"])),
        "seeds": len(SEEDS),
        "accuracy": {
            strategy: {
                str(stop): {
                    "mean": round(statistics.mean(scores), 4),
                    "each": [round(score, 4) for score in scores],
                }
                for stop in STOPS
                for scores in [[r["accuracy"][stop] for r in runs if r["strategy"] == strategy]]
            }
            for strategy in STRATEGIES
        },
        "seconds": {
            name: round(statistics.median(run[name] for run in runs), 2)
            for name in ("init", "serve_to_first_item", "features", "round_at_300", "fit", "rank")
        },
    }


def _run(folder: Path, truth: dict[str, str], strategy: str, seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch) / "news"
        began = time.perf_counter()
        _askwell(
            "init", project, "--data", folder / "train.csv.gz", "--text", "text", "--id", "id",
            "--audit", folder / "test.csv.gz", "--strategy", strategy, "--seed", seed,
        )  # fmt: skip
        seconds = {"init": time.perf_counter() - began}
        began = time.perf_counter()
        with serving(project) as server, server.client() as client:
            queue = client.get("next", params={"n": 1}).json()["items"]
            seconds["serve_to_first_item"] = time.perf_counter() - began
            while _status(client)["trainer"]["state"] in {"never started", "preparing"}:
                time.sleep(0.05)
            seconds["features"] = time.perf_counter() - began
            accuracy = {}
            for n in range(1, max(STOPS) + 1):
                queue = _answer(client, queue[0], truth)
                _let_it_learn(client)
                if n in STOPS:
                    accuracy[n] = _accuracy(server, client, n)
            model = _status(client)["model"]
    print(strategy, seed, accuracy, {name: round(value, 2) for name, value in seconds.items()})
    return {
        "strategy": strategy,
        "accuracy": accuracy,
        "round_at_300": model["round_seconds"],
        "fit": model["fit_seconds"],
        "rank": model["rank_seconds"],
        **seconds,
    }


def _answer(client: httpx.Client, item: dict[str, Any], truth: dict[str, str]) -> list[Any]:
    answer = {"answer_id": uuid.uuid4().hex, "item_id": item["id"], "value": truth[item["id"]]}
    body = {"annotations": [answer], "holding": [], "next": 1}
    reply = client.post("annotations", json=body).raise_for_status().json()
    if not reply["saved"]:
        raise RuntimeError(reply["rejected"])
    return reply["items"]


def _let_it_learn(client: httpx.Client) -> None:
    while _status(client)["waiting_for"].startswith("nothing"):
        time.sleep(0.02)


def _accuracy(server: Server, client: httpx.Client, labels: int) -> float:
    _askwell("train", server.folder)
    now = _status(client)
    if now["accuracy"]["labels"] != labels:
        raise RuntimeError(f"the model has {now['accuracy']['labels']} labels, not {labels}")
    return float(now["accuracy"]["value"])


def _status(client: httpx.Client) -> dict[str, Any]:
    return dict(client.get("status").raise_for_status().json())


def _askwell(*words: object) -> None:
    command = [sys.executable, "-m", "ui.cli", *map(str, words)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
