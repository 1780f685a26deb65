"""What lies ahead: an honest interval of labels to a target, advice when to stop, or nothing."""

import json
import math
import uuid
from pathlib import Path

import numpy as np
import pytest
from conftest import project_in, truth_of
from hypothesis import given
from hypothesis import strategies as st
from real_server import serving

from loop import decisions, forecast, guesses, outlook, retrain, status, stopping
from loop.errors import SettingsError
from loop.forecast import FARTHEST, LEARNED, Known, Reach, Step
from loop.guesses import Guesses
from loop.schedule import Reason
from loop.store import rounds

RESULTS = Path(__file__).parent.parent / "benchmarks" / "results"
KNOWN = st.builds(
    Known,
    labels=st.integers(10, 5_000),
    audit=st.just(50),
    correct=st.integers(0, 50),
    turnover=st.floats(0, 1),
)


def steps(agreement, labels=(100, 110, 121, 133)):
    return [Step(n, agreement) for n in labels]


# how often predictions change


def test_turnover_is_told_of_long_rounds_as_of_short_ones():
    short = forecast.turnover(steps(0.96, [100, 110, 121, 133.1]))
    # Four times as many doublings between two models change twice as many predictions.
    long = forecast.turnover(steps(0.92, [100, 100 * 1.1**4, 100 * 1.1**8, 100 * 1.1**12]))
    assert long == pytest.approx(short)
    assert short == pytest.approx(0.04 / math.sqrt(math.log2(1.1)))


def test_a_round_without_a_new_label_says_nothing():
    again = [*steps(0.9), Step(133, 1.0)]
    assert forecast.turnover(again) == forecast.turnover(steps(0.9))


@pytest.mark.parametrize(
    ("seen", "audit"),
    [
        (steps(0.9)[1:], 50),  # three rounds are two comparisons and one with nothing before it
        ([*steps(0.9)[:3], Step(133, None)], 50),  # another recipe
        (steps(0.9), 19),
        ([], 0),
    ],
)
def test_nothing_is_forecast_from_too_little(seen, audit):
    assert forecast.known(seen, audit, audit) is None


# the forecast


def test_the_same_is_forecast_from_the_same():
    known = Known(100, 50, 40, 0.2)
    first = forecast.futures(known).labels_to(0.85, 1_000)
    forecast.futures.cache_clear()
    assert forecast.futures(known).labels_to(0.85, 1_000) == first


@given(KNOWN, st.floats(0.01, 0.98), st.floats(0, 0.2))
def test_more_is_reached_later_and_never_beyond_what_there_is(known, target, more):
    futures = forecast.futures(known)
    most = 3 * known.labels
    ends = [
        [math.inf if end is None else end for end in (reach.low, reach.middle, reach.high)]
        for reach in (futures.labels_to(target, most), futures.labels_to(target + more, most))
    ]
    for one in ends:
        assert one == sorted(one)
        assert known.labels <= one[0]
        assert all(end <= most * 1.001 or end == math.inf for end in one)
    assert all(sooner <= later for sooner, later in zip(*ends, strict=True))


@given(KNOWN, st.floats(1, 9))
def test_accuracy_never_falls_and_stays_below_one(known, times):
    futures = forecast.futures(known)
    now, then = (futures.accuracy_at(at) for at in (known.labels, round(times * known.labels)))
    assert 0 <= now.low <= now.middle <= now.high <= 1
    assert now.low <= then.low <= then.middle <= then.high <= 1


def test_predictions_that_change_more_promise_more():
    calm, restless = (forecast.futures(Known(100, 50, 35, rate)) for rate in (0.02, 0.5))
    assert calm.gain_of(200).high < restless.gain_of(200).high
    assert calm.gain_of(200).middle < 0.005 < restless.gain_of(200).middle


def test_what_is_surely_reached_is_reached_now_and_that_is_not_told():
    reach = forecast.futures(Known(100, 500, 480, 0.1)).labels_to(0.8, 1_000)
    assert reach == Reach(100, 100, 100)
    assert not forecast.tells(reach, 100)


def test_an_interval_from_now_to_never_is_not_told():
    reach = forecast.futures(Known(100, 20, 17, 0.1)).labels_to(0.88, 10_000)
    assert (reach.low, reach.high) == (100, None)
    assert not forecast.tells(reach, 100)


def test_far_away_is_told_as_out_of_reach():
    futures = forecast.futures(Known(100, 200, 100, 0.02))
    assert futures.labels_to(0.99, 180) == Reach(None, None, None)
    words = "99 % is hardly in reach: 9 times in 10 it takes more than the 80 that are left."
    assert outlook._target(futures, 0.99, 180)["words"] == words


def test_where_projects_go_as_the_law_says_eight_in_ten_are_in_the_interval():
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(300):
        accuracy, turnover = rng.uniform(0, 1), rng.uniform(0, 0.5)
        usual = LEARNED.usual + LEARNED.slope * math.log(turnover + forecast.LEAST_TURNOVER)
        gain = max(rng.lognormal(usual, LEARNED.spread) - forecast.LEAST_GAIN, 0)
        gain = min(gain, 1 - accuracy)
        known = Known(100, 60, int(rng.binomial(60, accuracy)), turnover)
        futures = forecast.futures(known)
        then = futures.accuracy_at(200)
        reach = futures.labels_to(accuracy + gain, FARTHEST * 100)
        inside.append((then.low <= accuracy + gain <= then.high, (reach.low or 1e9) <= 200.001))
    covered, soon_enough = np.mean(inside, axis=0)
    assert 0.74 < covered < 0.88
    assert soon_enough > 0.85


def test_the_law_is_the_one_that_was_measured():
    figures = json.loads((RESULTS / "forecast.json").read_text(encoding="utf-8"))["figures"]
    measured = {name: round(value, 2) for name, value in figures["law"].items()}
    assert {name: round(value, 2) for name, value in vars(LEARNED).items()} == pytest.approx(
        measured, abs=0.011
    )


# advice


def test_a_budget_is_used_up_when_all_its_labels_are_given():
    assert stopping.budget_used(99, None) is None
    assert not stopping.budget_used(99, 100).stop
    assert stopping.budget_used(100, 100).stop


def test_a_target_is_reached_when_the_lower_end_of_the_interval_is():
    assert stopping.target_reached(50, 50, None) is None
    assert stopping.target_reached(19, 19, 0.5) is None
    almost = stopping.target_reached(46, 50, 0.9)
    assert not almost.stop
    assert "81.2 % and 96.8 %" in almost.words
    assert stopping.target_reached(480, 500, 0.9).stop


@pytest.mark.parametrize(
    ("kappas", "stop"),
    [
        ([0.99, 1.0], None),
        ([1.0, None, 1.0], None),
        ([1.0, 0.98, 1.0], False),
        ([0.5, 0.99, 0.995, 1.0], True),
    ],
)
def test_predictions_have_settled_after_three_rounds_of_agreement(kappas, stop):
    advice = stopping.predictions_stable(kappas)
    assert (advice and advice.stop) is stop


def test_a_plateau_is_where_twice_the_labels_would_gain_less_than_half_a_point():
    calm, restless = (forecast.futures(Known(100, 50, 35, rate)) for rate in (0.01, 0.5))
    assert stopping.gains_little(calm, 200).stop
    assert not stopping.gains_little(restless, 200).stop


# agreement of two models


def guessed(classes, said):
    entries = np.empty(len(said), guesses.ENTRY)
    entries["classes"], entries["proba"] = -1, 0
    entries["classes"][:, 0] = said
    return Guesses(classes, entries, {})


def test_agreement_is_of_the_items_that_both_guessed_at_by_the_names_of_today():
    before = guessed(("ham", "junk"), [0, 1, 1, 0, -1, 1])
    after = guessed(("spam", "other", "ham"), [2, 0, 1, -1, 0, 0, 0])
    assert guesses.agreement(before, after, {"junk": "spam"}) == (0.75, pytest.approx(5 / 9))
    assert guesses.agreement(guesses.NONE, after, {}) is None


def test_kappa_takes_chance_off():
    before, after = guessed(("a", "b"), [0] * 9 + [1]), guessed(("a", "b"), [1] + [0] * 9)
    same, kappa = guesses.agreement(before, after, {})
    assert same == 0.8
    assert kappa == pytest.approx(-1 / 9)
    alike = guessed(("a", "b"), [0] * 5)
    assert guesses.agreement(alike, alike, {}) == (1.0, 1.0)


# in a project


def learn(project, batches):
    for n in batches:
        for item in project.next_items("ana", n):
            value = truth_of(item.fields["text"])
            project.submit(item.id, value, annotator="ana", answer_id=uuid.uuid4().hex)
        retrain.run(project, Reason.ASKED_FOR)


def test_rounds_say_how_far_they_agree_and_after_four_there_is_a_forecast(make_project):
    project = make_project(n=120)
    learn(project, (12, 5, 5))
    first, *later = rounds.newest(project.store.read, 9)
    assert first["agreement"] is None
    assert all(0.5 < one["agreement"] <= 1 for one in later)
    assert status(project)["outlook"] == {"target": None, "forecast": None, "advice": []}
    learn(project, (5,))
    project.decide("owner", decisions.with_values(target=0.7, budget=20))
    told = json.loads(json.dumps(status(project)))["outlook"]
    assert [one["rule"] for one in told["advice"]] == ["budget", "target", "stability", "plateau"]
    assert told["advice"][0]["stop"]
    band = told["forecast"]["band"]
    assert (band[0]["labels"], band[-1]["labels"]) == (27, 54)


def test_models_of_the_same_labels_have_not_settled(make_project):
    project = make_project(n=120)
    learn(project, (12, 5))
    for _ in range(stopping.STABLE_ROUNDS):
        retrain.run(project, Reason.ASKED_FOR)
    assert rounds.latest(project.store.read)["kappa"] == 1
    assert status(project)["outlook"]["advice"] == []


def test_no_more_is_promised_than_there_are_items(make_project):
    project = make_project(n=30)
    learn(project, (12, 5, 5, 5))
    ahead = status(project)["outlook"]["forecast"]
    assert ahead["gain"]["labels"] == ahead["band"][-1]["labels"] == 30


def test_a_model_of_another_recipe_is_not_compared(make_project):
    project = make_project(n=120)
    learn(project, (12, 5))
    with project.store.write() as db:
        rounds.offer(db, [{"strategy": "uherding", "recipe": "logistic", "refused": None}])
    project.decide("owner", decisions.with_values(recipe="logistic"))
    learn(project, (5,))
    assert rounds.latest(project.store.read)["agreement"] is None


def test_a_target_is_a_decision_that_asks_for_no_round(project):
    learn(project, (12,))
    project.decide("owner", decisions.with_values(target=0.9))
    asked, answered = rounds.requests(project.store.read)
    assert asked == answered
    assert decisions.history(project.store.read)[0].words == "target: none → 0.9"
    for wrong in ({"target": 90}, {"target": 0}, {"budget": 0}):
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            project.decide("owner", decisions.with_values(**wrong))


@pytest.mark.parametrize(
    ("target", "most", "words"),
    [
        (0.87, 9_000, "About 9 more labels to 87 % (8 times in 10: 0 to 100)."),
        (0.9, 9_000, "About 71 more labels to 90 % (8 times in 10: 12 to more than 900)."),
        (0.97, 200, "48 or more labels to 97 % (9 times in 10); as likely as not it takes more"),
    ],
)
def test_the_forecast_is_one_sentence(target, most, words):
    futures = forecast.futures(Known(100, 1_000, 860, 0.6))
    assert outlook._target(futures, target, most)["words"].startswith(words)


def test_numbers_of_labels_are_told_to_two_digits():
    assert [outlook.about(n) for n in (0, 7, 96, 184.2, 1_349)] == ["0", "7", "96", "180", "1,300"]


@pytest.mark.browser
def test_an_owner_sets_a_target_and_reads_how_far_it_is(tmp_path, come_in):
    with project_in(tmp_path / "reviews", n=120) as project:
        learn(project, (12, 5, 5, 5))
        with serving(project.folder) as server:
            page = come_in(server, "/progress", role="owner")
            page.get_by_text("More labels bring little").wait_for()
            assert page.get_by_text("The target is").count() == 0
            page.goto(f"{server.url}/settings")
            page.get_by_role("tab", name="Asking").click()
            page.get_by_role("spinbutton", name="Accuracy that is enough").fill("0.97")
            page.get_by_role("button", name="Save", exact=True).click()
            page.get_by_text("Saved; in force").wait_for()
            page.goto(f"{server.url}/progress")
            page.get_by_text("The target is").wait_for()
            assert page.get_by_text("(95 % interval, 30 audit answers); the target is 97 %").count()
        assert project.settings.target == 0.97
