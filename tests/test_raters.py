"""Several people's answers: one class of them, how far they agree, and `askwell aggregate`."""

import csv
import itertools
import json
import re
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy.stats import spearmanr
from sklearn.metrics import cohen_kappa_score

from loop.evaluation import wilson
from loop.raters import NAMED, crowd_file
from loop.raters.agreement import agreement
from loop.raters.answers import Answers
from loop.raters.dawid_skene import confusion
from loop.raters.pairs import pairs
from loop.raters.resampling import LEAST, Patterns, figure, patterns
from ui.aggregate_command import DEFAULT
from ui.cli import main

ROOT = Path(__file__).parent.parent
_ = None
# Krippendorff's example: three coders, fifteen units, nominal 0.691 and interval 0.811.
CODERS = [
    [_, _, _, _, _, 3, 4, 1, 2, 1, 1, 3, 3, _, 3],
    [1, _, 2, 1, 3, 3, 4, 3, _, _, _, _, _, _, _],
    [_, _, 2, 1, 3, 4, 4, _, 2, 1, 1, 3, 3, _, 4],
]
# A published example of Fleiss' kappa: ten subjects, fourteen raters, five classes, 0.210.
SUBJECTS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]


def answers_of(table):
    """From a table of annotators by items, None where there is no answer, codes from 0."""
    rows = [
        (item, who, label)
        for who, said in enumerate(table)
        for item, label in enumerate(said)
        if label is not None
    ]
    items, annotators, labels = np.array(rows).T
    return Answers(items, annotators, labels, len(table[0]), len(table), labels.max() + 1)


def with_codes(answers, **codes):
    """The same answers with other codes, in another order of rows."""
    order = np.random.default_rng(3).permutation(len(answers.items))
    columns = {name: codes.get(name, getattr(answers, name)) for name in ROWS}
    n = (answers.n_items, answers.n_annotators, answers.n_classes)
    return Answers(*(columns[name][order] for name in ROWS), *n)


ROWS = ("items", "annotators", "labels")


def crowd_of(accuracy, n_items=200, n_classes=3, seed=0):
    """Everybody answers everything; the truth and the answers."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, n_classes, n_items)
    shape = (len(accuracy), n_items)
    wrong = (truth + rng.integers(1, n_classes, shape)) % n_classes
    return truth, answers_of(
        np.where(rng.random(shape) < np.array(accuracy)[:, None], truth, wrong).tolist()
    )


def run(method, answers, seed=0):
    return NAMED[method](answers, np.random.default_rng(seed), lambda _: None)


def accuracy(found, truth):
    return found.hits(truth).mean()


tables = (
    some.integers(2, 4)
    .flatmap(
        lambda n_items: some.lists(
            some.lists(some.none() | some.integers(0, 2), min_size=n_items, max_size=n_items),
            min_size=2,
            max_size=4,
        )
    )
    .filter(lambda table: any(label is not None for said in table for label in said))
)
every_method = pytest.mark.parametrize("method", NAMED)

# ---------------------------------------------------------------- one class for each item


@every_method
def test_good_annotators_are_told_from_bad_ones(method):
    true = [0.95, 0.9, 0.85, 0.5, 0.45, 0.4, 0.35]
    truth, answers = crowd_of(true)
    found = run(method, answers)
    assert found.converged
    assert accuracy(found, truth) >= (0.75 if method == "majority" else 0.9)
    assert spearmanr(found.accuracy, true).statistic > 0.85


@every_method
@settings(deadline=None, max_examples=8)
@given(table=tables)
def test_a_posterior_is_a_distribution_whatever_was_said(method, table):
    found = run(method, answers_of(table))
    assert found.posterior.sum(axis=1) == pytest.approx(1)
    assert (found.posterior >= 0).all()
    assert ((found.accuracy >= 0) & (found.accuracy <= 1)).all()


@pytest.mark.parametrize("method", ["majority", "dawid-skene", "one-coin"])
@settings(deadline=None, max_examples=20)
@given(table=tables, seed=some.integers(0, 99))
def test_the_order_of_items_annotators_and_classes_changes_nothing(method, table, seed):
    check_order(method, answers_of(table), seed, 1e-6)


@pytest.mark.parametrize("method", ["mace", "glad"])
def test_nor_does_it_where_a_gradient_or_chance_leads(method):
    check_order(method, crowd_of([0.9, 0.8, 0.7, 0.6, 0.4])[1], 5, 1e-3)


def check_order(method, answers, seed, close):
    rng = np.random.default_rng(seed)
    items, annotators, classes = (
        rng.permutation(n) for n in (answers.n_items, answers.n_annotators, answers.n_classes)
    )
    before = run(method, answers)
    after = run(
        method,
        with_codes(
            answers,
            items=items[answers.items],
            annotators=annotators[answers.annotators],
            labels=classes[answers.labels],
        ),
    )
    assert after.posterior[items][:, classes] == pytest.approx(before.posterior, abs=close)
    assert after.accuracy[annotators] == pytest.approx(before.accuracy, abs=close)


@every_method
def test_what_all_say_stays(method):
    truth = np.arange(12) % 3
    found = run(method, answers_of([truth.tolist()] * 4))
    assert accuracy(found, truth) == 1


@every_method
@pytest.mark.parametrize(
    "table",
    [[[0, 1, 2, 0, 1]], [[0], [0], [1]], [[0]], [[1, 0, 1, 0], [0, 0, 0, 0], [1, 0, 1, 0]]],
    ids=["one annotator", "one item", "one answer", "one who always says the same"],
)
def test_the_smallest_crowds_are_normal(method, table):
    answers = answers_of(table)
    found = run(method, answers)
    assert found.consensus(np.zeros(answers.n_items)).tolist() == (
        answers.counts.argmax(axis=1).tolist()
    )


@every_method
def test_ten_thousand_annotators_of_many_classes_fit(method):
    rng = np.random.default_rng(0)
    n, people = 20_000, 10_000
    items, annotators = np.repeat(np.arange(n // 4), 4), rng.permutation(n) % people
    truth = rng.integers(0, 20, n // 4)
    labels = np.where(rng.random(n) < 0.8, truth[items], rng.integers(0, 20, n))
    keep = np.unique(items * people + annotators, return_index=True)[1]
    answers = Answers(items[keep], annotators[keep], labels[keep], n // 4, people, 20)
    if method in {"mace", "glad"}:  # the same with fewer items: their many rounds take seconds
        few = answers.items < 200
        answers = Answers(
            answers.items[few], answers.annotators[few], answers.labels[few], 200, people, 20
        )
        truth = truth[:200]
    assert accuracy(run(method, answers), truth) > 0.9


def test_dawid_skene_learns_who_takes_what_for_what():
    truth = np.random.default_rng(0).integers(0, 2, 300)
    other = 1 - truth
    answers = answers_of([truth.tolist()] * 3 + [other.tolist(), [0] * 300])
    found = run("dawid-skene", answers)
    assert accuracy(found, truth) == 1
    swapped, constant = (confusion(answers, found.posterior, who) for who in (3, 4))
    assert swapped == pytest.approx(np.array([[0, 1], [1, 0]]), abs=0.01)
    assert constant == pytest.approx(np.array([[1, 0], [1, 0]]), abs=0.01)
    assert found.accuracy[4] == pytest.approx((truth == 0).mean(), abs=0.01)


def test_ties_are_drawn_evenly_and_count_as_drawing_gives():
    found = run("majority", answers_of([[0, 0, 2], [1, 0, 1], [2, 1, _]]))
    assert found.tied.tolist() == [True, False, True]
    drawn = [found.consensus(np.full(3, draw)).tolist() for draw in (0, 0.4, 0.7, 0.999)]
    assert drawn == [[0, 0, 1], [1, 0, 1], [2, 0, 2], [2, 0, 2]]
    assert found.hits(np.array([1, 0, 0])).tolist() == pytest.approx([1 / 3, 1, 0])
    assert found.hits(np.array([-1, 3, 2])).tolist() == [0, 0.5]  # not known; said by nobody


@pytest.mark.parametrize(
    ("codes", "complaint"),
    [
        (([0, 0], [0, 0], [0, 1]), "twice"),
        (([0, 2], [0, 0], [0, 1]), "outside 0 to 1"),
        (([0], [0, 0], [0, 1]), "shape"),
        (([], [], []), "shape"),
    ],
)
def test_codes_that_do_not_fit_are_refused(codes, complaint):
    with pytest.raises(ValueError, match=complaint):
        Answers(*(np.array(one, int) for one in codes), 2, 1, 2)


# ---------------------------------------------------------------- agreement


def agreed(answers, values=None):
    return agreement(answers, values, np.random.default_rng(0))


def test_alpha_is_krippendorffs_own():
    table = [[None if label is None else label - 1 for label in said] for said in CODERS]
    found = agreed(answers_of(table), [1, 2, 3, 4])
    assert found.alpha_nominal.value == pytest.approx(0.691, abs=5e-4)
    assert found.alpha_interval.value == pytest.approx(0.811, abs=5e-4)
    assert found.alpha_ordinal.value == pytest.approx(0.807, abs=5e-4)
    assert "fewer than 20" in found.alpha_nominal.why


def by_definition(table, values):
    """Alpha of each kind, by every pair of answers of one item and every pair at all."""
    units = [
        [label for label in column if label is not None] for column in zip(*table, strict=True)
    ]
    units = [unit for unit in units if len(unit) > 1]
    all_said = [label for unit in units for label in unit]
    n = [all_said.count(label) for label in range(max(all_said) + 1)]

    def rank(label):
        return sum(n[:label]) + n[label] / 2

    distances = {
        "alpha_nominal": lambda a, b: float(a != b),
        "alpha_ordinal": lambda a, b: (rank(a) - rank(b)) ** 2,
        "alpha_interval": lambda a, b: (values[a] - values[b]) ** 2,
    }
    return {
        name: 1
        - sum(
            sum(far(a, b) for a, b in itertools.permutations(unit, 2)) / (len(unit) - 1)
            for unit in units
        )
        * (len(all_said) - 1)
        / sum(far(a, b) for a, b in itertools.permutations(all_said, 2))
        for name, far in distances.items()
    }


@settings(deadline=None, max_examples=25)
@given(table=tables)
def test_alpha_is_what_its_definition_says(table):
    values = [-2.0, 1.5, 10.0]
    answers = answers_of(table)
    found = agreed(answers, values[: answers.n_classes])
    if found.alpha_nominal.value is None:
        assert found.alpha_nominal.why
        return
    for name, expected in by_definition(table, values).items():
        assert getattr(found, name).value == pytest.approx(expected, abs=1e-9)


def test_fleiss_kappa_is_the_published_one():
    table = np.array([np.repeat(np.arange(5), row) for row in SUBJECTS]).T.tolist()
    assert agreed(answers_of(table)).fleiss.value == pytest.approx(0.210, abs=5e-4)


@settings(deadline=None, max_examples=25)
@given(
    table=some.integers(2, 5).flatmap(
        lambda n: some.lists(
            some.lists(some.integers(0, 2), min_size=n, max_size=n), min_size=2, max_size=4
        )
    )
)
def test_fleiss_kappa_is_what_its_definition_says(table):
    answers = answers_of(table)
    n, m = answers.n_items, answers.n_annotators
    same = [(row * (row - 1)).sum() / (m * (m - 1)) for row in answers.counts]
    chance = ((answers.counts.sum(axis=0) / (n * m)) ** 2).sum()
    found = agreed(answers).fleiss
    if chance == 1:
        assert found.value is None
    else:
        assert found.value == pytest.approx((np.mean(same) - chance) / (1 - chance), abs=1e-9)


@settings(deadline=None, max_examples=25)
@given(said=some.lists(some.tuples(some.integers(0, 3), some.integers(0, 3)), min_size=2))
def test_cohens_kappa_is_scikit_learns(said):
    one, other = map(list, zip(*said, strict=True))
    (found,) = pairs(answers_of([one, other]), np.random.default_rng(0))
    assert found.percent.value == pytest.approx(np.mean(np.equal(one, other)))
    if found.kappa.value is None:
        assert len(set(one + other)) == 1
        assert found.kappa.why
    else:
        assert found.kappa.value == pytest.approx(cohen_kappa_score(one, other), abs=1e-9)


def test_of_pairs_only_what_both_answered_counts():
    answers = answers_of([[0, 1, 0, _, 1], [0, 1, 1, 0, _], [_, _, _, 1, _]])
    first, second = pairs(answers, np.random.default_rng(0))
    assert (first.first, first.second, first.items) == (0, 1, 3)
    assert first.percent.value == pytest.approx(2 / 3)
    assert (second.first, second.second, second.items) == (1, 2, 1)
    assert (second.kappa.value, second.kappa.why) == (
        None,
        "They have one item in common; what chance gives is not known.",
    )


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ([[0, 1, 2]], "one annotator only"),
        ([[0], [1]], "One item only"),
        ([[0, 0, 0], [0, 0, 0]], "Everybody says the same"),
        ([[0, _, 1], [_, 1, _]], "No item was answered by two"),
    ],
)
def test_what_is_not_defined_says_why_and_is_never_nan(table, why):
    found = agreed(answers_of(table), [0, 1, 2][: answers_of(table).n_classes])
    for name in ("fleiss", "alpha_nominal", "alpha_ordinal", "alpha_interval"):
        assert getattr(found, name).value is None
        assert why in getattr(found, name).why
    for one in found.classes:
        assert one.alpha.value is None
        assert one.alpha.why


CROWDS = {
    "one rater": [[0, 1, 0, 1]],
    "one item": [[0], [1], [0]],
    "raters of one answer": [[0, _, _], [_, 1, _], [_, _, 0]],
    "one always the same": [[0, 1, 0, 1] * 6, [0, 1, 1, 1] * 6, [0] * 24],
    "never agreed": [[0] * 24, [1] * 24, [2] * 24],
    "a class nobody chose": [[0, 2] * 12, [0, 2, 2, 0] * 6],
    "all the same": [[1] * 24, [1] * 24],
}


@pytest.mark.parametrize("name", CROWDS)
def test_every_figure_has_a_number_with_an_interval_or_a_sentence(name):
    answers, rng = answers_of(CROWDS[name]), np.random.default_rng(0)
    for method in NAMED:
        found = run(method, answers)
        assert np.isfinite(found.posterior).all()
        assert np.isfinite(found.accuracy).all()
    told = agreement(answers, None, rng)
    figures = [told.percent, told.fleiss, told.alpha_nominal]
    figures += [one for of in told.classes for one in (of.percent, of.fleiss, of.alpha)]
    figures += [one for pair in pairs(answers, rng) for one in (pair.percent, pair.kappa)]
    for one in figures:
        if one.value is None or one.low is None:
            assert one.why
        else:
            assert -1 <= one.low <= one.value <= one.high <= 1


def test_the_agreement_of_ten_thousand_raters_takes_seconds():
    rng = np.random.default_rng(0)
    who = np.repeat(np.arange(10_000), 5)
    items = (who * 7 + np.tile(np.arange(5), 10_000)) % 5_000
    answers = Answers(items, who, rng.integers(0, 4, 50_000), 5_000, 10_000, 4)
    began = time.perf_counter()
    told = agreement(answers, None, rng)
    of_pairs = pairs(answers, rng)
    assert time.perf_counter() - began < 10
    assert told.fleiss.low < 0.01
    assert all(one.kappa.value is not None or one.kappa.why for one in of_pairs)


def test_classes_that_are_no_numbers_have_no_order():
    found = agreed(crowd_of([0.8, 0.8])[1])
    assert (found.alpha_ordinal.value, found.alpha_interval.value) == (None, None)
    assert "not numbers" in found.alpha_ordinal.why


def test_an_interval_holds_the_figure_of_all_items():
    _truth, answers = crowd_of([0.8, 0.7, 0.7, 0.6], n_items=4_000)
    everything = agreed(answers)
    rng = np.random.default_rng(1)
    held = 0
    for _run in range(30):
        part = answers_of(answers_table(answers)[:, rng.integers(0, 4_000, 150)].tolist())
        found = agreed(part)
        held += (
            found.alpha_nominal.low <= everything.alpha_nominal.value <= found.alpha_nominal.high
        )
    assert held >= 26


def answers_table(answers):
    table = np.empty((answers.n_annotators, answers.n_items), int)
    table[answers.annotators, answers.items] = answers.labels
    return table


def test_resampling_patterns_is_resampling_items():
    _truth, answers = crowd_of([0.8, 0.7, 0.6], n_items=60)
    rng = np.random.default_rng(0)
    mean = lambda counts, times: times @ counts[:, 0] / times.sum(axis=1)  # noqa: E731
    found = figure(mean, patterns(answers.counts), rng, "")
    again = [answers.counts[rng.integers(0, 60, 60), 0].mean() for _run in range(4_000)]
    assert [found.low, found.high] == pytest.approx(np.quantile(again, (0.025, 0.975)), abs=0.05)


def test_an_interval_that_nothing_tells_is_not_stated():
    always = answers_of([[0, 1] * LEAST] * 3)
    found = agreed(always)
    assert (found.alpha_nominal.value, found.alpha_nominal.low) == (1, None)
    assert "never varies" in found.alpha_nominal.why
    rare = Patterns(np.array([[2.0, 0.0], [1.0, 1.0]]), np.array([99.0, 1.0]))
    seen = answers_of([[0] * 99 + [1], [0] * 100])
    assert seen.counts.sum() == rare.counts.sum(axis=1) @ rare.times
    assert "nearly all say the same" in agreed(seen).alpha_nominal.why


def test_the_same_seed_gives_the_same_intervals():
    _truth, answers = crowd_of([0.8, 0.7, 0.6])
    assert agreed(answers, [1, 2, 3]) == agreed(answers, [1, 2, 3])


# ---------------------------------------------------------------- files and the command

CROWD = """item,annotator,label
a,ana,cat
a,bo,cat
a,cy,dog
b,ana,dog
b,bo,dog
b,cy,dog
c,ana,cat
c,bo,dog
"""


@pytest.fixture
def aggregate(tmp_path, monkeypatch):
    """`askwell aggregate` on a file with this text; what came of it."""
    monkeypatch.chdir(tmp_path)

    def call(text, *words, truth=None):
        Path("labels.csv").write_text(text)
        if truth is not None:
            Path("truth.csv").write_text(truth)
            words = [*words, "--truth", "truth.csv"]
        done = CliRunner().invoke(main, ["aggregate", "labels.csv", *map(str, words)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return call


def test_the_document_has_methods_agreement_and_annotators(aggregate):
    done = aggregate(CROWD, "--json", truth="item,truth\na,cat\nb,dog\nc,cat\n")
    told = json.loads(done.stdout)
    assert list(told["methods"]) == list(NAMED)
    assert told["methods"]["majority"]["accuracy"] == pytest.approx(2.5 / 3)
    assert told["methods"]["majority"]["tied_items"] == 1
    assert told["methods"]["majority"]["seconds"] >= 0
    ana = told["annotators"]["ana"]
    assert (ana["answers"], ana["accuracy"], ana["truth_items"]) == (3, 1.0, 3)
    assert ana["ci95"] == list(wilson(3, 3))
    assert told["annotators"]["cy"]["accuracy"] == 0.5
    assert told["agreement"]["items"] == 3
    assert told["agreement"]["alpha_interval"]["value"] is None
    assert {pair["items"] for pair in told["agreement"]["pairs"]} == {2, 3}
    assert "NaN" not in done.stdout


def test_without_truth_no_accuracy_is_stated(aggregate):
    told = json.loads(aggregate(CROWD, "--json").stdout)
    assert {one["accuracy"] for one in told["methods"].values()} == {None}
    assert {one["accuracy"] for one in told["annotators"].values()} == {None}
    assert "Accuracy is not known" in aggregate(CROWD).stdout


def test_the_table_says_what_the_document_says(aggregate):
    shown = aggregate(CROWD, truth="item,truth\na,cat\nb,dog\n").stdout
    assert "8 answers, 3 items, 3 annotators; classes: cat, dog" in shown
    assert re.search(r"dawid-skene +1\.000", shown)
    assert re.search(r"Krippendorff’s alpha +0\.\d{3}\n", shown)
    assert re.search(r"\nana +3", shown)


def test_the_consensus_is_written_with_how_sure_it_is(aggregate):
    done = aggregate(CROWD, "--methods", "majority", "--out", "consensus.csv")
    assert done.stdout.endswith("Wrote consensus.csv\n")
    with Path("consensus.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["item"] for row in rows] == ["a", "b", "c"]
    assert [row["label"] for row in rows[:2]] == ["cat", "dog"]
    assert [float(row["confidence"]) for row in rows] == pytest.approx([2 / 3, 1, 0.5])
    assert [(row["answers"], row["tied"]) for row in rows] == [("3", "0"), ("3", "0"), ("2", "1")]


def test_a_tie_falls_the_same_whatever_else_is_in_the_file(aggregate):
    tied = [f"{name},{who},{label}" for name in "pqrstuvw" for who, label in [("x", 0), ("y", 1)]]
    falls = []
    for rows in (tied, tied[::-1], tied[6:]):
        aggregate(
            "\n".join(["item,annotator,label", *rows]), "--methods", "majority", "--out", "o.csv"
        )
        falls.append(dict(line.split(",")[:2] for line in Path("o.csv").read_text().split()[1:]))
    assert falls[0] == falls[1]
    assert falls[2].items() <= falls[0].items()
    assert len(set(falls[0].values())) == 2


def test_of_two_answers_on_one_item_the_later_counts_and_it_is_said(aggregate):
    text = CROWD + "a,cy,cat\nb,cy,dog\n"
    told = json.loads(aggregate(text, "--json", truth="item,truth\na,cat\n").stdout)
    assert told["counts"]["answers"] == 8
    assert told["annotators"]["cy"]["accuracy"] == 1
    (note,) = told["notes"]
    assert note.startswith("2 rows answer an item again that their annotator had answered, 1 of")
    assert note.endswith("The later row counts.")


def test_truth_of_items_and_classes_that_nobody_named_is_said(aggregate):
    told = json.loads(
        aggregate(CROWD, "--json", truth="item,truth\na,cat\nb,cow\nz,dog\nc,\n").stdout
    )
    assert told["methods"]["majority"]["truth_items"] == 2
    assert told["methods"]["majority"]["accuracy"] == 0.5
    assert told["notes"] == [
        "1 items of the truth were answered by nobody, and are left out: z.",
        "1 classes of the truth are said by nobody, so nothing can be right there: cow.",
    ]


@pytest.mark.parametrize(
    ("text", "words", "truth", "complaint"),
    [
        ("task,worker,label\na,b,c\n", [], _, "no column 'item', 'annotator'; there are: task"),
        (
            "item,annotator,label\na,ana,\nb,,x\n",
            [],
            _,
            "row 1 (line 2): nothing in the column 'la",
        ),
        (
            "item,annotator,label\na,ana,x\nb,,x\n",
            [],
            _,
            "row 2 (line 3): nothing in the column 'an",
        ),
        ("item,annotator,label\n", [], _, "no rows"),
        (CROWD, ["--methods", "dawid-sken"], _, "did you mean 'dawid-skene'?"),
        (CROWD, [], "item,truth\nz,cat\n", "none of its items was answered: z; but: a; b; c"),
        (CROWD, [], "item,klass\na,cat\n", "no column 'truth'; there are: item, klass"),
        (CROWD, [], "item,truth\na,cat\na,dog\n", "row 2 (line 3): 'a' is 'dog' here, and 'cat'"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name_and_row(aggregate, text, words, truth, complaint):
    done = aggregate(text, *words, truth=truth)
    assert done.exit_code == 1
    assert complaint in done.output


def test_columns_may_be_called_otherwise(aggregate):
    text = CROWD.replace("item,annotator,label", "task,worker,answer")
    done = aggregate(text, "--columns", "task,worker,answer", "--json", truth="task,label\na,cat\n")
    assert json.loads(done.stdout)["methods"]["majority"]["accuracy"] == 1
    assert aggregate(text, "--columns", "task,worker").exit_code == 2


@pytest.mark.parametrize(
    "rows",
    ["a,ana,x\nb,ana,y\n", "a,ana,x\na,bo,y\n", "a,ana,x\n", "a,ana,x\nb,bo,y\n"],
    ids=["one annotator", "one item", "one answer", "no item twice"],
)
def test_the_smallest_files_are_normal(aggregate, rows):
    done = aggregate("item,annotator,label\n" + rows)
    assert done.exit_code == 0
    assert "not told: " in done.stdout
    assert "nan" not in done.stdout.lower().replace("ana", "")


def test_who_always_says_the_same_is_named(aggregate):
    rows = [f"{n},{who},{n % 2 if who == 'ana' else 1}" for n in range(10) for who in ("ana", "bo")]
    done = aggregate("\n".join(["item,annotator,label", *rows]))
    assert "Always the same class: bo (1)" in done.stdout


def test_the_commands_default_is_every_method():
    assert DEFAULT.split(",") == list(NAMED)


def test_classes_are_numbers_only_if_all_are(tmp_path):
    file = tmp_path / "labels.csv"
    for label, values in (("2", [1.0, 2.0]), ("x", None), ("inf", None)):
        file.write_text(f"item,annotator,label\na,ana,1\na,bo,{label}\n")
        assert crowd_file.read(file, crowd_file.Columns(), lambda _: None).values == values


# ---------------------------------------------------------------- what is documented


def test_the_figures_in_the_guide_are_the_measured_ones():
    results = json.loads((ROOT / "benchmarks" / "results" / "crowd.json").read_text())["figures"]
    guide = (ROOT / "docs" / "raters.md").read_text()
    for name, found in results["sets"].items():
        told = [f"{found[method]['accuracy']:.3f}" for method in NAMED]
        (row,) = [line for line in guide.splitlines() if line.startswith(f"| {name} ")]
        assert [cell.strip(" *") for cell in row.split("|")[3:-1]] == told
