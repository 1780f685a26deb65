"""How a person says what an item is: two keys, a name, several at once, another answer later."""

import csv
import io
import json
import uuid

import pytest
from conftest import project_in, write_csv
from real_server import Server, serving, until

from loop import Answer, Project, exports, status
from loop.asking import round_now
from loop.creation import Source, create
from loop.dataset import Columns
from loop.errors import DataError
from loop.exports import text as exported
from loop.store import log, rounds, standings
from loop.store.database import each

browser = pytest.mark.browser
NAMES = [f"{verb} {thing}" for verb in "abcdefg" for thing in "jklmnopqrst"]
MENU = ("latecafe", "Crème brûlée", "my_café")
INTENTS = (*NAMES[:40], *MENU, *NAMES[43:])  # 77
OWN_KEYS = {INTENTS[53]: "q", INTENTS[54]: "xy"}
COLUMNS = Columns("text", ("text",), id="id")


def texts_in(folder, classes, n=600, **settings):
    rows = [[f"p{i}", f"text number {i}"] for i in range(n)]
    data = write_csv(folder.with_suffix(".csv"), ["id", "text"], rows)
    create(folder, Source(data, COLUMNS), classes=classes, audit_share=0, **settings).close()
    return folder


@pytest.fixture(scope="module")
def intents(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many") / "intents"
    with serving(texts_in(folder, INTENTS, keys=OWN_KEYS)) as server:
        yield server


@pytest.fixture(scope="module")
def topics(tmp_path_factory):
    folder = tmp_path_factory.mktemp("several") / "topics"
    classes = ("sport", "money", "art")
    with serving(texts_in(folder, classes, task="multilabel")) as server:
        yield server


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    folder = tmp_path_factory.mktemp("few") / "reviews"
    project_in(folder, n=600, audit=0, audit_share=0).close()
    with serving(folder) as server:
        yield server


def on_screen(page):
    return page.locator(".item").get_attribute("data-item")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def saved(page):
    page.wait_for_selector(".saved[data-kind=done]")


def standing(folder, who=None):
    """What stands on each item: of this person, or of everybody."""
    with Project.open(folder) as project:
        rows = list(standings.judgements(project.store.read))
    return {row["item_id"]: row["value"] for row in rows if who in {None, row["annotator"]}}


def history(folder, item, who):
    """Every row of the log about one item by one person: kind and value."""
    with Project.open(folder) as project:
        read = project.store.read
        sql = (
            "SELECT l.* FROM log l JOIN items i USING (position) "
            "WHERE i.id = ? AND annotator = ? ORDER BY seq"
        )
        rows = list(each(read, sql, [item, who]))
    return [(row["kind"], json.loads(row["value"] or "null")) for row in rows]


def status_of(server):
    with Project.open(server.folder) as project:
        return status(project)


def strip(page):
    return page.locator(".history button").all_inner_texts()


# more than ten classes


@browser
def test_seventy_seven_classes_by_two_keys_each(intents, come_in):
    page = come_in(intents)
    first, _ = on_screen(page), press(page, "1", "1")
    second, _ = on_screen(page), press(page, "8", "7")
    third, _ = on_screen(page), press(page, "3", "0")
    saved(page)
    found = standing(intents.folder)
    assert [found[first], found[second], found[third]] == [INTENTS[0], INTENTS[76], INTENTS[29]]


@browser
def test_the_first_key_narrows_in_place_and_can_be_taken_back(intents, come_in):
    page = come_in(intents)
    item = on_screen(page)
    button = page.locator(".classes button", has_text="12")
    place = button.bounding_box()
    press(page, "1")
    page.locator(".classes .hit").nth(9).wait_for()
    assert button.bounding_box() == place
    press(page, "s", "x", "Space")  # no class has these: and nothing is skipped by a slip
    assert page.locator(".classes .hit").count() == 10
    press(page, "Escape")
    assert page.locator(".classes .hit").count() == 0
    press(page, "8", "9", "Backspace")  # there is no 89
    assert (on_screen(page), standing(intents.folder, page.person)) == (item, {})


@browser
def test_a_held_key_is_one_key_of_two(intents, come_in):
    page = come_in(intents)
    item = on_screen(page)
    for _ in range(6):
        page.keyboard.down("1")
    page.keyboard.up("1")
    assert on_screen(page) == item
    press(page, "Escape")


KEYDOWN = "k => document.dispatchEvent(new KeyboardEvent('keydown', {...k, composed: true}))"


@browser
@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        ([("&", "Digit1"), ("é", "Digit2")], 1),  # AZERTY, without Shift
        ([("3", "Numpad3"), ("3", "Digit3")], 22),
    ],
)
def test_two_keys_lie_where_they_lie_on_another_keyboard(intents, come_in, keys, chosen):
    page = come_in(intents)
    item = on_screen(page)
    for key, code in keys:
        page.evaluate(KEYDOWN, {"key": key, "code": code})
    saved(page)
    assert standing(intents.folder)[item] == INTENTS[chosen]


@browser
def test_a_cyrillic_keyboard_reaches_letters_and_a_latin_one_is_taken_at_its_word(few, come_in):
    page = come_in(few)
    item = on_screen(page)
    page.evaluate(KEYDOWN, {"key": "q", "code": "KeyS"})  # a Q, wherever it lies
    assert on_screen(page) == item
    page.evaluate(KEYDOWN, {"key": "ы", "code": "KeyS"})
    saved(page)
    assert history(few.folder, item, page.person) == [("skip", None)]


@browser
def test_a_class_is_found_by_its_name(intents, come_in):
    page = come_in(intents)
    item, _ = on_screen(page), press(page, "Space")
    page.keyboard.type("b P")
    assert page.get_by_role("option").all_inner_texts()[0].split("\n")[0] == "b p"
    line = page.get_by_role("combobox")
    assert line.get_attribute("aria-activedescendant") == "found-0"
    press(page, "Enter")
    assert line.count() == 0  # hidden again
    second, _ = on_screen(page), press(page, "Enter")  # opens it as well
    page.keyboard.type("g")
    press(page, "ArrowDown", "ArrowDown", "ArrowUp", "Enter")
    third, _ = on_screen(page), press(page, "Space")
    page.keyboard.type("no such class")
    press(page, "Enter")
    page.get_by_text("No class is called so.").wait_for()
    press(page, "Escape")
    assert on_screen(page) == third
    saved(page)
    found = standing(intents.folder)
    assert (found[item], found[second]) == ("b p", "g k")


@browser
def test_case_and_accents_do_not_matter_and_word_beginnings_come_first(intents, come_in):
    page = come_in(intents)
    press(page, "Space")
    page.keyboard.type("CAFE")
    options = page.get_by_role("option")
    assert [o.split("\n")[0] for o in options.all_inner_texts()] == ["my_café", "latecafe"]
    page.get_by_role("combobox").fill("brulee cr")
    assert options.all_inner_texts()[0].startswith("Crème brûlée")
    options.first.click()
    saved(page)
    assert set(standing(intents.folder, page.person).values()) == {"Crème brûlée"}


@browser
def test_a_class_used_keeps_its_slot_while_others_come(intents, come_in):
    page = come_in(intents)
    for second in "123456789":
        press(page, "7", second)
    slots = page.locator(".recents button").all_inner_texts()
    assert len(slots) == 9
    press(page, "7", "9", "7", "2", "7", "0")
    after = page.locator(".recents button").all_inner_texts()
    assert [a for a, b in zip(after, slots, strict=True) if a != b] == [f"70\n{INTENTS[69]}"]
    saved(page)


@browser
def test_ones_own_keys_choose_their_classes(intents, come_in):
    page = come_in(intents)
    press(page, "q", "x", "y", "6", "6")
    saved(page)
    assert set(standing(intents.folder, page.person).values()) == set(INTENTS[53:56])


# several classes at once


@browser
def test_several_classes_are_toggled_and_sent_with_enter(topics, come_in):
    page = come_in(topics)
    first, _ = on_screen(page), press(page, "3", "2", "1", "2")
    pressed = page.locator(".classes [aria-pressed=true]").all_inner_texts()
    assert [words.split("\n")[-1] for words in pressed] == ["sport", "art"]
    assert on_screen(page) == first
    press(page, "Enter")
    assert page.locator(".classes [aria-pressed=true]").count() == 0
    second, _ = on_screen(page), press(page, "Enter")  # none of these
    saved(page)
    found = standing(topics.folder)
    assert (found[first], found[second]) == (["sport", "art"], [])
    assert strip(page)[:2] == ["none", "sport, art"]
    press(page, "z", "z")  # what was chosen comes back with the item
    assert on_screen(page) == first
    assert page.locator(".classes [aria-pressed=true]").count() == 2
    saved(page)


@pytest.fixture
def several(tmp_path):
    """A project of several classes each, and the words that decide them."""
    folder = tmp_path / "several"
    words = ("goal", "share", "paint")
    rows = [
        [f"p{i}", " ".join([w for j, w in enumerate(words) if i >> j & 1] + ["it"])]
        for i in range(80)
    ]
    data = write_csv(tmp_path / "d.csv", ["id", "text"], rows)
    truth = [
        [f"a{i}", f"{text} so", "|".join(w for w in words if w in text) or "|"]
        for i, (_, text) in enumerate(rows[:40])
    ]
    audit = write_csv(tmp_path / "a.csv", ["id", "text", "label"], truth)
    source = Source(audit, Columns("text", ("text",), id="id", label="label"))
    with create(
        folder, Source(data, COLUMNS), audit=source, classes=words, task="multilabel"
    ) as made:
        yield made


def say(project, item, value, who="ana", **more):
    answer = Answer(uuid.uuid4().hex, item.id, "label", value, **more)
    return project.session.submit(who, [answer])


def test_several_classes_are_learned_measured_and_asked_at_random(several):
    for item in several.next_items("ana", 30):
        assert say(
            several, item, [c for c in several.settings.classes if c in item.fields["text"]]
        ).saved
    round_now(several)
    reached = status(several)["accuracy"]
    assert reached["value"] == 1.0  # every class right, of all 40 audit items
    assert reached["low"] == pytest.approx(0.912, abs=0.001)
    pointer = rounds.ranking(several.store.read)
    assert (pointer.strategy, pointer.tail) == ("random", "random")
    counts = status(several)["classes"]
    assert sum(counts.values()) > status(several)["labels"] == 30


def test_a_set_is_the_same_in_any_order_and_what_is_no_set_is_refused(several):
    (item,) = several.next_items("ana", 1)
    for bad, why in [
        ("goal", "wants a list of classes"),
        (["goal", "gaol"], "no class 'gaol'"),
        (["goal", "goal"], "named twice"),
        (None, "wants a list"),
    ]:
        assert why in say(several, item, bad).rejected[0][1]
    answer = Answer("in-any-order", item.id, "label", ["paint", "goal"])
    again = Answer("in-any-order", item.id, "label", ["goal", "paint"])
    assert several.session.submit("ana", [answer, again]).saved == ["in-any-order"] * 2
    assert log.event(several.store.read, "in-any-order")["value"] == ["goal", "paint"]


def test_an_export_joins_several_classes_or_lists_them(several):
    one, other = several.next_items("ana", 2)
    say(several, one, ["goal", "paint"])
    say(several, other, [])
    rows = {row["item_id"]: row for row in csv.DictReader(io.StringIO(exported(several, "csv")))}
    assert (rows[one.id]["value"], rows[other.id]["value"]) == ("goal|paint", "|")
    lines = [json.loads(line) for line in exported(several, "jsonl").splitlines()]
    values = {line["item_id"]: line["value"] for line in lines}
    assert (values[one.id], values[other.id]) == (["goal", "paint"], [])


def test_none_of_the_classes_is_told_from_no_label_also_after_an_export_and_an_import(
    several, tmp_path
):
    one, other = several.next_items("ana", 2)
    say(several, one, [])
    several.submit(other.id, None, annotator="ana", answer_id="answer-of-none", kind="skip")
    (tmp_path / "out.csv").write_text(exported(several, "csv"))
    columns = Columns("text", ("field_text",), id="item_id", label="value")
    source = Source(tmp_path / "out.csv", columns)
    words = several.settings.classes
    create(tmp_path / "again", source, task="multilabel", classes=words).close()
    found = standing(tmp_path / "again")
    assert found[one.id] == []
    assert other.id not in found


def test_known_labels_of_several_classes_come_with_a_bar_between_or_as_lists(tmp_path):
    lines = [
        {"id": "a", "text": "x", "label": "red | blue"},
        {"id": "b", "text": "y", "label": ["green"]},
        {"id": "c", "text": "z", "label": []},
        {"id": "d", "text": "v", "label": ""},
    ]
    data = tmp_path / "d.jsonl"
    data.write_text("\n".join(map(json.dumps, lines)))
    source = Source(data, Columns("text", ("text",), id="id", label="label"))
    create(tmp_path / "p", source, task="multilabel", classes=("red", "green", "blue")).close()
    found = standing(tmp_path / "p")
    assert found == {"a": ["red", "blue"], "b": ["green"], "c": []}
    with pytest.raises(DataError, match=r"line 1: .* there is no class 'blue'"):
        create(tmp_path / "q", source, task="multilabel", classes=("red", "green"))


def test_init_takes_a_multilabel_project_and_refuses_a_strategy_that_cannot_serve_it(
    askwell_here, tmp_path
):
    write_csv(tmp_path / "d.csv", ["text", "tags"], [["x", "a|b"], ["y", ""], ["z", "b"]])
    words = ("--data", "d.csv", "--label", "tags", "--task", "multilabel")
    refused = askwell_here("init", "p", *words, "--strategy", "margin")
    assert refused.returncode == 1
    assert "The strategy 'margin' needs probabilities" in refused.stderr
    assert "use one of binary-minimum, " in refused.stderr
    made = askwell_here("init", "p", *words)
    assert made.returncode == 0, made.stderr
    with Project.open(tmp_path / "p") as project:
        assert project.settings.classes == ("a", "b")
        assert project.settings.strategy == "random"


# another answer later


@browser
def test_an_earlier_answer_is_opened_from_the_strip_and_answered_anew(few, come_in):
    before = status_of(few)["answers"].get("label", 0)
    page = come_in(few)
    order = []
    for key in "1212":
        order.append(on_screen(page))
        press(page, key)
    here = on_screen(page)
    page.locator(".history button").nth(2).click()  # the second of the four
    assert on_screen(page) == order[1]
    page.get_by_text("Answer anew · Esc keeps money").wait_for()
    press(page, "1")
    assert on_screen(page) == here
    assert strip(page) == ["sport", "money", "sport", "sport"]  # a correction is the newest answer
    saved(page)
    assert history(few.folder, order[1], page.person) == [("label", "money"), ("label", "sport")]
    with Project.open(few.folder) as project:
        lines = list(exports.rows(project))
        asked = log.of_kind(project.store.read, "label")
    lines = [line for line in lines if line["annotator_id"] == page.person]
    asked = [row for row in asked if row["annotator"] == page.person]
    assert {line["item_id"]: line["value"] for line in lines}[order[1]] == "sport"
    assert len(lines) == 4
    assert asked[-1]["rank"] == asked[1]["rank"] is not None  # why it was asked in the first place
    assert page.locator(".count").inner_text().startswith(f"{before + 4} labels")


@browser
def test_e_arrows_and_enter_reach_any_answer_and_escape_leaves_it(few, come_in):
    page = come_in(few)
    order = [on_screen(page)]
    press(page, "s")
    order.append(on_screen(page))
    press(page, "f", "2")
    saved(page)
    here, before = on_screen(page), standing(few.folder, page.person)
    press(page, "e", "1")  # among the earlier answers, a class key labels nothing
    assert on_screen(page) == here
    press(page, "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "Enter")
    assert on_screen(page) == order[1]
    press(page, "Escape")
    assert on_screen(page) == here
    assert standing(few.folder, page.person) == before
    press(page, "e", "ArrowRight", "ArrowRight", "Enter", "1", "e", "ArrowRight", "ArrowRight")
    press(page, "Enter", "2")  # the skip became a label, and the flag too
    assert on_screen(page) == here
    saved(page)
    found = standing(few.folder, page.person)
    assert [found[item] for item in order] == ["sport", "money"]


@browser
@pytest.mark.parametrize("reload", [False, True])
def test_undo_of_an_edit_brings_the_earlier_answer_back(few, come_in, reload):
    page = come_in(few)
    item = on_screen(page)
    press(page, "1", "2")
    here = on_screen(page)
    press(page, "e", "ArrowRight", "Enter", "2")
    press(page, "e", "Enter", "u")  # and once more
    saved(page)
    if reload:
        page.reload()
        page.wait_for_selector(".item[data-item]")
    assert strip(page) == ["unsure", "money"]
    press(page, "z")
    assert (strip(page), on_screen(page)) == (["money", "money"], here)
    press(page, "z")
    assert (strip(page), on_screen(page)) == (["money", "sport"], here)
    saved(page)
    assert standing(few.folder, page.person)[item] == "sport"
    press(page, "z", "z")  # and now the answers themselves
    assert on_screen(page) == item
    saved(page)
    assert standing(few.folder, page.person) == {}


@browser
def test_edits_and_their_undo_wait_for_a_server_that_is_away(tmp_path, come_in):
    folder = tmp_path / "reviews"
    project_in(folder, audit=0, audit_share=0).close()
    server = Server(folder).start()
    page = come_in(server)
    order = []
    for key in "11":
        order.append(on_screen(page))
        press(page, key)
    saved(page)
    server.kill()
    order.append(on_screen(page))
    press(page, "1")
    here = on_screen(page)
    press(page, "e", "ArrowRight", "ArrowRight", "Enter", "2")  # the oldest
    press(page, "e", "ArrowRight", "Enter", "2")  # the one not sent yet
    press(page, "e", "ArrowRight", "ArrowRight", "Enter", "2", "z")  # and one taken back
    assert on_screen(page) == here
    page.wait_for_selector(".saved[data-kind=offline]")
    with serving(folder, server.port):
        page.reload()
        page.wait_for_selector(".item[data-item]")
        saved(page)
        until(lambda: len(standing(folder)) == 3, 10)
        assert [standing(folder)[item] for item in order] == ["money", "sport", "money"]
        assert [kind for kind, _ in history(folder, order[1], page.person)] == [
            "label",
            "label",
            "undo",
        ]


@browser
def test_a_slow_server_cannot_take_an_opened_item_off_the_screen(few, come_in):
    page = come_in(few)
    item = on_screen(page)
    waiting = []

    def hold(route):
        waiting.append(route)

    page.route("**/api/v1/annotations", hold)
    press(page, "1")
    until(lambda: on_screen(page) not in {item, None}, 10)
    here = on_screen(page)
    until(lambda: page.wait_for_timeout(20) or waiting, 20)
    press(page, "e", "Enter")
    waiting.pop().continue_()
    page.unroute("**/api/v1/annotations")
    saved(page)
    assert on_screen(page) == item
    press(page, "/")
    page.keyboard.type("on second thought")
    press(page, "Enter", "2")
    assert on_screen(page) == here
    saved(page)
    assert history(few.folder, item, page.person) == [("label", "sport"), ("label", "money")]


@browser
def test_a_comment_begun_is_still_there_after_an_edit(few, come_in):
    page = come_in(few)
    press(page, "1", "/")
    page.keyboard.type("half a thou")
    press(page, "Enter", "e", "Enter", "2", "/")
    assert page.locator(".comment").input_value() == "half a thou"
    saved(page)


@pytest.mark.parametrize("kind", ["skip", "unsure", "flag"])
def test_ones_own_skip_unsure_or_flag_can_become_a_label_and_back(make_project, kind):
    project = make_project()
    (item,) = project.next_items("ana", 1)
    first = Answer("the-first-1", item.id, kind)
    then = Answer("then-label1", item.id, "label", "sport")
    last = Answer("at-last-001", item.id, kind)
    for answer in (first, then, last):
        assert project.session.submit("ana", [answer]).saved
    assert status(project)["answers"] == {kind: 1}
    given = project.session.answers("ana", 1)[0]
    assert [old.answer_id for old in given.earlier] == ["then-label1", "the-first-1"]
