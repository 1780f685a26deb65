"""What a running application sends about one of its interactions: what every kind has in common.

The models here and beside each task are the published schema; see `loop.feedback.schema`.
"""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

LONGEST_COMMENT = 10_000  # characters
LONGEST_TEXT = 200_000  # characters of a prompt or an output
MOST_OUTPUTS = 26

# No control characters: JSON functions of SQLite end a text at the first NUL.
Id = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Words = Annotated[str, Field(max_length=LONGEST_TEXT)]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class Feedback(BaseModel):
    """What somebody said of one interaction. Sent again with the same `feedback_id`, it is one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal["1.0"] = "1.0"
    feedback_id: Id = Field(description="made up by the sender, once for each feedback")
    kind: str
    interaction_id: Id = Field(description="one exchange of the application with its user")
    annotator: Id | None = Field(default=None, description="who said it; else who sends it")
    comment: str | None = Field(default=None, max_length=LONGEST_COMMENT)
    created_at: AwareDatetime | None = Field(
        default=None, description="RFC 3339 with its zone; else when it arrives"
    )
    prompt: Words | None = Field(default=None, description="what the interaction was asked")
    output: Words | None = Field(default=None, description="what it answered")
    model_version: Name | None = Field(default=None, description="of what answered")
    slices: dict[Name, Name] = Field(
        default={}, max_length=20, description="by what it is counted apart: language, customer, …"
    )

    def stored(self) -> Any:
        """The value as the task stores it."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """What the payload has beside the value."""
        return {}


class AboutOutputs(Feedback):
    """Feedback about several outputs that were shown beside each other."""

    outputs: dict[Name, Words] = Field(
        default={}, max_length=MOST_OUTPUTS, description="name → text, of each that was shown"
    )
    systems: dict[Name, Name] = Field(default={}, description="name of an output → what made it")
    order: list[Name] | None = Field(
        default=None, description="the outputs as they stood, the first or left one first"
    )

    def options(self) -> dict[str, Any]:
        """The order in which they were shown, where it is known."""
        return {} if self.order is None else {"order": self.order}
