"""A project made in a real Chromium: from a file to its first item, and every refusal in words."""

import httpx
import pytest
from conftest import write_csv
from PIL import Image
from playwright.sync_api import expect
from real_server import creating
from test_accessibility import violations

from loop import Project, preview
from loop.errors import DataError, SettingsError
from ui.options import joined, split
from ui.pages.create_source import file_name

browser = pytest.mark.browser
PAYLOAD = "<img src=x onerror=document.title='pwned'> **bold**"


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A page on which nothing is ever made; its folder stays empty."""
    server = creating(tmp_path_factory.mktemp("create") / "here")
    yield server
    if server.process.poll() is None:
        server.stop()


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A function that starts a page on which a project is made; it leaves no upload behind."""
    started = []
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))

    def start(*words):
        started.append(creating(tmp_path / "here", *words))
        return started[-1]

    yield start
    for server in started:
        server.stop()
    assert not list((tmp_path / "temporary").glob("askwell-*"))


@pytest.fixture
def page(tab):
    tab.problems.clear()
    tab.set_viewport_size({"width": 1280, "height": 1800})  # a list closes when its page scrolls
    yield tab
    assert tab.problems == []
    assert tab.title() != "pwned"
    tab.goto("about:blank")


@pytest.fixture
def reviews(tmp_path):
    rows = [[f"r{i}", f"{PAYLOAD} {i}", ["good", "bad", ""][i % 3]] for i in range(30)]
    return write_csv(tmp_path / "reviews, all.csv", ["id", "text", "label, maybe"], rows)


def enter(page, label, words):
    box = page.get_by_label(label)
    box.fill(words)
    box.press("Control+Enter" if label.startswith("Classes") else "Enter")


def choose(page, label, option):
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


@browser
def test_from_an_upload_to_the_first_item_without_another_command(own, page, reviews, tmp_path):
    server = own("reviews")
    page.goto(server.url)
    page.locator("input[type=file]").first.set_input_files(reviews)
    choose(page, "Known labels", "label, maybe")
    expect(page.get_by_label("Classes, one on each line")).to_have_value("bad\ngood")
    command = page.get_by_test_id("stCode").filter(has_text="askwell init reviews")
    expect(command).to_have_text(
        "askwell init reviews --data 'reviews, all.csv' --text text --id id --label 'label, maybe'"
    )
    assert list((tmp_path / "here").iterdir()) == []
    assert not {"sklearn", "modAL"} & server.modules()
    page.get_by_role("button", name="Create the project").press("Enter")
    page.wait_for_selector(".item[data-item]", timeout=30_000)
    assert page.url == f"{server.url}/"
    with Project.open(tmp_path / "here" / "reviews") as made:
        assert (made.settings.name, made.settings.classes) == ("reviews", ("bad", "good"))
        assert made.item_count() == 30


@browser
def test_a_folder_of_images_by_its_path(own, page, tmp_path):
    (tmp_path / "pictures").mkdir()
    for shade in range(12):
        Image.new("L", (40, 40), shade * 20).save(tmp_path / "pictures" / f"{shade}.png")
    server = own()
    page.goto(server.url)
    enter(page, "Name of the project", "pictures")
    enter(page, "… or a file or folder", str(tmp_path / "pictures"))
    expect(page.locator(".st-key-pictures img")).to_have_count(5)
    enter(page, "Classes, one on each line", "dark\nlight, nearly white")
    page.get_by_role("button", name="Create the project").click()
    page.wait_for_url("**/opening", timeout=30_000)
    with Project.open(tmp_path / "here" / "pictures") as made:
        assert made.settings.classes == ("dark", "light, nearly white")


@browser
def test_refusals_stand_on_the_page_and_what_was_typed_stays(here, page, tmp_path):
    rows = [["r1", "one"], ["r2", "two"], ["r1", PAYLOAD]]
    data = write_csv(tmp_path / "twice.csv", ["id", "text"], rows)
    page.goto(here.url)
    enter(page, "… or a file or folder", str(tmp_path / "nowhere.csv"))
    page.get_by_text("nowhere.csv cannot be read").wait_for()
    enter(page, "… or a file or folder", str(write_csv(tmp_path / "none.csv", ["text"], [])))
    page.get_by_text("there is no row in it").wait_for()
    page.locator("input[type=file]").first.set_input_files(data)
    enter(page, "Classes, one on each line", "only one")
    create = page.get_by_role("button", name="Create the project")
    create.click()
    page.get_by_text("The project has no name yet").wait_for()
    enter(page, "Name of the project", "../elsewhere")
    create.click()
    page.get_by_text("cannot be called '../elsewhere'").wait_for()
    enter(page, "Name of the project", "mine")
    create.click()
    page.get_by_text("row 3 (line 4): the id 'r1' stands in row 1 (line 2) too").wait_for()
    expect(page.get_by_text("twice.csv was not imported")).to_be_visible()
    choose(page, "Ids", "none: the content decides")
    expect(page.get_by_text("twice.csv was not imported")).to_have_count(0)  # it was of other ids
    create.click()
    page.get_by_text("at least two classes, not ['only one']").wait_for()
    expect(page.get_by_label("Name of the project")).to_have_value("mine")
    expect(page.get_by_label("Classes, one on each line")).to_have_value("only one")
    expect(page.get_by_test_id("stFileChipName")).to_have_text("twice.csv")
    assert list(here.folder.iterdir()) == []
    assert violations(page) == []


@browser
def test_every_task_can_be_chosen_and_is_shown_as_it_will_be_asked(here, page, tmp_path):
    header = ["prompt", "a", "b", "made a", "made b", "output"]
    data = write_csv(tmp_path / "pairs.csv", header, [["Why?", PAYLOAD, "so", "x", "y", "z"]])
    page.goto(here.url)
    page.locator("input[type=file]").first.set_input_files(data)
    page.get_by_text("say which of two outputs is better").click()
    page.get_by_text("1 = the left one · 2 = the right one · 3 = tie · 4 = both bad").wait_for()
    expect(page.get_by_label("Classes, one on each line")).to_have_count(0)
    for name in ("made a", "made b"):
        choose(page, "What made a and b, in that order", name)
    page.keyboard.press("Escape")
    command = page.get_by_test_id("stCode").filter(has_text="askwell init")
    options = "--text prompt,a,b --task compare --systems 'made a,made b'"
    expect(command).to_contain_text(options)
    page.get_by_text("rate each item on a scale").click()
    enter(page, "Scale, lowest to highest", "1-30")
    page.get_by_text("a scale has 2 to 11 whole points").wait_for()
    enter(page, "Scale, lowest to highest", "0-2")
    enter(page, "The lowest means", "awful")
    enter(page, "The highest means", "very good")
    page.get_by_text("awful · 0 = 0 · 1 = 1 · 2 = 2 · very good").wait_for()
    expect(command).to_contain_text("--scale 0-2 --scale-words 'awful,very good'")


@browser
def test_a_folder_that_is_a_project_is_said_to_be_one(here, page, project):
    page.goto(here.url)
    (here.folder / "taken").symlink_to(project.folder)
    enter(page, "Name of the project", "taken")
    page.get_by_text("taken is a project already").wait_for()
    expect(page.get_by_test_id("stCode")).to_contain_text("askwell serve taken")
    (here.folder / "taken").unlink()


def test_the_page_is_for_who_sits_at_this_machine(here, askwell_here):
    calls = {"host": "evil.example", "origin": "http://evil.example"}
    statuses = [
        httpx.get(here.url, headers={name: words}).status_code for name, words in calls.items()
    ]
    assert statuses == [400, 403]
    refused = askwell_here("new", "--host", "0.0.0.0")
    assert refused.returncode == 2
    assert "served on 127.0.0.1 only" in refused.stderr


@pytest.mark.parametrize(
    "names", [["a", "b"], ["a, b", ' "x"', 'say "so"'], ['"', " lead", "trail "], []]
)
def test_names_with_commas_pass_through_one_option(names):
    assert split(joined(names)) == tuple(names)
    assert split(" a, ,b ") == ("a", "b")


@pytest.mark.parametrize("name", ["", "..", ".hidden", "-x", "a/b", "a\\b", "a\0", "é" * 100])
def test_a_project_lies_in_its_parent_and_nowhere_else(tmp_path, name):
    with pytest.raises(SettingsError):
        preview.folder_for(tmp_path, name)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "upload"),
        ("a.csv.gz", "a.csv.gz"),
        ("C:\\x\0.csv", "C_x_.csv"),
    ],
)
def test_an_upload_is_not_named_by_the_browser(given, kept):
    assert file_name(given) == kept


def test_a_look_at_a_file_says_what_it_seems_to_hold(tmp_path):
    rows = [["1", "a.png", "short"], ["2", "b.jpg", "some more words"]]
    seen = preview.look(write_csv(tmp_path / "d.csv", ["n", "file", "words"], rows))
    assert (seen.text, seen.media) == ("words", {"file": "image"})
    with pytest.raises(DataError, match="no row"):
        preview.look(write_csv(tmp_path / "e.csv", ["n"], []))
