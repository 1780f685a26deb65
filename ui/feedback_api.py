"""The routes that running applications call: feedback in, and what is published of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic_core import from_json

from loop.feedback import alarms, corrections, inbox, schema
from loop.feedback.inbox import MOST, Taken
from loop.store import insights
from ui.callers import Annotator, ProjectHere, Reviewer
from ui.feedback_schema import (
    AlarmClosed,
    AlarmOut,
    CorrectionOut,
    CorrectionVerdict,
    FeedbackTaken,
    PromptOut,
)

LARGEST = 32 * 2**20  # bytes of one call

routes = APIRouter()


async def body_of(request: Request) -> Any:
    """The JSON of a call, however long it says it is; 413 and 422 name what is wrong."""
    given = bytearray()
    async for chunk in request.stream():
        given += chunk
        if len(given) > LARGEST:
            raise HTTPException(
                413, f"feedback: one call has at most {LARGEST // 2**20} MiB; send less at once"
            )
    try:
        return from_json(bytes(given))
    except ValueError as why:
        raise HTTPException(422, f"feedback: the body is no JSON: {why}") from why


@routes.post(
    "/v1/feedback",
    response_model=FeedbackTaken,
    responses={code: {"model": FeedbackTaken} for code in (409, 422)},
    openapi_extra={"requestBody": schema.request_body()},
)
async def give_feedback(
    project: ProjectHere, who: Annotator, body: Annotated[Any, Depends(body_of)]
) -> JSONResponse:
    """Store what users said of interactions: one record, or `{"feedback": [records]}`.

    Each is stored once, or refused by its field. Where nothing could be stored the answer is a
    422, or a 409 where it contradicts what is stored already.
    """
    several = isinstance(body, dict) and "feedback" in body
    records = body["feedback"] if several else [body]
    if not isinstance(records, list) or not 1 <= len(records) <= MOST:
        raise HTTPException(422, f"feedback: a list of 1 to {MOST:,} records, or one record alone")
    taken = await run_in_threadpool(inbox.take, project, records, who)
    told = FeedbackTaken.model_validate(taken, from_attributes=True)
    return JSONResponse(told.model_dump(), _status(taken))


def _status(taken: Taken) -> int:
    if taken.saved:
        return 200
    return 409 if all(one.is_conflict for one in taken.rejected) else 422


@routes.get("/v1/insights")
def what_it_comes_to(project: ProjectHere, _who: Reviewer) -> dict[str, Any]:
    """All that the feedback of the last days comes to; empty until the trainer has looked at it."""
    return insights.newest(project.store.read) or {}


@routes.get("/v1/alarms")
def open_alarms(project: ProjectHere, _who: Reviewer) -> list[AlarmOut]:
    """The alarms that are open, the most pressing first, with what each rests on."""
    return [AlarmOut.of(one) for one in alarms.waiting(project)]


@routes.post("/v1/alarms/{alarm_id}")
def close_alarm(
    project: ProjectHere, who: Reviewer, alarm_id: str, done: AlarmClosed
) -> AlarmClosed:
    """Close an alarm, and say what was done."""
    alarms.close(project, who, alarm_id, done.how, done.words)
    return done


@routes.get("/v1/corrections")
def waiting_corrections(project: ProjectHere, _who: Reviewer) -> list[CorrectionOut]:
    """The oldest corrections that nobody has accepted or dismissed."""
    return [CorrectionOut.model_validate(one) for one in corrections.waiting(project)]


@routes.post("/v1/corrections/{feedback_id:path}")
def settle_correction(
    project: ProjectHere, who: Reviewer, feedback_id: str, verdict: CorrectionVerdict
) -> dict[str, Any]:
    """Accept a correction, as it is or as *text* has it, or dismiss it."""
    if verdict.accept:
        return corrections.accept(project, who, feedback_id, verdict.text)
    corrections.dismiss(project, who, feedback_id)
    return {"feedback_id": feedback_id}


@routes.get("/v1/prompt")
def prompt(project: ProjectHere, _who: Annotator) -> PromptOut:
    """What an application's model is to be told, in its newest version; 0 is none yet."""
    return PromptOut.model_validate(project.prompt())


@routes.get("/v1/schemas")
def schemas(_who: Annotator) -> dict[str, Any]:
    """The JSON Schema of each kind of feedback, in its newest version."""
    return schema.every()
