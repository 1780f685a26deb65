"""What is shown of a setting: its values as text, a template filled in, or the user's `render`.

A `render` is somebody's code: it runs in a process of its own, with a time limit. A project never
names code that is run, nor files that are read: the folder that both lie in is told by who starts
the session (`askwell tune`), in the environment.
"""

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from loop.errors import LoopError
from loop.tuning.space import Setting, Space, words

STARTING = 120.0  # seconds that a script may take to be imported
FOLDER = "ASKWELL_TUNE"  # the environment variable that names the folder of the TOML


class RenderFailed(LoopError):
    """Nothing can be shown of a setting."""


class CannotRender(LoopError):
    """Nothing can be shown of any setting, until somebody starts the session anew."""


class Shower:
    """Makes what is shown of settings; close it when done."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._process: subprocess.Popen[bytes] | None = None

    def show(self, setting: Setting, folder: Path) -> str:
        """What a row of an import has in the column of a proposal: text, or a file in *folder*.

        Raises `RenderFailed` with why, and `CannotRender`.
        """
        space = self._space
        known = {name: setting.get(name, "–") for name in space.parameters}
        if space.render is not None:
            return self._rendered(setting, folder)
        if space.image is not None:
            file = _beside() / space.image.format_map(known)
            if not file.is_file():
                raise RenderFailed(f"there is no picture {space.image.format_map(known)}")
            return str(file)
        return words(setting) if space.text is None else space.text.format_map(known)

    def _rendered(self, setting: Setting, folder: Path) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        if self._process is None:
            self._process = self._started()
            try:
                self._answer(STARTING)
            except RenderFailed as why:
                self.close()
                again = "mend it, and start askwell tune again"
                raise CannotRender(f"{self._space.render}: {why}; {again}") from why
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - it is a pipe
        asked = {"setting": setting, "folder": str(folder)}
        with suppress(BrokenPipeError):  # it has died: no answer says so
            stdin.write((json.dumps(asked) + "\n").encode())
            stdin.flush()
        told = self._answer(self._space.render_seconds)
        file = Path(told["file"])
        is_text = file.suffix == ".txt"
        if is_text != (self._space.shows == "text"):
            got = "text" if is_text else "a picture"
            raise RenderFailed(f"render returned {got}, and 'shows' is {self._space.shows!r}")
        return file.read_text("utf-8") if is_text else str(file)

    def _answer(self, seconds: float) -> dict[str, Any]:
        """What it says next. Raises `RenderFailed` where it says why not, or nothing in time."""
        assert self._process is not None  # noqa: S101 - it was started
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - it is a pipe
        ready, _, _ = select.select([stdout], [], [], seconds)
        line = stdout.readline() if ready else b""
        if not line:
            self.close()
            raise RenderFailed("its process died" if ready else f"no answer within {seconds:g} s")
        told: dict[str, Any] = json.loads(line)
        if "why" in told:
            raise RenderFailed(told["why"])
        return told

    def _started(self) -> subprocess.Popen[bytes]:
        assert self._space.render is not None  # noqa: S101 - else nobody comes here
        script, _, name = self._space.render.rpartition(":")
        return subprocess.Popen(  # noqa: S603 - a file of whoever started us, no shell
            [sys.executable, "-P", "-m", "loop.tuning.drawing", str(_beside() / script), name],
            stdin=subprocess.PIPE,  # closed by our death: then it leaves too
            stdout=subprocess.PIPE,
            start_new_session=True,  # so that what it starts ends with it
        )

    def close(self) -> None:
        """End the process that renders, and what it has started."""
        if self._process is None:
            return
        process, self._process = self._process, None
        with suppress(ProcessLookupError, PermissionError):  # all dead: macOS forbids, Linux allows
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):  # what it was asked last, and has not read
                pipe.close()  # type: ignore[union-attr]


def _beside() -> Path:
    folder = os.environ.get(FOLDER)
    if folder is None:
        raise CannotRender(
            "New proposals need what lies beside the space's TOML file, which a project does not "
            "say: start it with askwell tune SPACE.toml"
        )
    return Path(folder)
