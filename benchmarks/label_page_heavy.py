"""What a key press costs where most is to be painted: images of 200 kB, 150 classes by two keys.

The times are those of `label_page`; a label is its second key.
"""

from pathlib import Path
from typing import Any

import label_page
import numpy as np
from PIL import Image

from loop.creation import Source, create
from loop.dataset import Columns
from loop.keys import keys_of

IMAGES = 800  # more than three runs of 200 labels, and what starts their rounds
SIDE = 258  # pixels; noise of three colours does not compress: 200 kB as PNG
CLASSES = tuple(f"intent {i:03d}" for i in range(150))


def measure() -> dict[str, Any]:
    """Images of 200 kB, 150 classes."""
    codes = list(keys_of(CLASSES, {}).values())
    return {"items": IMAGES, "classes": len(CLASSES)} | label_page.compare(_images, codes)


def _images(folder: Path, **settings: Any) -> Path:
    rng = np.random.default_rng(0)
    source = folder.with_suffix(".images")
    source.mkdir()
    for i in range(IMAGES):
        noise = rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        Image.fromarray(noise).save(source / f"{i:04d}.png")
    data = Source(source, Columns("image", ("image",), id="id"))
    create(folder, data, classes=CLASSES, audit_share=0, **settings).close()
    return folder
