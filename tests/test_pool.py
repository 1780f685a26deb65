"""Who is asked what: one item, one person; leases come back; nothing is falsely empty."""

import time
import uuid
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from loop import Answer, ranking
from loop.pool import Pool
from loop.store import items, rounds, standings
from loop.store.database import each


def label(project, who, item, value="sport"):
    return project.submit(item.id, value, annotator=who, answer_id=uuid.uuid4().hex)


def ids(found):
    return [item.id for item in found]


def test_two_people_are_never_asked_the_same(project):
    ana, bo = project.next_items("ana", 25), project.next_items("bo", 25)
    assert len({*ids(ana), *ids(bo)}) == 50


def test_asking_again_gives_the_same_items_in_the_same_order(project):
    once = project.next_items("ana", 7)
    assert ids(project.next_items("ana", 7)) == ids(once)
    label(project, "ana", once[0])
    assert ids(project.next_items("ana", 6)) == ids(once[1:])


def test_an_abandoned_lease_comes_back(make_project):
    project = make_project(n=3, lease_seconds=0.05)
    assert len(project.next_items("ana", 3)) == 3
    assert project.next_items("bo", 3) == []
    time.sleep(0.06)
    assert len(project.next_items("bo", 3)) == 3


def test_what_the_browser_no_longer_holds_goes_back_at_once(project):
    held = ids(project.next_items("ana", 60))
    assert project.next_items("bo", 1) == []
    project.session.submit("ana", [], holding=held[:2], n=2)
    assert len(project.next_items("bo", 60)) == 58


def test_asking_for_few_gives_nothing_held_away(project):
    held = ids(project.next_items("ana", 20))
    project.next_items("ana", 1)
    assert not set(ids(project.next_items("bo", 60))) & set(held)


def test_a_ranking_that_is_gone_stops_no_answer(project):
    item = project.next_items("ana", 1)[0]
    ranking._entries.cache_clear()
    for file in project.rankings.iterdir():
        file.unlink()
    queue = project.session.submit(
        "ana", [Answer("answer-01", item.id, "label", "sport")], holding=[item.id], n=3
    )
    assert queue.saved == ["answer-01"]
    assert len(queue.items) == 3
    assert rounds.requests(project.store.read) == (1, 0)  # the trainer is asked for a new one


def test_the_item_on_screen_stays_whatever_the_ranking_says(project):
    held = ids(project.next_items("ana", 5))
    with project.store.write() as db:
        pointer = rounds.ranking(db)
        order = ranking.load(pointer, project.rankings).entries[::-1]
        name = ranking.save(ranking.Ranking(order, head=3), project.rankings, 1)
        rounds.point_at(db, rounds.Pointer(1, name, "margin", 3, "margin"))
    queue = ids(project.session.submit("ana", [], holding=held, n=5).items)
    assert queue[0] == held[0]
    best = [item.id for item in items.at(project.store.read, [p for p, _ in order[:4].tolist()])]
    assert queue[1:] == best


def test_overlap_asks_exactly_so_many_people_and_blindly(make_project):
    project = make_project(n=6, overlap=3)
    answered = Counter()
    for who in ("ana", "bo", "cy", "di", "ed"):
        while found := project.next_items(who, 2):
            for item in found:
                assert set(item.fields) == {"text"}
                assert label(project, who, item).saved
                answered[item.id] += 1
    assert set(answered.values()) == {3}
    assert len(answered) == 6


def test_a_skipped_item_goes_to_others_and_not_back(project):
    item = project.next_items("ana", 1)[0]
    project.submit(item.id, None, annotator="ana", answer_id="skip-0001", kind="skip")
    assert item.id not in ids(project.next_items("ana", 60))
    project.session.submit("ana", [], holding=[], n=0)
    assert item.id in ids(project.next_items("bo", 60))


@pytest.mark.parametrize(("kind", "others"), [("unsure", True), ("flag", False)])
def test_unsure_is_asked_of_others_and_a_flag_of_nobody(project, kind, others):
    item = project.next_items("ana", 1)[0]
    project.submit(item.id, None, annotator="ana", answer_id="answer-01", kind=kind)
    assert (item.id in ids(project.next_items("bo", 60))) is others


def test_every_answer_says_why_it_was_asked(project):
    item = project.next_items("ana", 1)[0]
    label(project, "ana", item)
    row = next(r for r in standings.judgements(project.store.read) if r["item_id"] == item.id)
    assert (row["strategy"], row["rank"], row["model_version"]) == ("tail: random", 1, 0)


# ---------------------------------------------------------------- audit items


def test_audit_items_are_strewn_in_and_nothing_tells_them(make_project):
    project = make_project(n=100, audit=0, audit_every=4)
    audit = set(items.positions(project.store.read, items.AUDIT))
    asked = []
    while found := project.next_items("ana", 1):
        assert found[0].fields.keys() == {"text"}
        asked.append(found[0].position in audit)
        label(project, "ana", found[0])
    assert len(asked) == 100
    assert 5 <= sum(asked[:60]) <= 25  # one in four, in no rhythm
    gaps = [i for i, is_audit in enumerate(asked) if is_audit]
    assert len({b - a for a, b in pairwise(gaps)}) > 1


def test_audit_items_are_twice_as_frequent_among_the_first_hundred_questions(make_project):
    project = make_project(n=1_000, audit=0, audit_every=10)
    audit = set(items.positions(project.store.read, items.AUDIT))
    asked = [item.position in audit for item in project.next_items("ana", 700)]
    assert 10 <= sum(asked[:100]) <= 30
    assert 30 <= sum(asked[100:]) <= 90


def test_audit_items_with_known_truth_are_not_asked(project):
    asked = project.next_items("ana", 100)
    assert len(asked) == 60
    assert not any(item.id.startswith("a") for item in asked)


def test_the_count_of_what_is_left_agrees_with_what_comes(project):
    _, left = project.session.next_items("ana", 10)
    assert (left.left, left.leased_elsewhere) == (60, 0)
    _, left = project.session.next_items("bo", 5)
    assert (left.left, left.leased_elsewhere) == (50, 10)


# ---------------------------------------------------------------- in any order


class Traffic(RuleBasedStateMachine):
    """Any order of asking, answering, undoing and walking away keeps the promises."""

    people = st.sampled_from(["ana", "bo", "cy"])

    @initialize(overlap=st.integers(1, 2))
    def start(self, overlap):
        self.project = Traffic.make(
            n=8, audit=0, audit_share=0.25, overlap=overlap, name=uuid.uuid4().hex
        )
        self.overlap = overlap
        self.held = {"ana": [], "bo": [], "cy": []}
        self.given = {"ana": [], "bo": [], "cy": []}

    @rule(who=people, n=st.integers(1, 4))
    def ask(self, who, n):
        self.held[who] = ids(self.project.next_items(who, n))

    @precondition(lambda self: any(self.held.values()))
    @rule(
        who=people,
        kind=st.sampled_from(["label", "label", "label", "skip", "flag"]),
        n=st.integers(0, 4),
    )
    def answer(self, who, kind, n):
        if not self.held[who]:
            return
        item, *rest = self.held[who]
        made = Answer(uuid.uuid4().hex, item, kind, "money" if kind == "label" else None)
        receipt = self.project.session.submit(who, [made, made], holding=rest, n=n)
        self.held[who] = ids(receipt.items)
        assert set(receipt.saved) == {made.answer_id}, receipt.rejected
        self.given[who].append(made)

    @precondition(lambda self: any(self.given.values()))
    @rule(who=people)
    def undo(self, who):
        if not self.given[who]:
            return
        last = self.given[who].pop()
        holding = [last.item_id, *self.held[who]]
        taken_back = Answer(uuid.uuid4().hex, last.item_id, "undo", target=last.answer_id)
        receipt = self.project.session.submit(who, [taken_back], holding=holding, n=4)
        assert receipt.saved
        self.held[who] = ids(receipt.items)

    @rule(who=people)
    def walk_away(self, who):
        self.project.session.submit(who, [], holding=[], n=0)
        self.held[who] = []

    @invariant()
    def nobody_answers_too_often(self):
        if not hasattr(self, "project"):
            return
        labels = Counter()
        for row in each(self.project.store.read, "SELECT * FROM standing WHERE kind = 'label'"):
            labels[row["position"]] += 1
        assert max(labels.values(), default=0) <= self.overlap

    @invariant()
    def no_item_is_out_with_more_people_than_it_needs(self):
        if not hasattr(self, "project"):
            return
        out = Counter(item for held in self.held.values() for item in held)
        assert max(out.values(), default=0) <= self.overlap

    @invariant()
    def never_falsely_empty(self):
        if not hasattr(self, "project"):
            return
        for who, held in self.held.items():
            left = Pool(self.project.folder, self.project.settings).left(
                self.project.store.read, who
            )
            if not held and left.left:
                assert self.project.next_items(who, 1)
                self.project.session.submit(who, [], holding=[], n=0)

    def teardown(self):
        if hasattr(self, "project"):
            self.project.close()


@pytest.mark.parametrize("orders", [30, pytest.param(300, marks=pytest.mark.soak)])
def test_promises_hold_in_any_order(make_project, orders):
    Traffic.make = staticmethod(make_project)
    run_state_machine_as_test(
        Traffic,
        settings=settings(
            max_examples=orders,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
