"""Candidates that applications serve: drawn with the chance that is logged, once, for good."""

import json
import math
import runpy
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
from conftest import project_in
from hypothesis import given, settings
from hypothesis import strategies as st
from real_server import PLAIN

from loop import Project, candidates, withdrawal
from loop import worth as report
from loop.bandit import betting, estimates, regret, thompson
from loop.bandit.context import Feature, Misfit, encode
from loop.bandit.estimates import Served
from loop.bandit.linear import Linear
from loop.bandit.policy import Policy, draw, propensities
from loop.choosing import Chooser, NotChosen
from loop.client import Client, NotTaken
from loop.errors import SettingsError
from loop.feedback import inbox
from loop.quality.share import Estimate
from loop.store import choices
from ui import feature_words

EXAMPLE = Path(__file__).parent.parent / "docs" / "examples" / "bandit.py"
HOUR = {"name": "hour", "kind": "number", "low": 0, "high": 24}
LANGUAGE = {"name": "language", "kind": "category", "values": ["de", "en"]}
FEATURES = [HOUR, LANGUAGE]
NOW = {"hour": 12, "language": "de"}


def policy(names="abc", **values):
    return Policy.model_validate({"candidates": [{"name": name} for name in names], **values})


def put(project, names=("a", "b", "c"), **values):
    values["candidates"] = candidates.named(None, names)
    return candidates.decide(project.store, "owner", candidates.with_values(**values))


def judge(project, interaction, value, *, id_=None, kind="thumbs", who="app"):
    record = {"feedback_id": id_ or f"f-{interaction}-{who}", "kind": kind, "annotator": who}
    told = record | {"interaction_id": interaction, "value": value}
    assert not inbox.take(project, [told], "app").rejected


def learned(names, size, seed, n=30):
    rng = np.random.default_rng(seed)
    models = {name: Linear(size) for name in names}
    for _ in range(n):
        x = np.r_[1.0, rng.uniform(-1, 1, size - 1)]
        models[names[rng.integers(len(names))]].add(x, float(rng.random() < 0.5))
    return models


# the chance of each candidate


@given(
    k=st.integers(2, 8),
    size=st.integers(1, 6),
    floor=st.floats(0.001, 1),
    kind=st.sampled_from(["linucb", "thompson"]),
    seed=st.integers(0, 1_000),
    n=st.integers(0, 60),
)
@settings(deadline=None, max_examples=60)
def test_chances_add_up_to_one_and_none_is_below_its_floor(k, size, floor, kind, seed, n):
    mine = policy("abcdefgh"[:k], floor=floor, kind=kind)
    x = np.r_[1.0, np.random.default_rng(seed).uniform(-1, 1, size - 1)]
    chances = propensities(mine, learned(mine.names, size, seed, n), x)
    assert math.isclose(chances.sum(), 1, rel_tol=1e-9)
    assert chances.min() >= floor / k - 1e-12


@pytest.mark.parametrize("kind", ["linucb", "thompson"])
def test_candidates_come_as_often_as_is_logged(kind):
    mine = policy(kind=kind, floor=0.3)
    chances = propensities(mine, learned(mine.names, 3, 7), np.array([1.0, 0.2, -0.4]))
    drawn = np.bincount([draw(chances, (0, n)) for n in range(4_000)], minlength=3) / 4_000
    assert np.abs(drawn - chances).max() < 4 * 0.5 / 4_000**0.5


def test_thompson_gives_the_share_of_draws_that_are_highest():
    means, widths = np.array([0.4, 0.5, 0.45]), np.array([0.3, 0.1, 0.5])
    rng = np.random.default_rng(0)
    draws = means + 0.5 * widths * rng.normal(size=(200_000, 3))
    counted = np.bincount(draws.argmax(axis=1), minlength=3) / 200_000
    assert np.abs(thompson.chances(means, widths, 0.5) - counted).max() < 0.006


def test_candidates_of_which_nothing_is_known_are_equally_likely():
    for kind in ("linucb", "thompson"):
        mine = policy(kind=kind)
        models = {name: Linear(2) for name in mine.names}
        assert np.allclose(propensities(mine, models, np.array([1.0, 0.5])), 1 / 3)


def test_a_reward_that_was_corrected_leaves_what_the_right_one_would_have():
    one, other, x = Linear(2), Linear(2), np.array([1.0, 0.5])
    one.add(x, 1.0)
    one.correct(x, -1.0)
    other.add(x, 0.0)
    assert one.expect(x) == other.expect(x)


# contexts


@pytest.mark.parametrize(
    ("told", "field", "words"),
    [
        ({"hour": 3}, "context.language", "it is missing"),
        ({"hour": None, "language": "de"}, "context.hour", "it is missing"),
        (NOW | {"hour": "noon"}, "context.hour", "a number is due, not 'noon'"),
        (NOW | {"hour": True}, "context.hour", "a number is due"),
        (NOW | {"hour": math.nan}, "context.hour", "a number is due, not nan"),
        (NOW | {"hour": math.inf}, "context.hour", "inf is outside its range of 0 to 24"),
        (NOW | {"hour": 10**400}, "context.hour", "is outside its range of 0 to 24"),
        (NOW | {"language": "fr"}, "context.language", "'fr' is none of de, en"),
        (NOW | {"language": 7}, "context.language", "a category is a text, not 7"),
        (NOW | {"hours": 3}, "context", "no feature 'hours'; did you mean 'hour'?"),
        ("a text", "context", "a text alone is for one text feature; there are 0"),
        (None, "context.hour", "it is missing"),
    ],
)
def test_a_context_that_does_not_fit_is_refused_by_name(told, field, words):
    with pytest.raises(Misfit) as refused:
        encode([Feature.model_validate(one) for one in FEATURES], told)
    assert refused.value.field == field
    assert words in refused.value.reason


def test_a_context_becomes_numbers():
    language = Feature(name="language", kind="category", values=("de", "other"))
    hour, text = Feature.model_validate(HOUR), Feature(name="question", kind="text", buckets=8)
    assert encode([hour, language], {"hour": 18, "language": "fr"}).tolist() == [1, 0.5, 0, 1]
    words = encode([text], "Where, where is it?")
    assert np.isclose(np.linalg.norm(words[1:]), 1)
    assert (words == encode([text], {"question": "is it where WHERE"})).all()
    assert encode([text], "").tolist() == [1] + [0] * 8


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"floor": 0}, "floor: Input should be greater than or equal to 0.001, not 0"),
        ({"floor": 1.5}, "floor: Input should be less than or equal to 1, not 1.5"),
        ({"floor": math.nan}, "floor"),
        ({"candidates": [{"name": "a"}]}, "two candidates or more"),
        ({"candidates": [{"name": "a"}, {"name": "a"}]}, "two candidates are called 'a'"),
        ({"kind": "greedy"}, "kind: Input should be 'linucb' or 'thompson'"),
        ({"features": [HOUR, HOUR]}, "two features are called 'hour'"),
        ({"features": [HOUR | {"high": 0}]}, "lies in a range"),
        ({"features": [LANGUAGE | {"values": ["de"]}]}, "two different values or more"),
        ({"features": [{"name": "q", "kind": "text", "buckets": 200}]}, "more than 200"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(values, words):
    with pytest.raises(SettingsError) as refused:
        candidates.policy_from(**{"candidates": [{"name": "a"}, {"name": "b"}]} | values)
    assert words in str(refused.value)


# choosing


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A project for tests that use interactions of their own."""
    with project_in(tmp_path_factory.mktemp("bandit") / "p", n=5, audit=0) as made:
        put(made, features=FEATURES)
        yield made


def test_the_same_interaction_gets_the_same_candidate(shared):
    chooser = Chooser(shared.store, 0)
    first = chooser.choose("once", NOW)
    for _ in range(20):
        assert chooser.choose("once", {"hour": 3, "language": "en"}) == first
    assert math.isclose(sum(first.propensities.values()), 1)
    assert choices.of(shared.store.read, "once") == first


def test_what_was_judged_before_it_was_chosen_is_refused_and_its_thumb_kept(shared):
    judge(shared, "too-soon", value=True)
    with pytest.raises(NotChosen, match="judged before") as refused:
        Chooser(shared.store, 0).choose("too-soon", NOW)
    assert refused.value.is_conflict
    assert choices.judged_elsewhere(shared.store.read) == 1
    assert choices.of(shared.store.read, "too-soon") is None


def test_a_context_that_is_refused_leaves_nothing(shared):
    with pytest.raises(NotChosen, match=r"context\.hour"):
        Chooser(shared.store, 0).choose("refused", {"language": "de"})
    assert choices.of(shared.store.read, "refused") is None


@pytest.mark.parametrize("sql", ["UPDATE choices SET candidate = 'x'", "DELETE FROM choices"])
def test_choices_are_append_only(shared, sql):
    Chooser(shared.store, 0).choose("kept", NOW)
    with pytest.raises(Exception, match="append-only"), shared.store.write() as db:
        db.execute(sql)


def test_a_process_that_starts_anew_decides_as_one_that_went_on(make_project):
    project = make_project(n=5, audit=0)
    put(project, features=FEATURES, kind="thompson")
    went_on, rng = Chooser(project.store, 3), np.random.default_rng(0)
    for n in range(40):
        context = {"hour": float(rng.uniform(0, 24)), "language": "de"}
        went_on.choose(f"i{n}", context)
        if n % 3:
            judge(project, f"i{n - n % 2}", bool(rng.random() < 0.5), id_=f"f{n}")
        if n % 7 == 0:
            judge(project, f"i{n}", int(rng.integers(1, 6)), kind="rating", who="zoe")
    with project.store.write() as db:
        learned_on = went_on._learned(db, went_on._versions(db))
        anew = Chooser(project.store, 3)
        learned_anew = anew._learned(db, anew._versions(db))
    for name, model in learned_on.items():
        assert (model.moment == learned_anew[name].moment).all()
        assert (model.gram == learned_anew[name].gram).all()


def test_a_mind_that_was_changed_counts_as_it_is_now_and_several_as_their_mean(make_project):
    project = make_project(n=5, audit=0)
    put(project, names=("a", "b"))
    chosen = Chooser(project.store, 0).choose("one").candidate
    judge(project, "one", value=False, id_="first")
    judge(project, "one", value=True, id_="second")
    judge(project, "one", 3, kind="rating", who="zoe")
    told = report.worth(project)
    mine = next(one for one in told["candidates"] if one["name"] == chosen)
    assert (mine["rewarded"], mine["rate"]["value"]) == (1, 0.75)
    chooser = Chooser(project.store, 0)
    chooser.choose("two")
    assert chooser._lesson.learned[chosen].moment.tolist() == [0.75]
    assert chooser._lesson.learned[chosen].gram.tolist() == [[2.0]]


def test_what_nobody_judged_is_missing_and_counted(make_project, monkeypatch):
    project = make_project(n=5, audit=0)
    put(project)
    chooser, now = Chooser(project.store, 0), time.time()
    monkeypatch.setattr(time, "time", lambda: now - 2 * report.DAY)
    chooser.choose("old")
    monkeypatch.setattr(time, "time", lambda: now)
    chooser.choose("new")
    told = report.worth(project)
    assert (told["choices"], told["rewarded"]) == (2, 0)
    assert (told["waiting"], told["unjudged"]) == (1, 1)
    assert "0 of 20 judged choices" in told["why"]


def test_candidates_come_and_go_and_what_others_taught_stays(make_project):
    project = make_project(n=5, audit=0)
    put(project, names=("a", "b"))
    chooser = Chooser(project.store, 0)
    for n in range(10):
        chooser.choose(f"i{n}")
        judge(project, f"i{n}", value=True)
    before = {name: model.moment.sum() for name, model in chooser._lesson.learned.items()}
    assert put(project, names=("a", "new")).version == 2
    assert put(project, names=("a", "new")).version == 2  # the same again is none
    assert set(chooser.choose("later").propensities) == {"a", "new"}
    assert chooser._lesson.learned["a"].moment.sum() >= before["a"]
    retired = [one["name"] for one in report.worth(project)["candidates"] if not one["on_offer"]]
    assert retired == ["b"]
    put(project, names=("a", "new"), features=[HOUR])
    chooser.choose("other features", {"hour": 1})
    assert chooser._lesson.learned["a"].moment.sum() == 0


def test_an_erased_interaction_teaches_nothing_any_more(make_project):
    project = make_project(n=5, audit=0)
    put(project, features=FEATURES)
    chooser = Chooser(project.store, 0)
    chosen = chooser.choose("private", NOW).candidate
    judge(project, "private", value=True)
    chooser.choose("next", NOW)
    assert chooser._lesson.learned[chosen].moment.any()
    withdrawal.erase_interaction(project, "private")
    chooser.choose("after", NOW)
    assert not chooser._lesson.learned[chosen].moment.any()
    assert choices.of(project.store.read, "private") is None  # it has another name now


def test_whoever_changes_their_mind_after_their_erasure_counts_as_after_a_restart(make_project):
    project = make_project(n=5, audit=0)
    put(project)
    chooser = Chooser(project.store, 0)
    chosen = chooser.choose("chat", None).candidate
    judge(project, "chat", value=True)
    chooser.choose("next", None)
    withdrawal.erase_person(project, "app")
    judge(project, "chat", value=False, id_="second")
    anew = Chooser(project.store, 0)
    moments = []
    for one in (chooser, anew):
        one.choose(f"after {len(moments)}", None)
        moments.append(one._lesson.learned[chosen].moment.tolist())
    assert moments[0] == moments[1]


@pytest.mark.parametrize(("low", "high"), [(0, 1_000_000), (0.1234567, 1), (-0.5, 1e-7)])
def test_a_feature_is_written_as_it_is_read(low, high):
    feature = Feature(name="size", kind="number", low=low, high=high)
    assert feature_words.read(feature_words.written(feature)) == feature


# what candidates are worth


def collected(n, seed, floor=0.2, liked=(0.3, 0.5, 0.7)):
    """Choices of a policy that learned from them."""
    rng, mine = np.random.default_rng(seed), policy(floor=floor)
    models, rows = {name: Linear(1) for name in mine.names}, []
    for t in range(n):
        x = np.ones(1)
        chances = propensities(mine, models, x)
        place = draw(chances, (seed, t))
        reward = float(rng.random() < liked[place])
        models[mine.names[place]].add(x, reward)
        rows.append((x, place, chances, reward, floor / 3))
    return Served(*map(np.array, zip(*rows, strict=True)))


def test_intervals_hold_the_truth_of_what_a_policy_collected():
    """Of 40 simulations with 3 estimates; of intervals that hold in 93.5 % nearly all pass."""
    held = []
    for seed in range(40):
        served = collected(150, seed)
        found = estimates.values(served, estimates.fixed(served, 2), estimates.expectations(served))
        held += [one.low <= 0.7 <= one.high for one in vars(found).values()]
    assert np.mean(held) >= 0.935


def test_off_policy_intervals_shrink_and_the_best_is_found():
    served = collected(3_000, 0)
    expected = estimates.expectations(served)
    found = [estimates.values(served, estimates.fixed(served, i), expected) for i in range(3)]
    assert found[2].dr.low > found[0].dr.high
    assert [one.dr.value for one in found] == pytest.approx([0.3, 0.5, 0.7], abs=0.1)
    assert regret.best([one.dr for one in found]).value == found[2].dr.value


@pytest.mark.parametrize(("all_are", "value"), [(0.0, 0.0), (1.0, 1.0)])
def test_where_all_are_bad_or_good_there_is_an_interval_still(all_are, value):
    served = collected(200, 1, liked=(all_are,) * 3)
    found = estimates.values(served, estimates.fixed(served, 0), estimates.expectations(served))
    assert found.snips.value == value
    assert found.dr.low <= value <= found.dr.high


def test_a_bet_rules_out_what_is_far_from_the_mean_and_not_the_mean():
    rewards = (np.arange(400) % 5 > 0).astype(float)
    low = betting.lowest(lambda value: rewards / value - 1)
    assert 0.65 < low < 0.8


def test_the_model_never_sees_what_it_judges():
    served = collected(200, 2)
    changed = Served(**vars(served) | {"rewards": np.r_[served.rewards[:-10], np.ones(10)]})
    ours, theirs = estimates.expectations(served), estimates.expectations(changed)
    assert (ours == theirs).all()


def test_regret_is_what_the_best_would_have_brought_less_what_came():
    lost = regret.cumulative(np.array([1.0, 0.0, 1.0]), Estimate(0.8, 0.5, 0.9))
    assert [one.after for one in lost] == [1, 2, 3]
    assert math.isclose(lost[-1].regret.value, 3 * 0.8 - 2)
    assert math.isclose(lost[-1].regret.low, 3 * 0.5 - 2)


def test_the_report_names_the_best_once_it_is_sure(make_project):
    project = make_project(n=5, audit=0)
    put(project, names=("bad", "good"), floor=0.5)
    chooser = Chooser(project.store, 0)
    for n in range(150):
        candidate = chooser.choose(f"i{n}").candidate
        judge(project, f"i{n}", value=candidate == "good")
    told = report.worth(project)
    assert told["best"] == "good"
    assert told["floor"]["low"] > 0
    assert sum(one["share"] for one in told["shares"] if one["after"] == 150) == pytest.approx(1)
    json.dumps(told, allow_nan=False)


# over REST, by the client and the command line


def test_an_application_serves_what_it_is_told_and_a_kill_loses_nothing(served):
    with Project.open(served.folder) as project:
        client = Client(served.url, project.invite("my-app"))
        with pytest.raises(NotTaken, match="400: This project has no candidates"):
            client.choose("chat-0")
        texts = {"short": "One sentence."}
        values = {"candidates": candidates.named(None, ["short", "long"], texts)}
        change = candidates.with_values(**values, features=FEATURES, floor=1)
        candidates.decide(project.store, "owner", change)
    told = [client.choose(f"chat-{n}", NOW) for n in range(12)]
    assert {one["propensity"] for one in told} == {0.5}
    assert {one["text"] for one in told if one["candidate"] == "short"} == {"One sentence."}
    client.send("thumbs", "chat-3", value=True, prompt="when?", output="1969")
    for context, words in (
        ({"hour": 1}, "422: context.language: it is missing"),
        ({"hour": math.nan, "language": "de"}, "422: context.hour: a number is due, not nan"),
        ({"\ud800": 1}, "422: context: no feature"),
    ):
        with pytest.raises(NotTaken, match=words):
            client.choose("chat-new", context)
    assert not {"sklearn", "modAL"} & served.modules()
    url = f"{served.url}/api/v1/choice"
    assert httpx.post(url, json={"interaction_id": "x"}, **PLAIN).status_code == 401
    served.kill()
    served.start()
    assert [client.choose(f"chat-{n}", NOW) for n in range(12)] == told


def test_the_help_desk_of_the_docs_learns_who_wants_what(served):
    with Project.open(served.folder) as project:
        question = {"name": "question", "kind": "text"}
        put(project, names=("short", "friendly", "steps"), features=[question], floor=0.05)
        token = project.invite("desk")
    found = runpy.run_path(str(EXAMPLE))["main"](served.url, token, 120)
    assert found["short"].most_common(1)[0][0] == "short"
    assert found["steps"].most_common(1)[0][0] == "steps"


def test_the_command_line_sets_the_policy_and_says_how_it_goes(askwell_here, make_project):
    project = make_project(n=5, audit=0)
    nothing = askwell_here("bandit", project.folder)
    assert (nothing.returncode, "No candidates yet" in nothing.stderr) == (1, True)
    set_ = askwell_here(
        *("bandit", project.folder, "--candidates", "a,b", "--policy", "thompson"),
        *("--text", "a=Be short.", "--context", "hour=0..24", "--context", "language=de|en|other"),
    )
    assert set_.returncode == 0, set_.stderr
    assert "Version 1 of the policy is in force." in set_.stdout
    told = json.loads(askwell_here("bandit", project.folder, "--floor", "0.1", "--json").stdout)
    assert (told["version"], told["policy"]["floor"]) == (2, 0.1)
    assert told["policy"]["candidates"][0] == {"name": "a", "text": "Be short."}
    for words, status, complaint in (
        (("--floor", "0"), 1, "floor: Input should be greater than or equal to 0.001"),
        (("--candidates", "a"), 1, "two candidates or more"),
        (("--context", "hour=3..1"), 1, "is no feature"),
        (("--text", "c=x"), 1, "There is no candidate 'c'"),
        (("--text", "c"), 2, "NAME=WORDS"),
    ):
        done = askwell_here("bandit", project.folder, *words)
        assert (done.returncode, complaint in done.stderr) == (status, True), done.stderr
