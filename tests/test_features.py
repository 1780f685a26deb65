"""Items become rows of numbers, the same each time, learned from the pool alone."""

import numpy as np
import pytest
from PIL import Image

from loop import retrain
from loop.features import Diffusion, Hog, Lsa, Pixels, Table

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


def test_edges_tell_directions_and_not_brightness(tmp_path):
    def bars(name, *, upright, dark):
        grey = np.where(np.arange(32) // 4 % 2, 255, dark).astype(np.uint8)
        pixels = np.broadcast_to(grey, (32, 32))
        Image.fromarray(np.ascontiguousarray(pixels if upright else pixels.T)).save(tmp_path / name)
        return [tmp_path / name]

    upright, darker, lying = Hog().transform(
        [
            bars("a.png", upright=True, dark=0),
            bars("b.png", upright=True, dark=100),
            bars("c.png", upright=False, dark=0),
        ]
    )
    assert np.allclose(upright, darker, atol=0.05)
    assert np.linalg.norm(upright - lying) > 1


def circles(n=400, seed=0):
    """Two rings, one in the other: near is what lies along a ring."""
    rng = np.random.default_rng(seed)
    turn, ring = rng.uniform(0, 2 * np.pi, n), np.arange(n) % 2
    X = np.c_[np.cos(turn), np.sin(turn)] * (1 + 2 * ring[:, None])
    return [*(X + rng.normal(0, 0.05, X.shape))], ring


class Raised:
    """Rows as they are, with a third number by which their length is the same."""

    kind = "table"

    def fit(self, _rows):
        return self

    def transform(self, rows):
        rows = np.asarray(rows, np.float32)
        return np.c_[rows, 4 - (rows**2).sum(axis=1) / 3]


def test_diffusion_finds_what_hangs_together_and_places_new_rows_there():
    rows, ring = circles()
    made = Diffusion(Raised(), dimensions=20).fit(rows)
    X = made.transform(rows)
    first = [0, 1]  # one label of each ring is enough
    nearer = (X @ X[first].T).argmax(axis=1)
    assert (nearer == ring).mean() > 0.98
    new, where = circles(100, seed=1)
    assert ((made.transform(new) @ X[first].T).argmax(axis=1) == where).mean() > 0.98


@pytest.mark.parametrize("n", [1, 2, 3, 12, 600])
def test_diffusion_of_few_items_or_of_copies_is_no_error(n):
    rows = [np.ones(2)] * n
    X = Diffusion(Raised()).fit(rows).transform([*rows, np.zeros(2)])
    assert np.isfinite(X).all()
    mixed = [*rows, *circles(20)[0]]
    assert np.isfinite(Diffusion(Raised()).fit(mixed).transform(mixed)).all()


def test_what_rows_are_made_from_may_stand_beside_them():
    texts = ["a goal in the match", "the match was late", "a bank and its shares"] * 5
    plain = Lsa().fit(texts).transform(texts)
    beside = Diffusion(Lsa(), length=0.5, beside=True).fit(texts)
    X = beside.transform(texts)
    assert np.allclose(X[:, : plain.shape[1]], plain, atol=1e-6)
    assert np.allclose(np.linalg.norm(X[:, plain.shape[1] :], axis=1), 0.5)
    assert "goal" in beside.vocabulary().words.tolist()
