"""Outputs that are compared: the same features of each, side by side."""

import json
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.preprocessing import normalize

from loop.features.maker import Maker
from loop.features.texts import Lsa
from loop.play.clips import Clip

READ = 100_000  # characters of an output
ANSWER = "answer"  # the kind of a maker that looks at the prompt, too
Rows = NDArray[np.float32]


class Outputs(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Rows [φ(a), φ(b)] of pairs: a reward is a function of either half.

    φ is what the makers *of* make, side by side: those of kind `text` of an output alone, those of
    kind `answer` of a prompt with it. A pair holds the cells of its prompt, then a and b.
    """

    kind = "pair"

    def __init__(self, of: Maker | Sequence[Maker]) -> None:
        self.of = of
        if strange := [one.kind for one in self._makers if one.kind not in {"text", ANSWER}]:
            raise ValueError(f"outputs are read by makers of texts, not of kind {strange[0]!r}")

    def fit(self, pairs: Sequence[Sequence[Any]], _y: Any = None) -> Self:
        """Learn from all outputs, each of them once."""
        each = {tuple(one): None for side in (-2, -1) for one in _answers(pairs, side)}
        for maker in self._makers:
            maker.fit(_given(maker, [*each]))
        return self

    def transform(self, pairs: Sequence[Sequence[Any]]) -> Rows:
        """Rows, (n, 2 n_features): first those of a, then those of b."""
        return np.hstack([self.rows(_answers(pairs, side)) for side in (-2, -1)])

    def rows(self, answers: Sequence[Sequence[str]]) -> Rows:
        """φ of prompts with an output each, (n, n_features)."""
        return np.hstack([maker.transform(_given(maker, answers)) for maker in self._makers])

    @property
    def _makers(self) -> list[Maker]:
        return [*self.of] if isinstance(self.of, Sequence) else [self.of]


def _answers(pairs: Sequence[Sequence[Any]], side: int) -> list[tuple[str, str]]:
    """The prompt and one of the outputs of each pair; nothing of what was erased."""
    return [
        ("\n".join(str(cell or "") for cell in pair[:-2])[:READ], str(pair[side] or "")[:READ])
        for pair in pairs
    ]


def _given(maker: Maker, answers: Sequence[Sequence[str]]) -> Sequence[Any]:
    return answers if maker.kind == ANSWER else [output for _, output in answers]


class _Standardised(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Numbers about an output, each with mean 0 and variance 1 over the pool."""

    def fit(self, outputs: Sequence[Any], _y: Any = None) -> Self:
        """Learn their means and standard deviations."""
        found = self._numbers(outputs)
        self.mean_, self.spread_ = found.mean(axis=0), found.std(axis=0)
        self.spread_[self.spread_ == 0] = 1
        return self

    def transform(self, outputs: Sequence[Any]) -> Rows:
        """Rows, (n, n_numbers)."""
        found = (self._numbers(outputs) - self.mean_) / self.spread_
        return np.asarray(found, np.float32)

    def _numbers(self, outputs: Sequence[Any]) -> NDArray[np.float64]:
        raise NotImplementedError


class Length(_Standardised):
    """The logarithm of the number of characters: people prefer long answers, or short ones."""

    kind = "text"

    def _numbers(self, outputs: Sequence[str]) -> NDArray[np.float64]:
        return np.log1p([[len(text)] for text in outputs])


class Closeness(_Standardised):
    """How near an output is to its prompt: the cosine of their rows by the maker *of* texts."""

    kind = ANSWER

    def __init__(self, of: Maker | None = None) -> None:
        self.of = of

    def fit(self, outputs: Sequence[Sequence[str]], _y: Any = None) -> Self:
        """Learn from the outputs."""
        self.of_ = Lsa() if self.of is None else self.of
        self.of_.fit([output for _, output in outputs])
        return super().fit(outputs)

    def _numbers(self, outputs: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        prompts, texts = (
            normalize(self.of_.transform(side)) for side in zip(*outputs, strict=True)
        )
        found: NDArray[np.float64] = (prompts * texts).sum(axis=1, keepdims=True, dtype=float)
        return found


class _Held(_Standardised):
    """The numbers that the text of an output holds, as many in each; of what was erased, zeros.

    Raises `ValueError` where they are not as many.
    """

    kind = "text"

    def fit(self, outputs: Sequence[str], _y: Any = None) -> Self:
        """Learn how many there are, their means and standard deviations."""
        self.size_ = max((len(self._read(text)) for text in outputs if text), default=0)
        return super().fit(outputs)

    def _numbers(self, outputs: Sequence[str]) -> NDArray[np.float64]:
        found = np.zeros((len(outputs), self.size_))
        for row, text in zip(found, outputs, strict=True):
            if text:
                numbers = self._read(text)
                if len(numbers) != self.size_:
                    raise ValueError(f"{text[:60]!r} has {len(numbers)} numbers, not {self.size_}")
                row[:] = numbers
        return found

    def _read(self, text: str) -> Sequence[float] | NDArray[np.float64]:
        raise NotImplementedError


class Numbers(_Held):
    """The numbers of an output: its text is one, or a JSON list of them.

    Raises `ValueError` at what is neither.
    """

    def _read(self, text: str) -> Sequence[float]:
        try:
            found = json.loads(text)
        except ValueError as why:
            raise ValueError(f"{text[:60]!r} is no list of numbers: {why}") from why
        numbers = found if isinstance(found, list) else [found]
        if not all(isinstance(one, int | float) and np.isfinite(one) for one in numbers):
            raise ValueError(f"{text[:60]!r} is no list of numbers")
        return numbers


class Clips(_Held):
    """The features of a clip of play, which an output holds as text (`loop.play.clips.Clip`)."""

    def _read(self, text: str) -> NDArray[np.float64]:
        return Clip.of(text).features


class Scaled(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The rows of another maker, each number *times* as large: how much it weighs beside others."""

    def __init__(self, of: Maker, times: float) -> None:
        self.of = of
        self.times = times

    @property
    def kind(self) -> str:
        """That of what it scales."""
        return self.of.kind

    def fit(self, items: Sequence[Any], _y: Any = None) -> Self:
        """Learn what the other learns."""
        self.of.fit(items)
        return self

    def transform(self, items: Sequence[Any]) -> Rows:
        """Rows, (n, n_features)."""
        return np.float32(self.times) * self.of.transform(items)
