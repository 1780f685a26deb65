"""Who is asking? Invitation tokens for people and programs, short-lived ones for the page."""

import base64
import hashlib
import hmac
import time

from loop import Project

LIFETIME = 12 * 3600  # seconds that a page's token is good for; the page renews it by itself


def cookie_of(project: Project) -> str:
    """The cookie's name, one for each project: browsers tell hosts apart, but not ports."""
    return f"askwell-{project.uid}"


def mint(project: Project, annotator: str) -> str:
    """A token by which the page of *annotator* speaks to the API for `LIFETIME` seconds."""
    name = base64.urlsafe_b64encode(annotator.encode()).decode()
    promise = f"{name}.{int(time.time()) + LIFETIME}"
    return f"{promise}.{_signature(project, promise)}"


def annotator_of(project: Project, token: str) -> str | None:
    """Whose token this is, or None: forged, run out, or a stranger's."""
    parts = token.split(".")
    if len(parts) != 3:
        return project.bearer(token)
    promise, signature = ".".join(parts[:2]), parts[2]
    if not hmac.compare_digest(signature.encode(), _signature(project, promise).encode()):
        return None
    if int(parts[1]) < time.time():
        return None
    return base64.urlsafe_b64decode(parts[0]).decode()


def _signature(project: Project, promise: str) -> str:
    return hmac.new(project.secret, promise.encode(), hashlib.sha256).hexdigest()
