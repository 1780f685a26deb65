"""Where the model is wrong: confusion, mistakes, slices that do worse, and ways to more labels."""

import shutil
import uuid
from collections import Counter

import numpy as np
import pytest
from conftest import sentences, truth_of, write_csv
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect
from real_server import serving
from scipy.stats import fisher_exact
from test_accessibility import SETTLED, violations

from loop import Project, bulk, clusters, withdrawal
from loop.bulk import BulkError
from loop.bulk_choice import Choice
from loop.creation import Source, create
from loop.dataset import Columns
from loop.decisions import with_class, with_class_merged, with_class_renamed
from loop.error_analysis import error_analysis, like
from loop.evaluation import LEAST_AUDIT
from loop.quality import mistakes, worse
from loop.quality.confusion import confusion
from loop.quality.mistakes import surest
from loop.rebuild import rebuild
from loop.slices import (
    FEW,
    LEAST,
    PARTS,
    Slice,
    in_words,
    number_in,
    of_column,
    of_lengths,
    parts_of,
)
from loop.store import items, rounds, traits
from loop.trainer import one_round
from ui.bulk_schema import Choice as Asked
from ui.pages.bulk import address

EVIL = '<img src=x onerror="window.pwned=1">'
MAIL, WEB = "mail & <b>more</b>", "web"

# ---------------------------------------------------------------- slices


@given(st.lists(st.floats(-1e6, 1e6) | st.integers(-3, 3), max_size=120))
def test_every_number_is_in_one_part_and_there_are_at_most_four(numbers):
    parts = [Slice("length", low=low, high=high) for low, high in parts_of(numbers)]
    assert len(parts) in {0, *range(2, PARTS + 1)}
    assert bool(parts) <= (len(numbers) >= 2 * LEAST)
    for number in [*numbers, -1e9, 1e9] if parts else []:
        assert sum(one.holds(number) for one in parts) == 1


def test_a_column_is_cut_by_its_values_or_where_they_are_many_numbers_by_quarters():
    cells = ["web", "mail", None, "web"]
    assert [one.value for one in of_column("source", cells)] == ["", "mail", "web"]
    assert [one.value for one in of_column("year", [2019, "2020", 2019.0])] == [
        "2019",
        "2019.0",
        "2020",
    ]
    prices = [None, *range(4 * LEAST)]
    found = of_column("price", prices)
    assert [in_words(one) for one in found] == [
        "price: under 10",
        "price: 10 to 20",
        "price: 20 to 30",
        "price: 30 or more",
        "price: blank",
    ]
    assert [sum(one.holds(cell) for cell in prices) for one in found] == [10, 10, 10, 10, 1]
    assert of_column("id", ["x" * 300]) == []  # a value of that length names nothing
    assert len(of_column("grade", [*range(FEW)] * 9)) == FEW
    assert number_in("nan") is number_in("ten") is number_in(None) is None
    assert [in_words(one) for one in of_lengths([1000 * n for n in range(20)])] == [
        "length: under 10,000 characters",
        "length: 10,000 or more characters",
    ]


def test_a_slice_is_compared_with_the_rest_by_fishers_test():
    right = np.array([True] * 9 + [False] * 6 + [True] * 40 + [False] * 5)
    members = {Slice("said", value=name): np.arange(60) < n for name, n in (("a", 15), ("b", 50))}
    found = worse.worse(right, members)
    assert (found.looked_at, [one.slice.value for one in found.slices]) == (2, ["a"])
    [one] = found.slices
    assert one.p == pytest.approx(fisher_exact([[9, 6], [40, 5]], alternative="less").pvalue)
    assert one.p_holm == pytest.approx(2 * one.p)
    assert (one.n, one.accuracy.value, one.rest.value) == (15, 0.6, 40 / 45)
    assert one.is_worse == (one.p_holm < worse.CHANCE)


def test_slices_of_few_answers_and_of_all_of_them_are_not_looked_at():
    right = np.arange(30) >= LEAST - 1
    few, every = (Slice("said", value=name) for name in "ab")
    members = {few: ~right, every: np.ones(30, bool)}
    assert worse.worse(right, members) == worse.Found(0, [])
    assert worse.worse(np.ones(30, bool), {few: np.arange(30) < 15}).slices == []


def test_chance_names_a_slice_in_one_audit_of_twenty_at_most():
    rng = np.random.default_rng(0)
    named = 0
    for _ in range(200):
        columns = [rng.integers(0, k, 100) for k in (2, 4, 6)]
        members = {
            Slice("meta", str(c), str(v)): column == v
            for c, column in enumerate(columns)
            for v in np.unique(column)
        }
        named += any(one.is_worse for one in worse.worse(rng.random(100) < 0.8, members).slices)
    assert named <= 200 / 20


def test_a_slice_that_does_much_worse_is_named():
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(50):
        members = {Slice("meta", "c", str(v)): rng.integers(0, 4, 200) == v for v in range(4)}
        bad = members[Slice("meta", "c", "2")]
        right = rng.random(200) < np.where(bad, 0.5, 0.9)
        best = worse.worse(right, members).slices[0]
        found += best.is_worse and best.slice.value == "2"
    assert found >= 45


# ---------------------------------------------------------------- mistakes and confusion


def test_the_surest_mistakes_come_first_and_right_answers_never():
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.ones(3), 200)
    names = np.array(["a", "b", "c"])
    said, truth = names[proba.argmax(axis=1)], rng.choice(names, 200)
    found = surest(truth, said, proba, list(names))
    sure = [one.probability for one in found]
    assert len(found) == mistakes.MOST
    assert sure == sorted(sure, reverse=True) == sorted(proba.max(axis=1)[truth != said])[:-21:-1]
    assert all(names[one.about] == said[one.row] != truth[one.row] for one in found)
    assert surest(said, said, proba, list(names)) == []


def test_of_several_classes_that_one_counts_which_the_model_is_surest_of_and_wrong():
    truth = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0]])
    said = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0]])
    proba = np.array([[0.99, 0.7, 0.1], [0.05, 0.8, 0.2], [0.4, 0.4, 0.4]])
    found = [(one.row, one.about, one.probability) for one in surest(truth, said, proba, "abc")]
    assert found == [(1, 0, 0.95), (0, 1, 0.7)]


ANSWERS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), min_size=1)


def cells_of(answers):
    return [{"truth": truth, "said": said, "n": n} for (truth, said), n in Counter(answers).items()]


@given(ANSWERS)
def test_the_matrix_gives_recall_and_precision_and_all_that_is_wrong_is_in_a_pair(answers):
    found = confusion(cells_of(answers), "abcd", str)
    both = Counter(truth for truth, said in answers if truth == said)
    of, to = (Counter(side) for side in zip(*answers, strict=True))
    for name in "abcd":
        for one, n in ((found.recall(name), of[name]), (found.precision(name), to[name])):
            assert (one is None) == (n == 0)
            assert one is None or one.low <= one.value == both[name] / n <= one.high
    pairs = found.pairs()
    assert sum(one.n for one in pairs) == sum(a != b for a, b in answers)
    assert [one.n for one in pairs] == sorted((one.n for one in pairs), reverse=True)


@given(ANSWERS)
def test_what_was_taken_for_a_class_that_it_was_merged_with_is_no_mistake(answers):
    merged = {"a": "a", "b": "b", "c": "c", "d": "c"}.get
    after = [(merged(truth), merged(said)) for truth, said in answers]
    found = confusion(cells_of(answers), "abc", merged)
    assert found == confusion(cells_of(after), "abc", str)
    assert all({one.truth, one.said} != {"c"} for one in found.pairs())


# ---------------------------------------------------------------- of a project


def weak_in(folder, **settings):
    """A project whose audit items of one source are of the other class half of the time."""

    def rows(n, seed):
        for i, (text, kind) in enumerate(sentences(n, seed)):
            yield i, f"{text} {EVIL}", kind, [MAIL if i % 3 == 0 else WEB, i % 70 or None]

    other = {"sport": "money", "money": "sport"}
    pool = [[f"p{i}", text, *meta] for i, text, _, meta in rows(150, 0)]
    known = [
        [f"a{i}", text, *meta, other[kind] if i % 6 == 0 else kind]
        for i, text, kind, meta in rows(150, 1)
    ]
    head = ["id", "text", "source", "age"]
    data = write_csv(folder.with_suffix(".csv"), head, pool)
    audit = write_csv(folder.with_suffix(".audit.csv"), [*head, "label"], known)
    about = {"id": "id", "meta": ("source", "age")}
    project = create(
        folder,
        Source(data, Columns("text", ("text",), **about)),
        audit=Source(audit, Columns("text", ("text",), label="label", **about)),
        classes=("sport", "money"),
        **settings,
    )
    for item in project.next_items("ana", 30):
        kind = truth_of(item.fields["text"])
        project.submit(item.id, kind, annotator="ana", answer_id=uuid.uuid4().hex)
    one_round(project)
    return project


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Its folder, for copies."""
    folder = tmp_path_factory.mktemp("weak") / "reviews"
    weak_in(folder).close()
    return folder


@pytest.fixture(scope="module")
def weak(made, tmp_path_factory):
    """One that no test changes."""
    with Project.open(
        shutil.copytree(made, tmp_path_factory.mktemp("same") / "reviews")
    ) as project:
        yield project


@pytest.fixture
def own(made, tmp_path):
    """One that a test may change."""
    with Project.open(shutil.copytree(made, tmp_path / "reviews")) as project:
        yield project


def offered(project, choice):
    return [one.item for one in bulk.find(project, "rea", choice, bulk.MOST).items]


def test_a_round_finds_what_is_weak_and_says_it_in_words(weak):
    found = error_analysis(weak)
    assert found.answers == 150
    assert found.wrong == sum(one.n for one in found.confusion.pairs()) >= 20
    first = found.slices[0]
    assert (first.words, first.n, first.is_worse) == (f"source: {MAIL}", 50, True)
    assert first.accuracy.high < first.rest.low
    assert found.looked_at > len(found.slices)
    assert len(found.mistakes) == mistakes.MOST
    for one in found.mistakes:
        assert one.item.share == items.AUDIT
        assert one.truth != one.said == one.about
        assert 0.5 <= one.probability <= 1


def test_too_few_answers_or_no_model_say_nothing_and_the_slices_wait(make_project):
    project = make_project(audit=LEAST_AUDIT - 1)
    assert error_analysis(project) is None
    for item in project.next_items("ana", 12):
        kind = truth_of(item.fields["text"])
        project.submit(item.id, kind, annotator="ana", answer_id=uuid.uuid4().hex)
    one_round(project)
    assert project.curve()[-1].audit == LEAST_AUDIT - 1
    assert error_analysis(project) is None


def test_every_way_leads_to_items_like_those_and_never_to_audit_items(weak):
    found = error_analysis(weak)
    audit = {item.id for item in items.every(weak.store.read) if item.share == items.AUDIT}
    ways = [one.like_it for one in found.slices] + [like(one) for one in found.confusion.pairs()]
    assert {way.part.by for way in ways if way.part} >= {"meta"}
    for way in ways:
        assert not audit & {item.id for item in offered(weak, way)}
        asked = Asked.of(way)
        assert asked.choice() == way
        assert "<" not in address(way)
        assert " " not in address(way)
    assert {item.meta["source"] for item in offered(weak, found.slices[0].like_it)} == {MAIL}


def test_the_next_likeliest_class_narrows_and_comes_first(weak):
    says = offered(weak, Choice(says="sport"))
    assert {item.id for item in offered(weak, Choice(says="sport", second="money"))} == {
        item.id for item in says
    }
    least = bulk.find(weak, "rea", Choice(says="sport", second="money"), 9).items
    assert [one.probability for one in least] == sorted(one.probability for one in least)
    assert offered(weak, Choice(says="sport", second="sport")) == []
    with pytest.raises(BulkError, match="no class 'weather'"):
        offered(weak, Choice(says="sport", second="weather"))


def test_a_slice_of_the_pool_holds_what_the_slice_of_the_audit_items_does(weak):
    db = weak.store.read
    every = [item for item in items.every(db) if item.share == items.POOL]
    taken = {item.id for item in offered(weak, Choice())}
    young = Slice("meta", "age", high=20)
    assert {item.id for item in offered(weak, Choice(part=young))} == taken & {
        item.id for item in every if item.meta["age"] and int(item.meta["age"]) < 20
    }
    blank = offered(weak, Choice(part=Slice("meta", "age", "")))
    assert {item.meta["age"] for item in blank} == {None}
    short = Slice("length", high=70)
    assert {item.id for item in offered(weak, Choice(part=short))} == taken & {
        item.id for item in every if len(item.fields["text"]) < 70
    }
    with pytest.raises(BulkError, match="no metadata column 'agee'; there are: source, age"):
        offered(weak, Choice(part=Slice("meta", "agee", "1")))


def test_cells_are_read_as_they_are_written(tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_text(
        '{"text": "one", "m": true}\n{"text": "two", "m": 3}\n{"text": "thrée", "m": 0.5}\n'
        '{"text": "four", "m": "x"}\n{"text": "five", "m": null}\n'
    )
    source = Source(file, Columns("text", ("text",), meta=("m",)))
    with create(tmp_path / "p", source, classes=("y", "n"), audit_share=0) as project:
        db = project.store.read
        assert list(traits.cells(db, "m").values()) == ["True", 3, 0.5, "x", None]
        assert traits.cells(db, "m", [3, 1]) == {1: 3, 3: "x"}
        assert list(traits.lengths(db, ["text"]).values()) == [3, 3, 5, 4, 4]


def test_classes_are_called_as_they_are_now(own):
    own.decide("owner", with_class_renamed("money", "finance"))
    found = error_analysis(own)
    assert {one.said for one in found.mistakes} == {"sport", "finance"}
    assert {one.truth for one in found.confusion.pairs()} == {"sport", "finance"}
    own.decide("owner", with_class("other"))
    own.decide("owner", with_class_merged("finance", "sport"))
    found = error_analysis(own)
    assert (found.mistakes, found.confusion.pairs()) == ([], [])
    assert found.confusion.classes == ("sport", "other")


def test_no_mistake_is_shown_of_an_item_that_is_out_or_that_others_are_to_judge(own):
    first, second, *_ = [one.item for one in error_analysis(own).mistakes]
    withdrawal.withdraw(own, [first.id])
    with own.store.write() as db:
        db.execute("DELETE FROM closed WHERE position = ?", [second.position])
    shown = {one.item.id for one in error_analysis(own).mistakes}
    assert len(shown) == mistakes.MOST - 2
    assert not shown & {first.id, second.id}
    withdrawal.erase_item(own, second.id)  # a slice may have begun at a number of it
    assert error_analysis(own) is None


def test_a_cluster_that_was_made_anew_is_no_way_to_items(own):
    def way():
        slices = error_analysis(own).slices
        return [one.like_it for one in slices if one.words.startswith("cluster")]

    before = way()
    assert before
    assert all(one.cluster is not None for one in before)
    clusters.keep(own.clusters, None)
    assert way() == [None] * len(before)


def test_it_is_rebuilt_from_the_log_with_the_rest(own):
    told = rounds.analysis(own.store.read)
    with own.store.write() as db:
        rounds.forget_analyses(db)
    assert error_analysis(own) is None
    found = rebuild(own)
    assert found.identical, found.differences
    assert "1 rows of the table analysis" in found.restored
    assert rounds.analysis(own.store.read) == told
    with own.store.write() as db:
        db.execute("UPDATE analysis SET told = json_set(told, '$.wrong', 0)")
    assert "the table analysis: told of round 1" in rebuild(own).differences[0]
    assert rounds.analysis(own.store.read) == told


def test_items_of_several_classes_and_of_numbers_have_an_analysis_too(tmp_path):
    rng = np.random.default_rng(0)

    def rows(n, name):
        for i in range(n):
            x = rng.normal(size=2)
            noise = rng.random() < 0.2
            yield [
                f"{name}{i}",
                *x,
                "|".join("ab"[j] for j in (0, 1) if (x[j] > 0) != noise) or "|",
            ]

    head = ["id", "x1", "x2", "label"]
    about = Columns("table", ("x1", "x2"), id="id", label="label")
    pool, known = (
        write_csv(tmp_path / f"{name}.csv", head, list(rows(n, name)))
        for name, n in (("p", 60), ("a", 60))
    )
    with create(
        tmp_path / "p",
        Source(pool, about),
        audit=Source(known, about),
        classes=("a", "b"),
        task="multilabel",
    ) as project:
        one_round(project)
        found = error_analysis(project)
        assert found.confusion is None
        assert len(found.mistakes) == min(found.wrong, mistakes.MOST) > 5
        for one in found.mistakes:
            assert (one.about in one.said) != (one.about in one.truth)
            assert one.probability > 0.5
        assert {one.words.split()[0] for one in found.slices} <= {"cluster"}


# ---------------------------------------------------------------- over REST, and in the browser


@pytest.fixture(scope="module")
def served(weak):
    with serving(weak.folder) as running:
        yield running


def test_a_choice_that_makes_no_sense_is_refused_by_name(served):
    with served.client("rest", "reviewer") as rest:

        def asked(**choice):
            return rest.get("bulk", params=choice)

        assert asked(by="meta", column="age", value="").json()["fit"] > 0
        assert asked(by="length", high=0).json()["fit"] == 0
        assert asked(says="sport", second="money").json()["fit"] > 0
        assert "there are: source, age" in asked(by="meta", column="x", value="1").json()["detail"]
        for wrong, why in (
            ({"column": "age"}, "need by: meta or length"),
            ({"by": "meta", "column": "age"}, "either a value or low, high or both"),
            ({"by": "meta", "column": "age", "value": "1", "low": 1}, "either a value or"),
            ({"by": "length", "column": "age", "low": 1}, "by length needs"),
            ({"second": "money"}, "second needs says"),
        ):
            reply = asked(**wrong)
            assert reply.status_code == 422
            assert why in reply.text


@pytest.mark.browser
def test_a_reviewer_sees_where_it_is_wrong_and_goes_on_to_label_more_of_these(served, come_in):
    page = come_in(served, "/progress", role="reviewer")
    page.get_by_text("On 1 slice it does worse than chance would let it.").wait_for()
    with Project.open(served.folder) as project:
        found = error_analysis(project)
        to_label = len(offered(project, found.slices[0].like_it))
    pair, mistake = found.confusion.pairs()[0], found.mistakes[0]
    expect(page.get_by_text(f"{pair.truth} taken for {pair.said}", exact=True)).to_be_visible()
    card = page.locator(".st-key-mistakes").get_by_text(mistake.item.fields["text"], exact=True)
    expect(card).to_be_visible()
    expect(page.get_by_text(f"The model says {mistake.said}").first).to_be_visible()
    page.wait_for_function(SETTLED)
    assert violations(page) == []
    links = page.get_by_role("link", name="Label more of these")
    page.locator(".st-key-slices").get_by_role("link").first.click()
    chip = page.get_by_role("button", name=f"Only source: {MAIL}")
    expect(chip).to_be_visible()
    expect(page.locator(".counts")).to_contain_text(f"of {to_label} open")
    before = page.locator(".counts").inner_text()
    chip.click()
    expect(page.locator(".counts")).not_to_have_text(before)
    page.go_back()
    links.first.click()
    expect(page.locator(".says")).to_have_value(pair.said)
    expect(page.locator(".second")).to_have_value(pair.truth)
    page.goto(f"{served.url}/bulk?by=meta")
    page.get_by_text("names a choice of items that there is not").wait_for()
    assert page.evaluate("window.pwned") is None


@pytest.mark.browser
def test_an_annotator_sees_the_figures_and_neither_audit_items_nor_ways_to_bulk(served, come_in):
    page = come_in(served, "/progress")
    page.get_by_text("What does it take for what?").wait_for()
    page.wait_for_function(SETTLED)
    expect(page.get_by_role("link", name="Label more of these")).to_have_count(0)
    expect(page.get_by_text("Which mistakes is it surest of?")).to_have_count(0)
