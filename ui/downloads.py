"""Files that pages offer to owners, made when they are asked for.

Streamlit's button makes one on demand too, but drops it once two scripts have ended, be they other
visitors' pages that draw themselves anew: a download that began in between was broken off.
"""

from collections.abc import Iterable
from mimetypes import guess_type

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from loop import exports
from loop.people import may
from loop.project import OWNER_ROLE
from ui import serving
from ui.charted import charted
from ui.sign_in import visitor

ANSWERS, COMPARISON = "/files/answers.csv", "/files/comparison"


def _answers(request: Request) -> Response:
    _for_owners(request)
    return _file("answers.csv", exports.stream(serving.now().project, "csv"))


def _of_comparison(request: Request) -> Response:
    _for_owners(request)
    run, name = serving.now().comparing.look().run, request.path_params["name"]
    files = charted("compare_files")
    if run is None or run.found is None or name not in files.FILES:
        raise HTTPException(404, f"There is no comparison with a file {name!r}.")
    return _file(name, [files.made(name, run.found, log="log" in request.query_params)])


def _for_owners(request: Request) -> None:
    here = serving.now()
    claim = visitor(
        here.project, request.cookies, request.headers, by_invitation=here.by_invitation
    )
    person = claim and here.project.people.admitted(claim)
    if not person or not may(person.role, OWNER_ROLE):
        raise HTTPException(403, "This file is for owners of the project. Ask one of them.")


def _file(name: str, content: Iterable[str | bytes]) -> Response:
    kind, _ = guess_type(name)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(content, media_type=kind, headers=headers)


routes = [
    Route(ANSWERS, _answers),
    Route(f"{COMPARISON}/{{name}}", _of_comparison),
]
