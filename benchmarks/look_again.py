"""Labels by people, looked at again: each detector, the list, and what correcting it brings.

- ag_news: 10,000 news with a label by somebody, 19.8 % wrong (NoisyAG-News, the medium one); mr:
  4,000 sentences on films with the label of one of the people who gave one, drawn at random. The
  audit answers are right: 500 rows of the official test set, of mr 500 sentences more. Accuracy is
  that of the rest of these, 7,100 and 499
- detectors: model is the recipe in cross-validation, which the list was before; cleaned, words and
  audit (the pull) are ranked now; the others are what the list goes without
- lists: sums of ranks; plus and minus name what is added and left out. The list of a project
  without 100 believed audit answers is `no audit`
- audit_of_people: the same with 500 of the labels themselves as the audit answers, wrong as often
  as the others, and with these put right; what is doubted are the others
- ceiling: the same recipe, cross-validated on labels that are all right. What it holds against a
  label that is right looks wrong to any model of these features
- seeds: precision at 1,000 with five other draws of folds and audit answers: least, mean, most
- seconds: of the trainer in a project of 10,000 of the news, 1,000 of them with a label, and 500
  audit answers; beside it those of a round
"""

import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import label_detectors
import numpy as np
import pandas as pd
from labels_of_people import Labeled, films, news
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from loop import doubting, retrain, reviewing
from loop.creation import Source, create
from loop.dataset import Columns
from loop.features.embedding import PACKAGED
from loop.quality import label_errors
from loop.quality.influence import influence
from loop.quality.look_again import AUDIT, CLEANED, MODEL, WORDS, Evidence, listed
from loop.quality.word_votes import said_by_words
from loop.trainer import one_round

WITH_EMBED = "embed + lsa | self_training(logistic(C=10))"
AUDITED = 500
CORRECTED = 500
LABELED = 1_000  # of the project that is timed
SEEDS = 5
AT = (100, 500, 1_000, 2_000)
LIST = (CLEANED, WORDS, AUDIT)
NO_AUDIT = (CLEANED, WORDS)


def measure() -> dict[str, Any]:
    """Both sets, and AG News with sentence embeddings where the extra is."""
    found = {"ag_news": figures(news()), "mr": figures(films()), "seconds": _seconds(news())}
    if find_spec(PACKAGED):
        found["ag_news with embed"] = figures(news(WITH_EMBED))
    return found


def figures(of: Labeled) -> dict[str, Any]:
    """All that is told of one set."""
    wrong = of.truth != of.given
    chosen = np.random.default_rng(0).permutation(len(of.right))[:AUDITED]
    said, scores = _listed(of, np.arange(len(wrong)), chosen, 0)
    left_out = _left_out(of, said[MODEL])
    lists = _lists(scores | left_out)
    codes = of.codes(of.given)
    doubted = listed(Evidence(codes, said, scores[AUDIT]), len(codes))
    truth_known = label_errors.out_of_sample(_fitting(of, of.truth), of.matrix[0], of.truth, 0)
    return {
        "labels": len(wrong),
        "wrong": round(float(wrong.mean()), 4),
        "detectors": {by: _told(one, wrong) for by, one in (scores | left_out).items()},
        "lists": {by: _told(one, wrong) for by, one in lists.items()},
        "listed": {
            "n": len(doubted),
            "precision": round(float(wrong[[place for place, *_ in doubted]].mean()), 3),
        },
        "ceiling": _told(label_errors.doubts(codes, truth_known), wrong),
        "audit_of_people": _audit_of_people(of),
        "seeds": _seeds(of),
        "test_accuracy": _accuracy(of, chosen, scores[MODEL], lists),
    }


def _fitting(of: Labeled, y: Any, rows: Any = slice(None)) -> Any:
    X = of.matrix[0][rows]
    return lambda kept: of.fit(X[kept], y[kept])


def _listed(of: Labeled, rows: Any, audit: Any, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the detectors of the list say of *rows*, and their scores, with test rows as audit."""
    X, y = of.matrix[0][rows], of.given[rows]
    fit, texts = _fitting(of, y, rows), [of.texts[row] for row in rows]
    with threadpool_limits(1):
        own = label_errors.out_of_sample(fit, X, y, seed)
        cleaned = label_errors.cleaned(fit, X, y, seed, own)
        said = {MODEL: own, CLEANED: cleaned, WORDS: said_by_words(texts, y, seed)}
        pull = influence(X, of.codes(y), of.matrix[1][audit], of.codes(of.right[audit]))
    scores = {by: label_errors.doubts(of.codes(y), one) for by, one in said.items()}
    return said, scores | {AUDIT: pull}


def _left_out(of: Labeled, own: Any) -> dict[str, Any]:
    """The scores of the detectors that the list goes without."""
    X, y = of.matrix[0], of.given
    codes, fit = of.codes(y), _fitting(of, y)
    with threadpool_limits(1):
        kept = label_detectors.incv(fit, X, y, 0)
        again = label_errors.out_of_sample(fit, X, y, 0, kept)
        repeats = [own, *(label_errors.out_of_sample(fit, X, y, s) for s in range(1, SEEDS))]
        plain = label_errors.out_of_sample(
            lambda rows: LogisticRegression(max_iter=1_000).fit(X[rows], y[rows]), X, y, 0
        )
        found = label_detectors.training(X, codes, 0)
        return found | {
            "neighbours": label_detectors.neighbours(X, codes),
            "incv of the paper": label_errors.doubts(codes, again),
            f"{SEEDS} cross-validations": label_errors.doubts(codes, np.mean(repeats, axis=0)),
            "another linear model": label_errors.doubts(codes, plain),
        }


def _sum(scores: dict[str, Any], names: Any, of: Any = rankdata) -> Any:
    return sum(of(scores[name]) for name in names)


def _lists(every: dict[str, Any]) -> dict[str, Any]:
    """The list, without its parts, with what it goes without, and put together otherwise."""
    left_out = [by for by in every if by not in LIST]
    found = {"list": _sum(every, LIST), "no audit": _sum(every, NO_AUDIT)}
    found |= {f"list - {one}": _sum(every, [by for by in LIST if by != one]) for one in LIST}
    found |= {
        f"no audit - {one}": _sum(every, [by for by in NO_AUDIT if by != one]) for one in NO_AUDIT
    }
    found |= {f"list + {one}": _sum(every, [*LIST, one]) for one in left_out}
    found |= {f"no audit + {one}": _sum(every, [*NO_AUDIT, one]) for one in left_out}
    found["list by sums of scores"] = _sum(every, LIST, lambda one: (one - one.mean()) / one.std())
    found["list by sums of log ranks"] = _sum(
        every, LIST, lambda one: -np.log(len(one) + 1 - rankdata(one))
    )
    return found


def _told(scores: Any, wrong: Any) -> dict[str, Any]:
    order = np.argsort(-scores, kind="stable")
    lifts = {share: wrong[order[: int(share / 100 * len(wrong))]].mean() for share in (1, 5)}
    return {
        "auroc": round(float(roc_auc_score(wrong, scores)), 4),
        **{f"lift_{share}": round(float(one / wrong.mean()), 2) for share, one in lifts.items()},
        "precision_at": {str(n): round(float(wrong[order[:n]].mean()), 3) for n in AT},
    }


def _audit_of_people(of: Labeled) -> dict[str, Any]:
    drawn = np.random.default_rng(0).permutation(len(of.given))
    audit, rows = np.sort(drawn[:AUDITED]), np.sort(drawn[AUDITED:])
    _, scores = _listed(of, rows, np.arange(AUDITED), 0)
    X, codes, wrong = of.matrix[0], of.codes(of.given), (of.truth != of.given)[rows]
    found = {"no audit": _told(_sum(scores, NO_AUDIT), wrong)}
    for called, labels in (("as given", of.given), ("put right", of.truth)):
        scores[AUDIT] = influence(X[rows], codes[rows], X[audit], of.codes(labels)[audit])
        found[called] = _told(_sum(scores, LIST), wrong)
    return found


def _seeds(of: Labeled) -> dict[str, list[float]]:
    wrong = of.truth != of.given
    found: dict[str, list[float]] = {"list": [], "no audit": [], MODEL: []}
    for seed in range(1, SEEDS + 1):
        audit = np.random.default_rng(seed).permutation(len(of.right))[:AUDITED]
        _, scores = _listed(of, np.arange(len(wrong)), audit, seed)
        for called, names in (("list", LIST), ("no audit", NO_AUDIT), (MODEL, (MODEL,))):
            order = np.argsort(-_sum(scores, names), kind="stable")
            found[called].append(float(wrong[order[:1_000]].mean()))
    return {
        called: [round(float(f(one)), 3) for f in (np.min, np.mean, np.max)]
        for called, one in found.items()
    }


def _accuracy(of: Labeled, audit: Any, before: Any, lists: dict[str, Any]) -> dict[str, Any]:
    """On the test rows that are no audit answers, with the first `CORRECTED` put right."""
    tested = np.setdiff1d(np.arange(len(of.right)), audit)
    X, unseen = of.matrix

    def accuracy(rows: Any) -> float:
        y = of.given.copy()
        y[rows] = of.truth[rows]
        return float((of.fit(X, y).predict(unseen[tested]) == of.right[tested]).mean())

    def first(scores: Any) -> Any:
        return np.argsort(-scores, kind="stable")[:CORRECTED]

    everything = np.arange(len(of.given))
    draws = [np.random.default_rng(s).permutation(everything)[:CORRECTED] for s in range(SEEDS)]
    return {
        "as given": round(accuracy(everything[:0]), 4),
        "at random": round(float(np.mean([accuracy(drawn) for drawn in draws])), 4),
        MODEL: round(accuracy(first(before)), 4),
        "no audit": round(accuracy(first(lists["no audit"])), 4),
        "list": round(accuracy(first(lists["list"])), 4),
        "all": round(accuracy(everything), 4),
    }


def _seconds(of: Labeled) -> dict[str, float]:
    """How long a round takes, and to doubt after it."""
    labels = [*of.given[:LABELED], *[""] * (len(of.texts) - LABELED)]
    tables = {
        "pool": {"text": of.texts, "label": labels},
        "audit": {"text": of.others[:AUDITED], "label": of.right[:AUDITED]},
    }
    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for called, columns in tables.items():
            path = Path(folder) / f"{called}.csv"
            pd.DataFrame(columns).to_csv(path, index=False)
            sources.append(Source(path, Columns("text", ("text",), label="label")))
        with create(Path(folder) / "news", sources[0], audit=sources[1]) as project:
            retrain.features(project)  # they are made once, and kept
            since = time.perf_counter()
            one_round(project)
            between = time.perf_counter()
            doubting.keep_up(project)
            done = time.perf_counter()
            doubted = reviewing.waiting(project)["look again"]
    return {"round": round(between - since, 1), "doubting": round(done - between, 1), "n": doubted}
