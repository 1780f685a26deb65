"""A folder of images: every image below it is a row, named by its path inside the folder."""

from collections.abc import Iterator
from pathlib import Path

from loop.errors import DataError
from loop.formats.row import Row

SUFFIXES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"}


def rows(source: Path) -> Iterator[Row]:
    """Each image file below *source*, in order of name, with the columns `id` and `image`."""
    found = False
    for path in sorted(source.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            found = True
            name = path.relative_to(source).as_posix()
            yield Row(name, {"id": name, "image": name})
    if not found:
        raise DataError(source, [f"no image in this folder ({', '.join(sorted(SUFFIXES))})"])
