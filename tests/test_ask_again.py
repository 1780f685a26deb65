"""Another answer is asked where a label is in doubt, and nowhere else."""

import uuid

import pytest
from conftest import truth_of

from loop import exports, ranking, retrain
from loop.decisions import with_values
from loop.errors import SettingsError
from loop.rebuild import rebuild
from loop.schedule import Reason
from loop.settings import settings_from
from loop.store import items, people, rounds, standings

OTHER = {"sport": "money", "money": "sport"}


@pytest.fixture
def project(make_project):
    """Two of ana's thirty labels are wrong, and a model has learned them."""
    project = make_project(n=80, audit=0, audit_share=0, overlap=4, ask_again_below=0.8)
    for n, item in enumerate(project.next_items("ana", 30)):
        truth = truth_of(item.fields["text"])
        say(project, "ana", item, OTHER[truth] if n in {10, 22} else truth)
    one_round(project)
    return project


def say(project, who, item, label):
    project.submit(item.id, label, annotator=who, answer_id=uuid.uuid4().hex)


def one_round(project):
    return retrain.run(project, Reason.ASKED_FOR)


def wrong(project):
    """The items whose label is not what their text says."""
    labels = dict(standings.labels(project.store.read, items.POOL))
    found = items.at(project.store.read, [*labels])
    return {one.id for one in found if labels[one.position] != truth_of(one.fields["text"])}


def again(project):
    """The items that are asked again, as a newcomer gets them."""
    wanted = [position for position, _ in rounds.again(project.store.read, project.settings.usual)]
    return [item.id for item in items.at(project.store.read, wanted)]


def test_what_a_model_doubts_that_has_not_learned_it_is_asked_first_of_others_only(project):
    doubted = again(project)
    assert wrong(project) <= {*doubted}
    assert len(doubted) < 15
    assert [item.id for item in project.next_items("bo", len(doubted))] == doubted
    assert not {*doubted} & {item.id for item in project.next_items("ana", 60)}


def test_one_more_answer_closes_it_until_the_next_round(project):
    item = project.next_items("bo", 1)[0]
    say(project, "bo", item, truth_of(item.fields["text"]))
    row = standings.newest_of(project.store.read, "bo", 1)[0]
    assert row["strategy"] == "again"
    assert row["score"] < 0.8
    assert item.id not in {one.id for one in project.next_items("cy", 80)}
    before = {n for _, n in rounds.again(project.store.read, project.settings.usual)}
    one_round(project)
    after = dict(rounds.again(project.store.read, project.settings.usual))
    assert (before, after[row["position"]]) == ({2}, 3)  # they differ: a third is to say


def test_no_item_is_asked_more_often_than_may_be(project):
    project.decide("ana", with_values(overlap=2))
    doubted = again(project)
    for item in project.next_items("bo", len(doubted)):
        say(project, "bo", item, OTHER[truth_of(item.fields["text"])])
    one_round(project)
    assert not {*doubted} & {*again(project)}
    assert not {*doubted} & {item.id for item in project.next_items("cy", 80)}


def test_whoever_is_asked_again_sees_nothing_of_the_first_answer(project):
    project.decide("ana", with_values(suggestions="prefilled"))
    asked = project.next_items("bo", 3)
    for item in asked:
        assert ({*item.fields}, item.suggestion) == ({"text"}, None)
        told = project.session.why("bo", item.id)
        assert (told.lease.suggestion, [*told.probabilities], [*told.pulls]) == (None, [], [])


def test_the_model_chooses_among_new_items_alone(project):
    labeled = {position for position, _ in standings.labels(project.store.read, items.POOL)}
    pointer = rounds.ranking(project.store.read)
    entries = ranking.load(pointer, project.rankings).entries["position"].tolist()
    assert pointer.again == len(again(project))
    assert not labeled & {*entries[pointer.again :]}
    assert len(entries) == 50 + pointer.again


def test_audit_items_get_all_answers_and_each_other_one(make_project):
    project = make_project(n=40, audit=0, audit_share=0.25, overlap=3, ask_again_below=0.8)
    n_audit = items.count(project.store.read, items.AUDIT)
    usual = project.settings.usual
    assert people.labels_wanted(project.store.read, usual) == 40 - n_audit + 3 * n_audit
    asked = {}
    for who in ("ana", "bo", "cy", "di"):
        while found := project.next_items(who, 5):
            for item in found:
                asked[item.id] = asked.get(item.id, 0) + 1
                say(project, who, item, truth_of(item.fields["text"]))
    audit = {item.id for item in items.every(project.store.read) if item.share == "audit"}
    assert {id_: n for id_, n in asked.items() if n != 1} == dict.fromkeys(audit, 3)
    assert people.labels_wanted(project.store.read, usual) == 0


def test_rounds_that_ask_again_are_the_same_when_done_again(project):
    for item in project.next_items("bo", 2):
        say(project, "bo", item, truth_of(item.fields["text"]))
    one_round(project)
    assert again(project)
    with project.store.write() as db:
        db.execute("DELETE FROM wanted")
        db.execute("DELETE FROM closed WHERE position < 5")
    found = rebuild(project)
    told = {one.split(":")[0] for one in found.differences}
    assert told == {"the table wanted", "the table closed"}
    assert rebuild(project, only_check=True).identical


def test_what_is_wanted_follows_what_is_decided(project):
    n = len(again(project))
    closed = standings.closed_count(project.store.read)
    assert closed == 30 - n
    project.decide("ana", with_values(ask_again_below=None))
    assert standings.closed_count(project.store.read) == 0  # all are to have four answers now
    assert rebuild(project, only_check=True).identical
    project.decide("ana", with_values(ask_again_below=0.9))
    assert standings.closed_count(project.store.read) == closed
    assert rebuild(project, only_check=True).identical


def test_two_who_agree_are_believed(project):
    agreed = [item.id for item in project.next_items("bo", 10) if item.id not in wrong(project)]
    for item in project.next_items("bo", 10):
        say(project, "bo", item, truth_of(item.fields["text"]))
    one_round(project)
    assert not {*agreed} & {*again(project)}


def test_the_card_of_an_export_says_how_often_items_were_asked(project, tmp_path):
    exports.write(project, "csv", tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text()
    assert "1, and up to 4 while its label is less likely than 0.8; audit items 4" in card


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"overlap": 1}, "the most answers that an item gets, is 1; set 2 or more"),
        ({"overlap": 3, "task": "multilabel"}, "the task 'multilabel' is not known"),
        ({"overlap": 3, "modality": "audio"}, "audio items are asked in random order"),
    ],
)
def test_where_nothing_could_ever_be_asked_again_it_is_refused(settings, why):
    told = {"name": "p", "modality": "text", "columns": ("x",), "classes": ("a", "b")} | settings
    with pytest.raises(SettingsError, match=why):
        settings_from(**told, ask_again_below=0.8)
