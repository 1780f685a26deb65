"""Texts: word and character TF-IDF, folded to a few hundred dimensions."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd

from loop.words import Vocabulary

MANY = 1_000  # texts above which a term that stands in one of them alone is left out
CHUNK = 4_096  # texts folded at once
ANY_WORD = r"(?u)\b\w+\b"  # one letter is a word too


class Lsa(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Word and character TF-IDF, folded by LSA (Deerwester et al. 1990), rows of length 1.

    From few labels it learns much faster than TF-IDF itself: see docs/why.md.
    """

    kind = "text"

    def __init__(self, dimensions: int = 200, seed: int = 0) -> None:
        if dimensions < 1:
            raise ValueError(f"dimensions of lsa are 1 or more, not {dimensions}")
        self.dimensions = dimensions
        self.seed = seed

    def fit(self, texts: Sequence[str], _y: Any = None) -> Self:
        """Learn the terms of *texts*, and what they fold to."""
        rarest = 2 if len(texts) > MANY else 1
        told = {"sublinear_tf": True, "min_df": rarest, "dtype": np.float32}
        self.views_: list[TfidfVectorizer] = []
        blocks = []
        for view in (
            TfidfVectorizer(ngram_range=(1, 2), token_pattern=ANY_WORD, **told),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), **told),
        ):
            try:
                blocks.append(view.fit_transform(texts))
                self.views_.append(view)
            except ValueError as why:  # texts without a single word, such as rows of emoji
                if "empty vocabulary" not in str(why):
                    raise
        if blocks:
            terms = sparse.hstack(blocks, format="csr")
            size = min(self.dimensions, *terms.shape)
            self.topics_: NDArray[np.float32]  #: (dimensions, n_terms)
            _, _, self.topics_ = randomized_svd(terms, size, n_iter=5, random_state=self.seed)
        return self

    def transform(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Rows, (n, at most `dimensions`); of a single zero where no text had a term."""
        if not self.views_:
            return np.zeros((len(texts), 1), np.float32)
        parts = (texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK))
        return np.concatenate([self._folded(part) for part in parts]).astype(np.float32)

    def vocabulary(self) -> Vocabulary | None:
        """What each word adds to the rows, where there are words."""
        words = next((view for view in self.views_ if view.analyzer == "word"), None)
        if words is None:
            return None
        names = words.get_feature_names_out()
        return Vocabulary.of(names, words.idf_, self.topics_[:, : len(names)])

    def _folded(self, texts: Sequence[str]) -> Any:
        terms = sparse.hstack([view.transform(texts) for view in self.views_])
        return normalize(terms @ self.topics_.T)
