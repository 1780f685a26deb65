"""CROWDLAB weighs people with models of the project that have not learned what they say."""

import json
import uuid

import numpy as np
import pytest
from cleanlab.multiannotator import get_label_quality_multiannotator
from conftest import truth_of

from loop.errors import SettingsError
from loop.raters import crowdlab as pure
from loop.raters import majority
from loop.raters.answers import Answers

OTHER = {"sport": "money", "money": "sport"}


@pytest.fixture(scope="module")
def crowd():
    """Two answers on each of 200 items by people who are right on 70 %, and a model's word."""
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=200)
    who = np.concatenate([rng.choice(8, 2, replace=False) for _ in truth])
    of = np.repeat(np.arange(200), 2)
    said = np.where(rng.random(400) < 0.7, truth[of], rng.integers(3, size=400))
    model = rng.dirichlet(np.ones(3), 200) + 1.5 * np.eye(3)[truth]
    model /= model.sum(axis=1, keepdims=True)
    return Answers(of, who, said, 200, 8, 3), model, truth


def test_it_is_cleanlabs_and_more_often_right_than_people_alone(crowd):
    answers, model, truth = crowd
    found = pure.crowdlab(answers, model)
    table = np.full((200, 8), np.nan)
    table[answers.items, answers.annotators] = answers.labels
    theirs = get_label_quality_multiannotator(table, model, verbose=False)["label_quality"]
    assert found.posterior.sum(axis=1) == pytest.approx(np.ones(200))
    chosen = found.posterior[np.arange(200), theirs["consensus_label"]]
    assert chosen == pytest.approx(theirs["consensus_quality_score"].to_numpy(), abs=1e-9)
    voted = majority(answers, np.random.default_rng(0), lambda _round: None)
    assert found.hits(truth).mean() > voted.hits(truth).mean() + 0.1


def test_what_it_cannot_do_is_said(crowd):
    answers, model, _ = crowd
    once = Answers(
        *(one[::2] for one in (answers.items, answers.annotators, answers.labels)), 200, 8, 3
    )
    with pytest.raises(SettingsError, match="items with two answers, and there are none"):
        pure.crowdlab(once, model)
    many = Answers(answers.items, answers.annotators, answers.labels, 200, 1_000_000, 3)
    with pytest.raises(SettingsError, match="200 × 1,000,000 are more than 50,000,000 cells"):
        pure.crowdlab(many, model)


def test_of_a_project_its_own_recipe_is_asked(make_project, askwell_here, tmp_path):
    project = make_project(n=60, audit=0, audit_share=0, overlap=3)
    for n, who in enumerate(("ana", "bo", "cy")):
        for place, item in enumerate(project.next_items(who, 40)):
            truth = truth_of(item.fields["text"])
            said = OTHER[truth] if (place + n) % 4 == 0 else truth
            project.submit(item.id, said, annotator=who, answer_id=uuid.uuid4().hex)
    out = tmp_path / "consensus.csv"
    words = ("--methods", "crowdlab,majority", "--json", "--out", out)
    done = askwell_here("aggregate", project.folder, *words)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["consensus"] == "crowdlab"
    assert [*told["methods"]] == ["crowdlab", "majority"]
    assert len(out.read_text().splitlines()) == 41
    file = tmp_path / "labels.csv"
    file.write_text("item,annotator,label\nx,ana,a\nx,bo,b\n")
    refused = askwell_here("aggregate", file, "--methods", "crowdlab")
    assert "There is no method 'crowdlab' here" in refused.stderr
