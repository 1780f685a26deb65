"""Guidelines and settings in the browser: changed by an owner, seen by whoever labels."""

import pytest
from conftest import project_in
from playwright.sync_api import expect
from real_server import serving, until

from loop import Project

pytestmark = pytest.mark.browser

SCRIPT = "<script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\">"


@pytest.fixture(scope="module")
def reviews(tmp_path_factory):
    """A server and its project; only one test changes the classes."""
    folder = tmp_path_factory.mktemp("settings") / "reviews"
    with project_in(folder) as project, serving(folder) as server:
        yield server, project


def drawer(page):
    return page.locator(".drawer:visible")


def test_a_guideline_opens_by_itself_once_and_again_when_it_changes(reviews, come_in):
    server, project = reviews
    first = project.write_guideline("owner", f"# Sport\nA **game**.\n\n{SCRIPT}").version
    page = come_in(server)
    drawer(page).get_by_text("A game.").wait_for()
    assert drawer(page).get_by_text("<script>").is_visible()
    page.keyboard.press("Escape")
    assert drawer(page).count() == 0
    page.reload()
    page.wait_for_selector(".saved[data-kind=done]")
    page.keyboard.press("g")
    drawer(page).get_by_text(f"Guidelines, version {first}").wait_for()
    page.keyboard.press("g")
    project.write_guideline("owner", "# Sport\nAlso chess.")
    drawer(page).get_by_text(f"version {first + 1}, was {first}").wait_for()
    page.keyboard.press("1")
    page.wait_for_selector(".saved[data-kind=done]")
    [given] = until(lambda: project.session.answers(page.person, 5), 10)
    assert given.answer.guideline_version == first + 1
    assert page.title() != "ran"


def test_an_owner_changes_classes_and_writes_the_guideline_in_the_browser(reviews, come_in):
    server, project = reviews
    page = come_in(server, "/settings", role="owner")
    page.get_by_label("New name").fill("games")
    page.get_by_role("button", name="Rename").click()
    page.get_by_text("Class sport is called games now.").wait_for()
    page.get_by_label("Name", exact=True).fill("money")
    page.get_by_role("button", name="Add").click()
    page.get_by_text("There is a class 'money' already").wait_for()
    tab = page.get_by_role("tab", name="Guidelines")
    expect(tab).to_have_count(1)  # the page drawn before is gone
    tab.click()
    page.get_by_role("textbox", name="Markdown").fill("Money is money.")
    page.get_by_role("textbox", name="Markdown").press("Tab")
    page.get_by_text("Still no example: games, money; no counter-example: games, money.").wait_for()
    page.get_by_text("Add an example to the text").click()
    page.get_by_text("is not", exact=True).click()
    page.get_by_role("textbox", name="Example").fill("a price of *oil*")
    page.get_by_role("textbox", name="Example").press("Tab")
    page.get_by_role("button", name="Put it into the text").click()
    page.get_by_text("no counter-example: money.").wait_for()
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Everybody who labels sees it within seconds.").wait_for()
    with Project.open(project.folder) as now:
        assert now.settings.classes == ("games", "money")
        assert now.guideline().text == (
            "Money is money.\n\n## games\n\n- **✗ Is not:** a price of \\*oil\\* → **money**"
        )


def test_settings_are_for_owners(reviews, come_in):
    page = come_in(reviews[0], "/settings", role="annotator")
    page.get_by_text("This page is for: owner").wait_for()
    assert page.get_by_text("How is it asked?").count() == 0
