"""What several test files need: small real projects, a real server, a real browser."""

import csv
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from real_server import BROWSERS, SHELL, Server, free_port, launch_chromium, serving

from loop import Project, recipes
from loop.creation import Source, create
from loop.dataset import Columns
from ui.cli import main

WORDS = {
    "sport": "goal match team season coach league player win",
    "money": "bank market share profit price trade stock tax",
}


PEOPLE = itertools.count(1)
LIGHT = "table | logistic(C=10)"  # quicker than the default, which is another test's matter

Server.is_forked = True  # there are forty
Server.usual_port = free_port()


def write_csv(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def sentences(n: int, seed: int = 0) -> list[tuple[str, str]]:
    """*n* short texts with the class each belongs to."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(sorted(WORDS), n)
    return [
        (" ".join([*rng.choice(WORDS[kind].split(), 5), f"no{seed}x{i}"]), str(kind))
        for i, kind in enumerate(kinds)
    ]


def truth_of(text: str) -> str:
    counts = {
        kind: sum(word in text.split() for word in words.split()) for kind, words in WORDS.items()
    }
    return max(counts, key=counts.get)


def project_in(folder: Path, n: int = 60, audit: int = 30, **settings) -> Project:
    """A new text project of *n* items, with *audit* items of known truth."""
    pool = [[f"p{i}", text] for i, (text, _) in enumerate(sentences(n))]
    data = write_csv(folder.with_suffix(".csv"), ["id", "text"], pool)
    truth = None
    if audit:
        rows = [[f"a{i}", text, kind] for i, (text, kind) in enumerate(sentences(audit, seed=1))]
        file = write_csv(folder.with_suffix(".audit.csv"), ["id", "text", "label"], rows)
        truth = Source(file, Columns("text", ("text",), id="id", label="label"))
    source = Source(data, Columns("text", ("text",), id="id"))
    return create(folder, source, audit=truth, classes=("sport", "money"), **settings)


@pytest.fixture
def make_project(tmp_path):
    """A function that creates an open text project; closed when the test ends."""
    made: list[Project] = []

    def make(name: str = "reviews", **options) -> Project:
        made.append(project_in(tmp_path / name, **options))
        return made[-1]

    yield make
    for project in made:
        project.close()


@pytest.fixture
def project(make_project) -> Project:
    return make_project()


@pytest.fixture
def server(project) -> Iterator[Server]:
    """A server of this test's own."""
    with serving(project.folder) as running:
        yield running


@pytest.fixture(scope="module")
def steady(tmp_path_factory) -> Iterator[Server]:
    """A server for tests that leave no trace in it."""
    folder = tmp_path_factory.mktemp("steady") / "reviews"
    project_in(folder).close()
    with serving(folder) as running:
        yield running


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Server]:
    """A server with five items, for what an application sends to it."""
    folder = tmp_path_factory.mktemp("served") / "reviews"
    project_in(folder, n=5, audit=0).close()
    with serving(folder) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # A tab of it costs a quarter of one in a window; what people use is for the benchmarks.
        browser = launch_chromium(playwright, (SHELL, *BROWSERS))
        yield browser
        browser.close()


def look_at(url: str, context: BrowserContext) -> Page:
    """A page with an item on it; collects what goes wrong in it."""
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda why: page.problems.append(str(why)))
    page.goto(url)
    page.wait_for_selector(".item[data-item]")
    return page


@pytest.fixture
def open_page(chromium):
    """A function that opens a page and collects what went wrong in it."""
    contexts = []

    def open_(url, **options):
        context = chromium.new_context(**options)
        contexts.append(context)
        return look_at(url, context)

    yield open_
    for context in contexts:
        for page in context.pages:
            assert page.problems == []
        context.close()


@pytest.fixture(scope="session")
def window(chromium) -> Iterator[BrowserContext]:
    """One browser for all files: it has compiled what a server at the usual port gives it."""
    with chromium.new_context() as context:
        yield context


@pytest.fixture(scope="module")
def tab(window) -> Iterator[Page]:
    """One browser tab for a whole file: a new one costs a second, a new person in it little."""
    window.clear_cookies()
    page = window.new_page()
    page.problems = []
    page.on("pageerror", lambda why: page.problems.append(str(why)))
    yield page
    page.close()


@pytest.fixture
def come_in(tab):
    """A function that opens a page in the tab, the label page unless told, as somebody new there.

    People get in nobody's way: what they hold, answer and have in their browser is their own.
    Who it is stands in `page.person`.
    """
    tab.problems.clear()
    tab.set_viewport_size({"width": 1280, "height": 720})

    def come(server: Server, path: str | None = None, role: str = "annotator") -> Page:
        tab.person = f"person-{next(PEOPLE)}"
        with Project.open(server.folder) as project:
            token = project.invite(tab.person, role)
        join = f"{server.url}/join/{token}"
        if path is None:
            tab.goto(join)
            tab.wait_for_selector(".item[data-item]")
        else:
            tab.context.request.get(join, max_redirects=0)  # the cookie, without the label page
            tab.goto(server.url + path)
        return tab

    yield come
    assert tab.problems == []
    tab.unroute_all()
    tab.goto("about:blank")


@pytest.fixture
def run(tmp_path):
    """A function that runs a command as a person would, in an empty folder."""

    def call(command: list[str], path: Path | None = None) -> subprocess.CompletedProcess[str]:
        env = dict(os.environ) | ({"PYTHONPATH": str(path)} if path else {})
        return subprocess.run(
            command, capture_output=True, text=True, env=env, cwd=tmp_path, timeout=120, check=False
        )

    return call


@pytest.fixture
def askwell(run):
    """`askwell` with these words; the finished process."""
    return lambda *words: run([sys.executable, "-m", "ui.cli", *map(str, words)])


@pytest.fixture
def askwell_here(tmp_path, monkeypatch):
    """`askwell` with these words in an empty folder, in this process: two seconds less for each.

    That the command is a process like any other is for tests/test_cli.py to say.
    """
    monkeypatch.chdir(tmp_path)

    def call(*words) -> subprocess.CompletedProcess[str]:
        done = CliRunner().invoke(main, [*map(str, words)], catch_exceptions=False)
        return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)

    return call


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """A function that installs a tiny package with a recipe's name called as the package."""

    def install(name: str, code: str, group: str = "askwell.estimators") -> None:
        (tmp_path / f"{name}.py").write_text(code)
        info = tmp_path / f"{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {name}:make\n")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
        recipes.plugins.cache_clear()

    yield install
    recipes.plugins.cache_clear()
