"""A reward learned from pairs: the beliefs, the files, the command, the page's figures."""

import csv
import json
import uuid

import numpy as np
import pytest
from conftest import write_csv
from scipy.integrate import dblquad
from scipy.optimize import check_grad
from scipy.special import expit
from scipy.stats import multivariate_normal
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

from loop import model_export, model_file, recipes, rewarding, status
from loop.answers import Answer
from loop.creation import Source, create
from loop.dataset import Columns
from loop.errors import DataError, LoopError, SettingsError
from loop.estimators import BradleyTerry, gaussian_reward, linear_reward
from loop.features import Outputs
from loop.features.outputs import Clips, Length, Numbers
from loop.gaussian.preferential import Answers, evidence_slopes, learn, likeliest
from loop.model_file import Model, ModelFileError
from loop.play.clips import Clip, cut, played
from loop.play.clips import pairs as paired
from loop.play.planning import cross_entropy
from loop.quality import pairwise
from loop.trainer import one_round
from strategies import Query, get
from strategies.informative import greedily

BOTH = [linear_reward, gaussian_reward]
PAIR = {"a": "pair", "b": "pair"}
SAID = np.array(["a", "b", "tie", "both-bad"])


def answered(n=60, d=3, seed=0, ties=5):
    """Rows of pairs, what is said of them by a linear reward, and how much better a is."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2 * d))
    better = (X[:, :d] - X[:, d:]) @ np.linspace(2, -1, d)
    y = np.where(rng.random(n) < expit(better), "a", "b").astype("U8")
    y[:ties], y[ties : 2 * ties] = "tie", "both-bad"
    return X, y, better


def swapped(X):
    return np.hstack(np.split(X, 2, axis=1)[::-1])


def process(n=12, d=2, seed=1):
    rng = np.random.default_rng(seed)
    one, other = np.array([rng.permutation(8)[:2] for _ in range(n)]).T
    won = rng.choice([0, 0.5, 1], n)
    return rng.normal(size=(8, d)), Answers(one, other, won, rng.uniform(0.5, 2, n))


# ---------------------------------------------------------------- the Gaussian process


def test_the_evidence_rises_as_its_slopes_say():
    things, answers = process()
    kernel = ConstantKernel(2.0) * RBF(0.7)

    def evidence(theta):
        return likeliest(answers.of_pairs(kernel.clone_with_theta(theta)(things)), answers).evidence

    def slopes(theta):
        square, rises = kernel.clone_with_theta(theta)(things, eval_gradient=True)
        pairs = answers.of_pairs(square)
        return evidence_slopes(pairs, answers.of_pairs(rises), answers, likeliest(pairs, answers))

    assert check_grad(evidence, slopes, kernel.theta, epsilon=1e-4) < 1e-3


def test_about_one_thing_that_is_known_it_is_scikit_learns_classifier():
    """Compared with a thing worth nothing, a preference is a class."""
    rng = np.random.default_rng(0)
    things = np.vstack([rng.normal(size=(30, 2)), np.full((1, 2), 1e6)])
    y = rng.random(30) < expit(2 * things[:30, 0])
    answers = Answers(np.arange(30), np.full(30, 30), y.astype(float), np.ones(30))
    # So far away, the last thing shares nothing with the others: it adds its own variance.
    kernel = ConstantKernel(1.5, "fixed") * RBF(1.0, "fixed")
    theirs = GaussianProcessClassifier(kernel + ConstantKernel(1.5, "fixed"), optimizer=None)
    theirs.fit(things[:30], y)
    ours = learn(kernel, things, answers)
    assert ours.mode.evidence == pytest.approx(theirs.log_marginal_likelihood_value_, abs=1e-4)
    new = rng.normal(size=(7, 2))
    mean, _ = ours.believed(np.vstack([new, things[-1:]]))
    assert ((mean[:7] - mean[7]) > 0).tolist() == theirs.predict(new).tolist()


def test_what_is_believed_of_two_things_is_near_the_integral():
    """Laplace's mode lies beside the mean: by a tenth of a standard deviation at most."""
    things = np.array([[0.0], [0.6]])
    kernel, one = ConstantKernel(1.0) * RBF(1.0), np.array([0, 0, 0])
    answers = Answers(one, one + 1, np.array([1.0, 1.0, 0.5]), np.ones(3))
    prior = multivariate_normal(cov=kernel(things))

    def at(y, x):
        d = x - y
        return prior.pdf([x, y]) * expit(d) ** 2.5 * expit(-d) ** 0.5

    whole = dblquad(at, -6, 6, -6, 6, epsabs=1e-6)[0]
    first = dblquad(lambda y, x: (x - y) * at(y, x), -6, 6, -6, 6, epsabs=1e-6)[0] / whole
    found = learn(kernel, things, answers)
    mean, covariance = found.believed(things)
    spread = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    assert mean[0] - mean[1] == pytest.approx(first, abs=0.1 * spread)
    assert found.mode.evidence == pytest.approx(np.log(whole), abs=0.02)


def test_it_is_the_same_whichever_side_things_stood_on():
    things, answers = process()
    turned = Answers(answers.second, answers.first, 1 - answers.won, answers.weights)
    kernel = ConstantKernel(1.0) * RBF(1.0)
    for one, other in zip(
        learn(kernel, things, answers).believed(things),
        learn(kernel, things, turned).believed(things),
        strict=True,
    ):
        assert one == pytest.approx(other, abs=1e-6)


# ---------------------------------------------------------------- the classifier


@pytest.mark.parametrize("kind", BOTH)
def test_a_reward_says_which_is_better_and_the_same_from_the_other_side(kind):
    X, y, better = answered(120)
    made = kind().fit(X[:80], y[:80])
    mean, variance = made.differences(X[80:])
    assert ((mean > 0) == (better[80:] > 0)).mean() > 0.8
    other, same = made.differences(swapped(X[80:]))
    assert (other, same) == (pytest.approx(-mean), pytest.approx(variance))
    proba, turned = made.predict_proba(X[80:]), made.predict_proba(swapped(X[80:]))
    assert turned == pytest.approx(proba[:, [1, 0, 2, 3]])
    assert proba.sum(axis=1) == pytest.approx(np.ones(40))


@pytest.mark.parametrize("kind", BOTH)
def test_differences_covariances_and_single_rewards_tell_the_same(kind):
    X, y, _ = answered()
    made = kind().fit(X, y)
    mean, variance = made.differences(X[:9])
    assert np.diag(made.covariance(X[:9], X[:9])) == pytest.approx(variance)
    values, covariance = made.rewards(np.vstack(np.split(X[:9], 2, axis=1)))
    contrast = np.hstack([np.eye(9), -np.eye(9)])
    assert contrast @ values == pytest.approx(mean)
    assert contrast @ covariance @ contrast.T == pytest.approx(made.covariance(X[:9], X[:9]))
    taught = np.vstack(np.split(X[y != "both-bad"], 2, axis=1))
    assert made.rewards(taught)[0].mean() == pytest.approx(0, abs=1e-9)


def test_the_linear_reward_is_bradley_and_terrys_model_of_differences():
    X, y, _ = answered()
    mean, _ = linear_reward(variance=0.7).fit(X, y).differences(X)
    rows = X[:, :3] - X[:, 3:]
    assert mean == pytest.approx(rows @ BradleyTerry(variance=0.7).fit(rows, y).strengths_)


def test_features_that_tell_nothing_are_given_little_weight():
    X, y, _ = answered(200)
    noise = np.random.default_rng(1).permutation(y)
    found, by_chance = (linear_reward().fit(X, said).belief_.variance_ for said in (y, noise))
    assert by_chance < 0.1 < found


def test_less_is_said_of_what_is_not_known():
    X, y, _ = answered()
    made = linear_reward().fit(X, y)
    (sure,), (certain,) = made.differences(X[:1])
    plain = expit(sure)
    a, b, *_ = made.predict_proba(X[:1])[0]
    assert certain > 0
    assert abs(a / (a + b) - 0.5) < abs(plain - 0.5)


@pytest.mark.parametrize("kind", BOTH)
def test_outputs_that_are_all_the_same_are_worth_the_same(kind):
    made = kind().fit(np.ones((6, 4)), np.array(["a", "b"] * 3))
    assert made.predict_proba(np.ones((1, 4)))[0] == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("kind", BOTH)
def test_answers_that_contradict_each_other_teach_nothing(kind):
    X, _, _ = answered(20)
    made = kind().fit(np.vstack([X, X]), np.repeat(["a", "b"], 20))
    assert made.differences(X)[0] == pytest.approx(np.zeros(20), abs=1e-4)


@pytest.mark.parametrize(
    ("rows", "labels", "weights", "why"),
    [
        (4, ["a", "left"], None, "'left' is no answer"),
        (4, ["both-bad", "both-bad"], None, "nothing where both are always bad"),
        (4, ["a", "b"], np.array([1.0, 0.0]), "weights above 0"),
        (3, ["a", "b"], None, "as many numbers of a as of b, and a row has 3"),
    ],
)
def test_what_teaches_no_reward_is_refused(rows, labels, weights, why):
    with pytest.raises(ValueError, match=why):
        linear_reward().fit(np.eye(rows)[:2], np.array(labels), weights)


# ---------------------------------------------------------------- which pair next


def test_each_pick_is_the_one_that_tells_most_after_those_before_it():
    X, y, _ = answered(80)
    made, pool = linear_reward().fit(X[:20], y[:20]), X[20:]
    picks = get("informative-pairs")(
        Query(pool, np.random.default_rng(0), model=made, seen=X[:20], labels=y[:20]), 4
    )
    covariance, p = made.belief_.covariance_, expit(made.differences(pool)[0])
    rows = pool[:, :3] - pool[:, 3:]
    for turn, (place, score) in enumerate(zip(picks.positions, picks.scores, strict=True)):
        told = np.log1p(p * (1 - p) * ((rows @ covariance) * rows).sum(axis=1)) / 2
        told[picks.positions[:turn]] = 0
        assert (told.argmax(), told.max()) == (place, pytest.approx(score))
        precision = np.linalg.inv(covariance) + p[place] * (1 - p[place]) * np.outer(
            rows[place], rows[place]
        )
        covariance = np.linalg.inv(precision)


def test_a_batch_does_not_ask_the_same_twice():
    same = np.array([[2.0, 2.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 1.5]])
    places, scores = greedily(np.full(3, 0.25), same, 2, np.random.default_rng(0))
    assert (places[0] in {0, 1}, places[1]) == (True, 2)
    assert scores[0] > scores[1]


# ---------------------------------------------------------------- what is read


def test_outputs_are_read_side_by_side_and_alike():
    made = Outputs([Length(), Numbers()]).fit([["p", "1", "22"], ["p", "333", "1"]])
    rows = made.transform([["p", "1", "333"], ["p", "", None]])
    assert rows.shape == (2, 4)
    assert rows[0, :2] == pytest.approx(made.rows([("p", "1")])[0])
    assert rows[1, :2] == pytest.approx(rows[1, 2:])  # of what was erased nothing is known


@pytest.mark.parametrize("text", ["[1, 2", "[1, null]", '{"a": 1}', "[1, 2, 3]", "NaN"])
def test_what_is_no_list_of_as_many_numbers_is_refused(text):
    made = Numbers().fit(["[1, 2]", "[3, 4]"])
    with pytest.raises(ValueError, match=r"is no list of numbers|3 numbers, not 2"):
        made.transform([text])


@pytest.mark.parametrize(
    ("recipe", "kinds", "why"),
    [
        ("lsa | linear_reward()", {"a": "pair", "b": "pair"}, "two outputs are read by outputs"),
        ("outputs(lsa) | logistic()", {"text": "text"}, "and there are none"),
        ("outputs(pixels) | linear_reward()", {"a": "pair"}, "not of kind 'image'"),
    ],
)
def test_outputs_are_not_read_as_anything_else(recipe, kinds, why):
    with pytest.raises(SettingsError, match=why):
        recipes.reads(recipe, kinds, 0)


# ---------------------------------------------------------------- a project


WORDS = ["warm", "kind", "clear", "plain", "cold", "rude", "vague", "loud"]
GOOD = set(WORDS[:4])


def worth(text):
    return sum(1 if word in GOOD else -1 for word in text.split())


def preferred(a, b):
    return "tie" if worth(a) == worth(b) else "a" if worth(a) > worth(b) else "b"


def pairs(n, seed):
    rng = np.random.default_rng(seed)
    texts = [[" ".join(rng.choice(WORDS, 5)) for _ in "ab"] for _ in range(n)]
    return [[f"question {i % 7}", a, b, preferred(a, b)] for i, (a, b) in enumerate(texts)]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A project of comparisons, taught until it knows, and the model that left it."""
    folder = tmp_path_factory.mktemp("rewards")
    header, shown = ["prompt", "a", "b", "label"], ("prompt", "a", "b")
    files = [write_csv(folder / f"{i}.csv", header, pairs(n, i)) for i, n in ((0, 120), (1, 40))]
    project = create(
        folder / "p",
        Source(files[0], Columns("text", shown)),
        audit=Source(files[1], Columns("text", shown, label="label")),
        task="compare",
        recipe="outputs(length + lsa) | linear_reward()",
    )
    for _ in range(3):
        asked = project.next_items("ana", 20)
        said = [preferred(one.fields["a"], one.fields["b"]) for one in asked]
        project.session.submit(
            "ana",
            [
                Answer(uuid.uuid4().hex, one.id, "preference", value)
                for one, value in zip(asked, said, strict=True)
            ],
        )
        assert one_round(project).strategy == "informative-pairs"
    model_export.write(project, folder / "out")
    yield project, folder / "out"
    project.close()


def test_texts_are_compared_and_learned_from_without_any_system(exported):
    project, _ = exported
    assert project.settings.read == {"prompt": "pair", "a": "pair", "b": "pair"}
    assert status(project)["no_rounds"] is None
    found = project.quality()["pairwise"]
    assert found["answers"] <= project.quality()["answers"] == 40
    assert 0.8 < found["accuracy"]["low"] < found["accuracy"]["value"]
    assert 0 <= found["calibration"]["error"]["value"] <= 0.3


def test_its_card_says_what_it_was_taught_how_right_it_is_and_what_it_is_not_for(exported):
    _, folder = exported
    told = json.loads((folder / "manifest.json").read_text())
    assert sum(told["labels"].values()) == 60
    card = (folder / "README.md").read_text()
    assert f"Pairwise accuracy: {told['audit']['pairwise']['accuracy']['value']:.3f} (95 %" in card
    assert f"by length: {told['by_length']:.2f}" in card
    assert "calibration error" in card
    assert "## Not for" in card
    assert "askwell rank" in card


def test_candidates_are_ranked_within_their_prompt(exported, tmp_path, askwell_here):
    _, folder = exported
    rows = [
        ["q", "rude cold vague"],
        ["q", "warm kind clear"],
        ["other", "loud loud"],
        ["q", "warm cold plain"],
        ["other", "plain kind"],
    ]
    file = write_csv(tmp_path / "new.csv", ["prompt", "output"], rows)
    shown = askwell_here("rank", folder, file)
    assert shown.returncode == 0, shown.stderr
    with (tmp_path / "new.ranked.csv").open() as lines:
        found = list(csv.DictReader(lines))
    assert [(one["row"], one["rank"]) for one in found] == [
        *(("2", "1"), ("4", "2"), ("1", "3")),
        *(("5", "1"), ("3", "2")),
    ]
    assert all(float(one["low"]) < float(one["reward"]) < float(one["high"]) for one in found)
    assert sum(float(one["best"]) for one in found[:3]) == pytest.approx(1)
    shown = askwell_here("rank", folder, file, "--best", "1", "--json")
    assert [one["row"] for one in json.loads(shown.stdout)["outputs"]] == [2, 5]


def test_equals_share_the_chance_to_be_the_best():
    one = np.ones((3, 3))
    assert rewarding.chance_best(np.array([0.0, 0, 0]), one) == pytest.approx([1 / 3] * 3)
    assert rewarding.chance_best(np.array([0.0, 0, 1]), one).tolist() == [0, 0, 1]
    apart = rewarding.chance_best(np.array([1.0, 0]), np.eye(2))
    assert apart[0] == pytest.approx(0.760, abs=0.015)  # Φ(1/√2)


def test_what_cannot_be_ranked_is_refused_by_a_sentence(exported, tmp_path):
    model = model_file.load(exported[1])
    file = write_csv(tmp_path / "new.csv", ["prompt", "text"], [["q", "warm"]])
    with pytest.raises(DataError, match="no column 'output'"):
        rewarding.rank(model, file)
    with pytest.raises(LoopError, match="ends in none of the formats"):
        rewarding.write([], tmp_path / "x.xlsx")
    spam = Model(model.features, BradleyTerry(), ("ham", "spam"))
    with pytest.raises(LoopError, match="says which of ham, spam an item is"):
        rewarding.rank(spam, file)


def test_a_gaussian_reward_leaves_the_house_and_says_the_same(tmp_path):
    X, y, _ = answered()
    made = gaussian_reward().fit(X, y)
    model = Model(recipes.reads("outputs(numbers) | gaussian_reward()", PAIR, 0), made, tuple("ab"))
    again = model_file.load(model_file.save(model, tmp_path)).estimator
    assert (again.predict_proba(X) == made.predict_proba(X)).all()


def test_a_model_of_systems_does_not_leave_the_house(tmp_path):
    header = ["prompt", "a", "b", "by a", "by b"]
    file = write_csv(tmp_path / "d.csv", header, [["p", "x", "y", "m", "n"]])
    columns = Columns("text", ("prompt", "a", "b"), meta=("by a", "by b"))
    systems = {"a": "by a", "b": "by b"}
    with (
        create(tmp_path / "p", Source(file, columns), task="compare", systems=systems) as project,
        pytest.raises(ModelFileError, match="says nothing of new outputs"),
    ):
        model_export.write(project, tmp_path / "out")


def test_pairwise_accuracy_counts_answers_that_name_the_better_one():
    truth = np.array(["a", "b", "tie", "both-bad"] * 12)
    proba = np.tile([[0.5, 0.2, 0.1, 0.2], [0.3, 0.2, 0.4, 0.1]], (24, 1))
    found = pairwise.document(
        [*SAID[:2], "both-bad", "tie"], proba, truth, np.random.default_rng(0)
    )
    assert (found["answers"], found["accuracy"]["value"]) == (24, 0.5)
    assert pairwise.document(["a", "b"], proba[:30], truth[:30], np.random.default_rng(0)) is None


# ---------------------------------------------------------------- clips of play


class Walk:
    """A number that goes up or down by one; it is over at three."""

    def reset(self, seed):
        self.state = np.array([float(seed)])

    def step(self, action):
        self.state = self.state + (1 if action else -1)
        self.is_over = self.state[0] >= 3
        return self


def test_an_episode_is_cut_into_clips_that_come_back_from_their_texts():
    episode = played(Walk(), lambda state: int(state[0] != 0.5), seed=-4, most=100)
    assert episode.states.ravel().tolist() == [-4, -3, -2, -1, 0, 1, 2]
    first, last = cut(episode, 4)
    assert last.states.ravel().tolist() == [0, 1, 2]
    again = Clip.of(first.text)
    assert (again.states.tolist(), again.actions.tolist()) == (first.states.tolist(), [1] * 4)
    assert first.features.tolist() == [4, -10, 30]  # steps, sum, sum of squares


@pytest.mark.parametrize(
    "text", ["no", "[1]", '{"states": [[1], [2]], "actions": [1]}', '{"states": [], "actions": []}']
)
def test_what_is_no_clip_is_refused(text):
    with pytest.raises(ValueError, match="is no clip of play"):
        Clip.of(text)


def test_clips_are_paired_with_others_once():
    clips = [Clip(np.full((1, 1), float(i)), np.zeros(1, np.int64)) for i in range(5)]
    found = paired(clips, 10, np.random.default_rng(0))
    assert len({frozenset(one.values()) for one in found}) == 10
    with pytest.raises(ValueError, match="5 clips make 10 pairs, and 11 are wanted"):
        paired(clips, 11, np.random.default_rng(0))


def test_a_policy_is_planned_by_the_reward_of_clips_learned_from_preferences():
    """Who goes to three and stays near is preferred; so does what is planned."""
    rng = np.random.default_rng(0)

    def seen(weights):
        return played(Walk(), lambda s: int(weights @ [1, s[0]] > 0), seed=-2, most=6)

    clips = [seen(rng.normal(size=2)) for _ in range(12)]
    clips += [played(Walk(), lambda _: int(rng.random() < 0.5), -2, 6) for _ in range(12)]
    items = [["", one["a"], one["b"]] for one in paired(clips, 60, rng)]
    worth = [[-abs(Clip.of(text).states.mean()) for text in one[1:]] for one in items]
    reads = Outputs(Clips()).fit(items)
    said = np.array(["tie" if a == b else "a" if a > b else "b" for a, b in worth])
    made = linear_reward().fit(reads.transform(items), said)

    def value(weights):
        return float(made.rewards(reads.rows([("", seen(weights).text)]))[0][0])

    found = seen(cross_entropy(value, 2, rng))
    assert abs(found.states.mean()) == min(abs(one.states.mean()) for one in [found, *clips])
