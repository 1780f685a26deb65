"""ActiveLab: one ranking of what to ask anew and what to ask again (Goh & Mueller 2023)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.contract import Query, Scores
from strategies.errors import BadQuery
from strategies.registry import scored

NOBODY = -1  # in place of an answer
LEAST = 1e-6  # of a weight: who does no better than the commonest class is not believed


@scored(
    "activelab",
    label="ActiveLab (ask anew, or ask again)",
    needs={"answers", "probabilities"},
    cost="O(n·(people + C))",
    formula="1 - (w_M p_M + Σ_j w_j p_j + w̄/C) / (w_M + Σ_j w_j + w̄), p of the class of consensus",
    paper="Goh & Mueller 2023 (arXiv 2301.11856)",
    when="several people who err: a second answer may be worth more than a new item",
)
def activelab(query: Query) -> Scores:
    """Ask where the class is least certain by what the model and everybody who answered say.

    The class is the one that most people said, of these the model's likelier one. Weights are how
    much better than the commonest class the model and each person agree with it, where two people
    or more answered; p_j is how often people agree with it at all. While no row has two answers,
    nobody can be compared: the weights are 1 and people are believed as the model believes them.
    """
    proba, answers = query.proba(), np.asarray(query.answers)
    said = _said(answers, proba.shape[1])
    class_of = (said + proba / 2).argmax(axis=1)  # half a vote at most: it decides ties only
    sure = proba[np.arange(len(proba)), class_of]
    agreed = answers == class_of[:, None]
    trust = _trust(answers, agreed, class_of, proba.argmax(axis=1) == class_of)
    if trust is None:
        weight = 1.0 + said.sum(axis=1)
        return 1 - (weight * sure + 1 / proba.shape[1]) / (weight + 1)
    weights = np.where(answers != NOBODY, trust.people, 0)
    dissent = (1 - trust.agreement) / (proba.shape[1] - 1)
    theirs = (weights * np.where(agreed, trust.agreement, dissent)).sum(axis=1)
    mean = trust.people.mean()
    total = trust.model + weights.sum(axis=1) + mean
    return 1 - (trust.model * sure + theirs + mean / proba.shape[1]) / total


def _said(answers: NDArray[np.intp], n_classes: int) -> NDArray[np.intp]:
    """How many people said each class of each row, (n, n_classes). Raises `BadQuery`."""
    wrong = (answers < NOBODY) | (answers >= n_classes)
    if wrong.any():
        row, person = np.argwhere(wrong)[0]
        raise BadQuery(
            f"Person {person} answered row {row} with {answers[row, person]}, and there are "
            f"{n_classes} classes: give 0 to {n_classes - 1}, or {NOBODY} for no answer."
        )
    return np.stack([(answers == k).sum(axis=1) for k in range(n_classes)], axis=1)


@dataclass(frozen=True)
class _Trust:
    agreement: float  #: of an answer with the class that most people said
    people: NDArray[np.float64]  #: each one's weight
    model: float  #: its weight


def _trust(
    answers: NDArray[np.intp],
    agreed: NDArray[np.bool_],
    class_of: NDArray[np.intp],
    model_agrees: NDArray[np.bool_],
) -> _Trust | None:
    """CROWDLAB's weights (Goh et al. 2022, arXiv 2210.06812); None while nobody can be compared."""
    gave = answers != NOBODY
    several = gave.sum(axis=1) > 1
    if not several.any():
        return None
    gave_too, agreed = gave[several], agreed[several]
    agreement = float((agreed.sum(axis=1) / gave_too.sum(axis=1)).mean())
    n_answers = gave_too.sum(axis=0)
    each = np.where(n_answers > 0, agreed.sum(axis=0) / np.maximum(n_answers, 1), agreement)
    commonest = np.bincount(class_of[several]).max() / several.sum()

    def weight(right: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.maximum(LEAST, 1 - (1 - right) / max(LEAST, 1 - commonest))

    answered = gave.sum(axis=1)[gave.any(axis=1)]
    model = float(weight(model_agrees[several].mean()) * np.sqrt(answered.mean()))
    return _Trust(agreement, weight(each), model)
