"""Tuning: spaces, what answers say of settings, what is shown next, and a session to its end."""

import itertools
import shutil
import time
import uuid
from pathlib import Path

import numpy as np
import pytest
from real_server import serving, until
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from loop import Project, importing
from loop.errors import DataError, ProjectExists, SettingsError
from loop.gaussian.preferential import Answers
from loop.gaussian.rated import Prior, Ratings, learn
from loop.gaussian.smooth import Smooth
from loop.settings import settings_from
from loop.store import log, rounds, tuning
from loop.store.withdrawn import is_out
from loop.tuning import search, surrogate
from loop.tuning.ahead import Tuning
from loop.tuning.beginning import begin
from loop.tuning.cube import Cube
from loop.tuning.render import FOLDER, RenderFailed, Shower
from loop.tuning.space import Space, read, shown
from loop.withdrawal import erase_item
from ui.pages.tune import worth

EXAMPLE = Path(__file__).parent.parent / "docs" / "examples" / "image_filter"
MIXED = {
    "heat": {"type": "real", "low": 0.001, "high": 1.0, "log": True},
    "minutes": {"type": "integer", "low": 1, "high": 5},
    "pot": {"type": "categorical", "choices": ["clay", "steel"]},
    "lid": {"type": "real", "low": 0, "high": 1, "when": {"pot": "clay"}},
}
TWO = """
[parameters.x]
type = "real"
low = 0
high = 1

[parameters.y]
type = "integer"
low = 0
high = 4
"""


@pytest.fixture(scope="module")
def cube():
    return Cube(Space.model_validate({"parameters": MIXED}))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A function that writes a space, and begins its session."""
    monkeypatch.setenv(FOLDER, str(tmp_path))

    def make(toml, **files):
        (tmp_path / "space.toml").write_text(toml)
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(text)
        begin(tmp_path / "space.toml", tmp_path / "space")
        return Project.open(tmp_path / "space")

    return make


@pytest.fixture
def session(here):
    """A function that begins a session, with the part of the trainer in this process."""
    open_ = []

    def make(toml, **files):
        project = here(toml, **files)
        open_.append((project, Tuning(project)))
        return open_[-1]

    yield make
    for project, tuning_ in open_:
        tuning_.close()
        project.close()


def answer(project, value, who="ana"):
    (item, *_) = project.next_items(who, 20)
    kind = "rating" if project.settings.task == "rate" else "preference"
    said = value(item.meta) if callable(value) else value
    receipt = project.submit(item.id, said, annotator=who, answer_id=uuid.uuid4().hex, kind=kind)
    assert receipt.rejected == []
    return item


# ---------------------------------------------------------------- the space


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("", "there are no [parameters]"),
        ("[parameters]", "no [parameters] to tune"),
        ('[parameters.x]\ntype = "real"\nlow = 1\nhigh = 1', "'x': 'low', 1, must be below"),
        ('[parameters.x]\ntype = "integer"\nlow = 3\nhigh = 2', "'x': 'low', 3, must be below"),
        ('[parameters.x]\ntype = "real"\nlow = 0\nhigh = 1\nlog = true', "on a log scale"),
        ('[parameters.x]\ntype = "real"\nlow = 0', "'x': 'high' is missing"),
        ('[parameters.x]\ntype = "real"\nlow = "a"\nhigh = 2', "'x': 'low': Input should be"),
        ('[parameters.x]\ntype = "categorical"\nchoices = ["a"]', "'x': 'choices' needs two"),
        ('[parameters.x]\ntype = "categorical"\nchoices = ["a", "a"]', "the same name twice"),
        ('[parameters.x]\ntype = "integr"', "Did you mean 'integer'?"),
        ("[parameters.x]\nlow = 0", "'x' has no type"),
        ('[parameters.x]\ntype = "real"\nlow = 0\nhigh = 1\nhihg = 2', "did you mean 'high'?"),
        (TWO + "when = { z = 'a' }", "'y': 'when' names 'z', which is no categorical"),
        (TWO.replace("parameters.x", "parameters.a"), "cannot be called 'a'"),
        (f"question = 1\n{TWO}", "'question': Input should be a valid string"),
        (f"acquisition = 'eii'\n{TWO}", "'acquisition'"),
        (f"text = 'at {{X}}'\n{TWO}", "'text' names {X}, which is no parameter"),
        (f"text = '{{x:.2f}}'\n{TWO}", "'text' has {x:.2f}; in braces stands a parameter's name"),
        (f"text = '{{x!z}}'\n{TWO}", "'text' has {x!z}"),
        (f"image = '{{x:{{y}}}}'\n{TWO}", "'image' has {x:{y}}"),
        (f"text = '{{x.real}}'\n{TWO}", "'text' has {x.real}"),
        (f"text = '{{x}}'\nimage = '{{x}}'\n{TWO}", "text and image each say what is shown"),
        (f"render = 'draw'\n{TWO}", "'render' is FILE.py:FUNCTION"),
        (f"render = 'draw.py:f'\n{TWO}", "there is no such file beside it"),
        ("parameters = ", "is no TOML"),
    ],
)
def test_a_space_that_cannot_be_searched_is_refused_by_name(tmp_path, toml, says):
    (tmp_path / "space.toml").write_text(toml)
    with pytest.raises(SettingsError) as why:
        read(tmp_path / "space.toml")
    assert says in str(why.value)
    assert "space.toml" in str(why.value)


def test_conditions_name_choices_that_there_are_and_no_circles():
    lid = MIXED["lid"] | {"when": {"pot": ["glass"]}}
    with pytest.raises(ValueError, match="waits for pot = glass, and pot is one of clay, steel"):
        Space.model_validate({"parameters": MIXED | {"lid": lid}})
    ring = {"type": "categorical", "choices": ["u", "v"]}
    ring = {"p": ring | {"when": {"q": "u"}}, "q": ring | {"when": {"p": "u"}}}
    with pytest.raises(ValueError, match="wait for one another"):
        Space.model_validate({"parameters": ring})


def test_settings_and_points_of_the_cube_are_the_same(cube):
    for u in np.random.default_rng(0).random((50, 4)):
        setting = cube.setting(u)
        assert cube.setting(cube.point(setting)) == setting
        assert ("lid" in setting) == (setting["pot"] == "clay")
    assert cube.setting(np.zeros(4)) == {"heat": 0.001, "minutes": 1, "pot": "clay", "lid": 0.0}
    assert cube.setting(np.ones(4)) == {"heat": 1.0, "minutes": 5, "pot": "steel"}
    told = {0.000123456: "0.0001235", 1.5e-9: "1.5e-09", -2e-12: "-2e-12", 2e-6: "0.000002"}
    assert {value: shown(value) for value in told} == told
    assert shown(-0.0) == "0"


def test_what_cannot_be_told_apart_is_the_same_to_the_process(cube):
    a, b, c = cube.features(
        np.array([[0.5, 0.41, 0.7, 0.1], [0.5, 0.59, 0.9, 0.9], [0.5, 0.61, 0.7, 0.1]])
    )
    assert (a == b).all()  # the same level, the same category, and a lid that steel has not
    assert (a != c).any()
    pots = cube.features(np.array([[0.5, 0.5, at, 0.5] for at in (0.2, 0.8)]))
    assert np.linalg.norm(pots[0] - pots[1]) == pytest.approx(1)


# ---------------------------------------------------------------- what answers say


def test_the_kernel_is_scikit_learns():
    rng = np.random.default_rng(0)
    X, Y, lengths = rng.random((12, 3)), rng.random((5, 3)), np.array([0.3, 0.5, 0.9])
    ours = Smooth(1.7, lengths, (0.05, 20.0), level=4.0)
    theirs = ConstantKernel(4.0, "fixed") + ConstantKernel(1.7) * Matern(lengths, nu=2.5)
    theta = ours.theta + 0.3
    for mine, other in (
        (ours, theirs),
        (ours.clone_with_theta(theta), theirs.clone_with_theta(theta)),
    ):
        assert mine(X, Y) == pytest.approx(other(X, Y))
        for found, wanted in zip(
            mine(X, eval_gradient=True), other(X, eval_gradient=True), strict=True
        ):
            assert found == pytest.approx(wanted)
        assert mine.diag(X) == pytest.approx(other.diag(X))


def test_ratings_of_one_person_are_believed_as_scikit_learn_believes_them():
    rng = np.random.default_rng(1)
    X, y = rng.random((30, 2)), rng.normal(3, 1, 30)
    kernel = Smooth(1.0, np.array([0.3, 0.3]), (0.05, 20.0))
    stay = np.full(5, 1e-4)  # the parameters
    prior = Prior(np.r_[kernel.theta, np.log([0.1, 0.25])], stay, 1e-4)
    found = learn(kernel, Ratings(X, np.zeros(30, np.intp), y), 3.0, prior)
    theirs = GaussianProcessRegressor(
        ConstantKernel(1.0) * Matern([0.3, 0.3], nu=2.5) + WhiteKernel(0.25), optimizer=None
    ).fit(X, y - 3)
    at = rng.random((7, 2))
    mean, sd = theirs.predict(at, return_std=True)
    assert found.spread(at)[0] == pytest.approx(mean + 3, abs=1e-4)
    assert found.spread(at)[1] + 0.25 == pytest.approx(sd**2, abs=1e-3)
    covariance = found.believed(at)[1]
    assert np.diag(covariance) == pytest.approx(found.spread(at)[1])
    apart = found.gain(at[:1], at[1:])[1]
    whole = covariance[0, 0] + np.diag(covariance)[1:] - 2 * covariance[0, 1:]
    assert apart == pytest.approx(whole, abs=1e-9)


def test_who_is_severe_is_told_from_what_is_bad():
    rng = np.random.default_rng(2)
    X, raters = rng.random((90, 1)), rng.integers(0, 3, 90)
    adds = np.array([0.8, 0.0, -0.8])
    y = 3 + np.sin(6 * X[:, 0]) + adds[raters] + rng.normal(0, 0.3, 90)
    found = surrogate.of_ratings(Ratings(X, raters, y), 3.0)
    mean, sd = found.severities()
    assert mean - mean.mean() == pytest.approx(adds, abs=0.2)
    assert (sd < 0.6).all()
    assert found.noise**0.5 == pytest.approx(0.3, abs=0.1)
    at = np.linspace(0, 1, 20)[:, None]
    believed = found.spread(at)[0]
    assert (
        np.abs((believed - believed.mean()) - (np.sin(6 * at[:, 0]) - np.sin(6 * at).mean())).max()
        < 0.4
    )


def test_who_rates_at_random_is_told_from_who_is_sure_and_counts_less():
    rng = np.random.default_rng(5)
    X, raters = rng.random((90, 1)), np.arange(90) % 3
    worth = 3 + np.sin(6 * X[:, 0])
    y = worth + rng.normal(0, np.array([0.2, 0.2, 1.5])[raters])
    found = surrogate.of_ratings(Ratings(X, raters, y), 3.0)
    assert np.sqrt(found.noises) == pytest.approx([0.2, 0.2, 1.5], rel=0.4)
    sure = raters < 2
    moved = y + np.where(sure, 0.0, 1.0) * rng.normal(0, 1.5, 90)
    again = surrogate.of_ratings(Ratings(X, raters, moved), 3.0)
    at = np.linspace(0, 1, 20)[:, None]
    assert np.abs(again.spread(at)[0] - found.spread(at)[0]).max() < 0.15


def test_an_answer_under_way_takes_doubt_away_and_moves_no_mean():
    rng = np.random.default_rng(3)
    X = rng.random((20, 2))
    at = rng.random((5, 2))
    rated = surrogate.of_ratings(Ratings(X, rng.integers(0, 2, 20), rng.normal(3, 1, 20)), 3.0)
    pairs = Answers(np.arange(10), np.arange(10, 20), rng.integers(0, 2, 10) * 1.0, np.ones(10))
    preferred = surrogate.of_pairs(X, pairs)
    for before, after in (
        (rated, rated.expecting(at[:2, None])),
        (preferred, preferred.expecting(at[None, :2])),
    ):
        (mean, variance), (still, less) = before.spread(at), after.spread(at)
        assert still == pytest.approx(mean, abs=1e-6)
        assert less[0] < variance[0] * 0.95 or less[1] < variance[1] * 0.95
        assert (less <= variance + 1e-9).all()
        gain = before.gain(at[:1], at[1:])
        covariance = before.believed(at)[1]
        whole = covariance[0, 0] + np.diag(covariance)[1:] - 2 * covariance[0, 1:]
        assert gain[1] == pytest.approx(whole, abs=1e-6)


@pytest.mark.parametrize("acquisition", ["ei", "pi", "ucb"])
def test_what_is_shown_next_is_where_it_may_be_better(cube, acquisition):
    rng = np.random.default_rng(4)
    U = search.spread(cube, 16, rng)
    good = np.array([4.0 if cube.setting(u)["pot"] == "clay" else 2.0 for u in U])
    process = surrogate.of_ratings(Ratings(cube.features(U), np.zeros(16, np.intp), good), 3.0)
    best = U[int(np.argmax(process.spread(cube.features(U))[0]))]
    (chosen,) = search.next_points(cube, process, best, acquisition, np.random.default_rng(0))
    (again,) = search.next_points(cube, process, best, acquisition, np.random.default_rng(0))
    assert (chosen == again).all()
    assert cube.setting(chosen)["pot"] == "clay"
    (other,) = search.next_points(
        cube, process, best, acquisition, np.random.default_rng(0), barred=chosen[None]
    )
    assert cube.setting(other) != cube.setting(chosen)


# ---------------------------------------------------------------- a session


def test_proposals_stand_ready_and_those_of_two_people_differ(session):
    project, ahead = session(TWO)
    assert project.settings.space == read(project.folder.parent / "space.toml")
    assert project.guideline().text.startswith("How good is it, from 1")
    queue = project.next_items("ana", 20)
    assert len(queue) == 2  # however many a browser asks for: what comes later is better
    assert queue[0].fields["proposal"].startswith("x: ")
    assert queue[0].meta.keys() == {"x", "y"}
    for n in range(14):
        for who in ("ana", "bo"):
            ahead.keep_up()
            answer(project, lambda meta: str(1 + meta["y"]), who)
        shown_now = [str(project.next_items(who, 20)[0].meta) for who in ("ana", "bo")]
        assert len(set(shown_now)) == 2, n
    ahead.keep_up()
    told = tuning.newest(project.store.read)
    assert told["best"]["setting"]["y"] == 4
    assert told["best"]["low"] <= told["best"]["mean"] <= told["best"]["high"] <= 5
    assert told["answers"] == 28
    assert {one["name"] for one in told["one"]} == {"x", "y"}
    assert [one["name"] for one in told["raters"]] == ["ana", "bo"]
    assert told["advice"]["words"]
    later = log.of_kind(project.store.read, "withdraw")
    assert later, "what was made from fewer answers is replaced"
    assert {row["annotator"] for row in later} == {rounds.TRAINER}


def test_what_the_best_of_compared_settings_is_worth_is_said_as_a_share():
    best = {"mean": 1.0, "low": 0.0, "high": 3.0}
    assert worth(best, "compare") == (
        "preferred to an average setting 73 % of the time (50 % to 95 %, 95 %)"
    )


def test_an_answer_on_what_was_withdrawn_meanwhile_counts(session):
    project, ahead = session(TWO)

    def rate(item, who):
        given = uuid.uuid4().hex
        assert not project.submit(
            item.id, "4", annotator=who, answer_id=given, kind="rating"
        ).rejected
        ahead.keep_up()

    def held_are_out():
        return [is_out(project.store.read, item.position) for item in held]

    for _ in range(9):
        ahead.keep_up()
        answer(project, "3")
    ahead.keep_up()
    held = project.next_items("ana", 2)
    project.next_items("bo", 1)
    ahead.keep_up()
    bos = project.next_items("bo", 2)
    with project.store.write() as db:
        db.execute("UPDATE leases SET expires_at = 0 WHERE annotator = 'ana'")
    rate(bos[0], "bo")
    assert not any(held_are_out()), "the leases ran out, but they may be on the screen still"
    with project.store.write() as db:
        db.execute("DELETE FROM leases WHERE annotator = 'ana'")
    rate(bos[1], "bo")
    assert all(held_are_out())
    rate(held[0], "ana")
    assert held_are_out() == [False, True]
    assert tuning.newest(project.store.read)["answers"] == 12


def test_preferences_are_asked_in_pairs(session):
    project, ahead = session(f"ask = 'compare'\n{TWO}")
    for _ in range(13):
        ahead.keep_up()
        item = answer(project, lambda meta: "a" if meta["a y"] > meta["b y"] else "b")
        assert item.fields.keys() == {"a", "b"}
    ahead.keep_up()
    told = tuning.newest(project.store.read)
    assert told["best"]["setting"]["y"] >= 3
    assert told["raters"] == [{"name": "ana", "answers": 13}]
    assert told["noise_sd"] is None


@pytest.mark.parametrize(
    ("ask", "said", "words"),
    [
        ("rate", ["3"], "Every rating so far is '3'"),
        ("rate", ["1"], "Every rating so far is '1'"),
        ("compare", ["both-bad"], "Every answer so far is 'both-bad'"),
        ("rate", ["1", "5", "5", "1"], "contradict each other"),
    ],
)
def test_answers_that_tell_nothing_are_said_to_and_proposals_go_on(session, ask, said, words):
    toml = '[parameters.y]\ntype = "categorical"\nchoices = ["u", "v"]'
    project, ahead = session(f"ask = '{ask}'\n{toml if len(said) > 1 else TWO}")
    turns = itertools.cycle(said)
    if len(said) > 1:  # each choice is as often good as bad
        by_choice = {"u": itertools.cycle(said), "v": itertools.cycle(said)}
    for _ in range(16):
        ahead.keep_up()
        answer(project, next(turns) if len(said) == 1 else lambda m: next(by_choice[m["y"]]))
    ahead.keep_up()
    advised = tuning.newest(project.store.read)["advice"]
    assert words in advised["words"]
    assert not advised["stop"]
    assert project.next_items("ana", 1)


RENDERS = """
import time
def render(parameters):
    print("noise that is no answer")
    if parameters["y"] == 4:
        raise ValueError("four is too much")
    if parameters["y"] == 3:
        time.sleep(60)
    return f"<b>{parameters['x']}</b>"
"""


def test_a_render_that_raises_or_hangs_is_left_out_and_told(session):
    project, ahead = session(
        f"render = 'draw.py:render'\nshows = 'text'\nrender_seconds = 1\n{TWO}", draw=RENDERS
    )
    for _ in range(8):
        ahead.keep_up()
        answer(project, lambda meta: str(1 + meta["y"]))
    out = tuning.left_out(project.store.read)
    assert {one["setting"]["y"] for one in out} == {3, 4}
    why = {one["setting"]["y"]: one["why"] for one in out}
    assert why == {3: "no answer within 1 s", 4: "ValueError: four is too much"}
    assert len({str(one["setting"]) for one in out}) == len(out)
    ahead.keep_up()
    told = tuning.newest(project.store.read)
    assert told["left_out"] == out
    assert told["answers"] == 8
    assert not (Path(project.folder.parent) / "__pycache__").exists()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def render(p): raise RuntimeError('no colour')", "RuntimeError: no colour"),
        ("def render(p): return 3", "render returned int"),
        ("def render(p): return b'GIF'", "neither a PNG nor a JPEG"),
        ("def render(p): return 'words'", "render returned text, and 'shows' is 'image'"),
        ("import os\ndef render(p): os._exit(1)", "its process died"),
    ],
)
def test_where_nothing_can_be_shown_no_session_begins(here, tmp_path, code, says):
    with pytest.raises(SettingsError, match="nothing could be shown of x") as why:
        here(f"render = 'draw.py:render'\n{TWO}", draw=code)
    assert says in str(why.value)
    assert not (tmp_path / "space").exists()


def test_where_render_cannot_be_loaded_that_is_said_at_once_and_no_setting_is_blamed(
    here, tmp_path
):
    with pytest.raises(SettingsError) as why:
        here(f"render = 'draw.py:render'\n{TWO}", draw="def draw(p): return 3")
    assert "draw.py has no function 'render'; mend it, and start askwell tune" in str(why.value)
    assert "nothing could be shown of" not in str(why.value)
    assert not (tmp_path / "space").exists()


@pytest.mark.parametrize("ask", ["rate", "compare"])
def test_one_of_few_settings_that_cannot_be_shown_ends_no_session(session, ask):
    code = "def render(p): return p['y'] if p['y'] != 'u' else 1 / 0"
    toml = '[parameters.y]\ntype = "categorical"\nchoices = ["u", "v", "w", "z"]'
    toml = f"ask = '{ask}'\nrender = 'draw.py:render'\nshows = 'text'\n{toml}"
    project, ahead = session(toml, draw=code)
    for _ in range(9):
        ahead.keep_up()
        answer(project, "3" if ask == "rate" else "a")
    assert [one["setting"] for one in tuning.left_out(project.store.read)] == [{"y": "u"}]
    note = rounds.trainer(project.store.read)["note"]
    assert note == project.settings.no_rounds, "what failed is over"


def test_what_was_erased_is_not_proposed_again(session):
    project, ahead = session('[parameters.y]\ntype = "categorical"\nchoices = ["u", "v"]')
    first = project.next_items("ana", 1)[0]
    erase_item(project, first.id)
    with pytest.raises(RenderFailed, match="erased here"):
        ahead._add(ahead._read(), (first.meta,), [first.fields["proposal"]])
    for _ in range(5):
        ahead.keep_up()
        assert answer(project, "3").meta != first.meta
    assert tuning.left_out(project.store.read)[0]["why"] == "it was erased here"


def test_only_the_trainer_adds_proposals(session, tmp_path):
    project, _ = session(TWO)
    made = project.item_count()
    (tmp_path / "more.csv").write_text("id,proposal,x,y\nq1,mine,0.5,2\n")
    source = importing.Source(tmp_path / "more.csv", importing.columns(project, "id"))
    fields = {"proposal": "mine", "x": 0.5, "y": 2}
    for batch in (importing.read(project, source), importing.posted(project, [("q1", fields)])):
        for act in (importing.plan, importing.add):
            with pytest.raises(DataError, match="made by askwell tune"):
                act(project, batch)
        batch.discard()
    assert project.item_count() == made


def test_what_was_skipped_is_not_proposed_again(session):
    project, ahead = session('[parameters.y]\ntype = "integer"\nlow = 0\nhigh = 11')
    for _ in range(8):
        ahead.keep_up()
        answer(project, lambda meta: str(1 + meta["y"] // 3))
    for _ in project.next_items("ana", 20):  # made before enough was known
        answer(project, "3")
    skipped = []
    for _ in range(4):
        ahead.keep_up()
        (item, *_) = project.next_items("ana", 1)
        project.submit(item.id, None, annotator="ana", answer_id=uuid.uuid4().hex, kind="skip")
        skipped.append(item.meta["y"])
    assert len(set(skipped)) == 4


def test_what_a_render_has_started_ends_with_it(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER, str(tmp_path))
    code = "import os, time\ndef render(p):\n    os.fork()\n    time.sleep(20)\n"
    (tmp_path / "draw.py").write_text(code)
    space = {"render": "draw.py:render", "shows": "text", "render_seconds": 0.5}
    shower = Shower(Space.model_validate(space | {"parameters": MIXED}))
    began = time.monotonic()
    with pytest.raises(RenderFailed, match=r"no answer within 0\.5 s"):
        shower.show({"minutes": 1}, tmp_path / "scratch")
    assert time.monotonic() - began < 15


def test_an_array_and_a_picture_are_shown(here):
    code = "import numpy as np\nfrom PIL import Image\ndef render(p):\n"
    code += (
        "    a = np.full((4, 5, 3), p['x'])\n    return Image.fromarray((a * 255).astype('u1')) "
    )
    with here(f"render = 'draw.py:render'\n{TWO}", draw=f"{code} if p['y'] % 2 else a") as project:
        (item, *_) = project.next_items("ana", 1)
        assert project.media.find(item.fields["proposal"])


def test_a_project_that_was_received_runs_no_code_and_says_so(session, monkeypatch):
    project, ahead = session(
        f"render = 'draw.py:render'\nshows = 'text'\n{TWO}", draw="def render(p): return str(p)"
    )
    monkeypatch.delenv(FOLDER)
    ahead.close()
    served = Tuning(project)
    while project.next_items("ana", 1):
        served.keep_up()
        answer(project, "3")
    assert "askwell tune SPACE.toml" in rounds.trainer(project.store.read)["note"]
    served.keep_up()
    assert tuning.newest(project.store.read)["answers"] > 5  # the figures go on


def test_a_session_goes_on_only_with_the_space_that_it_began_with(here, tmp_path):
    here(TWO).close()
    here(TWO).close()
    with pytest.raises(SettingsError, match=r"has changed since .*parameters"):
        here(TWO.replace("high = 4", "high = 5"))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(ProjectExists):
        begin(tmp_path / "space.toml", tmp_path / "full")
    with (
        Project.open(tmp_path / "space") as project,
        pytest.raises(SettingsError, match="'space' cannot change"),
    ):
        project.decide("owner", lambda now: settings_from(**now.model_dump() | {"space": None}))


def test_the_example_is_tuned_by_a_person_and_survives_a_kill(tmp_path, monkeypatch):
    folder = shutil.copytree(EXAMPLE, tmp_path / "example")
    monkeypatch.setenv(FOLDER, str(folder))
    begin(folder / "filter.toml", folder / "filter")
    acknowledged: set[str] = set()
    with serving(folder / "filter") as server:

        def judge(n, client):
            for _ in range(n):
                item = until(lambda: client.get("next?n=20").json()["items"], 60)[0]
                value = 5 if item["meta"]["tone"] == "warm" else 2
                made = {"answer_id": uuid.uuid4().hex, "item_id": item["id"], "value": value}
                body = {"annotations": [made | {"kind": "rating"}], "next": 20}
                acknowledged.update(client.post("annotations", json=body).json()["saved"])

        with server.client("ana") as client:
            judge(9, client)
        server.kill()
        server.start()
        with server.client("ana") as client:
            judge(9, client)
        assert len(acknowledged) == 18
        with Project.open(folder / "filter") as project:
            told = until(lambda: all_known(project, 18), 60)
            stored = [row["event_id"] for row in log.of_kind(project.store.read, "label")]
        assert set(stored) == acknowledged
        assert len(stored) == 18
        assert told["best"]["setting"]["tone"] == "warm"
        assert (folder / "filter" / "media" / told["best"]["shown"]).exists()


def all_known(project, n):
    told = tuning.newest(project.store.read)
    return told if told and told["answers"] == n else None
