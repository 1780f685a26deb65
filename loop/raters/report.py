"""All that is told of one crowd, methods, agreement and annotators, as one document for JSON."""

import csv
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from loop.dice import fall
from loop.errors import SettingsError
from loop.evaluation import wilson
from loop.raters.aggregation import Aggregation, Method
from loop.raters.agreement import agreement
from loop.raters.annotators import of_annotators
from loop.raters.answers import Codes, Matrix
from loop.raters.crowd_file import Crowd, Truth
from loop.raters.pairs import pairs
from loop.raters.resampling import Figure

Document = dict[str, Any]
Progress = Callable[[str, int], None]  # what is being done, and how far it is
HEADER = ("item", "label", "confidence", "answers", "tied")


@dataclass(frozen=True)
class Report:
    """What was found of a crowd."""

    crowd: Crowd
    found: Mapping[str, Aggregation]  #: by method, in the order asked for
    consensus: Codes  #: (n_items,) by the first of them
    told: Document

    def write(self, out: Path) -> None:
        """Write the consensus with its confidence, a row for each item."""
        first = next(iter(self.found.values()))
        rows = zip(
            self.crowd.items,
            (self.crowd.classes[code] for code in self.consensus),
            first.confidence.tolist(),
            self.crowd.answers.counts.sum(axis=1).astype(int).tolist(),
            first.tied.astype(int).tolist(),
            strict=True,
        )
        with out.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(HEADER)
            table.writerows(rows)


def check(methods: Sequence[str], known: Collection[str]) -> None:
    """Raise `SettingsError` for a method that is not *known*."""
    for name in methods:
        if name not in known:
            near = get_close_matches(name, known, 1) or list(known)
            raise SettingsError(
                f"There is no method {name!r} here; did you mean {near[0]!r}? There are: "
                f"{', '.join(known)}."
            )


def report(
    crowd: Crowd,
    truth: Truth | None,
    methods: Mapping[str, Method],
    seed: int,
    progress: Progress,
) -> Report:
    """Run the methods and put together what they say; the first one's consensus is written."""
    known = truth.codes if truth else np.full(len(crowd.items), -1)
    found: dict[str, Aggregation] = {}
    told: dict[str, Document] = {}
    for name, method in methods.items():
        began = time.perf_counter()
        rng = np.random.default_rng(seed)
        found[name] = method(crowd.answers, rng, partial(progress, name))
        seconds = time.perf_counter() - began
        told[name] = _of_method(found[name], known) | {"seconds": round(seconds, 6)}
    named, first = next(iter(found.items()))
    consensus = first.consensus(_draws(first, crowd.items, seed))
    progress("agreement", 0)
    document = {
        **_counts(crowd),
        "methods": told,
        "consensus": named,
        "agreement": _agreement(crowd, seed),
        "annotators": of_annotators(crowd, known, found, consensus),
        "notes": [*crowd.notes, *(truth.notes if truth else [])],
    }
    return Report(crowd, found, consensus, document)


def _counts(crowd: Crowd) -> Document:
    answers = crowd.answers
    return {
        "counts": {
            "answers": len(answers.items),
            "items": answers.n_items,
            "annotators": answers.n_annotators,
        },
        "classes": list(crowd.classes),
    }


def _draws(first: Aggregation, items: Sequence[str], seed: int) -> Matrix:
    """A number in [0, 1) for each tied item, by its name: the same in whatever file it comes."""
    draws = np.zeros(len(items))
    for place in np.flatnonzero(first.tied).tolist():
        draws[place] = fall(seed, items[place])
    return draws


def _of_method(found: Aggregation, truth: Codes) -> Document:
    hits = found.hits(truth)
    return {
        "accuracy": float(hits.mean()) if len(hits) else None,
        "ci95": list(wilson(float(hits.sum()), len(hits))) if len(hits) else None,
        "truth_items": len(hits),
        "tied_items": int(found.tied.sum()),
        "rounds": found.rounds,
        "converged": found.converged,
    }


def _agreement(crowd: Crowd, seed: int) -> Document:
    rng = np.random.default_rng(seed)
    found = agreement(crowd.answers, crowd.values, rng)
    of_pairs = pairs(crowd.answers, rng)
    return {
        "items": found.items,
        "percent": _figure(found.percent),
        "fleiss_kappa": _figure(found.fleiss),
        "alpha_nominal": _figure(found.alpha_nominal),
        "alpha_ordinal": _figure(found.alpha_ordinal),
        "alpha_interval": _figure(found.alpha_interval),
        "classes": {
            name: {
                "percent": _figure(one.percent),
                "fleiss_kappa": _figure(one.fleiss),
                "alpha": _figure(one.alpha),
            }
            for name, one in zip(crowd.classes, found.classes, strict=True)
        },
        "pairs": [
            {
                "annotators": [crowd.annotators[one.first], crowd.annotators[one.second]],
                "items": one.items,
                "percent": _figure(one.percent),
                "cohen_kappa": _figure(one.kappa),
            }
            for one in of_pairs
        ],
    }


def _figure(found: Figure) -> Document:
    told: Document = {"value": found.value, "ci95": None}
    if found.low is not None:
        told["ci95"] = [found.low, found.high]
    return told | ({"why": found.why} if found.why else {})
