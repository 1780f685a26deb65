"""The process that runs the user's `render`: `python -m loop.tuning.drawing SCRIPT FUNCTION`.

A line of JSON in: a setting, and a folder. A line of JSON out: which file there shows it, or why
none does. Whatever `render` prints goes to the terminal or the trainer's log.
"""

import importlib.util
import io
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ENDINGS = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg"}  # of a picture that came as bytes


def function_in(script: Path, name: str) -> Callable[..., Any]:
    """The function *name* of a Python file, which may import what lies beside it."""
    sys.path.insert(0, str(script.parent))
    spec = importlib.util.spec_from_file_location(script.stem, script)
    if spec is None or spec.loader is None:
        raise ImportError(f"{script.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[script.stem] = module
    spec.loader.exec_module(module)
    found = getattr(module, name, None)
    if not callable(found):
        raise TypeError(f"{script.name} has no function {name!r}")
    return found


def keep(shown: Any, folder: Path) -> Path:
    """Put what a `render` returned into a file. Raises `TypeError` for what cannot be shown."""
    if isinstance(shown, str):
        file = folder / "shown.txt"
        file.write_text(shown, encoding="utf-8")
        return file
    if isinstance(shown, bytes):
        ending = next((e for begin, e in ENDINGS.items() if shown.startswith(begin)), None)
        if ending is None:
            raise TypeError("render returned bytes that are neither a PNG nor a JPEG")
        file = folder / f"shown{ending}"
        file.write_bytes(shown)
        return file
    if isinstance(shown, np.ndarray):
        shown = Image.fromarray(_pixels(shown))
    if not isinstance(shown, Image.Image):
        raise TypeError(
            f"render returned {type(shown).__name__}; it returns text, the bytes of a PNG or a "
            "JPEG, a Pillow image or a NumPy array"
        )
    file, packed = folder / "shown.png", io.BytesIO()
    shown.save(packed, "PNG")
    file.write_bytes(packed.getvalue())
    return file


def _pixels(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """An array as Pillow takes it: numbers from 0 to 1 where it has fractions, else to 255."""
    is_picture = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in {3, 4})
    if not is_picture or not array.size:
        raise TypeError(
            f"render returned an array of shape {array.shape}; a picture is (height, width), or "
            "that with 3 or 4 colours"
        )
    if not np.isfinite(array).all():
        raise TypeError("render returned an array with numbers that are not finite")
    scaled = array * 255.0 if np.issubdtype(array.dtype, np.floating) else array
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def main(script: str, name: str) -> None:
    """Answer line by line until the one who asks leaves."""
    sys.dont_write_bytecode = True  # beside somebody else's file
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what render prints is no answer

    def tell(told: dict[str, Any]) -> None:
        answers.write(json.dumps(told) + "\n")
        answers.flush()

    try:
        render = function_in(Path(script), name)
    except Exception as why:  # noqa: BLE001 - it is somebody else's code, and told as it is
        tell({"why": f"{type(why).__name__}: {why}"})
        return
    tell({})
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            tell({"file": str(keep(render(asked["setting"]), Path(asked["folder"])))})
        except Exception as why:  # noqa: BLE001 - the same
            traceback.print_exc()
            tell({"why": f"{type(why).__name__}: {why}"})


if __name__ == "__main__":
    main(*sys.argv[1:])
