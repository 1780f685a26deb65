"""The command line: exit codes, messages that say what to do, and JSON that is only JSON."""

import json
import socket
import uuid

import pytest
from click.testing import CliRunner
from conftest import truth_of
from real_server import serving

from loop import Project
from ui.cli import main


@pytest.fixture
def here(tmp_path, monkeypatch):
    """`askwell` with these words, within this process; what came of it."""
    monkeypatch.chdir(tmp_path)

    def call(*words):
        done = CliRunner().invoke(main, [str(word) for word in words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return call


@pytest.fixture
def data(tmp_path):
    rows = [f"r{i},{'goal match' if i % 2 else 'bank stock'} {i}" for i in range(40)]
    path = tmp_path / "data.csv"
    path.write_text("id,text\n" + "\n".join(rows) + "\n")
    return path


def label_some(folder, n):
    with Project.open(folder) as project:
        for item in project.next_items("ana", n):
            value = truth_of(item.fields["text"])
            project.submit(item.id, value, annotator="ana", answer_id=uuid.uuid4().hex)


def test_from_a_file_to_an_export(askwell, here, data, tmp_path):
    made = askwell("init", "reviews", "--data", data, "--id", "id", "--classes", "sport,money")
    assert made.returncode == 0, made.stderr
    assert "Keys: 1 = sport, 2 = money" in made.stdout
    label_some(tmp_path / "reviews", 12)
    trained = askwell("train", "reviews")
    assert trained.returncode == 0, trained.stderr
    assert trained.stdout.startswith("Model 1: ")
    status = askwell("status", "reviews", "--json")
    assert json.loads(status.stdout)["model"]["version"] == 1
    assert "not known yet" in here("status", "reviews").stdout
    assert here("export", "reviews", "--format", "csv", "--out", "out").exit_code == 0
    assert (tmp_path / "out" / "annotations.csv").read_text().count("\n") == 13


def test_what_a_process_refuses_it_says_without_a_traceback(askwell):
    failed = askwell("serve", "nowhere")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "is not an askwell project" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert askwell("fly").returncode == 2


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["status", "nowhere"], "askwell init"),
        (["train", "nowhere"], "is not an askwell project"),
        (["init", "new", "--data", "nowhere.csv"], "no such file"),
        (
            ["init", "new", "--data", "data.csv", "--text", "body"],
            "no column 'body'; there are: id",
        ),
        (["init", "new", "--data", "data.csv"], "--classes a,b,c"),
        (["init", "new", "--data", "data.csv", "--classes", "one"], "at least two classes"),
        (
            ["init", "new", "--data", "data.csv", "--classes", "a,b", "--strategy", "entrop"],
            "Did you mean 'entropy'",
        ),
    ],
)
def test_work_that_fails_says_why_and_exits_with_1(here, data, tmp_path, words, complaint):
    done = here(*words)
    assert done.exit_code == 1
    assert complaint in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["init", "new"],
        ["export", "p", "--format", "xlsx", "--out", "o"],
        ["init", "new", "--data", "data.csv", "--image", "a", "--audio", "b"],
        ["serve", "p", "--port", "0"],
        ["init", "new", "--data", ".", "--label", "y"],
    ],
)
def test_wrong_usage_exits_with_2(here, data, words):
    assert here(*words).exit_code == 2


def test_a_file_without_a_text_column_is_answered_with_its_columns(here, tmp_path):
    (tmp_path / "d.csv").write_text("subject,body\na,b\n")
    refused = here("init", "new", "--data", "d.csv", "--classes", "a,b")
    assert refused.exit_code == 1
    assert "its columns are: subject, body" in refused.stderr


def test_training_with_one_class_says_what_is_missing(here, data, tmp_path):
    here("init", "p", "--data", data, "--id", "id", "--classes", "sport,money")
    refused = here("train", "p")
    assert refused.exit_code == 1
    assert "at least two classes" in refused.stderr


@pytest.mark.parametrize(
    ("name", "role"), [("import", "owner"), (" ", "owner"), ("owner", "annotator")]
)
def test_names_that_the_loop_needs_are_not_given_away(here, project, name, role):
    refused = here("invite", project.folder, name, "--role", role)
    assert refused.exit_code == 1
    assert repr(name) in refused.stderr


def test_strategies_are_listed_for_people_and_for_programs(here):
    listed = json.loads(here("strategies", "--json").stdout)
    assert {
        "name": "random",
        "label": "Random (the baseline)",
        "needs": [],
        "cost": "O(n)",
    } in listed
    assert "margin" in here("strategies").stdout


def test_a_port_in_use_is_refused_with_a_free_one(here, project):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = here("serve", project.folder, "--port", port)
    assert refused.exit_code == 1
    assert f"Port {port} is in use" in refused.stderr
    assert "--port " in refused.stderr


def test_train_asks_the_trainer_that_runs(here, project):
    label_some(project.folder, 5)
    with serving(project.folder):
        done = here("train", project.folder)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("Model 1: 5 labels")
