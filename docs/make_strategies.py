"""Writes docs/strategies.md from the registry: `make docs`."""

import inspect
import json
import sys
from itertools import groupby
from pathlib import Path

import strategies

PAGE = Path(__file__).parent / "strategies.md"
RESULTS = PAGE.parent.parent / "benchmarks/results/strategies_field.json"
HEAD = """\
# Query strategies

<!-- Written by docs/make_strategies.py from the strategies themselves; `make docs` writes it anew. -->

Which items should be asked next? `askwell init … --strategy NAME` chooses; the **Settings** page changes it. A higher
score always means: ask sooner. *p* are the class probabilities of a row, *C* is the number of classes, *n* of rows in
the pool, *d* of features. What a strategy needs and a project cannot give is refused when it is chosen. *Time* is that of
100 picks from 1,000,000 rows of 384 numbers on two cores, where it was measured (`benchmarks/results/strategies_field.json`).

A new project has `uherding`, [by measurement](defaults.md); `margin` is near it in most cases, and the cheapest. Compare with
`random` on your own data before you trust another. To write your own, see
[Add a query strategy in one file](architecture.md#add-a-query-strategy-in-one-file).

"""


def page() -> str:
    """The whole page, as Markdown."""
    every = [strategies.get(name) for name in strategies.names()]
    rows = [
        f"| [`{one.name}`](#{one.name}) | {one.label} | {_needs(one)} | {one.cost} | {_time(one)} |\n"
        for one in every
    ]
    parts = [HEAD, "| name | | needs | cost | time |\n|---|---|---|---|---|\n", *rows]
    for _, family in groupby(sorted(every, key=_family), key=_family):
        members = list(family)
        parts += [f"\n## {_heading(members[0])}\n", *map(_of, members)]
    return "".join(parts)


def _time(one: strategies.Strategy) -> str:
    """What 100 picks of a million rows took."""
    found = json.loads(RESULTS.read_text(encoding="utf-8"))["figures"]["million"]
    return f"{found[one.name]['seconds']:.1f} s" if one.name in found else "–"


def _family(one: strategies.Strategy) -> str:
    return one.choose.__module__


def _heading(one: strategies.Strategy) -> str:
    """What the docstring of its module begins with."""
    about = inspect.getdoc(sys.modules[_family(one)]) or one.label
    return about.splitlines()[0].partition(":")[0].rstrip(".")


def _needs(one: strategies.Strategy) -> str:
    return ", ".join(sorted(one.needs)) or "nothing"


def _of(one: strategies.Strategy) -> str:
    what = one.what.replace("\n\n", "\0").replace("\n", " ").replace("\0", "\n\n")
    facts = [
        f"- **score**: `{one.formula}`\n",
        f"- **when**: {one.when}\n",
        f"- **needs** {_needs(one)}; **costs** {one.cost}\n",
        f"- **from** {one.paper}\n" if one.paper else "",
    ]
    return f"\n### {one.name}\n\n{one.label}. {what}\n\n{''.join(facts)}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
