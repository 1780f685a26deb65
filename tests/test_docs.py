"""What the documents say is true: figures, links, commands, and the quick start as it is typed."""

import importlib
import json
import re
import shutil
import sys
from pathlib import Path

import pytest

import strategies
from ui.cli import main

ROOT = Path(__file__).parent.parent
# What the page of strategies, the Settings page and the conformance suite make of the strategy.
EVERYWHERE = """
import json, sys
sys.path += sys.argv[1:]
import make_strategies, strategies
from loop import offers
from loop.settings import settings_from
from test_strategies import CHECKS
for check in CHECKS:
    check(strategies.get("ratio"))
settings = settings_from(name="p", modality="text", columns=("text",), classes=("yes", "no"))
offered = [[one["strategy"], one["refused"]] for one in offers.every(settings)]
print(json.dumps({"page": make_strategies.page(), "offered": offered, "checks": len(CHECKS)}))
"""
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/*.md")])


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_readme_is_short_and_its_figures_are_the_measured_ones(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    readme = importlib.import_module("readme")
    assert read("README.md").count("\n") < 120
    assert readme.BEGIN + readme.table() + readme.END in read("README.md")


def test_the_tables_of_the_default_are_the_measured_ones(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    page = read("docs/defaults.md")
    for name, table in importlib.import_module("default.page").tables().items():
        assert f"<!-- {name}: begin -->\n{table}<!-- {name}: end -->\n" in page


def test_the_page_of_strategies_says_what_they_say_of_themselves(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    assert importlib.import_module("make_strategies").page() == read("docs/strategies.md")


def test_the_published_schemas_are_those_of_the_kinds(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    pages = importlib.import_module("make_schemas").pages()
    assert {file: file.read_text("utf-8") for file in pages} == pages


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)|src(?:set)?=\"([^\"]+)\"", text):
        link = next(filter(None, target))
        if not link.startswith("http"):
            assert (path.parent / link).exists(), link


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_that_is_named_exists(path):
    named = set(re.findall(r"`?askwell ([a-z]+) ", path.read_text(encoding="utf-8")))
    assert {word for word in named if word not in {"serves", "is"}} <= set(main.commands)


def test_the_quick_start_works_as_it_is_typed(askwell_here):
    block = re.search(r"## On your own data\n\n```console\n(.*?)```", read("README.md"), re.DOTALL)
    lines = [line.removeprefix("$ ").split(" #")[0] for line in block[1].splitlines()]
    typed = [line.split() for line in lines if line.startswith("askwell") and "serve" not in line]
    assert len(typed) == 3
    for words in typed:
        here = [str(ROOT / word) if word.startswith("data/") else word for word in words[1:]]
        done = askwell_here(*here)
        assert done.returncode == 0, done.stderr


def test_the_strategy_in_the_guide_works_by_lying_in_the_folder(tmp_path, run):
    code = re.search(r"```python\n(\"\"\"Ratio.*?)```", read("docs/architecture.md"), re.DOTALL)[1]
    assert code.count("\n") <= 20
    copy = tmp_path / "strategies"
    shutil.copytree(Path(strategies.__file__).parent, copy)
    (copy / "ratio.py").write_text(code)
    listing = run([sys.executable, "-m", "ui.cli", "strategies"], path=tmp_path)
    assert "ratio " in listing.stdout
    here = [str(ROOT / "docs"), str(ROOT / "tests")]
    found = json.loads(run([sys.executable, "-c", EVERYWHERE, *here], path=tmp_path).stdout)
    assert "### ratio" in found["page"]
    assert ["ratio", None] in found["offered"]
    assert found["checks"] > 10
