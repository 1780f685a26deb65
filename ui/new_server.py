"""Serves the page of a new project until it is made; then a process of its own serves that one.

Streamlit's runtime is one for each process, so the page and the project cannot share it. The
browser waits on a page of plain HTML meanwhile, which looks for the new server by itself.
"""

import html
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from string import Template

import streamlit as st
import uvicorn
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from streamlit import config as streamlit_config

from ui import making
from ui.making import Creating
from ui.same_origin import SameOrigin, ServedHost
from ui.server import HOME, listen, options

SCRIPT = Path(__file__).parent / "pages" / "create.py"
OPENING = Path(__file__).parent / "pages" / "opening.html"
GRACE = 3  # seconds for connections to end
NOT_KEPT = {"Cache-Control": "no-store"}


def create_in_browser(
    parent: Path, name: str, port: int, announce: Callable[[str], None] = print
) -> Path | None:
    """Serve the page until a project lies in *parent*, and return its folder.

    None if the page was left before. Raises `PortTaken`. Whoever sees the page can read this
    machine's files with it, so it is served to this machine only.
    """
    listener = listen(HOME, port)
    announce(f"askwell makes a project, on http://{HOME}:{port} (Ctrl+C to stop)")

    def opening(_request: Request) -> Response:
        made = making.now().making.state.made
        if made is None:
            return RedirectResponse("/", 303)
        command = html.escape(making.now().opened_by(made))
        words = Template(OPENING.read_text("utf-8"))
        page = words.substitute(name=html.escape(made.name), command=command)
        return HTMLResponse(page, headers=NOT_KEPT, background=BackgroundTask(leave))

    def leave() -> None:
        server.should_exit = True

    app = st.App(
        str(SCRIPT),
        lifespan=_lifespan,
        routes=[Route("/opening", opening), Route("/api/v1/health", not_yet)],
        middleware=[Middleware(ServedHost, names={HOME}), Middleware(SameOrigin)],
        on_script_error=_page_failed,
    )
    for option, setting in options(HOME, port).items():
        streamlit_config.set_option(option, setting)
    server = uvicorn.Server(
        uvicorn.Config(
            app, log_level="warning", ws="websockets-sansio", timeout_graceful_shutdown=GRACE
        )
    )
    strategies = ThreadPoolExecutor(1).submit(making.strategy_list)
    making.begin(Creating(parent, name, strategies))
    server.run(sockets=[listener])
    return making.now().making.state.made


def not_yet(_request: Request) -> Response:
    """The health of a project's server, which this is not."""
    return JSONResponse({"ok": False}, 503, NOT_KEPT)


@asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[None]:
    yield
    making.now().close()  # here, since a signal ends the process as soon as the server has stopped


def _page_failed(why: Exception) -> bool:
    logging.getLogger("askwell").error("The page failed.", exc_info=why)
    st.error(
        f"This page failed ({type(why).__name__}); no project was made. The details stand in the "
        "terminal where askwell runs.",
        icon=":material/error:",
    )
    return True
