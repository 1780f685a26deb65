"""The demo: scikit-learn's digits as pictures that a person can read, with their truth.

`python -m loop.demo FOLDER` makes the project in a process of its own, so that the one which then
serves it has not imported scikit-learn.
"""

import csv
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

from loop.creation import Source, create
from loop.dataset import Columns

SIDE = 160  # pixels; the originals are 8 × 8
AUDIT = 500  # of the 1,797 digits, so that accuracy is known to about ±3 points from the start


def write_digits(folder: Path, seed: int = 0) -> tuple[Path, Path]:
    """Write PNGs, `digits.csv` (file) and `audit.csv` (file, label) into *folder*; returns the two.

    The images are the UCI optical digits as bundled with scikit-learn (BSD-3-Clause).
    """
    digits = load_digits()
    (folder / "images").mkdir(parents=True, exist_ok=True)
    names = [f"images/{i:04d}.png" for i in range(len(digits.images))]
    for name, pixels in zip(names, digits.images, strict=True):
        paper = np.pad(255 - pixels * (255 / 16), 1, constant_values=255)
        ink = Image.fromarray(paper.astype(np.uint8))
        # A sixth larger than usual, in half the time.
        ink.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(folder / name, compress_level=1)
    order = np.random.default_rng(seed).permutation(len(names))
    audit, pool = np.sort(order[:AUDIT]), np.sort(order[AUDIT:])
    _write(folder / "digits.csv", ["file"], [[names[i]] for i in pool])
    truth = [[names[i], str(digits.target[i])] for i in audit]
    _write(folder / "audit.csv", ["file", "label"], truth)
    return folder / "digits.csv", folder / "audit.csv"


def create_demo(folder: Path) -> None:
    """Make the demo's project in *folder*. Raises `ProjectExists`."""
    with tempfile.TemporaryDirectory() as scratch:
        digits, audit = write_digits(Path(scratch))
        columns = Columns("image", ("file",), id="file")
        truth = replace(columns, label="label")
        create(folder, Source(digits, columns), audit=Source(audit, truth)).close()


def _write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


if __name__ == "__main__":
    create_demo(Path(sys.argv[1]))
