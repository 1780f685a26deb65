"""What else may go wrong unseen: accuracy or agreement falls, or people ask other things."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import fisher_exact, mannwhitneyu
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from loop.evaluation import LEAST_AUDIT
from loop.quality.share import difference, share
from loop.store.rounds import Point
from loop.words import WORD

PART = 4  # one in so many of the items with several answers are the newest ones
LEAST = 20  # of them, and of the others
CHANCE = 0.01  # of agreement to fall so far by itself
NEW, OLD = 200, 800  # interactions that are told apart
APART = 0.7  # AUC from which they are another kind of thing to ask


@dataclass(frozen=True)
class Falling:
    """What fell, how far, and what to do about it. The words are ours alone."""

    title: str
    words: str
    suggestion: str


def accuracy(curve: Sequence[Point]) -> Falling | None:
    """The newest model is surely worse on the audit items than the best before it.

    By the 95 % interval of the difference (Newcombe), as if the answers of both were other ones:
    most are the same, which makes the true interval narrower.
    """
    told = [one for one in curve if one.audit >= LEAST_AUDIT]
    if len(told) < 2:
        return None
    newest = told[-1]
    best = max(told[:-1], key=lambda one: share(one.correct, one.audit).low)
    now, then = share(newest.correct, newest.audit), share(best.correct, best.audit)
    apart = difference(now, then)
    if apart.high >= 0:
        return None
    return Falling(
        "Accuracy is falling.",
        f"model {newest.version} is right on {now.value:.0%} of {newest.audit} audit answers, "
        f"model {best.version} was on {then.value:.0%} of {best.audit}; the difference is "
        f"{100 * apart.low:.0f} to {100 * apart.high:.0f} points",
        f"Look at what was labeled, imported or decided since model {best.version}: Review for "
        "labels that may be wrong, Settings for classes that changed.",
    )


def agreement(agreed: Sequence[bool]) -> Falling | None:
    """People agree less on the newest quarter of the items that several answered, oldest first.

    By Fisher's exact test, one-sided. What is asked may have become harder, too.
    """
    n = len(agreed) // PART
    if n < LEAST or len(agreed) - n < LEAST:
        return None
    newest, before = agreed[-n:], agreed[:-n]
    table = [[sum(one), len(one) - sum(one)] for one in (newest, before)]
    if fisher_exact(table, alternative="less").pvalue >= CHANCE:
        return None
    return Falling(
        "People agree less than before.",
        f"all say the same on {np.mean(newest):.0%} of the newest {n} items that several answered, "
        f"and did on {np.mean(before):.0%} of the {len(before)} before",
        "See Raters for who stands out, and Review for what they disagree on: the guideline may "
        "lack a word on it. What is asked may have become harder, too.",
    )


def drift(texts: Sequence[str], seed: int) -> tuple[Falling, list[int]] | None:
    """The newest interactions can be told from those before by what is asked.

    With them, the places of the most telling ones. A classifier two-sample test (Lopez-Paz & Oquab
    2017): logistic regression on TF-IDF, its out-of-fold scores compared by Mann and Whitney.
    """
    if len(texts) < NEW + OLD:
        return None
    read = list(texts[-NEW - OLD :])
    is_new = np.arange(len(read)) >= OLD
    words = TfidfVectorizer(sublinear_tf=True, token_pattern=WORD.pattern, min_df=2)
    try:
        rows = words.fit_transform(read)
    except ValueError:  # no word stands in two of them
        return None
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    model = LogisticRegression(class_weight="balanced", max_iter=1_000)
    sure = cross_val_predict(model, rows, is_new, cv=folds, method="predict_proba")[:, 1]
    test = mannwhitneyu(sure[is_new], sure[~is_new], alternative="greater")
    auc = float(test.statistic) / (NEW * OLD)
    if auc < APART or test.pvalue >= CHANCE:
        return None
    telling = np.argsort(-np.where(is_new, sure, 0), kind="stable")[:10]
    told = Falling(
        "People ask other things than before.",
        f"the newest {NEW} interactions can be told from the {OLD} before with an AUC of {auc:.2f} "
        "(0.5 is not at all)",
        "Look at what is new in them, and add items of that kind to what is labeled; a model is no "
        "better than its last measurement on them.",
    )
    return told, [len(texts) - len(read) + int(place) for place in telling]
