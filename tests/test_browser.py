"""What a person does, in a real Chromium, with the keys a person would press."""

import os
import signal
import time
from contextlib import contextmanager

import pytest
from conftest import look_at, sentences, truth_of, write_csv
from PIL import Image
from real_server import serving, until
from sklearn.datasets import load_digits
from test_accessibility import SETTLED
from test_api import trainers

from loop import Project, status
from loop.creation import Source, create
from loop.dataset import Columns
from loop.store import items, standings
from loop.store.database import each
from ui.sign_in import cookie_of

pytestmark = pytest.mark.browser

EVIL = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
# Counts when Streamlit opens a dialog, which is closed at once, or runs its script again.
WITNESS = """window.dialogs = window.runs = 0; new MutationObserver(() => {
    window.dialogs += document.querySelectorAll('.stDialog').length;
    window.runs += document.querySelectorAll('.stApp[data-test-script-state=running]').length
}).observe(document.body, {
    childList: true, subtree: true, attributeFilter: ['data-test-script-state']
})"""
MANY = 1_000  # items: everybody who comes takes some
TEXTS = {f"p{i}": f"{text} {EVIL}" for i, (text, _) in enumerate(sentences(MANY))}


@pytest.fixture
def demo(tmp_path):
    """What `askwell demo` writes and serves."""
    folder = tmp_path / "demo"
    with serving(folder, words=("demo", "--no-browser", "--project", str(folder))) as server:
        yield server


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """One server for many people, each with a queue of their own; its texts mean harm."""
    folder = tmp_path_factory.mktemp("texts") / "reviews"
    data = write_csv(folder.with_suffix(".csv"), ["id", "text"], list(TEXTS.items()))
    known = [[f"a{i}", *one] for i, one in enumerate(sentences(30, seed=1))]
    truth = write_csv(folder.with_suffix(".audit.csv"), ["id", "text", "label"], known)
    create(
        folder,
        Source(data, Columns("text", ("text",), id="id")),
        audit=Source(truth, Columns("text", ("text",), id="id", label="label")),
        classes=("sport", "money", EVIL),
    ).close()
    with serving(folder) as server:
        yield server


@pytest.fixture
def page(texts, come_in):
    """The label page, opened by my invitation."""
    return come_in(texts)


@pytest.fixture
def me(page):
    """A person whom no other test knows."""
    return page.person


def on_screen(page):
    return page.locator(".item").get_attribute("data-item")


def saved(page):
    page.wait_for_selector(".saved[data-kind=done]")


def outbox_key(folder, annotator):
    with Project.open(folder) as project:
        return f"askwell:{project.uid}:{annotator}:broken-0001"


def labels_shown(page):
    page.locator(".count").get_by_text("label").wait_for()
    return int(page.locator(".count").inner_text().split()[0])


@contextmanager
def down(server):
    """While this holds, nobody serves."""
    server.kill()
    try:
        yield
    finally:
        server.start()


def answers(folder, annotator):
    with Project.open(folder) as project:
        return [
            row for row in standings.judgements(project.store.read) if row["annotator"] == annotator
        ]


@pytest.mark.alone
def test_sixty_digits_by_sixty_keys_at_ten_a_second(demo, open_page):
    truth = {f"images/{i:04d}.png": str(y) for i, y in enumerate(load_digits().target)}
    page = open_page(demo.url)
    page.locator(".item img").wait_for()
    with Project.open(demo.folder) as project:
        until(lambda: status(project)["trainer"]["state"] == "waiting", 30)
    pressed = {}
    began = time.perf_counter()
    for i in range(60):
        time.sleep(max(0, began + i / 10 - time.perf_counter()))
        item = on_screen(page)
        page.keyboard.press(truth[item])
        pressed[item] = truth[item]
    assert time.perf_counter() - began < 8
    saved(page)
    rows = answers(demo.folder, "owner")
    assert len(rows) == len(pressed) == 60
    assert {row["item_id"]: row["value"] for row in rows} == pressed
    with Project.open(demo.folder) as project:
        until(lambda: project.curve() and project.curve()[-1].labels >= 55, 20)
        curve = project.curve()
    assert len(curve) >= 2
    assert curve[-1].accuracy > 0.80
    assert sum(point.labels < 60 for point in curve) >= 2  # while the keys were pressed
    assert any(row["strategy"] == "uherding" for row in rows)

    here = on_screen(page)
    page.reload()
    page.wait_for_selector(".item[data-item]")
    assert on_screen(page) == here

    page.goto(f"{demo.url}/progress")
    page.wait_for_selector("[data-testid=stVegaLiteChart]")
    page.get_by_text("Accuracy, model").wait_for()
    modules = demo.modules()
    assert "streamlit" in modules
    assert not modules & {"sklearn", "modAL"}


def test_the_progress_page_opens_first_too_and_one_that_fails_says_so_while_the_others_go_on(
    project, tab
):
    page = tab
    page.context.clear_cookies()
    with serving(project.folder) as server:
        page.goto(f"{server.url}/progress")
        page.get_by_text("What did the labels buy?").wait_for()
        page.get_by_text("The trainer waits for the first label").wait_for()
        with project.store.write() as db:
            db.execute("DROP TABLE curve")
        page.reload()
        page.get_by_text("This page failed (OperationalError). Your labels are safe").wait_for()
        assert "no such table: curve" in server.output.read_text()
        page.problems.clear()
        page.goto(server.url)
        page.wait_for_selector(".item[data-item]")
        page.keyboard.press("1")
        saved(page)
        assert page.problems == []


def test_an_answer_that_the_server_cannot_read_does_not_block_the_others(texts, page, me):
    page.evaluate(
        "(key) => localStorage.setItem(key, JSON.stringify("
        "{answer_id: 'broken-0001', item_id: 'p1', kind: 'label', bogus: 1, answered_at: 0}))",
        outbox_key(texts.folder, me),
    )
    page.reload()
    page.wait_for_selector(".item[data-item]")
    page.get_by_text("kept in this browser: the server cannot read it").wait_for()
    page.keyboard.press("1")
    saved(page)
    assert len(answers(texts.folder, me)) == 1


def test_a_held_key_labels_once(texts, page, me):
    page.keyboard.down("1")
    for _ in range(15):
        page.keyboard.down("1")  # what the browser sends for a held key
    page.keyboard.up("1")
    saved(page)
    assert len(answers(texts.folder, me)) == 1


def test_undo_brings_the_item_back_and_the_new_answer_counts(texts, page, me):
    item = on_screen(page)
    page.keyboard.press("1")
    assert on_screen(page) != item
    page.keyboard.press("z")
    assert on_screen(page) == item
    page.keyboard.press("2")
    saved(page)
    assert [(row["item_id"], row["value"]) for row in answers(texts.folder, me)] == [
        (item, "money")
    ]


def test_undo_reaches_back_over_a_reload(texts, page, me):
    order = []
    for i in range(20):
        order.append(on_screen(page))
        page.keyboard.press("12"[i % 2])
    saved(page)
    page.reload()
    page.wait_for_selector(".item[data-item]")
    for item in reversed(order):
        page.keyboard.press("z")
        assert on_screen(page) == item
    saved(page)
    assert answers(texts.folder, me) == []
    page.reload()
    page.wait_for_selector(".item[data-item]")
    assert on_screen(page) == order[0]
    with Project.open(texts.folder) as project:
        sql = "SELECT kind FROM log WHERE annotator = ?"
        kinds = [row["kind"] for row in each(project.store.read, sql, [me])]
    assert kinds.count("label") == kinds.count("undo") == 20  # taken back, not rubbed out


def test_a_comment_is_written_without_a_label_and_goes_with_the_answer(texts, page, me):
    item = on_screen(page)
    page.keyboard.press("/")
    page.keyboard.type("s1 <b>no shop</b>")
    page.keyboard.press("Enter")
    assert on_screen(page) == item
    page.reload()  # a draft survives
    page.wait_for_selector(".item[data-item]")
    page.keyboard.press("1")
    page.keyboard.press("2")
    saved(page)
    commented = [row["comment"] for row in answers(texts.folder, me)]
    assert commented == ["s1 <b>no shop</b>", None]


def test_a_comment_comes_back_with_undo_and_escape_drops_what_was_changed(texts, page, me):
    page.keyboard.press("/")
    page.keyboard.type("first")
    page.keyboard.press("Enter")
    page.keyboard.press("1")
    page.keyboard.press("z")
    page.keyboard.press("/")
    assert page.locator(".comment").input_value() == "first"
    page.keyboard.type(" and more")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    saved(page)
    assert [(row["value"], row["comment"]) for row in answers(texts.folder, me)] == [
        ("money", "first")
    ]


def test_skip_unsure_and_flag_are_kept_apart(texts, page, me):
    for key in "suf":
        page.keyboard.press(key)
    saved(page)
    assert [row["kind"] for row in answers(texts.folder, me)] == ["skip", "unsure", "flag"]


def test_keys_with_modifiers_and_unknown_keys_do_nothing(texts, page, me):
    for key in ("Control+1", "Alt+1", "9", "x", "Enter", " "):
        page.keyboard.press(key)
    assert answers(texts.folder, me) == []
    page.keyboard.press("?")
    page.wait_for_selector(".help[open]")
    page.keyboard.press("1")  # the list of keys lies over the item
    assert answers(texts.folder, me) == []
    page.keyboard.press("?")
    page.keyboard.press("1")
    saved(page)
    assert len(answers(texts.folder, me)) == 1


def test_buttons_do_what_keys_do(texts, page, me):
    page.get_by_role("button", name="money").click()
    page.keyboard.press(" ")  # the button that was clicked is not pressed again
    saved(page)
    assert [row["value"] for row in answers(texts.folder, me)] == ["money"]


def test_answers_given_while_the_server_is_down_arrive_later_reloaded_or_not(
    texts, page, me, open_page
):
    owner = open_page(texts.url)
    before = labels_shown(page)
    with down(texts):
        for one in (page, owner):
            one.evaluate(WITNESS)
        for _ in range(7):
            page.keyboard.press("1")
        page.wait_for_selector(".saved[data-kind=offline]")
        page.wait_for_function("window.dialogs")  # Streamlit has opened one on it
        page.locator(".classes button").first.click()  # which covers nothing
        assert "8 kept here" in page.locator(".saved").inner_text()
        assert labels_shown(page) == before + 8
        owner.keyboard.press("1")
    page.reload()
    page.wait_for_selector(".item[data-item]")
    saved(page)
    until(lambda: len(answers(texts.folder, me)) == 8, 10)

    saved(owner)
    # Streamlit connects again, and may mount the card anew.
    owner.wait_for_function("window.runs")
    owner.wait_for_function(SETTLED)
    owner.wait_for_selector(".item[data-item]")
    owner.keyboard.press("2")
    saved(owner)
    assert [row["value"] for row in answers(texts.folder, "owner")] == ["sport", "money"]


@pytest.mark.soak
def test_twenty_answers_without_a_server_for_half_a_minute_arrive_though_the_tab_was_closed(
    texts, chromium
):
    me = "who closed the tab"
    with Project.open(texts.folder) as project:
        token = project.invite(me)
    with chromium.new_context() as context:
        page = look_at(f"{texts.url}/join/{token}", context)
        seen = []
        with down(texts):
            gone = time.monotonic()
            for _ in range(20):
                seen.append(on_screen(page))
                page.keyboard.press("1")
                page.wait_for_timeout(200)
            assert "20 kept here" in page.locator(".saved").inner_text()
            page.close()
            until(lambda: time.monotonic() > gone + 30, 40)
        saved(look_at(texts.url, context))
    assert [row["item_id"] for row in answers(texts.folder, me)] == seen


def test_an_expired_token_is_renewed_without_losing_an_answer(texts, page, me):
    page.route("**/api/v1/annotations", lambda route: route.fulfill(status=401), times=1)
    page.keyboard.press("1")
    saved(page)
    assert len(answers(texts.folder, me)) == 1


def test_the_last_ones_with_somebody_else_are_not_called_nothing_and_then_nothing_is_left(
    make_project, come_in
):
    project = make_project(n=3)
    with serving(project.folder) as server, server.client("bo") as bo:
        (theirs,) = bo.get("next", params={"n": 1}).json()["items"]
        page = come_in(server)
        page.keyboard.press("1")
        page.keyboard.press("2")
        page.locator(".empty").get_by_text("The last 1 are with somebody else.").wait_for()
        saved(page)
        said = {"answer_id": "of-bo-0001", "item_id": theirs["id"], "value": "sport"}
        assert bo.post("annotations", json={"annotations": [said]}).json()["saved"]
        page.get_by_text("Nothing left to ask.").wait_for()


def test_text_and_class_names_are_inert(texts, page):
    assert page.locator(".item .text").inner_text() == TEXTS[on_screen(page)]
    page.keyboard.press("3")
    saved(page)
    assert page.evaluate("window.pwned") is None
    page.goto(f"{texts.url}/progress")
    page.get_by_text("Class balance").wait_for()
    assert page.evaluate("window.pwned") is None


def test_a_dead_trainer_is_shown_and_labeling_goes_on(texts, page, me):
    while not page.locator(".model.down").count():
        for pid in trainers(texts.folder):
            os.kill(int(pid), signal.SIGKILL)
        page.wait_for_timeout(50)
    assert "stopped by signal 9" in page.locator(".model").inner_text()
    assert "Your labels are safe" in page.locator(".model").inner_text()
    page.keyboard.press("1")
    saved(page)
    assert len(answers(texts.folder, me)) == 1


def test_a_second_tab_waits_for_the_first(texts, page, me):
    page.goto("about:blank")
    first, second = look_at(texts.url, page.context), page
    item = on_screen(first)
    second.goto(texts.url)
    second.get_by_text("Labeling is open in another tab.").wait_for()
    second.keyboard.press("1")
    assert answers(texts.folder, me) == []
    assert first.problems == []
    first.close()
    second.wait_for_selector(f'.item[data-item="{item}"]')
    second.keyboard.press("1")
    saved(second)
    assert [row["item_id"] for row in answers(texts.folder, me)] == [item]


def test_a_browser_that_keeps_nothing_still_saves_and_says_so(texts, page, me):
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full') } }")
    page.keyboard.press("1")
    page.get_by_text("This browser keeps nothing over a reload").wait_for()
    saved(page)
    assert len(answers(texts.folder, me)) == 1


def test_an_answer_that_is_refused_is_kept_and_its_reason_stays(texts, page, me):
    item = on_screen(page)
    with texts.client("bo") as other:
        with Project.open(texts.folder) as project, project.store.write() as db:
            sql = "UPDATE leases SET annotator = 'bo' WHERE annotator = ? AND slot = 0"
            db.execute(sql, [me])
        assert [i["id"] for i in other.get("next", params={"n": 1}).json()["items"]] == [item]
    page.keyboard.press("1")
    page.get_by_text("One answer was not taken, and kept in this browser").wait_for()
    page.keyboard.press("1")
    saved(page)
    assert "somebody else was asked" in page.locator(".notice").inner_text()
    keys = page.evaluate("Object.keys(localStorage)")
    assert len([key for key in keys if key.startswith("aside:") and f":{me}:" in key]) == 1


def test_only_an_owner_can_download_the_answers(texts, tab):
    with Project.open(texts.folder) as project:
        token, cookie = project.invite("bo", "annotator"), cookie_of(project)
    page = tab
    page.context.clear_cookies()
    page.goto(f"{texts.url}/progress")
    with page.expect_download() as found:
        page.get_by_role("link", name="Download the answers").press("Enter")  # charts still move it
    assert found.value.path().read_text().startswith("item_id,")
    files = [f"{texts.url}/files/{name}" for name in ("answers.csv", "comparison/report.html")]
    assert [page.request.get(file).status for file in files] == [200, 404]  # nothing was compared
    page.goto(f"{texts.url}/join/{token}")
    page.locator(".who").get_by_text("bo").wait_for()
    assert [page.request.get(file).status for file in files] == [403, 403]
    page.goto(f"{texts.url}/progress")
    page.get_by_text("Class balance").wait_for()
    assert page.get_by_text("Download the answers").count() == 0
    page.context.add_cookies([{"name": cookie, "value": "revoked", "url": texts.url}])
    page.goto(texts.url)
    page.get_by_text("This invitation is not valid any more").wait_for()


def test_an_image_that_is_not_there_yet_takes_no_label_and_comes_by_itself(tmp_path, tab, come_in):
    (tmp_path / "images").mkdir()
    for i in range(3):
        Image.new("L", (8, 8), 80 * i).save(tmp_path / "images" / f"{i}.png")
    source = Source(tmp_path / "images", Columns("image", ("image",), id="id"))
    create(tmp_path / "greys", source, classes=("dark", "light")).close()
    with serving(tmp_path / "greys") as server:
        line = {"cut": True}
        tab.route(
            "**/api/v1/media/*",
            lambda route: route.abort() if line["cut"] else route.continue_(),
        )
        page = come_in(server)
        page.get_by_text("Fetching the image…").wait_for()
        item = on_screen(page)
        page.keyboard.press("1")
        assert on_screen(page) == item
        line["cut"] = False
        page.locator(".item img").wait_for()
        page.keyboard.press("1")
        assert on_screen(page) != item


@pytest.mark.alone
def test_a_new_model_chooses_what_is_held_within_five_seconds_and_its_accuracy_is_shown(
    server, open_page
):
    page = open_page(server.url)
    here = on_screen(page)
    with server.client("bo") as bo, Project.open(server.folder) as project:
        held = bo.get("next", params={"n": 12}).json()["items"]
        said = [
            {"answer_id": f"of-bo-{i:04}", "item_id": item["id"]}
            | {"value": truth_of(item["fields"]["text"])}
            for i, item in enumerate(held)
        ]
        assert len(bo.post("annotations", json={"annotations": said}).json()["saved"]) == 12
        version = until(lambda: status(project)["model"], 20)["version"]
        sql = "SELECT model_version FROM leases WHERE annotator = 'owner' AND slot > 0"
        until(lambda: {v for (v,) in project.store.read.execute(sql)} == {version}, 5)
        reached = status(project)["accuracy"]
    assert on_screen(page) == here
    page.get_by_text(
        f"accuracy {reached['value']:.2f} ({reached['low']:.2f}–{reached['high']:.2f})"
    ).wait_for()


def test_the_count_on_screen_is_the_count_in_the_database(texts, page):
    before = labels_shown(page)
    for key in "1212":
        page.keyboard.press(key)
    saved(page)
    page.wait_for_function(
        "(words) => [...document.querySelectorAll('*')].some(e => e.shadowRoot"
        " && e.shadowRoot.querySelector('.count')?.textContent.startsWith(words))",
        arg=f"{before + 4} labels",
    )
    with Project.open(texts.folder) as project:
        assert status(project)["labels"] == before + 4
        assert items.count(project.store.read) == MANY + 30
