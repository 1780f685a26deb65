"""Image files inside the project, named by their content, so that a project folder is whole."""

import hashlib
import os
from pathlib import Path

from PIL import Image, UnidentifiedImageError

LARGEST = 50 * 2**20  # bytes
TYPES = {  # Pillow's name of each format that browsers show, and its ending here
    "PNG": ".png",
    "JPEG": ".jpg",
    "MPO": ".jpg",  # a JPEG with a second picture in it, as many phones write
    "GIF": ".gif",
    "WEBP": ".webp",
    "BMP": ".bmp",
}


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
        # Only these decoders are let near a stranger's file.
        with Image.open(source, formats=[name for name in TYPES if name != "MPO"]) as image:
            kind = image.format or "unknown"
            image.load()  # a truncated file fails here, not at the first annotator
    except (UnidentifiedImageError, Image.DecompressionBombError, SyntaxError) as why:
        raise ValueError(f"{source.name} is no {', '.join(TYPES)} image: {why}") from why
    except OSError as why:
        raise ValueError(f"{source.name} is a broken image: {why}") from why
    return kind
