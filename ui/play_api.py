"""The routes of play: what is shown, what people say of it, how it goes on."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from loop.errors import SettingsError
from loop.play.terms import Play
from loop.store import play
from ui import serving
from ui.callers import Annotator, ProjectHere
from ui.play_schema import Control, EpisodeOut, Id, PlayOut, Read, SignalsIn, SignalsOut
from ui.play_viewers import Viewer

routes = APIRouter()
_viewers: dict[tuple[str, str], Viewer] = {}  # by who reads, and what they call their stream


def _played(project: ProjectHere, _who: Annotator) -> Play:
    if project.settings.play is None:
        raise SettingsError("This project plays nothing. One that does begins with: askwell play")
    return project.settings.play


Played = Annotated[Play, Depends(_played)]


@routes.get("/v1/play")
def what_is_played(project: ProjectHere, played: Played, _who: Annotator) -> PlayOut:
    """What is played, its actions, and the episodes so far."""
    episodes = [EpisodeOut.model_validate(one) for one in play.episodes(project.store.read)]
    actions = list(played.actions)
    return PlayOut(environment=played.environment, actions=actions, episodes=episodes)


@routes.get("/v1/play/stream")
async def watch(
    _played: Played, who: Annotator, stream: Annotated[Id, Query()]
) -> StreamingResponse:
    """What is shown, as lines of JSON, for as long as somebody reads; see `POST play/read`.

    *stream* is a name of the caller's own. Play stands still while no stream is open.
    """
    viewer = _viewers[who, stream] = Viewer(serving.now().playing)

    async def lines() -> AsyncIterator[str]:
        try:
            async for line in viewer.lines():
                yield line
        finally:
            _viewers.pop((who, stream), None)

    return StreamingResponse(
        lines(), media_type="application/x-ndjson", headers={"Cache-Control": "no-store"}
    )


@routes.post("/v1/play/read", status_code=204)
async def has_read(_played: Played, who: Annotator, sent: Read) -> None:
    """Say how far a stream was read: at most 8 lines are sent beyond that, the newest always."""
    viewer = _viewers.get((who, sent.stream))
    if viewer is None:
        raise HTTPException(404, "This stream has ended; open another.")
    viewer.has_read(sent.line)


@routes.post("/v1/play/signals")
async def say(_played: Played, who: Annotator, sent: SignalsIn) -> SignalsOut:
    """Store what the caller says of what they see; the agent has learned it when this returns."""
    signals = [one.model_dump() for one in sent.signals]
    receipt = await run_in_threadpool(serving.now().playing.say, who, signals)
    return SignalsOut.model_validate(receipt)


@routes.post("/v1/play/control", status_code=204)
async def control(_played: Played, who: Annotator, sent: Control) -> None:
    """Stop it, let it run, or change its speed, for all who watch."""
    await run_in_threadpool(serving.now().playing.do, sent.model_dump() | {"who": who})
