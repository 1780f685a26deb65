"""The REST API under `/api/v1`. The label page speaks exactly this."""

import json
import shutil
from importlib.metadata import version
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.background import BackgroundTask

from loop import LoopError, bulk, exports, importing, reviewing, status
from loop.errors import CannotWrite, PlayerGone
from loop.session import Call
from ui import serving
from ui.bulk_schema import BatchIn, BatchOut, BatchTakenBack, BatchUndo, Choice, Offer
from ui.callers import Annotator, Owner, ProjectHere, Reviewer
from ui.choice_api import routes as choice_routes
from ui.feedback_api import routes as feedback_routes
from ui.markdown import to_html
from ui.play_api import routes as play_routes
from ui.review_schema import MOST as MOST_CASES
from ui.review_schema import CaseOut, DecisionsIn, DecisionsOut, Review
from ui.schema import (
    MOST_HELD,
    AnswerOut,
    Answers,
    GuidelineOut,
    Health,
    History,
    ItemOut,
    ItemsAdded,
    ItemsIn,
    LessonOut,
    Next,
    Rejected,
    Saved,
    WhyOut,
)

HARMLESS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=31536000"}

api = FastAPI(title="askwell", version=version("askwell"), docs_url="/docs", redoc_url=None)
api.include_router(feedback_routes)
api.include_router(choice_routes)
api.include_router(play_routes)


@api.exception_handler(LoopError)
def _explain(_request: Request, why: Exception) -> JSONResponse:
    # A full disk, a lock that is not let go, a player that ended: no fault of the call, which may
    # be sent again.
    is_ours = isinstance(why, (CannotWrite, PlayerGone))
    return JSONResponse({"detail": str(why)}, 503 if is_ours else 400)


@api.exception_handler(RequestValidationError)
def _explain_shape(_request: Request, why: RequestValidationError) -> Response:
    """What is wrong with the shape of a call, without the input: that may be no proper text."""
    told = [{k: one[k] for k in ("type", "loc", "msg")} for one in why.errors()]
    return Response(json.dumps({"detail": told}), 422, media_type="application/json")


@api.get("/v1/health")
def health(project: ProjectHere) -> Health:
    """Say that the server is up; needs no token."""
    return Health(ok=True, version=version("askwell"), items=project.item_count())


@api.get("/v1/next")
async def next_items(who: Annotator, n: Annotated[int, Query(ge=1, le=MOST_HELD)] = 10) -> Next:
    """Lease the next *n* items; those the caller still holds come first."""
    receipt = await serving.now().desk.serve(Call(who, n=n))
    return Next(
        items=[ItemOut.of(item, receipt.terms) for item in receipt.items],
        left=receipt.left.left,
        leased_elsewhere=receipt.left.leased_elsewhere,
        held_back=receipt.held_back,
    )


@api.post("/v1/annotations")
async def annotate(who: Annotator, sent: Answers) -> Saved:
    """Store answers and hand out the new queue, in one transaction."""
    answers = [answer.answer() for answer in sent.annotations]
    receipt = await serving.now().desk.serve(Call(who, answers, sent.holding, sent.next))
    return Saved(
        saved=receipt.saved,
        rejected=[Rejected(answer_id=id_, reason=why) for id_, why in receipt.rejected],
        items=[ItemOut.of(item, receipt.terms) for item in receipt.items],
        left=receipt.left.left,
        leased_elsewhere=receipt.left.leased_elsewhere,
        second_thoughts=receipt.second_thoughts,
        lessons={id_: LessonOut.model_validate(one) for id_, one in receipt.lessons.items()},
        held_back=receipt.held_back,
    )


@api.get("/v1/annotations")
def own_answers(
    project: ProjectHere, who: Annotator, n: Annotated[int, Query(ge=1, le=MOST_HELD)] = 50
) -> History:
    """The caller's own newest standing answers: what an undo can take back."""
    newest = project.session.answers(who, n)
    terms = project.terms(project.store.read)
    return History(answers=[AnswerOut.of(given, terms) for given in newest])


@api.get("/v1/guideline")
def guideline(project: ProjectHere, _who: Annotator) -> GuidelineOut:
    """How to judge, as its author wrote it and as a page may show it."""
    newest = project.guideline()
    return GuidelineOut(version=newest.version, text=newest.text, html=to_html(newest.text))


@api.get("/v1/why/{item_id:path}")
def why(project: ProjectHere, who: Annotator, item_id: str) -> WhyOut:
    """Why the caller is asked about an item; on some items this is told after the answer only."""
    found = project.session.why(who, item_id)
    if found is None:
        raise HTTPException(404, f"You were not asked about an item {item_id!r}.")
    return WhyOut.of(found)


@api.get("/v1/bulk")
def offer_many(project: ProjectHere, who: Reviewer, chosen: Annotated[Choice, Query()]) -> Offer:
    """Open items that fit, to be labeled at once; nothing is lent to the caller."""
    found = bulk.find(project, who, chosen.choice(), chosen.n, chosen.skip)
    return Offer.of(found, project.terms(project.store.read))


@api.post("/v1/bulk")
def label_many(project: ProjectHere, who: Reviewer, sent: BatchIn) -> BatchOut:
    """Store one answer about many items, in one transaction; what cannot be is left out."""
    return BatchOut.of(sent.batch_id, bulk.label(project, who, sent.batch()))


@api.post("/v1/bulk/undo")
def take_many_back(project: ProjectHere, who: Reviewer, sent: BatchUndo) -> BatchTakenBack:
    """Take a whole batch of the caller's own back; 404 for one that there is not."""
    n = bulk.take_back(project, who, sent.batch_id)
    if n is None:
        raise HTTPException(404, f"There is no batch {sent.batch_id!r} of yours.")
    return BatchTakenBack(batch_id=sent.batch_id, items=n)


@api.get("/v1/review")
def to_review(
    project: ProjectHere,
    _who: Reviewer,
    n: Annotated[int, Query(ge=1, le=MOST_CASES)] = 10,
    reason: Annotated[
        Literal["flagged", "disagreement", "unsure", "look again"] | None, Query()
    ] = None,
) -> Review:
    """What people flagged, disagree on or are unsure of, with all they said; nothing is lent."""
    terms = project.terms(project.store.read)
    cases = [CaseOut.of(case, terms) for case in reviewing.queue(project, n, reason)]
    return Review(waiting=reviewing.waiting(project), cases=cases)


@api.post("/v1/decisions")
def decide(project: ProjectHere, who: Reviewer, sent: DecisionsIn) -> DecisionsOut:
    """Have the last word on items; the next model is trained on it."""
    verdicts = [decision.verdict() for decision in sent.decisions]
    return DecisionsOut(changed=reviewing.decide(project, who, verdicts))


@api.post("/v1/items", response_model_exclude_defaults=True)
def add_items(project: ProjectHere, who: Owner, sent: ItemsIn) -> ItemsAdded:
    """Add items, all of them or none; those that are there already are counted. Owners only.

    Items that were erased here do not come back: they are counted too, as left out.
    """
    batch = importing.posted(project, [(item.id, item.fields) for item in sent.items])
    try:
        done = importing.add(project, batch, by=who)
    finally:
        batch.discard()
    return ItemsAdded(added=done.added, already_there=done.already_there, left_out=done.left_out)


@api.get("/v1/status")
def where_it_stands(project: ProjectHere, _who: Annotator) -> dict[str, Any]:
    """Where the loop stands, as `askwell status --json` prints it, but for `quality`."""
    return status(project)


@api.get("/v1/media/{name}")
def media(project: ProjectHere, _who: Annotator, name: str) -> FileResponse:
    """One image, sound or video, by the name that the item's field holds."""
    found = project.media.find(name)
    if found is None:
        raise HTTPException(404, f"There is no file {name!r} in this project.")
    path, media_type = found
    return FileResponse(path, media_type=media_type, headers=HARMLESS)


@api.get("/v1/export/{form}")
def download(project: ProjectHere, _who: Owner, form: str) -> Response:
    """All standing answers: csv and jsonl as one file, other formats as a ZIP; owners only."""
    if form not in exports.STREAMED:
        path = exports.archive(project, form)
        tidy = BackgroundTask(shutil.rmtree, path.parent)
        return FileResponse(path, media_type="application/zip", filename=path.name, background=tidy)
    return StreamingResponse(
        exports.stream(project, form),
        media_type=exports.MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="annotations.{form}"'},
    )
