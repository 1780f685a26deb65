"""What each strategy's score says, against a plain calculation or a case worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.special import entr
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression

from strategies import BadQuery, Memory, Query, bandit, get
from strategies.adaptive import is_covered
from strategies.calibrated import temperature
from strategies.committee import mean_divergence, opinions
from strategies.geometry import Space
from strategies.k_means import centres_of
from strategies.prob_cover import _pure_radius


class Fixed:
    """A model whose probabilities are the rows themselves."""

    def predict_proba(self, X):
        return X


def all_scores(name, proba, **known):
    """The score of every row, in the order of the rows."""
    proba = np.asarray(proba, float)
    picks = get(name)(Query(proba, np.random.default_rng(0), model=Fixed(), **known), len(proba))
    return picks.scores[np.argsort(picks.positions)].round(6).tolist()


# ---------------------------------------------------------------- multi-label, by hand

HAND = [[0.9, 0.1, 0.1], [0.9, 0.8, 0.1], [0.4, 0.3, 0.2], [0.5, 0.5, 0.5]]
INDICATORS = {"seen": np.zeros((2, 3)), "labels": np.array([[1, 1, 0], [1, 0, 0]])}


def test_max_loss_is_what_being_of_the_likeliest_class_alone_would_cost():
    # (1-.8)+(1-.8)+(1-.8); (1-.8)+(1+.6)+(1-.8); (1+.2)+(1-.4)+(1-.6); 1+1+1, each over 6
    assert all_scores("max-loss", HAND, **INDICATORS) == pytest.approx(
        [0.6 / 6, 2.0 / 6, 2.2 / 6, 3 / 6], abs=1e-6
    )


def test_mean_max_loss_takes_the_mean_over_the_classes_predicted():
    # the second has two: 2.0 for the first, (1+.8)+(1-.6)+(1-.8) = 2.4 for the second
    assert all_scores("mean-max-loss", HAND, **INDICATORS) == pytest.approx(
        [0.6 / 6, 2.2 / 6, 2.2 / 6, 3 / 6], abs=1e-6
    )


def test_label_cardinality_is_how_unusual_the_number_of_classes_is():
    # the labeled have 1.5 on average; predicted are 1, 2, 0 and 3
    assert all_scores("label-cardinality", HAND, **INDICATORS) == pytest.approx(
        [0.5 / 3, 0.5 / 3, 1.5 / 3, 1.5 / 3], abs=1e-6
    )


def test_binary_minimum_is_the_most_doubtful_class():
    found = all_scores("binary-minimum", HAND, **INDICATORS)
    assert found == pytest.approx([0.2, 0.4, 0.8, 1.0])


def test_indicators_are_no_classes_and_classes_no_indicators():
    with pytest.raises(BadQuery, match="'margin' needs probabilities"):
        all_scores("margin", HAND, **INDICATORS)
    with pytest.raises(BadQuery, match="'max-loss' needs multi-label"):
        all_scores("max-loss", HAND, seen=np.zeros((2, 3)), labels=np.array([0, 1]))


# ---------------------------------------------------------------- uncertainty


def test_cost_margin_is_the_margin_where_all_mistakes_cost_the_same():
    proba = np.random.default_rng(0).dirichlet(np.ones(4), size=30)
    alike = 1 - np.eye(4)
    assert all_scores("cost-margin", proba, costs=alike) == pytest.approx(
        all_scores("margin", proba), abs=1e-6
    )


def test_cost_margin_asks_where_two_answers_cost_the_same():
    # to say healthy (row 0) of the ill (column 1) costs nine times as much: even at 10 % ill
    costs = np.array([[0.0, 9.0], [1.0, 0.0]])
    found = all_scores("cost-margin", [[0.9, 0.1], [0.5, 0.5], [1.0, 0.0]], costs=costs)
    assert found == pytest.approx([1.0, 1 - 4 / 9, 1 - 1 / 9])


@pytest.mark.parametrize("costs", [np.eye(3), np.array([[0, np.nan], [1, 0]])])
def test_costs_that_do_not_fit_are_refused(costs):
    with pytest.raises(BadQuery, match="one finite number for each pair of the 2 classes"):
        all_scores("cost-margin", [[0.9, 0.1]], costs=costs)


def test_power_margin_draws_in_proportion_to_the_margins_score():
    proba = np.array([[0.5, 0.5], [0.75, 0.25], [0.875, 0.125], [1.0, 0.0]])  # 1, ½, ¼, 0
    first = np.zeros(4)
    for seed in range(3_000):
        query = Query(proba, np.random.default_rng(seed), model=Fixed())
        first[get("power-margin")(query, 1).positions[0]] += 1 / 3_000
    wanted = np.array([1, 0.5, 0.25, 0]) / 1.75
    assert first == pytest.approx(wanted, abs=4.5 * np.sqrt(0.25 / 3_000))


# ---------------------------------------------------------------- committees


def bagged_query(n=60):
    rng = np.random.default_rng(0)
    seen, pool = rng.normal(size=(40, 4)), rng.normal(size=(n, 4))
    labels = np.argmax(seen[:, :3] + rng.normal(size=(40, 3)), axis=1)
    members = [LogisticRegression(C=c).fit(seen[i::2], labels[i::2]) for i, c in ((0, 1), (1, 9))]
    rng = np.random.default_rng(1)
    return Query(pool, rng, model=members[0], seen=seen, labels=labels, committee=members)


def test_the_mean_divergence_is_the_mean_of_the_members_divergences():
    said = next(opinions(bagged_query()))
    mean = said.mean(axis=0)
    plain = (said * np.log(said / mean)).sum(axis=2).mean(axis=0)
    assert mean_divergence(said) * np.log(3) == pytest.approx(plain)


def test_epig_is_the_mean_information_on_the_targets_and_bald_bounds_it():
    picks = get("epig")(bagged_query(), 60)
    said = next(opinions(bagged_query()))
    plain = np.zeros(60)
    for row in range(60):  # all 60 are targets, being fewer than 100
        for target in range(60):
            joint = np.einsum("kc,kd->cd", said[:, row], said[:, target]) / 2
            apart = np.outer(said[:, row].mean(axis=0), said[:, target].mean(axis=0))
            plain[row] += (joint * np.log(joint / apart)).sum() / 60
    assert picks.scores == pytest.approx(plain[picks.positions])
    assert plain[picks.positions] == pytest.approx(sorted(plain, reverse=True))
    assert (plain <= mean_divergence(said) * np.log(3) + 1e-12).all()


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("form", [np.asarray, csr_matrix])
def test_votes_in_one_product_are_those_of_each_member(classes, form):
    rng = np.random.default_rng(classes)
    seen, pool = rng.normal(size=(60, 4)), np.vstack([rng.normal(size=(200, 4)), np.zeros((3, 4))])
    labels = np.argmax(seen[:, :classes] + rng.normal(size=(60, classes)), axis=1)
    members = [
        LogisticRegression(C=c, fit_intercept=c > 1).fit(seen[i::3], labels[i::3])
        for i, c in ((0, 0.1), (1, 1), (2, 9))  # without an intercept a row of zeros is a tie
    ]
    query = Query(form(pool), rng, model=members[0], seen=seen, labels=labels, committee=members)
    picks = get("committee")(query, len(pool))
    votes = np.array([one.predict(pool) for one in members])
    shares = np.array([(votes == c).mean(axis=0) for c in range(classes)])
    plain = entr(shares).sum(axis=0) / np.log(classes)
    assert picks.scores == pytest.approx(plain[picks.positions])
    assert len(set(plain)) > 1


def test_a_committee_of_wrapped_models_asks_the_wrappers():
    query = bagged_query()
    wrapped = CalibratedClassifierCV(LogisticRegression(), cv=2).fit(query.seen, query.labels)
    picks = get("committee")(replace(query, model=wrapped, committee=None), 5)
    assert len(picks.positions) == 5


def test_rows_that_are_no_numbers_get_no_votes():
    query = bagged_query()
    query.pool[3, 0] = np.nan
    with pytest.raises(BadQuery, match="NaN or infinity"):
        get("committee")(query, 5)


def test_a_committee_of_what_cannot_be_copied_is_refused():
    query = Query(
        np.eye(3), np.random.default_rng(0), model=Fixed(), seen=np.eye(3), labels=np.arange(3)
    )
    with pytest.raises(BadQuery, match="Fixed cannot be copied"):
        get("committee")(query, 1)


# ---------------------------------------------------------------- distances and density


def test_density_weighs_by_the_mean_cosine_to_all():
    rng = np.random.default_rng(0)
    rows = rng.dirichlet(np.ones(3), size=25)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    wanted = np.array(all_scores("margin", rows)) * (1 + (unit @ unit.T).mean(axis=1)) / 2
    assert all_scores("density", rows) == pytest.approx(wanted, abs=1e-5)


def groups(*sizes, apart=10.0):
    """Groups of rows about points that lie *apart*."""
    rng = np.random.default_rng(0)
    return np.concatenate(
        [rng.normal(size=(size, 2)) + apart * i * np.ones(2) for i, size in enumerate(sizes)]
    )


@pytest.mark.parametrize("name", ["k-means", "typiclust", "max-herding", "k-center"])
def test_the_first_picks_come_from_every_group(name):
    rows = groups(60, 40, 30, 20)
    picks = get(name)(Query(rows, np.random.default_rng(0)), 4)
    assert set(np.searchsorted([60, 100, 130], picks.positions, side="right")) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    "name", ["typiclust", "max-herding", "facility-location", "k-center", "discriminative"]
)
def test_what_is_labeled_already_is_not_asked_again(name):
    rows = groups(60, 60)
    seen = groups(20)
    known = {"seen": seen, "labels": np.zeros(20)}
    picks = get(name)(Query(rows, np.random.default_rng(0), **known), 1)
    assert picks.positions[0] >= 60


def test_the_clusters_are_the_groups():
    centres = centres_of(Space(groups(50, 50, 50)), 3, np.random.default_rng(0))
    assert centres == pytest.approx(np.array([[0, 0], [10, 10], [20, 20]]), abs=1)


def test_the_radius_of_pure_balls_ends_before_the_next_group():
    rows = groups(50, 50, apart=20.0)
    radius = np.sqrt(_pure_radius(rows, 2, np.random.default_rng(0)))
    assert 3 < radius < 20 * np.sqrt(2)


# ---------------------------------------------------------------- both


def test_a_shortlist_is_of_the_smallest_margins_and_its_picks_lie_apart():
    rng = np.random.default_rng(0)
    doubt = np.concatenate([np.full(30, 0.5), np.full(60, 0.9)])
    proba = np.column_stack([doubt, 1 - doubt])
    places = np.concatenate([groups(10, 10, 10), rng.normal(size=(60, 2))])
    for name in ("margin-k-center", "cluster-margin"):
        query = Query(proba, np.random.default_rng(0), model=Fixed(), embedding=places)
        picks = get(name)(query, 3).positions
        assert set(picks // 10) == {0, 1, 2}


def test_uherding_covers_only_what_is_uncertain():
    places = groups(50, 50)
    proba = np.repeat([[1.0, 0.0], [0.5, 0.5]], 50, axis=0)
    query = Query(proba, np.random.default_rng(0), model=Fixed(), embedding=places)
    assert get("uherding")(query, 1).positions[0] >= 50


def test_a_rare_class_is_hunted_near_its_labels_and_a_tenth_at_random():
    rows = groups(300, 10)
    seen = np.concatenate([groups(30), groups(0, 2)])
    labels = np.array(["common"] * 30 + ["rare"] * 2)
    model = LogisticRegression().fit(seen, labels)
    query = Query(rows, np.random.default_rng(0), model=model, seen=seen, labels=labels)
    picks = get("rare-class")(query, 10)
    assert set(picks.positions[:9]) <= set(range(300, 310))
    assert picks.scores[-1] == -1


def test_an_embedding_without_that_of_the_labeled_is_refused_where_it_is_needed():
    known = {"seen": np.eye(3), "labels": np.arange(3), "embedding": np.eye(3)}
    with pytest.raises(BadQuery, match="give `seen_embedding` too"):
        get("k-center")(Query(np.eye(3), np.random.default_rng(0), **known), 1)
    known["seen_embedding"] = np.zeros((3, 3))
    assert (
        len(get("k-center")(Query(np.eye(3), np.random.default_rng(0), **known), 2).positions) == 2
    )


# ---------------------------------------------------------------- calibration


def test_the_temperature_undoes_a_model_that_is_too_sure():
    rng = np.random.default_rng(0)
    seen = rng.normal(size=(300, 3))
    labels = np.array([rng.choice(3, p=np.exp(x) / np.exp(x).sum()) for x in seen])

    class TooSure(LogisticRegression):
        def predict_proba(self, X):
            sure = super().predict_proba(X) ** 5
            return sure / sure.sum(axis=1, keepdims=True)

    def t_of(model):
        return temperature(
            Query(seen, np.random.default_rng(0), model=model, seen=seen, labels=labels)
        )

    usual = t_of(LogisticRegression().fit(seen, labels))
    assert usual == pytest.approx(1, abs=0.2)
    assert t_of(TooSure().fit(seen, labels)) == pytest.approx(5 * usual, rel=0.01)


def test_with_two_classes_calibration_changes_no_order():
    rng = np.random.default_rng(0)
    seen, pool = rng.normal(size=(40, 2)), rng.normal(size=(30, 2))
    labels = seen[:, 0] + rng.normal(size=40) > 0
    model = LogisticRegression().fit(seen, labels)
    known = {"model": model, "seen": seen, "labels": labels}
    orders = [
        get(name)(Query(pool, np.random.default_rng(0), **known), 30).positions.tolist()
        for name in ("margin", "calibrated-margin")
    ]
    assert orders[0] == orders[1]


def test_where_nothing_can_be_held_out_the_temperature_is_one():
    model = LogisticRegression().fit(np.eye(2), [0, 1])
    query = Query(
        np.eye(2), np.random.default_rng(0), model=model, seen=np.eye(2), labels=np.arange(2)
    )
    assert temperature(query) == 1


# ---------------------------------------------------------------- looking ahead


def ahead():
    rng = np.random.default_rng(0)
    seen, pool = rng.normal(size=(30, 3)), rng.normal(size=(40, 3))
    labels = np.argmax(seen + rng.normal(size=(30, 3)), axis=1)
    model = LogisticRegression().fit(seen, labels)
    return Query(pool, np.random.default_rng(0), model=model, seen=seen, labels=labels)


def ridge_error(seen, targets, pool):
    weights = np.linalg.solve(seen.T @ seen + np.eye(3), seen.T @ targets)
    shares = np.clip(pool @ weights, 0, None)
    total = shares.sum(axis=1)
    highest = np.full(len(pool), 1 / 3)
    highest[total > 0] = (shares.max(axis=1) / np.maximum(total, 1e-300))[total > 0]
    return 1 - highest.mean()


def test_expected_error_is_what_fitting_anew_with_each_answer_gives():
    query = ahead()
    targets = np.eye(3)[query.labels]
    now, wanted = ridge_error(query.seen, targets, query.pool), np.zeros(40)
    for i, row in enumerate(query.pool):
        for c, p in enumerate(query.proba()[i]):
            more = np.vstack([query.seen, row]), np.vstack([targets, np.eye(3)[c]])
            wanted[i] -= p * ridge_error(*more, query.pool)
        wanted[i] += now
    picks = get("expected-error")(ahead(), 40)
    assert picks.scores == pytest.approx(wanted[picks.positions], abs=1e-9)


def test_variance_reduction_is_the_fall_of_the_mean_variance_on_the_pool():
    query = ahead()
    proba, known = query.proba(), query.model.predict_proba(query.seen)
    wanted = np.zeros(40)
    for c in range(3):
        doubt, doubt_seen = proba[:, c] * (1 - proba[:, c]), known[:, c] * (1 - known[:, c])
        information = (query.seen.T * doubt_seen) @ query.seen + np.eye(3)

        def variance(matrix, doubt=doubt):
            inside = np.einsum("ij,jk,ik->i", query.pool, np.linalg.inv(matrix), query.pool)
            return (doubt * inside).mean()

        for i, row in enumerate(query.pool):
            wanted[i] += variance(information) - variance(
                information + doubt[i] * np.outer(row, row)
            )
    picks = get("variance-reduction")(ahead(), 40)
    assert picks.scores == pytest.approx(wanted[picks.positions], abs=1e-9)


def test_rows_too_wide_to_look_ahead_are_refused():
    wide = np.zeros((2, 5_000))
    model = LogisticRegression().fit(wide, [0, 1])
    query = Query(wide, np.random.default_rng(0), model=model, seen=wide, labels=np.arange(2))
    with pytest.raises(BadQuery, match="have 5,000 columns, more than 4,000"):
        get("variance-reduction")(query, 1)


# ---------------------------------------------------------------- phases


def test_the_pool_is_covered_first_and_then_asked_by_margin():
    places = groups(*[30] * 20, apart=50.0)
    labels = np.arange(len(places)) // 30 % 2
    for share, name in ((range(0, 300, 30), "typiclust"), (range(0, 600, 5), "margin")):
        seen, known = places[list(share)], labels[list(share)]
        model = LogisticRegression().fit(seen, known)
        parts = {"model": model, "seen": seen, "labels": known}
        query = Query(places, np.random.default_rng(0), **parts)
        assert is_covered(query) is (name == "margin")
        found = get("cover-then-margin")(Query(places, np.random.default_rng(0), **parts), 5)
        if name == "margin":
            plain = get("margin")(Query(places, np.random.default_rng(0), **parts), 5)
            assert found.scores == pytest.approx(plain.scores)
        else:  # of the ten groups in which nothing is labeled
            assert (found.positions >= 300).all()


# ---------------------------------------------------------------- several people, by hand


def test_activelab_weighs_the_model_and_everybody_by_how_often_they_agree():
    # Said by most: 0, 0, 1 (a tie, which the model decides), nobody, 0 (by one alone).
    proba = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3], [0.3, 0.7]])
    answers = np.array([[0, 0, -1], [0, 0, 1], [0, 1, -1], [-1, -1, -1], [-1, -1, 0]])
    found = all_scores("activelab", proba, answers=answers)
    agreement = (1 + 2 / 3 + 1 / 2) / 3  # of the three rows with two answers or more
    chance = 1 - 2 / 3  # that the commonest class is wrong about these
    people = np.maximum(1e-6, 1 - (1 - np.array([2 / 3, 1, 0])) / chance)
    model = (1 - 0 / chance) * np.sqrt((2 + 3 + 2 + 1) / 4)  # right about all three
    mean = people.mean()

    def believed(p, *given):  # (weight, whether it is for the class) of each answer
        weight = model + sum(w for w, _ in given) + mean
        theirs = sum(w * (agreement if is_for else 1 - agreement) for w, is_for in given)
        return (model * p + theirs + mean / 2) / weight

    ana, bo, cy = people
    assert found == pytest.approx(
        [
            1 - believed(0.9, (ana, True), (bo, True)),
            1 - believed(0.6, (ana, True), (bo, True), (cy, False)),
            1 - believed(0.8, (ana, False), (bo, True)),
            1 - believed(0.7),
            1 - believed(0.3, (cy, True)),
        ],
        abs=1e-5,
    )
    assert np.argmax(found) == 4  # one answer, by who is wrong every time, against the model


def test_while_no_row_has_two_answers_activelab_believes_the_model():
    proba = [[0.9, 0.1], [0.6, 0.4]]
    found = all_scores("activelab", proba, answers=np.array([[1, -1], [-1, -1]]))
    assert found == pytest.approx([1 - (2 * 0.1 + 0.5) / 3, 1 - (0.6 + 0.5) / 2])


def test_an_answer_that_is_no_class_is_named_by_row_and_person():
    with pytest.raises(BadQuery, match="Person 1 answered row 0 with 2, and there are 2 classes"):
        all_scores("activelab", [[0.9, 0.1]], answers=np.array([[0, 2]]))


# ---------------------------------------------------------------- a balanced start


def test_a_balanced_start_asks_for_what_is_rare():
    rng = np.random.default_rng(0)
    rare = rng.random(2_000) < 0.02
    model = Fixed()
    model.classes_ = np.array(["common", "rare"])
    query = Query(
        np.where(rare[:, None], [0.2, 0.8], [0.98, 0.02]),
        rng,
        model=model,
        seen=np.zeros((10, 2)),
        labels=np.array(["common"] * 9 + ["rare"]),
    )
    found = [rare[get("balanced")(query, 20).positions].sum() for _ in range(50)]
    # Drawn as from the class itself: 0.8 · 40 of 0.8 · 40 + 0.02 · 1,960 are rare, 9 of 20.
    assert 7 < np.mean(found) < 11  # 0.4 at random


def test_what_a_pick_is_expected_to_be_counts_for_the_next():
    model = Fixed()
    model.classes_ = np.array(["a", "b"])
    query = Query(
        np.array([[1.0, 0.0]] * 6 + [[0.0, 1.0]] * 6),
        np.random.default_rng(0),
        model=model,
        seen=np.zeros((4, 2)),
        labels=np.array(["a", "a", "a", "b"]),
    )
    picks = get("balanced")(query, 6)
    assert (picks.positions >= 6).tolist()[:2] == [True, True]
    assert (picks.positions >= 6).sum() == 4  # three to one becomes five to five


# ---------------------------------------------------------------- the bandit


def test_the_bandit_pays_a_batch_by_how_right_the_model_was_about_the_next():
    last = {"arm": 1, "chance": 0.4, "rows": [3, 5, 8], "row_chances": [0.5, 0.25, 0.1]}
    book = {
        "log_weights": [0.0, 0.0, 0.0, 0.0],
        "last": last | {"guesses": ["a", "b", "a"]},
        "before": {"arm": 2, "chance": 0.2},
    }
    memory = Memory(np.array([8]), np.array([5, 3, 1]), diary={"bandit": book})
    labels = np.array(["a", "a", "b"])  # of rows 5, 3, 1: wrong, right, not of the batch; 8 is open
    query = Query(np.zeros((1, 1)), None, seen=np.zeros((3, 1)), labels=labels, memory=memory)
    bandit.settle(book, query)
    assert book["log_weights"] == pytest.approx([0, 0, 0.05 * (2 / (2 + 4)) / 0.2, 0])
    assert book["before"] == {"arm": 1, "chance": 0.4}


def test_what_pays_is_drawn_more_often_and_nothing_less_than_one_time_in_ten():
    assert bandit.chances_of([0.0] * 4) == pytest.approx([0.25] * 4)
    assert bandit.chances_of([900.0, 0.0, 0.0, 0.0]) == pytest.approx([0.7, 0.1, 0.1, 0.1])
