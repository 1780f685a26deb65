"""The route by which a running application asks which candidate to serve."""

from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from loop.choosing import NotChosen
from loop.tasks.feedback import Id, Words
from ui import serving
from ui.callers import Annotator

routes = APIRouter()


class ChoiceIn(BaseModel):
    """For which interaction a candidate is wanted, and what is known of it."""

    model_config = ConfigDict(extra="forbid")

    interaction_id: Id = Field(description="the one that its thumbs will have")
    context: dict[str, Any] | Words | None = Field(
        default=None, description="the features of the policy by name; a text alone, if it is one"
    )


class ChoiceOut(BaseModel):
    """Which candidate to serve, with what chance it was drawn, by which version of the policy."""

    interaction_id: str
    candidate: str
    text: str | None = Field(description="of the candidate, where it has one")
    propensity: float
    version: int


@routes.post("/v1/choice")
async def choose(_who: Annotator, asked: ChoiceIn) -> ChoiceOut:
    """Choose a candidate for an interaction; it is on disk then. Asked again, it is the same."""
    chooser = serving.now().chooser
    try:
        choice = await run_in_threadpool(chooser.choose, asked.interaction_id, asked.context)
    except NotChosen as why:
        raise HTTPException(409 if why.is_conflict else 422, str(why)) from why
    return ChoiceOut(
        interaction_id=asked.interaction_id,
        candidate=choice.candidate,
        text=chooser.text_of(choice),
        propensity=choice.propensities[choice.candidate],
        version=choice.version,
    )
