"""One ASGI app on one port: Streamlit's pages, with the REST API mounted beside them."""

import errno
import gc
import logging
import re
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from streamlit import config as streamlit_config

from loop import LoopError, Project
from loop.postman import Postman
from loop.project import OWNER
from loop.supervisor import Supervisor
from ui import downloads, serving
from ui.admission import Admission
from ui.api import api
from ui.provider import SECRETS, check_provider
from ui.same_origin import SameOrigin, ServedHost, is_loopback
from ui.sign_in import LIFETIME, Purpose, claim_of, cookie_of, mint
from ui.theme import THEME

BACKLOG = 2048  # connections that may wait, as uvicorn has it
SCRIPT = Path(__file__).parent / "pages" / "app.py"
HOME = "127.0.0.1"
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - nobody's name
INVITED_FOR = 90 * 86_400  # seconds that a browser keeps its invitation
HOST_NAME = re.compile(r"[\w-]+(\.[\w-]+)*\.?|[0-9a-fA-F:]+", re.ASCII)
WELCOME = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>askwell</title>'
    '<meta http-equiv="refresh" content="0; url=/"><p>You are signed in. <a href="/">Go on</a>'
)


class PortTaken(LoopError):
    """Something else listens on the port."""

    def __init__(self, port: int, free: int) -> None:
        super().__init__(f"Port {port} is in use. Stop what runs there, or add: --port {free}")


class NotAHostName(LoopError):
    """What was to be allowed as a host is no single name."""

    def __init__(self, given: str) -> None:
        super().__init__(
            f"Cannot allow the host {given!r}: give one name or address, without https:// and "
            "without a port, as in --allow-host label.example.org; every name needs an option of "
            "its own, since a pattern would let strangers' names in."
        )


def serve(
    project: Project,
    host: str,
    port: int,
    announce: Callable[[str], None] = print,
    allow_hosts: Sequence[str] = (),
) -> None:
    """Serve *project* until stopped. Raises `PortTaken`, `NotAHostName` or `ProviderIncomplete`.

    Only on an address that no other machine can reach, and under no other name, is the visitor
    signed in as the local owner; else everybody needs an invitation.
    """
    for name in allow_hosts:
        if not HOST_NAME.fullmatch(name):
            raise NotAHostName(name)
    by_invitation = not is_loopback(host) or bool(allow_hosts)
    by_provider = check_provider(project.folder)
    listener = listen(host, port)
    announce(f"askwell serves {project.folder} on {_url(host, port)} (Ctrl+C to stop)")
    if by_invitation:
        announce(_how_to_come_in(project, host, port, allow_hosts))
    serving.begin(serving.Serving(project, Supervisor(project), by_invitation, by_provider))
    app = st.App(
        str(SCRIPT),
        lifespan=_lifespan,
        routes=[
            Mount("/api", api),
            Route("/join/{token}", join),
            Route("/leave", leave),
            *downloads.routes,
        ],
        middleware=[
            # A page elsewhere that resolves its own name to this machine is turned away here,
            Middleware(ServedHost, names={host, *allow_hosts} - EVERYWHERE),
            # here one that knows our address, be it on another port of this machine,
            Middleware(SameOrigin),
            # and here whoever was invited once, and is not any more.
            Middleware(Admission),
        ],
        on_script_error=_page_failed,
    )
    # `App.run` would take these too, but it opens its own socket: see `listen`.
    streamlit_config.set_option("secrets.files", [str(project.folder / SECRETS)])
    for name, setting in options(host, port).items():
        streamlit_config.set_option(name, setting)
    # The WebSocket implementation is the one that Streamlit's own runner chooses.
    config = uvicorn.Config(app, log_level="warning", ws="websockets-sansio")
    _Server(config).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Tells streams that they are to end: the server waits for each."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        serving.now().leaving.set()
        super().handle_exit(sig, frame)


def _how_to_come_in(project: Project, host: str, port: int, allow_hosts: Sequence[str]) -> str:
    reached = _address_here() if host in EVERYWHERE else host
    address = f"https://{allow_hosts[0]}" if allow_hosts else _url(reached, port)
    return (
        "Everybody needs an invitation, you too: askwell invite "
        f"{project.folder} {OWNER} --url {address}\n"
        "What goes over plain http can be read on its way; for more than a network you trust, put "
        "a reverse proxy with https in front."
    )


def _address_here() -> str:
    """The address by which others most likely reach this machine; nothing is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # kept for documentation: nobody's
        except OSError:  # no network at all
            return HOME
        return str(probe.getsockname()[0])


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def check_port(host: str, port: int) -> None:
    """Raise `PortTaken` if somebody listens on *port*."""
    listen(host, port).close()


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections from now on. Raises `PortTaken`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
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
        listener = socket.socket(family)
        listener.bind((host, 0))
        free = listener.getsockname()[1]
        listener.close()
        raise PortTaken(port, free) from why
    return listener


def join(request: Request) -> Response:
    """Sign the bearer of an invitation link in, and forget the token in the address.

    A page that goes on by itself, not a redirect: after a click in a mail the browser would follow
    that without the cookie, which is only for what starts from a page of ours.
    """
    project, token = serving.now().project, request.path_params["token"]
    claim = claim_of(project, token, Purpose.TICKET)
    if claim is None or project.people.admitted(claim) is None:
        return PlainTextResponse("This invitation is not valid. Ask for a new one.", 403)
    invited = project.people.claim(token) is not None
    answer = HTMLResponse(WELCOME, headers={"Cache-Control": "no-store"})
    answer.set_cookie(
        cookie_of(project),
        token if invited else mint(project, claim, Purpose.COOKIE),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        max_age=INVITED_FOR if invited else LIFETIME,
    )
    return answer


def leave(_request: Request) -> Response:
    """Sign out."""
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(cookie_of(serving.now().project))
    return answer


@asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[None]:
    supervisor = serving.now().supervisor
    postman = Postman(serving.now().project)
    plays = serving.now().project.settings.play is not None
    if not plays:  # there is nothing to train on
        supervisor.start()
    postman.start()
    # What is loaded now stays: left out of every later collection, it costs no pause at a key.
    gc.collect()
    gc.freeze()
    yield
    postman.stop()
    if plays:
        serving.now().playing.stop()
    else:
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


def options(host: str, port: int) -> dict[str, Any]:
    """How Streamlit is to behave, whatever the pages."""
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
