"""CROWDLAB: what people say, weighed with what a classifier says that has not learned it.

Goh, Tkachenko and Mueller (2022, NeurIPS workshop HCAI); the weights are cleanlab's.
"""

import numpy as np
from cleanlab.multiannotator import get_label_quality_multiannotator

from loop.errors import SettingsError
from loop.raters.aggregation import DECIMALS, Aggregation
from loop.raters.answers import Answers, Matrix

MOST = 50_000_000  # items × annotators, which cleanlab wants as one table


def crowdlab(answers: Answers, said: Matrix) -> Aggregation:
    """The mean of the classifier's word and each answer, by how much each is worth.

    *said* is (n_items, n_classes), out of sample. Raises `SettingsError` where no item has two
    answers, and where the table would not fit into memory.
    """
    if answers.n_items * answers.n_annotators > MOST:
        raise SettingsError(
            f"crowdlab keeps a table of all items and annotators: {answers.n_items:,} × "
            f"{answers.n_annotators:,} are more than {MOST:,} cells. Use another method."
        )
    if answers.counts.sum(axis=1).max() < 2:
        raise SettingsError("crowdlab needs items with two answers, and there are none.")
    table = np.full((answers.n_items, answers.n_annotators), np.nan)
    table[answers.items, answers.annotators] = answers.labels
    found = get_label_quality_multiannotator(
        table, said, return_detailed_quality=False, return_weights=True, verbose=False
    )
    quality, worth = found["label_quality"], np.asarray(found["annotator_weight"])
    right = quality["annotator_agreement"][quality["num_annotations"] > 1].mean()
    for_class = answers.by_item_and_class(worth[answers.annotators])
    of_all = for_class.sum(axis=1, keepdims=True)
    wrong = (1 - right) / (answers.n_classes - 1)
    likely = found["model_weight"] * said + right * for_class + wrong * (of_all - for_class)
    posterior = np.round(likely / (found["model_weight"] + of_all), DECIMALS)
    stats = found["annotator_stats"].sort_index()
    return Aggregation(posterior, stats["annotator_quality"].to_numpy(float))
