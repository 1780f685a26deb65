"""Run the benchmarks: `make bench`, or `make bench ARGS="label_page ag_news"` for some of them.

Each writes its figures to `benchmarks/results/NAME.json` with the machine, the versions and the
date. `ASKWELL_DATA` names the folder with the data sets; a benchmark without its data is skipped.
"""

import argparse
import datetime
import importlib
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import readme
from default import page

HERE = Path(__file__).parent
BENCHMARKS = (
    "startup",
    "label_page",
    "label_page_heavy",
    "flood",
    "million",
    "round_time",
    "ag_news",
    "strategies_field",
    "strategies_peers",
    "ten_million",
    "second_round",
    "published",
    "adaptive",
    "compare_published",
    "compare_sets",
    "comparing",
    "default.study",
    "default.held_back",
    "audit_coverage",
    "forecast",
    "crowd",
    "crowd_project",
    "alarms",
    "similar",
    "ask_again",
    "soft_labels",
    "standing_out",
    "label_errors",
    "worse_slices",
    "pre_labels",
    "severity",
    "preferences",
    "preferences_api",
    "active_pairs",
    "export",
    "bandit",
    "consumers",
    "tie_models",
    "tuning",
    "tuning_time",
    "tuning_raters",
    "tuning_botorch",
    "rewards",
    "clips",
    "plans",
    "tamer",
    "teach_by_keys",
)
VERSIONS = (
    "askwell",
    "scikit-learn",
    "numpy",
    "scipy",
    "streamlit",
    "fastapi",
    "modAL-python",
    "scikit-activeml",
    "joblib",
    "distributed",
)


class NoData(Exception):
    """The data set that a benchmark reads is not there."""


def data(name: str) -> Path:
    """A data set's folder below `ASKWELL_DATA`. Raises `NoData`."""
    folder = Path(os.environ.get("ASKWELL_DATA", "no ASKWELL_DATA set")) / name
    if not folder.is_dir():
        raise NoData(f"{folder} is not there; set ASKWELL_DATA to the folder with the data sets")
    return folder


def record(name: str, figures: dict[str, Any]) -> None:
    """Write the figures of one benchmark, with where and when they were measured."""
    stamped = {
        "benchmark": name,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "versions": {package: version(package) for package in VERSIONS},
        "figures": figures,
    }
    path = HERE / "results" / f"{name}.json"
    path.write_text(json.dumps(stamped, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2), f"→ {path}", sep="\n")


def main() -> None:
    """Run the benchmarks named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[], choices=[*BENCHMARKS, []])
    for name in parser.parse_args().names or BENCHMARKS:
        print(f"== {name}")
        try:
            record(name, importlib.import_module(name).measure())
        except NoData as why:
            print(f"skipped: {why}")
    readme.write()
    page.write()


if __name__ == "__main__":
    importlib.import_module("run").main()  # the benchmarks raise the NoData of that module
