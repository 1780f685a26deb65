"""Every page meets WCAG 2.1 A and AA as far as axe-core can tell, in light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import project_in, truth_of
from feedback_told import say_everything, serve_candidates
from real_server import serving, until

from loop import status

pytestmark = pytest.mark.browser

# Of what is no violation axe need not describe every node: that takes longer than to find them.
AA = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],
}
COLOURS = AA | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
SCHEMES = (  # all else is the same in the dark
    ("light", "rgb(251, 250, 248)", AA),
    ("dark", "rgb(20, 24, 27)", COLOURS),
)
# The script has run, and nothing is faded that the run before had left.
SETTLED = """() => document.querySelector('.stApp[data-test-script-state=notRunning]')
    && !document.querySelector('[data-stale=true]')"""
PAGES = (
    "bulk",
    "progress",
    "review",
    "feedback",
    "bandit",
    "raters",
    "you",
    "team",
    "data",
    "settings",
    "compare",
)


@pytest.fixture(scope="module")
def owned(tmp_path_factory):
    """A server whose project has labels, a model and a guideline."""
    shown = {"suggestions": "prefilled", "withheld": 0, "audit_every": 1_000}
    with project_in(tmp_path_factory.mktemp("aa") / "reviews", **shown) as project:
        project.write_guideline("owner", "## Sport\nA [match](https://example.org).\n\n- a game")
        for i in range(14):
            [item] = project.next_items("ana", 1)
            kind = truth_of(item.fields["text"])
            project.submit(item.id, kind, annotator="ana", answer_id=f"answer-{i:04}")
        say_everything(project)
        serve_candidates(project)
        with serving(project.folder) as server:
            until(lambda: status(project)["model"], 30)
            yield server


@pytest.fixture
def page(tab, owned):
    """A tab of the local owner's, who has seen nothing yet."""
    tab.context.clear_cookies()
    tab.emulate_media(color_scheme="light", reduced_motion="reduce")
    yield tab
    tab.evaluate("localStorage.clear()")


def violations(page) -> list[str]:
    """What axe finds in light and in dark."""
    found = []
    for scheme, ground, rules in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        is_on = (
            "ground => getComputedStyle(document.querySelector('.stApp')).backgroundColor == ground"
        )
        page.wait_for_function(is_on, arg=ground)
        if page.evaluate("() => !window.axe"):
            page.evaluate(Axe().axe_script)
        for one in page.evaluate("async rules => (await axe.run(rules)).violations", rules):
            found += [f"{scheme}: {one['id']}: {node['html']}" for node in one["nodes"]]
    return found


def test_the_label_page(owned, page):
    page.goto(owned.url)
    page.get_by_text("Guidelines, version 1").wait_for()
    assert violations(page) == []
    page.keyboard.press("w")
    page.locator(".bars").wait_for()
    assert violations(page) == []
    page.keyboard.press("w")
    page.keyboard.press("/")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.locator(".help[open]").wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_the_other_pages(owned, page, path):
    page.goto(f"{owned.url}/{path}")
    page.locator("h1").wait_for()
    page.wait_for_function(SETTLED)
    assert violations(page) == []


def test_focus_goes_through_the_label_page_in_reading_order(owned, page):
    page.goto(owned.url)
    page.get_by_text("Guidelines, version 1").wait_for()
    page.keyboard.press("Escape")
    seen = []
    for _ in range(14):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "() => { let one = document.activeElement;"
                " while (one.shadowRoot && one.shadowRoot.activeElement)"
                "   one = one.shadowRoot.activeElement;"
                " return one.getAttribute('aria-label') || one.textContent.trim() }"
            )
        )
    wanted = ["Progress", "The item to judge", "1sport", "2money", "Sskip"]
    assert [name for name in seen if name in wanted] == wanted
