"""Who stands out by more than chance gives; never by few answers.

Each question is put to everybody who has enough answers for it, and its p-values are adjusted by
Holm (1979) over them: however many people there are, to name even one by chance stays as rare. Gold
items tell where somebody had enough of them, else the items that others answered, too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from loop.evaluation import Z95
from loop.evidence import Evidence, Rows
from loop.holm import holm
from loop.quality.share import Estimate, share
from loop.raters import against, same_items, within
from loop.raters.against import Kappas
from loop.raters.answers import Matrix
from loop.raters.within import Halves

LEAST = within.LEAST  # answers of somebody, before anything is said of them
LEAST_OTHER = 10  # items of another class, to say that somebody always says one
CHANCE = 0.05  # to name anybody by one question, where nobody stands out
SLIGHT = 0.2  # kappa up to which agreement is slight at most (Landis and Koch 1977)

Told = dict[int, tuple[float, str]]  # by a person's code: the p-value, and the rest of a sentence
Beside = dict[int, tuple[Halves, str]]  # by a person's code, and on which items


@dataclass(frozen=True)
class Question:
    """What was asked of everybody."""

    about: str
    asked: int  #: people who had enough answers
    named: dict[str, str]  #: who stands out, by name, with the rest of a sentence


def questions(seen: Evidence) -> list[Question]:
    """All of them, those that matter most first."""
    asked: dict[str, Callable[[Evidence], Told]] = {
        "below the others": _below,
        "no better than chance": _by_chance,
        "always the same answer": _always,
        "another share right of late": _of_late,
        "less right in haste": _in_haste,
    }
    return [_answered(seen, about, of(seen)) for about, of in asked.items()]


def newest(seen: Evidence) -> Beside:
    """The newest answers beside all before, of everybody who has enough."""
    who, right = seen.answers.annotators, seen.right
    found: Beside = {}
    for rows, on, expected in _grounds(seen):
        told = within.newest(who[rows], right[rows], expected)
        found |= {code: (halves, on) for code, halves in told.items()}
    return found


def fastest(seen: Evidence) -> Beside:
    """The fastest answers beside all slower ones, of everybody who has enough."""
    who, right = seen.answers.annotators, seen.right
    found: Beside = {}
    for rows, on, expected in _grounds(seen):
        told = within.fastest(who[rows], right[rows], seen.seconds[rows], expected)
        found |= {code: (halves, on) for code, halves in told.items()}
    return found


def kappas(seen: Evidence) -> Kappas:
    """Everybody's kappa with the labels that the items have without them."""
    known, answers = seen.reference >= 0, seen.answers
    return against.kappas(
        answers.annotators[known],
        answers.labels[known],
        seen.reference[known],
        answers.n_annotators,
        answers.n_classes,
    )


def kappa(told: Kappas, code: int) -> Estimate | None:
    """One person's with its 95 % interval; None where there is none, or too few answers for it."""
    value, spread = float(told.kappa[code]), float(told.spread[code])
    if told.n[code] < LEAST or not spread > 0:
        return None
    return _reach(value, spread)


def _reach(value: float, spread: float) -> Estimate:
    return Estimate(value, max(-1.0, value - Z95 * spread), min(1.0, value + Z95 * spread))


def _grounds(seen: Evidence) -> Iterator[tuple[Rows, str, Matrix | None]]:
    """The answers whose being right tells, those that tell most last, and what they are on.

    And how often the others are right there; gold items come in a random order, so it is no matter.
    """
    rows = seen.beside_others
    expected = same_items.others(seen.answers.items[rows], seen.right[rows])
    yield rows, "items that others answered, too", expected
    yield seen.is_gold, "gold items", None


def _answered(seen: Evidence, about: str, told: Told) -> Question:
    adjusted = holm({code: p for code, (p, _) in told.items()})
    named = sorted(code for code, p in adjusted.items() if p < CHANCE)
    return Question(about, len(told), {seen.names[code]: told[code][1] for code in named})


def _below(seen: Evidence) -> Told:
    """Who is right less often than the others on the same items."""
    answers, told = seen.answers, {}
    for rows, on, _ in _grounds(seen):
        beside = same_items.beside(
            answers.items[rows], answers.annotators[rows], seen.right[rows], answers.n_annotators
        )
        for code in np.flatnonzero(beside.n >= LEAST).tolist():
            words = f"is right on {_share(beside.own[code], beside.n[code])} {on}"
            others = f"the others are on {beside.others[code]:.0%} of the same ones"
            told[code] = float(beside.below[code]), f"{words}; {others}."
    return told


def _by_chance(seen: Evidence) -> Told:
    """Whose agreement with the labels is surely slight at most, though they say several things.

    Not of several classes at once, where an answer can be nearly right.
    """
    if not seen.is_one_class:
        return {}
    found = kappas(seen)
    # The larger of both errors: where one class is rare, the usual one is far too small.
    spread = np.fmax(found.spread, found.spread_by_chance)
    told = {}
    # Of who says one thing only nothing varies by chance: see `_always`.
    asked = (found.n >= LEAST) & (found.spread_by_chance > 0)
    for code in np.flatnonzero(asked).tolist():
        value = _reach(float(found.kappa[code]), float(spread[code]))
        p = float(ndtr((value.value - SLIGHT) / spread[code]))
        is_worse = value.high < 0
        words = (
            f"agrees with the labels {'less than' if is_worse else 'hardly more than'} chance "
            f"would: kappa {value.value:.2f} ({value.low:.2f} to {value.high:.2f}), "
            f"{found.n[code]:,} answers."
        )
        told[code] = p, f"{words} Are classes or keys mixed up?" if is_worse else words
    return told


def _always(seen: Evidence) -> Told:
    """Who says one thing only, also where the others say that the item is something else.

    Where nearly all items are of one class, to say always that is no sign of anything.
    """
    answers, told = seen.answers, {}
    for label, people in _of_one_answer(seen).items():
        rows = (seen.reference >= 0) & (seen.reference != label)
        beside = same_items.beside(
            answers.items[rows],
            answers.annotators[rows],
            answers.labels[rows] == label,
            answers.n_annotators,
        )
        for code in people:
            if beside.n[code] >= LEAST_OTHER and answers.given[code] >= LEAST:
                words = (
                    f"says {seen.labels[label]} whatever the item, {answers.given[code]:,} times: "
                    f"also on {beside.n[code]:,} items that are something else, where "
                    f"{beside.others[code]:.0%} of the others say it."
                )
                told[code] = float(beside.above[code]), words
    return told


def _of_one_answer(seen: Evidence) -> dict[int, list[int]]:
    """The people who never say but one thing, by what it is."""
    uses = seen.answers.uses
    is_only = (
        np.bincount(uses.annotators, minlength=seen.answers.n_annotators)[uses.annotators] == 1
    )
    found: dict[int, list[int]] = {}
    for who, label in zip(
        uses.annotators[is_only].tolist(), uses.labels[is_only].tolist(), strict=True
    ):
        found.setdefault(label, []).append(who)
    return found


def _of_late(seen: Evidence) -> Told:
    return {
        code: (halves.p, f"is right on {_halves(halves, 'newest', 'before')}; on {on}.")
        for code, (halves, on) in newest(seen).items()
    }


def _in_haste(seen: Evidence) -> Told:
    """Only those below: who is right more often on what they answer fast knows what is easy."""
    return {
        code: (
            halves.p if halves.difference.value < 0 else 1.0,
            f"is right on {_halves(halves, 'fastest', 'slower ones')}; on {on}.",
        )
        for code, (halves, on) in fastest(seen).items()
    }


def _halves(told: Halves, of: str, rest: str) -> str:
    apart = told.difference
    return (
        f"{told.right} of the {told.n} {of} answers and {told.rest_right} of {told.rest_n} {rest}, "
        f"{points(apart)}"
    )


def points(told: Estimate) -> str:
    """A difference of shares in points, with its interval."""
    return f"{100 * told.value:+.0f} points ({100 * told.low:+.0f} to {100 * told.high:+.0f})"


def _share(count: int, n: int) -> str:
    told = share(int(count), int(n))
    return f"{count:,} of {n:,} ({100 * told.low:.0f}–{100 * told.high:.0f} %)"
