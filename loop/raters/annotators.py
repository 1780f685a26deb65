"""What is told of each annotator: how many answers, and how good they are by several lights."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop.evaluation import wilson
from loop.raters.aggregation import Aggregation
from loop.raters.answers import Codes
from loop.raters.crowd_file import Crowd

Document = dict[str, Any]
MANY = 10  # answers, all the same, from which on it is worth telling


def of_annotators(
    crowd: Crowd, truth: Codes, found: Mapping[str, Aggregation], consensus: Codes
) -> dict[str, Document]:
    """A document for each, those with the most answers first.

    `agreement` is the share of answers that are the consensus, which they helped to make;
    `estimated_accuracy` is what each method takes for the chance to be right, `parameters` what
    else it estimates, `always` the class of those who say no other.
    """
    answers = crowd.answers
    is_known = truth[answers.items] >= 0
    tested = _count(crowd, is_known)
    right = _count(crowd, is_known & (truth[answers.items] == answers.labels))
    agreed = _count(crowd, consensus[answers.items] == answers.labels)
    estimated = {name: one.accuracy.tolist() for name, one in found.items()}
    parameters = {
        f"{name} {what}": values.tolist()
        for name, one in found.items()
        for what, values in one.parameters.items()
    }
    always = _always(crowd)
    told = {}
    for code in np.argsort(-answers.given, kind="stable").tolist():
        given = int(answers.given[code])
        told[crowd.annotators[code]] = {
            "answers": given,
            "agreement": agreed[code] / given,
            "accuracy": right[code] / tested[code] if tested[code] else None,
            "ci95": list(wilson(right[code], tested[code])) if tested[code] else None,
            "truth_items": tested[code],
            "estimated_accuracy": {name: values[code] for name, values in estimated.items()},
            "parameters": {name: values[code] for name, values in parameters.items()},
            "always": always.get(code) if given >= MANY else None,
        }
    return told


def _count(crowd: Crowd, rows: NDArray[np.bool_]) -> list[int]:
    """How many of these answers each annotator gave."""
    answers = crowd.answers
    return np.bincount(answers.annotators[rows], minlength=answers.n_annotators).tolist()


def _always(crowd: Crowd) -> dict[int, str]:
    """The class of each annotator who says one only."""
    uses = crowd.answers.uses
    kinds = np.bincount(uses.annotators, minlength=crowd.answers.n_annotators)
    pairs = zip(uses.annotators.tolist(), uses.labels.tolist(), strict=True)
    return {who: crowd.classes[label] for who, label in pairs if kinds[who] == 1}
