"""What goes out, one row at a time: people's answers, then the model's pre-labels if wanted."""

import heapq
import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any

from loop.exports.choice import Choice, Splits
from loop.exports.raters import Raters
from loop.feedback import judgements
from loop.pre_labels import PreLabels
from loop.settings import Settings
from loop.store import Database, feedback, items, leaving, play
from loop.store.items import content_of
from loop.tasks.judgement import Judgement
from loop.tasks.task import PROMPT

PEOPLE, MODEL = "people", "model"  # whose answer a row is
ABOUT_INTERACTIONS = "feedback on an interaction, which is no item"
ABOUT_PLAY = "signal to an agent at play, which is no item"
PRE_LABEL = "pre-label"  # the kind of a row that is the model's
AT_ONCE = 1_000  # items of pre-labels that are read at once
DIGITS = 4  # of a confidence: more are not kept
NUMBERS = {"integer", "real"}  # SQLite's words for JSON's
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Row:
    """A judgement with what is known of it beside."""

    judgement: Judgement
    key: str  #: its content: what has the same is on the same side of a split
    model_version: str | None  #: of what made the output, else of askwell's model that asked
    fields: Mapping[str, Any] = field(default_factory=dict)  #: of its item
    meta: Mapping[str, Any] = field(default_factory=dict)
    share: str | None = None  #: of its item
    asked: Mapping[str, Any] = field(default_factory=dict)  #: its row of the log, or of feedback
    source: str = PEOPLE
    confidence: float | None = None


@dataclass
class Outgoing:
    """One export under way: what it is of, and what is known of all of it. `db` is one moment."""

    settings: Settings
    db: Database
    raters: Raters
    choice: Choice = field(default_factory=Choice)
    splits: Splits = field(default_factory=Splits)
    accepted: Container[str] = ()  #: ids of the corrections that count, of those from applications
    pre_labels: PreLabels | None = None
    left_out: dict[str, int] = field(default_factory=dict)  #: rows by the reason; grows meanwhile

    def leave_out(self, why: str, n: int = 1) -> None:
        """Count rows that do not go out."""
        if n:
            self.left_out[why] = self.left_out.get(why, 0) + n

    @cached_property
    def columns(self) -> dict[str, tuple[str, str]]:
        """The columns of the items: as flat rows call them → where they stand, their own name."""
        of_fields = {f"field_{name}": ("fields", name) for name in self.settings.columns}
        return of_fields | {f"meta_{name}": ("meta", name) for name in self.settings.meta}

    @cached_property
    def types(self) -> dict[str, str]:
        """What these hold: `number` where nothing else stands in them, else `string`."""
        return {name: self._type(*place) for name, place in self.columns.items()}

    def _type(self, where: str, column: str) -> str:
        if where == "fields" and self.settings.kinds[column] != "table":
            return "string"
        found = leaving.types_of(self.db, column, where)
        return "number" if found and found <= NUMBERS else "string"  # a long number is an id


def of_items(out: Outgoing, *, by_item: bool = False) -> Iterator[Row]:
    """The chosen answers about items, in the order of the log or item by item."""
    for told in leaving.answers(out.db, by_item=by_item):
        made = judgements.of_item(out.settings, told)
        asked = told["model_version"]
        row = Row(
            made,
            key_of(told["fields"]) if out.splits.shares else "",
            made.model_version or (str(asked) if asked else None),
            told["fields"],
            told["meta"] or NOTHING,
            told["share"],
            told,
        )
        if out.choice.has(row, out.raters):
            yield row


def of_interactions(out: Outgoing) -> Iterator[Row]:
    """The chosen feedback about interactions, in the order in which it came."""
    for told in feedback.standing(out.db):
        made = judgements.of_interaction(out.settings, told)
        key = made.prompt or f"\0{made.interaction_id}"
        row = Row(made, key, made.model_version, asked=told)
        if out.choice.has(row, out.raters):
            yield row


def of_signals(out: Outgoing) -> Iterator[Row]:
    """The chosen signals to an agent at play, oldest first; an episode stays together."""
    for told in play.standing(out.db):
        said = told["said"]
        made = Judgement(
            feedback_id=told["signal_id"],
            kind=play.SIGNAL,
            item_id=None,
            interaction_id=None,
            annotator=told["annotator"],
            created_at=told["received_at"],
            value=said.value,
            payload=asdict(said),
        )
        row = Row(made, f"\0episode {said.episode}", None, asked=told)
        if out.choice.has(row, out.raters):
            yield row


def everything(out: Outgoing) -> Iterator[Row]:
    """All of these, and the model's labels behind."""
    yield from of_items(out)
    yield from of_interactions(out)
    yield from of_signals(out)
    if out.pre_labels is not None:
        yield from _of_the_model(out, out.pre_labels)


@dataclass(frozen=True, slots=True)
class Case:
    """An item with all that goes out of what was said of it."""

    item_id: str
    fields: Mapping[str, Any]
    meta: Mapping[str, Any]
    rows: Sequence[Row]  #: oldest first
    gold: Mapping[str, Any] | None  #: see `leaving.gold`


def leave_out_without_item(out: Outgoing) -> None:
    """Count what was said about interactions, or of play, as left out."""
    out.leave_out(ABOUT_INTERACTIONS, sum(1 for _ in of_interactions(out)))
    out.leave_out(ABOUT_PLAY, sum(1 for _ in of_signals(out)))


def by_item(out: Outgoing) -> Iterator[Case]:
    """The chosen answers item by item, with gold items that nobody answered among them.

    What was decided is no answer of anybody's: where more than the share is chosen it stays here.
    """
    leave_out_without_item(out)
    answers = ((row.asked["position"], row, None) for row in of_items(out, by_item=True))
    decided = () if out.choice.chosen.keys() - {"share"} else leaving.gold(out.db)
    gold = (
        (one["position"], None, one) for one in decided if out.choice.share in {None, one["share"]}
    )
    both = heapq.merge(answers, gold, key=itemgetter(0))
    for _, found in groupby(both, key=itemgetter(0)):
        of_one = list(found)
        rows = [row for _, row, _ in of_one if row is not None]
        word = next((one for *_, one in of_one if one is not None), None)
        about: Mapping[str, Any] = rows[0].asked if rows else word or NOTHING
        item_id = rows[0].judgement.item_id if rows else about["id"]
        yield Case(str(item_id), about["fields"], about["meta"] or NOTHING, rows, word)


def as_text(cell: Any) -> str:
    """A cell of a column of texts: what is none, as JSON has it."""
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


def key_of(fields: Mapping[str, Any]) -> str:
    """What two items have in common that must not be on two sides: the prompt, else all of it."""
    return str(fields.get(PROMPT) or "") or content_of(dict(fields))


def _of_the_model(out: Outgoing, made: PreLabels) -> Iterator[Row]:
    """A row of each pre-label, of what there is to say of it."""
    positions = made.positions.tolist()
    for first in range(0, len(positions), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        found = items.at(out.db, positions[some])
        for item, label, sure in zip(
            found, made.labels[some], made.sure[some].tolist(), strict=True
        ):
            said = Judgement(
                feedback_id="",
                kind=PRE_LABEL,
                item_id=item.id,
                interaction_id=None,
                annotator="",
                created_at=0,
                value=label,
                payload={"label": label},
            )
            yield Row(
                said,
                key_of(item.fields),
                str(made.model),
                item.fields,
                item.meta,
                item.share,
                source=MODEL,
                confidence=round(sure, DIGITS),
            )
