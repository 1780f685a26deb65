"""A folder of images, sounds or videos: every such file is a row, named by its path inside."""

from collections.abc import Iterator
from pathlib import Path

from loop.errors import DataError
from loop.formats.row import Row

SUFFIXES = {
    "image": {".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"},
    "audio": {".wav", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".weba"},
    "video": {".mp4", ".m4v", ".webm"},
}
_KIND = {suffix: kind for kind, suffixes in SUFFIXES.items() for suffix in suffixes}


def rows(source: Path) -> Iterator[Row]:
    """Each such file below *source*, in order of name: its `id`, and its path under its kind.

    Raises `DataError` if there is none, or if there are several kinds.
    """
    first: tuple[str, str] | None = None
    for path in sorted(source.rglob("*")):
        kind = _KIND.get(path.suffix.lower())
        if kind is None or not path.is_file():
            continue
        name = path.relative_to(source).as_posix()
        first = first or (kind, name)
        if kind != first[0]:
            problem = f"{first[1]} is {first[0]} and {name} is {kind}: make a folder of each"
            raise DataError(source, [problem])
        yield Row(name, {"id": name, kind: name})
    if first is None:
        known = "; ".join(
            f"{kind}: {', '.join(sorted(suffixes))}" for kind, suffixes in SUFFIXES.items()
        )
        raise DataError(source, [f"no image in this folder, nor sound, nor video ({known})"])
