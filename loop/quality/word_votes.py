"""What the words of a text say of its class: a second kind of model beside the recipe's.

Complement naive Bayes (Rennie et al. 2003, ICML) counts words and fits no boundary, so that wrong
labels turn it less than they turn a model that is fitted until it has learned them.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import ComplementNB

from loop.quality.label_errors import Matrix, out_of_sample
from loop.words import WORD

LEAST = 2  # texts that a word is in


def said_by_words(texts: Sequence[str], y: NDArray[Any], seed: int) -> Matrix | None:
    """Its probabilities out of cross-validation, (n, n_classes); None where no text shares a word.

    A word that stands in one text alone says nothing of another, and is left out.
    """
    texts_with = Counter(word for text in texts for word in {*WORD.findall(text.lower())})
    if max(texts_with.values(), default=0) < LEAST:
        return None
    reader = TfidfVectorizer(sublinear_tf=True, min_df=LEAST, token_pattern=WORD.pattern)
    words = reader.fit_transform(texts)

    def fit(kept: NDArray[np.intp]) -> ComplementNB:
        return ComplementNB().fit(words[kept], y[kept])

    return out_of_sample(fit, words, y, seed)
