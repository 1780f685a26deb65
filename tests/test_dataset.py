"""Files become items, or are refused by file, row and value with nothing left behind."""

import gzip
import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from loop import status, tasks
from loop.creation import Source, create
from loop.dataset import Columns, classes_in, read
from loop.errors import DataError, ProjectExists, SettingsError
from loop.media import MediaFolder
from loop.store import items

TEXT = Columns("text", ("text",), id="id")


@pytest.fixture
def media(tmp_path):
    return MediaFolder(tmp_path / "media")


@pytest.fixture
def file(tmp_path):
    def make(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


ROWS = [{"id": "a", "text": "héllo, wörld"}, {"id": "b", "text": 'she said "no"\nand left'}]


def written(tmp_path, form):
    frame = pd.DataFrame(ROWS)
    path = tmp_path / f"data.{form}"
    if form.startswith("csv"):
        frame.to_csv(path, index=False)
    elif form == "tsv":
        frame.to_csv(path, index=False, sep="\t")
    elif form == "parquet":
        frame.to_parquet(path)
    else:
        opened = gzip.open if form.endswith("gz") else open
        with opened(path, "wt", encoding="utf-8") as lines:
            lines.writelines(json.dumps(row) + "\n" for row in ROWS)
    return path


@pytest.mark.parametrize("form", ["csv", "csv.gz", "tsv", "jsonl", "jsonl.gz", "parquet"])
def test_every_format_gives_the_same_items(tmp_path, media, form):
    records = read(written(tmp_path, form), TEXT, media)
    assert [(r.id, r.fields["text"]) for r in records] == [(r["id"], r["text"]) for r in ROWS]


def test_a_byte_order_mark_is_no_part_of_the_first_column(file, media):
    assert read(file("bom.csv", "\ufeffid,text\na,b\n"), TEXT, media)[0].id == "a"


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("none.csv", "", "the file is empty"),
        ("bom.csv", "\ufeff", "the file is empty"),
        ("blank.csv", "\n \n", "the file is empty"),
        ("head.csv", "id,text\n", "a header but no rows"),
        (
            "col.csv",
            "id,body\na,b\n",
            r"row 1 \(line 2\) has no column 'text'; there are: id, body",
        ),
        ("row.csv", "id,text\na,b\nb\n", r"row 2 \(line 3\) has 1 cells, the header 2"),
        ("twice.csv", "id,text,text\na,b,c\n", "the header names text twice"),
        ("id.csv", "id,text\na,b\nc,d\na,e\n", r"row 3 .*'a' stands in row 1"),
        ("noid.csv", "id,text\n ,b\n", "nothing in the id column 'id'"),
        ("empty.csv", "id,text\na,b\nb,  \n", r"row 2 \(line 3\): nothing in the column 'text'"),
        ("zip.csv", b"PK\x03\x04rest", "not a text file"),
        ("bin.csv", b"id,text\n\0\1", "not a text file"),
        ("latin.csv", "id,text\na,caf\xe9\n".encode("latin-1"), "not UTF-8"),
        ("fake.csv.gz", "id,text\na,b\n", "not a whole gzip file"),
        (
            "cut.csv.gz",
            gzip.compress(b"id,text\n" + b"a,b\n" * 99, mtime=0)[:-9],
            "not a whole gzip file",
        ),
        ("quote.csv", 'id,text\na,"b\n', "line 2"),
        ("line.jsonl", '{"id": "a", "text": "b"}\n{"id": \n', "line 2 is not JSON"),
        ("list.jsonl", "[1, 2]\n", "line 1 is .*not a JSON object"),
        ("fake.parquet", "id,text\n", "not a whole Parquet file"),
        ("what.xlsx", "x", "none of the formats"),
    ],
)
def test_a_bad_file_is_refused_by_name_and_row(file, media, name, content, complaint):
    path = file(name, content)
    with pytest.raises(DataError, match=complaint) as refusal:
        read(path, TEXT, media)
    assert str(path) in str(refusal.value)


def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path, media):
    with pytest.raises(DataError, match="no such file"):
        read(tmp_path / "nowhere.csv", TEXT, media)
    (tmp_path / "bare").mkdir()
    with pytest.raises(DataError, match="no image in this folder"):
        read(tmp_path / "bare", Columns("image", ("image",), id="id"), media)


def test_all_bad_rows_are_counted_and_the_first_five_named(file, media):
    path = file("bad.csv", "id,text\n" + "".join(f"{i},\n" for i in range(8)))
    with pytest.raises(DataError) as refusal:
        read(path, TEXT, media)
    assert len(refusal.value.problems) == 8
    assert "… and 3 more" in str(refusal.value)


def test_without_an_id_column_the_content_decides_and_copies_stay_apart(file, media):
    path = file("copies.csv", "text\nsame\nother\nsame\n")
    first, other, copy = read(path, Columns("text", ("text",)), media)
    assert copy.id == f"{first.id}-2"
    again = read(path, Columns("text", ("text",)), media)
    assert [record.id for record in again] == [first.id, other.id, copy.id]


def test_columns_that_nobody_named_are_left_out(file, media):
    path = file("leak.csv", "id,text,truth\na,b,secret\n")
    assert read(path, TEXT, media)[0].fields == {"text": "b"}


def test_table_cells_become_numbers_words_or_blanks(file, media):
    path = file("t.csv", "x,y\n1.5, red \n,blue\n")
    records = read(path, Columns("table", ("x", "y")), media)
    assert [r.fields for r in records] == [{"x": 1.5, "y": "red"}, {"x": None, "y": "blue"}]
    with pytest.raises(DataError, match="'x' holds 'inf'"):
        read(file("inf.csv", "x\ninf\n"), Columns("table", ("x",)), media)


# ---------------------------------------------------------------- images


def test_images_are_copied_in_by_content(tmp_path, media):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    Image.new("L", (4, 4), 7).save(tmp_path / "in" / "b.png")
    Image.new("L", (4, 4), 7).save(tmp_path / "in" / "deep" / "a.png")
    Image.new("RGB", (4, 4)).save(tmp_path / "in" / "c.jpg")
    records = read(tmp_path / "in", Columns("image", ("image",), id="id"), media)
    assert [record.id for record in records] == ["b.png", "c.jpg", "deep/a.png"]
    assert records[0].fields == records[2].fields
    assert len(list(media.folder.iterdir())) == 2


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("x.png", b"this is no image", "x.png is no PNG, JPEG"),
        ("x.png", None, "there is no image"),
        ("x.gif", "tiff", "x.gif is no PNG, JPEG"),
        ("x.png", "cut", "broken image"),
    ],
)
def test_a_broken_image_is_refused_by_its_row(tmp_path, file, media, name, content, complaint):
    if content == "tiff":
        Image.new("L", (4, 4)).save(tmp_path / name, "TIFF")
    elif content == "cut":
        Image.effect_noise((64, 64), 50).save(tmp_path / name)
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:900])
    elif content is not None:
        (tmp_path / name).write_bytes(content)
    listing = file("list.csv", f"file\n{name}\n")
    with pytest.raises(DataError, match=rf"row 1 \(line 2\): .*{complaint}"):
        read(listing, Columns("image", ("file",), id="file"), media)


# ---------------------------------------------------------------- classes


@given(st.permutations(["10", "9", "1", "b", "a"]))
def test_classes_are_ordered_as_people_order_them(order):
    records = [type("R", (), {"label": label}) for label in [*order, None]]
    assert classes_in(records, tasks.get("classify")) == ("1", "9", "10", "a", "b")


# ---------------------------------------------------------------- a whole project, or nothing


def source(path, **columns):
    return Source(path, Columns("text", ("text",), id="id", **columns))


@pytest.mark.parametrize(
    ("pool", "audit", "settings", "complaint"),
    [
        ("id,text,label\na,b,yes\nb,c,maybe\n", None, {"classes": ("yes", "no")}, "row 2.*'maybe'"),
        ("id,text,label\na,b,\n", None, {}, "name them: --classes"),
        ("id,text,label\na,b,x\nb,c,y\n", "id,text,label\na,z,x\n", {}, "'a' is in the pool too"),
        ("id,text,label\na,b,x\nb,c,y\n", "id,text,label\nz,c,x\n", {}, "the same item"),
        ("id,text,label\na,b,x\nb,c,y\n", "id,text,label\nz,z,\n", {}, "row 1.*no label"),
        ("id,text,label\na,b,x\nb,c,y\n", "id,text\nz,z\n", {}, "no column 'label'"),
        ("id,text,label\na,b,x\nb,c,y\n", None, {"strategy": "margn"}, "Did you mean 'margin'"),
        ("id,text,label\na,b,x\nb,c,y\n", None, {"recipe": "defualt"}, "Did you mean 'default'"),
    ],
)
def test_a_project_is_made_whole_or_not_at_all(file, tmp_path, pool, audit, settings, complaint):
    data = source(file("pool.csv", pool), label="label")
    truth = source(file("audit.csv", audit), label="label") if audit else None
    before = sorted(tmp_path.iterdir())
    with pytest.raises((DataError, SettingsError), match=complaint):
        create(tmp_path / "made", data, audit=truth, **settings)
    assert sorted(tmp_path.iterdir()) == before


def test_what_lies_in_the_way_is_never_touched(file, tmp_path):
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "thesis.txt").write_text("years of work")
    with pytest.raises(ProjectExists, match="not empty"):
        create(tmp_path / "made", source(file("p.csv", "id,text\na,b\n")), classes=("x", "y"))
    assert (tmp_path / "made" / "thesis.txt").read_text() == "years of work"


def test_a_seeded_share_is_set_aside_for_the_audit(make_project):
    once, again, other = (
        make_project(n=100, audit=0, name=name, seed=seed)
        for name, seed in [("one", 1), ("two", 1), ("three", 2)]
    )
    drawn = [items.positions(p.store.read, items.AUDIT) for p in (once, again, other)]
    assert len(drawn[0]) == 20
    assert drawn[0] == drawn[1] != drawn[2]


def test_copies_of_an_audit_item_are_audit_items_too_and_known_labels_are_not(file, tmp_path):
    rows = [f"r{i},same text {i % 5},{'x' if i >= 40 else ''}" for i in range(50)]
    rows += [f"s{i},other text {i}," for i in range(50)]
    data = file("p.csv", "id,text,label\n" + "\n".join(rows) + "\n")
    with create(tmp_path / "made", source(data, label="label"), classes=("x", "y")) as project:
        every = list(items.every(project.store.read))
        audit = {item.fields["text"] for item in every if item.share == "audit"}
        pool = {item.fields["text"] for item in every if item.share == "pool"}
        assert len(audit) == 20
        assert not audit & pool
        assert not any("same" in text for text in audit)  # some of its copies had a label


def test_labels_that_came_with_the_data_are_there_from_the_start(file, tmp_path):
    data = file("p.csv", "id,text,label\na,one,x\nb,two,y\nc,three,\n")
    with create(tmp_path / "made", source(data, label="label"), audit_share=0) as project:
        assert status(project)["classes"] == {"x": 1, "y": 1}
        assert [item.id for item in project.next_items("ana", 5)] == ["c"]


def test_half_a_character_is_refused_by_row_and_column(tmp_path):
    source = tmp_path / "halves.jsonl"
    source.write_text('{"text": "whole"}\n{"text": "half \\ud800"}\n')
    with pytest.raises(DataError, match=r"line 2.*'text' holds half of a character"):
        read(source, Columns("text", ("text",)), None)
