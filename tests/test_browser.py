"""What a person does, in a real Chromium, with the keys a person would press."""

import os
import signal
import time

import pytest
from conftest import truth_of, write_csv
from real_server import Server, serving, until
from sklearn.datasets import load_digits
from test_api import trainers

from loop import Project, status
from loop.creation import Source, create
from loop.dataset import Columns
from loop.demo import create_demo
from loop.store import items, log
from ui.sign_in import cookie_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """The demo's project, and the true digit behind each image."""
    folder = tmp_path_factory.mktemp("digits")
    target = load_digits().target
    create_demo(folder / "demo")
    return folder / "demo", {f"images/{i:04d}.png": str(y) for i, y in enumerate(target)}


def on_screen(page):
    return page.locator(".item").get_attribute("data-item")


def saved(page):
    page.wait_for_selector(".saved[data-kind=done]")


def outbox_key(folder):
    with Project.open(folder) as project:
        return f"askwell:{project.uid}:owner:broken-0001"


def answers(folder, annotator="owner"):
    with Project.open(folder) as project:
        return [row for row in log.judgements(project.store.read) if row["annotator"] == annotator]


def test_sixty_digits_by_sixty_keys_at_ten_a_second(digits, open_page):
    folder, truth = digits
    with serving(folder) as server:
        page = open_page(server.url)
        pressed = {}
        began = time.perf_counter()
        for i in range(60):
            time.sleep(max(0, began + i / 10 - time.perf_counter()))
            item = on_screen(page)
            page.keyboard.press(truth[item])
            pressed[item] = truth[item]
        assert time.perf_counter() - began < 8
        saved(page)
        rows = answers(folder)
        assert len(rows) == len(pressed) == 60
        assert {row["item_id"]: row["value"] for row in rows} == pressed
        with Project.open(folder) as project:
            until(lambda: project.curve() and project.curve()[-1].labels >= 55, 20)
            curve = project.curve()
        assert len(curve) >= 2
        assert curve[-1].accuracy > 0.80
        assert sum(point.labels < 60 for point in curve) >= 2  # while the keys were pressed
        assert any(row["strategy"] == "margin" for row in rows)

        here = on_screen(page)
        page.reload()
        page.wait_for_selector(".item[data-item]")
        assert on_screen(page) == here

        page.goto(f"{server.url}/progress")
        page.wait_for_selector("[data-testid=stVegaLiteChart]")
        page.get_by_text("Accuracy, model").wait_for()
        modules = server.modules()
        assert "streamlit" in modules
        assert not modules & {"sklearn", "modAL"}


@pytest.fixture
def texts(project):
    with serving(project.folder) as server:
        yield server


def test_the_progress_page_opens_first_as_well(texts, chromium):
    page = chromium.new_page()
    page.goto(f"{texts.url}/progress")
    page.get_by_text("What did the labels buy?").wait_for()
    page.get_by_text("The trainer waits for the first label").wait_for()
    page.close()


def test_a_page_that_fails_says_so_and_the_others_go_on(project, chromium, open_page):
    with project.store.write() as db:
        db.execute("DROP TABLE curve")
    with serving(project.folder) as server:
        page = chromium.new_page()
        page.goto(f"{server.url}/progress")
        page.get_by_text("This page failed (OperationalError). Your labels are safe").wait_for()
        page.close()
        assert "no such table: curve" in server.output.read_text()
        page = open_page(server.url)
        page.keyboard.press("1")
        saved(page)


def test_an_answer_that_the_server_cannot_read_does_not_block_the_others(texts, open_page):
    page = open_page(texts.url)
    page.evaluate(
        "(key) => localStorage.setItem(key, JSON.stringify("
        "{answer_id: 'broken-0001', item_id: 'p1', kind: 'label', bogus: 1, answered_at: 0}))",
        outbox_key(texts.folder),
    )
    page.reload()
    page.wait_for_selector(".item[data-item]")
    page.get_by_text("kept in this browser: the server cannot read it").wait_for()
    page.keyboard.press("1")
    saved(page)
    assert len(answers(texts.folder)) == 1


def test_a_held_key_labels_once(texts, open_page):
    page = open_page(texts.url)
    page.keyboard.down("1")
    for _ in range(15):
        page.keyboard.down("1")  # what the browser sends for a held key
    page.keyboard.up("1")
    saved(page)
    assert len(answers(texts.folder)) == 1


def test_undo_brings_the_item_back_and_the_new_answer_counts(texts, open_page):
    page = open_page(texts.url)
    item = on_screen(page)
    page.keyboard.press("1")
    assert on_screen(page) != item
    page.keyboard.press("z")
    assert on_screen(page) == item
    page.keyboard.press("2")
    saved(page)
    assert [(row["item_id"], row["value"]) for row in answers(texts.folder)] == [(item, "money")]


def test_undo_reaches_back_over_a_reload(texts, open_page):
    page = open_page(texts.url)
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
    assert answers(texts.folder) == []
    page.reload()
    page.wait_for_selector(".item[data-item]")
    assert on_screen(page) == order[0]
    with Project.open(texts.folder) as project:
        sql = "SELECT kind FROM log WHERE annotator = 'owner'"
        kinds = [row["kind"] for row in project.store.read.query(sql)]
    assert kinds.count("label") == kinds.count("undo") == 20  # taken back, not rubbed out


def test_a_comment_is_written_without_a_label_and_goes_with_the_answer(texts, open_page):
    page = open_page(texts.url)
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
    commented = [row["comment"] for row in answers(texts.folder)]
    assert commented == ["s1 <b>no shop</b>", None]


def test_a_comment_comes_back_with_undo_and_escape_drops_what_was_changed(texts, open_page):
    page = open_page(texts.url)
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
    assert [(row["value"], row["comment"]) for row in answers(texts.folder)] == [("money", "first")]


def test_skip_unsure_and_flag_are_kept_apart(texts, open_page):
    page = open_page(texts.url)
    for key in "suf":
        page.keyboard.press(key)
    saved(page)
    assert [row["kind"] for row in answers(texts.folder)] == ["skip", "unsure", "flag"]


def test_keys_with_modifiers_and_unknown_keys_do_nothing(texts, open_page):
    page = open_page(texts.url)
    for key in ("Control+1", "Alt+1", "9", "x", "Enter", " "):
        page.keyboard.press(key)
    assert answers(texts.folder) == []
    page.keyboard.press("?")
    page.wait_for_selector(".help[open]")
    page.keyboard.press("1")  # the list of keys lies over the item
    assert answers(texts.folder) == []
    page.keyboard.press("?")
    page.keyboard.press("1")
    saved(page)
    assert len(answers(texts.folder)) == 1


def test_buttons_do_what_keys_do(texts, open_page):
    page = open_page(texts.url)
    page.get_by_role("button", name="money").click()
    page.keyboard.press(" ")  # the button that was clicked is not pressed again
    saved(page)
    assert [row["value"] for row in answers(texts.folder)] == ["money"]


def test_answers_given_while_the_server_is_down_arrive_later_even_after_a_reload(
    project, open_page
):
    server = Server(project.folder).start()
    page = open_page(server.url)
    server.kill()
    for _ in range(8):
        page.keyboard.press("1")
    page.wait_for_selector(".saved[data-kind=offline]")
    assert "8 kept here" in page.locator(".saved").inner_text()
    assert page.locator(".count").inner_text().startswith("8 labels")
    with serving(project.folder, server.port):
        page.reload()
        page.wait_for_selector(".item[data-item]")
        saved(page)
        until(lambda: len(answers(project.folder)) == 8, 10)


def test_the_page_lives_through_a_restart_of_the_server(project, open_page):
    server = Server(project.folder).start()
    page = open_page(server.url)
    server.kill()
    page.keyboard.press("1")
    with serving(project.folder, server.port):
        saved(page)
        page.wait_for_timeout(4_000)  # Streamlit connects again, and may mount the card anew
        page.wait_for_selector(".item[data-item]")
        page.keyboard.press("2")
        saved(page)
        assert [row["value"] for row in answers(project.folder)] == ["sport", "money"]


def test_an_expired_token_is_renewed_without_losing_an_answer(texts, open_page):
    page = open_page(texts.url)
    page.route("**/api/v1/annotations", lambda route: route.fulfill(status=401), times=1)
    page.keyboard.press("1")
    saved(page)
    assert len(answers(texts.folder)) == 1


def test_nothing_left_is_said_with_what_was_reached(make_project, open_page):
    project = make_project(n=3)
    with serving(project.folder) as server:
        page = open_page(server.url)
        for key in "121":
            page.keyboard.press(key)
        page.get_by_text("Nothing left to ask.").wait_for()


def test_the_last_ones_with_somebody_else_are_not_called_nothing(make_project, open_page):
    project = make_project(n=3)
    with serving(project.folder) as server:
        page = open_page(server.url)
        with server.client("bo") as other:
            page.keyboard.press("1")
            saved(page)
            # bo takes the rest as soon as ana's browser lets go of it
            page.keyboard.press("1")
            page.keyboard.press("1")
            assert other.get("next").status_code == 200
        page.locator(".empty").wait_for()


EVIL = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'


def test_text_and_class_names_are_inert(tmp_path, open_page):
    data = write_csv(tmp_path / "evil.csv", ["id", "text"], [[f"e{i}", EVIL] for i in range(5)])
    source = Source(data, Columns("text", ("text",), id="id"))
    create(tmp_path / "evil", source, classes=(EVIL, "ok")).close()
    with serving(tmp_path / "evil") as server:
        page = open_page(server.url)
        assert page.locator(".item .text").inner_text() == EVIL
        page.keyboard.press("1")
        saved(page)
        page.goto(f"{server.url}/progress")
        page.get_by_text("Class balance").wait_for()
        assert page.evaluate("window.pwned") is None


def test_a_dead_trainer_is_shown_and_labeling_goes_on(texts, open_page):
    page = open_page(texts.url)
    while not page.locator(".model.down").count():
        for pid in trainers(texts.folder):
            os.kill(int(pid), signal.SIGKILL)
        page.wait_for_timeout(50)
    assert "stopped by signal 9" in page.locator(".model").inner_text()
    assert "Your labels are safe" in page.locator(".model").inner_text()
    page.keyboard.press("1")
    saved(page)
    assert len(answers(texts.folder)) == 1


def test_a_second_tab_waits_for_the_first(texts, open_page):
    first = open_page(texts.url)
    item = on_screen(first)
    second = first.context.new_page()
    second.problems = []
    second.goto(texts.url)
    second.get_by_text("Labeling is open in another tab.").wait_for()
    second.keyboard.press("1")
    assert answers(texts.folder) == []
    first.close()
    second.wait_for_selector(f'.item[data-item="{item}"]')
    second.keyboard.press("1")
    saved(second)
    assert [row["item_id"] for row in answers(texts.folder)] == [item]


def test_a_browser_that_keeps_nothing_still_saves_and_says_so(texts, open_page):
    page = open_page(texts.url)
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full') } }")
    page.keyboard.press("1")
    page.get_by_text("This browser keeps nothing over a reload").wait_for()
    saved(page)
    assert len(answers(texts.folder)) == 1


def test_an_answer_that_is_refused_is_kept_and_its_reason_stays(texts, open_page):
    page = open_page(texts.url)
    item = on_screen(page)
    with Project.open(texts.folder) as project, project.store.write() as db:
        db.execute("DELETE FROM leases")
    with texts.client("bo") as other:
        assert [i["id"] for i in other.get("next", params={"n": 1}).json()["items"]] == [item]
    page.keyboard.press("1")
    page.get_by_text("One answer was not taken, and kept in this browser").wait_for()
    page.keyboard.press("1")
    saved(page)
    assert "somebody else was asked" in page.locator(".notice").inner_text()
    aside = page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('aside:'))")
    assert len(aside) == 1


def test_accuracy_is_shown_with_its_interval(make_project, open_page):
    project = make_project()
    for item in project.next_items("bo", 12):
        project.submit(
            item.id, truth_of(item.fields["text"]), annotator="bo", answer_id=f"bo-{item.id:0>8}"
        )
    with serving(project.folder) as server:
        until(lambda: status(project)["accuracy"], 30)
        reached = status(project)["accuracy"]
        page = open_page(server.url)
        page.get_by_text(
            f"accuracy {reached['value']:.2f} ({reached['low']:.2f}–{reached['high']:.2f})"
        ).wait_for()


def test_only_an_owner_can_download_the_answers(texts, chromium):
    with Project.open(texts.folder) as project:
        token, cookie = project.invite("bo", "annotator"), cookie_of(project)
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{texts.url}/progress")
    page.get_by_text("Download the answers").wait_for()
    page.goto(f"{texts.url}/join/{token}")
    page.locator(".who").get_by_text("bo").wait_for()
    page.goto(f"{texts.url}/progress")
    page.get_by_text("Class balance").wait_for()
    assert page.get_by_text("Download the answers").count() == 0
    context.add_cookies([{"name": cookie, "value": "revoked", "url": texts.url}])
    page.goto(texts.url)
    page.get_by_text("This invitation is not valid any more").wait_for()
    context.close()


def test_an_image_that_is_not_there_yet_takes_no_label_and_comes_by_itself(digits, chromium):
    folder, _ = digits
    with serving(folder) as server:
        context = chromium.new_context()
        page = context.new_page()
        line = {"cut": True}
        page.route(
            "**/api/v1/media/*",
            lambda route: route.abort() if line["cut"] else route.continue_(),
        )
        page.goto(server.url)
        page.get_by_text("Fetching the image…").wait_for()
        item = on_screen(page)
        page.keyboard.press("1")
        assert on_screen(page) == item
        line["cut"] = False
        page.locator(".item img").wait_for()
        page.keyboard.press("1")
        assert on_screen(page) != item
        context.close()


def test_the_demo_serves_without_scikit_learn(tmp_path, open_page):
    words = ("demo", "--no-browser", "--project", str(tmp_path / "demo"))
    with serving(tmp_path / "demo", words=words) as server:
        open_page(server.url).locator(".item img").wait_for()
        assert not server.modules() & {"sklearn", "modAL"}


def test_what_is_held_is_chosen_anew_within_five_seconds_of_a_new_model(texts, open_page):
    page = open_page(texts.url)
    here = on_screen(page)
    with texts.client("bo") as bo, Project.open(texts.folder) as project:
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
    assert on_screen(page) == here


def test_the_count_on_screen_is_the_count_in_the_database(texts, open_page):
    page = open_page(texts.url)
    for key in "1212":
        page.keyboard.press(key)
    saved(page)
    page.wait_for_function(
        "[...document.querySelectorAll('*')].some(e => e.shadowRoot"
        " && e.shadowRoot.querySelector('.count')?.textContent.startsWith('4 labels'))"
    )
    with Project.open(texts.folder) as project:
        assert status(project)["labels"] == 4
        assert items.count(project.store.read) == 90
