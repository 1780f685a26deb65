"""The shapes of the routes about feedback, as published at `/api/docs`."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from loop.feedback.alarms import Open
from loop.tasks.feedback import LONGEST_TEXT

SAID = ("feedback_id", "interaction_id", "kind", "value", "comment", "prompt", "output")


class RefusedOut(BaseModel):
    """A record that was not stored, and why."""

    model_config = ConfigDict(from_attributes=True)

    feedback_id: str | None
    field: str
    reason: str


class FeedbackTaken(BaseModel):
    """What became of the records; those in `saved` are on disk."""

    model_config = ConfigDict(from_attributes=True)

    saved: list[str]
    rejected: list[RefusedOut]


class AlarmOut(BaseModel):
    """Something that is going wrong, and what people said of the interactions behind it."""

    alarm_id: str
    opened_at: float = Field(description="seconds since 1970, UTC")
    told: dict[str, Any] = Field(
        description="title, words, suggestion, priority and its reasons, …"
    )
    evidence: list[dict[str, Any]]

    @classmethod
    def of(cls, one: Open) -> "AlarmOut":
        """As the API tells it."""
        evidence = [{name: row[name] for name in SAID} for row in one.evidence]
        alarm = one.alarm
        return cls(alarm_id=alarm.id, opened_at=alarm.opened_at, told=alarm.told, evidence=evidence)


class AlarmClosed(BaseModel):
    """What was done about an alarm."""

    model_config = ConfigDict(extra="forbid")

    how: Literal["mended", "a false alarm"]
    words: str | None = Field(default=None, max_length=2_000)


class CorrectionOut(BaseModel):
    """A correction that waits."""

    model_config = ConfigDict(from_attributes=True)

    feedback_id: str
    interaction_id: str
    annotator: str
    changes: str = Field(description="text, fact or label; or instruction or guideline")
    before: str | None
    after: str
    prompt: str | None
    comment: str | None
    created_at: float


class CorrectionVerdict(BaseModel):
    """What somebody decides of a correction."""

    model_config = ConfigDict(extra="forbid")

    accept: bool
    text: str | None = Field(default=None, max_length=LONGEST_TEXT, description="in its place")


class PromptOut(BaseModel):
    """A prompt in one of its versions."""

    model_config = ConfigDict(from_attributes=True)

    version: int
    text: str
