"""What a person sees of the model: when, on which items, and what the log says of it."""

import csv
import io

import pytest
from conftest import project_in, truth_of
from playwright.sync_api import expect
from real_server import serving, until

from loop import Answer, Project, exports, status, suggestions
from loop.decisions import with_class_renamed, with_values
from loop.errors import SettingsError
from loop.settings import settings_from
from loop.store import leases, log
from loop.store.leases import Lease
from loop.trainer import one_round

SIZES = {"n": 200, "audit": 0, "audit_share": 0.1}


def trained(project: Project, labels: int = 24) -> Project:
    """*project* with a first model."""
    for i in range(labels):
        [item] = project.next_items("teacher", 1)
        kind = truth_of(item.fields["text"])
        answer = Answer(f"teacher-{i}-{item.id}", item.id, "label", kind)
        project.session.submit("teacher", [answer], holding=[])
    one_round(project)
    return project


def lent(project: Project, annotator: str) -> list[Lease]:
    return leases.queue(project.store.read, annotator)


def asked(project: Project, annotator: str, n: int = 60):
    """The next *n* items of this person, each with the lease behind it."""
    items = project.next_items(annotator, n)
    return list(zip(items, lent(project, annotator), strict=True))


def test_hidden_means_hidden_and_the_log_still_knows(make_project):
    project = trained(make_project(**SIZES))
    pairs = asked(project, "ana")
    assert {item.suggestion for item, _ in pairs} == {None}
    item, _ = next((i, lease) for i, lease in pairs if lease.suggestion)
    project.submit(item.id, "sport", annotator="ana", answer_id="an-answer")
    event = log.event(project.store.read, "an-answer")
    assert event["suggestion"] in {"sport", "money"}
    assert event["suggestion_shown"] == 0


def test_what_was_suggested_to_who_gave_no_label_leaves_in_every_format(make_project, tmp_path):
    project = trained(make_project(**SIZES))
    kinds = ["skip", "unsure", "flag"]
    suggested = [(item, lease) for item, lease in asked(project, "ana") if lease.suggestion]
    told = {}
    for kind, (item, lease) in zip(kinds, suggested, strict=False):
        project.submit(item.id, None, annotator="ana", answer_id=f"ana-{kind}", kind=kind)
        told[kind] = lease.suggestion
    for form in ("csv", "jsonl", "parquet", "hf", "label-studio", "argilla"):
        exports.write(project, form, tmp_path / form)
    rows = csv.DictReader(io.StringIO(exports.text(project, "csv")))
    assert {row["kind"]: row["prediction"] for row in rows if row["kind"] in kinds} == told


def test_a_suggestion_is_shown_except_on_audit_items_and_a_random_share(make_project):
    project = trained(make_project(**SIZES, suggestions="prefilled", withheld=0.3))
    pairs = asked(project, "ana", 100)
    audit = [item for item, lease in pairs if lease.strategy == "audit"]
    ordinary = [item for item, lease in pairs if lease.strategy != "audit"]
    withheld = [item for item in ordinary if item.suggestion is None]
    assert audit
    assert {item.suggestion for item in audit} == {None}
    assert 0.15 < len(withheld) / len(ordinary) < 0.45
    right = [
        item.suggestion == truth_of(item.fields["text"]) for item in ordinary if item.suggestion
    ]
    assert sum(right) / len(right) > 0.8


def test_what_is_withheld_stays_so_however_often_one_looks(make_project):
    project = trained(make_project(**SIZES, suggestions="prefilled", withheld=0.5))
    first = {item.id: item.suggestion for item, _ in asked(project, "ana", 30)}
    again = {item.id: item.suggestion for item, _ in asked(project, "ana", 30)}
    assert again == first


def test_it_goes_by_the_name_that_the_class_has_now(make_project):
    project = trained(make_project(**SIZES, suggestions="prefilled", withheld=0))
    project.decide("owner", with_class_renamed("money", "cash"))
    named = {item.suggestion for item, _ in asked(project, "ana", 40)}
    assert named <= {"sport", "cash", None}
    assert "cash" in named


def test_a_second_thought_comes_after_the_answer_and_only_where_they_differ(make_project):
    project = trained(make_project(**SIZES, suggestions="after", withheld=0))
    pairs = asked(project, "ana")
    assert {item.suggestion for item, _ in pairs} == {None}
    ordinary = [(item, lease) for item, lease in pairs if lease.suggestion]
    (one, first), (two, second) = ordinary[:2]
    other = {"sport": "money", "money": "sport"}
    receipt = project.session.submit(
        "ana",
        [
            Answer("agreeing", one.id, "label", first.suggestion),
            Answer("differing", two.id, "label", other[second.suggestion]),
        ],
    )
    assert receipt.second_thoughts == {"differing": second.suggestion}
    told = {row["feedback_id"]: row["suggestion_shown"] for row in exports.rows(project)}
    assert not told["differing"]


def test_only_one_class_each_has_suggestions(make_project):
    with pytest.raises(SettingsError, match=r"multilabel.*no suggestions yet"):
        make_project(**SIZES, task="multilabel", suggestions="prefilled")


def test_why_says_what_chose_the_item_and_which_words_pulled(make_project):
    project = trained(make_project(**SIZES, withheld=0))
    [item, *_] = [i for i, lease in asked(project, "ana") if lease.strategy == "uherding"]
    why = project.session.why("ana", item.id)
    assert (why.lease.strategy, why.lease.model_version, why.version) == ("uherding", 1, 1)
    assert abs(sum(p for _, p in why.probabilities) - 1) < 0.01
    assert {word for word, _ in why.pulls} <= set(item.fields["text"].split())
    assert project.session.why("bo", item.id) is None


def test_why_keeps_to_itself_on_audit_items_until_they_are_answered(make_project):
    project = trained(make_project(**SIZES, withheld=0))
    item, _ = next((i, lease) for i, lease in asked(project, "ana") if lease.strategy == "audit")
    assert project.session.why("ana", item.id).after_answer
    project.submit(item.id, "sport", annotator="ana", answer_id="an-answer")
    assert project.session.why("ana", item.id).lease.strategy == "audit"


def test_withheld_is_a_share_of_items_not_of_people():
    two = {"name": "p", "modality": "text", "columns": ("text",), "classes": ("a", "b")}
    settings = settings_from(**two, withheld=0.2)
    for who in ("ana", "bo"):
        n = sum(suggestions.is_withheld(settings, who, Lease(i, "margin")) for i in range(5000))
        assert 0.17 < n / 5000 < 0.23


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A server and its project, with a first model; how much it shows is for each test to set."""
    folder = tmp_path_factory.mktemp("taught") / "reviews"
    settings = SIZES | {"withheld": 0, "audit_every": 1000}
    with trained(project_in(folder, **settings)) as project, serving(folder) as server:
        yield server, project


@pytest.mark.browser
def test_enter_agrees_and_w_tells_why(taught, come_in):
    server, project = taught
    project.decide("owner", with_values(suggestions="prefilled"))
    page = come_in(server)
    suggested = page.locator(".classes .suggested")
    expect(suggested).to_have_count(1)
    name = suggested.inner_text().split()[-1]
    page.keyboard.press("w")
    expect(page.locator(".drawer .bars dt")).to_have_count(2)
    expect(page.locator(".drawer")).to_contain_text("chosen by uherding")
    page.keyboard.press("Enter")
    [given] = until(lambda: project.session.answers(page.person, 5), 10)
    assert given.answer.value == name


@pytest.mark.browser
def test_a_second_thought_stands_in_the_strip(taught, come_in):
    server, project = taught
    project.decide("owner", with_values(suggestions="after"))
    before = status(project)["answers"]["label"]
    page = come_in(server)
    for _ in range(6):
        page.keyboard.press("1")
    expect(page.locator(".history .doubt").first).to_contain_text("model: money?")
    page.wait_for_selector(".saved[data-kind=done]")
    assert status(project)["answers"]["label"] == before + 6


def test_a_project_changes_how_much_it_shows(make_project):
    project = trained(make_project(**SIZES))
    project.decide("owner", with_values(suggestions="prefilled", withheld=0.0))
    assert any(item.suggestion for item, _ in asked(project, "ana"))
