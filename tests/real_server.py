"""A real `askwell serve` in its own process, and a real Chromium; for tests and benchmarks."""

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from forked import Forked
from playwright.sync_api import Browser, Playwright

from loop import Project

QUIET = (
    "--disable-gpu",
    "--no-first-run",
    "--no-sandbox",  # refused to root otherwise
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


PLAIN: Any = {"verify": False}  # to read the certificates of all the world takes 25 ms each time
SHELL = "chromium-headless-shell"  # the same engine without the window around it
BROWSERS = ("chromium", "chromium-browser", "google-chrome", SHELL)


def launch_chromium(playwright: Playwright, names: tuple[str, ...] = BROWSERS) -> Browser:
    """The first of *names* that the machine has, else Playwright's own."""
    found = next(filter(None, map(shutil.which, names)), None)
    return playwright.chromium.launch(executable_path=found, args=QUIET)


def free_port(wanted: int = 0) -> int:
    """The *wanted* port if nobody has it, else any."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # calls that just ended
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return free_port()
        return probe.getsockname()[1]


class Server:
    """A real `askwell serve` in its own process."""

    is_forked = False  #: rather than started from nothing; see `forked`
    usual_port = 0  #: taken where nobody else has it: a browser has its scripts already

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        words: tuple[str, ...] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.folder, self.port = folder, port or free_port(self.usual_port)
        self.words, self.cwd = words or ("serve", str(folder)), cwd or folder.parent
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = folder.parent / f"{folder.name}-{self.port}.log"

    def start(self) -> "Server":
        words = [*self.words, "--port", str(self.port)]
        if self.is_forked:
            self.process = Forked(words, self.cwd, self.output)
        else:
            with self.output.open("ab") as output:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "ui.cli", *words],
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=self.cwd,
                )
        until(self.is_up, 30, lambda: f"the server did not start:\n{self.output.read_text()}")
        return self

    def is_up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/v1/health", **PLAIN, timeout=1).status_code == 200
        except httpx.TransportError:
            return False

    def client(self, name: str = "ana", role: str = "annotator") -> httpx.Client:
        with Project.open(self.folder) as project:
            token = project.invite(name, role)
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=f"{self.url}/api/v1/", headers=headers, **PLAIN, timeout=30)

    def modules(self) -> set[str]:
        """What a forked server has imported."""
        self.process.send_signal(signal.SIGUSR1)
        whole_line = re.compile(r"^MODULES (.*)\n", re.MULTILINE)
        told = until(
            lambda: whole_line.search(self.output.read_text()), 10, lambda: "no answer to SIGUSR1"
        )
        return set(told[1].split())

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(20)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(20)


class Creating(Server):
    """A real `askwell new`, in an empty folder."""

    def is_up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/_stcore/health", **PLAIN, timeout=1).status_code == 200
        except httpx.TransportError:
            return False


def creating(folder: Path, *words: str) -> Creating:
    folder.mkdir(exist_ok=True)
    # The server's own log lies beside the folder, so that all in the folder is ours to check.
    return Creating(folder, words=("new", *words, "--no-browser"), cwd=folder).start()


def until(holds, seconds: float, complaint=lambda: "it never came true"):
    """Wait for something real to happen; what it returned, once true."""
    deadline = time.monotonic() + seconds
    while not (value := holds()):
        if time.monotonic() > deadline:
            raise AssertionError(complaint())
        time.sleep(0.02)
    return value


@contextmanager
def serving(folder: Path, port: int | None = None, **options: Any) -> Iterator[Server]:
    server = Server(folder, port, **options)
    try:
        yield server.start()
    finally:
        if server.process.poll() is None:
            server.stop()
