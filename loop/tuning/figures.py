"""All that the page of a tuning session shows, as one JSON-ready document."""

from itertools import combinations
from typing import Any

import numpy as np

from loop.evaluation import Z95
from loop.gaussian.rated import Rated
from loop.settings import Settings
from loop.tuning.advice import advice
from loop.tuning.cube import Matrix
from loop.tuning.learned import Learned
from loop.tuning.space import Categorical, Cell, Integer, Setting, words
from loop.tuning.told import Told, columns

TOP = 10
ALONG = 41  # points of a picture of one parameter
ACROSS = 15  # of each side of a picture of two
MOST_TOGETHER = 4  # parameters that are pictured two by two: those that matter most


def figures(settings: Settings, told: Told, learned: Learned | None) -> dict[str, Any]:
    """The document; without answers there is little in it."""
    space = settings.space
    assert space is not None  # noqa: S101 - else there is no session
    known: dict[str, Any] = {
        "ask": space.ask,
        "answers": len(told.answers),
        "people": len({who for _, who, _ in told.answers}),
        "proposals": len({position for position, *_ in told.answers}),
        "left_out": told.left_out,
        "best": None,
    }
    if learned is None:
        return known
    rng = np.random.default_rng([space.seed, len(told.answers)])
    advised = advice(learned, [str(said) for *_, said in told.answers], rng)
    mattering = _mattering(learned)
    return known | {
        "best": _best(told, learned, settings),
        "advice": vars(advised),
        "top": _top(told, learned),
        "one": [_along(learned, name) for name in mattering],
        "two": [_across(learned, *pair) for pair in combinations(mattering[:MOST_TOGETHER], 2)],
        "raters": _raters(told, learned),
        "noise_sd": _noise(learned),
    }


def _best(told: Told, learned: Learned, settings: Settings) -> dict[str, Any]:
    position, place = learned.where[learned.best]
    setting, item = told.shows[position][place], told.items[position]
    column = columns(settings.space)[place]  # type: ignore[arg-type]
    believed = _believed(learned, learned.best_point[None])[0]
    return believed | {
        "id": item.id,
        "setting": setting,
        "shown": item.fields[column],
        "kind": settings.kinds[column],
    }


def _top(told: Told, learned: Learned) -> list[dict[str, Any]]:
    """The best of those that were judged, each setting once."""
    found: dict[str, dict[str, Any]] = {}
    rows = _believed(learned, learned.tried)
    counts: dict[str, int] = {}
    for position, *_ in told.answers:
        for setting in told.shows[position]:
            counts[words(setting)] = counts.get(words(setting), 0) + 1
    for (position, place), believed in zip(learned.where, rows, strict=True):
        one: Setting = told.shows[position][place]
        named = {"id": told.items[position].id, "answers": counts[words(one)]}
        found.setdefault(words(one), believed | named | {"setting": one})
    return sorted(found.values(), key=lambda row: -row["mean"])[:TOP]


def _believed(learned: Learned, U: Matrix) -> list[dict[str, Any]]:
    """What is believed of points, with the 95 % interval; of pairs, beside the average setting."""
    mean, variance = learned.process.spread(learned.cube.features(U))
    half = Z95 * np.sqrt(variance)
    ends = np.column_stack([mean, mean - half, mean + half]).round(3)
    if isinstance(learned.process, Rated):
        ends = np.clip(ends, *learned.scale)  # nothing is worth less than the lowest rating
    return [dict(zip(("mean", "low", "high"), row, strict=True)) for row in ends.tolist()]


def _mattering(learned: Learned) -> list[str]:
    """The active parameters of the best setting, the one that changes most beside it first."""
    setting = learned.cube.setting(learned.best_point)
    heights = {}
    for name in setting:
        values = [one["mean"] for one in _along(learned, name)["points"]]
        heights[name] = max(values) - min(values)
    return sorted(setting, key=lambda name: -heights[name])


def _levels(learned: Learned, name: str, most: int) -> Matrix:
    """Where along a side of the cube a picture looks."""
    parameter = learned.cube.space.parameters[name]
    if isinstance(parameter, Categorical):
        k = len(parameter.choices)
    elif isinstance(parameter, Integer):
        k = parameter.high - parameter.low + 1
    else:
        found: Matrix = np.linspace(0, 1, most)
        return found
    levels: Matrix = (np.unique(np.linspace(0, k - 1, min(k, most)).astype(int)) + 0.5) / k
    return levels


def _value(learned: Learned, u: Matrix, name: str) -> Cell | None:
    return learned.cube.setting(u).get(name)


def _along(learned: Learned, name: str) -> dict[str, Any]:
    """One parameter, the others as in the best setting."""
    cube = learned.cube
    place = list(cube.space.parameters).index(name)
    at = _levels(learned, name, ALONG)
    U = np.repeat(learned.best_point[None], len(at), axis=0)
    U[:, place] = at
    values = [_value(learned, u, name) for u in U]
    points = [{"x": x, **one} for x, one in zip(values, _believed(learned, U), strict=True)]
    return _named(learned, name) | {"points": points}


def _across(learned: Learned, first: str, second: str) -> dict[str, Any]:
    """Two parameters, the others as in the best setting."""
    names = list(learned.cube.space.parameters)
    a, b = (_levels(learned, name, ACROSS) for name in (first, second))
    U = np.repeat(learned.best_point[None], len(a) * len(b), axis=0)
    U[:, names.index(first)], U[:, names.index(second)] = np.repeat(a, len(b)), np.tile(b, len(a))
    cells = [
        {"x": _value(learned, u, first), "y": _value(learned, u, second), **one}
        for u, one in zip(U, _believed(learned, U), strict=True)
    ]
    known = [cell for cell in cells if cell["x"] is not None and cell["y"] is not None]
    return {"x": _named(learned, first), "y": _named(learned, second), "cells": known}


def _named(learned: Learned, name: str) -> dict[str, Any]:
    parameter = learned.cube.space.parameters[name]
    return {"name": name, "type": parameter.type, "log": getattr(parameter, "log", False)}


def _raters(told: Told, learned: Learned) -> list[dict[str, Any]]:
    """Who answered how often, how much lower than others they rate the same, and how evenly."""
    counts = dict.fromkeys(learned.raters, 0)
    for _, who, _ in told.answers:
        counts[who] += 1
    rows: list[dict[str, Any]] = [{"name": who, "answers": n} for who, n in counts.items()]
    if not isinstance(learned.process, Rated) or len(rows) < 2:
        return rows
    adds, sd = learned.process.severities()
    for row, mean, half in zip(rows, adds.tolist(), (Z95 * sd).tolist(), strict=True):
        row |= {"severity": round(-mean, 2)}
        row |= {"low": round(-mean - half, 2), "high": round(-mean + half, 2)}
    for row, noise in zip(rows, np.sqrt(learned.process.noises).tolist(), strict=True):
        row |= {"noise_sd": round(noise, 2)}
    return rows


def _noise(learned: Learned) -> float | None:
    """How far two ratings of one thing by one person differ by chance: standard deviation."""
    process = learned.process
    return round(float(np.sqrt(process.noise)), 2) if isinstance(process, Rated) else None
