"""The shapes of the routes of play."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from loop.play.terms import FASTEST, SLOWEST

Id = Annotated[str, Field(min_length=8, max_length=100)]


class SignalIn(BaseModel):
    """Good or bad, or `undo` for the caller's last one. Sent again with its id, it is still one."""

    model_config = ConfigDict(extra="forbid")

    signal_id: Id
    value: Literal[1, -1, "undo"]
    life: str = Field(max_length=100, description="of the player, as the frames say it")
    at: float = Field(
        allow_inf_nan=False,
        description="when, on the player's clock: a frame's `at`, and the seconds since it came",
    )


class SignalsIn(BaseModel):
    """Some signals, the oldest first."""

    model_config = ConfigDict(extra="forbid")

    signals: list[SignalIn] = Field(min_length=1, max_length=100)


class SignalRejected(BaseModel):
    """A signal that was not stored, and why."""

    signal_id: str
    reason: str


class SignalsOut(BaseModel):
    """What became of the signals; those in `saved` are on disk."""

    saved: list[str]
    rejected: list[SignalRejected]


class Control(BaseModel):
    """How play goes on, for all who watch."""

    model_config = ConfigDict(extra="forbid")

    do: Literal["pause", "go", "speed"]
    speed: float = Field(
        default=SLOWEST, ge=SLOWEST, le=FASTEST, description="with `speed`: steps a second"
    )


class Read(BaseModel):
    """How far a stream was read."""

    model_config = ConfigDict(extra="forbid")

    stream: Id
    line: int = Field(ge=1)


class EpisodeOut(BaseModel):
    """An episode that ended, and how many signals counted then."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    score: float
    steps: int
    signals: int


class PlayOut(BaseModel):
    """What is played, and how it went."""

    environment: str
    actions: list[str]
    episodes: list[EpisodeOut]
