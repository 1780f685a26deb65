"""What a sound or video file is, told by its first bytes; only what browsers play is known here."""

from collections.abc import Callable

HEAD = 512  # bytes that are enough to tell
_MP4_PICTURES = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
_MP4_OTHERS = (b"qt  ", *_MP4_PICTURES)  # the same container, which <video> does not take


def ending_of(head: bytes, kind: str) -> str | None:
    """The ending of an `audio` or `video` file that begins with *head*, or None if it is neither.

    Nothing is decoded: a file that was cut off later on is not noticed here.
    """
    return next((ending for ending, fits in _SIGNATURES[kind].items() if fits(head)), None)


def _is_wav(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WAVE"


def _is_mp3(head: bytes) -> bool:
    frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2  # sync bits, layer III
    return frame or head[:3] == b"ID3"


def _is_ogg(head: bytes) -> bool:
    codecs = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC")
    return head[:4] == b"OggS" and any(codec in head for codec in codecs)


def _is_flac(head: bytes) -> bool:
    return head[:4] == b"fLaC"


def _is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] not in _MP4_OTHERS


def _is_webm(head: bytes) -> bool:
    return head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head[:64]  # not any Matroska


_SIGNATURES: dict[str, dict[str, Callable[[bytes], bool]]] = {
    "audio": {
        ".wav": _is_wav,
        ".mp3": _is_mp3,
        ".ogg": _is_ogg,
        ".flac": _is_flac,
        ".m4a": _is_mp4,
        ".weba": _is_webm,
    },
    "video": {".mp4": _is_mp4, ".webm": _is_webm},
}
