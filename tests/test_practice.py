"""Practice: right answers are told first; who is right too rarely is asked nothing more."""

import uuid

import pytest
from conftest import truth_of
from real_server import serving
from test_review import says

from loop import reviewing
from loop.decisions import with_values
from loop.errors import SettingsError
from loop.practice import Lesson, OnGold, held_back, left, warned, warning
from loop.reviewing import Verdict
from loop.session import Answer
from loop.settings import settings_from
from loop.store import items

OTHER = {"sport": "money", "money": "sport"}


def rule(**more):
    values = {"name": "x", "modality": "text", "columns": ["text"], "classes": ["a", "b"]}
    return settings_from(**values | more)


@pytest.fixture
def school(make_project):
    """A project with twelve gold items, five of them for practice, and three in five to pass."""
    project = make_project(audit=0, audit_share=0, practice=5, pass_mark=0.6, gold_every=2)
    every = {item.id: truth_of(item.fields["text"]) for item in items.every(project.store.read)}
    gold = [Verdict(f"p{n}", every[f"p{n}"], is_gold=True, why=f"because {n}") for n in range(12)]
    reviewing.decide(project, "rev", gold)
    project.right = every
    return project


def answer(project, who, right):
    """This person's next item, answered so; the receipt."""
    (item,) = project.next_items(who, 1)
    label = project.right[item.id]
    made = Answer(uuid.uuid4().hex, item.id, "label", label if right else OTHER[label])
    return item.id, made, project.session.submit(who, [made], holding=[], n=3)


def test_a_newcomer_practises_first_and_is_told_what_is_right(school):
    for n in range(5):
        id_, made, receipt = answer(school, "ana", right=n > 0)
        assert receipt.lessons == {
            made.answer_id: Lesson(n > 0, school.right[id_], f"because {id_[1:]}")
        }
        if n < 4:
            assert {item.id for item in receipt.items} <= {f"p{k}" for k in range(12)}
            assert len(receipt.items) == min(3, 4 - n)
    assert len(receipt.items) == 3
    later = [answer(school, "ana", right=True)[2] for _ in range(20)]
    assert all(receipt.lessons == {} for receipt in later)
    assert later[-1].held_back is None


def test_who_fails_practice_is_asked_nothing_until_let_on(school):
    school.invite("ana")
    for n in range(5):
        _, _, receipt = answer(school, "ana", right=n < 2)
    assert receipt.held_back.startswith("In practice 2 of 5 were right, and 60% are wanted.")
    assert receipt.items == []
    assert school.next_items("ana", 3) == []
    school.people.let_on("ana")
    assert school.session.held_back("ana") is None
    found = school.next_items("ana", 3)
    assert len(found) == 3
    assert {item.id for item in found} <= {f"p{k}" for k in range(12)}  # practice begins anew


def test_who_decides_needs_no_practice(school):
    school.invite("eve", "reviewer")
    found = {item.id for item in school.next_items("eve", 20)}
    assert found - {f"p{k}" for k in range(12)}


def test_practice_ends_where_the_gold_items_do(school):
    school.decide("owner", with_values(practice=50, pass_mark=None))
    for _ in range(12):
        assert answer(school, "ana", right=True)[2].lessons
    assert not answer(school, "ana", right=True)[2].lessons


def test_a_stranger_cannot_be_let_on(school):
    with pytest.raises(SettingsError, match="nobody called 'nobody'"):
        school.people.let_on("nobody")


@pytest.mark.parametrize(
    ("told", "is_held"),
    [
        (OnGold(gold=9, gold_right=0), False),  # too few to say
        (OnGold(gold=10, gold_right=3), True),  # 0.11 to 0.60
        (OnGold(gold=10, gold_right=6), False),  # 0.31 to 0.83
        (OnGold(gold=100, gold_right=59), True),  # 0.49 to 0.68
        (OnGold(gold=100, gold_right=62), False),
    ],
)
def test_silent_gold_holds_back_who_is_surely_below(told, is_held):
    assert bool(held_back(rule(pause_below=0.7), told)) == is_held


@pytest.mark.parametrize(
    ("right", "n", "of_tens", "to_reviewers", "to_them"),
    [
        (3, 9, 0, False, False),  # too few to say
        (3, 10, 3, True, True),  # 0.11 to 0.60
        (6, 10, 6, False, False),  # 0.31 to 0.83
        (6, 19, 6, True, False),  # 0.15 to 0.54; but of the first ten 6
        (6, 20, 6, True, True),
    ],
)
def test_who_is_surely_below_is_warned_and_hears_of_whole_tens_only(
    right, n, of_tens, to_reviewers, to_them
):
    """A sentence that came with an answer would tell that its item was gold."""
    told = OnGold(gold=n, gold_right=right, gold_right_in_tens=of_tens)
    mark = rule(warn_below=0.7)
    assert bool(warned(mark, "ana", told)) == to_reviewers
    assert bool(warning(mark, told)) == to_them
    assert held_back(mark, told) is None
    assert warned(rule(), "ana", told) is warning(rule(), told) is None


def test_reviewers_read_the_figures_and_the_person_a_friendly_sentence():
    told = OnGold(gold=24, gold_right=11, gold_right_in_tens=10)
    assert warned(rule(warn_below=0.8, pause_below=0.7), "ana", told) == (
        "ana was right on 11 of 24 gold items, surely fewer than the 80% below which Settings "
        "warns, and is asked nothing more until an owner lets them go on."
    )
    assert warning(rule(warn_below=0.8), told).startswith(
        "Of 20 answers of yours whose right label is known, 10 were right; 80% are hoped for."
    )


def test_nobody_is_warned_below_a_mark_that_holds_them_back_before():
    with pytest.raises(SettingsError, match="nobody is warned below 60% who is held back below"):
        rule(warn_below=0.6, pause_below=0.7)


def test_without_thresholds_nobody_is_held_back():
    assert held_back(rule(), OnGold(10, 0, 100, 0)) is None
    assert left(rule(), OnGold(there=50)) == 0


def test_a_newcomer_learns_in_the_browser_and_an_owner_lets_them_on(school, come_in):
    with serving(school.folder) as server:
        page = come_in(server)
        who = page.person
        for n in range(5):
            item = page.locator(".item[data-item]")
            id_ = item.get_attribute("data-item")
            label = school.right[id_]
            page.keyboard.press(school.settings.class_keys[OTHER[label] if n > 1 else label])
            if n > 1:
                page.get_by_text(f"{label} is right. because {id_[1:]}").wait_for()
                page.locator(".notice").click()
            if n < 4:
                page.locator(f".item[data-item]:not([data-item='{id_}'])").wait_for()
        page.get_by_text("In practice 2 of 5 were right").wait_for()
        page = come_in(server, "/team", role="owner")
        page.get_by_role("combobox", name="Person").wait_for()
        page.get_by_role("combobox", name="Person").fill(who)
        page.keyboard.press("Enter")
        page.get_by_text(f"{who} is asked nothing more").wait_for()
        page.get_by_role("button", name="Let them go on").click()
        page.get_by_text(f"{who} goes on.").wait_for()
    assert school.session.held_back(who) is None


def test_an_answer_in_practice_never_changes_the_label(school):
    before = reviewing.case(school, "p0").decided
    says(school, "ana", "p0", OTHER[school.right["p0"]])
    assert reviewing.case(school, "p0").decided == before
