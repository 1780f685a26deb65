"""Before there is a model: random from the first second, then items that stand for the others."""

import pytest
from conftest import truth_of

from loop import cold_start, importing, retrain, schedule
from loop.errors import SettingsError
from loop.importing import Source
from loop.store import leases, log, rounds
from strategies import StrategyError


def reasons(project, who):
    """Why the first ten items are asked of somebody who was not there before."""
    project.next_items(who, 10)
    return [lease.strategy for lease in leases.queue(project.store.read, who)]


def bring(project, tmp_path, name, text):
    file = tmp_path / "more.csv"
    file.write_text(f"id,text\n{name},{text}\n")
    importing.add(project, importing.read(project, Source(file, importing.columns(project, "id"))))


def test_what_is_asked_first_is_random_until_the_start_has_chosen(make_project):
    project = make_project(audit=0, audit_share=0)
    assert {*reasons(project, "ana")} == {"tail: random"}
    assert cold_start.is_due(project.settings, project.store.read)
    cold_start.run(project)
    assert not cold_start.is_due(project.settings, project.store.read)
    assert reasons(project, "bo") == ["typiclust"] * 10


def test_the_choice_is_an_event_and_comes_out_the_same_again(make_project):
    orders = []
    for name in ("one", "two"):
        project = make_project(name, audit=0, audit_share=0)
        cold_start.run(project)
        orders.append([item.fields["text"] for item in project.next_items("ana", 20)])
    assert orders[0] == orders[1]
    told = log.latest(project.store.read, "start")["value"]
    assert (told["strategy"], told["seed"]) == ("typiclust", 0)


def test_it_is_chosen_anew_when_items_come_and_never_once_there_is_a_model(make_project, tmp_path):
    project = make_project(audit=0, audit_share=0)
    cold_start.run(project)
    bring(project, tmp_path, "q1", "a late goal for the league")
    assert cold_start.is_due(project.settings, project.store.read)
    cold_start.run(project)
    for i, item in enumerate(project.next_items("ana", 12)):
        answer = f"answer-{i:04}"
        project.submit(item.id, truth_of(item.fields["text"]), annotator="ana", answer_id=answer)
    cold_start.run(project)  # with labels, but no model yet
    retrain.run(project, schedule.Reason.FIRST_MODEL)
    bring(project, tmp_path, "q2", "a bank with a profit")
    assert not cold_start.is_due(project.settings, project.store.read)


def test_a_start_that_fails_is_told_and_questions_go_on_at_random(make_project):
    project = make_project(audit=0, audit_share=0)
    cold_start.give_up(project, "StrategyError: it broke")
    assert not cold_start.is_due(project.settings, project.store.read)
    assert "it broke" in log.latest(project.store.read, "failure")["value"]["why"]
    assert {*reasons(project, "ana")} == {"tail: random"}
    assert rounds.ranking(project.store.read).head == 0


@pytest.mark.parametrize("start", ["margin", "typiclst"])
def test_a_start_that_needs_a_model_or_does_not_exist_is_refused(make_project, start):
    with pytest.raises((SettingsError, StrategyError), match=start):
        make_project(start=start)
