"""CartPole taught by a simulated person: `python docs/examples/teach_cartpole.py FOLDER [SECONDS [SPEED]]`.

It makes a project as `askwell play` does, serves it, looks on as the page does, and says good or bad
of what it sees, over REST: a tenth of the steps, each 0.2–0.8 s late, one in ten wrongly. It knows
what is right by a rule of thumb, which no person could tell you: push towards where the pole falls.

That shows that the whole way works, from a frame to what the agent does next. It does not show how
fast *you* would teach it: people judge where something surprises them, not at random, they say less
once it goes well, and mean a whole movement rather than one step of a fifteenth of a second.
"""

import json
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

SPEED = 15.0  # steps a second: sooner done than at the usual 4
PATIENCE = 60  # seconds for the server
FEEDBACK, SLIPS = 0.1, 0.1


class Person:
    """Looks on, and judges each step by how the pole moved since the frame before."""

    def __init__(self, url: str, token: str, seed: int) -> None:
        self._url, self._token = f"{url}/api/v1", token
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._before: dict[str, Any] | None = None
        self.said = 0

    def call(self, path: str, body: Any = None) -> Any:
        """One call of the REST API; the open reply."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return urlopen(Request(f"{self._url}/{path}", data, headers), timeout=30)  # noqa: S310

    def watch(self, seconds: float) -> None:
        """Look on for a while, and let it play."""
        deadline, stream = time.monotonic() + seconds, uuid4().hex
        with self.call(f"play/stream?stream={stream}") as lines:
            self.call("play/control", {"do": "go"}).close()
            for text in lines:
                line = json.loads(text)
                self.see(line["told"])
                self.call("play/read", {"stream": stream, "line": line["line"]}).close()
                if time.monotonic() > deadline:
                    return

    def see(self, frame: dict[str, Any]) -> None:
        """A frame: perhaps it is worth a word."""
        before, self._before = self._before, frame
        if before is None or before["episode"] != frame["episode"] or frame["did"] is None:
            return
        if frame["step"] != before["step"] + 1 or self._chance.random() >= FEEDBACK:
            return
        turning = (frame["scene"]["angle"] - before["scene"]["angle"]) / 0.02
        moving = (frame["scene"]["x"] - before["scene"]["x"]) / 0.02
        falls = (
            frame["scene"]["angle"] + 0.25 * turning + 0.05 * before["scene"]["x"] + 0.1 * moving
        )
        is_good = (falls > 0) == (frame["did"] == 1)
        value = 1 if is_good != (self._chance.random() < SLIPS) else -1
        late = self._chance.uniform(0.2, 0.8)
        signal = {"signal_id": uuid4().hex, "value": value, "life": frame["life"]}
        signal["at"] = frame["at"] + late
        threading.Timer(late, self.say, [signal]).start()

    def say(self, signal: dict[str, Any]) -> None:
        """Send it; it is on disk when this returns."""
        with self.call("play/signals", {"signals": [signal]}) as reply:
            self.said += len(json.load(reply)["saved"])


@contextmanager
def played(project: Path, speed: float) -> Iterator[str]:
    """The project, made or gone on with, served at an address of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "ui.cli", "play", str(project), "--speed", str(speed)]
    words += ["--port", str(port), "--no-browser"]
    with subprocess.Popen(words) as server:  # noqa: S603 - our own command
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url)
            yield url
        finally:
            server.terminate()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            urlopen(f"{url}/api/v1/health", timeout=5).close()  # noqa: S310
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def main(folder: Path, seconds: float = 180, speed: float = SPEED) -> dict[str, Any]:
    """The whole story; returns its figures."""
    project = folder / "pole"
    with played(project, speed) as url:
        invite = [sys.executable, "-m", "ui.cli", "invite", str(project), "simulated", "--json"]
        done = subprocess.run(invite, check=True, capture_output=True, text=True)  # noqa: S603
        person = Person(url, json.loads(done.stdout)["token"], seed=0)
        person.watch(seconds)
        time.sleep(1)  # what was still on its way to be said
        with person.call("play") as reply:
            episodes = json.load(reply)["episodes"]
    scores = [one["score"] for one in episodes]
    return {
        "signals": person.said,
        "episodes": len(scores),
        "first five": scores[:5],
        "last five": scores[-5:],
    }


if __name__ == "__main__":
    told = main(Path(sys.argv[1]), *map(float, sys.argv[2:]))
    print(json.dumps(told, indent=2))  # noqa: T201
