"""Who calls the API, and what they may do."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from loop import Project
from loop.errors import CannotWrite
from loop.people import Person, may
from ui import serving
from ui.sign_in import claim_of

bearer = HTTPBearer(auto_error=False, description="from `askwell invite`, or minted by the page")


async def the_project() -> Project:
    """The project being served."""
    return serving.now().project


ProjectHere = Annotated[Project, Depends(the_project)]


async def signed_in(
    project: ProjectHere, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Person:
    """Whose token came with the request; 401 for a stranger, 403 for one who was revoked.

    What it reads takes a tenth of what a thread of its own would, and waits for no writer.
    """
    claim = claim_of(project, given.credentials) if given else None
    if claim is None or project.people.find(claim.name) is None:
        raise HTTPException(
            401, "Who are you? Send the header Authorization: Bearer TOKEN (see askwell invite)."
        )
    person = project.people.admitted(claim)
    if person is None:
        raise HTTPException(
            403,
            f"the invitation of {claim.name} was ended. What this browser has not sent stays in "
            "it; ask the project's owner for a new one, and it is sent then",
        )
    if project.people.visit_is_due(person):
        with suppress(CannotWrite):  # a full disk keeps nobody from reading, nor from exporting
            await run_in_threadpool(project.people.note_visit, person)
    return person


def at_least(role: str) -> Callable[[Person], Awaitable[str]]:
    """A dependency: the caller's name, if they have this role or a higher one; else 403."""

    async def allowed(person: Annotated[Person, Depends(signed_in)]) -> str:
        if not may(person.role, role):
            raise HTTPException(
                403, f"{person.name} is here as {person.role}; this is for: {role}. Ask an owner"
            )
        return person.name

    return allowed


Annotator = Annotated[str, Depends(at_least("annotator"))]
Reviewer = Annotated[str, Depends(at_least("reviewer"))]
Owner = Annotated[str, Depends(at_least("owner"))]
