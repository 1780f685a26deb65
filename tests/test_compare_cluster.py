"""Comparisons on a cluster, and with workers that die: the same numbers, no cell lost or twice."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import psutil
import pytest
from conftest import write_csv
from distributed import Client
from real_server import free_port, until

from loop import compare
from loop.compare import cluster, processes
from loop.compare.cell import Protocol
from loop.compare.engine import made_by
from loop.errors import LoopError, SettingsError
from loop.store import cells

ASK = Protocol(budget=40, batch=5, first=10, recipe="table | logistic(C=10)")
PLAN = compare.Plan(("random", "margin", "badge", "typiclust"), 4, (ASK,))
N = 4 * (4 + 1)  # cells: for each seed also the one that knows all labels


class Machines:
    """Dask's own commands, each in a process of its own: forks of one that has imported all.

    To import scikit-learn costs two seconds of a core, for each of the processes.
    """

    LAUNCH = """
import json, os, signal, sys
import dask, loop.compare.engine
from distributed.cli import dask_scheduler, dask_worker
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    told = json.loads(line)
    if pid := os.fork():
        print(pid, flush=True)
        continue
    sys.path[:0] = told["path"]
    dask.config.set(told["config"])
    for name in [one for one in sys.modules if one.split(".")[0] == told["forget"]]:
        del sys.modules[name]
    command = {"scheduler": dask_scheduler, "worker": dask_worker}[told["command"]]
    command.main(told["words"])
"""

    def __init__(self, folder):
        self.folder = folder
        self.log = (folder / "dask.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.LAUNCH],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            start_new_session=True,
        )

    def start(self, command, *words, config=None, path=(), forget=None):
        """The id of the new process."""
        words = [*words, "--host", "127.0.0.1", "--no-dashboard"]
        told = {"command": command, "words": words, "config": config or {}}
        told |= {"path": [*path], "forget": forget}
        print(json.dumps(told), file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())

    def scheduler(self, **options):
        """Its address and its process."""
        port = free_port()
        pid = self.start("scheduler", "--port", str(port), **options)
        until(lambda: is_open(port), 60)
        return f"tcp://127.0.0.1:{port}", pid

    def worker(self, address, threads=1, **options):
        words = ["--nthreads", str(threads), "--no-nanny", "--local-directory", str(self.folder)]
        return self.start("worker", address, *words, **options)

    def stop(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()
        self.log.close()


def is_open(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    started = Machines(tmp_path_factory.mktemp("dask"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def four(machines):
    """The address of a cluster with four workers, one of which runs two cells at a time."""
    address, _ = machines.scheduler()
    for threads in (1, 1, 1, 2):
        machines.worker(address, threads)
    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(4, timeout=20)
    return address


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b", "c"], 60)
    centres = {name: rng.normal(size=40) for name in "abc"}
    X = rng.normal(size=(180, 40)) + 0.7 * np.array([centres[one] for one in y])
    return compare.Arrays("blobs", X, y)


@pytest.fixture(scope="module")
def alone(machines, blobs, tmp_path_factory):
    """What one process finds, while the machines start."""
    return ran(tmp_path_factory.mktemp("alone"), blobs, compare.Where())


def ran(folder, data, where, progress=lambda *_: None):
    """The curves of all cells, without their seconds."""
    compare.run(folder, PLAN, [data], where, progress)
    return {
        one.cell: [replace(point, fit_seconds=0, query_seconds=0) for point in one.curve]
        for one in compare.outcomes(folder, PLAN.cells(data))
    }


def on(address):
    return compare.Where(backend="dask", scheduler=address)


def after(cells_done, act):
    """A progress that acts once, and notes what it was told."""

    def progress(done, _all, _left):
        progress.told.append(done)
        if done == cells_done:
            act()

    progress.told = []
    return progress


def kept(folder):
    with cells.opened(folder) as db:
        return db.execute("SELECT count(*) FROM cells WHERE failure IS NULL").fetchone()[0]


# ---------------------------------------------------------------- on a cluster


def test_a_cluster_finds_the_numbers_of_one_process_to_the_last_bit(alone, blobs, four, tmp_path):
    found = ran(tmp_path, blobs, on(four))
    assert len(found) == N
    assert found == alone


def test_a_split_is_sent_to_each_worker_at_most_once(machines, blobs, tmp_path):
    # Who is robbed of the last cell of a split forgets it, and may get another one of it later.
    address, _ = machines.scheduler(config={"distributed.scheduler.work-stealing": False})
    for _ in range(3):
        machines.worker(address)

    def received(dask_worker):
        return [key for one in dask_worker.transfer_incoming_log for key in one["keys"]]

    def made(dask_scheduler):
        return [key for key, _, to, *_ in dask_scheduler.transition_log if to == "memory"]

    ran(tmp_path, blobs, on(address))
    with Client(address, set_as_default=False) as client:
        times = Counter(key for key in client.run_on_scheduler(made) if key.startswith("_hold"))
        assert times
        assert set(times.values()) == {1}
        for keys in client.run(received).values():
            assert max(Counter(keys).values(), default=1) == 1


def test_no_cell_is_lost_with_a_worker_that_is_killed(alone, blobs, four, tmp_path):
    with Client(four, set_as_default=False) as client:
        pids = client.run(os.getpid)
        victim = next(one for one, threads in client.nthreads().items() if threads == 1)
        held = []

        def progress(done, _all, _left):
            told.append(done)
            if done == 3:
                os.kill(pids[victim], signal.SIGSTOP)  # what it has by then it never finishes
            if done == N // 2:
                told_of = client.has_what()[victim]  # finished, and not fetched yet
                held.extend(key for key in told_of if key.startswith("_run"))
                held.extend(client.processing()[victim])
                os.kill(pids[victim], signal.SIGKILL)

        told = []
        assert ran(tmp_path, blobs, on(four), progress) == alone
        assert held
        assert len(client.nthreads()) == 3
    assert told == [*range(N + 1)]
    assert kept(tmp_path) == N


def test_the_command_takes_a_cluster(four, askwell_here, tmp_path):
    rows = [[str(i), "ab"[i % 2]] for i in range(60)]
    file = write_csv(tmp_path / "d.csv", ["x", "class"], rows)
    words = ["compare", file, "--features", "x", "--label", "class", "--strategies", "margin"]
    words += ["--seeds", "1", "--budget", "30", "--backend", "dask", "--scheduler", four]
    shown = askwell_here(*words)
    assert shown.returncode == 0
    assert "margin" in shown.stdout


@pytest.fixture
def deadly(plugin):
    """A recipe that no process survives; what the plug-ins are is looked up anew."""
    plugin(
        "deadly",
        "import os\nfrom sklearn.linear_model import LogisticRegression\n"
        "class Deadly(LogisticRegression):\n    def fit(self, X, y): os.kill(os.getpid(), 9)\n"
        "def make(seed): return Deadly()",
    )
    made_by.cache_clear()
    yield "deadly"
    made_by.cache_clear()


def test_a_cell_whose_workers_die_again_and_again_is_named(machines, deadly, blobs, tmp_path):
    here = [str(tmp_path)]
    config = {"distributed.scheduler.allowed-failures": 1}
    address, _ = machines.scheduler(config=config, path=here)
    for _ in range(2):
        machines.worker(address, path=[str(tmp_path)])
    plan = compare.Plan(("random",), 1, (replace(ASK, recipe=deadly),))
    with pytest.raises(LoopError, match=r"2 workers died with the cell \w+ .*seed 0 on blobs, the"):
        compare.run(tmp_path, plan, [blobs], on(address))


def test_without_a_worker_left_what_is_finished_is_kept(machines, blobs, monkeypatch, tmp_path):
    monkeypatch.setattr(cluster, "RETURN", 0.5)
    address, _ = machines.scheduler()
    pid = machines.worker(address)
    with pytest.raises(LoopError, match=r"no worker for 0\.5 s.*kept.*dask worker tcp"):
        ran(tmp_path, blobs, on(address), after(3, lambda: os.kill(pid, signal.SIGKILL)))
    assert kept(tmp_path) >= 3


def test_without_its_scheduler_what_is_finished_is_kept(machines, blobs, tmp_path):
    address, pid = machines.scheduler()
    machines.worker(address)
    with pytest.raises(LoopError, match=rf"scheduler at {address} was lost.*kept"):
        ran(tmp_path, blobs, on(address), after(3, lambda: os.kill(pid, signal.SIGKILL)))
    assert kept(tmp_path) >= 3


# ---------------------------------------------------------------- refused


def test_workers_with_other_versions_are_refused_with_both(machines, blobs, tmp_path):
    for name, version in (("numpy", "Version: 1.0\n"), ("askwell", "")):
        (tmp_path / f"{name}-1.dist-info").mkdir()
        about = f"Metadata-Version: 2.1\nName: {name}\n{version}"
        (tmp_path / f"{name}-1.dist-info" / "METADATA").write_text(about)
    address, _ = machines.scheduler()
    machines.worker(address, path=[str(tmp_path)])
    said = rf"worker tcp.* has .*askwell missing, not .*numpy 1\.0, not {re.escape(np.__version__)}"
    with pytest.raises(LoopError, match=said):
        ran(tmp_path / "out", blobs, on(address))
    assert kept(tmp_path / "out") == 0


def test_a_worker_without_our_code_is_refused_also_in_the_middle(machines, blobs, tmp_path):
    (tmp_path / "loop").mkdir()
    (tmp_path / "loop" / "__init__.py").touch()
    address, _ = machines.scheduler()
    machines.worker(address)

    def join():
        machines.worker(address, path=[str(tmp_path)], forget="loop")
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=20)

    with pytest.raises(LoopError, match=r"worker tcp\S+ cannot run cells: No module named 'loop\."):
        ran(tmp_path / "out", blobs, on(address), after(3, join))


def test_a_cluster_without_workers_is_refused(machines, blobs, monkeypatch, tmp_path):
    monkeypatch.setattr(cluster, "ARRIVE", 0.3)
    address, _ = machines.scheduler()
    with pytest.raises(LoopError, match=rf"{address} has no workers.*dask worker {address}"):
        ran(tmp_path, blobs, on(address))


def test_what_is_no_scheduler_is_refused_with_the_reason(blobs, monkeypatch, tmp_path):
    monkeypatch.setattr(cluster, "ANSWER", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        for address, why in (
            (f"tcp://127.0.0.1:{free_port()}", "Connection refused"),
            (f"127.0.0.1:{silent.getsockname()[1]}", "timed out"),
            ("tcp://127.0.0.1", "missing port"),
            ("http://127.0.0.1:80", "unknown address scheme"),
        ):
            with pytest.raises(LoopError, match=f"no Dask scheduler at '{address}': .*{why}"):
                ran(tmp_path, blobs, on(address))


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"backend": "dask"}, "--scheduler ADDRESS"),
        ({"scheduler": "tcp://127.0.0.1:1"}, "--backend dask"),
        ({"backend": "dask", "scheduler": "tcp://127.0.0.1:1", "jobs": 2}, "Leave --jobs out"),
        ({"backend": "spark"}, "no backend 'spark'; known are loky, dask"),
        ({"jobs": 0}, "number of jobs is 0"),
    ],
)
def test_settings_of_two_backends_are_refused(settings, complaint):
    with pytest.raises(SettingsError, match=complaint):
        compare.Where(**settings)


def test_without_the_extra_its_name_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SettingsError, match=re.escape('pip install "askwell[dask]"')):
        on("tcp://127.0.0.1:1")


# ---------------------------------------------------------------- on this machine


def kill_a_process():
    """One of joblib's: they are our only children that import our own code."""
    ours = psutil.Process().children()
    workers = [one for one in ours if any("loky" in word for word in one.cmdline())]
    workers[-1].kill()


@pytest.mark.soak
def test_no_cell_is_lost_with_a_process_that_is_killed(alone, blobs, tmp_path):
    progress = after(3, kill_a_process)
    assert ran(tmp_path, blobs, compare.Where(2), progress) == alone
    assert progress.told == [*range(N + 1)]
    assert kept(tmp_path) == N


def test_cells_whose_processes_die_again_and_again_are_named(blobs, monkeypatch, tmp_path):
    monkeypatch.setattr(processes, "DEATHS", 1)
    with pytest.raises(LoopError, match=r"died 1 times .* seed \d on blobs.*fewer --jobs"):
        ran(tmp_path, blobs, compare.Where(2), after(3, kill_a_process))
    assert kept(tmp_path) >= 3
