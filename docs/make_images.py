"""Make the pictures of the README from the real thing: `make images`.

Labels the demo's digits with the keys a person would press, then photographs both pages.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from real_server import launch_chromium, serving, until
from sklearn.datasets import load_digits

from loop import Project, status
from loop.demo import create_demo

OUT = Path(__file__).parent / "images"
LABELS = 200
SIZE = {"width": 1200, "height": 720}


def main() -> None:
    """Write label-light.png, label-dark.png, progress-light.png and progress-dark.png."""
    OUT.mkdir(exist_ok=True)
    truth = [str(y) for y in load_digits().target]
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch) / "digits"
        create_demo(folder)
        browser = launch_chromium(playwright)
        with serving(folder) as server:
            page = browser.new_page()
            page.goto(server.url)
            page.wait_for_selector(".item[data-item]")
            for _ in range(LABELS):
                item = page.locator(".item").get_attribute("data-item") or ""
                page.keyboard.press(truth[int(Path(item).stem)])
                page.wait_for_timeout(250)
            with Project.open(folder) as project:
                until(lambda: status(project)["trainer"]["state"] == "waiting", 60)
            for scheme in ("light", "dark"):
                page = browser.new_context(color_scheme=scheme, viewport=SIZE).new_page()
                page.goto(server.url)
                page.wait_for_selector(".item[data-item] img")
                _photograph(page, f"label-{scheme}.png")
                page.goto(f"{server.url}/progress")
                page.get_by_text("Class balance").wait_for()
                _photograph(page, f"progress-{scheme}.png")


def _photograph(page: Page, name: str) -> None:
    page.wait_for_timeout(3_500)  # the status line and the chart are drawn by then
    page.screenshot(path=OUT / name)


if __name__ == "__main__":
    main()
