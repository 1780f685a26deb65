"""Only our own pages may talk to us, under a name of ours; and nobody may put them into a frame."""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class ServedHost:
    """ASGI middleware: refuses a request that calls us by a name that is not ours.

    A page elsewhere can let its own name resolve to our address, and would then be of our origin.
    Ours are the very address that this connection came in on, and the *names* given.
    """

    def __init__(self, app: ASGIApp, names: Collection[str] = ()) -> None:
        self.app, self._names = app, {name.casefold() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what was meant for us."""
        if scope["type"] in {"http", "websocket"}:
            called = _name_in(Headers(scope=scope).get("host", ""))
            if not self._is_ours(called, scope["server"][0]):
                words = (
                    f"{called!r} is not a name of this server. If it should be, start it with: "
                    f"--allow-host {called}"
                )
                await _refuse(scope, receive, send, words, 400)
                return
        await self.app(scope, receive, send)

    def _is_ours(self, called: str, address: str) -> bool:
        if called in self._names:
            return True
        here = _address(address)
        return called == str(here) or (here.is_loopback and called == "localhost")


class SameOrigin:
    """ASGI middleware: refuses a request, or a socket, that another origin's page has made.

    A browser names that origin itself, and scripts cannot change it. On this machine the visitor is
    signed in without a password, so this is what keeps other local pages out.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what comes from here, with a header against framing; refuse the rest."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            await _refuse(scope, receive, send, "Not from another page.", 403)
            return

        async def framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = "frame-ancestors 'none'"
                headers["Referrer-Policy"] = "same-origin"  # an invitation's link is a secret
            await send(message)

        await self.app(scope, receive, framed)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what is served on *host*."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    found = ipaddress.ip_address(text.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _name_in(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


async def _refuse(scope: Scope, receive: Receive, send: Send, words: str, status: int) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await PlainTextResponse(words, status)(scope, receive, send)
