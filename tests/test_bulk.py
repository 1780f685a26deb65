"""Many items labeled at once: what is offered, what a batch stores, and how all of it goes back."""

import sqlite3
import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from conftest import sentences, truth_of, write_csv
from PIL import Image
from playwright.sync_api import expect
from real_server import serving, until
from test_accessibility import violations

from loop import Answer, Project, bulk, clustering, clusters, importing, retrain, status, withdrawal
from loop.bulk import Batch, BulkError, Choice
from loop.creation import Source, create
from loop.dataset import Columns
from loop.decisions import with_class, with_class_merged
from loop.store import batches, items, log
from loop.store.database import each
from loop.trainer import one_round

EVIL = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
STATE = ("standing", "closed", "leases")


def choose(project, who="rea", n=bulk.MOST, skip=0, **choice):
    return bulk.find(project, who, Choice(**choice), n, skip)


def ids(offer):
    return [one.item.id for one in offer.items]


def batch(item_ids, value="sport", name="bulk-00000001", **more):
    return Batch(name, item_ids, value, **more)


def state_of(project):
    """What follows from the log: rows of each table of the state, and every count above zero."""
    read = project.store.read
    tables = {name: sorted(map(tuple, read.execute(f"SELECT * FROM {name}"))) for name in STATE}
    counts = read.execute("SELECT what, of, n FROM tallies WHERE n <> 0")
    return tables | {"tallies": sorted(counts.fetchall())}


def by_truth(project, who="rea"):
    """Label every open item as it is, class by class."""
    offered = choose(project, who).items
    for i, kind in enumerate(project.settings.classes):
        these = [one.item.id for one in offered if truth_of(one.item.fields["text"]) == kind]
        assert bulk.label(project, who, batch(these, kind, f"bulk-0000000{i}")).left_out == []


# ---------------------------------------------------------------- what is offered


def test_audit_items_are_neither_offered_nor_taken(make_project):
    project = make_project(audit=0, audit_share=0.2)
    audit = [item.id for item in items.every(project.store.read) if item.share == items.AUDIT]
    assert len(audit) > 5
    assert set(ids(choose(project))) == {f"p{i}" for i in range(60)} - set(audit)
    done = bulk.label(project, "rea", batch([audit[0], "p0"]))
    assert (audit[0], "it is judged by itself only") in done.left_out


def test_offered_is_what_nobody_has_on_screen_and_the_person_has_not_answered(make_project):
    project = make_project(n=20, audit=0, audit_share=0)
    out = [item.id for item in project.next_items("ana", 3)]
    skipped = project.next_items("rea", 1)[0]
    project.session.submit("rea", [Answer("skip-0001", skipped.id, "skip")], holding=[])
    offer = choose(project)
    assert set(ids(offer)).isdisjoint([*out, skipped.id])
    assert offer.fit == len(offer.items) == 16
    assert choose(project, n=5, skip=14).items == offer.items[14:]


def test_words_are_found_as_on_the_data_page(project):
    assert ids(choose(project, words="no0X7")) == ["p7"]
    assert ids(choose(project, words="p41")) == ["p41"]
    assert choose(project, words="nothing like it").fit == 0


def test_what_the_model_says_is_offered_likeliest_first_and_merged_classes_are_one(make_project):
    project = make_project(n=120, audit=0, audit_share=0)
    project.decide("owner", with_class("cash"))
    assert choose(project, says="sport").fit == 0  # no model yet
    for i, one in enumerate(choose(project, n=30).items):
        kind = truth_of(one.item.fields["text"])
        kind = "cash" if kind == "money" and i % 2 else kind
        bulk.label(project, "ana", batch([one.item.id], kind, f"bulk-{i:08x}"))
    one_round(project)
    sure = [one.probability for one in choose(project, says="sport", least=0.5).items]
    assert sure == sorted(sure, reverse=True)
    assert min(sure) >= 0.5
    apart = choose(project, says="money").fit + choose(project, says="cash").fit
    before = choose(project, says="sport").fit
    project.decide("owner", with_class_merged("cash", "money"))
    merged = choose(project, says="money")
    assert merged.fit + choose(project, says="sport").fit == apart + before == 90
    assert {truth_of(one.item.fields["text"]) for one in merged.items[:20]} == {"money"}
    assert choose(project, says="cash").fit == merged.fit  # a name of before still counts
    told = batch(ids(merged)[:1], "sport", "bulk-aaaaaaaa", says="cash", guessed_by=1)
    bulk.label(project, "rea", told)
    (row,) = batches.answers(project.store.read, "bulk-aaaaaaaa", "rea")
    assert (row["suggestion"], row["model_version"]) == ("money", 1)
    with pytest.raises(BulkError, match="no model 2; the newest is 1"):
        bulk.label(project, "rea", replace(told, guessed_by=2))
    with pytest.raises(BulkError, match="no class 'weather'"):
        choose(project, says="weather")


def test_a_text_is_shown_in_short(tmp_path):
    file = write_csv(tmp_path / "long.csv", ["id", "text"], [["a", "x" * 5_000], ["b", "short"]])
    source = Source(file, Columns("text", ("text",), id="id"))
    with create(tmp_path / "p", source, classes=("y", "n"), audit_share=0) as project:
        told = [one.item.fields["text"] for one in choose(project).items]
        assert told == ["x" * bulk.SHORT + "…", "short"]


# ---------------------------------------------------------------- one batch


def test_every_answer_says_bulk_and_no_suggestion_unless_one_was_on_screen(project):
    project.write_guideline("owner", "How to judge.")
    now = time.time()
    bulk.label(project, "rea", batch(["p1"], shown_at=now - 9, answered_at=now))
    bulk.label(project, "rea", batch(["p2"], "money", "bulk-00000002", says="sport"))
    plain, told = (
        log.event(project.store.read, name) for name in ("bulk-00000001-1", "bulk-00000002-2")
    )
    assert (plain["strategy"], plain["annotator"], plain["guideline_version"]) == ("bulk", "rea", 1)
    assert (plain["suggestion"], plain["suggestion_shown"]) == (None, None)
    assert plain["answered_at"] - plain["shown_at"] == pytest.approx(9)
    assert (told["value"], told["suggestion"], told["suggestion_shown"]) == ("money", "sport", 1)


def test_what_others_hold_or_answered_is_left_out_and_the_rest_is_stored(make_project):
    project = make_project(n=20, audit=0, audit_share=0)
    held, answered = project.next_items("ana", 2)
    project.submit(answered.id, "money", annotator="ana", answer_id="answer-1")
    project.session.submit("ana", [], holding=[held.id], n=1)
    rest = [f"p{i}" for i in range(20) if f"p{i}" not in {held.id, answered.id}][:3]
    withdrawal.withdraw(project, [rest[2]])
    sent = batch([held.id, answered.id, *rest, "nowhere", rest[0]])
    done = bulk.label(project, "rea", sent)
    assert done.saved == rest[:2]
    assert dict(done.left_out) == {
        held.id: "somebody else has it on screen",
        answered.id: "it needs no more answers",
        rest[2]: "it needs no more answers",
        "nowhere": "there is no item 'nowhere'",
    }
    again = bulk.label(project, "rea", batch(rest[:2], "money", "bulk-00000002"))
    assert {why for _, why in again.left_out} == {"you have answered it meanwhile"}
    assert status(project)["classes"] == {"sport": 2, "money": 1}


def test_a_batch_is_stored_whole_or_not_at_all(project):
    before = state_of(project), log.end(project.store.read)
    project.store.read.execute(
        "CREATE TRIGGER full BEFORE INSERT ON log WHEN NEW.position = 9 "
        "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="full"):
        bulk.label(project, "rea", batch([f"p{i}" for i in range(12)]))
    assert (state_of(project), log.end(project.store.read)) == before


def test_a_batch_sent_twice_is_one(project):
    sent = batch(["p1", "p2", "p3"])
    first = bulk.label(project, "rea", sent)
    end = log.end(project.store.read)
    assert bulk.label(project, "rea", sent) == first
    assert log.end(project.store.read) == end
    stolen = bulk.label(project, "bo", sent)
    assert stolen.saved == []


def test_more_than_one_batch_may_hold_is_refused(project):
    with pytest.raises(BulkError, match="501 items are more than 500"):
        bulk.label(project, "rea", batch([f"p{i}" for i in range(501)]))


def test_an_item_that_wants_two_answers_gets_them_from_two_people(make_project):
    project = make_project(n=5, audit=0, audit_share=0, overlap=2)
    for i, who in enumerate(("rea", "bo", "cy")):
        open_ = ids(choose(project, who))
        assert len(open_) == (0 if who == "cy" else 5)
        done = bulk.label(project, who, batch(["p0", "p1"], name=f"bulk-0000000{i}"))
        assert len(done.saved) == (0 if who == "cy" else 2)
        if who == "bo":
            bulk.label(project, who, batch(["p2", "p3", "p4"], name="bulk-000000ff"))
            bulk.label(project, "rea", batch(["p2", "p3", "p4"], name="bulk-000000fe"))


def test_several_classes_are_one_value_in_the_projects_order(make_project):
    project = make_project(task="multilabel", audit=0, audit_share=0)
    bulk.label(project, "rea", batch(["p1"], ["money", "sport"]))
    assert log.event(project.store.read, "bulk-00000001-1")["value"] == ["sport", "money"]
    refused = bulk.label(project, "rea", batch(["p2"], "sport", "bulk-00000002"))
    assert "wants a list of classes" in refused.left_out[0][1]


# ---------------------------------------------------------------- back in one step


def test_one_undo_takes_all_back_and_the_state_is_as_before(make_project):
    project = make_project(audit=0, audit_share=0.2, overlap=2)
    bulk.label(project, "bo", batch(["p1", "p2"], name="bulk-000000aa"))
    project.next_items("ana", 4)
    before = state_of(project)
    offered = ids(choose(project))
    end = log.end(project.store.read)
    saved = bulk.label(project, "rea", batch(offered, "money")).saved
    assert saved == offered
    assert choose(project).last == bulk.Last("bulk-00000001", "money", len(saved))
    assert bulk.take_back(project, "bo", "bulk-00000001") is None  # it is not theirs
    assert bulk.take_back(project, "rea", "bulk-00000001") == len(saved)
    assert state_of(project) == before
    rows = list(each(project.store.read, "SELECT kind, strategy FROM log WHERE seq > ?", [end]))
    told = Counter((row["kind"], row["strategy"]) for row in rows)
    assert told == {("label", "bulk"): len(saved), ("undo", "bulk"): len(saved)}
    assert choose(project).last is None
    assert ids(choose(project)) == offered
    bulk.take_back(project, "rea", "bulk-00000001")  # sent again
    assert log.end(project.store.read) == end + 2 * len(saved)


def test_batches_go_back_newest_first_and_a_correction_stays(project):
    bulk.label(project, "rea", batch(["p1", "p2"]))
    bulk.label(project, "rea", batch(["p3"], "money", "bulk-00000002"))
    project.submit("p1", "money", annotator="rea", answer_id="correction")
    assert choose(project).last.batch_id == "bulk-00000002"
    bulk.take_back(project, "rea", "bulk-00000002")
    assert choose(project).last == bulk.Last("bulk-00000001", "sport", 1)
    bulk.take_back(project, "rea", "bulk-00000001")
    assert status(project)["classes"] == {"sport": 0, "money": 1}


# ---------------------------------------------------------------- what comes of it


def test_the_next_round_learns_from_it(make_project):
    project = make_project(n=60, audit=30)
    by_truth(project)
    done = one_round(project)
    assert done.labels == 60
    assert status(project)["accuracy"]["value"] > 0.9
    assert bulk.take_back(project, "rea", "bulk-00000000") > 0
    assert status(project)["labels"] < 60


def test_the_time_of_many_is_nobodys_pace(project):
    now = time.time()
    held = project.next_items("rea", 1)[0]
    slow = Answer("one-by-one", held.id, "label", "sport", shown_at=now - 7, answered_at=now)
    project.session.submit("rea", [slow], holding=[])
    bulk.label(project, "rea", batch([f"p{i}" for i in range(40)], shown_at=now - 50))
    assert status(project)["seconds_per_label"] == pytest.approx(7)
    assert status(project)["answers"]["label"] > 30


# ---------------------------------------------------------------- clusters


@pytest.fixture
def clustered(make_project):
    project = make_project(n=100, audit=0, audit_share=0.1)
    retrain.features(project)
    clustering.keep_up(project)
    return project


def test_clusters_hold_what_is_alike_and_say_by_which_words(clustered):
    offer = choose(clustered)
    assert sum(one.open for one in offer.clusters) == offer.fit == 90
    words = {word for one in offer.clusters for word in one.words}
    assert words <= {word for text, _ in sentences(100) for word in text.split()}
    assert all(one.words for one in offer.clusters)
    alike = 0
    for one in offer.clusters:
        inside = choose(clustered, cluster=one.number).items
        assert len(inside) == one.open
        kinds = Counter(truth_of(found.item.fields["text"]) for found in inside)
        alike += kinds.most_common(1)[0][1]
    assert alike / offer.fit > 0.8
    bulk.label(clustered, "rea", batch(ids(choose(clustered, cluster=0))))
    assert 0 not in {one.number for one in choose(clustered).clusters}


def test_the_same_seed_makes_the_same_clusters_the_largest_first():
    X = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)
    pool = np.arange(0, 300, 2)
    first, second = (clustering.group(X, pool, seed=3) for _ in range(2))
    assert np.array_equal(first, second)
    sizes = np.bincount(first["cluster"][pool])
    assert list(sizes) == sorted(sizes, reverse=True)
    X[1::2] += 5  # nothing is fitted to the rows beside the pool: each is put into the nearest
    assert np.array_equal(clustering.group(X, pool, seed=3)[pool], first[pool])


def test_clusters_are_made_anew_with_the_features_and_old_ones_are_swept(clustered):
    (first,) = clustered.clusters.glob("*.npy")
    clustering.keep_up(clustered)
    assert list(clustered.clusters.glob("*.npy")) == [first]
    (clustered.clusters / "torn.npy.partial").touch()
    for i in range(clusters.KEPT):
        posted = importing.posted(clustered, [(f"q{i}", {"text": f"goal match number {i}"})])
        importing.add(clustered, posted, by="owner")
        posted.discard()
        retrain.features(clustered)
        clustering.keep_up(clustered)
    assert not first.exists()
    assert len(list(clustered.clusters.iterdir())) == 2 * clusters.KEPT
    assert len(clusters.load(clustered.clusters).entries) == clustered.item_count()


def test_clusters_may_be_deleted_and_erasing_an_item_deletes_them(clustered):
    withdrawal.erase_item(clustered, "p1")
    assert list(clustered.clusters.iterdir()) == []
    assert choose(clustered).clusters == []
    assert choose(clustered, cluster=0).fit == 0


# ---------------------------------------------------------------- over REST, and in the browser


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """A server with texts that mean harm; each test labels its own."""
    folder = tmp_path_factory.mktemp("bulk") / "reviews"
    rows = [[f"p{i}", f"{text} {EVIL}"] for i, (text, _) in enumerate(sentences(200))]
    data = write_csv(folder.with_suffix(".csv"), ["id", "text"], rows)
    source = Source(data, Columns("text", ("text",), id="id"))
    create(folder, source, classes=("sport", "money"), audit_share=0).close()
    with serving(folder) as running:
        with Project.open(folder) as project:
            until(lambda: choose(project).clusters, 30)
        yield running


@pytest.fixture
def rea(texts, request):
    with texts.client(request.node.name[:100], "reviewer") as client:
        yield client


def test_a_batch_goes_out_and_back_over_rest(texts, rea):
    found = rea.get("bulk", params={"words": "x1", "n": 3}).json()
    assert found["fit"] >= len(found["items"]) == 3
    assert found["items"][0]["fields"].keys() == {"text"}
    assert sum(one["open"] for one in found["clusters"]) <= 200
    body = {"batch_id": "bulk-0123456789abcdef", "value": "money"}
    sent = body | {"item_ids": [one["id"] for one in found["items"]] + ["nowhere"]}
    done = rea.post("bulk", json=sent).json()
    assert done["saved"] == sent["item_ids"][:3]
    assert done["left_out"] == [{"item_id": "nowhere", "reason": "there is no item 'nowhere'"}]
    assert rea.get("bulk?n=1").json()["last"] == body | {"items": 3}
    undo = {"batch_id": body["batch_id"]}
    with texts.client("another", "reviewer") as other:
        assert other.post("bulk/undo", json=undo).status_code == 404
    assert rea.post("bulk/undo", json=undo).json() == undo | {"items": 3}
    assert rea.get("bulk", params={"words": "x1", "n": 3}).json() == found
    assert "sklearn" not in texts.modules()


@pytest.mark.parametrize(
    "asked", ["n=501", "n=0", "skip=-1", "least=2", "least=nan", "cluster=-1", "other=1"]
)
def test_what_is_out_of_bounds_is_refused(rea, asked):
    assert rea.get(f"bulk?{asked}").status_code == 422


@pytest.mark.parametrize(
    "change",
    [{"batch_id": "mine"}, {"item_ids": []}, {"item_ids": ["p0"] * 501}, {"value": None}],
)
def test_a_batch_that_is_none_is_refused(rea, change):
    body = {"batch_id": "bulk-12345678", "item_ids": ["p0"], "value": "sport"}
    assert rea.post("bulk", json=body | change).status_code == 422


def selected(page):
    return page.locator(".tile[aria-selected=true]")


def labels_in(folder):
    with Project.open(folder) as project:
        return status(project)["classes"]


@pytest.mark.browser
def test_texts_are_labeled_by_keyboard_and_all_go_back_with_one_key(texts, come_in):
    before = labels_in(texts.folder)
    page = come_in(texts, "/bulk", role="reviewer")
    expect(page.locator(".tiles")).to_be_focused()
    page.locator(".choice .words").fill("goal")
    page.keyboard.press("Enter")
    expect(page.locator(".tile .words").first).to_contain_text("goal")
    expect(page.locator(".tile", has_not_text="goal")).to_have_count(0)
    first = page.locator(".tile .words").all_inner_texts()[:3]
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(selected(page)).to_have_count(3)
    page.keyboard.press("1")
    page.wait_for_selector(".saved[data-kind=done]")
    until(lambda: labels_in(texts.folder)["sport"] == before["sport"] + 3, 10)
    for words in first:
        expect(page.locator(".tile", has_text=words)).to_have_count(0)
    page.reload()
    page.locator(".tile").first.wait_for()
    page.keyboard.press("z")
    until(lambda: labels_in(texts.folder) == before, 10)
    expect(page.locator(".tile", has_text=first[0])).to_have_count(1)
    page.keyboard.press("z")
    expect(page.locator(".notice")).to_have_text("There is no batch to take back.")
    assert page.evaluate("window.pwned") is None


@pytest.mark.browser
def test_a_cluster_of_texts_is_chosen_and_nothing_of_a_label_is_an_accessibility_fault(
    texts, come_in
):
    page = come_in(texts, "/bulk", role="reviewer")
    page.locator(".tile").first.wait_for()
    cluster = page.locator(".choice .cluster")
    expect(cluster).to_be_enabled()
    alike = cluster.locator("option").nth(1).inner_text().split(" · ")[1].split()[0]
    cluster.select_option(index=1)
    expect(page.locator(".counts")).to_contain_text(f" {alike} open · 0 selected")
    page.locator(".tiles").focus()
    page.keyboard.press("Control+a")
    expect(page.locator(".tile[aria-selected=false]")).to_have_count(0)
    expect(page.locator(".pressed")).to_have_count(0)  # half-way its colours are those of neither
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(selected(page)).to_have_count(0)
    page.keyboard.press("1")
    expect(page.locator(".notice")).to_contain_text("Nothing is selected yet")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A server with pictures, dark ones and light ones."""
    folder = tmp_path_factory.mktemp("pictures")
    rows = []
    for i in range(120):
        shade = (20 if i % 2 else 220) + i % 30
        Image.new("L", (64, 64), shade).save(folder / f"{i:03}.png")
        rows.append([f"{i:03}.png"])
    data = write_csv(folder / "pictures.csv", ["file"], rows)
    source = Source(data, Columns("image", ("file",), id="file"))
    create(folder / "p", source, classes=("dark", "light"), audit_share=0).close()
    with serving(folder / "p") as running:
        with Project.open(folder / "p") as project:
            until(lambda: choose(project).clusters, 30)
        yield running


@pytest.mark.browser
def test_pictures_are_labeled_on_a_grid_by_keyboard(pictures, come_in):
    page = come_in(pictures, "/bulk", role="reviewer")
    page.locator(".grid .tile img").nth(3).wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    columns = page.evaluate(
        "() => { const all = [...document.querySelectorAll('*')].map((one) => one.shadowRoot)"
        ".find((root) => root && root.querySelector('.tiles')).querySelectorAll('.tile');"
        " return [...all].findIndex((tile) => tile.offsetTop > all[0].offsetTop) }"
    )
    expect(page.locator(".tile.at")).to_have_attribute(
        "id", page.locator(".tile").nth(columns + 1).get_attribute("id")
    )
    name = page.locator(".tile.at").get_attribute("data-item")
    page.keyboard.press("Space")
    page.keyboard.press("2")
    until(lambda: labels_in(pictures.folder) == {"dark": 0, "light": 1}, 10)
    expect(page.locator(f".tile[data-item='{name}']")).to_have_count(0)
    expect(page.locator(".tile")).to_have_count(60)
    page.keyboard.press("Control+a")
    many = selected(page).count()
    page.keyboard.down("Space")
    page.keyboard.down("Space")  # a held key does it once
    page.keyboard.up("Space")
    expect(selected(page)).to_have_count(many - 1)
    page.keyboard.press("Space")
    page.keyboard.press("1")
    until(lambda: labels_in(pictures.folder) == {"dark": many, "light": 1}, 10)
    page.keyboard.press("z")
    until(lambda: labels_in(pictures.folder) == {"dark": 0, "light": 1}, 10)
    expect(page.locator(".tile")).to_have_count(many)
    expect(page.locator(".pressed")).to_have_count(0)
    assert violations(page) == []


@pytest.mark.browser
def test_a_batch_given_while_the_server_is_away_is_kept_and_sent(pictures, come_in):
    page = come_in(pictures, "/bulk", role="reviewer")
    page.locator(".tile").first.wait_for()
    before = labels_in(pictures.folder)
    page.route("**/api/v1/bulk**", lambda route: route.abort())
    page.keyboard.press("Space")
    page.keyboard.press("1")
    page.wait_for_selector(".saved[data-kind=offline]")
    page.unroute_all()
    page.reload()
    until(lambda: labels_in(pictures.folder)["dark"] == before["dark"] + 1, 10)


@pytest.mark.browser
def test_an_annotator_does_not_get_the_page(texts, come_in):
    page = come_in(texts, "/bulk")
    page.get_by_text("This page is for: reviewer").wait_for()
    expect(page.get_by_role("link", name="Bulk")).to_have_count(0)
