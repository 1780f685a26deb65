"""A model as a file that anybody may be given: read by skops, never unpickled.

Five lines use one:

    from pathlib import Path
    from loop import model_file

    model = model_file.load(Path("out/model.skops"))
    print(model.classes, model.predict([{"text": "how much is it?"}]))
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import skops.io
from numpy.typing import NDArray
from skops.io.exceptions import UntrustedTypesFoundException
from threadpoolctl import threadpool_limits

from loop.errors import LoopError
from loop.features import Features

NAME, MANIFEST = "model.skops", "manifest.json"
SCHEMA = "askwell-model-1"
CHUNK = 4_096  # items read at once; the same everywhere, so that the bits are
# What may be in a model of `SCHEMA`, beside what skops trusts: classes that hold arrays and texts.
ALLOWED = frozenset(
    {
        "loop.estimators.beliefs.Gaussian",
        "loop.estimators.beliefs.Linear",
        "loop.estimators.bradley_terry.BradleyTerry",
        "loop.estimators.decisive.Decisive",
        "loop.estimators.reward.Reward",
        "loop.features.diffusion.Diffusion",
        "loop.features.embedding.Embed",
        "loop.features.images.Hog",
        "loop.features.images.Pixels",
        "loop.features.matrix.Features",
        "loop.features.outputs.Clips",
        "loop.features.outputs.Closeness",
        "loop.features.outputs.Length",
        "loop.features.outputs.Numbers",
        "loop.features.outputs.Outputs",
        "loop.features.outputs.Scaled",
        "loop.features.tables.Table",
        "loop.features.texts.Lsa",
        "loop.gaussian.preferential.Answers",
        "loop.gaussian.preferential.Mode",
        "loop.gaussian.preferential.Preferential",
        "numpy.dtype",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.gaussian_process.kernels.ConstantKernel",
        "sklearn.gaussian_process.kernels.Product",
        "sklearn.gaussian_process.kernels.RBF",
        "sklearn.tree._tree.Tree",
    }
)


class ModelFileError(LoopError):
    """A file that is no model of ours, was changed, or holds what it may not."""


class Beside:
    """Files that items name, as they are found from *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """Where the file is."""
        return self.folder / name


@dataclass(frozen=True)
class Model:
    """Features, a classifier, and what each column of an item holds."""

    features: Features
    estimator: Any
    classes: tuple[str, ...]  #: in the order of the probabilities

    def proba(
        self, items: Sequence[Mapping[str, Any]], folder: Path = Path()
    ) -> Iterator[NDArray[np.float64]]:
        """Probabilities, (n, n_classes) in all, a chunk at a time; paths begin at *folder*.

        Raises `ModelFileError` where what it reads cannot be made here.
        """
        for start in range(0, len(items), CHUNK):
            with threadpool_limits(1):
                X = self._read(items[start : start + CHUNK], folder)
                yield self.estimator.predict_proba(X)

    def _read(self, items: Sequence[Mapping[str, Any]], folder: Path) -> NDArray[np.float32]:
        try:
            return self.features.transform(items, Beside(folder))
        except (ImportError, ValueError) as why:
            reason = str(why).rstrip(".")
            raise ModelFileError(f"What this model reads cannot be made here: {reason}.") from why

    def predict(self, items: Sequence[Mapping[str, Any]], folder: Path = Path()) -> list[str]:
        """The likeliest class of each item."""
        found = self.proba(items, folder)
        return [self.classes[place] for part in found for place in part.argmax(axis=1)]


def save(model: Model, folder: Path) -> Path:
    """Write the model into *folder*. Raises `ModelFileError` where nobody could load it."""
    content = skops.io.dumps(
        {"schema": SCHEMA, "features": model.features, "estimator": model.estimator}
        | {"classes": list(model.classes)}
    )
    if foreign := _foreign(content):
        raise ModelFileError(
            f"This model holds {', '.join(foreign)}, which a model file may not: only classes of "
            "scikit-learn's and ours are loaded from one. Choose another recipe."
        )
    file = folder / NAME
    file.write_bytes(content)
    return file


def load(file: Path) -> Model:
    """A model from its file, or the folder with it. Raises `ModelFileError`.

    With a manifest beside it, its hash is checked, too: what it says of the model is of this file.
    """
    file = file / NAME if file.is_dir() else file
    try:
        content = file.read_bytes()
    except OSError as why:
        raise ModelFileError(f"{file} cannot be read: {why}.") from why
    _check_hash(file, content)
    if foreign := _foreign(content, file):
        raise ModelFileError(
            f"{file} holds {', '.join(foreign)}, which no model of {SCHEMA} does; it is not loaded."
        )
    try:
        told = skops.io.loads(content, trusted=[*ALLOWED])
        if told["schema"] != SCHEMA:
            raise ModelFileError(f"{file} is of the schema {told['schema']!r}, not {SCHEMA}.")
        _check_trees(told["estimator"], file)
        return Model(told["features"], told["estimator"], tuple(told["classes"]))
    except (UntrustedTypesFoundException, KeyError, TypeError, ValueError, AttributeError) as why:
        raise ModelFileError(f"{file} is no model of askwell: {why}.") from why


def manifest(file: Path) -> dict[str, Any]:
    """What is said of the model in *file*, or in the folder; {} where nothing is."""
    folder = file if file.is_dir() else file.parent
    try:
        told: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as why:
        raise ModelFileError(f"{folder / MANIFEST} is no manifest: {why}.") from why
    return told


def digest(content: bytes) -> str:
    """The hash that the manifest has of the file."""
    return hashlib.sha256(content).hexdigest()


def _check_hash(file: Path, content: bytes) -> None:
    told = manifest(file).get("files", {}).get(file.name, {}).get("sha256")
    if told is not None and told != digest(content):
        raise ModelFileError(
            f"{file} is not the file that its manifest speaks of: its SHA-256 is "
            f"{digest(content)}, and should be {told}. It was changed or mixed up; ask for it anew."
        )


def _foreign(content: bytes, file: Path = Path(NAME)) -> list[str]:
    """The types in a file that are not allowed there."""
    try:
        return sorted(set(skops.io.get_untrusted_types(data=content)) - ALLOWED)
    except (BadZipFile, KeyError, TypeError, ValueError, AttributeError) as why:
        raise ModelFileError(f"{file} is no model file: {why}.") from why


def _check_trees(estimator: Any, file: Path) -> None:
    """A tree that points outside itself would read memory that is not its own."""
    for one in getattr(estimator, "estimators_", [estimator]):
        tree = getattr(one, "tree_", None)
        if tree is None:
            continue
        children = np.concatenate([tree.children_left, tree.children_right])
        if children.max(initial=-1) >= tree.node_count or tree.feature.max() >= tree.n_features:
            raise ModelFileError(f"{file} holds a tree that points outside itself.")
