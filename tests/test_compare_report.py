"""What comparisons say across data sets, and the report that shows it."""

import csv
import json
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import LIGHT, write_csv
from real_server import until
from scipy import stats

from loop import compare
from loop.compare import statistics
from loop.compare.across import critical_difference, mean_areas, outcome, ranks
from loop.compare.cell import WHOLE, Cell, Point, Protocol
from loop.compare.engine import Outcome
from loop.errors import SettingsError
from ui import compare_charts, compare_report

ASK = Protocol(budget=40, batch=10, first=10, recipe="table | logistic(C=10)")
AA = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
NASTY = "</script><script>document.title='taken'</script><img src=x onerror=document.title='taken'>"


def curve(*accuracies):
    return [Point(10 * i, a, a, [a, 1 - a], 0.1) for i, a in enumerate((0.5, *accuracies))]


def case(name, full=0.9, **of_strategies):
    """A document of hand-made curves: for each strategy one a seed, None where it failed."""
    found = [Outcome(Cell("d", WHOLE, 0, ASK), [Point(99, full, full, [full] * 2, 0.1)], None, 1)]
    for strategy, curves in of_strategies.items():
        for seed, one in enumerate(curves):
            failure = None if one else "ValueError: not today"
            found.append(Outcome(Cell("d", strategy, seed, ASK), one, failure, 1))
    return compare.document(name, found)


def flat(*areas):
    """Curves with these areas."""
    return [None if area is None else curve(*[area] * 4) for area in areas]


# ---------------------------------------------------------------- one data set


def test_utilisation_by_hand():
    base = curve(0.6, 0.7, 0.75, 0.8)
    assert statistics.utilisation(curve(0.6, 0.8, 0.7, 0.9), base) == 20 / 40
    assert statistics.utilisation(base, base) == 1
    assert statistics.utilisation(curve(0.6, 0.7, 0.7, 0.79), base) is None


def test_labels_saved_and_utilisation_are_medians_and_null_where_they_were_not_reached():
    early, late, never = (
        curve(0.82, 0.9, 0.9, 0.9),
        curve(0.6, 0.7, 0.8, 0.82),
        curve(0.6, 0.6, 0.6, 0.6),
    )
    found = case("d", random=[late, late, never], margin=[early] * 3, k=[never, never, early])[
        "strategies"
    ]
    assert found["margin"]["labels_to"] == {"0.90": 10, "0.95": 20}
    assert found["margin"]["saved"] == {"0.90": 30, "0.95": None}  # random had 40, and never
    assert found["margin"]["utilisation"] == 10 / 40
    assert found["k"]["saved"] == {"0.90": None, "0.95": None}
    assert found["k"]["utilisation"] is None
    assert found["random"]["areas"] == pytest.approx(
        {"0": 0.73666, "1": 0.73666, "2": 0.6}, abs=1e-4
    )


def test_the_area_of_lu_stands_only_where_it_is_defined():
    long, short = [curve(0.6, 0.8, 0.9)], [curve(0.6, 0.8)]
    found = case("d", random=long, margin=short)["strategies"]
    assert found["random"]["aubc_of_lu"]["mean"] == pytest.approx(0.425)
    assert found["margin"]["aubc_of_lu"] is None


def test_the_table_is_read_on_100_columns():
    found = case(
        "d", random=flat(0.6, 0.7), expected_gradient_x=flat(0.8, 0.82), k=flat(None, None)
    )
    assert max(len(line) for line in compare.table(found).splitlines()) <= 100


# ---------------------------------------------------------------- several


def test_a_win_is_an_interval_above_nothing():
    one = case(
        "d", random=flat(0.6, 0.7, 0.8), better=flat(0.7, 0.81, 0.9), same=flat(0.7, 0.7, 0.7)
    )
    assert outcome(one, "better", "random") == "wins"
    assert outcome(one, "random", "better") == "losses"
    assert outcome(one, "same", "random") == outcome(one, "random", "same") == "ties"
    single = case("d", random=flat(0.6), better=flat(0.9))
    assert outcome(single, "better", "random") == "unknown"  # one seed has no interval


def test_wins_are_counted_over_the_cases_for_every_pair():
    up = case("up", random=flat(0.6, 0.7), margin=flat(0.7, 0.81))
    down = case("down", random=flat(0.7, 0.81), margin=flat(0.6, 0.7))
    level = case("level", random=flat(0.6, 0.8), margin=flat(0.8, 0.6))
    # Of two seeds t is 12.7: the differences 0.10 and 0.11 are apart from 0, others are not.
    told = compare.across_cases(
        [up, up, down, level, case("one", random=flat(0.6), margin=flat(0.7))]
    )
    assert told["wins"]["margin"]["random"] == {"wins": 2, "ties": 1, "losses": 1, "unknown": 1}
    assert told["wins"]["random"]["margin"] == {"wins": 1, "ties": 1, "losses": 2, "unknown": 1}
    assert "independent" in told["caution"]  # `up` is there twice


# Accuracies of C4.5 and three of its settings on 14 data sets: table 6 of Demšar 2006, where a tie
# of three digits is none by its ranks: here it has a fourth.
DEMSAR = """
.763 .768 .771 .798  .599 .591 .590 .569  .954 .971 .968 .967  .628 .661 .654 .657
.882 .888 .886 .898  .936 .931 .916 .931  .661 .668 .609 .685  .583 .583 .563 .625
.775 .838 .866 .875  1.00 1.00 1.00 1.00  .940 .962 .965 .962  .619 .666 .614 .669
.972 .981 .975 .9749  .957 .978 .946 .970
"""


def test_ranks_and_the_critical_difference_are_those_of_demsars_example():
    areas = np.array(DEMSAR.split(), float).reshape(14, 4)
    told = ranks(areas, ["C4.5", "m", "cf", "m+cf"])
    assert list(told["mean"]) == ["m+cf", "m", "cf", "C4.5"]
    assert list(told["mean"].values()) == pytest.approx([1.964, 2.000, 2.893, 3.143], abs=5e-4)
    assert told["critical_difference"] == pytest.approx(1.25, abs=5e-3)
    assert told["groups"] == [["m+cf", "m", "cf", "C4.5"]]  # he says so, too: less than 1.25
    friedman = stats.friedmanchisquare(*areas.T)
    assert told["friedman"]["statistic"] == pytest.approx(friedman.statistic)
    assert told["friedman"]["p"] == pytest.approx(friedman.pvalue)


def test_the_critical_values_are_those_of_his_table():
    q = [critical_difference(k, 1) / np.sqrt(k * (k + 1) / 6) for k in (2, 3, 5, 10)]
    assert q == pytest.approx([1.960, 2.343, 2.728, 3.164], abs=1e-3)


def test_groups_are_the_longest_runs_that_cannot_be_told_apart():
    order = np.tile([0.9, 0.8, 0.7, 0.6, 0.5], (20, 1))  # ranks 1 to 5, the same on 20 data sets
    told = ranks(order, list("abcde"))
    assert 1 < told["critical_difference"] < 2
    assert told["groups"] == [["a", "b"], ["b", "c"], ["c", "d"], ["d", "e"]]
    assert ranks(np.ones((20, 3)), list("abc"))["groups"] == [list("abc")]
    assert ranks(np.ones((20, 3)), list("abc"))["friedman"] == {"statistic": 0, "p": 1}


def test_a_case_counts_with_the_seeds_that_all_finished_or_not_at_all():
    some = case("some", random=flat(0.6, 0.7, None), margin=flat(0.8, None, 0.9))
    assert mean_areas(some, ["random", "margin"]) == pytest.approx([0.6, 0.8])
    none = case("none", random=flat(0.6, None), margin=flat(None, 0.9))
    failed = case("failed", random=flat(0.6, 0.7), margin=flat(None, None))
    told = compare.across_cases([some, none, failed])
    assert told["left_out"] == [
        {"case": "none", "why": "no seed was finished by every strategy"},
        {"case": "failed", "why": "margin finished no seed"},
    ]
    assert told["ranks"] is None
    assert told["why_no_ranks"].endswith("every strategy finished; there is 1.")
    assert told["wins"]["margin"]["random"]["unknown"] == 3
    assert "Left out of the ranks: failed: margin finished no seed." in told["notes"]


def test_one_strategy_alone_has_no_ranks():
    told = compare.across_cases([case("a", random=flat(0.6)), case("b", random=flat(0.6))])
    assert told["ranks"] is None
    assert "only random" in told["why_no_ranks"]
    with pytest.raises(ValueError, match="only random"):
        compare_charts.ranks(told)


# ---------------------------------------------------------------- pictures


def test_labels_saved_are_read_off_the_chart():
    found = case("d", random=[curve(0.6, 0.7, 0.8, 0.82)], margin=[curve(0.6, 0.82, 0.82, 0.9)])
    drawn = compare_charts.curves(found).to_dict()
    [diamonds] = [one for one in drawn["layer"] if one["mark"].get("shape") == "diamond"]
    assert [
        (one["strategy"], one["labels"], one["takes"]) for one in diamonds["data"]["values"]
    ] == [
        ("random", 40, "40"),
        ("margin", 20, "20 (20 saved)"),
    ]
    assert {one["who"] for one in diamonds["data"]["values"]} == {"random", "margin"}
    assert "0.810 of 0.900" in drawn["description"]
    assert "margin 20 (20 saved)" in drawn["description"]


def test_of_too_many_strategies_the_best_are_drawn_and_the_others_named():
    many = {f"s{i:02}": flat(0.5 + i / 100, 0.52 + i / 100) for i in range(12)}
    found = case("d", **many, random=flat(0.3, 0.31))
    assert compare_charts.shown(found) == [*(f"s{i:02}" for i in range(3, 12)), "random"]
    said = compare_charts.curves(found).to_dict()["description"]
    assert "smaller areas: s00, s01, s02. Name 10 strategies or fewer" in said


def test_what_failed_altogether_is_drawn_as_nothing():
    found = case("d", random=flat(0.6, 0.7), margin=flat(None, None))
    drawn = json.dumps(compare_charts.curves(found).to_dict())
    assert "margin" not in drawn
    never = case("d", full=1.0, random=flat(0.6, 0.7))
    assert "None got to 90 %" in compare_charts.curves(never).to_dict()["description"]


# ---------------------------------------------------------------- the report


@pytest.fixture(scope="module")
def told():
    """Two cases, one strategy with a hostile name, one failure."""
    rng = np.random.default_rng(0)
    cases = [
        case(
            name,
            random=[curve(*(0.6 + rng.random(4) / 5)) for _ in range(3)],
            **{NASTY: [curve(*(0.7 + rng.random(4) / 5)) for _ in range(3)]},
            margin=[curve(0.7, 0.8, 0.85, 0.9), None, curve(0.7, 0.8, 0.8, 0.85)],
        )
        for name in ("plane", f"../{NASTY}")
    ]
    cases[0] |= {"bias": {"words": [f"Labels were chosen by {NASTY}."]}}
    made_of = {"written_at": "now", "versions": {"askwell": "0"}, "seeds": 3, "data": {NASTY: "f"}}
    return {"cases": cases, "across": compare.across_cases(cases), "manifest": made_of}


@pytest.fixture(scope="module")
def report(told, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "made" / "anew"
    compare_report.write(folder, told)
    return folder


def test_pictures_are_files_that_can_be_read(report):
    assert len(list(report.iterdir())) == 4 + 2 * 3  # none of them left the folder
    for file in ("ranks", "curves-plane"):
        root = ET.fromstring((report / f"{file}.svg").read_text())
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) > 5
        assert (report / f"{file}.png").read_bytes().startswith(b"\x89PNG\r\n")
    [other] = report.glob("curves-*onerror*.svg")
    svg = ET.fromstring(other.read_text())
    assert not [one for one in svg.iter() if one.tag.endswith(("script", "img"))]


def test_tables_are_the_document(report, told):
    with (report / "points.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    told_points = [
        (case["dataset"], name, point)
        for case in told["cases"]
        for name, one in case["strategies"].items()
        for point in one["curve"]
    ]
    assert [(row["case"], row["strategy"]) for row in rows] == [one[:2] for one in told_points]
    for what in ("labels", "mean", "lo", "hi", "macro_f1", "seeds"):
        assert [float(row[what]) for row in rows] == [one[2][what] for one in told_points]
    with (report / "areas.csv").open(newline="", encoding="utf-8") as file:
        areas = {
            (r["case"], r["strategy"], r["seed"]): float(r["area"]) for r in csv.DictReader(file)
        }
    assert len(areas) == 2 * (3 + 3 + 2)
    assert areas["plane", "margin", "2"] == told["cases"][0]["strategies"]["margin"]["areas"]["2"]
    assert json.loads((report / "manifest.json").read_text()) == told["manifest"]


@pytest.fixture(scope="module")
def opened(report, chromium):
    """The report in a browser without a network, and what it asked for and complained of."""
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda one: page.asked.append(one.url))
    page.on("console", lambda one: page.complaints.append(one.text))
    page.on("pageerror", lambda why: page.complaints.append(str(why)))
    page.goto((report / "report.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    until(lambda: drawn(page, "false"), 20)
    yield page
    context.close()


def drawn(page, log):
    return page.evaluate(
        "log => [...document.querySelectorAll('.chart')]"
        ".every(one => (one.dataset.ready || '').endsWith(log))",
        log,
    )


@pytest.mark.browser
def test_the_report_works_without_a_network_and_asks_for_nothing(opened, report):
    assert opened.locator("svg.marks").count() == 1 + 2 * 4
    assert opened.asked == [(report / "report.html").as_uri()]
    assert opened.complaints == []
    assert (
        Axe().run(opened, context={"exclude": [["svg.marks"]]}, options=AA).response["violations"]
        == []
    )


@pytest.mark.browser
def test_names_are_text_in_the_report(opened):
    assert opened.title() == "Comparison of strategies"
    assert opened.locator("img").count() == 0
    assert opened.get_by_role("rowheader", name=NASTY, exact=True).count() == 2 + 1
    assert opened.get_by_text(f"Labels were chosen by {NASTY}.", exact=True).count() == 1
    assert opened.get_by_role("heading", name=f"../{NASTY}", exact=True).count() == 1


@pytest.mark.browser
def test_the_axis_is_switched_and_the_pointer_tells_every_strategy(opened):
    opened.get_by_label("Logarithmic axis").check()
    until(lambda: drawn(opened, "true"), 20)
    chart = opened.locator("[data-spec=curves-0] svg.marks")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    opened.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.4)
    tip = opened.locator("#vg-tooltip-element.visible")
    tip.wait_for()
    assert {"labels", "random", "margin", NASTY} <= set(tip.locator(".key").all_inner_texts())
    assert opened.complaints == []
    assert opened.title() == "Comparison of strategies"


def test_the_command_writes_the_report_of_several_files(askwell_here, tmp_path):
    rng = np.random.default_rng(0)
    files = []
    for name in ("one", "two"):
        rows = [[f"{x + i % 2:.3f}", "ab"[i % 2]] for i, x in enumerate(rng.normal(size=60))]
        files.append(write_csv(tmp_path / f"{name}.csv", ["x", "class"], rows))
    words = ["compare", *files, "--features", "x", "--label", "class", "--strategies", "margin"]
    words += ["--recipe", LIGHT, "--budget", "30", "--seeds", "2", "--report", tmp_path / "report"]
    shown = askwell_here(*words)
    assert shown.returncode == 0
    assert "Over 2 cases" in shown.stdout
    assert (tmp_path / "report" / "curves-two.svg").exists()
    found = json.loads(askwell_here(*words[:-2], "--json").stdout)
    assert set(found) == {"cases", "across", "manifest"}
    assert found["cases"][0]["classes"] == ["a", "b"]
    assert found["across"]["ranks"]["cases"] == 2


def test_a_folder_that_cannot_be_is_refused_before_anything_runs(askwell_here, tmp_path):
    file = write_csv(tmp_path / "d.csv", ["x", "class"], [[str(i), "ab"[i % 2]] for i in range(60)])
    taken = tmp_path / "taken"
    taken.write_text("mine")
    words = ["--features", "x", "--label", "class", "--strategies", "margin", "--report", taken]
    refused = askwell_here("compare", file, *words)
    assert refused.returncode == 1
    assert f"A report cannot be written to {taken}" in refused.stderr
    assert taken.read_text() == "mine"
    with pytest.raises(SettingsError, match="Name another folder"):
        compare_report.prepare(taken / "below")


def test_files_are_named_safely_and_apart():
    assert compare_report.file_names(["a b", "a/b", "../..", "", "A b", "é" * 300]) == [
        "a-b",
        "a-b_2",
        "case",
        "case_2",
        "A-b_3",
        "é" * 80,
    ]
