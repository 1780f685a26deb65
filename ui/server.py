"""One ASGI app on one port: Streamlit's pages, with the REST API mounted beside them."""

import errno
import gc
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from streamlit import config as streamlit_config

from loop import LoopError, Project
from loop.supervisor import Supervisor
from ui import serving
from ui.api import api
from ui.same_origin import SameOrigin
from ui.sign_in import cookie_of
from ui.theme import THEME

LOOPBACK = ("127.0.0.1", "localhost")
BACKLOG = 2048  # connections that may wait, as uvicorn has it
SCRIPT = Path(__file__).parent / "pages" / "app.py"


class PortTaken(LoopError):
    """Something else listens on the port."""

    def __init__(self, port: int, free: int) -> None:
        super().__init__(f"Port {port} is in use. Stop what runs there, or add: --port {free}")


class NotLoopback(LoopError):
    """An address that others could reach, and there is no sign-in for it yet."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"Cannot serve on {host}: other machines could reach it, and signing in over a network "
            f"is not built yet. Use --host 127.0.0.1, through a tunnel if need be."
        )


def serve(project: Project, host: str, port: int, announce: Callable[[str], None] = print) -> None:
    """Serve *project* until stopped. Raises `NotLoopback` or `PortTaken`."""
    if host not in LOOPBACK:
        raise NotLoopback(host)
    listener = _listen(host, port)
    announce(f"askwell serves {project.folder} on http://{host}:{port} (Ctrl+C to stop)")
    serving.begin(serving.Serving(project, Supervisor(project)))
    app = st.App(
        str(SCRIPT),
        lifespan=_lifespan,
        routes=[Mount("/api", api), Route("/join/{token}", join), Route("/leave", leave)],
        middleware=[
            # A page elsewhere that resolves its own name to this machine is turned away here,
            Middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK)),
            # and here one that knows our address, be it on another port of this machine.
            Middleware(SameOrigin),
        ],
        on_script_error=_page_failed,
    )
    # `App.run` would take these too, but it opens its own socket: see `_listen`.
    for name, setting in _options(host, port).items():
        streamlit_config.set_option(name, setting)
    # The WebSocket implementation is the one that Streamlit's own runner chooses.
    config = uvicorn.Config(app, log_level="warning", ws="websockets-sansio")
    uvicorn.Server(config).run(sockets=[listener])


def check_port(host: str, port: int) -> None:
    """Raise `PortTaken` if somebody listens on *port*."""
    _listen(host, port).close()


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Inherited by every connection: without it an answer's second packet waits 40 ms for the first
    # one's receipt (Nagle's algorithm against delayed ACK), ten times what the whole call takes.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)  # from here on a second server on this port is turned away
    except OSError as why:
        if why.errno != errno.EADDRINUSE:
            listener.close()
            raise
        listener.close()
        listener = socket.socket()
        listener.bind((host, 0))
        free = listener.getsockname()[1]
        listener.close()
        raise PortTaken(port, free) from why
    return listener


def join(request: Request) -> Response:
    """Sign the bearer of an invitation link in, and forget the token in the address."""
    project, token = serving.now().project, request.path_params["token"]
    if project.bearer(token) is None:
        return PlainTextResponse("This invitation is not valid. Ask for a new one.", 403)
    answer = RedirectResponse("/", 303)
    name = cookie_of(project)
    answer.set_cookie(name, token, httponly=True, samesite="strict", max_age=90 * 86_400)
    return answer


def leave(_request: Request) -> Response:
    """Sign out."""
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(cookie_of(serving.now().project))
    return answer


@asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[None]:
    supervisor = serving.now().supervisor
    supervisor.start()
    # What is loaded now stays: left out of every later collection, it costs no pause at a key.
    gc.collect()
    gc.freeze()
    yield
    supervisor.stop()
    serving.now().project.close()


def _page_failed(why: Exception) -> bool:
    """Say what a person needs to know; the rest goes to the terminal."""
    logging.getLogger("askwell").error("A page failed.", exc_info=why)
    st.error(
        f"This page failed ({type(why).__name__}). Your labels are safe, and labeling goes on. "
        "The details stand in the terminal where askwell runs.",
        icon=":material/error:",
    )
    return True


def _options(host: str, port: int) -> dict[str, Any]:
    return {
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "type",
        "runner.magicEnabled": False,
        "runner.postScriptGC": False,  # a full collection after every rerun holds every key up
        **THEME,
    }
