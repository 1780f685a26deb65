"""A clip of play as one still picture: a cart in a few poses, numbers as lines over the steps.

What a clip holds is a text of an item, which anybody may have written: numbers alone come out of it
into the SVG. Scenes are those of `loop.play.environment.Environment.scene`; `ui/play_card/scene.js`
draws them in motion.
"""

import base64
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from loop.play.terms import MOST_NUMBERS
from ui.theme import THEME

WIDE = 320.0  # pixels of the picture
POSES, FRAME, HIGH = 6, WIDE / 6, 84.0  # of a cart: how many, from first to last, and their size
METRE, POLE = 46.0, 1.0
TRACK, TILT = 2.4, 0.2094  # metres and radians, beyond which an episode of CartPole ends
LINE, LEAST_LINE, ALL_LINES = 26.0, 5.0, 260.0  # heights: a number, the flattest, of all if many
WORDS = 12.0  # height of a line that has room for words
BESIDE, AFTER = 26.0, 66.0  # pixels beside a line, and after it, for them
FAR = 1e9  # a number beyond is none that can be drawn

Scene = Mapping[str, Any]


@dataclass(frozen=True)
class Film:
    """What can be drawn of a clip: a scene before each step, and one after the last."""

    scenes: Sequence[Scene]  #: two at least, all of one kind

    @classmethod
    def of(cls, text: object) -> Self | None:
        """From the text of an item; None where that is no clip that can be drawn."""
        if not isinstance(text, str):
            return None
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            return None
        scenes = told.get("scenes") if isinstance(told, dict) else None
        return cls(scenes) if isinstance(scenes, list) and _can_draw(scenes) else None

    @property
    def words(self) -> str:
        """How long it is, and how a pole ended."""
        n, last = len(self.scenes) - 1, self.scenes[-1]
        many = f"{n:,} step{'s' if n > 1 else ''}"
        if last["kind"] != "cart-pole":
            return many
        if abs(last["angle"]) >= TILT:
            return f"{many}, the pole falls"
        if abs(last["x"]) >= TRACK:
            return f"{many}, the cart leaves the track"
        return f"{many}, the pole stands"

    def picture(self, *, dark: bool) -> str:
        """An `<img>` with the picture in it, for one of our two themes."""
        packed = base64.b64encode(self.svg(dark=dark).encode("ascii")).decode("ascii")
        return (
            f'<img alt="Clip: {self.words}" src="data:image/svg+xml;base64,{packed}" '
            f'style="display:block;width:100%;max-width:{1.5 * WIDE:g}px">'
        )

    def svg(self, *, dark: bool) -> str:
        """The picture."""
        theme = f"theme.{'dark' if dark else 'light'}"
        ink, accent = THEME[f"{theme}.textColor"], THEME[f"{theme}.primaryColor"]
        is_cart = self.scenes[0]["kind"] == "cart-pole"
        drawn, high = (_poses if is_cart else _lines)(self.scenes)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE:g} {high:g}" '
            f'font-family="sans-serif" fill="{ink}" stroke-linecap="round">'
            f"<style>.still {{ stroke: {ink} }} .moving {{ stroke: {accent}; fill: none }}</style>"
            f"{drawn}</svg>"
        )


def _can_draw(scenes: Sequence[Any]) -> bool:
    """Whether these are scenes of one kind, as they should be."""
    if len(scenes) < 2 or not all(isinstance(one, dict) for one in scenes):
        return False
    if all(one.get("kind") == "cart-pole" for one in scenes):
        return _are_numbers(one.get(name) for one in scenes for name in ("x", "angle"))
    if not all(one.get("kind") == "numbers" for one in scenes):
        return False
    every = [one.get("values") for one in scenes]
    return all(
        isinstance(values, list)
        and 1 <= len(values) <= MOST_NUMBERS
        and len(values) == len(every[0])
        and _are_numbers(values)
        for values in every
    )


def _are_numbers(cells: Iterable[Any]) -> bool:
    return all(
        isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) < FAR
        for cell in cells
    )


def _poses(scenes: Sequence[Scene]) -> tuple[str, float]:
    """A cart with its pole, from the first scene to the last, as a drawing and its height."""
    n = min(POSES, len(scenes))
    places = [round(i * (len(scenes) - 1) / (n - 1)) for i in range(n)]
    return "".join(_pose(scenes[at], (i + 0.5) * FRAME) for i, at in enumerate(places)), HIGH


def _pose(scene: Scene, x: float) -> str:
    """The pole beside a plumb line, and under the cart a dot where that is on the track."""
    axle, ground, rail = 54.0, 68.0, 78.0
    tip = x + math.sin(scene["angle"]) * POLE * METRE
    top = axle - math.cos(scene["angle"]) * POLE * METRE
    half = 0.42 * FRAME
    at = x + max(-1.0, min(scene["x"] / TRACK, 1.0)) * half
    return (
        f'<path d="M{x:.1f} {axle:g}v{-POLE * METRE:g}M{x - half:.1f} {rail:g}h{2 * half:.1f}" '
        f'class="still" opacity=".3"/><circle cx="{at:.1f}" cy="{rail:g}" r="2.5"/>'
        f'<rect x="{x - 11:.1f}" y="{axle:g}" width="22" height="11" rx="2"/>'
        f'<circle cx="{x - 6:.1f}" cy="{ground - 3:g}" r="3"/>'
        f'<circle cx="{x + 6:.1f}" cy="{ground - 3:g}" r="3"/>'
        f'<path d="M{x:.1f} {axle:g}L{tip:.1f} {top:.1f}" class="moving" stroke-width="4"/>'
    )


def _lines(scenes: Sequence[Scene]) -> tuple[str, float]:
    """A line for each number over the steps, and what it was at the end; and the height of all."""
    rows = list(zip(*(scene["values"] for scene in scenes), strict=True))
    high = max(LEAST_LINE, min(LINE, ALL_LINES / len(rows)))
    largest = max(1.0, *(abs(value) for row in rows for value in row))
    told = scenes[-1].get("bounds")
    every = told if isinstance(told, list) and len(told) == len(rows) else [None] * len(rows)
    drawn = [
        _line(row, _ends(bounds, largest), i * high, high)
        + (_told(i, row[-1], (i + 0.5) * high + 4) if high >= WORDS else "")
        for i, (row, bounds) in enumerate(zip(rows, every, strict=True))
    ]
    return "".join(drawn), high * len(rows)


def _ends(bounds: Any, largest: float) -> tuple[float, float]:
    """Between what a number is drawn: its bounds, or as the *largest* of all has it."""
    is_known = isinstance(bounds, list) and len(bounds) == 2 and _are_numbers(bounds)
    return (bounds[0], bounds[1]) if is_known and bounds[0] < bounds[1] else (-largest, largest)


def _line(row: Sequence[float], ends: tuple[float, float], top: float, high: float) -> str:
    low, most = ends
    across = (WIDE - BESIDE - AFTER) / (len(row) - 1)

    def down(value: float) -> float:
        return top + 2 + (high - 4) * (most - max(low, min(value, most))) / (most - low)

    way = " ".join(f"{BESIDE + i * across:.1f},{down(value):.1f}" for i, value in enumerate(row))
    return (
        f'<path d="M{BESIDE:g} {down(0):.1f}H{WIDE - AFTER:g}" class="still" opacity=".25"/>'
        f'<polyline points="{way}" class="moving" stroke-width="1.5"/>'
    )


def _told(i: int, last: float, y: float) -> str:
    return (
        f'<g font-size="11" opacity=".8"><text x="{BESIDE - 8:g}" y="{y:.1f}" text-anchor="end">'
        f'{i + 1}</text><text x="{WIDE - AFTER + 8:g}" y="{y:.1f}">{last:.2f}</text></g>'
    )
