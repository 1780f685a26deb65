"""Image files inside the project, named by their content, so that a project folder is whole."""

import hashlib
import os
from pathlib import Path

from PIL import Image, UnidentifiedImageError

LARGEST = 50 * 2**20  # bytes
TYPES = {"PNG": ".png", "JPEG": ".jpg", "GIF": ".gif", "WEBP": ".webp", "BMP": ".bmp"}


class MediaFolder:
    """The folder `media/` of a project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def take(self, source: Path) -> str:
        """Check one image, copy it in and return its name here.

        Raises `ValueError` for what is no whole image, `OSError` for what cannot be read.
        """
        if not source.is_file():
            raise ValueError(f"there is no image {source}")
        if (size := source.stat().st_size) > LARGEST:
            raise ValueError(f"{source.name} has {size:,} bytes, more than {LARGEST:,}")
        content = source.read_bytes()
        name = hashlib.sha256(content).hexdigest()[:32] + TYPES[_kind(source)]
        if not (self.folder / name).exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            partial = self.folder / f"{name}.{os.getpid()}.partial"
            partial.write_bytes(content)
            partial.replace(self.folder / name)
        return name

    def path(self, name: str) -> Path:
        """Where the image *name* lies."""
        return self.folder / name


def _kind(source: Path) -> str:
    try:
        with Image.open(source) as image:
            kind = image.format or "unknown"
            image.load()  # a truncated file fails here, not at the first annotator
    except (UnidentifiedImageError, Image.DecompressionBombError, SyntaxError) as why:
        raise ValueError(f"{source.name} is not an image that can be read: {why}") from why
    except OSError as why:
        raise ValueError(f"{source.name} is a broken image: {why}") from why
    if kind not in TYPES:
        raise ValueError(f"{source.name} is {kind}; browsers show {', '.join(TYPES)}")
    return kind
