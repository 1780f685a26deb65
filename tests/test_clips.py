"""Clips of play that people compare: made, learned from, planned by, and seen on the label page."""

import json
import re
import runpy
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from conftest import write_csv
from playwright.sync_api import expect
from real_server import free_port, serving
from test_examples import EXAMPLES

from loop import Project, model_file
from loop.creation import Source, create
from loop.dataset import Columns
from loop.errors import SettingsError
from loop.estimators import gaussian_reward
from loop.play import creation, filming, plans
from loop.play.clips import Clip
from loop.play.environment import Environment
from loop.play.planning import linear, n_weights, reward_of
from loop.store import standings
from ui.filmstrip import Film
from ui.pages import content


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """The folder of the docs' example, and what it told."""
    folder = tmp_path_factory.mktemp("clips")
    return folder, runpy.run_path(str(EXAMPLES / "clips_cartpole.py"))["main"](folder)


def test_the_planner_balances_by_what_was_learned_of_clips(compared):
    _, story = compared
    assert story["pairwise accuracy"]["low"] > 0.6  # of a person who is wrong one time in ten
    assert story["steps"]["planned"] > 400 > 2 * story["steps"]["at random"]


@pytest.fixture(scope="module")
def planned(compared):
    """What `askwell plan` printed, in a process as it is called, on the project of `compared`."""
    words = [sys.executable, "-m", "ui.cli", "plan", str(compared[0] / "project")]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=120).stdout


def test_a_policy_is_planned_and_kept_with_how_it_did(compared, planned):
    with Project.open(compared[0] / "project") as project:
        told = plans.newest(project)
        assert (told["environment"], told["since"]) == ("CartPole-v1", 0)
        assert told["labels"] == sum(compared[1]["answers"].values())
        answered = [item.id for item in project.next_items("cid", 5)]
        for one in answered:
            project.submit(one, "a", annotator="cid", answer_id=f"later {one}")
        was_asked = [
            row for row in standings.judgements(project.store.read) if row["item_id"] in answered
        ]
        of_pool = [row for row in was_asked if row["share"] == "pool"]
        assert plans.newest(project)["since"] == len(of_pool) > 0
    assert told["planned"]["steps"]["low"] > told["random"]["steps"]["high"]
    assert told["planned"]["return"] == told["planned"]["steps"]  # CartPole's own is 1 for each
    for part in ("first", "last"):
        assert re.match("25 steps, the pole", Film.of(json.dumps(told[part])).words)
    for name in ("planned", "random"):
        assert f"{told[name]['return']['mean']:,.1f}" in planned


def test_no_policy_is_planned_by_what_tells_nothing_of_its_steps(compared):
    model = model_file.load(compared[0] / "model")
    others = replace(model, estimator=gaussian_reward())
    car, pole = Environment("MountainCar-v0"), Environment("CartPole-v1")
    with pytest.raises(SettingsError, match="of another environment: a state of MountainCar-v0"):
        reward_of(model, car)
    with pytest.raises(SettingsError, match="this model has another one"):
        reward_of(others, pole)
    for world in (car, pole):
        world.close()


def test_a_linear_policy_weighs_each_action_against_the_first():
    car = Environment("MountainCar-v0")
    assert n_weights(car) == 4
    does = linear(np.array([1.0, 0, 0, 1]), car)
    assert [does(np.array(state)) for state in ([-1, -1], [1, 0], [1, 2], [0, 0])] == [0, 1, 2, 0]
    car.close()


def test_clips_make_an_ordinary_project_of_small_items(compared):
    with Project.open(compared[0] / "project") as project:
        known = project.settings
        assert (known.task, known.strategy) == ("compare", "informative-pairs")
        (item,) = project.next_items("bo", 1)
    clip = Clip.of(item.fields["a"])
    assert len(item.fields["a"]) < 3_000
    assert len(clip.scenes) == len(clip.actions) + 1  # what came of the last step, too
    seen = [[one["x"], one["angle"]] for one in clip.scenes[:-1]]
    assert np.allclose(seen, clip.states[:, [0, 2]], atol=1e-4)
    assert [one["pushed"] for one in clip.scenes[1:]] == [2 * did - 1 for did in clip.actions]


def test_the_command_has_its_words_carried_out_in_a_process_of_its_own(tmp_path):
    creation.main(str(tmp_path / "new"), "CartPole-v1", "3", "10.0", "12")
    with Project.open(tmp_path / "new") as project:
        assert (project.settings.seed, project.settings.speed) == (3, 10)
        assert project.item_count() == 36
        assert "shows better play?" in project.guideline().text
        with pytest.raises(SettingsError, match="of CartPole-v1, not of Acrobot-v1"):
            plans.environment(project, "Acrobot-v1")
        with pytest.raises(
            SettingsError, match="No model yet: the trainer waits for the first label"
        ):
            plans.environment(project, None)


def test_nothing_is_planned_without_clips_or_without_their_environment(tmp_path, make_project):
    with pytest.raises(SettingsError, match="holds no clips of play"):
        plans.environment(make_project(), "CartPole-v1")
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"a": "1", "b": "2"}\n{"a": "2", "b": "3"}\n')
    source = Source(file, Columns("text", ("a", "b")))
    with create(tmp_path / "old", source, task="compare", clips=("a", "b")) as project:
        with pytest.raises(SettingsError, match="name it, for example --env CartPole-v1"):
            plans.environment(project, None)
        with pytest.raises(SettingsError, match="No model yet"):
            plans.environment(project, "CartPole-v1")


def cart(x=0.0, angle=0.0):
    return {"kind": "cart-pole", "x": x, "angle": angle, "pushed": None}


def numbers(*values, **more):
    return {"kind": "numbers", "values": [*values]} | more


@pytest.mark.parametrize(
    ("scenes", "words"),
    [
        ([cart()] * 26, "25 steps, the pole stands"),
        ([cart(), cart(angle=-0.22)], "1 step, the pole falls"),
        ([cart(), cart(), cart(x=2.5)], "2 steps, the cart leaves the track"),
        ([numbers(1, -2.5, bounds=[[0, 1], None])] * 3, "2 steps"),
        ([numbers(*range(64))] * 2, "1 step"),
    ],
)
def test_a_clip_is_a_still_picture_with_words(scenes, words):
    film = Film.of(json.dumps({"scenes": scenes}))
    assert film.words == words
    light, dark = (film.svg(dark=dark) for dark in (False, True))
    assert light != dark
    assert ElementTree.fromstring(light).tag.endswith("svg")
    assert f'alt="Clip: {words}"' in film.picture(dark=False)


@pytest.mark.parametrize(
    "scenes",
    [
        [cart()],
        "<script>",
        [cart(), cart(x="1'/><script>")],
        [cart(), cart(angle=float("nan"))],
        [cart(), cart(x=True)],
        [cart(), cart(x=10**400)],
        [cart(), numbers(1)],
        [numbers(1), numbers(1, 2)],
        [numbers("<b>"), numbers(1)],
        [numbers(), numbers()],
        [{"kind": "picture", "jpeg": "…"}] * 2,
    ],
)
def test_what_is_no_clip_is_never_drawn(scenes):
    assert Film.of(json.dumps({"scenes": scenes})) is None


@pytest.mark.parametrize("text", [None, "", "no", "[" * 100_000, "[1]", '{"scenes": 1}'])
def test_a_text_that_is_no_clip_is_a_text(text):
    assert Film.of(text) is None


def test_of_the_bounds_of_a_number_only_numbers_count():
    known, strange = (
        Film.of(json.dumps({"scenes": [numbers(0.5, bounds=bounds)] * 2})).svg(dark=False)
        for bounds in (None, [["<b>", 1]])
    )
    assert known == strange


def test_lists_of_items_say_how_long_a_clip_is(compared):
    with Project.open(compared[0] / "project") as project:
        (item,) = project.next_items("dee", 1)
        words = content.brief(project.settings, item.fields)
        assert re.fullmatch(r"(clip, \d+ steps?, the [a-z ]+( · )?){2}", words)
        assert content.brief(project.settings, {"a": "no clip"}) == "no clip"


def test_a_model_of_clips_ranks_clips(compared, askwell_here):
    folder, _ = compared
    upright, leaning = (
        Clip(np.tile([0.0, 0, angle, 0], (25, 1)), np.zeros(25, np.int64)) for angle in (0, 0.2)
    )
    rows = [[clip.text] for clip in (leaning, upright)]
    file = write_csv(folder / "clips.csv", ["output"], rows)
    done = askwell_here("rank", folder / "model", file, "--json")
    assert [one["row"] for one in json.loads(done.stdout)["outputs"]] == [2, 1]


def test_clips_are_refused_where_they_cannot_be_drawn_or_stand_already(
    tmp_path, compared, askwell_here
):
    new, known = tmp_path / "new", compared[0] / "project"
    with pytest.raises(SettingsError, match="MountainCar-v0 is seen in pictures"):
        filming.create(new, "MountainCar-v0", 10, speed=15)
    assert list(tmp_path.iterdir()) == []
    done = askwell_here("play", known, "--clips", "20", "--port", free_port(), "--no-browser")
    assert done.returncode == 1
    assert "project already" in done.stderr


IS_DRAWN = """all => all.map((one) => one.getContext('2d')
    .getImageData(0, 0, one.width, one.height).data.some(Boolean))"""


@pytest.mark.browser
def test_two_clips_play_in_step_and_one_key_answers(compared, planned, come_in):
    with serving(compared[0] / "project") as server:
        page = come_in(server)
        expect(page.locator("canvas.clip")).to_have_count(2)
        names = [one.get_attribute("aria-label") for one in page.locator("canvas.clip").all()]
        assert re.match(r"Output 1: a clip of \d+ steps$", names[0])
        assert page.locator("canvas.clip").evaluate_all(IS_DRAWN) == [True, True]
        expect(page.locator(".passed").first).not_to_have_text(re.compile("^0 "))  # it plays
        for key in (" ", *[","] * 30, "."):
            page.keyboard.press(key)
        for told in page.locator(".passed").all_inner_texts():
            assert re.match("1 of|ends after 1 ", told)
        page.keyboard.press("ArrowLeft")
        page.wait_for_selector(".saved[data-kind=done]")
        with Project.open(server.folder) as project:
            rows = [*standings.judgements(project.store.read)]
        (mine,) = (row for row in rows if row["annotator"] == page.person)
        assert mine["value"] == mine["shown_order"][0]
        page = come_in(server, "/progress", "reviewer")
        expect(page.get_by_text("100 episodes (95 %)")).to_be_visible()
        expect(page.get_by_text("labeled or changed since")).to_be_visible()
        expect(page.get_by_text("Which mistakes is it surest of?")).to_be_visible()
        for place in (".st-key-plan", ".st-key-mistakes"):
            film = page.locator(place).get_by_role("img", name=re.compile("Clip: .* steps?, the "))
            expect(film.first).to_be_visible()
            assert film.first.evaluate("one => one.naturalWidth") > 0
        assert '"states"' not in page.locator("body").inner_text()
