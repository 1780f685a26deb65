"""Make the pictures of the documentation from the real thing: `make images`.

Three projects are made and labeled with the keys a person would press; then every page, and every
state of the label page, is photographed, light and dark, wide and on a phone.
"""

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from real_server import Server, creating, launch_chromium, serving, until
from sklearn.datasets import load_digits

from loop import Answer, Project, status
from loop.creation import Source, create
from loop.dataset import Columns
from loop.demo import create_demo

ROOT = Path(__file__).parent.parent
OUT = ROOT / "docs" / "images"
LABELS = 200
WIDE = {"width": 1200, "height": 720}
PHONE = {"width": 390, "height": 780}
DRAWN = 3_500  # ms until the status line and the charts are there
GUIDELINE = """## praise
They would come again.

## complaint
Something went wrong, *also* when it was made good in the end.
"""
CITIES = (
    "Aden Baku Cork Dubai Essen Faro Genoa Hanoi Izmir Jaipur Kyoto Lima Malmö Nice Osaka Perth"
)
STREETS = ("harbour", "market", "station", "old town", "airport")


def main() -> None:
    """Write the pictures into `docs/images`."""
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        _digits(browser, Path(scratch) / "digits")
        _reviews(browser, Path(scratch) / "reviews")
        _many_classes(browser, Path(scratch) / "places")
        _new(browser, Path(scratch) / "new")


def _digits(browser: Browser, folder: Path) -> None:
    """The demo: its label page, what it learnt, and every other page."""
    truth = [str(y) for y in load_digits().target]
    create_demo(folder)
    with serving(folder) as server:
        with _page(browser, server) as page:
            for _ in range(LABELS):
                item = page.locator(".item").get_attribute("data-item") or ""
                page.keyboard.press(truth[int(Path(item).stem)])
                page.wait_for_timeout(250)
        with Project.open(folder) as project:
            until(lambda: status(project)["trainer"]["state"] == "waiting", 60)
        with _page(browser, server) as page:
            page.goto(f"{server.url}/compare")
            page.get_by_role("button", name="Start").press("Enter")
            page.get_by_role("progressbar").wait_for()
            page.get_by_role("button", name="Start").wait_for(timeout=600_000)
        for scheme in ("light", "dark"):
            with _page(browser, server, color_scheme=scheme) as page:
                _photograph(page, f"label-{scheme}")
                for path in ("progress", "bulk", "compare"):
                    page.goto(f"{server.url}/{path}")
                    _photograph(page, f"{path}-{scheme}")
        with _page(browser, server) as page:
            for path in ("you", "team", "data", "settings"):
                page.goto(f"{server.url}/{path}")
                _photograph(page, path)


def _reviews(browser: Browser, folder: Path) -> None:
    """Texts: what opens beside them, a phone, a server that is away, and nothing left."""
    known = Columns("text", ("text",), id="id", label="label")
    audit = Source(ROOT / "data" / "reviews_audit.csv", known)
    data = Source(ROOT / "data" / "reviews.csv", Columns("text", ("text",), id="id"))
    create(folder, data, audit=audit, suggestions="prefilled").close()
    with Project.open(folder) as project:
        classes = project.settings.classes
        _label(project, classes, 40)
        project.write_guideline("owner", GUIDELINE)
    with serving(folder) as server:
        with Project.open(folder) as project:
            until(lambda: status(project)["model"], 60)
        with _page(browser, server) as page:
            _photograph(page, "guidelines")
            page.keyboard.press("w")
            _photograph(page, "why")
            page.keyboard.press("Escape")
            page.keyboard.press("/")
            page.keyboard.type("praise for the shop, not for the thing")
            _photograph(page, "comment")
            page.keyboard.press("Escape")
            page.keyboard.press("?")
            _photograph(page, "help")
        with _page(browser, server, viewport=PHONE) as page:
            page.keyboard.press("Escape")
            _photograph(page, "phone")
            server.kill()
            page.keyboard.press("1")
            page.keyboard.press("2")
            _photograph(page, "offline")
        server.start()
        with Project.open(folder) as project:
            _label(project, classes, 200)
        with _page(browser, server, found=".item .empty") as page:
            page.keyboard.press("Escape")
            _photograph(page, "nothing-left")


def _many_classes(browser: Browser, folder: Path) -> None:
    """Eighty classes, two keys each, or found by name."""
    classes = [f"{city} {street}" for city in CITIES.split() for street in STREETS]
    data = folder.with_suffix(".csv")
    with data.open("w", newline="", encoding="utf-8") as file:
        rows = [[i, f"From {classes[i % 80]} to {classes[7 * i % 80]}, please."] for i in range(80)]
        csv.writer(file).writerows([["id", "text"], *rows])
    create(folder, Source(data, Columns("text", ("text",), id="id")), classes=classes).close()
    with serving(folder) as server, _page(browser, server) as page:
        page.keyboard.press("Space")
        page.keyboard.type("kyo")
        _photograph(page, "many-classes")


def _new(browser: Browser, folder: Path) -> None:
    """The page on which a project is made."""
    server = creating(folder)
    try:
        with _page(browser, server, found="h1", viewport={"width": 1200, "height": 1500}) as page:
            page.locator("input[type=file]").first.set_input_files(ROOT / "data" / "reviews.csv")
            _photograph(page, "new")
    finally:
        server.stop()


def _label(project: Project, classes: tuple[str, ...], n: int) -> None:
    """Answer *n* items by whether they hold an exclamation of joy; which, matters to nobody."""
    for i, item in enumerate(project.next_items("owner", n)):
        joy = any(word in item.fields["text"].lower() for word in ("love", "great", "good"))
        said = classes[0] if joy else classes[1 + i % (len(classes) - 1)]
        project.session.submit("owner", [Answer(f"answer-{item.position}", item.id, "label", said)])


@contextmanager
def _page(
    browser: Browser, server: Server, found: str = ".item[data-item]", **options: Any
) -> Iterator[Page]:
    context = browser.new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **options})
    page = context.new_page()
    page.goto(server.url)
    page.wait_for_selector(found)
    yield page
    context.close()


def _photograph(page: Page, name: str) -> None:
    page.wait_for_timeout(DRAWN)
    page.screenshot(path=OUT / f"{name}.png")


if __name__ == "__main__":
    main()
