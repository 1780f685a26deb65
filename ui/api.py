"""The REST API under `/api/v1`. The label page speaks exactly this."""

from importlib.metadata import version
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from loop import LoopError, Project, export, importing, status
from loop.project import OWNER_ROLE
from ui import serving
from ui.markdown import to_html
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
    Next,
    Rejected,
    Saved,
)
from ui.sign_in import annotator_of

HARMLESS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=31536000"}

api = FastAPI(title="askwell", version=version("askwell"), docs_url="/docs", redoc_url=None)
bearer = HTTPBearer(auto_error=False, description="from `askwell invite`, or minted by the page")


@api.exception_handler(LoopError)
def _explain(_request: Request, why: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(why)}, 400)


def the_project() -> Project:
    """The project being served."""
    return serving.now().project


ProjectHere = Annotated[Project, Depends(the_project)]


def signed_in(
    project: ProjectHere, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> str:
    """The annotator whose token came with the request; 401 for a stranger."""
    who = annotator_of(project, given.credentials) if given else None
    if who is None or project.role(who) is None:
        raise HTTPException(
            401, "Who are you? Send the header Authorization: Bearer TOKEN (see askwell invite)."
        )
    return who


def owner(project: ProjectHere, who: Annotated[str, Depends(signed_in)]) -> str:
    """An owner; 403 for anybody else."""
    if project.role(who) != OWNER_ROLE:
        raise HTTPException(403, f"{who} is no owner of this project; ask one.")
    return who


Annotator = Annotated[str, Depends(signed_in)]


@api.get("/v1/health")
def health(project: ProjectHere) -> Health:
    """Say that the server is up; needs no token."""
    return Health(ok=True, version=version("askwell"), items=project.item_count())


@api.get("/v1/next")
def next_items(
    project: ProjectHere, who: Annotator, n: Annotated[int, Query(ge=1, le=MOST_HELD)] = 10
) -> Next:
    """Lease the next *n* items; those the caller still holds come first."""
    lent, left = project.session.next_items(who, n)
    return Next(
        items=[ItemOut.of(item, project) for item in lent],
        left=left.left,
        leased_elsewhere=left.leased_elsewhere,
    )


@api.post("/v1/annotations")
def annotate(project: ProjectHere, who: Annotator, sent: Answers) -> Saved:
    """Store answers and hand out the new queue, in one transaction."""
    receipt = project.session.submit(
        who, [answer.answer() for answer in sent.annotations], sent.holding, sent.next
    )
    return Saved(
        saved=receipt.saved,
        rejected=[Rejected(answer_id=id_, reason=why) for id_, why in receipt.rejected],
        items=[ItemOut.of(item, project) for item in receipt.items],
        left=receipt.left.left,
        leased_elsewhere=receipt.left.leased_elsewhere,
    )


@api.get("/v1/annotations")
def own_answers(
    project: ProjectHere, who: Annotator, n: Annotated[int, Query(ge=1, le=MOST_HELD)] = 50
) -> History:
    """The caller's own newest standing answers: what an undo can take back."""
    newest = project.session.answers(who, n)
    return History(answers=[AnswerOut.of(answer, item, project) for answer, item in newest])


@api.get("/v1/guideline")
def guideline(project: ProjectHere, _who: Annotator) -> GuidelineOut:
    """How to judge, as its author wrote it and as a page may show it."""
    newest = project.guideline()
    return GuidelineOut(version=newest.version, text=newest.text, html=to_html(newest.text))


@api.post("/v1/items")
def add_items(
    project: ProjectHere, who: Annotated[str, Depends(owner)], sent: ItemsIn
) -> ItemsAdded:
    """Add items, all of them or none; those that are there already are counted. Owners only."""
    batch = importing.posted(project, [(item.id, item.fields) for item in sent.items])
    try:
        done = importing.add(project, batch, by=who)
    finally:
        batch.discard()
    return ItemsAdded(added=done.added, already_there=done.already_there)


@api.get("/v1/status")
def where_it_stands(project: ProjectHere, _who: Annotator) -> dict[str, Any]:
    """Where the loop stands, as `askwell status --json` prints it."""
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
def download(project: ProjectHere, _who: Annotated[str, Depends(owner)], form: str) -> Response:
    """All standing answers in one file; owners only."""
    return Response(
        export.text(project, form),
        media_type=export.MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="annotations.{form}"'},
    )
