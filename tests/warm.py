"""A Python that has imported scikit-learn already: two seconds less for each process of ours.

`executable()` stands for `sys.executable` where a server of the tests starts a trainer, a
comparison or a command. What runs then is a fork of one process, with the words, the folder, the
environment and the files of whoever started it. It gets the signals that its executable gets, dies
with it, and ends as it ends. That these are programs which start from nothing is for
tests/test_cli.py, tests/test_api.py and tests/test_retrain.py to say.
"""

import atexit
import functools
import gc
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

PRELOAD = ("loop.trainer", "loop.compare.job", "ui.cli")
# Up in a hundredth of a second. A server is no fork: it must not have imported scikit-learn.
STAND_IN = """#!{python} -IS
import json, os, signal, socket, sys
words = sys.argv[1:]
if words[:2] != ["-P", "-m"] or "serve" in words:
    os.execv({python!r}, [{python!r}, *words])
told = {{"words": words[2:], "folder": os.getcwd(), "environment": dict(os.environ)}}
told["has_own_session"] = os.getsid(0) == os.getpid()
line = socket.socket(socket.AF_UNIX)
line.connect({door!r})
socket.send_fds(line, [json.dumps(told).encode() + b"\\n"], [0, 1, 2])
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: line.send(bytes([number])))
code = int(line.recv(16))
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
"""


@functools.cache
def executable() -> str:
    """Its path. What it forks begins to import now, and ends with this process."""
    folder = Path(tempfile.mkdtemp(prefix="warm-"))
    door, stand_in = folder / "door", folder / "python"
    stand_in.write_text(STAND_IN.format(python=sys.executable, door=str(door)))
    stand_in.chmod(0o700)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(door))
        listening.listen(64)  # who comes before all is imported waits here
        process = subprocess.Popen(
            [sys.executable, "-P", __file__, str(listening.fileno())],
            stdin=subprocess.PIPE,
            pass_fds=[listening.fileno()],
            start_new_session=True,
        )

    def end() -> None:
        process.communicate()
        shutil.rmtree(folder)

    atexit.register(end)
    return str(stand_in)


def wait(listening: socket.socket) -> list[str]:
    """Fork for everybody who asks. Returns in the forks, with the words of what they are to run."""
    while True:
        ready, _, _ = select.select([listening, sys.stdin], [], [])
        if sys.stdin in ready:
            sys.exit()
        line, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            return keep(line)
        line.close()
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def keep(line: socket.socket) -> list[str]:
    """Fork once more, and stay in between as the parent that tells how it ended."""
    message, files, _, _ = socket.recv_fds(line, 2**16, 3)
    while not message.endswith(b"\n"):
        message += line.recv(2**16)
    pid = os.fork()
    if pid == 0:
        line.close()
        return become(files, **json.loads(message))
    for file in files:
        os.close(file)
    threading.Thread(target=pass_on, args=(line, pid), daemon=True).start()
    _, status = os.waitpid(pid, 0)
    with suppress(BrokenPipeError):
        line.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def pass_on(line: socket.socket, pid: int) -> None:
    """Signals, while the stand-in lives; its death last."""
    with suppress(ProcessLookupError):
        while number := line.recv(1):
            os.kill(pid, number[0])
        os.kill(pid, signal.SIGKILL)


def become(
    files: list[int],
    words: list[str],
    folder: str,
    environment: dict[str, str],
    *,
    has_own_session: bool,
) -> list[str]:
    """Take over what whoever asked has given."""
    if has_own_session:
        os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    asked = environment.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:0] = [one for one in asked if one not in ("", *sys.path)]
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    return words


if __name__ == "__main__":
    for name in PRELOAD:
        __import__(name)
    gc.freeze()  # what is not looked through need not be copied
    sys.argv = wait(socket.socket(fileno=int(sys.argv[1])))
    sys.modules.pop(sys.argv[0], None)
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
