"""From pairs to a reward model to the best of four drafts: `python reward.py FOLDER`.

A person who likes short and polite answers is simulated; in your project people answer on the page.
"""

import csv
import json
import sys
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from loop import model_export, model_file, rewarding
from loop.creation import Source, create
from loop.dataset import Columns
from loop.trainer import one_round

RECIPE = "outputs(length + lsa) | linear_reward()"  # taste is about words here
QUESTIONS = ["where is my parcel?", "can I return it?", "do you ship abroad?"]
OPENINGS = ["Thank you for asking. ", "Sure. ", "", "As stated before, "]
MIDDLES = ["We are looking into it", "You will find that on our page", "That takes two days"]
ENDS = [".", ", and we are sorry for the trouble.", ", which is something that everybody knows."]
DRAFTS = [
    {"prompt": QUESTIONS[0], "output": "As stated before, it is on the page that everybody knows."},
    {"prompt": QUESTIONS[0], "output": "Thank you for asking. It takes two days."},
    {"prompt": QUESTIONS[0], "output": "It takes two days, which is something everybody knows."},
    {"prompt": QUESTIONS[0], "output": "We are looking into it, and we are sorry."},
]


def liked(answer: str) -> float:
    """What the person thinks of an answer."""
    rude = "stated" in answer or "knows" in answer
    return 2 * ("Thank" in answer) + ("sorry" in answer) - 2 * rude


def main(folder: Path) -> dict[str, Any]:
    """Make the project, answer in it, take the model out, and rank the drafts."""
    rng = np.random.default_rng(0)
    answers = ["".join(parts) for parts in product(OPENINGS, MIDDLES, ENDS)]
    rows = [[QUESTIONS[i % 3], *rng.choice(answers, 2, replace=False)] for i in range(200)]
    _write(folder / "pairs.csv", ["prompt", "a", "b"], rows)
    _write(folder / "drafts.csv", ["prompt", "output"], [[*one.values()] for one in DRAFTS])
    pairs = Source(folder / "pairs.csv", Columns("text", ("prompt", "a", "b")))
    with create(folder / "project", pairs, task="compare", recipe=RECIPE) as project:
        for i in range(90):
            (item,) = project.next_items("ana", 1)
            a, b = (liked(item.fields[side]) for side in "ab")
            value = "tie" if a == b else "a" if a > b else "b"
            project.submit(item.id, value, annotator="ana", answer_id=f"answer-{i}")
            if i % 30 == 29:
                one_round(project)  # while `askwell serve` runs, the trainer does that by itself
        model = model_file.load(model_export.write(project, folder / "model"))
    ranked = rewarding.rank(model, folder / "drafts.csv")
    told = json.loads((folder / "model" / "manifest.json").read_text("utf-8"))
    return {
        "recipe": told["recipe"],
        "answers": told["labels"],
        "best": ranked[0].output,
        "chance": round(ranked[0].best, 2),
        "worst": ranked[-1].output,
    }


def _write(file: Path, header: list[str], rows: list[list[str]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines).writerows([header, *rows])


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1])), indent=2))  # noqa: T201
