"""modAL's and scikit-activeml's strategies here, and ours in modAL: the real libraries."""

import numpy as np
import pytest
from modAL.batch import uncertainty_batch_sampling
from modAL.disagreement import KL_max_disagreement, vote_entropy
from modAL.models import ActiveLearner, Committee
from modAL.uncertainty import entropy_sampling, margin_sampling, uncertainty_sampling
from scipy import sparse
from skactiveml.pool import CoreSet, RandomSampling, UncertaintySampling
from skactiveml.pool._query_by_committee import average_kl_divergence
from sklearn.linear_model import LogisticRegression

from strategies import BadPicks, BadQuery, Query, as_modal, from_modal, from_skactiveml, get
from strategies.committee import largest_divergence, mean_divergence, opinions
from strategies.committee import vote_entropy as our_vote_entropy


def query(*, names=("a", "b", "c"), seed=0, n_seen=30):
    rng = np.random.default_rng(0)
    seen, pool = rng.normal(size=(n_seen, 4)), rng.normal(size=(120, 4))
    labels = np.array(names)[np.argmax(seen[:, :3] + rng.normal(size=(n_seen, 3)), axis=1)]
    model = LogisticRegression().fit(seen, labels)
    return Query(pool, np.random.default_rng(seed), model=model, seen=seen, labels=labels)


# ---------------------------------------------------------------- modAL

SAME = [
    (uncertainty_sampling, "least-confidence"),
    (margin_sampling, "margin"),
    (entropy_sampling, "entropy"),
    (uncertainty_batch_sampling, "ranked-batch"),
]


@pytest.mark.parametrize(("theirs", "ours"), SAME, ids=[name for _, name in SAME])
def test_modals_strategies_work_here_and_pick_what_ours_pick(theirs, ours):
    picks = from_modal(theirs)(query(), 12)
    assert set(picks.positions) == set(get(ours)(query(), 12).positions)
    assert picks.scores.tolist() == list(range(12, 0, -1))


@pytest.mark.parametrize("name", ["margin", "k-center", "badge", "ranked-batch"])
def test_our_strategies_choose_for_a_modal_learner(name):
    q = query(names=(0, 1, 2))
    learner = ActiveLearner(
        LogisticRegression(), query_strategy=as_modal(name), X_training=q.seen, y_training=q.labels
    )
    positions, _ = learner.query(q.pool, n_instances=8)
    assert positions.tolist() == get(name)(query(names=(0, 1, 2)), 8).positions.tolist()


def two_positions(learner, pool, n_instances):
    return [3, 7]


def one_measure_for_two(learner, pool, n_instances):
    return [3, 7], [0.5]


def test_what_modal_would_take_for_a_measure_is_refused():
    with pytest.raises(BadPicks, match="'two_positions' returned list, where modAL wants a pair"):
        from_modal(two_positions)(query(), 2)
    with pytest.raises(BadPicks, match="returned 2 positions and 1 measures"):
        from_modal(one_measure_for_two)(query(), 2)


def test_committees_measure_disagreement_as_modal_does():
    q = query(names=(0, 1, 2))
    members = [LogisticRegression(C=c).fit(q.seen, q.labels) for c in (0.01, 1, 100)]
    q = Query(q.pool, q.rng, model=q.model, seen=q.seen, labels=q.labels, committee=members)
    learners = [ActiveLearner(m, X_training=q.seen, y_training=q.labels) for m in members]
    modals = Committee(learners)
    said = np.concatenate(list(opinions(q)), axis=1)
    assert our_vote_entropy(said) * np.log(3) == pytest.approx(vote_entropy(modals, q.pool))
    assert largest_divergence(said) == pytest.approx(KL_max_disagreement(modals, q.pool))


def test_a_member_that_misses_a_class_gives_it_nothing():
    q = query()
    few = q.labels != "b"
    members = [q.model, LogisticRegression().fit(q.seen[few], q.labels[few])]
    q = Query(q.pool, q.rng, model=q.model, seen=q.seen, labels=q.labels, committee=members)
    said = next(opinions(q))
    assert said.shape == (2, 120, 3)
    assert (said[1, :, 1] == 0).all()
    assert said.sum(axis=2) == pytest.approx(1)


# ---------------------------------------------------------------- scikit-activeml


@pytest.mark.parametrize(
    ("method", "ours"),
    [
        ("least_confident", "least-confidence"),
        ("margin_sampling", "margin"),
        ("entropy", "entropy"),
    ],
)
def test_its_uncertainty_sampling_picks_what_ours_picks(method, ours):
    theirs = from_skactiveml(UncertaintySampling(method=method, random_state=0))
    assert theirs.needs == {"labels", "probabilities"}
    picks = theirs(query(), 12).positions
    assert set(picks) == set(get(ours)(query(), 12).positions)


def test_its_core_set_picks_what_k_center_picks_in_the_same_order():
    theirs = from_skactiveml(CoreSet(random_state=0))
    assert theirs(query(), 20).positions.tolist() == get("k-center")(query(), 20).positions.tolist()


def test_its_random_sampling_works_before_the_first_label():
    picks = from_skactiveml(RandomSampling(random_state=0))
    assert len(picks(Query(np.eye(9), np.random.default_rng(0)), 4).positions) == 4


def test_sparse_rows_are_refused_in_words():
    q = Query(sparse.csr_array(np.eye(9)), np.random.default_rng(0))
    with pytest.raises(BadQuery, match="'CoreSet' is scikit-activeml's, which takes no sparse"):
        from_skactiveml(CoreSet())(q, 2)


def test_bald_is_what_it_calls_the_mean_divergence_of_a_committee():
    q = query()
    members = [LogisticRegression(C=c).fit(q.seen, q.labels) for c in (0.01, 1, 100)]
    q = Query(q.pool, q.rng, model=q.model, seen=q.seen, labels=q.labels, committee=members)
    said = next(opinions(q))
    assert mean_divergence(said) * np.log(3) == pytest.approx(average_kl_divergence(said))
