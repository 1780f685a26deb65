"""`askwell compare` by the protocol of a published benchmark, beside what it printed.

- the sets and the protocol of Lu et al. 2023 (arXiv 2306.08954): 40 % test, 20 labels at random to
  begin with, an RBF support vector machine (C = 1, gamma 1/d) on standardised columns, one query a
  step until the pool is empty; 20 seeds here, about 150 there
- area: theirs, which leaves the first labels out and divides n - 1 intervals by n
- minus_random: mean difference of the areas with its 95 % interval, ours of areas that begin with
  the first labels; and theirs. Their signs are what compares
- within: the mean lies within their standard deviation of their mean; theirs is over repetitions
- margin is their US-C, committee their QBC, whose members are other ones than our bagged machines
"""

import csv
import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from run import data

SETS = ("wdbc", "sonar", "parkinsons", "heart", "ionosphere", "clean1")  # the facts' first six
THEIRS = {"random": "Uniform", "margin": "US-C", "committee": "QBC"}
SEEDS = 20
RECIPE = "sklearn.svm.SVC(gamma='auto')"


def measure() -> dict[str, Any]:
    """Areas by set and strategy, ours and theirs."""
    published = _published(data("al26_results"))
    with tempfile.TemporaryDirectory() as scratch:
        cases = _compared(data("tabular_al26"), Path(scratch))
    return {"seeds": SEEDS, "recipe": RECIPE} | {
        case["dataset"]: _beside(case, published[case["dataset"]]) for case in cases
    }


def _compared(folder: Path, scratch: Path) -> list[dict[str, Any]]:
    files = []
    for name in SETS:
        files.append(scratch / f"{name}.csv")
        files[-1].write_bytes(gzip.decompress((folder / f"{name}.csv.gz").read_bytes()))
    words = [*map(str, files), "--features", "x*", "--label", "y", "--json", "--jobs", "2"]
    words += ["--strategies", "margin,committee", "--seeds", str(SEEDS), "--recipe", RECIPE]
    words += ["--first", "20", "--batch", "1", "--budget", "all", "--out", str(scratch / "kept")]
    command = [sys.executable, "-m", "ui.cli", "compare", *words]
    shown = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    cases: list[dict[str, Any]] = json.loads(shown.stdout)["cases"]
    return cases


def _published(folder: Path) -> dict[str, dict[str, tuple[float, float]]]:
    found: dict[str, dict[str, tuple[float, float]]] = {}
    with gzip.open(folder / "aubc_long.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["strategy"] in THEIRS.values() and row["aubc_mean"]:
                mean, sd = float(row["aubc_mean"]), float(row["aubc_sd"])
                found.setdefault(row["dataset"], {})[row["strategy"]] = mean, sd
    return found


def _beside(case: dict[str, Any], theirs: dict[str, tuple[float, float]]) -> dict[str, Any]:
    random = theirs[THEIRS["random"]][0]
    found: dict[str, Any] = {"failed": len(case["failed"]), "alike": case["alike"]}
    for name, told in case["strategies"].items():
        mean, sd = theirs[THEIRS[name]]
        area = told["aubc_of_lu"]["mean"]
        found[name] = {
            "area": round(area, 4),
            "theirs": mean,
            "their_sd": sd,
            "within": bool(abs(area - mean) <= sd),
        }
        if against := case["paired"].get(name):
            found[name]["minus_random"] = {
                "mean": round(against["difference"], 4),
                "ci95": [round(one, 4) for one in against["ci95"]],
                "theirs": round(mean - random, 4),
                "same_sign": bool((against["difference"] > 0) == (mean > random)),
            }
    return found
