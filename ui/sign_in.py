"""Who is asking? Invitation tokens for people and programs, short-lived signed ones for the page.

Both make the same claim, a person and the generation of theirs that it was given for, so that
revoking a person ends every kind at once. Signed ones are good for one purpose and no other.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from enum import StrEnum

from loop import Project
from loop.people import Claim

LIFETIME = 12 * 3600  # seconds that a page's token is good for; the page renews it by itself
TICKET_LIFETIME = 300  # seconds from signing in elsewhere to the cookie of ours
_PASSED_ON = {"forwarded", "via", "x-forwarded-for", "x-real-ip"}  # what proxies add


class Purpose(StrEnum):
    """What a signed token is good for."""

    CALLS = "calls"  # to the API, by the page
    TICKET = "ticket"  # one sign-in, in place of an invitation
    COOKIE = "cookie"  # what that sign-in leaves in the browser


_SECONDS = {Purpose.CALLS: LIFETIME, Purpose.TICKET: TICKET_LIFETIME, Purpose.COOKIE: LIFETIME}


def cookie_of(project: Project) -> str:
    """The cookie's name, one for each project: browsers tell hosts apart, but not ports."""
    return f"askwell-{project.uid}"


def mint(project: Project, claim: Claim, purpose: Purpose = Purpose.CALLS) -> str:
    """A token that makes this *claim* for one purpose, for a while."""
    name = base64.urlsafe_b64encode(claim.name.encode()).decode()
    promise = f"{purpose}.{name}.{claim.generation}.{int(time.time()) + _SECONDS[purpose]}"
    return f"{promise}.{_signature(project, promise)}"


def claim_of(project: Project, token: str, purpose: Purpose = Purpose.CALLS) -> Claim | None:
    """What *token* claims, be it revoked since; None if it is forged, run out, or a stranger's.

    An invitation claims its bearer for every purpose.
    """
    parts = token.split(".")
    if len(parts) != 5:
        return project.people.claim(token)
    promise, signature = ".".join(parts[:4]), parts[4]
    if not hmac.compare_digest(signature.encode(), _signature(project, promise).encode()):
        return None
    given_for, name, generation, until = parts[:4]
    if given_for != purpose or int(until) < time.time():
        return None
    return Claim(base64.urlsafe_b64decode(name).decode(), int(generation))


def visitor(
    project: Project,
    cookies: Mapping[str, str],
    headers: Mapping[str, str],
    *,
    by_invitation: bool,
) -> Claim | None:
    """Who a browser's cookie claims to be; None for a stranger.

    Without a cookie it is who sits at this machine, unless the project is served to others, or a
    proxy says that it passes somebody on.
    """
    given = cookies.get(cookie_of(project))
    if given is not None:
        return claim_of(project, given, Purpose.COOKIE)
    forwarded = _PASSED_ON & {name.lower() for name in headers}
    return None if by_invitation or forwarded else project.people.local_owner()


def _signature(project: Project, promise: str) -> str:
    return hmac.new(project.secret, promise.encode(), hashlib.sha256).hexdigest()
