"""`askwell compare` on texts, questions and digits: six strategies to 300 labels, 20 seeds.

- ag_news: 10,000 texts of 4 classes, tested on the official 7,600
- trec6: 5,452 questions of 6 classes, tested on the official 500
- mnist: 5,000 images of 10 digits, tested on the official 10,000
- each with the recipe of a new project and 20 labels at random to begin with
- seconds: of the whole command, on two processes
"""

import csv
import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from run import data

SEEDS = 20
STRATEGIES = "random,margin,committee,k-center,badge,uherding"
AT = (50, 100, 200, 300)


def measure() -> dict[str, Any]:
    """What each strategy reached on each set, and how long the command took."""
    found: dict[str, Any] = {"seeds": SEEDS}
    for name, (make, shown) in SETS.items():
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            make(data(name), folder)
            began = time.perf_counter()
            case = _compared(folder, shown)
            found[name] = _told(case) | {"seconds": round(time.perf_counter() - began)}
        print(name, found[name], flush=True)
    return found


def _compared(folder: Path, shown: list[str]) -> dict[str, Any]:
    words = [str(folder / "train.csv"), "--test", str(folder / "test.csv"), "--label", "label"]
    words += [*shown, "--strategies", STRATEGIES, "--seeds", str(SEEDS), "--jobs", "2", "--json"]
    words += ["--budget", "300", "--batch", "10", "--first", "20", "--out", str(folder / "kept")]
    command = [sys.executable, "-m", "ui.cli", "compare", *words]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    case: dict[str, Any] = json.loads(ran.stdout)
    return case


def _told(case: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "full_accuracy": round(case["full_accuracy"], 4),
        "failed": len(case["failed"]),
        "alike": case["alike"],
    }
    for name, one in case["strategies"].items():
        against = case["paired"].get(name)
        told[name] = {
            "area": round(one["aubc"]["mean"], 4),
            "accuracy": {
                p["labels"]: round(p["mean"], 3) for p in one["curve"] if p["labels"] in AT
            },
            "to_90": one["labels_to"]["0.90"],
            "query_ms": round(one["query_seconds"] * 1000, 1),
            "fit_ms": round(one["fit_seconds"] * 1000, 1),
            "minus_random": against
            and {
                "mean": round(against["difference"], 4),
                "ci95": [round(end, 4) for end in against["ci95"]],
                "p_holm": round(against["p_holm"], 4),
            },
        }
    return told


def _texts(source: Path, folder: Path) -> None:
    for name in ("train.csv", "test.csv"):
        (folder / name).write_bytes(gzip.decompress((source / f"{name}.gz").read_bytes()))


def _images(source: Path, folder: Path) -> None:
    for name, file in (("train", "mnist_train5k.npz"), ("test", "mnist_test10k.npz")):
        arrays = np.load(source / file, allow_pickle=False)
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(["image", "label"])
            for i, (pixels, label) in enumerate(zip(arrays["X"], arrays["y"], strict=True)):
                Image.fromarray(pixels.reshape(28, 28)).save(folder / f"{name}{i}.png")
                writer.writerow([f"{name}{i}.png", label])


SETS: dict[str, tuple[Callable[[Path, Path], None], list[str]]] = {
    "ag_news": (_texts, ["--text", "text"]),
    "trec6": (_texts, ["--text", "text"]),
    "mnist": (_images, ["--image", "image"]),
}
