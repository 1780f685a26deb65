"""An open page ends when its person is revoked, whatever part of it runs next."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loop.people import Claim
from ui import serving
from ui.sign_in import visitor

RESUMED = 2  # place of the session to resume among the subprotocols that Streamlit's client offers


class Admission:
    """ASGI middleware around Streamlit's socket: each message of a page is its person's.

    Streamlit asks who somebody is when the socket opens, and a fragment runs without the script
    that checks it. So the check is made here, at every message: the socket of a person who may no
    longer come in is cut. It opens again by itself, to a new session that `ui.pages.app` refuses.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Watch over a socket; let everything else pass."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        here = serving.now().project
        claim = await run_in_threadpool(_claim, scope)

        async def is_admitted() -> bool:
            if claim is None:
                return False
            return await run_in_threadpool(here.people.admitted, claim) is not None

        if not await is_admitted():
            _begin_anew(scope)
            await self.app(scope, receive, send)
            return

        async def watched() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and not await is_admitted():
                await send({"type": "websocket.close", "code": 1008})
                return {"type": "websocket.disconnect", "code": 1008}
            return message

        await self.app(scope, watched, send)


def _claim(scope: Scope) -> Claim | None:
    here, browser = serving.now(), HTTPConnection(scope)
    return visitor(here.project, browser.cookies, browser.headers, by_invitation=here.by_invitation)


def _begin_anew(scope: Scope) -> None:
    """Resume no earlier session: what it has on screen is for somebody who may come in."""
    headers = MutableHeaders(scope=scope)
    if offered := headers.get("sec-websocket-protocol"):
        headers["sec-websocket-protocol"] = ",".join(offered.split(",")[:RESUMED])
