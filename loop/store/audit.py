"""The audit items as the log has them: set aside when, and asked about or not."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from loop.store.database import Database
from loop.store.log import IMPORT, JUDGEMENTS


@dataclass(frozen=True)
class Audited:
    """One audit item that is not withdrawn."""

    position: int
    drawn: int  #: in which import, counted from 0
    was_asked: bool  #: somebody has said something about it, taken back or not


def audited(db: Database) -> list[Audited]:
    """All of them, by position."""
    sizes = db.execute(
        "SELECT json_extract(value, '$.items') FROM log WHERE kind = 'import' ORDER BY seq"
    )
    ends = list(accumulate(n for (n,) in sizes))
    judged = ", ".join(f"'{kind}'" for kind in JUDGEMENTS)
    found = db.execute(
        "SELECT position, EXISTS (SELECT 1 FROM log l WHERE l.position = i.position "
        f"AND l.kind IN ({judged})) FROM items i WHERE share = 'audit' "
        "AND position NOT IN (SELECT position FROM withdrawn) ORDER BY position"
    )
    return [Audited(p, bisect_right(ends, p), bool(asked)) for p, asked in found]


def believed(db: Database) -> set[int]:
    """The positions of those whose label is more than one person's word.

    It was decided, came with the data as an audit file's truth, or is what two people say.
    """
    found = db.execute(
        "SELECT position FROM items WHERE share = 'audit' AND (position IN ("
        "SELECT position FROM decided) OR position IN ("
        "SELECT position FROM standing WHERE kind = 'label' GROUP BY position "
        f"HAVING sum(annotator = '{IMPORT}') OR count(*) > count(DISTINCT value)))"
    )
    return {position for (position,) in found}
