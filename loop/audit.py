"""Which items of an import are set aside to measure accuracy on. A pure decision."""

from collections.abc import Mapping, Sequence

import numpy as np

from loop.dataset import Record
from loop.settings import Settings
from loop.store.items import AUDIT, POOL


def shares(
    settings: Settings,
    first: int,
    rows: Sequence[tuple[Record, str]],
    there: Mapping[str, str],
) -> list[str]:
    """The share of each of *rows*, given as record and content: `audit` or `pool`.

    A seeded random share of an import is set aside to measure accuracy. Copies of a row go with it,
    and copies of what is *there* (content → share) with that, or the model would be measured on
    what it was trained on. Rows that came with a label are not drawn: they are another sample, and
    would be measured first.
    """
    size = min(settings.audit_most, round(settings.audit_share * len(rows)))
    copies: dict[str, list[int]] = {}
    for row, (_, content) in enumerate(rows):
        copies.setdefault(content, []).append(row)
    groups = [
        among
        for content, among in copies.items()
        if content not in there and all(rows[row][0].label is None for row in among)
    ]
    drawn: set[int] = set()
    rng = np.random.default_rng([settings.seed, first] if first else settings.seed)
    for group in rng.permutation(len(groups)):
        if len(drawn) >= size:
            break
        drawn.update(groups[group])
    return [
        AUDIT if row in drawn else there.get(content, POOL) for row, (_, content) in enumerate(rows)
    ]
