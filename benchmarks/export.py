"""A million answers written out: rows a second, and the largest memory at 100,000 and at a million.

Beside them, in the same run, what it takes at least: the same rows of the table by Python's csv
module, and by the shell of SQLite where it is installed. The machine is shared, so seconds are
those of the processor; each export runs in a process of its own.
"""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from loop.creation import Source, create
from loop.dataset import Columns
from loop.store import log
from loop.store.log import Event

SIZES = (100_000, 1_000_000)
PEOPLE = 4  # answers on each item
FORMATS = ("csv", "jsonl", "parquet", "label-studio")
SQL = (
    "SELECT l.*, i.id, i.fields, i.meta, i.share FROM standing s JOIN log l USING (seq) "
    "JOIN items i ON i.position = s.position ORDER BY l.seq"
)
MEASURED = """
import json, re, resource, sys
from pathlib import Path
{body}
used = resource.getrusage(resource.RUSAGE_SELF)
# Not ru_maxrss: a child begins with its parent's.
most = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print(json.dumps([used.ru_utime + used.ru_stime, int(most) / 1024]))
"""
EXPORT = """
from loop import Project, exports
with Project.open(sys.argv[1]) as project:
    exports.write(project, sys.argv[3], Path(sys.argv[2]))
"""
VERIFY = """
from loop.exports.verify import check
assert not check(Path(sys.argv[2])).problems
"""
PLAIN = """
import csv, sqlite3
db = sqlite3.connect(Path(sys.argv[1]) / "project.db")
with open(sys.argv[2], "w", newline="", encoding="utf-8") as file:
    csv.writer(file).writerows(db.execute(sys.argv[3]))
"""


def measure() -> dict[str, Any]:
    """Both sizes, each format, and the plain dumps beside them."""
    figures: dict[str, Any] = {"formats": FORMATS, "people_an_item": PEOPLE}
    with tempfile.TemporaryDirectory() as scratch:
        for n in SIZES:
            folder = Path(scratch) / f"answers-{n}"
            _project(folder, n)
            figures[f"{n:,}"] = _measured(folder, n, Path(scratch))
            shutil.rmtree(folder)
    return figures


def _project(folder: Path, n: int) -> None:
    """So many answers on short texts, stored as the loop stores them, without its checks."""
    data = folder.with_suffix(".csv")
    with data.open("w", encoding="utf-8") as file:
        file.write("id,text\n")
        file.writelines(f"r{i},a short text of the number {i}\n" for i in range(n // PEOPLE))
    source = Source(data, Columns("text", ("text",), id="id"))
    with (
        create(folder, source, classes=("yes", "no"), overlap=PEOPLE) as project,
        project.store.write_much() as db,
    ):
        log.append(db, (_answer(i, n) for i in range(n)))
        db.execute(
            "INSERT INTO standing(position, annotator, seq, kind, value) "
            "SELECT position, annotator, seq, kind, value FROM log WHERE kind = 'label'"
        )
    data.unlink()


def _answer(i: int, n: int) -> Event:
    return Event(
        f"answer-{i:09}",
        "label",
        f"person-{i // (n // PEOPLE)}",
        i % (n // PEOPLE),
        "yes" if i % 3 else "no",
        shown_at=1.76e9 + i,
        answered_at=1.76e9 + i + 2.5,
        strategy="margin",
        score=0.5,
        rank=i % 100,
        model_version=1 + i % 50,
    )


def _measured(folder: Path, n: int, scratch: Path) -> dict[str, Any]:
    plain = _run(PLAIN, folder, scratch / "plain.csv", SQL)
    found: dict[str, Any] = {"plain csv by Python": _told(n, plain, plain)}
    shell = _shell(folder)
    if shell is not None:
        found["plain csv by SQLite's shell"] = _told(n, shell, plain)
    for form in FORMATS:
        out = scratch / form
        found[form] = _told(n, _run(EXPORT, folder, out, form), plain)
        found[form]["mib_on_disk"] = _size(out)
        if form == "csv":
            found["verify csv"] = _told(n, _run(VERIFY, folder, out, form), plain)
        shutil.rmtree(out)
    return found


def _run(body: str, *arguments: object) -> tuple[float, float]:
    """Seconds of the processor and the largest memory (MiB) of a process that does this."""
    command = [sys.executable, "-c", MEASURED.format(body=body), *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, mib = json.loads(done.stdout.splitlines()[-1])
    return seconds, mib


def _shell(folder: Path) -> tuple[float, float] | None:
    """The same of SQLite's shell, where there is one; of its memory nothing is known."""
    shell = shutil.which("sqlite3")
    if shell is None:
        return None
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [shell, "-csv", str(folder / "project.db"), SQL]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 0


def _told(n: int, used: tuple[float, float], plain: tuple[float, float]) -> dict[str, Any]:
    seconds, mib = used
    return {
        "seconds": round(seconds, 1),
        "rows_a_second": round(n / seconds),
        "times_plain": round(seconds / plain[0], 2),
        "mib_most": round(mib),
    }


def _size(folder: Path) -> int:
    return round(sum(one.stat().st_size for one in folder.rglob("*") if one.is_file()) / 2**20)
