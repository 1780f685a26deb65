"""Corrections take effect in one click, once, and can be traced to who made them."""

import pytest

from loop import withdrawal
from loop.decisions import with_class_renamed
from loop.errors import LoopError
from loop.feedback import corrections, inbox
from loop.store import corrections as settled
from loop.store import decided, feedback, items, log


@pytest.fixture
def project(make_project):
    return make_project(n=5, audit=0)


def send(project, id_, value, changes, **more):
    told = {"feedback_id": id_, "kind": "correction", "interaction_id": f"about {id_}"}
    taken = inbox.take(project, [told | {"value": value, "changes": changes} | more], "app")
    assert taken.rejected == []


def test_they_wait_in_the_order_in_which_they_came(project):
    send(project, "c1", "1969", "fact", prompt="when?", output="1968", comment="look it up")
    send(project, "c2", "Be brief.", "instruction")
    first, second = corrections.waiting(project)
    assert (first.feedback_id, first.before, first.after) == ("c1", "1968", "1969")
    assert (second.changes, settled.count_waiting(project.store.read)) == ("instruction", 2)


def test_a_text_becomes_a_training_pair(project):
    send(project, "c1", "1969", "text", prompt="when?", output="1968")
    assert corrections.accept(project, "rea", "c1") == {"feedback_id": "c1", "changes": "text"}
    assert settled.accepted(project.store.read) == {"c1"}
    assert corrections.waiting(project) == []


def test_a_label_becomes_the_last_word_on_its_item(project):
    send(project, "c1", "money", "label", interaction_id="p3")
    assert corrections.accept(project, "rea", "c1")["item_id"] == "p3"
    position = items.positions_of(project.store.read, ["p3"])["p3"]
    word = decided.of(project.store.read, position)
    assert (word.label, word.by, word.why) == ("money", "rea", "correction c1")


def test_a_label_that_cannot_be_given_changes_nothing(project):
    send(project, "c1", "weather", "label", interaction_id="p3")
    send(project, "c2", "money", "label", interaction_id="nowhere")
    with pytest.raises(LoopError, match="there is no class 'weather'"):
        corrections.accept(project, "rea", "c1")
    with pytest.raises(LoopError, match="No item is called 'nowhere'"):
        corrections.accept(project, "rea", "c2")
    assert [one.feedback_id for one in corrections.waiting(project)] == ["c1", "c2"]


def test_a_guideline_and_an_instruction_become_new_versions_that_name_them(project):
    project.write_guideline("owner", "# Sport")
    send(project, "c1", "Chess is sport.", "guideline")
    send(project, "c2", "Name your source.", "instruction")
    assert corrections.accept(project, "rea", "c1")["guideline"] == 2
    assert corrections.accept(project, "rea", "c2")["prompt"] == 1
    assert project.guideline().text == "# Sport\n\nChess is sport."
    assert project.prompt().text == "Name your source."
    event = log.latest(project.store.read, "prompt")
    assert (event["annotator"], event["comment"]) == (
        "rea",
        "prompt: version 1, from the correction c2",
    )


def test_a_reviewers_hand_is_a_correction_of_their_own(project):
    send(project, "c1", "in 1969!!", "text", prompt="when?", output="1968")
    told = corrections.accept(project, "rea", "c1", text="1969")
    row = feedback.one(project.store.read, told["feedback_id"])
    assert (row["annotator"], row["value"], row["prompt"]) == ("rea", "1969", "when?")
    assert settled.accepted(project.store.read) == {told["feedback_id"]}
    assert settled.became(project.store.read, "c1")["value"]["edited"] == told["feedback_id"]
    assert feedback.one(project.store.read, "c1")["value"] == "in 1969!!"
    assert corrections.waiting(project) == []


def test_each_is_settled_once(project):
    send(project, "c1", "1969", "text")
    corrections.dismiss(project, "rea", "c1")
    with pytest.raises(LoopError, match="rea has dismissed the correction 'c1' already"):
        corrections.accept(project, "ana", "c1")
    with pytest.raises(LoopError, match="There is no correction 'c9' here"):
        corrections.accept(project, "ana", "c9")


def test_an_erased_interaction_leaves_no_words(project):
    send(project, "c1", "my number is 5550199", "text", prompt="5550199?", output="5550199")
    corrections.accept(project, "rea", "c1", text="it is 5550199.")
    project.store.scrub()
    assert b"5550199" in project.store.path.read_bytes()
    now = withdrawal.erase_interaction(project, "about c1")
    assert b"5550199" not in project.store.path.read_bytes()
    assert feedback.one(project.store.read, "c1")["interaction_id"] == now


def test_erased_words_cannot_take_effect(project):
    send(project, "c1", "Always be brief.", "instruction")
    withdrawal.erase_interaction(project, "about c1")
    assert corrections.waiting(project) == []
    with pytest.raises(LoopError, match="were erased"):
        corrections.accept(project, "rea", "c1")
    assert project.prompt().version == 0


def test_a_correction_by_a_class_called_otherwise_now_counts(project):
    project.decide("owner", with_class_renamed("sport", "sports"))
    send(project, "c1", "sport", "label", interaction_id="p3")
    corrections.accept(project, "rea", "c1")


def test_who_sent_it_is_erased_too(project):
    sent = {"feedback_id": "f", "kind": "thumbs", "interaction_id": "i", "value": True}
    inbox.take(project, [sent], "Rumpelstilzchen")
    withdrawal.erase_person(project, "Rumpelstilzchen")
    assert b"Rumpelstilzchen" not in project.store.path.read_bytes()


def test_an_erased_person_leaves_no_name_and_no_comment(project):
    send(project, "c1", "1969", "text", annotator="Rumpelstilzchen", comment="as I told Eva")
    withdrawal.erase_person(project, "Rumpelstilzchen")
    told = project.store.path.read_bytes()
    assert (b"Rumpelstilzchen" in told, b"as I told Eva" in told) == (False, False)
