"""An agent that people teach while it plays: what it makes of their words, and what is kept."""

import json
import os
import re
import signal
import sys
import threading
import time
import uuid
from contextlib import suppress

import httpx
import numpy as np
import pytest
from playwright.sync_api import expect
from real_server import free_port, serving, until

from loop import Project, exports
from loop.errors import PlayerGone, SettingsError
from loop.exports.verify import check
from loop.play import hearing, pausing
from loop.play.creation import create
from loop.play.environment import Environment
from loop.play.lesson import Lesson, measured_scale
from loop.play.tamer import KEPT, Scale, Seen, Signal, Tamer, meant, taught
from loop.playing import Playing
from loop.store import log, play

RATE = 15
SCALE = Scale(np.zeros(4), np.ones(4))


def steps(n, rate=RATE):
    """*n* steps, one after the other; the state of each is its number."""
    return [Seen(i / rate, (i + 1) / rate, np.full(4, float(i)), i % 2, 1, i + 1) for i in range(n)]


def test_a_signal_is_shared_out_over_what_was_on_screen_while_people_react():
    shares, actions, states = meant(steps(30), at=1.8)  # what was seen from 1.0 s to 1.6 s
    assert states[:, 0].tolist() == [*range(15, 24)]
    assert np.allclose(shares, 1 / 9)
    assert actions.tolist() == [1, 0, 1, 0, 1, 0, 1, 0, 1]
    halves, _, states = meant(steps(30), at=1.8 + 0.5 / RATE)
    assert np.allclose(halves[[0, -1]], 0.5 / 9)
    assert (states[0, 0], states[-1, 0]) == (15, 24)


def test_what_stands_still_is_judged_by_what_was_seen_last():
    *_, states = meant(steps(30), at=60.0)
    assert states[:, 0].tolist() == [*range(21, 30)]


def test_nothing_is_judged_before_anything_was_seen():
    assert meant([], at=1.0) is None
    assert meant(steps(30)[20:], at=1.0) is None


def test_who_speaks_just_after_it_goes_on_means_what_stood_still_before():
    before, after = steps(30), [Seen(60.0, 60.1, np.zeros(4), 0), Seen(60.1, 60.2, np.zeros(4), 0)]
    assert meant([*before, *after], at=60.15)[2][:, 0].tolist() == [*range(21, 30)]


def signals(n, seed=0, right=(0.0, 0.3, 1.0, 0.5)):
    """What somebody says of single steps who wants the cart under the pole."""
    rng = np.random.default_rng(seed)
    states, actions = rng.normal(size=(n, 4)), rng.integers(2, size=n)
    good = (states @ right > 0) == (actions == 1)
    rows = zip(np.where(good, 1, -1), actions, states, strict=True)
    return [Signal(int(v), np.ones(1), np.array([a]), state[None]) for v, a, state in rows]


def test_with_no_signal_all_actions_are_worth_the_same():
    assert Tamer(SCALE, 3, seed=0).expected(np.ones(4)).tolist() == [0.0, 0.0, 0.0]


def test_it_learns_what_is_called_good():
    tamer = taught(SCALE, 2, 0, signals(200))
    states = np.random.default_rng(9).normal(size=(500, 4))
    chosen = np.array([np.argmax(tamer.expected(state)) for state in states])
    assert np.mean(chosen == (states @ (0.0, 0.3, 1.0, 0.5) > 0)) > 0.9


def test_what_it_expects_follows_from_the_signals_alone_to_the_last_bit():
    given = signals(40)
    at_once = taught(SCALE, 2, 0, given)
    in_between = taught(SCALE, 2, 0, given[:20])
    for one in given[20:]:
        in_between.learn(one)
    state = np.ones(4)
    assert at_once.expected(state).tolist() == in_between.expected(state).tolist()
    assert (
        at_once.expected(state).tolist() != taught(SCALE, 2, 0, given[:-1]).expected(state).tolist()
    )


@pytest.mark.parametrize("back", [1, 3, KEPT, KEPT + 5])
def test_what_is_taken_back_leaves_no_trace_and_costs_little_where_it_is_recent(back, monkeypatch):
    given, state = signals(60), np.ones(4)
    tamer, learned = taught(SCALE, 2, 0, given), []
    left = [*given[: 60 - back], *given[61 - back :]]
    learn = Tamer.learn
    monkeypatch.setattr(Tamer, "learn", lambda *all_: (learned.append(all_), learn(*all_)))
    tamer.learn_anew(left)
    assert len(learned) == (back - 1 if back <= KEPT else 59)
    assert tamer.expected(state).tolist() == taught(SCALE, 2, 0, left).expected(state).tolist()
    for one in signals(30, seed=1):
        tamer.learn(one)
    also = taught(SCALE, 2, 0, [*left, *signals(30, seed=1)])
    assert tamer.expected(state).tolist() == also.expected(state).tolist()
    tamer.learn_anew([])
    assert tamer.expected(state).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("value", [1, -1])
def test_where_all_is_good_or_all_is_bad_it_goes_on(value):
    given = [Signal(value, one.shares, one.actions, one.states) for one in signals(60)]
    assert np.isfinite(taught(SCALE, 2, 0, given).expected(np.ones(4))).all()


def test_it_stands_still_until_somebody_looks_and_lets_it_run():
    at_first = pausing.at_first(0)
    assert at_first.words == "Ready to begin."
    running = pausing.let_run(at_first, 0.0)
    assert running.words == "Nobody is looking."
    seen = pausing.watched(running, is_watched=True, at=1.0)
    assert not seen.is_still
    stopped = pausing.stopped(seen, "ana")
    back = pausing.watched(pausing.watched(stopped, is_watched=False, at=2), is_watched=True, at=3)
    assert back.words == "Stopped by ana."


def test_it_waits_for_who_looks_on_and_says_nothing():
    now = pausing.let_run(pausing.watched(pausing.at_first(0), is_watched=True, at=0.0), 0.0)
    for i in range(pausing.EPISODES):
        now = pausing.ended(now, i)
    assert not now.is_still  # ten episodes are over soon at first
    assert pausing.ended(now, pausing.SECONDS).words == "11 episodes without a word from anybody."
    assert not pausing.ended(pausing.heard(now, 100), pausing.SECONDS).is_still


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Cartpole-v1", "no environment 'Cartpole-v1'. Did you mean 'CartPole-v1'"),
        ("CartPole-v7", "Did you mean 'CartPole-v1'"),
        ("Pendulum-v1", "actions are not a few"),
        ("FrozenLake-v1", "no vector of numbers but Discrete"),
        ("os:CartPole-v1", "names a module"),
    ],
)
def test_what_cannot_be_played_is_refused_by_name_and_leaves_nothing(tmp_path, name, why):
    with pytest.raises(SettingsError, match=why.replace(".", r"\.")):
        create(tmp_path / "new", name)
    assert list(tmp_path.iterdir()) == []


def test_without_gymnasium_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(SettingsError, match=r'pip install "askwell\[rl\]"'):
        create(tmp_path / "new", "CartPole-v1")


def test_an_episode_begins_the_same_from_the_same_seed():
    environment = Environment("CartPole-v1")

    def began(episode):
        Lesson(environment, Tamer(SCALE, 2, 0), 7, episode)
        return environment.state.tolist()

    assert began(3) == began(3) != began(4)
    state = environment.state
    assert environment.scene() == {"kind": "cart-pole", "pushed": None} | {
        "x": round(state[0], 4),
        "angle": round(state[2], 4),
    }
    assert measured_scale(environment, 7).spread.shape == (4,)


def test_what_cannot_be_drawn_is_shown_as_numbers_and_says_why(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygame", None)
    environment = Environment("MountainCar-v0")
    environment.reset(0)
    scene = environment.scene()
    assert (scene["kind"], len(scene["values"]), len(scene["bounds"])) == ("numbers", 2, 2)
    assert "pygame" in scene["why"]


# ---------------------------------------------------------------- the player, over REST


@pytest.fixture(scope="module")
def teaching(tmp_path_factory):
    """A server that plays at 60 steps a second; each test has a name of its own there."""
    folder = tmp_path_factory.mktemp("play") / "pole"
    create(folder, "CartPole-v1", speed=60).close()
    with serving(folder) as server:
        yield server


class Watcher(threading.Thread):
    """Somebody who looks on, as the page does; `newest` is the frame on screen."""

    def __init__(self, server, name="ana"):
        super().__init__(daemon=True)
        self.client, self.newest, self.lines, self.is_over = server.client(name), {}, 0, False
        self.start()
        until(lambda: self.newest, 60)

    def run(self):
        with suppress(httpx.TransportError):  # a server may be killed
            self.read()

    def read(self):
        stream = uuid.uuid4().hex
        with self.client.stream("GET", "play/stream", params={"stream": stream}) as reply:
            for text in reply.iter_lines():
                line = json.loads(text)
                self.newest, self.lines = line["told"], line["line"]
                if self.is_over:
                    return
                self.client.post("play/read", json={"stream": stream, "line": self.lines})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.join(10)
        self.client.close()

    def do(self, **command):
        self.client.post("play/control", json=command).raise_for_status()

    def play(self, steps=20):
        """Let it run for a while."""
        self.do(do="go")
        at = self.newest["frame"] + steps
        until(lambda: self.newest.get("frame", 0) > at, 20)

    def stop_in_mid_episode(self):
        """The frame that stands still then."""
        self.do(do="pause")
        until(lambda: self.newest["still"], 5)
        if self.newest["is_over"]:
            self.play(2)
            return self.stop_in_mid_episode()
        return self.newest

    def say(self, value, **more):
        one = {"signal_id": uuid.uuid4().hex, "value": value, "life": self.newest["life"]}
        one |= {"at": self.newest["at"] + 0.3} | more
        reply = self.client.post("play/signals", json={"signals": [one]})
        assert reply.status_code == 200, reply.text
        return one, reply.json()


@pytest.fixture
def ana(teaching):
    with Watcher(teaching) as watcher:
        yield watcher


def stored(folder):
    with Project.open(folder) as project:
        return play.standing(project.store.read)


def rebuilt(folder):
    """Ĥ from the log alone."""
    with Project.open(folder) as project:
        settings = project.settings
        scale = Scale(np.array(settings.play.centre), np.array(settings.play.spread))
        return taught(scale, 2, settings.seed, hearing.signals(project.store.read))


def test_a_signal_is_on_disk_when_it_is_said_to_be_and_once_is_once(teaching, ana):
    ana.play()
    before = len(stored(teaching.folder))
    one, reply = ana.say(1)
    assert reply == {"saved": [one["signal_id"]], "rejected": []}
    newest = stored(teaching.folder)[-1]
    assert (newest["signal_id"], newest["annotator"]) == (one["signal_id"], "ana")
    said = newest["said"]
    assert said.value == 1
    assert said.episode >= 1
    assert said.step >= 1
    assert sum(share for share, *_ in said.about) == pytest.approx(1)
    for _ in range(20):
        again = ana.client.post("play/signals", json={"signals": [one]}).json()
        assert again["saved"] == [one["signal_id"]]
    assert len(stored(teaching.folder)) == before + 1


def test_what_it_expects_is_what_its_log_makes_of_it(teaching, ana):
    ana.play()
    for value in (1, -1, 1):
        ana.say(value)
    still, tamer = ana.stop_in_mid_episode(), rebuilt(teaching.folder)
    assert still["good"] + still["bad"] == len(stored(teaching.folder))
    ana.do(do="go")
    until(lambda: ana.newest["step"] != still["step"], 5)
    at = ana.newest["at"] + 0.3
    time.sleep(0.3)
    ana.say(1, at=at)  # it is stored with the states seen just before: that which stood still, too
    shown = [still["scene"]["x"], still["scene"]["angle"]]
    (state, *_) = (
        np.array(state)
        for _share, _action, *state in stored(teaching.folder)[-1]["said"].about
        if [round(state[0], 4), round(state[2], 4)] == shown
    )
    assert np.any(tamer.expected(state) != 0)
    assert still["expected"] == pytest.approx(tamer.expected(state).tolist(), abs=0.001)


def test_an_undo_takes_back_ones_own_last_signal_by_a_new_row(teaching, ana):
    ana.play()
    first, _ = ana.say(1)
    with Watcher(teaching, "bo") as bo:
        theirs, _ = bo.say(-1)
    undo, reply = ana.say("undo")
    assert reply["saved"] == [undo["signal_id"]]
    ids = [row["signal_id"] for row in stored(teaching.folder)]
    assert first["signal_id"] not in ids
    assert theirs["signal_id"] in ids
    with Project.open(teaching.folder) as project:
        assert log.event(project.store.read, first["signal_id"])["kind"] == play.SIGNAL
    with Watcher(teaching, "cy") as cy:
        assert "no signal of yours" in cy.say("undo")[1]["rejected"][0]["reason"]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"life": "another1"}, "on screen just before"),
        ({"at": -1e9}, "on screen just before"),
        ({"at": 1e12}, "has not come yet"),
    ],
    ids=["another player's", "long ago", "in the future"],
)
def test_what_was_not_seen_is_not_judged(ana, more, why):
    ana.play(5)
    one, reply = ana.say(1, **more)
    assert reply["saved"] == []
    assert reply["rejected"][0]["signal_id"] == one["signal_id"]
    assert why in reply["rejected"][0]["reason"]


@pytest.mark.parametrize(
    ("signal_id", "why"),
    [("@episode-9", "the player's own"), ("twice-told", "something else was said")],
)
def test_a_signal_under_an_id_that_is_not_free_is_rejected(ana, signal_id, why):
    ana.play(5)
    if signal_id == "twice-told":
        ana.say(1, signal_id=signal_id)
    _, reply = ana.say(-1, signal_id=signal_id)
    assert reply["saved"] == []
    assert why in reply["rejected"][0]["reason"]


@pytest.mark.parametrize(
    "change", [{"value": 2}, {"value": "good"}, {"at": None}, {"signal_id": "x"}]
)
def test_a_signal_that_is_none_is_refused(ana, change):
    body = {"signal_id": "0123456789", "value": 1, "life": "x", "at": 1.0} | change
    assert ana.client.post("play/signals", json={"signals": [body]}).status_code == 422


def test_it_plays_in_a_process_of_its_own(teaching, ana):
    assert not {"gymnasium", "sklearn", "modAL"} & teaching.modules()


def test_a_slow_reader_gets_the_newest_frame_and_never_a_backlog(teaching, ana):
    ana.play()
    stream = uuid.uuid4().hex
    with (
        teaching.client("slow") as slow,
        slow.stream("GET", "play/stream", params={"stream": stream}) as reply,
    ):
        lines = reply.iter_lines()
        first = json.loads(next(lines))["told"]["frame"]
        until(lambda: ana.newest["frame"] > first + 60, 10)
        unread = [json.loads(next(lines)) for _ in range(7)]
        assert unread[-1]["told"]["frame"] < first + 20
        ana.client.post("play/read", json={"stream": stream, "line": 8})  # not ana's to say
        body = {"stream": stream, "line": unread[-1]["line"]}
        assert slow.post("play/read", json=body).status_code == 204
        assert json.loads(next(lines))["told"]["frame"] > first + 60


def test_it_stands_still_while_nobody_looks_and_goes_on_where_it_was(teaching):
    with Watcher(teaching, "dee") as watcher:
        watcher.play()
    left = watcher.newest
    time.sleep(1)  # sixty frames, if somebody looked
    with Watcher(teaching, "dee") as watcher:
        assert watcher.newest["frame"] < left["frame"] + 20
        assert watcher.newest["life"] == left["life"]
        until(lambda: watcher.newest["frame"] > left["frame"] + 40, 10)


def test_killed_in_the_middle_it_goes_on_with_every_signal(tmp_path):
    folder = tmp_path / "pole"
    create(folder, "CartPole-v1", speed=60).close()
    saved = []
    with serving(folder) as server:
        with Watcher(server) as ana:
            ana.play()
            for i in range(10):
                saved += ana.say(1 if i % 3 else -1)[1]["saved"]
            before = rebuilt(folder).expected(np.ones(4)).tolist()
            server.kill()
        server.start()
        with Watcher(server) as ana:
            assert ana.newest["still"] == "Ready to go on."
            assert ana.newest["good"] + ana.newest["bad"] == len(saved) == 10
            episodes = ana.client.get("play").json()["episodes"]
            assert ana.newest["episode"] == len(episodes) + 1
    assert [row["signal_id"] for row in stored(folder)] == saved
    assert rebuilt(folder).expected(np.ones(4)).tolist() == before
    signals_leave(folder, tmp_path / "out")


def signals_leave(folder, out):
    """What was said goes out with all that it was about, an episode on one side of a split."""
    kept = stored(folder)
    with Project.open(folder) as project:
        wishes = exports.Wishes(splits=exports.Splits({"train": 0.5, "test": 0.5}), names=True)
        exports.write(project, "jsonl", out, wishes)
        assert exports.text(project, "csv").count(",signal,") == len(kept)
    assert check(out).problems == []
    sides = [(out / f"{side}.jsonl").read_text().splitlines() for side in ("train", "test")]
    rows = [[json.loads(line) for line in side] for side in sides]
    assert {row["feedback_id"]: row["payload"]["about"] for side in rows for row in side} == {
        row["signal_id"]: row["said"].about for row in kept
    }
    assert {row["annotator_id"] for side in rows for row in side} == {"ana"}
    train, test = ({row["payload"]["episode"] for row in side} for side in rows)
    assert not train & test


BREAKS = """
import sys

import gymnasium
from gymnasium.envs.classic_control import CartPoleEnv

class Breaks(CartPoleEnv):
    def step(self, action):
        if sys.argv[0].endswith("player.py"):
            raise RuntimeError("the pole is broken")
        return super().step(action)

def make():
    gymnasium.register("Breaks-v0", entry_point=Breaks, max_episode_steps=500)
"""


def test_an_environment_that_breaks_is_told_and_what_was_said_is_kept(tmp_path, plugin, run):
    plugin("breaks", BREAKS, group="askwell.environments")
    folder = tmp_path / "breaks-here"
    words = [sys.executable, "-m", "loop.play.creation", str(folder), "Breaks-v0", "0", "60"]
    done = run(words)
    assert done.returncode == 0, done.stderr
    with Project.open(folder) as project:
        playing = Playing(project)
        playing.look_on(lambda: None)
        playing.do({"do": "go"})
        until(lambda: playing.newest and "died" in playing.newest.line, 60)
        assert "the pole is broken" in playing.newest.line
        with pytest.raises(PlayerGone, match="the pole is broken"):
            playing.say("ana", [])
        playing.do({"do": "go"})  # starts another
        until(lambda: "frame" in playing.newest.line, 60)
        os.kill(playing.pid, signal.SIGSTOP)
        for _ in range(5_000):  # more than its pipe holds, and nobody waits
            playing.do({"do": "speed", "speed": 30})
        os.kill(playing.pid, signal.SIGKILL)
        until(lambda: "died" in playing.newest.line, 20)
        assert [one.name for one in threading.enumerate() if "_pass_on" in one.name] == []
        playing.stop()


def test_a_state_that_is_no_number_is_refused_by_name():
    environment = Environment("CartPole-v1")
    environment.reset(0)
    environment.step(0)  # Gymnasium itself looks at the first one
    environment._made.unwrapped.state = (0, np.nan, 0, 0)
    with pytest.raises(SettingsError, match="CartPole-v1 gave a state that nobody can learn from"):
        environment.step(0)


def test_a_project_to_label_plays_nothing(steady):
    with steady.client() as client:
        assert client.get("play").status_code == 400
        assert "askwell play" in client.get("play").json()["detail"]


def test_the_command_refuses_what_does_not_fit_the_folder(tmp_path, askwell_here):
    folder = tmp_path / "pole"
    create(folder, "CartPole-v1").close()
    port = str(free_port())
    done = askwell_here("play", folder, "--env", "Acrobot-v1", "--port", port, "--no-browser")
    assert done.returncode == 1
    assert "plays CartPole-v1" in done.stderr
    done = askwell_here("play", folder, "--seed", "3", "--port", port, "--no-browser")
    assert "has the seed 0, for good" in done.stderr


# ---------------------------------------------------------------- in the browser


def good_of(page):
    return int(page.locator(".count").inner_text().split()[0])


def slowly(route):
    time.sleep(0.2)
    route.continue_()


@pytest.mark.browser
def test_keys_reach_the_log_and_change_what_the_agent_does(teaching, come_in):
    with Watcher(teaching) as ana:  # else it goes on as soon as the page looks, and Space stops it
        ana.do(do="pause")
    before = stored(teaching.folder)
    page = come_in(teaching, "/")
    expect(page.locator(".still h2")).to_have_text("Stopped by ana.")
    page.keyboard.press("?")
    expect(page.locator(".help .guide")).to_contain_text("right after a good push")
    page.keyboard.press("?")
    page.keyboard.press("Space")
    expect(page.locator(".now")).to_contain_text("60 steps a second")
    over = re.compile("it fell|it left the track|it stood to the end")  # after 500 steps at most
    expect(page.locator(".now")).to_contain_text(over, timeout=20_000)
    expect(page.locator(".expected .number").first).to_have_text(re.compile(r"^\d+ % good$"))
    expect(page.locator(".now")).to_contain_text(re.compile(r"episode ([2-9]|\d\d)"))  # a past
    expected = rebuilt(teaching.folder).expected(np.ones(4)).tolist()
    for key in ("ArrowUp", "k", "ArrowDown", "j"):
        page.keyboard.press(key)
        page.wait_for_selector(".saved[data-kind=done]")
    until(lambda: len(stored(teaching.folder)) == len(before) + 4, 10)
    mine = [row for row in stored(teaching.folder) if row["annotator"] == page.person]
    assert [row["said"].value for row in mine] == [1, -1, -1, 1]
    assert rebuilt(teaching.folder).expected(np.ones(4)).tolist() != expected
    page.keyboard.press("z")
    until(lambda: len(stored(teaching.folder)) == len(before) + 3, 10)
    page.route("**/play/control", slowly)  # frames that know nothing of it come in meanwhile
    for _ in range(2):
        page.keyboard.press("[")
    expect(page.locator(".now")).to_contain_text("30 steps a second")
    page.unroute("**/play/control")
    page.keyboard.press("Space")
    expect(page.locator(".still h2")).to_have_text(f"Stopped by {page.person}.")
    for _ in range(2):
        page.keyboard.press("]")
    expect(page.locator(".now")).to_contain_text("60 steps a second")
    assert page.locator("a[href*=label], a[href*=progress]").count() == 0
