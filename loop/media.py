"""Files of items inside the project, named by their content, so that a project folder is whole."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from loop import signatures

LARGEST = 50 * 2**20  # bytes
KINDS = {  # what a file may be, the endings that it gets here, and what a browser calls them
    "image": {
        ".png": "image/png",
        ".jpg": "image/jpeg",
        ".gif": "image/gif",
        ".webp": "image/webp",
        ".bmp": "image/bmp",
    },
    "audio": {
        ".wav": "audio/wav",
        ".mp3": "audio/mpeg",
        ".ogg": "audio/ogg",
        ".flac": "audio/flac",
        ".m4a": "audio/mp4",
        ".weba": "audio/webm",
    },
    "video": {".mp4": "video/mp4", ".webm": "video/webm"},
}
TYPES = {ending: name for endings in KINDS.values() for ending, name in endings.items()}
_NAME = re.compile(rf"[0-9a-f]{{32}}({'|'.join(map(re.escape, TYPES))})")
_PICTURES = {  # Pillow's name of each format that browsers show, and its ending here
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

    def take(self, source: Path, kind: str = "image") -> str:
        """Check one file of a kind in `KINDS`, copy it in and return its name here.

        Raises `ValueError` for what is no such file, `OSError` for what cannot be read.
        """
        content, ending = checked(source, kind)
        name = hashlib.sha256(content).hexdigest()[:32] + ending
        if not (self.folder / name).exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            partial = self.folder / f"{name}.{os.getpid()}.partial"
            partial.write_bytes(content)
            partial.replace(self.folder / name)
        return name

    def blank(self) -> str:
        """The name of a picture with nothing on it, for where one was erased."""
        with tempfile.TemporaryDirectory() as scratch:
            empty = Path(scratch) / "blank.png"
            Image.new("L", (1, 1), 255).save(empty)
            return self.take(empty)

    def path(self, name: str) -> Path:
        """Where the file *name* lies."""
        return self.folder / name

    def find(self, name: str) -> tuple[Path, str] | None:
        """Where the file *name* lies, and its media type; None if no file here is called so."""
        path = self.path(name)
        return (path, TYPES[path.suffix]) if _NAME.fullmatch(name) and path.is_file() else None


def checked(source: Path, kind: str) -> tuple[bytes, str]:
    """What the file holds, and the ending that it gets here. Raises as `MediaFolder.take`."""
    if not source.is_file():
        raise ValueError(f"there is no {kind} {source}")
    if (size := source.stat().st_size) > LARGEST:
        raise ValueError(f"{source.name} has {size:,} bytes, more than {LARGEST:,}")
    content = source.read_bytes()
    return content, _picture(source) if kind == "image" else _recording(source, kind, content)


def _recording(source: Path, kind: str, content: bytes) -> str:
    ending = signatures.ending_of(content[: signatures.HEAD], kind)
    if ending is None:
        known = ", ".join(ending.removeprefix(".") for ending in KINDS[kind])
        raise ValueError(f"{source.name} is no {kind} that browsers play ({known})")
    return ending


def _picture(source: Path) -> str:
    try:
        # Only these decoders are let near a stranger's file.
        with Image.open(source, formats=[name for name in _PICTURES if name != "MPO"]) as image:
            kind = image.format or "unknown"
            image.load()  # a truncated file fails here, not at the first annotator
    except (UnidentifiedImageError, Image.DecompressionBombError, SyntaxError) as why:
        raise ValueError(f"{source.name} is no {', '.join(_PICTURES)} image: {why}") from why
    except OSError as why:
        raise ValueError(f"{source.name} is a broken image: {why}") from why
    return _PICTURES[kind]
