"""The shapes of `/api/v1/review` and `/api/v1/decisions`, where the last word is spoken."""

from pydantic import BaseModel, ConfigDict, Field

from loop.decisions import Terms
from loop.reviewing import LONGEST_WHY, Case, Verdict, against
from loop.store.doubts import Doubt
from ui.schema import ItemOut, Text

MOST = 100  # items, or decisions, at once


class GivenOut(BaseModel):
    """What somebody said of an item."""

    model_config = ConfigDict(from_attributes=True)

    annotator: str
    kind: str
    label: str | list[str] | None
    comment: str | None
    at: float = Field(description="seconds since 1970, UTC")
    suggestion: str | None = Field(description="that they saw before they answered")
    guideline_version: int | None


class DoubtOut(BaseModel):
    """What speaks against a label."""

    label: str
    said: str = Field(description="what models say instead")
    probability: float = Field(description="of that, by a model of the project's recipe")
    against: list[str] = Field(description="what speaks against the label, in words")

    @classmethod
    def of(cls, doubt: Doubt) -> "DoubtOut":
        """As the API shows it."""
        return cls(
            label=doubt.label,
            said=doubt.said,
            probability=doubt.probability,
            against=against(doubt),
        )


class CaseOut(BaseModel):
    """An item to review, and all that was said of it, oldest first."""

    item: ItemOut
    reasons: list[str] = Field(description="of `loop.store.reviews`, most pressing first")
    given: list[GivenOut]
    doubt: DoubtOut | None = Field(description="what speaks against the label")

    @classmethod
    def of(cls, case: Case, terms: Terms) -> "CaseOut":
        """As the API shows it."""
        return cls(
            item=ItemOut.of(case.item, terms),
            reasons=case.reasons,
            given=[GivenOut.model_validate(one) for one in case.given],
            doubt=DoubtOut.of(case.doubt) if case.doubt else None,
        )


class Review(BaseModel):
    """What waits for review, the most pressing first."""

    waiting: dict[str, int] = Field(description="how many items, by reason; some have several")
    cases: list[CaseOut]


class DecisionIn(BaseModel):
    """The last word on an item. Every answer on it stays."""

    model_config = ConfigDict(extra="forbid")

    item_id: Text
    label: Text | list[Text] | None = Field(description="null takes the decision in force back")
    gold: bool = Field(default=False, description="ask it silently, to see who judges so")
    why: str | None = Field(default=None, max_length=LONGEST_WHY)

    def verdict(self) -> Verdict:
        """As the loop wants it."""
        return Verdict(self.item_id, self.label, self.gold, self.why)


class DecisionsIn(BaseModel):
    """Decisions: all of them are stored, or none."""

    model_config = ConfigDict(extra="forbid")

    decisions: list[DecisionIn] = Field(max_length=MOST)


class DecisionsOut(BaseModel):
    """What became of them."""

    changed: int = Field(description="of them, those that were not in force already")
