"""The examples of the docs, run as their readers would."""

import json
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"


def test_the_help_desk_finds_its_planted_fault_and_learns_from_it(tmp_path):
    words = [sys.executable, str(EXAMPLES / "helpdesk.py"), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    story = json.loads(done.stdout[done.stdout.index("{") :])
    assert story["alarms before"] == story["open after"] == 0
    assert any("goods" in question for question in story["about"])
    assert "phone number" in story["told"]
    lines = (tmp_path / "trl-sft" / "train.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) == story["corrected"] > 0
    assert all(row.keys() == {"prompt", "completion"} for row in rows)
    assert {row["completion"].split()[0] for row in rows} <= {"Return", "A"}


def test_the_best_of_four_drafts_is_the_one_that_the_person_likes_best(tmp_path):
    words = [sys.executable, str(EXAMPLES / "reward.py"), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    story = json.loads(done.stdout)
    assert "Thank you" in story["best"]
    assert "stated before" in story["worst"]
    assert story["chance"] > 0.5


def test_the_cart_pole_is_taught_through_the_api(tmp_path):
    words = [sys.executable, str(EXAMPLES / "teach_cartpole.py"), str(tmp_path), "8", "60"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    story = json.loads(done.stdout[done.stdout.index("{") :])
    assert story["signals"] > 5
    assert story["episodes"] > 2
