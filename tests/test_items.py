"""What is judged: read from files, refused by row, and shown so that a person can judge it."""

import base64
import csv
import io
import math
import struct
import wave

import numpy as np
import pytest
from conftest import write_csv
from PIL import Image
from real_server import serving, until

from loop import Project, exports, retrain, signatures, status
from loop.asking import round_now
from loop.creation import Source, create
from loop.dataset import Columns, read
from loop.errors import DataError, RoundFailed, SettingsError
from loop.media import LARGEST, MediaFolder
from loop.settings import settings_from

CLASSES = ("yes", "no")
EVIL = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'


def made(folder, header, rows, columns, **settings):
    """A new project, without audit items unless asked for."""
    data = write_csv(folder.with_suffix(".csv"), header, rows)
    options = {"classes": CLASSES, "audit_share": 0} | settings
    return create(folder, Source(data, columns), **options)


def tone(path, seconds=1.0, pitch=0.2):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        samples = (int(9_000 * math.sin(t * pitch)) for t in range(int(8_000 * seconds)))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return path


@pytest.fixture
def media(tmp_path):
    return MediaFolder(tmp_path / "media")


# ---------------------------------------------------------------- settings


GOOD = {"name": "p", "modality": "text", "columns": ("a", "b"), "classes": CLASSES}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"meta": ("b",)}, "b is judged, so it is no metadata"),
        ({"media": {"c": "image"}}, "no column of the item is called c"),
        ({"media": {"a": "image", "b": "image"}}, "needs a column of text"),
        ({"media": {"a": "image"}, "modality": "table"}, "beside text only"),
        ({"layout": "side-by-side", "columns": ("a",)}, "exactly two columns, not 1"),
        ({"layout": "side-by-side", "modality": "table"}, "exactly two columns"),
        ({"layout": "diagonal"}, "'layout'.*not 'diagonal'"),
        ({"highlight": ("good", " ")}, "a word to highlight is empty"),
        ({"modality": "audio", "strategy": "margin"}, "no features for them yet; use .*'random'"),
        ({"modality": "video", "strategy": "entropy"}, "video items are asked in random order"),
    ],
)
def test_what_cannot_be_shown_is_refused_when_it_is_set(change, complaint):
    with pytest.raises(SettingsError, match=complaint):
        settings_from(**GOOD | change)


def test_sounds_and_videos_are_asked_at_random_unless_told_otherwise():
    assert settings_from(**GOOD | {"modality": "audio"}).strategy == "random"
    assert settings_from(**GOOD).strategy == "uherding"


# ---------------------------------------------------------------- metadata


META = Columns("text", ("text",), id="id", meta=("order", "day"))


def with_meta(folder, day, **settings):
    rows = [[f"r{i}", f"some words {i}", str(8_800 + i), day] for i in range(12)]
    return made(folder, ["id", "text", "order", "day"], rows, META, **settings)


def test_metadata_is_kept_and_exported_and_nothing_that_nobody_named(tmp_path):
    with with_meta(tmp_path / "p", "2026-03-02") as project:
        (item,) = project.next_items("ana", 1)
        assert item.meta == {"order": str(8_800 + int(item.id[1:])), "day": "2026-03-02"}
        assert list(item.fields) == ["text"]
        project.submit(item.id, "yes", annotator="ana", answer_id="answer-1")
        (row,) = csv.DictReader(io.StringIO(exports.text(project, "csv")))
        assert (row["meta_order"], row["meta_day"]) == (item.meta["order"], "2026-03-02")


def test_the_model_never_reads_metadata(tmp_path):
    with with_meta(tmp_path / "one", "monday") as one, with_meta(tmp_path / "two", EVIL) as two:
        assert (retrain.features(one) == retrain.features(two)).all()
        names = [[f.name for f in (p.folder / "features").iterdir()] for p in (one, two)]
        assert names[0] == names[1]


def test_the_known_answer_is_never_metadata(tmp_path):
    with pytest.raises(SettingsError, match="'truth' holds the known answers"):
        Columns("text", ("text",), label="truth", meta=("truth",))


def test_audit_items_need_the_metadata_too_or_their_lack_of_it_would_tell(tmp_path, askwell_here):
    write_csv(tmp_path / "d.csv", ["id", "text", "day"], [[f"{i}", f"t{i}", "mon"] for i in "abc"])
    write_csv(tmp_path / "t.csv", ["id", "text", "label"], [["x", "tx", "yes"]])
    words = ("--data", "d.csv", "--id", "id", "--meta", "day", "--classes", "yes,no")
    done = askwell_here("init", "p", *words, "--audit", "t.csv")
    assert done.returncode == 1
    assert "t.csv" in done.stderr
    assert "no column 'day'" in done.stderr
    assert askwell_here("init", "p", *words).returncode == 0


def test_a_project_from_before_metadata_opens_with_none(tmp_path):
    with made(tmp_path / "p", ["text"], [["a"], ["b"]], Columns("text", ("text",))) as project:
        db = project.store.read
        db.execute("ALTER TABLE items DROP COLUMN meta")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'metadata'")
        db.execute("PRAGMA user_version = 0")
    with Project.open(tmp_path / "p") as project:
        assert [item.meta for item in project.next_items("ana", 2)] == [{}, {}]


def test_dates_and_odd_values_of_metadata_become_text(tmp_path, media):
    path = tmp_path / "d.jsonl"
    path.write_text('{"t": "x", "m": [1, "a"], "n": 2.5, "o": "", "p": null, "q": Infinity}\n')
    (record,) = read(path, Columns("text", ("t",), meta=tuple("mnopq")), media)
    assert record.meta == {"m": "[1, 'a']", "n": 2.5, "o": None, "p": None, "q": "inf"}


# ---------------------------------------------------------------- several columns, and files


def test_one_of_several_texts_may_be_missing_but_not_all(tmp_path, media):
    path = write_csv(tmp_path / "d.csv", ["a", "b"], [["", "x"], ["y", " "]])
    fields = [record.fields for record in read(path, Columns("text", ("a", "b")), media)]
    assert fields == [{"a": "", "b": "x"}, {"a": "y", "b": ""}]
    path = write_csv(tmp_path / "e.csv", ["a", "b"], [["x", "y"], ["", " "]])
    with pytest.raises(DataError, match=r"row 2 .*nothing in the column 'a', 'b'"):
        read(path, Columns("text", ("a", "b")), media)


def test_a_model_reads_the_text_and_the_image_of_one_item_and_passes_over_its_sound(tmp_path):
    for i in range(6):
        Image.new("L", (8, 8), 40 * i).save(tmp_path / f"{i}.png")
        tone(tmp_path / f"{i}.wav", 0.1, 0.1 + i / 9)
    rows = [[f"words no{i}", f"{i}.png", f"{i}.wav"] for i in range(6)]
    files = {"photo": "image", "clip": "audio"}
    columns = Columns("text", ("text", "photo", "clip"), media=files)
    with made(tmp_path / "p", ["text", "photo", "clip"], rows, columns) as project:
        X = retrain.features(project)
        assert (
            X.shape[1] == 1_024 + 6 + 6
        )  # the image, the text, and where it stands among the others
        lengths = np.linalg.norm(X[:, -1_024:], axis=1)
        assert set(np.round(lengths, 4)) <= {0.0, 1.0}  # as long as the text's part of the row


def test_a_file_that_is_too_large_is_refused_by_name_and_row(tmp_path, media):
    for name in ("huge.png", "huge.wav"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(LARGEST + 1)  # sparse: it takes no room on disk
    for kind, name in (("image", "huge.png"), ("audio", "huge.wav")):
        path = write_csv(tmp_path / "d.csv", ["f"], [[name]])
        with pytest.raises(DataError, match=rf"row 1 .*{name} has 52,428,801 bytes, more than"):
            read(path, Columns(kind, ("f",)), media)


HEADS = {
    "wav": b"RIFF\x24\x08\x00\x00WAVEfmt ",
    "mp3": b"ID3\x04\x00",
    "mp3 without a tag": b"\xff\xfb\x90\x64",
    "ogg": b"OggS" + bytes(24) + b"\x01vorbis",
    "opus": b"OggS" + bytes(24) + b"OpusHead",
    "flac": b"fLaC\x00\x00\x00\x22",
    "mp4": b"\x00\x00\x00\x20ftypisom",
    "m4a": b"\x00\x00\x00\x1cftypM4A ",
    "webm": b"\x1a\x45\xdf\xa3" + bytes(20) + b"\x42\x82\x84webm",
    "aac": b"\xff\xf1\x50\x80",
    "theora": b"OggS" + bytes(24) + b"\x80theora",
    "mov": b"\x00\x00\x00\x14ftypqt  ",
    "heic": b"\x00\x00\x00\x18ftypheic",
    "matroska": b"\x1a\x45\xdf\xa3" + bytes(20) + b"\x42\x82\x88matroska",
    "avi": b"RIFF\x24\x08\x00\x00AVI ",
    "nothing": b"",
    "text": b"<html>",
}
SOUNDS = {"wav", "mp3", "mp3 without a tag", "ogg", "opus", "flac", "mp4", "m4a", "webm"}


@pytest.mark.parametrize("name", HEADS)
def test_a_sound_or_a_video_is_known_by_its_first_bytes(name):
    assert (signatures.ending_of(HEADS[name], "audio") is not None) == (name in SOUNDS)
    assert (signatures.ending_of(HEADS[name], "video") is not None) == (
        name in {"mp4", "m4a", "webm"}
    )


def test_a_file_that_is_no_sound_is_refused_whatever_its_name(tmp_path, media):
    (tmp_path / "a.wav").write_bytes(b"<script>")
    path = write_csv(tmp_path / "d.csv", ["f"], [["a.wav"]])
    with pytest.raises(DataError, match=r"row 1 .*a.wav is no audio that browsers play \(wav, mp3"):
        read(path, Columns("audio", ("f",)), media)


def test_a_folder_of_sounds_is_a_project_asked_at_random_and_says_so(tmp_path, askwell_here):
    (tmp_path / "in").mkdir()
    for i in range(3):
        tone(tmp_path / "in" / f"{i}.wav", 0.1, 0.1 + i / 9)
    done = askwell_here("init", "p", "--data", "in", "--classes", "yes,no")
    assert done.returncode == 0, done.stderr
    with Project.open(tmp_path / "p") as project:
        assert project.settings.kinds == {"audio": "audio"}
        reason = "audio items are asked in random order: no features for them yet"
        assert status(project)["no_rounds"] == reason
        assert status(project)["waiting_for"] == f"nothing: {reason}"
        with pytest.raises(RoundFailed, match=reason):
            round_now(project)
    refused = askwell_here("init", "q", "--data", "in", "--classes", "a,b", "--strategy", "margin")
    assert refused.returncode == 1
    assert "use the strategy 'random', not 'margin'" in refused.stderr


def test_a_folder_of_two_kinds_is_refused(tmp_path, media):
    (tmp_path / "in").mkdir()
    tone(tmp_path / "in" / "a.wav", 0.1)
    Image.new("L", (4, 4)).save(tmp_path / "in" / "b.png")
    with pytest.raises(DataError, match=r"a.wav is audio and b.png is image"):
        read(tmp_path / "in", Columns("audio", ("audio",), id="id"), media)


def test_text_goes_with_one_kind_of_file_and_nothing_else_with_another(tmp_path, askwell_here):
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    write_csv(tmp_path / "d.csv", ["t", "u", "f"], [["x", "y", "a.png"]])
    words = ("--data", "d.csv", "--classes", "a,b")
    assert askwell_here("init", "p", *words, "--text", "t,u", "--image", "f").returncode == 0
    with Project.open(tmp_path / "p") as project:
        assert project.settings.kinds == {"t": "text", "u": "text", "f": "image"}
    assert askwell_here("init", "q", *words, "--image", "f", "--features", "t").returncode == 2


# ---------------------------------------------------------------- on screen


pytestmark = pytest.mark.browser


def served(folder, header, rows, columns, **settings):
    made(folder, header, rows, columns, **settings).close()
    return serving(folder)


LONG = "\n".join(f"Line {i} of a long text." for i in range(200))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Two texts an item, side by side, with metadata and words to mark."""
    text = "Refunded  me? C++ or unrefunded; REFUNDED\nME. STRASSE, late, Übel"
    rows = [[f"r{i}", text, LONG, "8812", EVIL] for i in range(120)]
    columns = Columns("text", ("say", EVIL), id="id", meta=("order", "<b>day</b>"))
    words = ("refunded me", "C++", "LATE", "übel")
    folder = tmp_path_factory.mktemp("pairs") / "p"
    header = ["id", "say", EVIL, "order", "<b>day</b>"]
    more = {"layout": "side-by-side", "highlight": words}
    with served(folder, header, rows, columns, **more) as server:
        yield server


def test_metadata_is_one_line_until_it_is_opened_and_then_stays_open(pairs, come_in):
    page = come_in(pairs)
    meta = page.locator(".item details.meta")
    assert meta.locator("summary").inner_text() == f"order 8812 · {EVIL}"
    assert not meta.locator("dl").is_visible()
    page.keyboard.press("m")
    assert meta.locator("dl").inner_text().split("\n") == ["order", "8812", "<b>day</b>", EVIL]
    here = page.locator(".item").get_attribute("data-item")
    page.keyboard.press("s")
    assert page.locator(".item").get_attribute("data-item") != here
    assert meta.locator("dl").is_visible()
    meta.locator("summary").click()
    assert not meta.locator("dl").is_visible()
    page.keyboard.press("z")
    page.wait_for_selector(".saved[data-kind=done]")
    assert not meta.locator("dl").is_visible()
    assert page.evaluate("window.pwned") is None


def test_highlighted_words_are_marked_whole_whatever_their_case(pairs, come_in):
    page = come_in(pairs)
    marks = page.locator(".item mark").all_inner_texts()
    assert marks == ["Refunded  me", "C++", "REFUNDED\nME", "late", "Übel"]
    assert "unrefunded; REFUNDED" in page.locator(".item .text").first.inner_text()


def test_marks_can_be_read_in_light_and_dark(pairs, come_in):
    ratio = """mark => {
      const light = colour => {
        const canvas = document.createElement("canvas").getContext("2d");
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(c => c / 255)
          .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
      };
      const style = getComputedStyle(mark);
      const [a, b] = [light(style.color), light(style.backgroundColor)];
      return Math.max(a, b) / Math.min(a, b);
    }"""
    page = come_in(pairs)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()
        assert page.locator(".item mark").first.evaluate(ratio) > 4.5
    page.emulate_media(color_scheme="light")


def test_two_columns_have_equal_room_and_stand_below_each_other_on_a_phone(pairs, come_in):
    page = come_in(pairs)
    left, right = (page.locator(".item .field").nth(i).bounding_box() for i in (0, 1))
    assert left["width"] == right["width"]
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] < right["x"]
    assert page.locator(".item .name").all_inner_texts() == ["say", EVIL]
    page.set_viewport_size({"width": 390, "height": 780})
    above, below = (page.locator(".item .field").nth(i).bounding_box() for i in (0, 1))
    assert above["x"] == below["x"]
    assert above["y"] + above["height"] < below["y"]
    page.keyboard.press("w")
    drawer, item = box(page, ".drawer"), box(page, ".item")
    assert item["y"] + item["height"] <= drawer["y"] + 0.5  # nothing lies over what is judged


def test_a_long_text_scrolls_by_the_keyboard_and_the_next_begins_at_its_top(pairs, come_in):
    page = come_in(pairs)

    def top_after(key):
        page.keyboard.press(key)
        return page.locator(".item").evaluate("box => box.scrollTop")

    one_page = top_after("PageDown")
    assert one_page > 200
    assert top_after("ArrowDown") > one_page
    end = top_after("End")
    assert end > 3 * one_page
    assert one_page < top_after("PageUp") < end
    top_after("s")
    until(lambda: page.locator(".item").evaluate("box => box.scrollTop") == 0, 1)  # a frame later
    page.keyboard.press("z")
    page.wait_for_selector(".saved[data-kind=done]")


def test_a_text_of_five_megabytes_does_not_hold_the_page_up(tmp_path, come_in):
    huge = "A word, 𝒳 and another line.\n" * 190_000
    rows = [["a", "short one"], ["huge", huge], ["b", "short too"]]
    press = """async () => {
      const began = performance.now();
      document.dispatchEvent(new KeyboardEvent("keydown", { key: "s", code: "KeyS" }));
      await new Promise(painted => requestAnimationFrame(() => setTimeout(painted)));
      return performance.now() - began;
    }"""
    columns = Columns("text", ("text",), id="id")
    with served(tmp_path / "p", ["id", "text"], rows, columns, highlight=("line",)) as server:
        page = come_in(server)
        assert len(huge) > 5_000_000
        took = {}
        for _ in range(2):
            here = page.locator(".item").get_attribute("data-item")
            if here == "huge":
                break
            took["to it"] = page.evaluate(press)
        assert page.locator(".item").get_attribute("data-item") == "huge"
        shown = page.locator(".item .text").evaluate("text => text.textContent")
        assert huge.startswith(shown)
        assert len(shown.encode("utf-16-le")) / 2 == pytest.approx(200_000, abs=1)
        assert page.locator(".item mark").count() > 5_000
        count = f"{len(huge.encode('utf-16-le')) // 2:,}"
        button = page.get_by_role("button", name=f"Show all {count} characters")
        button.wait_for()
        took["from it"] = page.evaluate(press)
        assert page.locator(".item").get_attribute("data-item") != "huge"
        assert max(took.values()) < 1000, took  # ms
        page.keyboard.press("z")
        button.press("Enter", timeout=60_000)  # by mouse it may move meanwhile
        until(lambda: button.count() == 0, 60)
        shown = page.locator(".item .text").evaluate("text => text.textContent.length")
        assert shown == len(huge.encode("utf-16-le")) // 2


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for i in range(60):
        Image.linear_gradient("L").rotate(i).resize((1_200, 700)).save(folder / f"{i}.png")
    rows = [[f"r{i}", f"{i}.png"] for i in range(60)]
    columns = Columns("image", ("file",), id="id")
    with served(folder / "p", ["id", "file"], rows, columns) as server:
        yield server


def box(page, selector):
    return page.locator(selector).bounding_box()


def test_an_image_fits_zooms_pans_and_begins_anew_and_nothing_else_moves(pictures, come_in):
    page = come_in(pictures)
    page.locator(".item img").wait_for()
    frame, fitting = box(page, ".item .frame"), box(page, ".item img")
    others = [".top", ".decide", ".strip", ".item", ".item .frame"]
    still = [box(page, one) for one in others]
    assert fitting["width"] <= frame["width"]
    assert fitting["height"] <= frame["height"]

    for key in ("+", "="):
        page.keyboard.press(key)
    larger = box(page, ".item img")
    assert larger["width"] == pytest.approx(fitting["width"] * 1.25**2, rel=0.01)
    assert larger["x"] + larger["width"] / 2 == pytest.approx(
        fitting["x"] + fitting["width"] / 2, abs=1
    )
    page.keyboard.press("-")
    page.keyboard.press("-")
    assert box(page, ".item img") == pytest.approx(fitting, abs=0.5)

    spot = (fitting["x"] + fitting["width"] / 4, fitting["y"] + fitting["height"] / 4)
    page.mouse.move(*spot)
    page.mouse.wheel(0, -100)
    page.mouse.wheel(0, -100)
    page.mouse.wheel(0, -100)
    wheeled = box(page, ".item img")
    assert wheeled["width"] > 2 * fitting["width"]
    for at, side, start in ((spot[0], "width", "x"), (spot[1], "height", "y")):
        share = (at - wheeled[start]) / wheeled[side]
        assert share == pytest.approx(0.25, abs=0.01)  # what lay under the pointer still does

    page.mouse.down()
    page.mouse.move(spot[0] + 40, spot[1] + 30, steps=4)
    page.mouse.up()
    panned = box(page, ".item img")
    assert panned["x"] - wheeled["x"] == pytest.approx(40, abs=1)
    assert panned["y"] - wheeled["y"] == pytest.approx(30, abs=1)
    assert [box(page, one) for one in others] == still

    page.mouse.dblclick(*spot)
    assert box(page, ".item img") == pytest.approx(fitting, abs=0.5)
    page.keyboard.press("+")
    page.keyboard.press("s")
    page.locator(".item img").wait_for()
    assert box(page, ".item img") == pytest.approx(fitting, abs=0.5)
    page.keyboard.press("z")
    page.locator(".item img").wait_for()
    assert box(page, ".item img") == pytest.approx(fitting, abs=0.5)
    page.wait_for_selector(".saved[data-kind=done]")


def test_two_fingers_pinch_an_image(pictures, open_page):
    page = open_page(pictures.url, viewport={"width": 390, "height": 780}, has_touch=True)
    page.locator(".item img").wait_for()
    before, frame = box(page, ".item img"), box(page, ".item .frame")
    ratio = page.locator(".item img").evaluate("one => one.naturalWidth / one.naturalHeight")
    assert before["width"] / before["height"] == pytest.approx(ratio, rel=0.01)  # no white bars
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    line = page.context.new_cdp_session(page)
    for kind, apart in (("touchStart", 30), ("touchMove", 45), ("touchMove", 90), ("touchEnd", 0)):
        points = [{"x": x - apart, "y": y, "id": 1}, {"x": x + apart, "y": y, "id": 2}]
        line.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": points if kind != "touchEnd" else []},
        )
    assert box(page, ".item img")["width"] == pytest.approx(3 * before["width"], rel=0.05)


@pytest.fixture
def none_there(pictures):
    """The project of pictures for as long as its files are away."""
    files = pictures.folder / "media"
    away = files.rename(pictures.folder / "away")
    files.mkdir()
    yield pictures
    files.rmdir()
    away.rename(files)


def test_an_image_deleted_from_the_project_says_so_and_can_be_skipped(none_there, come_in):
    page = come_in(none_there)
    page.get_by_text("This image cannot be shown: ").wait_for()
    here = page.locator(".item").get_attribute("data-item")
    page.keyboard.press("s")
    assert page.locator(".item").get_attribute("data-item") != here
    page.wait_for_selector(".saved[data-kind=done]")


def plays(page, selector=".item .player"):
    return page.locator(selector).evaluate("one => !one.paused")


def test_space_plays_a_sound_and_arrows_seek_and_no_round_is_done(tmp_path, come_in):
    for i in range(4):
        tone(tmp_path / f"{i}.wav", 20, 0.1 + i / 20)
    rows = [[f"r{i}", f"{i}.wav"] for i in range(4)]
    columns = Columns("audio", ("clip",), id="id")
    with served(tmp_path / "p", ["id", "clip"], rows, columns) as server:
        page = come_in(server)
        player = page.locator(".item .player")
        player.wait_for()
        page.keyboard.press(" ")
        until(lambda: player.evaluate("one => one.currentTime > 0.05"), 10)
        page.keyboard.press(" ")
        assert not plays(page)
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowLeft")
        assert player.evaluate("one => one.currentTime") == pytest.approx(5, abs=1)
        player.focus()
        page.keyboard.press(" ")  # once, by us; not a second time by the player itself
        until(lambda: plays(page), 5)
        page.keyboard.press("1")
        page.locator(".item .player").wait_for()
        assert not plays(page)
        assert player.evaluate("one => one.currentTime") == 0
        page.get_by_role("button", name="1 yes").focus()
        here = page.locator(".item").get_attribute("data-item")
        page.keyboard.press(" ")  # the button's own
        assert page.locator(".item").get_attribute("data-item") != here
        assert not plays(page)
        page.keyboard.press("2")
        page.wait_for_selector(".saved[data-kind=done]")
        page.locator(".model").get_by_text("audio items are asked in random order").wait_for()
        with Project.open(tmp_path / "p") as project:
            until(lambda: status(project)["trainer"]["state"] == "idle", 20)
            assert status(project)["labels"] == 3
            assert "no features" in status(project)["trainer"]["note"]


RECORD = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 160, height: 90 });
  const ink = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm" });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const over = new Promise(resolve => (recorder.onstop = resolve));
  recorder.start();
  for (let i = 0; i < 25; i++) {
    ink.fillStyle = `hsl(${i * 14} 80% 50%)`;
    ink.fillRect(0, 0, 160, 90);
    await new Promise(resolve => setTimeout(resolve, 40));
  }
  recorder.stop();
  await over;
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
}"""


def test_space_plays_a_video_that_fills_its_place(tmp_path, chromium, come_in):
    studio = chromium.new_page()
    (tmp_path / "v.webm").write_bytes(base64.b64decode(studio.evaluate(RECORD)))
    studio.close()
    rows = [[f"r{i}", "v.webm"] for i in range(2)]
    columns = Columns("video", ("film",), id="id")
    with served(tmp_path / "p", ["id", "film"], rows, columns) as server:
        page = come_in(server)
        player = page.locator(".item .player")
        player.wait_for()
        item, video = box(page, ".item"), box(page, ".item .player")
        assert video["height"] > 0.8 * item["height"]
        assert video["y"] + video["height"] <= item["y"] + item["height"]
        page.keyboard.press(" ")
        until(lambda: player.evaluate("one => one.currentTime > 0.05"), 10)


def test_scripts_in_a_table_and_in_a_text_beside_a_sound_are_only_text(tmp_path, come_in):
    table = Columns("table", (EVIL, "x"), id="id")
    rows = [[f"r{i}", EVIL, "2.50"] for i in range(3)]
    with served(tmp_path / "t", ["id", EVIL, "x"], rows, table, highlight=("script",)) as server:
        page = come_in(server)
        assert page.locator(".cells").inner_text().split("\n")[0].count(EVIL) == 2
        assert page.locator(".cells mark").count() == 2
        assert page.evaluate("window.pwned") is None
    tone(tmp_path / "s.wav", 0.1)
    spoken = Columns("text", (EVIL, "clip"), id="id", media={"clip": "audio"})
    rows = [[f"r{i}", EVIL, "s.wav"] for i in range(3)]
    with served(tmp_path / "s", ["id", EVIL, "clip"], rows, spoken) as server:
        page = come_in(server)
        page.locator(".item .player").wait_for()
        assert page.locator(".item .name").all_inner_texts() == ["clip", EVIL]
        assert page.locator(".item .text").inner_text() == EVIL
        assert page.evaluate("window.pwned") is None
