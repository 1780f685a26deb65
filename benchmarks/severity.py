"""Do means come closer to those of the whole panel, corrected for how severe raters are?

VADER's texts have 15 to 20 ratings from −4 to 4 each; the mean of all that are listed is what three
of them are to come close to. Ratings are anonymous, and their place in the list names nobody.

- places: whether places act as raters. sd: of severities, were places raters; by_chance: the 95th
  percentile of that with the ratings of each text shuffled, 99 times; noise_sd: of the rest
- as_raters: three places of each text, the places taken for raters, 200 draws
- simulated: three ratings of each text, as three raters out of some would have given them, who are
  more or less severe by a normal law: their severity taken off, rounded, clipped to the scale.
  200 draws of texts, ratings and raters; texts_each: how many each of them rates, on average

Of each: rmse and spearman with the panel's means; apart: rmse corrected less plain, its mean, and
its 2.5 and 97.5 percentiles over draws; better: the share of draws in which that is below 0; held:
how often the 95 % interval of a corrected mean holds the panel's.
"""

import gzip
import json
import time
from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from run import data
from scipy.stats import spearmanr

from loop.feedback.rater_effects import Ratings, effects_of
from loop.feedback.severity import severity

SCALE = (-4, 4)
EACH = 3  # ratings of a text
DRAWS = 200
SHUFFLES = 99
SPREADS = (0.0, 0.25, 0.5, 1.0)  # of severities
RATERS = (20, 50)
TEXTS_EACH = (3, 6, 15, 60)

Matrix = NDArray[np.float64]


def measure() -> dict[str, Any]:
    """Places, then simulated raters."""
    panels = _panels()
    every = np.vstack(list(panels.values()))
    return {
        "texts": {source: len(panel) for source, panel in panels.items()},
        "places": {source: _places(panel) for source, panel in panels.items()},
        "as_raters": {source: _as_raters(panel) for source, panel in panels.items()},
        "simulated": [
            _simulated(every, spread, raters, texts_each)
            for spread in SPREADS
            for raters in RATERS
            for texts_each in TEXTS_EACH
        ],
        "seconds": _seconds(),
    }


def _panels() -> dict[str, Matrix]:
    """The ratings of each source, (n_texts, 20); NaN where a text has fewer."""
    panels = defaultdict(list)
    with gzip.open(data("vader_ratings") / "items.jsonl.gz", "rt", encoding="utf-8") as lines:
        for text in map(json.loads, lines):
            missing = [np.nan] * (20 - len(text["ratings"]))
            panels[text["source"]].append(text["ratings"] + missing)
    return {source: np.array(panel, float) for source, panel in panels.items()}


def _places(panel: Matrix) -> dict[str, float]:
    rng = np.random.default_rng(0)
    texts, places = np.nonzero(~np.isnan(panel))
    values = panel[texts, places]
    found = effects_of(Ratings(texts, places, values))
    shuffled = []
    for _ in range(SHUFFLES):
        order = np.lexsort((rng.random(len(values)), texts))
        shuffled.append(effects_of(Ratings(texts, places, values[order])).rater_variance)
    return {
        "sd": round(found.rater_variance**0.5, 4),
        "by_chance": round(float(np.quantile(shuffled, 0.95)) ** 0.5, 4),
        "noise_sd": round(found.noise_variance**0.5, 3),
    }


def _drawn(panel: Matrix, rng: np.random.Generator) -> NDArray[np.intp]:
    """Three places of each text that hold a rating, (n_texts, 3)."""
    key = np.where(np.isnan(panel), 2.0, rng.random(panel.shape))
    return np.argsort(key, axis=1)[:, :EACH]


def _as_raters(panel: Matrix) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(DRAWS):
        places = _drawn(panel, rng)
        draws.append(_errors(np.take_along_axis(panel, places, axis=1), places, panel))
    return _told(draws)


def _simulated(every: Matrix, spread: float, n_raters: int, texts_each: int) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    n_texts = n_raters * texts_each // EACH
    draws = []
    for _ in range(DRAWS):
        panel = every[rng.choice(len(every), n_texts, replace=False)]
        ratings = np.take_along_axis(panel, _drawn(panel, rng), axis=1)
        raters = np.argsort(rng.random((n_texts, n_raters)), axis=1)[:, :EACH]
        given = np.rint(ratings - rng.normal(0, spread, n_raters)[raters])
        draws.append(_errors(np.clip(given, *SCALE), raters, panel))
    setting = {"severity_sd": spread, "raters": n_raters, "texts_each": texts_each}
    return setting | {"texts": n_texts} | _told(draws)


def _errors(ratings: Matrix, raters: NDArray[np.intp], panel: Matrix) -> list[float]:
    """Plain and corrected: rmse, spearman; then how often the interval holds the panel's mean."""
    texts = np.repeat(np.arange(len(ratings)), EACH).tolist()
    found = severity(texts, raters.ravel().tolist(), ratings.ravel().tolist(), SCALE)
    truth = np.nanmean(panel, axis=1)
    means = np.array([[one.plain, one.corrected] for one in found.items]).T
    rmse = [float(np.sqrt(((mean - truth) ** 2).mean())) for mean in means]
    spearman = [float(spearmanr(mean, truth).statistic) for mean in means]
    ends = np.array([[one.low, one.high] for one in found.items], float).T
    return [*rmse, *spearman, float(((ends[0] <= truth) & (truth <= ends[1])).mean())]


def _told(draws: list[list[float]]) -> dict[str, Any]:
    columns = np.array(draws).T
    apart = columns[1] - columns[0]
    plain, corrected, spearman, of_corrected, held = (round(float(c.mean()), 4) for c in columns)
    return {
        "rmse": {"plain": plain, "corrected": corrected},
        "apart": round(float(apart.mean()), 4),
        "apart_ci95": [round(float(end), 4) for end in np.quantile(apart, (0.025, 0.975))],
        "better": round(float((apart < 0).mean()), 3),
        "spearman": {"plain": spearman, "corrected": of_corrected},
        "held": round(held, 3),
    }


def _seconds() -> dict[str, float]:
    """Of the processor, for 100,002 ratings, three to a text, by so many raters."""
    rng = np.random.default_rng(0)
    texts = np.repeat(np.arange(33_334), EACH)
    found = {}
    for n_raters in (50, 200, 1_000):
        raters = rng.integers(n_raters // EACH, size=(33_334, 1)) * EACH + np.arange(EACH)
        raters = (raters + rng.integers(n_raters, size=(33_334, 1))) % n_raters
        ratings = rng.integers(-4, 5, len(texts))
        begin = time.process_time()
        severity(texts.tolist(), raters.ravel().tolist(), ratings.tolist(), SCALE)
        found[f"{n_raters} raters"] = round(time.process_time() - begin, 2)
    return found
