"""One Gymnasium environment: what a learner reads of it, and what people see of it.

Only processes beside the web process import this module: Gymnasium takes a moment to come.
"""

import base64
import difflib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from loop.errors import SettingsError
from loop.play.terms import MOST_NUMBERS

EXTRA = 'pip install "askwell[rl]"'

MOST_ACTIONS = 18
LONGEST = 1_000  # steps of an episode, where the environment itself sets no limit
LARGEST_SIDE = 480  # pixels of a picture that is sent
QUALITY = 80  # of its JPEG
REGISTERS = "askwell.environments"  # entry points to functions that register some with Gymnasium
FAR = 1e6  # a bound of a number that is no bound
CART_POLE = "CartPole"
ACTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        CART_POLE: ("push left", "push right"),
        "MountainCar": ("push left", "let it roll", "push right"),
        "Acrobot": ("turn one way", "let it swing", "turn the other way"),
        "LunarLander": ("no engine", "left engine", "main engine", "right engine"),
    }
)


@dataclass(frozen=True)
class Outcome:
    """What one step came to."""

    reward: float
    is_over: bool


class Environment:
    """An environment with a small observation and a few actions. Close it when done.

    `size` numbers make a state, float64; `actions` are the names of the actions 0, 1, …; `rate` is
    how many steps a second it was made for.
    """

    def __init__(self, name: str) -> None:
        """Raises `SettingsError`: Gymnasium is missing, no such environment, or not suitable."""
        self._made = _made(name)
        self.name = name
        self.kind = name.rpartition("/")[2].rpartition("-v")[0]
        if misfit := _misfit(self._made):
            self._made.close()
            raise SettingsError(f"{name} cannot be played here: {misfit}.")
        self.size = int(np.prod(self._made.observation_space.shape))
        n = int(self._made.action_space.n)
        self._first = int(self._made.action_space.start)
        named = ACTIONS.get(self.kind, ())
        self.actions = named if len(named) == n else tuple(f"action {i}" for i in range(n))
        self.rate = float(self._made.metadata.get("render_fps", 0)) or 50.0
        space = self._made.observation_space
        self._bounds = [_range(*ends) for ends in zip(space.low.flat, space.high.flat, strict=True)]
        self.state: NDArray[np.float64] = np.zeros(self.size)
        self.did: int | None = None  #: the action that led to this state
        self._not_drawn: str | None = None
        #: Whether people see it in pictures, that is not by what its state says alone.
        self.has_pictures = self.kind != CART_POLE and self._made.render_mode is not None
        self._draws = self.kind != CART_POLE and self._can_draw()

    def reset(self, seed: int) -> None:
        """Begin an episode; the same seed is the same beginning."""
        observation, _ = self._made.reset(seed=seed)
        self.did = None
        self._look(observation)

    def step(self, action: int) -> Outcome:
        """Take one of the actions, by its number from 0.

        Raises `SettingsError` for a state that is not of numbers, as `reset` does.
        """
        observation, reward, terminated, truncated, _ = self._made.step(action + self._first)
        self.did = action
        self._look(observation)
        return Outcome(float(reward), bool(terminated or truncated))

    def scene(self) -> dict[str, Any]:
        """What a person is to see now, as JSON; `ui/play_card/scene.js` draws it.

        `{"kind": "cart-pole", "x", "angle", "pushed"}` in metres and radians, `pushed` -1 to the
        left, 1 to the right or null; `{"kind": "picture", "jpeg"}` in base64; or `{"kind":
        "numbers", "values", "bounds", "why"}` with a lowest and a highest value for each, null
        where there is none, and why there is no picture.
        """
        if self.kind == CART_POLE:
            return cart_pole(self.state, self.did)
        if self._draws:
            return {"kind": "picture", "jpeg": _jpeg(np.asarray(self._made.render()))}
        values = [round(float(one), 3) for one in self.state]
        told = {"kind": "numbers", "values": values, "bounds": self._bounds}
        return told | {"why": self._not_drawn}

    def close(self) -> None:
        """Let go of what it holds."""
        self._made.close()

    def _look(self, observation: Any) -> None:
        self.state = np.array(observation, np.float64).ravel()  # it may be their own buffer
        if not np.isfinite(self.state).all():
            raise SettingsError(
                f"{self.name} gave a state that nobody can learn from: {self.state}"
            )

    def _can_draw(self) -> bool:
        """Whether it gives pictures; a toolkit that it lacks is found out at the first one."""
        from gymnasium.error import DependencyNotInstalled  # noqa: PLC0415 - an extra

        if self._made.render_mode is None:
            self._not_drawn = "it has no pictures"
            return False
        self._made.reset(seed=0)
        try:
            self._made.render()
        except DependencyNotInstalled as why:
            self._not_drawn = str(why).strip().rstrip(".")
            return False
        return True


def _range(low: float, high: float) -> tuple[float, float] | None:
    """Between what a number stays; None where one end is so far away that it is none."""
    return (float(low), float(high)) if max(abs(low), abs(high)) < FAR else None


def cart_pole(state: NDArray[np.float64], action: int | None) -> dict[str, Any]:
    """The scene of a cart with a pole, from its state (4,): place, speed, angle, turning.

    And from the action that led there, 0 or 1; None at the beginning.
    """
    pushed = None if action is None else 2 * action - 1
    x, _, angle, _ = (round(float(one), 4) for one in state)
    return {"kind": "cart-pole", "x": x, "angle": angle, "pushed": pushed}


def _made(name: str) -> Any:
    """The environment of this name, giving pictures if it can."""
    if find_spec("gymnasium") is None:
        raise SettingsError(f"To play, the extra rl is needed, which is not installed: {EXTRA}")
    import gymnasium  # noqa: PLC0415 - an extra
    from gymnasium.error import DependencyNotInstalled  # noqa: PLC0415

    if ":" in name:  # Gymnasium would import whatever stands before it
        raise SettingsError(
            f"{name!r} names a module to import. A package registers its environments by the "
            f"function that its entry point {REGISTERS!r} names."
        )
    for one in entry_points(group=REGISTERS):
        one.load()()
    spec = gymnasium.registry.get(name)
    if spec is None:
        near = difflib.get_close_matches(name, list(gymnasium.registry), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise SettingsError(f"There is no environment {name!r}.{hint}")
    more: dict[str, Any] = {} if spec.max_episode_steps else {"max_episode_steps": LONGEST}
    try:
        made = gymnasium.make(spec, **more)
        if name.startswith(CART_POLE) or "rgb_array" not in made.metadata.get("render_modes", ()):
            return made
        made.close()
        return gymnasium.make(spec, render_mode="rgb_array", **more)
    except DependencyNotInstalled as why:
        raise SettingsError(f"{name} needs what is not installed: {why}") from why


def _misfit(made: Any) -> str | None:
    """Why nobody can teach it here, or None."""
    from gymnasium.spaces import Box, Discrete  # noqa: PLC0415 - an extra

    seen, done = made.observation_space, made.action_space
    if not isinstance(seen, Box):
        return f"its observation is no vector of numbers but {seen}"
    if not 1 <= (n := int(np.prod(seen.shape))) <= MOST_NUMBERS:
        return f"its observation has {n:,} numbers, and at most {MOST_NUMBERS} can be learned from"
    if not isinstance(done, Discrete):
        return f"its actions are not a few to choose from but {done}"
    if not 2 <= done.n <= MOST_ACTIONS:
        return f"it has {done.n} actions, and 2 to {MOST_ACTIONS} can be chosen from"
    return None


def _jpeg(pixels: NDArray[Any]) -> str:
    """A picture (height, width, 3) of bytes, made smaller if need be, in base64."""
    picture = Image.fromarray(pixels.astype(np.uint8))
    picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=QUALITY)
    return base64.b64encode(packed.getvalue()).decode("ascii")
