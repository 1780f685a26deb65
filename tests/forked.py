"""Servers that are forks of a process which has imported all they need: two seconds less for each.

Whatever they do then, they do as `askwell serve` does; that it starts as a command is for
tests/test_cli.py to say.
"""

import multiprocessing
import os
import signal
import sys
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import warm

from ui.cli import main

WARM = multiprocessing.get_context("forkserver")
WARM.set_forkserver_preload(["preloaded"])


def askwell(
    words: list[str], cwd: Path, output: Path, environment: dict[str, str], python: str
) -> None:
    """The command with these words, here; what it starts, it starts with *python*."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    with output.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    tell_modules()
    sys.argv, sys.executable = ["askwell", *words], python
    main()


def tell_modules() -> None:
    """Write what the process has imported to its output at SIGUSR1."""

    def tell(*_: object) -> None:
        print("MODULES", *(name for name in sys.modules if "." not in name), flush=True)

    signal.signal(signal.SIGUSR1, tell)


class Forked(ForkServerProcess):
    """One of them, with what the tests ask of a `subprocess.Popen`."""

    def __init__(self, words: list[str], cwd: Path, output: Path) -> None:
        arguments = (words, cwd, output, dict(os.environ), warm.executable())
        super().__init__(target=askwell, args=arguments, daemon=True)
        self.start()

    def poll(self) -> int | None:
        return self.exitcode

    def wait(self, seconds: float) -> int | None:
        self.join(seconds)
        return self.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)
