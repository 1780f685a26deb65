"""What people say, put together: strengths, position bias, severity and rates, against oracles."""

import datetime
import math
import time

import choix
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from loop.evaluation import wilson
from loop.feedback import bradley_terry, rates
from loop.feedback.bradley_terry import Comparison, systems
from loop.feedback.position import Decided, position
from loop.feedback.severity import severity

SCALE = (-20, 20)


def rng():
    return np.random.default_rng(0)


@pytest.fixture
def few_resamples(monkeypatch):
    """Where the interval is not what is asked, or many are."""
    monkeypatch.setattr(bradley_terry, "RESAMPLES", 60)


def by_name(found):
    return {one.name: one for one in found}


def each_on_its_own(answers):
    """Comparisons of (a, b, value), each on another item."""
    return [Comparison(item, *one) for item, one in enumerate(answers)]


def played(strengths, n, rng, ties=0.2):
    """Answers between systems of these strengths, drawn at random."""
    found = []
    for _ in range(n):
        a, b = rng.choice(len(strengths), 2, replace=False)
        won = rng.random() < 1 / (1 + math.exp(strengths[b] - strengths[a]))
        value = "tie" if rng.random() < ties else "ba"[int(won)]
        found.append((f"s{a}", f"s{b}", value))
    return found


# ---------------------------------------------------------------- Bradley–Terry


def test_of_two_systems_the_strengths_are_the_log_odds():
    """30 wins, 10 losses and 8 ties: 34 to 14 half by half."""
    answers = [("x", "y", "a")] * 20 + [("y", "x", "b")] * 10
    answers += [("x", "y", "b")] * 10 + [("x", "y", "tie")] * 8 + [("x", "y", "both-bad")] * 5
    x, y = systems(each_on_its_own(answers), rng())
    assert (x.name, x.wins, x.losses, x.ties, x.both_bad, x.comparisons) == ("x", 30, 10, 8, 5, 48)
    assert (y.wins, y.losses, y.ties, y.both_bad) == (10, 30, 8, 5)
    assert x.strength - y.strength == pytest.approx(math.log(34 / 14), abs=1e-7)
    assert x.strength + y.strength == pytest.approx(0, abs=1e-9)
    assert x.win_probability == pytest.approx(1 / (1 + math.exp(-x.strength)))
    # the delta method's error of a log odds is √(1/34 + 1/14), smaller for the ties; half for each
    assert x.high - x.low == pytest.approx(1.96 * math.sqrt(1 / 34 + 1 / 14), rel=0.15)


@pytest.mark.usefixtures("few_resamples")
def test_strengths_are_those_of_choix_answer_by_answer():
    answers = played([1, 0.5, 0, -0.5, -1], 300, rng())
    found = by_name(systems(each_on_its_own(answers), rng()))
    pairs = []  # each win twice, so that a tie is one for each
    for a, b, value in answers:
        pairs += [(a, b)] * (2 if value == "a" else value == "tie")
        pairs += [(b, a)] * (2 if value == "b" else value == "tie")
    pairs = [(int(a[1]), int(b[1])) for a, b in pairs]
    mine = [found[f"s{k}"].strength for k in range(5)]
    assert mine == pytest.approx(choix.ilsr_pairwise(5, pairs), abs=1e-6)
    other = choix.opt_pairwise(5, pairs, alpha=0, method="BFGS", tol=1e-9)
    assert mine == pytest.approx(other - other.mean(), abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.permutations("abcd"))
def test_names_and_sides_are_no_matter(names):
    """Systems called otherwise, and shown the other way round, have the same strengths."""
    answers = played([0.6, 0.2, -0.2, -0.6], 19, np.random.default_rng(4))
    new = dict(zip(("s0", "s1", "s2", "s3"), names, strict=True))
    other_side = {"a": "b", "b": "a", "tie": "tie"}
    turned = [(new[b], new[a], other_side[value]) for a, b, value in answers]
    one, other = (by_name(systems(each_on_its_own(told), rng())) for told in (answers, turned))
    for name, system in one.items():
        assert system.strength is not None
        assert other[new[name]].strength == pytest.approx(system.strength, abs=1e-7)
        assert other[new[name]].rank == system.rank


def test_who_never_lost_has_no_strength_and_the_others_keep_theirs():
    among = [("b", "c", "a"), ("c", "d", "a"), ("d", "b", "a"), ("b", "c", "b")]
    found = systems(each_on_its_own(among), rng())
    outside = [("a", "b", "a"), ("a", "e", "a"), ("d", "e", "a"), ("y", "z", "tie")]
    more = systems(each_on_its_own(among + outside), rng())
    assert [one.name for one in more] == ["a", *(one.name for one in found), "e", "y", "z"]
    assert [one.rank for one in more] == [None, 2, 3, 4, None, None, None]
    for one in found:
        assert by_name(more)[one.name].strength == pytest.approx(one.strength, abs=1e-7)
    first, *_, below, apart, _ = more
    assert first.strength is None
    assert "never lost" in first.why
    assert "never won" in below.why
    assert "Nothing compares it" in apart.why


def test_where_one_always_wins_there_is_a_sentence_and_no_number():
    found = systems(each_on_its_own([("x", "y", "a")] * 30), rng())
    assert [(one.name, one.strength, one.rank, one.wins) for one in found] == [
        ("x", None, None, 30),
        ("y", None, None, 0),
    ]
    assert all("no two have won against each other" in one.why for one in found)
    assert systems([], rng()) == []


@pytest.mark.usefixtures("few_resamples")
def test_few_items_have_strengths_without_an_interval():
    answers = each_on_its_own([("x", "y", "a")] * 12 + [("x", "y", "b")] * 7)
    first = systems(answers, rng())[0]
    assert first.strength is not None
    assert (first.low, first.rank_low) == (None, None)
    assert first.why == "No interval: 19 items are fewer than 20."
    nearly = each_on_its_own([("x", "y", "a")] * 60 + [("x", "y", "b")])
    assert "always wins or loses" in systems(nearly, rng())[0].why


@pytest.mark.usefixtures("few_resamples")
def test_judges_of_one_item_are_no_further_items():
    """Three who say the same of 60 items know no more than one: the interval is as wide."""
    answers = played([0.4, 0, -0.4], 60, np.random.default_rng(1))
    once = [Comparison(item, *one) for item, one in enumerate(answers)]
    one, three, apart = (
        systems(told, rng())[0] for told in (once, once * 3, each_on_its_own(answers * 3))
    )
    assert three.strength == pytest.approx(one.strength, abs=1e-7)
    assert (three.low, three.high) == pytest.approx((one.low, one.high), abs=1e-5)
    assert apart.high - apart.low == pytest.approx((one.high - one.low) / math.sqrt(3), rel=0.3)


@pytest.mark.usefixtures("few_resamples")
def test_intervals_hold_the_true_strength_about_as_often_as_they_say():
    truth, chance = [0.5, 0, -0.5], rng()
    held = []
    for _ in range(20):
        found = by_name(systems(each_on_its_own(played(truth, 80, chance, ties=0)), chance))
        held += [found[f"s{k}"].low <= true <= found[f"s{k}"].high for k, true in enumerate(truth)]
    assert 0.85 <= np.mean(held) <= 0.99


@pytest.mark.usefixtures("few_resamples")
def test_the_same_seed_gives_the_same_intervals():
    answers = each_on_its_own(played([0.3, 0, -0.3], 40, rng()))
    assert systems(answers, rng()) == systems(answers, rng())
    assert systems(answers, rng()) != systems(answers, np.random.default_rng(1))


@pytest.mark.parametrize(("b", "value"), [("y", "c"), ("x", "a")])
def test_a_comparison_that_is_none_is_refused(b, value):
    with pytest.raises(ValueError, match=r"'c' is none of a, b|x is compared with itself"):
        Comparison(0, "x", b, value)


# ---------------------------------------------------------------- position bias


def shown(rater, n, first_wins, chance, pair=None):
    """Answers in which a coin decided the order and the first won by the chance *first_wins*."""
    return [
        Decided((rater, k) if pair is None else pair(k), rater, "xy"[chance.integers(2)], won)
        for k, won in enumerate((chance.random(n) < first_wins).tolist())
    ]


def test_a_planted_position_bias_is_found_and_its_rater_named():
    chance = rng()
    answers = [one for k in range(9) for one in shown(f"fair{k}", 60, 0.5, chance)]
    answers += shown("hasty", 60, 0.8, chance) + shown("new", 19, 1, chance)
    found = position(answers)
    won = sum(one.first_won for one in answers)
    assert found.n == len(answers)
    assert (found.first_won.low, found.first_won.high) == wilson(won, len(answers))
    assert len(found.raters) == 10  # of nineteen answers nothing is said
    assert [one.name for one in found.raters if one.stands_out] == ["hasty"]
    assert found.raters[0].name == "hasty"
    assert found.spread.p < 0.01
    assert 0.03 < found.spread.beyond_chance < 0.15  # planted: 0.09


def test_without_a_bias_nobody_is_named_more_often_than_chance_has_it():
    named = [
        any(one.stands_out for one in position(answers).raters)
        for seed in range(40)
        for chance in [np.random.default_rng(seed)]
        for answers in [[one for k in range(12) for one in shown(f"r{k}", 40, 0.5, chance)]]
    ]
    assert sum(named) <= 5


def test_pairs_shown_both_ways_tell_bias_from_a_better_system():
    """One system wins nine in ten, always shown first but for a few: no bias all the same."""
    chance = rng()
    answers = []
    for pair in range(100):
        for first in "xxxxxy":
            better_won = bool(chance.random() < 0.9)
            answers.append(Decided(pair, "ana", first, better_won == (first == "x")))
    found = position(answers)
    assert found.first_won.low > 0.7
    assert found.pairs_both_ways == 100
    assert found.both_ways.low < 0.5 < found.both_ways.high
    assert found.both_ways.high - found.both_ways.low < 0.1


def test_without_answers_there_is_no_share():
    found = position([])
    assert (found.n, found.first_won, found.both_ways, found.spread) == (0, None, None, None)


# ---------------------------------------------------------------- severity


def rated(n_items, n_raters, each, spread, seed, noise=1.0):
    """Ratings by raters drawn at random: items, raters, values, what is true of both."""
    chance = np.random.default_rng(seed)
    deserved, severe = chance.normal(0, 1, n_items), chance.normal(0, spread, n_raters)
    items = np.repeat(np.arange(n_items), each)
    raters = np.argsort(chance.random((n_items, n_raters)))[:, :each].ravel()
    values = deserved[items] - severe[raters] + chance.normal(0, noise, len(items))
    return items.tolist(), raters.tolist(), values.tolist(), deserved, severe


def errors(found, deserved):
    """Root mean squared, of plain and of corrected means."""
    told = np.array([[one.plain, one.corrected] for one in found.items])
    return np.sqrt(((told - deserved[[one.name for one in found.items], None]) ** 2).mean(axis=0))


def test_severity_is_the_solution_of_hendersons_equations_with_variances_by_reml():
    """Against the full dense equations, and a search for the likelihood with its matrices."""
    items, raters, values, _, _ = rated(40, 8, 3, 0.7, 0)
    found = severity(items, raters, values, SCALE)
    X, Z, y = np.eye(40)[items], np.eye(8)[raters], np.array(values)

    def loss(logs):
        noise, of_raters = np.exp(logs)
        V = noise * np.eye(len(y)) + of_raters * Z @ Z.T
        inside = np.linalg.inv(V)
        of_items = X.T @ inside @ X
        rest = y - X @ np.linalg.solve(of_items, X.T @ inside @ y)
        return sum(np.linalg.slogdet(one)[1] for one in (V, of_items)) + rest @ inside @ rest

    best = np.exp(minimize(loss, [0, 0], method="Nelder-Mead", options={"xatol": 1e-7}).x)
    assert [found.noise_sd, found.rater_sd] == pytest.approx(np.sqrt(best), abs=1e-5)
    noise, of_raters = found.noise_sd**2, found.rater_sd**2
    both = np.hstack([X, Z])
    prior = np.diag([0.0] * 40 + [1 / of_raters] * 8)
    inverse = np.linalg.inv(both.T @ both / noise + prior)
    told, se = inverse @ both.T @ y / noise, np.sqrt(np.diag(inverse))
    for one in found.items:
        assert (one.corrected, one.se) == pytest.approx((told[one.name], se[one.name]), abs=1e-9)
    for one in found.raters:
        assert one.severity == pytest.approx(-told[40 + one.name], abs=1e-9)
        assert one.high - one.severity == pytest.approx(1.96 * se[40 + one.name], rel=1e-4)
    assert sum(one.severity for one in found.raters) == pytest.approx(0, abs=1e-9)


def test_severities_are_recovered_and_the_means_come_closer():
    items, raters, values, deserved, severe = rated(400, 20, 3, 1.0, 0)
    found = severity(items, raters, values, SCALE)
    plain, corrected = errors(found, deserved)
    assert corrected < 0.85 * plain
    assert found.rater_sd == pytest.approx(1, abs=0.35)
    assert found.noise_sd == pytest.approx(1, abs=0.1)
    told = np.array([one.severity for one in found.raters])
    true = severe[[one.name for one in found.raters]]
    assert told == pytest.approx(true - severe.mean(), abs=0.35)
    held = [one.low <= deserved[one.name] <= one.high for one in found.items]
    assert 0.9 < np.mean(held) < 0.99


def test_where_raters_are_alike_the_correction_does_no_harm():
    apart = [
        np.subtract(*errors(severity(items, raters, values, SCALE), deserved))
        for items, raters, values, deserved, _ in (rated(200, 20, 3, 0.0, k) for k in range(20))
    ]
    assert abs(np.mean(apart)) < 0.005  # the error is 0.58


def test_what_cannot_be_corrected_is_the_plain_mean_with_the_reason():
    alone = severity(["x", "y"], ["ana", "ana"], [1, 5], (1, 5))
    assert [(one.corrected, one.se) for one in alone.items] == [(1, None), (5, None)]
    assert alone.raters[0].severity is None
    assert "one rater" in alone.why
    assert "no item was rated by two" in severity("xy", "ab", [1, 2], (1, 5)).why
    assert "rated it alike" in severity("xx", "ab", [0.1, 0.1], (0, 1)).why
    few = severity("xxyy", "abab", [1, 2, 3, 5], (1, 5))
    assert "1 ratings are left, fewer than 20" in few.why
    assert [one.corrected for one in few.items] == [1.5, 4]
    assert [one.se for one in few.items] == pytest.approx([math.sqrt(1.25 / 2)] * 2)
    assert severity([], [], [], (1, 5)).why == "There are no ratings."


def test_parts_with_nothing_in_common_are_told_apart_and_corrected_within():
    items, raters, values, _, _ = rated(60, 6, 3, 1.0, 0)
    other = [value + 2 for value in values]
    found = severity(
        items + [item + 60 for item in items] + [999],
        raters + [rater + 6 for rater in raters] + [99],
        values + other + [1],
        SCALE,
    )
    assert "3 parts" in found.why
    assert len({one.part for one in found.items}) == 3
    first, second = found.raters[:6], found.raters[6:12]
    for one, same in zip(first, second, strict=True):
        assert same.severity == pytest.approx(one.severity, abs=1e-9)
    assert sum(one.severity for one in first) == pytest.approx(0, abs=1e-9)
    stranger = found.items[-1]
    assert stranger.corrected == 1
    assert stranger.se == pytest.approx(math.hypot(found.rater_sd, found.noise_sd))


def test_a_corrected_mean_stays_on_the_scale():
    items, raters, values, _, _ = rated(100, 10, 3, 1.5, 0)
    whole = np.clip(np.rint(values), -2, 2).tolist()
    found = severity(items, raters, whole, (-2, 2))
    assert all(-2 <= one.low <= one.corrected <= one.high <= 2 for one in found.items)
    assert any(one.corrected in (-2, 2) != one.plain for one in found.items)


@pytest.mark.parametrize(
    ("items", "raters", "ratings", "words"),
    [
        ("x", "a", [6], "6 is not from 1 to 5"),
        ("x", "a", [math.nan], "nan is not from"),
        ("xx", "aa", [1, 2], "rates an item twice"),
        ("xy", "a", [1, 2], "not equally many: 2, 1 and 2"),
    ],
)
def test_ratings_that_make_no_sense_are_refused(items, raters, ratings, words):
    with pytest.raises(ValueError, match=words):
        severity(items, raters, ratings, (1, 5))


def test_a_hundred_thousand_ratings_take_less_than_a_second():
    items, raters, values, *_ = rated(33_334, 200, 3, 0.5, 0)
    begin = time.process_time()
    severity(items, raters, values, SCALE)
    assert time.process_time() - begin < 1


# ---------------------------------------------------------------- rates


def test_rates_by_group_have_their_interval():
    one, other = rates.by_group([True, True, False, True], ["v1", "v1", "v1", "v2"])
    assert (one.group, one.n, one.liked, one.share.value) == ("v1", 3, 2, 2 / 3)
    assert (other.group, other.n, other.share.high) == ("v2", 1, 1)
    many = rates.by_group([True] * 40 + [False] * 60, ["v"] * 100)[0]
    assert (many.share.low, many.share.high) == wilson(40, 100)
    with pytest.raises(ValueError, match="longer"):
        rates.by_group([True], [])


@pytest.mark.parametrize(
    ("days", "unit", "first"),
    [
        (60, "day", "2026-01-15"),
        (61, "week", "2026-01-12"),
        (400, "week", "2026-01-12"),
        (500, "month", "2026-01-01"),
        (3000, "year", "2026-01-01"),
    ],
)
def test_time_is_cut_into_sixty_stretches_at_most(days, unit, first):
    """From Thursday the 15th of January on."""
    start = datetime.datetime(2026, 1, 15, 12, tzinfo=datetime.UTC)
    dates = [start + datetime.timedelta(day) for day in range(days)]
    found = rates.over_time([day % 2 == 0 for day in range(days)], dates)
    assert found.unit == unit
    assert found.rates[0].group == datetime.date.fromisoformat(first)
    assert len(found.rates) <= rates.MOST_BUCKETS
    assert sum(one.n for one in found.rates) == days
    assert [one.group for one in found.rates] == sorted(one.group for one in found.rates)
    assert rates.over_time([], []).rates == []
