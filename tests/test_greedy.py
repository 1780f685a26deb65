"""Every greedy strategy picks what a look at all rows before each pick gives, ties included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from modAL.batch import ranked_batch as modals_ranked_batch
from modAL.models import ActiveLearner
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from strategies import Memory, Query, get, prob_cover
from strategies.badge import Gradients
from strategies.contract import steps_of
from strategies.coverage import Coverage, gaussian, nearness
from strategies.geometry import Space, squared_distances
from strategies.greedy import greedy
from strategies.k_center import Farness
from strategies.prob_cover import Balls, _most_each_time
from strategies.ranked_batch import Balance
from strategies.sampling import k_means_plus_plus
from strategies.typiclust import _by_turns, typicality

COORDINATE = st.sampled_from([0.0, 1.0, 2.0, 5.0])  # few, so that many distances are the same
SEEDS = st.integers(0, 99)
BLOCKS = st.integers(1, 7)


@st.composite
def pools(draw, least_seen=1):
    """Rows, labeled rows, how many to pick: on a small grid, where most things are tied."""
    width = draw(st.integers(1, 3))
    rows = draw(arrays(float, st.tuples(st.integers(1, 24), st.just(width)), elements=COORDINATE))
    seen = draw(
        arrays(float, st.tuples(st.integers(least_seen, 4), st.just(width)), elements=COORDINATE)
    )
    return rows, seen, draw(st.integers(1, len(rows)))


def plainly(worth_after, n_rows, n, seed):
    """The greedy picks by the definition: `worth_after(picks)` gives every row's worth."""
    lot = np.random.default_rng(seed).permutation(n_rows)
    picks = []
    for _ in range(n):
        steps = steps_of(worth_after(picks))
        steps[picks] = -np.inf
        picks.append(max(range(n_rows), key=lambda row: (steps[row], lot[row])))
    return picks


def apart(rows, others):
    return np.linalg.norm(rows[:, None] - others[None], axis=2)


def squares(rows, others):
    """Squared distances, exact on the grid."""
    return ((rows[:, None] - others[None]) ** 2).sum(axis=2)


@given(pools(), SEEDS, BLOCKS, st.booleans())
@settings(max_examples=300, deadline=None)
def test_k_center_takes_the_farthest_each_time(pool, seed, block, is_sparse):
    rows, seen, n = pool
    kind = sparse.csr_array if is_sparse else np.asarray
    space, points = Space(kind(rows)), kind(seen)
    worth = Farness(space, points, space.nearest(points))
    found = greedy(worth, n, np.random.default_rng(seed), block=block)

    def distance(picks):
        return apart(rows, np.concatenate([seen, rows[picks]])).min(axis=1)

    assert found.positions.tolist() == plainly(distance, len(rows), n, seed)
    scores = [distance(found.positions[:i].tolist())[p] for i, p in enumerate(found.positions)]
    assert found.scores == pytest.approx(scores, abs=1e-6)


@given(pools(least_seen=0), SEEDS, BLOCKS, st.sampled_from([gaussian, nearness]), st.booleans())
@settings(max_examples=300, deadline=None)
def test_coverage_takes_what_covers_most_each_time(pool, seed, block, kind, is_weighted):
    rows, seen, n = pool
    alike = kind(rows)
    weights = np.arange(1, len(rows) + 1) if is_weighted else np.ones(len(rows))
    everyone = np.arange(len(rows))
    worth = Coverage(Space(rows), rows, weights, alike, seen)
    found = greedy(worth, n, np.random.default_rng(seed), block=block)

    def gain(picks):
        def covered(*more):
            there = np.concatenate([seen, rows[[*picks, *more]]])
            if not len(there):
                return 0.0
            return weights @ alike(squared_distances(rows, there)).max(axis=1) / weights.sum()

        already = covered()
        return np.array([covered(row) - already for row in everyone])

    assert found.positions.tolist() == plainly(gain, len(rows), n, seed)


@given(pools(least_seen=0), SEEDS, st.sampled_from([0.0, 1.0, 4.0, 8.0]), st.booleans())
@settings(max_examples=300, deadline=None)
def test_prob_cover_takes_the_ball_that_holds_most_each_time(pool, seed, radius, is_sparse):
    rows, seen, n = pool
    kind = sparse.csr_array if is_sparse else np.asarray
    sample = rows[:: 1 + seed % 3]
    balls = Balls(kind(sample), radius, Space(kind(rows)).within(kind(sample), radius), len(rows))
    covered = balls.held_by(kind(seen))
    worth = np.zeros(len(rows), np.int16)
    for which in np.flatnonzero(~covered):
        worth += balls.about(which)
    is_open, rng = np.ones(len(rows), bool), np.random.default_rng(seed)
    picked, counts = _most_each_time(balls, worth, covered, is_open, n, rng)

    def held(picks):
        there = np.concatenate([seen, rows[picks]])
        alone = ~(squares(sample, there) <= radius).any(axis=1)
        return (squares(rows, sample[alone]) <= radius).sum(axis=1)

    assert picked.tolist() == plainly(held, len(rows), n, seed)
    assert counts.tolist() == [held(picked[:i].tolist())[p] for i, p in enumerate(picked)]


@given(pools(), SEEDS, BLOCKS, st.data())
@settings(max_examples=300, deadline=None)
def test_ranked_batch_balances_anew_at_each_pick(pool, seed, block, data):
    rows, seen, n = pool
    doubt = data.draw(arrays(float, len(rows), elements=st.sampled_from([0.0, 0.3, 0.31, 1.0])))
    space = Space(rows)
    worth = Balance(space, seen, space.nearest(seen), doubt, len(seen))
    found = greedy(worth, n, np.random.default_rng(seed), block=block, at_once=1)

    def balance(picks):
        share = (len(rows) - len(picks)) / (len(rows) + len(seen))
        nearest = apart(rows, np.concatenate([seen, rows[picks]])).min(axis=1)
        return share * (1 - 1 / (1 + nearest)) + (1 - share) * doubt

    assert found.positions.tolist() == plainly(balance, len(rows), n, seed)


def test_ranked_batch_picks_what_modal_picks():
    rng = np.random.default_rng(0)
    pool, seen = rng.normal(size=(200, 4)), rng.normal(size=(20, 4))
    labels = np.arange(20) % 3
    learner = ActiveLearner(LogisticRegression(), X_training=seen, y_training=labels)
    doubt = 1 - learner.predict_proba(pool).max(axis=1)
    wanted, _ = modals_ranked_batch(learner, pool, doubt, 15, "euclidean", n_jobs=1)
    query = Query(pool, rng, model=learner, seen=seen, labels=labels)
    assert get("ranked-batch")(query, 15).positions.tolist() == list(wanted)


@given(pools(least_seen=0), SEEDS)
@settings(max_examples=200, deadline=None)
def test_typiclust_takes_the_most_typical_of_the_cluster_least_labeled(pool, seed):
    rows, _, n = pool
    rng = np.random.default_rng(seed)
    k = int(rng.integers(1, 6))
    cluster, labeled = rng.integers(k, size=len(rows)), rng.integers(3, size=k)
    found = _by_turns(Space(rows), cluster, labeled, n, np.random.default_rng(seed))
    given_, left = labeled.copy(), set(range(len(rows)))
    for row, score in zip(found.positions.tolist(), found.scores, strict=True):
        sizes = np.bincount(cluster, minlength=k)
        open_ = [one for one in range(k) if any(cluster[r] == one for r in left)]
        best = min((given_[one], sizes[one] < 5, -sizes[one]) for one in open_)
        mine = cluster[row]
        assert (given_[mine], sizes[mine] < 5, -sizes[mine]) == best
        others = np.flatnonzero(cluster == mine)
        typical = dict(zip(others.tolist(), typicality(rows[others]), strict=True))
        assert score == pytest.approx(max(typical[r] for r in left if cluster[r] == mine))
        given_[mine] += 1
        left.remove(row)


def test_typical_is_near_to_its_twenty_nearest():
    rows = np.random.default_rng(0).normal(size=(60, 3))
    distances = np.sort(apart(rows, rows), axis=1)[:, 1:21]
    wanted = 1 / (1 + distances.mean(axis=1))
    assert typicality(rows) == pytest.approx(wanted)


def test_badge_draws_by_squared_distance_however_few_its_looks():
    rng = np.random.default_rng(0)
    rows, proba = rng.normal(size=(5, 2)), rng.dirichlet(np.ones(3), size=5)
    errors = proba - np.eye(3)[proba.argmax(axis=1)]
    written = np.einsum("ij,ik->ijk", errors, rows).reshape(5, -1)
    gradients = Gradients(Space(rows), proba)
    assert gradients.lengths == pytest.approx((written**2).sum(axis=1))
    first = int(gradients.lengths.argmax())
    found = np.zeros((5, 5, 5))
    for seed in range(2_000):
        picks = k_means_plus_plus(gradients, first, 4, np.random.default_rng(seed)).positions
        found[tuple(picks[1:])] += 1 / 2_000
    wanted = np.zeros((5, 5, 5))
    for a in range(5):
        for b in range(5):
            for c in range(5):
                chance, there = 1.0, [first]
                for row in (a, b, c):
                    mass = (apart(written, written[there]) ** 2).min(axis=1)
                    chance *= mass[row] / mass.sum()
                    there.append(row)
                wanted[a, b, c] = chance
    spread = np.sqrt(wanted * (1 - wanted) / 2_000)
    assert (np.abs(found - wanted) <= 4.5 * spread + 1e-12).all()


# ---------------------------------------------------------------- from query to query


def is_farthest_each_time(rows, seen, picks):
    for i, pick in enumerate(picks.tolist()):
        there = np.concatenate([seen, rows[picks[:i]]])
        distance = apart(rows, there).min(axis=1)
        distance[picks[:i]] = -1
        assert distance[pick] == pytest.approx(distance.max(), abs=1e-6)


@given(pools(), SEEDS, st.data())
@settings(max_examples=200, deadline=None)
def test_with_a_memory_k_center_still_takes_the_farthest_each_time(pool, seed, data):
    rows, seen, _ = pool
    whole = np.concatenate([rows, seen])
    labeled = np.arange(len(rows), len(whole))
    gone, kept = np.empty(0, int), {}
    for _ in range(3):
        open_ = np.setdiff1d(np.arange(len(whole)), np.append(labeled, gone))
        if not len(open_):
            break
        n = data.draw(st.integers(1, len(open_)))
        query = Query(
            whole[open_],
            np.random.default_rng(seed),
            seen=whole[labeled],
            labels=np.zeros(len(labeled)),
            memory=Memory(open_, labeled, kept),
        )
        picks = get("k-center")(query, n).positions
        is_farthest_each_time(whole[open_], whole[labeled], picks)
        firsts = open_[picks[: data.draw(st.integers(0, n))]]
        others = data.draw(st.lists(st.sampled_from(open_.tolist()), max_size=2))
        away = data.draw(st.lists(st.sampled_from(open_.tolist()), max_size=1))  # flagged, say
        undone = data.draw(st.booleans()) and len(labeled) > 1
        labeled = np.union1d(labeled[int(undone) :], np.append(firsts, others).astype(int))
        gone = np.setdiff1d(np.append(gone, away), labeled).astype(int)


def asked(whole, labeled, kept):
    """The rows that are open, and a query about them with the memory of those before."""
    open_ = np.setdiff1d(np.arange(len(whole)), labeled)
    rng, memory = np.random.default_rng(0), Memory(open_, labeled, kept)
    return open_, Query(whole[open_], rng, seen=whole[labeled], labels=labeled, memory=memory)


SINCE = pytest.mark.parametrize("labeled_since", [slice(None, None, 3), slice(7), slice(0)])


@SINCE
@pytest.mark.parametrize("name", ["max-herding", "facility-location"])
def test_with_a_memory_coverage_picks_the_same_without_a_look_at_all_rows(
    name, labeled_since, monkeypatch
):
    whole = np.random.default_rng(0).normal(size=(300, 4))
    kept, labeled, looks = {}, np.arange(5), []
    look = Coverage._gains
    monkeypatch.setattr(Coverage, "_gains", lambda self: looks.append(1) or look(self))
    for _ in range(3):
        open_, query = asked(whole, labeled, kept)
        picks = get(name)(query, 20)
        looked = kept[name]
        anew = Coverage(
            Space(whole[open_]), looked.sample, np.ones(len(looked.sample)),
            looked.likeness, whole[labeled], look_anew(looked, whole[open_], whole[labeled]),
        )  # fmt: skip
        again = greedy(anew, 20, np.random.default_rng(1))
        assert picks.scores == pytest.approx(again.scores)
        labeled = np.append(labeled, open_[picks.positions[labeled_since]])
    assert len(looks) == 1


def look_anew(looked, rows, seen):
    alike = looked.likeness(squared_distances(rows, looked.sample))
    covered = looked.likeness(squared_distances(looked.sample, seen)).max(axis=1)
    return np.maximum(alike - covered, 0).mean(axis=1)


@SINCE
def test_with_a_memory_prob_cover_picks_the_same_without_a_look_at_all_rows(
    labeled_since, monkeypatch
):
    whole = np.random.default_rng(0).normal(size=(300, 2))
    kept, labeled, looks = {}, np.arange(5), []
    look = prob_cover._looked
    monkeypatch.setattr(prob_cover, "_looked", lambda query: looks.append(1) or look(query))
    for _ in range(3):
        open_, query = asked(whole, labeled, kept)
        picks = get("prob-cover")(query, 20)
        balls, _ = kept["prob-cover"]
        there = whole[labeled]
        for position, score in zip(picks.positions, picks.scores, strict=True):
            alone = ~(squares(balls.sample, there) <= balls.radius).any(axis=1)
            held = (squares(whole[open_], balls.sample[alone]) <= balls.radius).sum(axis=1)
            assert score == held[position] / len(alone) == held.max() / len(alone)
            there = np.concatenate([there, whole[open_[[position]]]])
        labeled = np.append(labeled, open_[picks.positions[labeled_since]])
    assert len(looks) == 1
