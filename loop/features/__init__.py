"""What a model reads of an item: rows of numbers, made by what a recipe names.

One file for each kind of column, with its makers; `matrix` puts them side by side, `cache` keeps
what they made.
"""

from collections.abc import Callable, Mapping

from loop.features.cache import VERSION, FeatureCache, file_of
from loop.features.diffusion import Diffusion
from loop.features.embedding import Embed
from loop.features.images import Hog, Pixels
from loop.features.maker import Maker
from loop.features.matrix import Features
from loop.features.outputs import Clips, Closeness, Length, Numbers, Outputs, Scaled
from loop.features.systems import Systems
from loop.features.tables import Table
from loop.features.texts import CHUNK, Lsa

NAMED: Mapping[str, Callable[..., Maker]] = {
    "lsa": Lsa,
    "embed": Embed,
    "diffusion": Diffusion,
    "pixels": Pixels,
    "hog": Hog,
    "table": Table,
    "systems": Systems,
    "outputs": Outputs,
    "length": Length,
    "closeness": Closeness,
    "numbers": Numbers,
    "clips": Clips,
    "scaled": Scaled,
}

__all__ = [
    "CHUNK",
    "NAMED",
    "VERSION",
    "Diffusion",
    "Embed",
    "FeatureCache",
    "Features",
    "Hog",
    "Lsa",
    "Maker",
    "Outputs",
    "Pixels",
    "Systems",
    "Table",
    "file_of",
]
