"""What users and strangers can do to us: markup in every text, and requests of every shape."""

import pytest
import schemathesis
from conftest import write_csv
from feedback_told import say_everything
from hypothesis import HealthCheck, Phase, settings
from real_server import serving
from schemathesis.checks import not_a_server_error

from loop import Project
from loop.creation import Source, create
from loop.dataset import Columns
from ui.api import api

RUN = "window.pwned=1"
IMAGE = f'<img src=x onerror="{RUN}">'
EVIL = f"{IMAGE}<script>{RUN}</script><svg onload={RUN}>[a](javascript:{RUN})![b](x)"
BARS = "[data-testid=stVegaLiteChart] path[role=graphics-symbol]"
NAMED = f"<img src=x onerror={RUN}>"  # what a file system takes as well


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    """A server whose every text that a user may write is markup."""
    folder = tmp_path_factory.mktemp("evil")
    rows = [[f"{i}{EVIL}", f"{EVIL} {i}"] for i in range(60)]
    data = write_csv(folder / f"{NAMED}.csv", ["id", f"text{EVIL}"], rows)
    source = Source(data, Columns("text", (f"text{EVIL}",), id="id"))
    create(folder / NAMED, source, classes=(EVIL, f"second {EVIL}")).close()
    with serving(folder / NAMED) as running:
        yield running


@pytest.mark.browser
def test_no_markup_of_a_user_runs_on_any_page(evil, tab):
    with Project.open(evil.folder) as project:
        guest = project.invite(EVIL[:100])
        owner = project.invite(IMAGE, "owner")
    page, said, hovered = tab, [], 0
    page.on("dialog", lambda dialog: said.append(dialog.message))
    for token, paths in ((guest, ("/progress", "/you")), (owner, ("/progress", "/you", "/team"))):
        page.goto(f"{evil.url}/join/{token}")
        page.wait_for_selector(".item[data-item]")
        assert page.locator(".item .text").inner_text().startswith(EVIL)
        page.keyboard.press("/")
        page.keyboard.type(EVIL)
        page.keyboard.press("Enter")
        page.keyboard.press("1")
        page.keyboard.press("z")  # the comment comes back to the screen
        page.keyboard.press("2")
        page.wait_for_selector(".saved[data-kind=done]")
        assert page.evaluate("window.pwned") is None
        for path in paths:
            page.goto(evil.url + path)
            page.wait_for_selector("[data-testid=stVegaLiteChart] svg, [data-testid=stAlert]")
            for bar in page.locator(BARS).all():
                if bar.bounding_box()["width"]:  # else there is nothing to point at
                    bar.hover(force=True)  # its tooltip names people and classes
                    hovered += 1
            assert page.evaluate("window.pwned") is None
        assert said == []
    assert hovered


@pytest.mark.browser
def test_no_markup_in_feedback_runs_on_its_page(evil, tab):
    with Project.open(evil.folder) as project:
        say_everything(project, EVIL)
    page = tab
    page.context.clear_cookies()
    page.goto(f"{evil.url}/feedback")
    page.get_by_text("Corrections waiting").wait_for()
    for closed in page.locator("[data-testid=stExpander] summary").all():
        closed.click()
    page.get_by_text("As it should be").first.wait_for()
    assert page.evaluate("window.pwned") is None
    assert page.locator("main img").count() == 0
    assert page.locator("main a[href^=javascript]").count() == 0


@pytest.mark.browser
def test_no_markup_typed_into_the_team_page_runs(evil, tab):
    page = tab
    page.context.clear_cookies()
    page.goto(f"{evil.url}/team")
    name = page.get_by_role("textbox", name="Name")
    name.fill(f"typed {NAMED}")
    page.get_by_role("button", name="Make a link").click()
    page.get_by_text(f"For typed {NAMED}, as annotator").wait_for()
    name.fill(EVIL * 2)
    page.get_by_role("button", name="Make a link").click()
    page.get_by_text("Nobody can be called").wait_for()
    assert page.evaluate("window.pwned") is None
    assert page.locator("main img").count() == 0  # nor is a picture fetched from elsewhere


@pytest.fixture(scope="module")
def token(evil):
    with Project.open(evil.folder) as project:
        return project.invite("fuzzer", "owner")


SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", api)


@SCHEMA.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_makes_the_server_fail(case, evil, token):
    reply = case.call(base_url=f"{evil.url}/api", headers={"Authorization": f"Bearer {token}"})
    case.validate_response(reply, checks=[not_a_server_error])
