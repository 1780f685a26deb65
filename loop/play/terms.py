"""What a project's settings say of play. No arrays here: every process reads the settings."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

CART_POLE = "CartPole-v1"  # what is played where nothing is named
SLOWEST, FASTEST = 1.0, 60.0  # steps a second
USUAL_SPEED = 4.0  # of what is taught: a word then means one of two or three steps
CLIP_SPEED = 15.0  # of what is compared
MOST_NUMBERS = 64  # of an observation: more are a picture, which no linear model reads


class Play(BaseModel):
    """The environment that is played, and by what its states are standardised.

    The scale is measured once, by random play: what was learned rests on it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: str = Field(min_length=1)
    actions: tuple[str, ...] = Field(min_length=2)  #: what people call them
    centre: tuple[float, ...] = Field(min_length=1, max_length=MOST_NUMBERS)
    spread: tuple[float, ...] = Field(min_length=1, max_length=MOST_NUMBERS)

    @model_validator(mode="after")
    def _fits(self) -> "Play":
        if len(self.centre) != len(self.spread) or min(self.spread) <= 0:
            raise ValueError("every number of a state has a centre and a spread above 0")
        return self
