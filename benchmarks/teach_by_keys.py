"""The cart pole taught through the page: real keys in a real Chromium, in true seconds.

A script looks at what the page paints, the cart, the lean of the pole, the arrow of the push, and
at nothing else. Of one push at a time it makes up its mind whether that went to where the pole was
about to fall, presses ↑ or ↓ 0.2–0.8 s after it saw the push, one time in ten the wrong one, and
takes a breath: less than one key a second. Where it could not tell it says nothing.

It begins at the page's usual speed, and goes on faster, by the key `]`, once the pole has stood for
`STANDS` steps, slower again where it falls; or teaches at the faster speed all along. A lesson is
over when two episodes in a row returned 475 or more, or after `SECONDS`; all run at the same time.
How it judges was chosen without the page, on other seeds.
"""

import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from real_server import launch_chromium, serving

from loop.play.creation import create
from loop.play.terms import USUAL_SPEED

SEEDS = (0, 1, 2)
SECONDS = 280
SLOW, FAST = USUAL_SPEED, 15  # steps a second
STANDS = 150  # steps after which who began slowly goes faster
SOLVED = 475
SLIPS = 0.1
SOONEST, LATEST = 0.2, 0.8  # seconds from what is seen to the key
BREATH = 0.2, 1.0  # seconds from a key to the next look
AHEAD = 12  # frames: a person sees where the pole goes, not only where it is
CLEAR = 0.03  # radians, less than which nobody could tell
GLANCE = 20  # ms between two looks at what was painted

WATCH = """
window.seen = [];
const look = () => {
  const host = [...document.querySelectorAll('*')].find((one) => one.shadowRoot?.askwell);
  const frame = host?.shadowRoot.askwell.frame;
  if (frame?.scene && frame !== window.newest)
    window.seen.push({...(window.newest = frame).scene, episode: frame.episode, step: frame.step,
      score: frame.score, over: frame.is_over, speed: frame.speed});
  requestAnimationFrame(look);
};
look();
"""

Frame = dict[str, Any]


def opinion(frames: list[Frame]) -> int:
    """Of the newest push, whether it went to where the pole was about to fall: 1, -1, or 0."""
    before, now = frames[-2:]
    turns, drifts = (now[one] - before[one] for one in ("angle", "x"))
    falls = now["angle"] + AHEAD * (turns + 0.4 * drifts) + 0.05 * now["x"]
    if abs(falls) < CLEAR or not now["pushed"]:
        return 0
    return 1 if (falls > 0) == (now["pushed"] > 0) else -1


@dataclass
class Lesson:
    """One person before one page, which is open and plays."""

    page: Page
    seed: int
    slowly: bool  # at first
    frames: list[Frame] = field(default_factory=list)  # of this episode
    returns: list[float] = field(default_factory=list)
    said: int = 0
    seconds: float = 0.0
    _meant: tuple[float, str] | None = None  # when a key will be pressed, and which
    _rested: float = 0.0
    _paced: float = 0.0

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - no secret
        self._began = time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether it was solved, or took too long."""
        return self.is_solved or self.seconds >= SECONDS

    @property
    def is_solved(self) -> bool:
        """Whether the last two episodes stood."""
        return len(self.returns) > 1 and min(self.returns[-2:]) >= SOLVED

    def go_on(self) -> None:
        """Look at what was painted since, and press what is due."""
        painted, now = self.page.evaluate("window.seen.splice(0)"), time.monotonic()
        for frame in painted:
            self._see(frame)
        if painted and self.slowly and now >= self._paced:
            self._pace(now)
        if painted and self._meant is None and now >= self._rested and len(self.frames) > 5:
            self._judge(now)
        if self._meant and now >= self._meant[0]:
            self.page.keyboard.press(self._meant[1])
            self._meant, self._rested = None, now + self._chance.uniform(*BREATH)
            self.said += 1
        self.seconds = now - self._began

    def stop(self) -> None:
        """Have the pole rest. Every key is on disk, as the page says, or `RuntimeError`."""
        self.page.locator(".saved[data-kind=done]").wait_for()
        self.page.keyboard.press("Space")
        self.page.locator(".still:visible").wait_for()
        good, _, _, bad, _ = self.page.locator(".count").inner_text().split()
        if int(good) + int(bad) != self.said:
            raise RuntimeError(f"{self.said} keys were pressed, and {good} + {bad} arrived")

    def _see(self, frame: Frame) -> None:
        if self.frames and self.frames[-1]["episode"] != frame["episode"]:
            self.frames = []
        if self.frames and frame["over"] and not self.frames[-1]["over"]:
            self.returns.append(frame["score"])
        self.frames.append(frame)

    def _pace(self, now: float) -> None:
        """One key nearer to the speed that suits how it does."""
        speed, step = self.frames[-1]["speed"], self.frames[-1]["step"]
        stands = max(step, self.returns[-1] if self.returns else 0) >= STANDS
        wanted = FAST if stands else SLOW
        if speed != wanted:
            self.page.keyboard.press("[" if speed > wanted else "]")
            self._paced = now + LATEST

    def _judge(self, now: float) -> None:
        value = opinion(self.frames)
        if not value or self.frames[-1]["over"]:
            return
        if self._chance.random() < SLIPS:
            value = -value
        at = now + self._chance.uniform(SOONEST, LATEST)
        self._meant = at, "ArrowUp" if value > 0 else "ArrowDown"


def teach(lessons: Sequence[tuple[int, bool]]) -> list[Lesson]:
    """Lessons of a seed each, slowly at first or not, before a server and a page of their own."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        browser = launch_chromium(stack.enter_context(sync_playwright()))
        pages = [
            _opened(browser, stack, scratch / str(i), seed, SLOW if slowly else FAST)
            for i, (seed, slowly) in enumerate(lessons)
        ]
        for page in pages:
            page.keyboard.press("Space")
        taught = [Lesson(page, *one) for page, one in zip(pages, lessons, strict=True)]
        under_way = taught
        while under_way:
            for lesson in under_way:
                lesson.go_on()
                if lesson.is_over:
                    lesson.stop()
            under_way = [one for one in under_way if not one.is_over]
            pages[0].wait_for_timeout(GLANCE)
        browser.close()
    return taught


def _opened(browser: Browser, stack: ExitStack, folder: Path, seed: int, speed: float) -> Page:
    create(folder, "CartPole-v1", seed=seed, speed=speed).close()
    server = stack.enter_context(serving(folder))
    page = browser.new_page()
    page.add_init_script(WATCH)
    page.goto(server.url)
    page.locator(".start:visible").wait_for()
    return page


def told(lesson: Lesson) -> dict[str, Any]:
    """What came of it."""
    return {
        "seed": lesson.seed,
        "solved": lesson.is_solved,
        "minutes": round(lesson.seconds / 60, 1),
        "signals": lesson.said,
        "returns": [round(one) for one in lesson.returns],
    }


def measure() -> dict[str, Any]:
    """Each seed, slowly at first and not."""
    taught = teach([(seed, slowly) for slowly in (True, False) for seed in SEEDS])
    return {
        "most_minutes": round(SECONDS / 60, 1),
        "solved": f"two episodes in a row of {SOLVED} or more",
        "slips": SLIPS,
        "steps_a_second": {
            f"{SLOW:g}, and {FAST} once it stands": [told(one) for one in taught if one.slowly],
            f"{FAST}": [told(one) for one in taught if not one.slowly],
        },
    }
