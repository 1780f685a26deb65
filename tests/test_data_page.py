"""The data page in a real Chromium: found, withdrawn, restored, erased, imported after a look."""

import zipfile

import pytest
from conftest import project_in, write_csv
from playwright.sync_api import expect
from real_server import serving, until

from loop import Answer, Project, inventory
from loop.inventory import Wanted

pytestmark = pytest.mark.browser

PAYLOAD = "<img src=x onerror=document.title='pwned'> **bold** [link](javascript:alert(1))"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A project with items that mean harm; each test here works on items of its own."""
    folder = tmp_path_factory.mktemp("data") / "reviews"
    with project_in(folder) as project:
        held = project.next_items("ana", 1)[0]
        words = Answer("answer-1", held.id, "label", "sport", comment=PAYLOAD)
        project.session.submit("ana", [words])
    with serving(folder) as running:
        running.labeled = held.id
        yield running


@pytest.fixture
def page(served, tab):
    """The data page as the local owner sees it."""
    page = tab
    page.problems.clear()
    page.context.clear_cookies()
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(f"{served.url}/data")
    page.get_by_text("1 open").or_(page.get_by_role("tab", name="Find items")).first.wait_for()
    yield page
    assert page.problems == []
    assert page.title() != "pwned"


def look_for(page, words):
    box = page.get_by_label("Words or id")
    box.fill(words)
    box.press("Enter")
    page.get_by_text("1 item", exact=True).wait_for()


def open_item(page, name):
    look_for(page, name)
    page.get_by_role("button", name=name, exact=True).click()
    return page.get_by_role("dialog")


def state_of(folder, name):
    with Project.open(folder) as project:
        found = inventory.find(project, Wanted(name), 100)[0]
        return next((one.state for one in found if one.item.id == name), None)


def test_an_item_tells_its_story_and_nothing_in_it_runs(page, served):
    dialog = open_item(page, f"{served.labeled}")
    expect(dialog.get_by_text("ana: label sport", exact=False)).to_contain_text(PAYLOAD)
    assert dialog.locator("img").count() == 0


def test_an_item_is_withdrawn_and_restored(page, served):
    open_item(page, "p55").get_by_role("button", name="Withdraw").click()
    until(lambda: state_of(served.folder, "p55") == "withdrawn", 10)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="p55", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    until(lambda: state_of(served.folder, "p55") == "open", 10)


def test_an_item_is_erased_only_after_a_second_word(page, served):
    dialog = open_item(page, "p56")
    expect(dialog.get_by_role("button", name="Erase")).to_be_disabled()
    dialog.get_by_text("I know that there is no way back").click()
    erase = dialog.get_by_role("button", name="Erase")
    expect(erase).to_be_enabled()
    erase.click()
    until(lambda: state_of(served.folder, "p56") is None, 20)


def test_more_items_come_in_after_a_preview_and_not_before(page, served, tmp_path):
    bad = write_csv(tmp_path / "bad.csv", ["id", "text"], [["q1", PAYLOAD], ["p1", "another"]])
    good = write_csv(tmp_path / "good.csv", ["id", "text"], [["q1", PAYLOAD], ["q2", "words"]])
    page.get_by_role("tab", name="Add items").click()
    upload = page.locator("input[type=file]")
    upload.set_input_files(bad)
    page.get_by_text("row 2 (line 3): the id 'p1' is there already").wait_for()
    upload.set_input_files(good)
    button = page.get_by_role("button", name="Import 2 items")
    button.wait_for()
    expect(page.get_by_text(PAYLOAD, exact=False).first).to_be_visible()
    assert state_of(served.folder, "q1") is None
    button.press("Enter")  # by mouse it may move meanwhile: the preview is laid out above it
    page.get_by_text("2 items are in").wait_for()
    assert state_of(served.folder, "q1") in {"open", "audit"}


def test_who_is_no_owner_does_not_get_the_page(served, come_in):
    page = come_in(served, "/data", role="reviewer")
    page.get_by_text("This page is for: owner").wait_for()
    assert page.get_by_text("What is in here?").count() == 0


def test_an_export_is_made_and_downloaded_as_a_zip(served, page):
    page.get_by_role("tab", name="Export").click()
    page.get_by_role("button", name="Make the export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download (ZIP)").click()
    names = zipfile.ZipFile(download.value.path()).namelist()
    assert {"csv/annotations.csv", "csv/manifest.json", "csv/croissant.json"} <= set(names)
    assert not list((served.folder / "staging").glob("*/csv*"))
