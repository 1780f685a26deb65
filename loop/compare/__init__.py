"""Comparing strategies on data whose answers are known: the same splits and seeds for each.

`sets` reads the data, or `replay` takes a project's labels for it; `cell` is one strategy on one
split, `engine` runs the cells that are missing; `statistics`, `report` and `bias` say what came of
it, `across` what several cases say together, and `job` is a process that does it for a page.
"""

from loop.compare.across import across_cases, table_across
from loop.compare.cell import Cell, Point, Protocol, Split
from loop.compare.engine import Outcome, Where, outcomes, run
from loop.compare.manifest import manifest
from loop.compare.plan import Plan
from loop.compare.replay import Replay, replayed
from loop.compare.report import BASELINE, document, documents, table
from loop.compare.sets import Arrays, DataSet, Rows, read

__all__ = [
    "BASELINE",
    "Arrays",
    "Cell",
    "DataSet",
    "Outcome",
    "Plan",
    "Point",
    "Protocol",
    "Replay",
    "Rows",
    "Split",
    "Where",
    "across_cases",
    "document",
    "documents",
    "manifest",
    "outcomes",
    "read",
    "replayed",
    "run",
    "table",
    "table_across",
]
