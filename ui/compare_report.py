"""Writes what a comparison found into a folder: a page, pictures, tables, the manifest."""

import csv
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, count
from pathlib import Path
from typing import Any

import vl_convert

from loop.errors import SettingsError
from ui import compare_charts
from ui.report_page import Told, page

WIDTH = 720  # pixels of a picture
SCALE = 2  # of its PNG, for sharp screens
POINT = ("mean", "lo", "hi", "macro_f1", "calibration_error", "seeds")
_LONGEST = 80  # characters of a name

Row = Sequence[object]


def prepare(folder: Path) -> None:
    """Make the folder. Raises `SettingsError` where nothing can be written to it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as why:
        raise SettingsError(
            f"A report cannot be written to {folder}: {why.strerror}. Name another folder."
        ) from why


def write(folder: Path, told: Told) -> None:
    """The report's files; those of an earlier one with the same names are replaced."""
    prepare(folder)
    (folder / "report.html").write_text(page(told), encoding="utf-8")
    for name, chart in pictures(told):
        drawn = svg(chart)
        (folder / f"{name}.svg").write_text(drawn, encoding="utf-8")
        (folder / f"{name}.png").write_bytes(png(drawn))
    _write_csv(folder / "points.csv", ("case", "strategy", "labels", *POINT), points(told))
    _write_csv(folder / "areas.csv", ("case", "strategy", "seed", "area"), areas(told))
    manifest = json.dumps(told["manifest"], indent=2)
    (folder / "manifest.json").write_text(manifest + "\n", encoding="utf-8")


def pictures(told: Told) -> Iterator[tuple[str, Any]]:
    """The pictures that are files, each with a name that any system takes."""
    if told["across"]["ranks"]:
        yield "ranks", compare_charts.ranks(told["across"])
    drawn = [case for case in told["cases"] if compare_charts.shown(case)]
    for case, name in zip(drawn, file_names([c["dataset"] for c in drawn]), strict=True):
        yield f"curves-{name}", compare_charts.curves(case)


def file_names(titles: Sequence[str]) -> list[str]:
    """A name for each title, of letters, digits, dots and dashes; no two are the same."""
    names: list[str] = []
    for title in titles:
        name = re.sub(r"[^\w.-]+", "-", title)[:_LONGEST].strip("-.") or "case"
        taken = {one.casefold() for one in names}
        ways = chain([name], (f"{name}_{i}" for i in count(2)))
        names.append(next(one for one in ways if one.casefold() not in taken))
    return names


def svg(chart: Any, *, dark: bool = False) -> str:
    """A picture to print or to scale."""
    spec = compare_charts.themed(chart.properties(width=WIDTH), dark=dark).to_dict()
    return str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))


def png(drawn: str) -> bytes:
    """The picture of `svg` to paste."""
    return bytes(vl_convert.svg_to_png(drawn, scale=SCALE))


def points(told: Told) -> Iterator[Row]:
    """Every point of every mean curve."""
    for case, name, one in _finished(told):
        for point in one["curve"]:
            yield case, name, point["labels"], *(point[what] for what in POINT)


def areas(told: Told) -> Iterator[Row]:
    """The area of every finished cell."""
    for case, name, one in _finished(told):
        for seed, area in one["areas"].items():
            yield case, name, seed, area


def _finished(told: Told) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for case in told["cases"]:
        for name, one in case["strategies"].items():
            if one["seeds"]:
                yield case["dataset"], name, one


def _write_csv(path: Path, header: Row, rows: Iterator[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
