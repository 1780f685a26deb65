"""Pictures of what people's judgement is for beside labels: an agent taught, clips, tuning."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

from photographs import page_of, photograph
from playwright.sync_api import Browser, Page
from real_server import serving, until

from loop import Project
from loop.store import tuning
from loop.tuning import render
from loop.tuning.ahead import Tuning
from loop.tuning.beginning import begin

EXAMPLES = Path(__file__).parent / "examples"
TAUGHT = 180  # seconds
JUDGED = 30  # proposals


def taught(browser: Browser, folder: Path) -> None:
    """The cart pole, after a simulated person has taught it for three minutes."""
    _run(EXAMPLES / "teach_cartpole.py", folder, str(TAUGHT))
    with serving(folder / "pole") as server:
        for scheme in ("light", "dark"):
            with page_of(browser, server, "canvas.scene", color_scheme=scheme) as page:
                page.locator(".start").click()
                photograph(page, f"play-{scheme}")
                page.keyboard.press("Space")
                page.locator(".still:visible").wait_for()


def clips(browser: Browser, folder: Path) -> None:
    """Two clips side by side, and the policy planned by what was said of two hundred pairs."""
    _run(EXAMPLES / "clips_cartpole.py", folder)
    with serving(folder / "project") as server:
        _run("-m", "ui.cli", "plan", folder / "project")
        with page_of(browser, server) as page:
            page.keyboard.press("Space")
            page.wait_for_timeout(1_000)
            page.keyboard.press("Space")
            photograph(page, "clips")
            page.goto(f"{server.url}/progress")
            _show(page, "A policy planned by this reward")
            photograph(page, "plan")


def tuned(browser: Browser, folder: Path) -> None:
    """The example of a filter, judged by somebody who likes warm pictures without grain."""
    os.environ[render.FOLDER] = str(EXAMPLES / "image_filter")
    begin(EXAMPLES / "image_filter" / "filter.toml", folder)
    with Project.open(folder) as project:
        session = Tuning(project)
        for _ in range(JUDGED):
            session.keep_up()
            item = project.next_items("owner", 1)[0]
            grain = abs(item.meta["smoothing"] - 3) / 2
            value = round(5 - grain - 1.5 * (item.meta["tone"] != "warm"))
            about = {"annotator": "owner", "answer_id": uuid.uuid4().hex, "kind": "rating"}
            project.submit(item.id, min(5, max(1, value)), **about)
        session.close()
    with serving(folder) as server:
        with Project.open(folder) as project:
            until(lambda: tuning.newest(project.store.read)["answers"] == JUDGED, 60)
        for scheme in ("light", "dark"):
            with page_of(browser, server, color_scheme=scheme) as page:
                photograph(page, f"tuning-{scheme}")
                page.goto(f"{server.url}/tune")
                photograph(page, f"tune-{scheme}")


def _run(*words: str | Path) -> None:
    subprocess.run([sys.executable, *words], check=True)  # noqa: S603 - our own code


def _show(page: Page, heading: str) -> None:
    found = page.get_by_role("heading", name=heading)
    found.wait_for()
    found.evaluate("heading => heading.scrollIntoView()")
