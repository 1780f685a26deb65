"""Make the pictures of the documentation from the real thing: `make images`.

Projects are made and labeled with the keys a person would press; then every page, and every state of
the label page, is photographed, light and dark, wide and on a phone. `make images ARGS="taught tuned"`
makes some of them.
"""

import argparse
import csv
import tempfile
from collections.abc import Callable
from pathlib import Path

import images_of_judging
from photographs import OUT, PHONE, page_of, photograph
from playwright.sync_api import Browser, sync_playwright
from real_server import creating, launch_chromium, serving, until
from sklearn.datasets import load_digits

from loop import Answer, Project, status
from loop.creation import Source, create
from loop.dataset import Columns
from loop.demo import create_demo

ROOT = Path(__file__).parent.parent
LABELS = 200
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
    """Write the pictures into `docs/images`, all of them or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[], choices=[*MADE, []])
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        for name in parser.parse_args().names or MADE:
            MADE[name](browser, Path(scratch) / name)


def _digits(browser: Browser, folder: Path) -> None:
    """The demo: its label page, what it learnt, and every other page."""
    truth = [str(y) for y in load_digits().target]
    create_demo(folder)
    with serving(folder) as server:
        with page_of(browser, server) as page:
            for _ in range(LABELS):
                item = page.locator(".item").get_attribute("data-item") or ""
                page.keyboard.press(truth[int(Path(item).stem)])
                page.wait_for_timeout(250)
        with Project.open(folder) as project:
            until(lambda: status(project)["trainer"]["state"] == "waiting", 60)
        with page_of(browser, server) as page:
            page.goto(f"{server.url}/compare")
            page.get_by_role("button", name="Start").press("Enter")
            page.get_by_role("progressbar").wait_for()
            page.get_by_role("button", name="Start").wait_for(timeout=600_000)
        for scheme in ("light", "dark"):
            with page_of(browser, server, color_scheme=scheme) as page:
                photograph(page, f"label-{scheme}")
                for path in ("progress", "bulk", "compare"):
                    page.goto(f"{server.url}/{path}")
                    photograph(page, f"{path}-{scheme}")
        with page_of(browser, server) as page:
            for path in ("you", "team", "data", "settings"):
                page.goto(f"{server.url}/{path}")
                photograph(page, path)


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
        with page_of(browser, server) as page:
            photograph(page, "guidelines")
            page.keyboard.press("w")
            photograph(page, "why")
            page.keyboard.press("Escape")
            page.keyboard.press("/")
            page.keyboard.type("praise for the shop, not for the thing")
            photograph(page, "comment")
            page.keyboard.press("Escape")
            page.keyboard.press("?")
            photograph(page, "help")
        with page_of(browser, server, viewport=PHONE) as page:
            page.keyboard.press("Escape")
            photograph(page, "phone")
            server.kill()
            page.keyboard.press("1")
            page.keyboard.press("2")
            photograph(page, "offline")
        server.start()
        with Project.open(folder) as project:
            _label(project, classes, 200)
        with page_of(browser, server, found=".item .empty") as page:
            page.keyboard.press("Escape")
            photograph(page, "nothing-left")


def _many_classes(browser: Browser, folder: Path) -> None:
    """Eighty classes, two keys each, or found by name."""
    classes = [f"{city} {street}" for city in CITIES.split() for street in STREETS]
    data = folder.with_suffix(".csv")
    with data.open("w", newline="", encoding="utf-8") as file:
        rows = [[i, f"From {classes[i % 80]} to {classes[7 * i % 80]}, please."] for i in range(80)]
        csv.writer(file).writerows([["id", "text"], *rows])
    create(folder, Source(data, Columns("text", ("text",), id="id")), classes=classes).close()
    with serving(folder) as server, page_of(browser, server) as page:
        page.keyboard.press("Space")
        page.keyboard.type("kyo")
        photograph(page, "many-classes")


def _new(browser: Browser, folder: Path) -> None:
    """The page on which a project is made."""
    server = creating(folder)
    try:
        with page_of(browser, server, found="h1", viewport={"width": 1200, "height": 1500}) as page:
            page.locator("input[type=file]").first.set_input_files(ROOT / "data" / "reviews.csv")
            photograph(page, "new")
    finally:
        server.stop()


def _label(project: Project, classes: tuple[str, ...], n: int) -> None:
    """Answer *n* items by whether they hold an exclamation of joy; which, matters to nobody."""
    for i, item in enumerate(project.next_items("owner", n)):
        joy = any(word in item.fields["text"].lower() for word in ("love", "great", "good"))
        said = classes[0] if joy else classes[1 + i % (len(classes) - 1)]
        project.session.submit("owner", [Answer(f"answer-{item.position}", item.id, "label", said)])


MADE: dict[str, Callable[[Browser, Path], None]] = {
    "digits": _digits,
    "reviews": _reviews,
    "places": _many_classes,
    "new": _new,
    "taught": images_of_judging.taught,
    "clips": images_of_judging.clips,
    "tuned": images_of_judging.tuned,
}

if __name__ == "__main__":
    main()
