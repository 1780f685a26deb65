"""Who stands out: named beyond chance only, never by few answers, and always with the figures."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2, fisher_exact
from sklearn.metrics import cohen_kappa_score, confusion_matrix

from loop import one_rater, standing_out
from loop.evidence import evidence
from loop.judging import Rater, Right, Team
from loop.raters import against, same_items, within
from loop.raters.answers import Answers
from loop.settings import settings_from
from loop.store.judged import Judged
from loop.suggestions import GOLD, PRACTICE

ROOT = Path(__file__).parent.parent
NOTHING = Right(0, 0)


def team_of(answers, label, last_word=None, **settings):
    """A team of (who, item, value, …), oldest first; *label* is what each item's label is."""
    rows = [answer(*one) for one in answers]
    names = dict.fromkeys(row.annotator for row in rows)
    raters = [
        Rater(name, 0, None, NOTHING, {}, NOTHING, NOTHING, NOTHING, {}, None) for name in names
    ]
    values = {"modality": "text", "columns": ["text"], "classes": ["a", "b", "c"]} | settings
    terms = settings_from(name="x", **values)
    known = last_word or {}
    return Team(raters, len(known), 0, [], rows, label | known, known, terms)


def answer(who, item, value, why=None, seconds=None):
    return Judged(item, who, value, why, None, None, seconds)


def right(item):
    return "ab"[item % 2]


def wrong(item):
    return "ba"[item % 2]


def of_all(n_items, **says):
    """Everybody answers everything, each as *says* has it of an item."""
    return [(who, item, what(item)) for item in range(n_items) for who, what in says.items()]


def labels(n_items):
    return {item: right(item) for item in range(n_items)}


def named(team):
    """Who is named, by question."""
    asked = standing_out.questions(evidence(team))
    return {one.about: one.named for one in asked if one.named}


# ---------------------------------------------------------------- the figures


def test_kappas_and_their_errors_are_those_of_each_table():
    """Kappa is scikit-learn's; the errors are Fleiss, Cohen and Everitt's, cell by cell."""
    rng = np.random.default_rng(0)
    who, label = rng.integers(0, 4, 300), rng.integers(0, 3, 300)
    said = np.where(rng.random(300) < 0.6, label, rng.integers(0, 3, 300))
    found = against.kappas(who, said, label, 5, 3)
    for code in range(4):
        told, known = said[who == code], label[who == code]
        assert found.kappa[code] == pytest.approx(cohen_kappa_score(told, known), abs=1e-12)
        table = against.table(told, known, 3)
        assert (table == confusion_matrix(known, told)).all()
        spread, by_chance = errors(table.T / table.sum(), found.kappa[code], len(told))
        assert found.spread[code] == pytest.approx(spread, abs=1e-12)
        assert found.spread_by_chance[code] == pytest.approx(by_chance, abs=1e-12)
    assert np.isnan(found.kappa[4])


def errors(p, kappa, n):
    one, other = p.sum(axis=1), p.sum(axis=0)
    chance = one @ other
    told = -((kappa - chance * (1 - kappa)) ** 2)
    for i, row in enumerate(p):
        for j, cell in enumerate(row):
            weight = (1 - kappa) * (other[i] + one[j])
            told += cell * ((1 - weight) ** 2 if i == j else weight**2)
    by_chance = chance + chance**2 - (one * other * (one + other)).sum()
    return np.sqrt([told / n, by_chance / n]) / (1 - chance)


def test_beside_the_others_is_mantel_and_haenszel_item_by_item():
    rng = np.random.default_rng(0)
    did = rng.random((60, 4)) < [0.5, 0.6, 0.9, 0.2]
    items, who = np.divmod(np.arange(did.size), 4)
    found = same_items.beside(items, who, did.ravel(), 4)
    for code in range(4):
        surplus = spread = 0
        for row in did:
            m = row.sum()
            surplus += row[code] - m / 4
            spread += m * (4 - m) / 4**2
        assert found.own[code] == did[:, code].sum()
        assert found.others[code] == pytest.approx(np.delete(did, code, axis=1).mean())
        both = 2 * min(found.below[code], found.above[code])
        from_chi2 = (abs(surplus) - 0.5) ** 2 / spread
        assert both == pytest.approx(chi2.sf(from_chi2, 1))


def test_the_halves_of_a_person_are_compared_by_fishers_test():
    is_right = np.repeat([True, False, True, False], [55, 5, 5, 15])
    (told,) = within.newest(np.zeros(80, int), is_right).values()
    assert (told.right, told.n, told.rest_right, told.rest_n) == (5, 20, 55, 60)
    tails = [
        fisher_exact([[5, 15], [55, 5]], alternative=side).pvalue for side in ("less", "greater")
    ]
    assert told.p == pytest.approx(2 * min(tails))
    assert told.difference.low < told.difference.value == 0.25 - 55 / 60 < told.difference.high < 0


def test_the_newest_quarter_is_held_against_all_before():
    who, is_right = np.zeros(100, int), np.arange(100) < 75
    assert counts(within.newest(who, is_right)) == (0, 25, 75, 75)
    assert within.newest(who[:39], is_right[:39]) == {}
    assert counts(within.newest(who[:40], is_right[:40])) == (20, 20, 20, 20)


def test_the_fastest_quarter_is_held_against_the_slower_ones():
    seconds = np.arange(100.0)[::-1].copy()
    seconds[0] = np.nan
    found = within.fastest(np.zeros(100, int), np.arange(100) < 80, seconds)
    assert counts(found) == (4, 24, 75, 75)


def counts(found):
    (one,) = found.values()
    return one.right, one.n, one.rest_right, one.rest_n


def test_harder_items_of_late_are_no_change_of_who_answers_them():
    others = np.where(np.arange(100) < 75, 0.9, 0.3)
    is_right = np.arange(100) % 10 < 10 * others
    (blamed,) = within.newest(np.zeros(100, int), is_right).values()
    (fair,) = within.newest(np.zeros(100, int), is_right, others).values()
    assert blamed.p < 1e-5
    assert fair.p > 0.1
    assert fair.difference == blamed.difference


def test_nobodys_answer_speaks_for_itself():
    """Of two who differ each is held against the other; of three the majority of the others."""
    answers = Answers(
        np.array([0, 0, 1, 1, 1, 2, 3, 3]),
        np.array([0, 1, 0, 1, 2, 0, 0, 1]),
        np.array([0, 1, 0, 0, 1, 1, 0, 1]),
        4,
        3,
        2,
    )
    found = against.reference(answers, np.array([-1, -1, -1, 1]))
    assert found.tolist() == [1, 0, -1, -1, 0, -1, 1, 1]


# ---------------------------------------------------------------- who is named


def test_who_is_wrong_is_named_with_the_figures():
    says = {"ana": right, "bo": right, "cy": right, "di": wrong}
    found = named(team_of(of_all(40, **says), labels(40)))
    assert found.keys() == {"below the others", "no better than chance"}
    assert found["below the others"] == {
        "di": "is right on 0 of 40 (0–9 %) items that others answered, too; the others are on "
        "100% of the same ones."
    }
    assert found["no better than chance"].keys() == {"di"}


def test_who_takes_one_class_for_another_agrees_less_than_chance_would():
    noisy = lambda item: wrong(item) if item % 10 else right(item)  # noqa: E731
    says = {"ana": right, "bo": right, "cy": right, "di": noisy}
    (words,) = named(team_of(of_all(40, **says), labels(40)))["no better than chance"].values()
    assert words.startswith("agrees with the labels less than chance would: kappa -0.")
    assert words.endswith("Are classes or keys mixed up?")


def test_who_always_says_the_same_is_named_if_the_others_do_not():
    says = {"ana": right, "bo": right, "cy": right, "di": lambda _: "a"}
    found = named(team_of(of_all(60, **says), labels(60)))
    assert found["always the same answer"] == {
        "di": "says a whatever the item, 60 times: also on 30 items that are something else, "
        "where 0% of the others say it."
    }
    says = {who: lambda _: "a" for who in ("ana", "bo", "cy", "di")}
    team = team_of(of_all(60, **says), dict.fromkeys(range(60), "a"))
    assert named(team) == {}


def test_few_answers_name_nobody():
    says = {"ana": right, "bo": right, "cy": right, "di": wrong}
    few = evidence(team_of(of_all(19, **says), labels(19)))
    assert [(one.asked, one.named) for one in standing_out.questions(few)] == [(0, {})] * 5


def test_hard_items_are_no_fault_of_who_had_them():
    """Ed had the twenty items that nobody gets right, and few easy ones beside them."""
    hard = [(who, item, wrong(item)) for item in range(20) for who in ("ana", "ed")]
    easy = of_all(200, ana=right, bo=right)
    easy = [(who, item + 20, value) for who, item, value in easy]
    easy += [("ed", item, right(item)) for item in range(20, 40)]
    team = team_of(hard + easy, labels(220))
    assert "below the others" not in named(team)


def test_gold_tells_of_who_had_enough_of_it():
    """Bo is right where gold knows it, whatever the others have come to elsewhere."""
    gold = [(who, item, right(item), GOLD) for item in range(40) for who in ("ana", "bo")]
    rest = [(who, 40 + item, value) for who, item, value in of_all(60, ana=wrong, bo=right)]
    label = {item: wrong(item) for item in range(40, 100)}
    found = named(team_of(gold + rest, label, labels(40)))
    assert "below the others" not in found


def test_practice_tells_nothing_of_anybody():
    rows = [(who, item, wrong(item), PRACTICE) for item in range(40) for who in ("ana", "bo")]
    assert evidence(team_of(rows, {}, labels(40))) is None


def test_who_changes_is_named_by_their_newest_answers():
    tired = lambda item: right(item) if item < 60 else wrong(item)  # noqa: E731
    team = team_of(of_all(80, ana=right, bo=right, cy=tired), labels(80))
    found = named(team)["another share right of late"]
    assert found.keys() == {"cy"}
    assert found["cy"].startswith(
        "is right on 0 of the 20 newest answers and 60 of 60 before, -100 points (-100 to "
    )


def test_who_is_less_right_in_haste_is_named_and_who_is_more_right_is_not():
    def rows(who, fast, slow):
        return [
            (who, item, fast(item) if item % 4 < 2 else slow(item), None, 1 + item % 4 // 2 * 9)
            for item in range(160)
        ]

    team = team_of(rows("ana", wrong, right) + rows("bo", right, wrong), labels(160))
    assert named(team)["less right in haste"].keys() == {"ana"}


def test_chance_alone_names_somebody_in_few_teams_of_many():
    """Forty teams of thirty who are all alike."""
    rng = np.random.default_rng(0)
    assert sum(bool(named(alike(rng, 30, 60))) for _ in range(40)) <= 5


def alike(rng, n_people, n_items, each=None):
    """Everybody right on 80 %; each answers all items, or so many that follow one another."""
    truth = rng.integers(0, 2, n_items)
    is_wrong = rng.random((n_people, each or n_items)) > 0.8
    rows = [
        (f"{who}", (item := (who * 7 + n) % n_items), "ab"[truth[item] ^ wrong])
        for who, of in enumerate(is_wrong)
        for n, wrong in enumerate(of.tolist())
    ]
    return team_of(rows, {item: "ab"[one] for item, one in enumerate(truth)})


# ---------------------------------------------------------------- one person


def test_a_person_in_detail_has_their_table_and_their_share_of_each_class():
    says = {
        "ana": right,
        "bo": right,
        "cy": right,
        "di": lambda item: "c" if item % 3 else right(item),
    }
    seen = evidence(team_of(of_all(60, **says), labels(60)))
    found = one_rater.of(seen, "di")
    assert found.n == 60
    assert found.labels == ["a", "b", "c"]
    assert found.table.tolist() == [[10, 0, 20], [0, 10, 20], [0, 0, 0]]
    told = {one.name: (one.n, one.own.value, one.others, one.stands_out) for one in found.said}
    assert told["c"] == (60, pytest.approx(2 / 3), 0, True)
    assert told["a"] == (60, pytest.approx(1 / 6), 0.5, True)
    assert not any(one.stands_out for one in one_rater.of(seen, "ana").said if one.name == "a")
    assert found.newest[0].n == 20
    assert found.fastest is None


def test_several_classes_of_an_item_are_counted_one_by_one():
    rows = of_all(40, ana=lambda _: ["a", "b"], bo=lambda item: ["a"] if item % 2 else [])
    seen = evidence(team_of(rows, {n: ["a"] for n in range(40)}, task="multilabel"))
    told = {one.name: (one.own.value, one.others) for one in one_rater.of(seen, "bo").said}
    assert told == {"a": (0.5, 1), "b": (0, 1), "c": (0, 0)}
    assert {one.about: one.asked for one in standing_out.questions(seen)}[
        "no better than chance"
    ] == 0


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "rows",
    [
        [("ana", 0, "a")],
        [("ana", 0, "a"), ("bo", 0, "b")],
        [("ana", n, "a") for n in range(50)],
        [(f"{n}", n, "a") for n in range(50)],
        of_all(50, ana=lambda _: "a", bo=lambda _: "b"),
        of_all(50, ana=lambda _: "a", bo=lambda _: "a"),
    ],
    ids=["one answer", "one item", "one rater", "one answer each", "never agreed", "all the same"],
)
def test_the_smallest_teams_are_normal_and_name_nobody(rows):
    seen = evidence(team_of(rows, {}))
    assert [one.named for one in standing_out.questions(seen)] == [{}] * 5
    for name in seen.names:
        found = one_rater.of(seen, name)
        assert found.kappa is None
        assert found.newest is found.fastest is None
        assert not any(one.stands_out and one.n < 20 for one in found.said)


def test_a_class_nobody_chose_is_told_as_such():
    found = one_rater.of(evidence(team_of(of_all(40, ana=right, bo=right), labels(40))), "ana")
    assert found.labels == ["a", "b"]
    (unsaid,) = (one for one in found.said if one.name == "c")
    assert (unsaid.own.value, unsaid.own.low, unsaid.others, unsaid.stands_out) == (0, 0, 0, False)
    assert 0 < unsaid.own.high < 0.1


def test_ten_thousand_people_take_seconds():
    team = alike(np.random.default_rng(0), 10_000, 2_000, each=20)
    began = time.perf_counter()
    seen = evidence(team)
    told = standing_out.questions(seen)
    one_rater.of(seen, seen.names[0])
    assert time.perf_counter() - began < 10
    assert told[0].asked == 10_000
    assert sum(len(one.named) for one in told) <= 5


def test_the_figures_in_the_guide_are_the_measured_ones():
    results = json.loads((ROOT / "benchmarks/results/standing_out.json").read_text())["figures"]
    guide = (ROOT / "docs" / "raters.md").read_text().splitlines()
    for name, found in results["sets"].items():
        told = [f"{found['people']}, {found['accuracy']:.0%}"]
        for one in found["questions"].values():
            right = "" if one["accuracy"] is None else f", {one['accuracy']:.0%}"
            told.append(f"{one['named']} of {one['asked']}{right}")
        assert f"| on {name} | {' | '.join(told)} |" in guide
