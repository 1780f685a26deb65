"""What is decided in mid-project: an event in the log, in force at once, and nothing is lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop import Answer, Project, exports, status
from loop.decisions import with_class, with_class_merged, with_class_renamed, with_values
from loop.errors import SettingsError
from loop.settings import settings_from
from loop.store import log
from loop.trainer import one_round

FIVE = settings_from(
    name="p", modality="text", columns=("text",), classes=("a", "b", "c", "d", "e")
)


def label(project: Project, value: str, n: int = 1, annotator: str = "ana") -> list[str]:
    """Label the next *n* items; their ids."""
    labeled = []
    for _ in range(n):
        [item] = project.next_items(annotator, 1)
        answer = Answer(f"{annotator}-{item.id}", item.id, "label", value)
        assert project.session.submit(annotator, [answer], holding=[]).saved
        labeled.append(item.id)
    return labeled


def exported(project: Project) -> dict[str, str]:
    return {row["item_id"]: row["value"] for row in exports.rows(project) if row["share"] == "pool"}


def test_a_decision_is_an_event_and_every_open_project_knows_it_at_once(project):
    with Project.open(project.folder) as elsewhere:
        elsewhere.decide("owner", with_values(overlap=2))
    assert project.settings.overlap == 2
    event = log.latest(project.store.read, "settings")
    assert (event["annotator"], event["comment"]) == ("owner", "overlap: 1 → 2")


def test_what_the_labels_rest_on_cannot_change(project):
    with pytest.raises(SettingsError, match="'columns' cannot change once a project has begun"):
        project.decide("owner", with_values(columns=("other",)))
    with pytest.raises(SettingsError, match=r"'overlap'.*not 0"):
        project.decide("owner", with_values(overlap=0))
    assert project.settings.columns == ("text",)


def test_answers_go_with_their_class_when_it_is_renamed_and_renamed_back(project):
    [item] = label(project, "sport")
    project.decide("owner", with_class_renamed("sport", "games"))
    assert exported(project) == {item: "games"}
    assert status(project)["classes"] == {"games": 1, "money": 0}
    project.decide("owner", with_class_renamed("games", "sport"))
    assert exported(project) == {item: "sport"}
    assert log.event(project.store.read, f"ana-{item}")["value"] == "sport"


def test_a_merge_joins_the_answers_and_the_next_round_learns_them_as_one(project):
    project.decide("owner", with_class("cash"))
    label(project, "sport", 4)
    label(project, "money", 4)
    label(project, "cash", 4)
    one_round(project)
    project.decide("owner", with_class_merged("cash", "money"))
    assert status(project)["classes"] == {"sport": 4, "money": 8}
    assert status(project)["waiting_for"] == "nothing: a round is due"
    done = one_round(project)
    assert (done.version, done.labels) == (2, 12)


def test_an_answer_for_a_class_merged_while_it_was_on_screen_counts_as_the_other(project):
    [item] = project.next_items("ana", 1)
    project.decide("owner", with_class("cash"))
    project.decide("owner", with_class_merged("cash", "money"))
    assert project.submit(item.id, "cash", annotator="ana", answer_id="an-answer").saved
    assert exported(project) == {item.id: "money"}


@pytest.mark.parametrize(
    ("decision", "complaint"),
    [
        (with_class("a"), "There is a class 'a' already"),
        (with_class(" "), "empty name"),
        (with_class_renamed("x", "y"), "no class 'x'; there are: a, b, c, d, e"),
        (with_class_renamed("a", "b"), "two classes can be merged"),
        (with_class_merged("a", "a"), "into itself"),
        (with_class_merged("a", "z"), "no class 'z'"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused(decision, complaint):
    with pytest.raises(SettingsError, match=complaint):
        decision(FIVE)


def test_no_key_moves_when_classes_are_merged_renamed_and_added():
    merged = with_class_merged("b", "c")(FIVE)
    assert merged.class_keys == {"a": "1", "c": "3", "d": "4", "e": "5"}
    renamed = with_class_renamed("c", "see")(merged)
    assert renamed.class_keys == {"a": "1", "see": "3", "d": "4", "e": "5"}
    more = with_class("f")(with_class("g")(renamed))
    assert more.class_keys == {"a": "1", "see": "3", "d": "4", "e": "5", "g": "2", "f": "6"}
    for name in "hijkl":
        more = with_class(f"{name}{name}")(more)
    assert more.class_keys["see"] == "12"  # the eleventh class makes it two keys each


def test_the_old_name_of_a_class_cannot_become_another_class():
    merged = with_class_merged("a", "b")(FIVE)
    with pytest.raises(SettingsError, match=r"'a' was a class before.*count as 'b' now"):
        with_class("a")(merged)


@given(st.lists(st.tuples(st.sampled_from("rma"), st.integers(0, 9), st.integers(0, 9))))
@settings(deadline=None)
def test_however_classes_are_changed_every_old_answer_has_a_class(steps):
    settings, ever = FIVE, set(FIVE.classes)
    for new, (step, i, j) in enumerate(steps):
        there = settings.classes
        old, other = there[i % len(there)], there[j % len(there)]
        decision = {
            "r": with_class_renamed(old, f"n{new}"),
            "m": with_class_merged(old, other),
            "a": with_class(f"n{new}"),
        }[step]
        try:
            settings = decision(settings)
        except SettingsError:  # the last two classes, or one with itself
            continue
        ever |= set(settings.classes)
    assert {settings.now(name) for name in ever} <= set(settings.classes)
    assert [settings.now(name) for name in settings.classes] == list(settings.classes)


def test_more_answers_wanted_opens_the_items_again_and_fewer_closes_them(project):
    [item] = label(project, "sport")
    project.decide("owner", with_values(overlap=2))
    assert item in {one.id for one in project.next_items("bo", 100)}
    project.decide("owner", with_values(overlap=1))
    assert item not in {one.id for one in project.next_items("cy", 100)}


def test_a_guideline_has_versions_and_the_answer_says_which_one_it_was_given_under(project):
    assert project.guideline().version == 0
    label(project, "sport")
    assert project.write_guideline("owner", "# Sport\nis a game").version == 1
    assert project.write_guideline("owner", "# Sport\nis a game\n").version == 1
    first, second = project.next_items("ana", 2)
    project.write_guideline("owner", "# Sport\nmay be chess")
    late = Answer("a-late-answer", first.id, "label", "sport", guideline_version=1)
    ahead = Answer("an-early-answer", second.id, "label", "sport", guideline_version=7)
    receipt = project.session.submit("ana", [late, ahead])
    assert receipt.rejected == [("an-early-answer", "there is no guideline 7; the newest is 2")]
    assert [row["guideline_version"] for row in exports.rows(project)][-2:] == [None, 1]


def test_a_strategy_changes_only_to_one_that_the_trainer_can_serve(project):
    with pytest.raises(SettingsError, match="The trainer has not said yet"):
        project.decide("owner", with_values(strategy="entropy"))
