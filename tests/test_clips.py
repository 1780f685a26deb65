"""Clips of play that people compare: made, learned from, planned by, and seen on the label page."""

import json
import re
import runpy

import numpy as np
import pytest
from conftest import write_csv
from playwright.sync_api import expect
from real_server import free_port, serving
from test_examples import EXAMPLES

from loop import Project
from loop.errors import SettingsError
from loop.play import creation, filming
from loop.play.clips import Clip
from loop.store import log


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """The folder of the docs' example, and what it told."""
    folder = tmp_path_factory.mktemp("clips")
    return folder, runpy.run_path(str(EXAMPLES / "clips_cartpole.py"))["main"](folder)


def test_the_planner_balances_by_what_was_learned_of_clips(compared):
    _, story = compared
    assert story["pairwise accuracy"]["low"] > 0.6  # of a person who is wrong one time in ten
    assert story["steps"]["planned"] > 400 > 2 * story["steps"]["at random"]


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
def test_two_clips_play_in_step_and_one_key_answers(compared, come_in):
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
            rows = [*log.judgements(project.store.read)]
        (mine,) = (row for row in rows if row["annotator"] == page.person)
        assert mine["value"] == mine["shown_order"][0]
