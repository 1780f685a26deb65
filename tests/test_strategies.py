"""Every strategy keeps the contract; each measure says what it says it says."""

import sys
import tempfile
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from joblib import parallel_config
from modAL.uncertainty import classifier_entropy, classifier_margin, classifier_uncertainty
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

import strategies
from loop.estimators import linear_reward
from strategies import (
    BadPicks,
    BadQuery,
    BadScores,
    Memory,
    Picks,
    Query,
    Selection,
    UnknownStrategy,
    get,
    top,
)

NEEDS = {"probabilities", "labels", "multi-label", "costs", "answers", "memory", "pairs"} | {
    "systems",
    "differences",
}

# ---------------------------------------------------------------- the conformance suite


def make_query(
    strategy,
    n=40,
    seed=7,
    classes=("a", "b", "c"),
    dtype=float,
    kind=np.asarray,
    *,
    identical=False,
    n_seen=30,
):
    """What *strategy* needs, and nothing more that could hide a lack."""
    rng = np.random.default_rng(0)
    seen, pool = rng.normal(size=(30, 5))[:n_seen], rng.normal(size=(n, 5)).astype(dtype)
    labels = np.array(classes)[np.arange(n_seen) % len(classes)]
    model = LogisticRegression()
    if "multi-label" in strategy.needs:
        labels, model = np.eye(3, dtype=int)[np.arange(n_seen) % 3], OneVsRestClassifier(model)
    if "pairs" in strategy.needs:
        seen, pool = contrasts(n_seen, rng), contrasts(n, rng).astype(dtype)
        labels = np.array(["a", "b", "tie", "both-bad"])[np.arange(n_seen) % 4]
    if "differences" in strategy.needs:
        seen, pool = rng.normal(size=(n_seen, 6)), rng.normal(size=(n, 6)).astype(dtype)
        model = linear_reward()
    if identical:
        pool[:] = pool[0]
    known = {}
    if strategy.needs:
        known["model"] = model.fit(seen, labels)
    if n_seen:
        known |= {"seen": kind(seen.astype(dtype)), "labels": labels}
    if "costs" in strategy.needs:
        known["costs"] = 1 - np.eye(len(classes))
    if "answers" in strategy.needs:
        known["answers"] = rng.integers(-1, len(classes), (n, 4))
    if "memory" in strategy.needs:
        known["memory"] = Memory(np.arange(n), np.arange(n, n + n_seen))
    return Query(kind(pool), np.random.default_rng(seed), **known)


def contrasts(n, rng, systems=5):
    """Rows of *n* pairs: +1 for the system of a, -1 for that of b."""
    two = np.array([rng.permutation(systems)[:2] for _ in range(n)], int).reshape(n, 2)
    return np.eye(systems)[two[:, 0]] - np.eye(systems)[two[:, 1]]


def picks_are_distinct_rows_of_the_pool(strategy):
    picks = strategy(make_query(strategy), 12)
    assert len(set(picks.positions.tolist())) == 12
    assert set(picks.positions.tolist()) <= set(range(40))


def scores_are_finite_numbers_one_for_each_pick(strategy):
    picks = strategy(make_query(strategy), 12)
    assert picks.scores.shape == (12,)
    assert np.isfinite(picks.scores).all()


def same_seed_same_picks(strategy):
    once, again = (strategy(make_query(strategy, seed=3), 9) for _ in range(2))
    assert once.positions.tolist() == again.positions.tolist()


def more_than_there_is_gives_all_there_is(strategy):
    assert sorted(strategy(make_query(strategy, n=6), 99).positions.tolist()) == list(range(6))


def one_row_is_picked(strategy):
    assert strategy(make_query(strategy, n=1), 1).positions.tolist() == [0]


def identical_rows_are_picked_all_the_same(strategy):
    assert len(set(strategy(make_query(strategy, identical=True), 7).positions.tolist())) == 7


def float32_and_integer_classes_will_do(strategy):
    assert len(strategy(make_query(strategy, dtype=np.float32, classes=(0, 1)), 5).positions) == 5


def no_label_will_do_where_no_model_is_needed(strategy):
    if not strategy.needs:
        assert len(strategy(make_query(strategy, n_seen=0), 12).positions) == 12


def memory_mapped_rows_will_do(strategy):
    with tempfile.TemporaryDirectory() as folder:

        def mapped(rows):
            file = Path(folder) / f"{len(rows)}.npy"
            np.save(file, rows)
            return np.load(file, mmap_mode="r")

        wanted = strategy(make_query(strategy), 8).positions.tolist()
        assert strategy(make_query(strategy, kind=mapped), 8).positions.tolist() == wanted


def some_rows_of_a_matrix_will_do(strategy):
    query = make_query(strategy)
    every = np.repeat(query.pool, 2, axis=0)
    every[1::2] = np.nan
    chosen = replace(query, pool=Selection(every, np.arange(0, len(every), 2)))
    wanted = strategy(make_query(strategy), 8).positions.tolist()
    assert strategy(chosen, 8).positions.tolist() == wanted


def sparse_rows_will_do(strategy):
    dense = strategy(make_query(strategy), 8).positions.tolist()
    assert strategy(make_query(strategy, kind=sparse.csr_array), 8).positions.tolist() == dense


def zero_picks_are_refused(strategy):
    with pytest.raises(BadQuery, match="at least 1"):
        strategy(make_query(strategy), 0)


def the_pool_is_left_as_it_was(strategy):
    query = make_query(strategy)
    before = query.pool.copy()
    strategy(query, 5)
    assert (query.pool == before).all()


def it_says_what_it_is(strategy):
    assert strategy.cost.startswith("O(")
    assert strategy.needs <= NEEDS
    assert strategy.label


CHECKS = [
    picks_are_distinct_rows_of_the_pool,
    scores_are_finite_numbers_one_for_each_pick,
    same_seed_same_picks,
    more_than_there_is_gives_all_there_is,
    one_row_is_picked,
    identical_rows_are_picked_all_the_same,
    float32_and_integer_classes_will_do,
    no_label_will_do_where_no_model_is_needed,
    memory_mapped_rows_will_do,
    some_rows_of_a_matrix_will_do,
    sparse_rows_will_do,
    zero_picks_are_refused,
    the_pool_is_left_as_it_was,
    it_says_what_it_is,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", strategies.names())
def test_every_strategy_keeps_the_contract(name, check):
    check(get(name))


@pytest.mark.parametrize("name", [n for n in strategies.names() if get(n).needs])
def test_a_strategy_says_what_it_needs_and_the_query_has_not(name):
    with pytest.raises(BadQuery, match=f"'{name}' needs .*, which the query has not"):
        get(name)(Query(np.zeros((3, 2)), np.random.default_rng(0)), 1)


# ---------------------------------------------------------------- the measures


class Fixed:
    """A model whose probabilities are the rows themselves."""

    def predict_proba(self, X):
        return X


@pytest.mark.parametrize(
    ("name", "modal"),
    [
        ("least-confidence", classifier_uncertainty),
        ("margin", lambda m, X: 1 - classifier_margin(m, X)),
        ("entropy", lambda m, X: classifier_entropy(m, X) / np.log(4)),
    ],
)
def test_the_measures_equal_modals(name, modal):
    proba = np.random.default_rng(1).dirichlet(np.ones(4), size=50)
    picks = get(name)(Query(proba, np.random.default_rng(0), model=Fixed()), 50)
    wanted = modal(Fixed(), proba)
    assert picks.scores == pytest.approx(wanted[picks.positions])
    assert np.argmax(wanted) == picks.positions[0]


def test_random_asks_everything_equally_often():
    pool = np.zeros((10, 1), np.float32)
    query = [Query(pool, np.random.default_rng(seed)) for seed in range(2_000)]
    first = np.bincount([get("random")(q, 1).positions[0] for q in query], minlength=10)
    assert first.min() > 140  # 200 expected; 4.5 standard deviations


# ---------------------------------------------------------------- top

FEW_VALUES = st.sampled_from([0.0, 0.25, 0.5, 1.0])


def test_a_selection_is_looked_at_as_an_array_is():
    rows = np.arange(40.0).reshape(10, 4)
    for positions in (np.arange(2, 8), np.array([1, 4, 5, 9])):
        chosen, plain = Selection(rows, positions), rows[positions]
        for where in (
            slice(1, 3),
            slice(0, 0),
            np.array([2, 0]),
            plain[:, 0] > 9,
            (slice(None), 2),
        ):
            assert (chosen[where] == plain[where]).all()
        mine = np.array(chosen)  # a copy: whoever asked for one may write on it
        mine[:] = -1
        assert rows.min() == 0


def test_whoever_else_works_changes_no_pick():
    pool = np.random.default_rng(0).normal(size=(150_000, 4)).astype(np.float32)
    seen, labels = pool[:40], (pool[:40, 0] > 0).astype(int)
    model = LogisticRegression().fit(seen, labels)
    picks = []
    for workers in (1, 2):
        query = Query(pool, np.random.default_rng(0), model=model, seen=seen, labels=labels)
        with parallel_config(n_jobs=workers):
            picks.append(get("margin")(query, 50))
    assert picks[0].positions.tolist() == picks[1].positions.tolist()
    assert picks[0].scores.tolist() == picks[1].scores.tolist()


@given(
    arrays(float, st.integers(1, 60), elements=FEW_VALUES), st.integers(1, 80), st.integers(0, 9)
)
def test_top_gives_the_highest_best_first(scores, n, seed):
    picked = top(scores, n, np.random.default_rng(seed))
    assert len(set(picked.tolist())) == len(picked) == min(n, len(scores))
    assert scores[picked].tolist() == sorted(scores, reverse=True)[:n]


def test_ties_are_broken_by_the_seed_and_by_nothing_else():
    draws = {tuple(top(np.zeros(5), 2, np.random.default_rng(seed))) for seed in range(300)}
    assert len(draws) == 20  # every ordered pair of five
    assert len({tuple(top(np.zeros(5), 2, np.random.default_rng(1))) for _ in range(5)}) == 1


def test_scores_that_differ_by_less_than_a_millionth_are_ties():
    near = np.array([0.5, 0.5 + 1e-8])
    assert {int(top(near, 1, np.random.default_rng(seed))[0]) for seed in range(30)} == {0, 1}


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_score_that_is_no_number_is_refused_by_position(bad):
    with pytest.raises(BadScores, match="Position 2"):
        top(np.array([0.1, 0.2, bad]), 1, np.random.default_rng(0))


# ---------------------------------------------------------------- the query and the registry


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        ({"pool": np.zeros((0, 2))}, "empty"),
        ({"seen": np.zeros((2, 2))}, "go together"),
        ({"seen": np.zeros((2, 2)), "labels": np.array([1])}, "2 rows seen, but 1"),
        ({"embedding": np.zeros((2, 2))}, "2 rows embedded, 3"),
    ],
)
def test_a_query_that_does_not_fit_together_is_refused(parts, complaint):
    with pytest.raises(BadQuery, match=complaint):
        Query(**{"pool": np.zeros((3, 2)), "rng": np.random.default_rng(0)} | parts)


def test_probabilities_are_computed_once_however_often_they_are_asked():
    calls = []

    class Counting(Fixed):
        def predict_proba(self, X):
            calls.append(len(X))
            return X

    query = Query(np.full((100_000, 2), 0.5), np.random.default_rng(0), model=Counting())
    assert query.proba() is query.proba()
    assert calls == [65_536, 34_464]


@pytest.mark.parametrize(
    ("positions", "complaint"),
    [([0, 0], "twice"), ([0, 9], "outside 0–2"), ([0], "picked 1 rows, not 2")],
)
def test_a_strategy_that_breaks_the_contract_is_refused(positions, complaint):
    broken = strategies.Strategy(
        "broken", "Broken", frozenset(), "O(1)",
        lambda _query, _n: Picks(np.array(positions), np.zeros(len(positions))),
    )  # fmt: skip
    with pytest.raises(BadPicks, match=complaint):
        broken(Query(np.zeros((3, 1)), np.random.default_rng(0)), 2)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownStrategy, match="Did you mean 'margin'"):
        get("margn")


def test_which_strategies_there_are_is_told_without_scikit_learn(run):
    code = "import strategies, sys; strategies.names(); print('sklearn' in sys.modules)"
    assert run([sys.executable, "-c", code]).stdout == "False\n"


def test_a_name_cannot_be_taken_twice():
    with pytest.raises(strategies.StrategyError, match="Two query strategies are called 'margin'"):
        strategies.scored("margin", label="Another")(lambda query: np.zeros(query.n_pool))


def test_a_plug_in_is_found_by_its_entry_point_and_a_broken_one_is_named(tmp_path, run):
    (tmp_path / "wisdom.py").write_text(
        textwrap.dedent("""
        from strategies import scored

        @scored("first-rows", label="First rows first")
        def first_rows(query):
            return -1.0 * __import__("numpy").arange(query.n_pool)
        """)
    )
    info = tmp_path / "wisdom-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: wisdom\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[askwell.strategies]\nwisdom = wisdom\n")
    listing = [sys.executable, "-m", "ui.cli", "strategies"]
    assert "first-rows" in run(listing, path=tmp_path).stdout
    (tmp_path / "wisdom.py").write_text("import no_such_module_anywhere\n")
    broken = run(listing, path=tmp_path)
    assert broken.returncode == 1
    assert "Traceback" not in broken.stderr
    assert "plug-in 'wisdom'" in broken.stderr
    assert "no_such_module_anywhere" in broken.stderr
