"""When a round is due: a table of states and decisions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.schedule import LoopState, Reason, batch_size, due, missing, waiting_for
from loop.settings import RetrainPolicy

POLICY = RetrainPolicy()  # first 10, then 10 % growth, at least 5


@pytest.mark.parametrize(
    ("state", "decision"),
    [
        (LoopState(), None),
        (LoopState(labels=50, classes=1, new=50), None),
        (LoopState(labels=50, classes=1, new=50, asked=True), None),
        (LoopState(labels=9, classes=2, new=9), None),
        (LoopState(labels=10, classes=2, new=10), Reason.FIRST_MODEL),
        (LoopState(labels=2, classes=2, new=2, asked=True), Reason.ASKED_FOR),
        (LoopState(labels=14, classes=2, new=4, trained_on=10), None),
        (LoopState(labels=15, classes=2, new=5, trained_on=10), Reason.ENOUGH_LABELS),
        (LoopState(labels=209, classes=2, new=9, trained_on=200), None),
        (LoopState(labels=220, classes=2, new=20, trained_on=200), Reason.ENOUGH_LABELS),
        (
            LoopState(labels=200, classes=2, new=20, trained_on=200),
            Reason.ENOUGH_LABELS,
        ),  # corrected
        (LoopState(labels=30, classes=3, new=0), None),  # the first round failed just now
    ],
)
def test_a_round_is_due_when_the_policy_says_so(state, decision):
    assert due(POLICY, state) is decision


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (LoopState(), "the first label"),
        (LoopState(labels=3, classes=1, new=3), "a second class: all labels so far are of one"),
        (LoopState(labels=9, classes=2, new=9), "1 more label"),
        (LoopState(labels=12, classes=2, new=2, trained_on=10), "3 more labels"),
        (LoopState(labels=15, classes=2, new=5, trained_on=10), "nothing: a round is due"),
    ],
)
def test_it_says_what_it_waits_for(state, words):
    assert waiting_for(POLICY, state) == words


STATES = st.builds(
    LoopState,
    labels=st.integers(0, 5_000),
    classes=st.integers(2, 20),
    new=st.integers(0, 5_000),
    trained_on=st.none() | st.integers(2, 5_000),
)


@given(STATES)
def test_it_is_due_exactly_when_nothing_is_missing(state):
    assert (due(POLICY, state) is not None) == (state.new >= missing(POLICY, state))


@given(st.integers(0, 10**6), st.integers(0, 100))
def test_the_strategy_picks_for_two_rounds_and_for_what_is_out(labels, leased):
    state = LoopState(labels=labels, trained_on=labels)
    assert batch_size(POLICY, labels, leased) >= 2 * missing(POLICY, state) + leased
