"""Which words of a text pulled a linear model towards a class, and which away from it."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WORD = re.compile(r"(?u)\b\w+\b")  # as the features read words
MOST_WORDS = 50_000  # of a vocabulary, the most frequent ones
SHOWN = 8  # words for each text


@dataclass(frozen=True)
class Vocabulary:
    """What a single occurrence of each word adds to the features of its text, before scaling."""

    words: NDArray[np.str_]  #: (n_words,)
    adds: NDArray[np.float32]  #: (n_words, n_features)

    @classmethod
    def of(
        cls, words: Sequence[str], idf: NDArray[np.floating], topics: NDArray[np.floating]
    ) -> "Vocabulary":
        """From the terms of a TF-IDF view, their idf, and its LSA topics (n_features, n_terms)."""
        single = [i for i, word in enumerate(words) if WORD.fullmatch(word)]
        kept = sorted(single, key=lambda i: float(idf[i]))[:MOST_WORDS]
        adds = (topics[:, kept] * idf[kept]).T
        return cls(np.array([words[i] for i in kept], dtype=np.str_), adds.astype(np.float32))

    def save(self, path: Path) -> None:
        """Write it to *path*."""
        np.savez(path, words=self.words, adds=self.adds, allow_pickle=False)

    @classmethod
    def load(cls, path: Path) -> "Vocabulary | None":
        """Read it back; None where the features have none."""
        if not path.exists():
            return None
        with np.load(path, allow_pickle=False) as file:
            return cls(file["words"], file["adds"])

    def pulls(
        self, texts: Sequence[str], directions: Sequence[NDArray[np.floating]]
    ) -> list[list[tuple[str, float]]]:
        """For each text its words that pulled most along its direction (n_features,), in order.

        The pull is the word's part of the score: TF-IDF of the word × its topics · direction.
        """
        at = {word: i for i, word in enumerate(self.words.tolist())}
        return [
            self._pulls(at, text, np.asarray(direction)[: self.adds.shape[1]])
            for text, direction in zip(texts, directions, strict=True)
        ]

    def _pulls(
        self, at: dict[str, int], text: str, direction: NDArray[np.floating]
    ) -> list[tuple[str, float]]:
        counts = Counter(word for word in WORD.findall(text.lower()) if word in at)
        found = [
            (word, float(self.adds[at[word]] @ direction) * (1 + math.log(n)))
            for word, n in counts.items()
        ]
        return sorted(found, key=lambda pull: -abs(pull[1]))[:SHOWN]
