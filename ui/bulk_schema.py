"""The shapes of `/api/v1/bulk`, where many items are labeled at once."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from loop import bulk, bulk_choice, slices
from loop.decisions import Terms
from loop.slices import Slice
from loop.store import batches
from ui.schema import MOST_VERSIONS, ItemOut, Text

BATCH = Field(
    pattern=batches.PATTERN,
    description="made up by the caller, once: `bulk-` and 8 to 64 hexadecimal digits",
)


class Choice(BaseModel):
    """Which open items, and how many of them."""

    model_config = ConfigDict(extra="forbid")

    words: str | None = Field(default=None, max_length=200, description="in the id or a field")
    says: str | None = Field(
        default=None, max_length=1_000, description="the class that the model holds for likeliest"
    )
    least: float = Field(default=0, ge=0, le=1, description="with at least this probability")
    cluster: int | None = Field(default=None, ge=0, le=10_000)
    second: str | None = Field(
        default=None, max_length=1_000, description="the class that it holds for next likeliest"
    )
    by: Literal["meta", "length"] | None = Field(
        default=None, description="a column of metadata, or the characters of the texts"
    )
    column: str | None = Field(default=None, max_length=1_000, description="of metadata")
    value: str | None = Field(default=None, max_length=slices.LONGEST, description="blank is ''")
    low: float | None = Field(default=None, description="numbers from here on")
    high: float | None = Field(default=None, description="and below this")
    n: int = Field(default=100, ge=1, le=bulk.MOST)
    skip: int = Field(default=0, ge=0, le=1_000_000_000)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        ends, told = {self.low, self.high} - {None}, self.value is not None
        if self.by is None and (self.column or told or ends):
            raise ValueError("column, value, low and high need by: meta or length")
        if self.by == "meta" and not (self.column and told != bool(ends)):
            raise ValueError("by meta needs a column, and either a value or low, high or both")
        if self.by == "length" and (self.column or told or not ends):
            raise ValueError("by length needs low, high or both, and neither column nor value")
        if self.second is not None and self.says is None:
            raise ValueError("second needs says")
        return self

    @classmethod
    def of(cls, choice: bulk_choice.Choice) -> Self:
        """As the API and the address of the page have it."""
        told = vars(choice) | (vars(choice.part) if choice.part else {})
        del told["part"]
        return cls(**told)

    def choice(self) -> bulk_choice.Choice:
        """As the loop wants it."""
        return bulk_choice.Choice(
            self.words, self.says, self.least, self.cluster, self.second, self.part
        )

    @property
    def part(self) -> Slice | None:
        """The slice, if there is one."""
        if self.by is None:
            return None
        return Slice(self.by, self.column, self.value, self.low, self.high)


class BulkItem(ItemOut):
    """One item among many; its texts are cut."""

    probability: float | None = Field(default=None, description="of the class asked for")


class ClusterOut(BaseModel):
    """Items that are alike."""

    number: int
    open: int = Field(description="of its items that may be labeled here now")
    words: list[str] = Field(description="most telling first; none without texts")


class LastBatch(BaseModel):
    """The caller's last batch of which something stands."""

    batch_id: str
    value: str | list[str]
    items: int


class Offer(BaseModel):
    """What fits: likeliest first, else nearest to the cluster's middle, else in order of import.

    Where `second` is given, the likeliest of that come first.
    """

    items: list[BulkItem]
    fit: int = Field(description="items in all")
    clusters: list[ClusterOut] = Field(description="of all open items, whatever was chosen")
    guessed_by: int | None = Field(description="the model that `says` asks; none before the first")
    last: LastBatch | None

    @classmethod
    def of(cls, offer: bulk.Offer, terms: Terms) -> "Offer":
        """As the API shows it."""
        return cls(
            items=[
                BulkItem(
                    **ItemOut.of(one.item, terms).model_dump(),
                    probability=one.probability,
                )
                for one in offer.items
            ],
            fit=offer.fit,
            clusters=[
                ClusterOut(number=one.number, open=one.open, words=list(one.words))
                for one in offer.clusters
            ],
            guessed_by=offer.guessed_by,
            last=LastBatch(**vars(offer.last)) if offer.last else None,
        )


class BatchIn(BaseModel):
    """One answer about many items. Sent again with the same `batch_id`, it is still one."""

    model_config = ConfigDict(extra="forbid")

    batch_id: str = BATCH
    item_ids: list[Text] = Field(min_length=1, max_length=bulk.MOST)
    value: Text | list[Text]
    says: str | None = Field(
        default=None,
        max_length=1_000,
        description="the model's class by which they were chosen: it was on screen, and is logged",
    )
    guessed_by: int | None = Field(
        default=None,
        ge=0,
        le=MOST_VERSIONS,
        description="the model that said so; the newest if left out",
    )
    shown_at: float | None = Field(default=None, description="seconds since 1970, UTC")
    answered_at: float | None = None
    guideline_version: int | None = Field(
        default=None,
        ge=0,
        le=MOST_VERSIONS,
        description="that was on screen; the newest if left out",
    )

    def batch(self) -> bulk.Batch:
        """As the loop wants it."""
        return bulk.Batch(**self.model_dump())


class LeftOut(BaseModel):
    """An item that was not labeled, and why."""

    item_id: str
    reason: str


class BatchOut(BaseModel):
    """What became of a batch; what is in `saved` is on disk."""

    batch_id: str
    saved: list[str] = Field(description="ids of items")
    left_out: list[LeftOut]

    @classmethod
    def of(cls, batch_id: str, done: bulk.Done) -> "BatchOut":
        """As the API tells it."""
        left_out = [LeftOut(item_id=item_id, reason=why) for item_id, why in done.left_out]
        return cls(batch_id=batch_id, saved=done.saved, left_out=left_out)


class BatchUndo(BaseModel):
    """Which batch goes back."""

    model_config = ConfigDict(extra="forbid")

    batch_id: str = BATCH


class BatchTakenBack(BaseModel):
    """The batch, and how many answers it had."""

    batch_id: str
    items: int
