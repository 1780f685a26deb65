"""A page in Chromium, and a picture of it for the documentation."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from real_server import Server

OUT = Path(__file__).parent / "images"
WIDE = {"width": 1200, "height": 720}
PHONE = {"width": 390, "height": 780}
DRAWN = 3_500  # ms until the status line and the charts are there


@contextmanager
def page_of(
    browser: Browser, server: Server, found: str = ".item[data-item]", **options: Any
) -> Iterator[Page]:
    """The page at a server's root, once what is to be *found* is there; *options* of a context."""
    context = browser.new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **options})
    page = context.new_page()
    page.goto(server.url)
    page.wait_for_selector(found)
    yield page
    context.close()


def photograph(page: Page, name: str) -> None:
    """Write what is on screen into the folder of pictures, once all of it is drawn."""
    page.wait_for_timeout(DRAWN)
    page.screenshot(path=OUT / f"{name}.png")
