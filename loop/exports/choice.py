"""Which answers an export is of, and how it is split; unknown words are refused by name."""

import datetime
import difflib
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from loop import tasks
from loop.exports.errors import ExportError
from loop.exports.raters import Raters
from loop.settings import Settings
from loop.store import Database, items, leaving, play
from loop.store.log import JUDGEMENTS
from loop.tasks.task import OUTPUT

if TYPE_CHECKING:
    from loop.exports.outgoing import Row

KINDS = (*tasks.KINDS, *JUDGEMENTS[1:], play.SIGNAL)
SHARES = (items.POOL, items.AUDIT)
RESERVED = {"manifest", "schema", "croissant", "readme", "settings", "annotators"}  # files beside


@dataclass(frozen=True)
class Choice:
    """Which answers are wanted; what is None or empty chooses all. Times: seconds since 1970."""

    kinds: tuple[str, ...] = ()
    since: float | None = None  #: at this time or later
    until: float | None = None  #: before this time
    annotators: tuple[str, ...] = ()  #: by their names or their pseudonyms
    model_versions: tuple[str, ...] = ()
    share: str | None = None  #: what is said about interactions is of none

    @property
    def chosen(self) -> dict[str, Any]:
        """What is neither None nor empty, by its name."""
        return {name: value for name, value in vars(self).items() if value not in ((), None)}

    def told(self, raters: Raters) -> dict[str, Any]:
        """What a manifest says of it: only what was chosen, people as the export calls them."""
        told = self.chosen
        if self.annotators:
            told["annotators"] = tuple(dict.fromkeys(map(raters.called, self.annotators)))
        for name in {"since", "until"} & told.keys():
            told[name] = rfc3339(told[name])
        return {name: list(v) if isinstance(v, tuple) else v for name, v in told.items()}

    def check(self, db: Database, settings: Settings, raters: Raters) -> None:
        """Raise `ExportError` for a word that names nothing here."""
        _known("kind", self.kinds, KINDS)
        _known("share", [self.share] if self.share else [], SHARES)
        if self.annotators:
            there = leaving.people(db)
            _known("annotator", self.annotators, {*there, *map(raters.pseudonym, there)})
        if self.model_versions:
            there = leaving.model_versions(db, settings.systems.get(OUTPUT))
            _known("model version", self.model_versions, there)
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ExportError(
                f"Nothing is since {rfc3339(self.since)} and before {rfc3339(self.until)}."
            )

    def has(self, row: "Row", raters: Raters) -> bool:
        """Whether an answer is one of those wanted."""
        given = row.judgement
        return (
            (not self.kinds or given.kind in self.kinds)
            and (self.since is None or given.created_at >= self.since)
            and (self.until is None or given.created_at < self.until)
            and self.is_by(given.annotator, raters)
            and (not self.model_versions or row.model_version in self.model_versions)
            and (self.share is None or row.share == self.share)
        )

    def is_by(self, annotator: str, raters: Raters) -> bool:
        """Whether answers of somebody are wanted."""
        names = {annotator, raters.pseudonym(annotator)}
        return not self.annotators or not names.isdisjoint(self.annotators)


@dataclass(frozen=True)
class Splits:
    """Shares of the rows by name, or none. What is the same content is on one side."""

    shares: Mapping[str, float] = field(default_factory=dict)

    def of(self, key: str) -> str:
        """The split of what has this content; empty where there are none.

        By the content alone: an item stays on its side whatever else comes in, in any project.
        """
        if not self.shares:
            return ""
        # Twenty times as quick as a generator, and as evenly spread.
        place = int.from_bytes(blake2b(key.encode("utf-8", "replace"), digest_size=7).digest())
        at, end = place / 2**56, 0.0
        for name, share in self.shares.items():
            end += share
            if at < end:
                return name
        return name  # shares of 1 in sum, but for the last bit


def splits(text: str | None) -> Splits:
    """The splits that words like `train=0.8,test=0.2` name. Raises `ExportError`."""
    shares: dict[str, float] = {}
    for part in (text or "").split(",") if text else ():
        name, _, share = part.partition("=")
        name = name.strip()
        try:
            number = float(share)
        except ValueError:
            number = math.nan
        if not name.isidentifier() or name in shares or not 0 < number < 1:
            raise ExportError(
                f"A split is a name of its own and a share, as train=0.8,test=0.2; {part!r} is not."
            )
        if name.casefold() in RESERVED:
            raise ExportError(
                f"A file beside the data is called {name!r}; name the split otherwise."
            )
        shares[name] = number
    if shares and not math.isclose(sum(shares.values()), 1, abs_tol=1e-6):
        raise ExportError(
            f"The shares of the splits come to {sum(shares.values()):g}, and have to come to 1."
        )
    return Splits(shares)


def moment(text: str) -> float:
    """Seconds since 1970 of an RFC 3339 date, or date and time. Raises `ExportError`."""
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError as why:
        raise ExportError(f"{text!r} is no date such as 2026-03-01 or 2026-03-01T09:30Z.") from why
    if found.tzinfo is None:
        if len(text) > len("2026-03-01"):
            raise ExportError(f"{text!r} has no time zone; end it with Z, or with +01:00.")
        found = found.replace(tzinfo=datetime.UTC)
    return found.timestamp()


def rfc3339(seconds: float | None) -> str | None:
    """A time as files have it: UTC, to the millisecond."""
    if seconds is None:
        return None
    found = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _known(what: str, given: Iterable[str], there: Collection[str]) -> None:
    for one in given:
        if one not in there:
            near = difflib.get_close_matches(one, there, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ExportError(
                f"There is no {what} {one!r} here.{hint} Known: {', '.join(sorted(there))}."
            )
