"""Items become rows of numbers, the same each time, learned from the pool alone."""

import numpy as np
import pytest
from PIL import Image

from loop import retrain
from loop.features import Lsa, Pixels, Table

TEXTS = ["the match was late", "the bank was late", "", "🙂🙂", "a goal, a goal!"] * 5


def test_texts_become_rows_of_length_one_or_nothing():
    X = Lsa().fit(TEXTS[:20]).transform(TEXTS)
    lengths = np.linalg.norm(X, axis=1)
    assert X.dtype == np.float32
    assert set(np.round(lengths, 5)) <= {0.0, 1.0}
    assert (X[0] == X[5]).all()


def test_texts_are_learned_from_the_pool_alone():
    known = ["red blue", "blue green", "green red"]
    X = Lsa().fit(known).transform([*known, "xylophone quartz"])
    assert X[:3].any(axis=1).all()
    assert not X[3].any()


@pytest.mark.parametrize("texts", [["🙂"] * 4, ["word"], ["!", "?"]])
def test_texts_without_words_are_no_error(texts):
    assert len(Lsa().fit(texts).transform(texts)) == len(texts)


@pytest.mark.parametrize(("mode", "width"), [("L", 1024), ("RGB", 3072)])
def test_images_of_any_size_become_scaled_pixels(tmp_path, mode, width):
    paths = []
    for i, size in enumerate([(8, 8), (300, 20)]):
        Image.new(mode, size, color="white").save(tmp_path / f"{i}.png")
        paths.append([tmp_path / f"{i}.png"])
    X = Pixels().fit(paths).transform(paths)
    assert X.shape == (2, width)
    assert (X == 1).all()


def test_tables_take_blanks_unseen_words_and_constant_columns():
    cells = [[1.0, "a", 5.0], [3.0, "b", 5.0], [None, None, 5.0], [2.0, "never seen", 5.0]]
    X = Table().fit(cells[:3]).transform(cells)
    assert X.dtype == np.float32
    assert np.isfinite(X).all()
    assert X[3, -3:].tolist() == [0, 0, 0]  # blank, a, b: none of them


def test_features_are_computed_once_and_again_when_the_data_differs(project, monkeypatch):
    X = retrain.features(project)
    assert isinstance(X, np.memmap)
    monkeypatch.setattr(Lsa, "fit", None)
    assert (retrain.features(project) == X).all()
    (path,) = (project.folder / "features").glob("*.npy")
    path.unlink()
    with pytest.raises(TypeError):
        retrain.features(project)


@pytest.mark.parametrize("kind", ["transparent", "16 bits", "rotated"])
def test_the_model_sees_an_image_as_a_person_does(tmp_path, kind):
    path = tmp_path / "x.png"
    if kind == "transparent":
        ink = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
        ink.paste((0, 0, 0, 255), (0, 0, 32, 16))
        ink.save(path)
    elif kind == "16 bits":
        pixels = np.zeros((32, 32), np.uint16)
        pixels[16:] = 65_535
        Image.fromarray(pixels).save(path)
    else:
        path = tmp_path / "x.jpg"
        lying = Image.new("L", (32, 32), 255)
        lying.paste(0, (0, 0, 16, 32))  # dark on the left; upright: dark above
        exif = lying.getexif()
        exif[0x0112] = 6
        lying.save(path, exif=exif, quality=95)
    X = Pixels().fit([[path]]).transform([[path]]).reshape(32, 32, -1).mean(axis=2)
    assert X[:15].max() < 0.1
    assert X[17:].min() > 0.9
