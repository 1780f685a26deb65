"""The files that the compare page offers of a run, each by its name."""

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

from ui import compare_charts, compare_report, report_page

Found = Mapping[str, Any]


def made(name: str, found: Found, *, log: bool) -> str | bytes:
    """The file *name* of `FILES`; *log*: its axis of labels is logarithmic."""
    return FILES[name](found, log)


def _drawn(found: Found, log: bool) -> str:  # noqa: FBT001 - as each of FILES is called
    return compare_report.svg(compare_charts.curves(found["cases"][0], log=log))


def _csv(found: Found) -> str:
    file = io.StringIO()
    header = ("case", "strategy", "labels", *compare_report.POINT)
    csv.writer(file).writerows([header, *compare_report.points(found)])
    return file.getvalue()


FILES: Mapping[str, Callable[[Found, bool], str | bytes]] = {
    "report.html": lambda found, _: report_page.page(found),
    "points.csv": lambda found, _: _csv(found),
    "curves.svg": _drawn,
    "curves.png": lambda found, log: compare_report.png(_drawn(found, log)),
}
