"""Every kind of task on the label page, in a real Chromium, and what the log has of it."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from conftest import write_csv
from playwright.sync_api import expect
from real_server import serving
from test_accessibility import violations

from loop import Answer, Project
from loop.creation import Source, create
from loop.dataset import Columns
from loop.errors import SettingsError
from loop.store import standings
from ui.task_options import scale_of, systems_of, usual_columns

browser = pytest.mark.browser

HEADER = ["id", "prompt", "a", "b", "c", "output", "of a", "of b"]
MADE, MADE_BY = ("system-one", "system-two"), ("of a", "of b")
ROWS = [
    [f"i{n}", f"question {n}", f"salt {n}", f"soap {n}", f"sand {n}", f"It come {n} late.", *MADE]
    for n in range(60)
]
KINDS = {  # the columns of each, and its settings
    "thumbs": (("prompt", "output"), {}),
    "rate": (("output",), {"scale": (0, 10), "scale_words": ("awful", "excellent")}),
    "compare": (("prompt", "a", "b"), {"systems": {"a": "of a", "b": "of b"}, "overlap": 3}),
    "rank": (("prompt", "a", "b", "c"), {}),
    "correct": (("prompt", "output"), {}),
    "write": (("prompt",), {}),
}


def project_of(folder, task) -> Project:
    columns, settings = KINDS[task]
    data = write_csv(folder.with_suffix(".csv"), HEADER, ROWS)
    meta = tuple(settings.get("systems", {}).values())
    source = Source(data, Columns("text", columns, id="id", meta=meta))
    never = {"first": 10_000}  # what a model makes of it is another test's matter
    return create(folder, source, task=task, audit_share=0, retrain=never, **settings)


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator:
    """A function that serves a project of a task, from its first use to the end of the file."""
    running = {}
    with ExitStack() as stack:

        def serve(task):
            if task not in running:
                folder = tmp_path_factory.mktemp(task) / task
                project_of(folder, task).close()
                running[task] = stack.enter_context(serving(folder))
            return running[task]

        yield serve


@pytest.fixture
def begin(served, come_in):
    """A function that opens the label page of a task as somebody new, and says what is stored."""

    def open_(task):
        server = served(task)
        page = come_in(server)

        def stored():
            page.wait_for_selector(".saved[data-kind=done]")
            with Project.open(server.folder) as project:
                rows = list(standings.judgements(project.store.read))
            return [row for row in rows if row["annotator"] == page.person]

        return page, stored

    return open_


def values(rows):
    """What was stored; a text of people's own lies in an object."""
    return [v["text"] if isinstance(v := row["value"], dict) else v for row in rows]


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def item_on(page):
    return page.locator(".item").get_attribute("data-item")


def order_of(page):
    """The outputs as they stand, by the letters of their columns."""
    letters = {"salt": "a", "soap": "b", "sand": "c"}
    texts = page.locator(".output .text").all_inner_texts()
    return [letters[text.split()[0]] for text in texts]


def strip(page):
    return [words.removeprefix("‹ ") for words in page.locator(".history button").all_inner_texts()]


def again(page):
    """The page, loaded anew."""
    page.wait_for_selector(".saved[data-kind=done]")
    page.reload()
    page.wait_for_selector(".item[data-item]")


# ---------------------------------------------------------------- classes


@browser
def test_a_thumb_is_one_key_and_can_be_undone_and_answered_anew(begin):
    page, stored = begin("thumbs")
    expect(page.get_by_role("button", name="down")).to_be_visible()
    first = item_on(page)
    press(page, "1", "2", "s", "1", "z")
    assert strip(page) == ["skip", "down", "up"]
    press(page, "2")
    assert strip(page) == ["down", "skip", "down", "up"]
    press(page, "e", "ArrowRight", "ArrowRight", "ArrowRight", "Enter")
    assert item_on(page) == first
    expect(page.locator(".classes .was")).to_have_text("1up")
    press(page, "2")
    rows = stored()
    assert sorted(values([row for row in rows if row["kind"] == "label"])) == ["down"] * 3
    assert [row["value"] for row in rows if row["item_id"] == first] == ["down"]
    expect(page.locator(".count")).to_contain_text("answers")


@browser
def test_a_scale_is_a_row_of_keys_with_its_words_at_the_ends(begin):
    page, stored = begin("rate")
    assert page.locator(".classes").inner_text().split() == [
        *("awful", *"0123456789", "X", "10", "excellent"),
    ]
    assert page.locator(".recents").is_hidden()
    press(page, "0", "x", "7")
    assert strip(page) == ["7", "10", "0"]
    press(page, "z", "8")
    assert values(stored()) == ["0", "10", "8"]
    again(page)
    assert strip(page) == ["8", "10", "0"]
    expect(page.locator(".notice")).to_be_hidden()  # the classes are as they were


# ---------------------------------------------------------------- outputs


@browser
def test_the_better_one_is_stored_by_its_name_whatever_side_it_stood_on(begin):
    page, stored = begin("compare")
    stood = []
    for key in ("1", "2", "ArrowLeft", "ArrowRight", "3", "4"):
        stood.append(order_of(page))
        press(page, key)
    rows = stored()
    assert [row["shown_order"] for row in rows] == stood
    lefts, rights = [one[0] for one in stood], [one[1] for one in stood]
    assert values(rows) == [lefts[0], rights[1], lefts[2], rights[3], "tie", "both-bad"]
    assert strip(page) == ["both bad", "tie", *["2 better", "1 better"] * 2]
    assert not any(name in page.content() for name in (*MADE, "of a"))


@browser
def test_a_pair_comes_back_as_it_stood(begin):
    page, stored = begin("compare")
    first, stood = item_on(page), order_of(page)
    press(page, "1", "s")
    again(page)
    press(page, "z", "z")
    assert (item_on(page), order_of(page)) == (first, stood)
    press(page, "3")
    again(page)
    press(page, "e", "Enter")
    assert order_of(page) == stood
    expect(page.locator(".classes .was")).to_have_text("3tie")
    press(page, "2")
    (row,) = stored()
    assert (row["value"], row["shown_order"]) == (stood[1], stood)


def test_sides_fall_differently_for_different_people(tmp_path):
    with project_of(tmp_path / "compare", "compare") as project:
        seen = [
            {item.id: item.order for item in project.next_items(f"person {n}", 20)}
            for n in range(3)
        ]
        orders = [tuple(order) for one in seen for order in one.values()]
        assert 0.25 < orders.count(("a", "b")) / len(orders) < 0.75
        shared = set(seen[0]) & set(seen[1])
        assert 0 < sum(seen[0][id_] != seen[1][id_] for id_ in shared) < len(shared)


@browser
def test_outputs_get_their_places_key_by_key_and_a_slip_is_mended(begin):
    page, stored = begin("rank")
    a, b, c = stood = order_of(page)
    places = page.locator(".output .place")
    press(page, "3")
    assert places.all_inner_texts() == ["", "", "1st"]
    press(page, "Enter")
    page.get_by_text("1 of 3 have a place").wait_for()
    assert item_on(page)
    press(page, "Backspace", "2", "1")
    assert places.all_inner_texts() == ["2nd", "1st", "3rd"]  # the last needs no key
    assert stood == order_of(page)
    press(page, "1")  # its place is taken back
    page.locator(".output").nth(2).click()
    assert places.all_inner_texts() == ["3rd", "1st", "2nd"]
    name = "Output 2: 1st place"
    expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
    press(page, "Enter")
    assert strip(page) == ["2 › 3 › 1"]
    press(page, "z")
    assert places.all_inner_texts() == ["3rd", "1st", "2nd"]
    press(page, "Enter")
    (row,) = stored()
    assert (row["value"], row["shown_order"]) == ([b, c, a], stood)
    again(page)
    press(page, "e", "Enter", "3", "2", "1", "3", "Enter")  # 3 and 2 go, then 1 comes first
    (row,) = stored()
    assert (row["value"], row["shown_order"]) == ([a, c, b], stood)


# ---------------------------------------------------------------- texts


@browser
def test_a_text_is_right_with_one_key_or_put_right_with_what_changed_in_sight(begin):
    page, stored = begin("correct")
    editor, changes = page.locator(".editor"), page.locator(".changes")
    given = editor.input_value()
    press(page, "Enter")
    second = editor.input_value()
    press(page, "t", "Control+Home", "Control+ArrowRight", "Control+ArrowRight", "s")
    assert editor.input_value() == second.replace("come", "comes")
    expect(changes.locator("del")).to_have_text(["come"])  # painted after what is typed
    expect(changes.locator("ins")).to_have_text(["comes"])
    page.keyboard.type("1s")  # digits and letters are text here
    again(page)
    assert editor.input_value() == second.replace("come", "comes1s")  # a draft survives
    press(page, "t", "Control+Enter")
    assert values(stored()) == [given, second.replace("come", "comes1s")]
    assert strip(page)[1] == "right"
    press(page, "z")
    expect(changes.locator("ins")).to_have_count(1)
    press(page, "t", "Control+a", "Delete", "Control+Enter")
    page.get_by_text("An empty text cannot be sent").wait_for()
    assert editor.input_value() == ""
    press(page, "Escape", "f")
    assert [row["kind"] for row in stored()] == ["label", "flag"]


@browser
def test_a_text_is_written_at_once_and_an_empty_one_is_refused(begin):
    page, stored = begin("write")
    editor = page.locator(".editor")
    press(page, "Control+Enter")
    page.get_by_text("An empty text cannot be sent").wait_for()
    page.keyboard.type("line 1")
    press(page, "Enter")
    page.keyboard.type("<b>2</b>")
    press(page, "Control+Enter")
    page.keyboard.type("second")
    page.get_by_role("button", name="other keys").click()  # out of the text, as Esc goes
    press(page, "s")
    expect(editor).to_have_value("")
    expect(editor).to_be_focused()
    press(page, "Escape", "z")
    expect(editor).to_have_value("second")  # what was begun came back
    press(page, "Escape", "e", "Enter")
    expect(editor).to_have_value("line 1\n<b>2</b>")
    page.keyboard.press("Control+End")
    page.keyboard.type("!")
    press(page, "Meta+Enter")
    expect(editor).to_have_value("second")
    assert values(stored()) == ["line 1\n<b>2</b>!"]


@browser
@pytest.mark.parametrize("task", ["rate", "compare", "rank", "correct"])  # the others look alike
def test_each_is_accessible(begin, task):
    page, _ = begin(task)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    if task == "rank":
        press(page, "2")
    if task == "correct":
        press(page, "t", "x")
    assert violations(page) == []


# ---------------------------------------------------------------- review


@browser
def test_a_reviewer_sees_what_made_which_and_decides(served, come_in):
    server = served("compare")
    with Project.open(server.folder) as project:
        said = [
            Answer("review-of-ana", "i59", "preference", "a"),
            Answer("review-of-bo", "i59", "flag"),
        ]
        for who, answer in zip(("ana", "bo"), said, strict=True):
            assert not project.session.submit(who, [answer]).rejected
    page = come_in(server, "/review", role="reviewer")
    page.get_by_text("flagged (1)").click()
    for n, name in enumerate(MADE):
        page.get_by_text(f"{'ab'[n]}, by {name}").wait_for()
    page.get_by_role("button", name="both-bad").click()
    page.get_by_text("i59 is both-bad now").wait_for()


# ---------------------------------------------------------------- a new project


@pytest.mark.parametrize(
    ("task", "there", "found"),
    [
        ("compare", "id b prompt a", "prompt a b"),
        ("compare", "prompt a", ""),
        ("rank", "a b prompt d c x", "prompt a b c d"),
        ("rank", "a prompt text", "text"),
        ("rate", "prompt output text", "prompt output"),
        ("correct", "text", "text"),
        ("write", "output prompt", "prompt"),
        ("classify", "prompt output", ""),
    ],
)
def test_columns_are_found_by_their_names(task, there, found):
    assert usual_columns(task, there.split()) == tuple(found.split())


def test_what_does_not_fit_the_task_is_refused():
    for words in ("5", "a-b", "1..5"):
        with pytest.raises(SettingsError, match=r"no scale: write its lowest"):
            scale_of("rate", words, ())
    with pytest.raises(SettingsError, match="A scale is for --task rate; 'thumbs' has none"):
        scale_of("thumbs", "1-5", ())
    assert scale_of("rate", "-2-2", ("bad", "good")) == {
        "scale": (-2, 2),
        "scale_words": ("bad", "good"),
    }
    with pytest.raises(SettingsError, match=r"1 columns \(x\), and there are 2 outputs \(a, b\)"):
        systems_of("compare", ("a", "b"), ("x",))


def test_a_project_of_each_task_is_one_command(tmp_path, askwell_here):
    write_csv(tmp_path / "d.csv", HEADER, ROWS)
    told = {
        task: askwell_here("init", task, "--data", "d.csv", "--id", "id", "--task", task).stdout
        for task in KINDS
    }
    assert "Keys: 1 = up, 2 = down." in told["thumbs"]
    assert "Keys: 1 = the left one, 2 = the right one, 3 = tie, 4 = both bad." in told["compare"]
    assert "Keys: 1 to 3 give an output the next place, Enter sends." in told["rank"]
    assert "No model: no classifier learns from texts" in told["correct"]
    words = ("--data", "d.csv", "--task", "compare", "--systems", "of a,of b")
    assert askwell_here("init", "with", *words).returncode == 0
    with Project.open(tmp_path / "with") as made:
        assert made.settings.systems == {"a": "of a", "b": "of b"}
        assert (made.settings.columns, made.settings.meta) == (("prompt", "a", "b"), MADE_BY)
    refused = askwell_here("init", "no", "--data", "d.csv", "--task", "rank", "--text", "prompt,a")
    assert "to rank are 2 to 9 outputs" in refused.stderr
