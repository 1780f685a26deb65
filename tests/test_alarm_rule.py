"""When an alarm opens: what is looked at, what waits, and how often it is a false one."""

import itertools

import numpy as np
import pytest
from conftest import sentences
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import binom

from loop.feedback import alarm_chance
from loop.feedback.alarm_chance import alarms_of, chance, delay_of, simulated
from loop.feedback.alarm_rule import (
    LEAST_USUAL,
    Alarm,
    Judged,
    Rule,
    Says,
    at_least,
    belongs,
    decide,
    needed,
    priority,
    usual_rate,
)
from loop.feedback.similar import Neighbours

PLAIN = Rule(least=10, cool_down=0, cool_down_hours=0, doubt=None)
outcomes = st.lists(st.booleans(), max_size=30)
rules = st.builds(
    lambda n, least, **more: Rule(n=n, least=min(least, n), **more),
    n=st.integers(8, 12),
    least=st.integers(1, 12),
    above=st.sampled_from([0, 0.1, 0.29, 0.3, 0.5]),
    cool_down=st.integers(0, 25),
    cool_down_hours=st.sampled_from([0, 24]),
    doubt=st.sampled_from([None, 0.01, 0.05]),
)
usuals = st.sampled_from([None, 0, 0.05, 0.2, 0.9])


def stream(marks, start=1):
    return [Judged(float(t), bool(mark)) for t, mark in enumerate(marks, start)]


def says(marks, rule=PLAIN, usual=None, last=None, now=None):
    history = stream(marks)
    return decide(rule, history, len(history) if now is None else now, usual, last).says


# ---------------------------------------------------------------- the rule


def test_four_of_the_last_ten_open_an_alarm_and_three_do_not():
    assert says([1, 0, 0] * 3 + [1]) == Says.OPEN
    assert says([1, 0, 0] * 3 + [0]) == Says.QUIET
    assert says([1] * 9) == Says.TOO_FEW


def test_the_same_marks_in_another_order_can_be_quiet_at_every_step():
    def ever(marks):
        return {says(marks[: end + 1]) for end in range(len(marks))}

    spread, together = [1, 0, 0, 0, 0] * 4, [0] * 16 + [1] * 4
    assert Says.OPEN not in ever(spread)
    assert Says.OPEN in ever(together)


@given(rules, outcomes, usuals, st.randoms(use_true_random=False))
def test_only_the_newest_count_in_whatever_order(rule, marks, usual, chance):
    newest = marks[-rule.n :]
    before = [not mark for mark in marks[: -rule.n]]
    mixed = chance.sample(newest, len(newest))
    assert says(marks, rule, usual) == says(before + mixed, rule, usual)


@given(rules, outcomes.filter(len), usuals, st.data())
def test_one_more_negative_never_takes_an_alarm_away(rule, marks, usual, data):
    place = data.draw(st.integers(0, len(marks) - 1))
    worse = [*marks[:place], True, *marks[place + 1 :]]
    if says(marks, rule, usual) == Says.OPEN:
        assert says(worse, rule, usual) == Says.OPEN


@given(rules, usuals)
def test_so_many_are_needed_as_the_usual_rate_seldom_has(rule, usual):
    for m, k in enumerate(needed(rule, usual)):
        if m < rule.least:
            assert k is None
        elif k is not None:
            assert k / m > rule.above
            if rule.doubt and usual is not None:
                assert binom.sf(k - 1, m, min(usual, rule.above)) <= rule.doubt + 1e-12


def test_more_are_needed_where_much_is_usually_bad_and_never_more_than_can_be():
    assert [needed(Rule(), usual)[10] for usual in (None, 0.05, 0.1, 0.2, 0.3, 0.9)] == [
        *(4, 4, 5, 6),
        *(8, 8),
    ]
    assert needed(Rule(above=0.29, n=100, doubt=None), None)[100] == 30
    with pytest.raises(ValidationError, match="cannot be surely above"):
        Rule(above=0.9)
    with pytest.raises(ValidationError, match="'least', 11 judged interactions, is more than"):
        Rule(least=11)
    with pytest.raises(ValueError, match="from 0 to 1, not 20"):
        needed(Rule(), 20)


def test_the_usual_rate_is_not_known_from_a_few():
    assert usual_rate(20, LEAST_USUAL - 1) is None
    assert usual_rate(10, LEAST_USUAL) == 0.2
    words = decide(Rule(), stream([1, 1, 0, 0, 0]), 9).words
    assert (
        words == "2 of the last 5 are negative; an alarm takes 2 (the usual rate is not known yet)"
    )


def test_what_is_out_of_order_or_yet_to_come_is_refused():
    with pytest.raises(ValueError, match="in the order of their time"):
        decide(PLAIN, stream([0, 1])[::-1], 5)
    with pytest.raises(ValueError, match="none of it to come"):
        decide(PLAIN, stream([0, 1]), 1)


# ---------------------------------------------------------------- one alarm, not ten


@given(rules, outcomes, usuals)
def test_an_open_alarm_takes_all_in_and_no_second_one_opens(rule, marks, usual):
    assert says(marks, rule, usual, Alarm(opened_at=0.5)) == Says.TAKE_IN


def test_after_an_alarm_it_waits_for_interactions_and_for_hours():
    rule = Rule(least=10, doubt=None)  # 20 interactions, 24 hours
    closed = Alarm(opened_at=5, closed_at=12.5)
    found = {
        (more, hours): says([1] * (12 + more), rule, None, closed, now=12.5 + 3600 * hours)
        for more, hours in itertools.product((19, 20), (23, 24))
    }
    assert found == {
        (19, 23): Says.COOLING,
        (19, 24): Says.COOLING,
        (20, 23): Says.COOLING,
        (20, 24): Says.OPEN,
    }


def test_it_says_what_it_waits_for():
    verdict = decide(Rule(), stream([1] * 3), 3600, None, Alarm(opened_at=0, closed_at=0))
    assert verdict.words == (
        "an alarm was closed just now; the next waits for 17 more judged interactions and 23.0 "
        "more hours"
    )


def test_what_opened_an_alarm_never_opens_the_next():
    closed = Alarm(opened_at=10, closed_at=10.5)
    assert says([1] * 10 + [0] * 10, PLAIN, None, closed) == Says.QUIET
    assert says([0] * 10 + [1] * 9, PLAIN, None, closed) == Says.TOO_FEW


def test_an_interaction_similar_to_any_evidence_belongs_to_the_alarm():
    assert belongs({"a", "b"}, {"b", "c"})
    assert not belongs({"a"}, {"b", "c"})


def test_priority_is_the_rate_times_the_count_times_the_reach():
    found = priority(6, 12, 0.25)
    assert found.value == pytest.approx(0.5 * 12 * 0.25)
    assert found.words.startswith("50% negative × 12 judged × 25.0% of recent traffic = 1.5")
    with pytest.raises(ValueError, match="no such alarm"):
        priority(1, 0, 0.5)


# ---------------------------------------------------------------- how often by chance


@pytest.mark.parametrize(("rate", "known"), [(0.05, 0.001), (0.1, 0.013), (0.2, 0.121)])
def test_one_window_is_over_the_mark_by_chance_as_the_binomial_says(rate, known):
    assert chance(PLAIN, rate).window == pytest.approx(known, abs=5e-4)
    assert at_least(4, 10, rate) == pytest.approx(binom.sf(3, 10, rate))


def by_decide(rule, marks, usual):
    """The numbers of the interactions that open an alarm, each closed at once."""
    opened, last = [], None
    history = stream(marks)
    for t in range(1, len(marks) + 1):
        if decide(rule, history[:t], t, usual, last).says == Says.OPEN:
            opened.append(t)
            last = Alarm(t, t)
    return opened


@pytest.mark.parametrize("rule", [Rule(n=5, least=2, doubt=0.05), Rule(n=4, least=4, doubt=None)])
def test_the_chain_counts_what_deciding_all_streams_comes_to(rule):
    rate, length = 0.2, 8
    first = np.zeros(length + 1)
    for marks in itertools.product([False, True], repeat=length):
        alarms = by_decide(rule, marks, rate)
        if alarms:
            first[alarms[0]] += rate ** sum(marks) * (1 - rate) ** (length - sum(marks))
    exact = alarm_chance._first_passage(rule, rate, rate, 0)[: length + 1]
    assert exact == pytest.approx(first)


@pytest.mark.parametrize("rule", [Rule(), Rule(n=6, least=3, cool_down=4, doubt=None)])
def test_a_simulated_stream_is_decided_as_the_rule_does(rule, monkeypatch):
    rule = rule.model_copy(update={"cool_down_hours": 0})
    drawn = np.random.default_rng(3).random((alarm_chance.SPAN, 4))
    alarms = simulated(rule, 0.2, 0.4, streams=4, seed=3)
    for i in range(4):
        expected = by_decide(rule, (drawn[:200, i] < 0.4).tolist(), 0.2)
        assert [t for t in alarms[i] if 0 < t <= 200] == expected
        assert expected


@pytest.mark.parametrize("rate", [0.1, 0.2])
@pytest.mark.parametrize("rule", [Rule(), Rule(n=7, least=4, cool_down=3, doubt=None)])
def test_exact_and_simulated_chances_agree(rule, rate):
    exact = chance(rule, rate)
    mean, half = alarms_of(simulated(rule, rate, streams=1_000, seed=1))
    assert exact.half is None
    assert mean == pytest.approx(exact.alarms, abs=2 * half)
    bad = simulated(rule, rate, 0.5, streams=1_000, full=True, seed=1)
    delay = delay_of(alarm_chance._shares(bad))
    assert delay.mean == pytest.approx(exact.turned.mean, rel=0.1)
    assert abs(delay.median - exact.turned.median) <= 1


def test_a_long_window_is_simulated_and_says_so():
    found = chance(Rule(n=20), 0.1)
    assert found.half > 0
    assert "(simulated)" in found.words
    assert chance(Rule(n=20), 0.1) == found
    assert "(simulated)" not in chance(Rule(), 0.1).words


def test_a_cool_down_makes_fewer_false_alarms_and_being_sure_fewer_still():
    plain, cool, sure = (
        chance(rule, 0.2).alarms
        for rule in (PLAIN, PLAIN.model_copy(update={"cool_down": 20}), Rule())
    )
    assert plain > cool > 5 * sure


# ---------------------------------------------------------------- what is similar


def test_neighbours_are_of_one_kind_and_the_same_however_they_come_in():
    texts, kinds = zip(*sentences(1_000), strict=True)
    near = Neighbours(texts)
    assert near.add(texts[:900]) == range(900)
    for text in texts[900:]:
        near.add([text])
    again = Neighbours(texts)
    again.add(texts)
    right = []
    for i in range(800, 1_000):
        there = near.similar(i)
        assert (again.similar(i) == there).all()
        assert (there < i).all()
        right += [kinds[j] == kinds[i] for j in there]
    assert len(right) > 100
    assert np.mean(right) > 0.95


def test_from_a_few_texts_nothing_is_known_to_be_similar():
    with pytest.raises(ValueError, match="not known yet: 2 of 1,000 interactions"):
        Neighbours(["one", "two"])
