"""The shapes of the REST API, as published at `/api/docs`."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from loop import Answer, Given
from loop.decisions import Terms
from loop.session import Why
from loop.store.items import Item
from loop.tasks.feedback import LONGEST_TEXT, MOST_OUTPUTS

Text = Annotated[str, Field(max_length=1_000)]  # an id, a class; a bound lets nothing but text in
Words = Annotated[str, Field(max_length=LONGEST_TEXT)]
MOST_VERSIONS = 2**31
MOST_HELD = 100  # items one caller may hold; the label page holds at most 30


class Health(BaseModel):
    """The server is up."""

    ok: bool
    version: str
    items: int


Answered = bool | int | float | Words | list[Text]


class ItemOut(BaseModel):
    """One item to judge. Nothing here tells an audit item from another."""

    id: str
    fields: dict[str, Any]
    meta: dict[str, Any] = Field(default={}, description="beside what is judged; read by no model")
    task: str
    suggestion: str | None = None
    guideline_version: int | None = None
    order: list[str] | None = Field(
        default=None, description="of several outputs: how they stand, the left or first one first"
    )

    @classmethod
    def of(cls, item: Item, terms: Terms) -> "ItemOut":
        """As the API shows it: not what made the outputs that are compared."""
        hidden = set(terms.settings.systems.values())
        return cls(
            id=item.id,
            fields=item.fields,
            meta={name: cell for name, cell in item.meta.items() if name not in hidden},
            order=item.order,
            suggestion=item.suggestion,
            task=terms.settings.task,
            guideline_version=terms.guideline.version or None,
        )


class Next(BaseModel):
    """What to judge next."""

    items: list[ItemOut]
    left: int
    leased_elsewhere: int
    held_back: str | None = Field(default=None, description="why the caller is asked nothing more")


class AnswerIn(BaseModel):
    """One answer. Sent again with the same `answer_id`, it is still one."""

    model_config = ConfigDict(extra="forbid")

    answer_id: str = Field(min_length=8, max_length=100)
    item_id: Text
    kind: Text = Field(
        default="label",
        description="label, for the answer to any task's question, or its own name: rating, …",
    )
    value: Answered | None = Field(
        default=None,
        description="a class; with multilabel a list of classes; a point of the scale; true or "
        "false for a thumb; a, b, tie or both-bad; the outputs in order; a text",
    )
    order: list[Text] | None = Field(
        default=None,
        max_length=MOST_OUTPUTS,
        description="of several outputs, how they stood; as `next` said if left out",
    )
    shown_at: float | None = Field(default=None, description="seconds since 1970, UTC")
    answered_at: float | None = None
    comment: str | None = Field(default=None, max_length=10_000)
    target: str | None = Field(
        default=None, max_length=100, description="for an undo: the answer taken back"
    )
    guideline_version: int | None = Field(
        default=None,
        ge=0,
        le=MOST_VERSIONS,
        description="of the guideline that was on screen; the newest if left out",
    )

    def answer(self) -> Answer:
        """As the loop wants it."""
        return Answer(**self.model_dump())


class Said(BaseModel):
    """What somebody said of an item."""

    model_config = ConfigDict(from_attributes=True)

    answer_id: str
    kind: str
    value: str | list[str] | None
    order: list[str] | None
    comment: str | None
    answered_at: float | None


class AnswerOut(Said):
    """An answer that stands, with the item it is about and what it corrected, newest first."""

    item: ItemOut
    earlier: list[Said]

    @classmethod
    def of(cls, given: Given, terms: Terms) -> "AnswerOut":
        """As the API shows it."""
        return cls(
            **Said.model_validate(given.answer).model_dump(),
            item=ItemOut.of(given.item, terms),
            earlier=[Said.model_validate(old) for old in given.earlier],
        )


class History(BaseModel):
    """The caller's own newest answers, newest first."""

    answers: list[AnswerOut]


class GuidelineOut(BaseModel):
    """How to judge. Version 0 is none yet."""

    version: int
    text: str = Field(description="Markdown")
    html: str = Field(description="the same, with every tag of its author's made harmless")


class Guess(BaseModel):
    """A class and the probability that the model gives it."""

    name: str
    probability: float


class Pulled(BaseModel):
    """A word and how far it pulled: above 0 towards the likeliest class, else away from it."""

    word: str
    pull: float


class WhyOut(BaseModel):
    """Why an item is asked. Where `after_answer`, all else is told after the caller's answer."""

    after_answer: bool
    strategy: str | None = Field(
        default=None, description="a strategy, `audit`, `again`, or `tail: …`"
    )
    score: float | None = None
    rank: int | None = None
    model_version: int | None = Field(default=None, description="of the ranking it came from")
    guessed_by: int | None = Field(default=None, description="the model whose guesses follow")
    probabilities: list[Guess] = []
    words: list[Pulled] = []

    @classmethod
    def of(cls, why: Why) -> "WhyOut":
        """As the API tells it."""
        asked = why.lease
        return cls(
            after_answer=why.after_answer,
            strategy=asked.strategy if asked else None,
            score=asked.score if asked else None,
            rank=asked.rank if asked else None,
            model_version=asked.model_version if asked else None,
            guessed_by=why.version,
            probabilities=[Guess(name=name, probability=p) for name, p in why.probabilities],
            words=[Pulled(word=word, pull=pull) for word, pull in why.pulls],
        )


class Answers(BaseModel):
    """Some answers, and what the caller still has."""

    model_config = ConfigDict(extra="forbid")

    annotations: list[AnswerIn] = Field(max_length=1_000)
    holding: list[Text] | None = Field(
        default=None,
        max_length=MOST_HELD,
        description="ids the caller has, the one on screen first; other leases of theirs end. "
        "Left out by a browser that has just opened: it gets back what it had",
    )
    next: int = Field(default=0, ge=0, le=MOST_HELD)


class ItemIn(BaseModel):
    """An item to add. Without an id its content decides which it is."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(default=None, min_length=1, max_length=1_000)
    fields: dict[str, str | float | int | bool | None]


class ItemsIn(BaseModel):
    """Some items to add, all of them or none."""

    model_config = ConfigDict(extra="forbid")

    items: list[ItemIn] = Field(min_length=1, max_length=10_000)


class ItemsAdded(BaseModel):
    """What became of them."""

    added: int
    already_there: int
    left_out: int = Field(default=0, description="erased here before; named where there are any")


class Rejected(BaseModel):
    """An answer that was not stored, and why."""

    answer_id: str
    reason: str


class LessonOut(BaseModel):
    """What is told after an answer in practice."""

    model_config = ConfigDict(from_attributes=True)

    right: bool
    label: str | list[str]
    why: str | None


class Saved(BaseModel):
    """What became of the answers; those in `saved` are on disk. `items` is the whole new queue."""

    saved: list[str]
    rejected: list[Rejected]
    items: list[ItemOut]
    left: int
    leased_elsewhere: int
    second_thoughts: dict[str, str] = Field(
        default={}, description="answer_id → the class that the model had said instead"
    )
    lessons: dict[str, LessonOut] = Field(
        default={}, description="answer_id → what is right, after an answer in practice"
    )
    held_back: str | None = Field(default=None, description="why the caller is asked nothing more")
