"""What a task wants of a new project, as the command line and the page of a new one say it."""

import re
import string
from collections.abc import Mapping, Sequence
from typing import Any

from loop import tasks
from loop.errors import SettingsError
from loop.tasks import compare, correct, rank, rate, thumbs, write
from loop.tasks.task import OUTPUT, PROMPT

SIDES = {compare.A: "the left one", compare.B: "the right one", compare.BOTH_BAD: "both bad"}
_SCALE = re.compile(r"\s*(-?\d+)\s*-\s*(-?\d+)\s*")


def usual_columns(task: str, there: Sequence[str]) -> tuple[str, ...]:
    """The columns to show where none is named, by what they are called; none if there are none."""
    prompt = tuple(name for name in there if name == PROMPT)
    if task == compare.TASK.name:
        outputs = tuple(name for name in (compare.A, compare.B) if name in there)
        found = prompt + outputs if len(outputs) == 2 else ()
    elif task == rank.TASK.name:
        found = prompt + _lettered(there) if len(_lettered(there)) >= rank.LEAST else ()
    elif task in {thumbs.TASK.name, rate.TASK.name, correct.TASK.name}:
        found = (*prompt, OUTPUT) if OUTPUT in there else ()
    else:
        found = prompt if task == write.TASK.name else ()
    return found or tuple(name for name in there if name == "text")


def _lettered(there: Sequence[str]) -> tuple[str, ...]:
    """a, b, c … as far as they go."""
    letters = string.ascii_lowercase[: rank.MOST]
    end = next((i for i, name in enumerate(letters) if name not in there), len(letters))
    return tuple(letters[:end])


def outputs_of(task: str, shown: Sequence[str]) -> tuple[str, ...]:
    """The columns that something made, in their order."""
    if task == compare.TASK.name:
        return compare.A, compare.B
    if task == rank.TASK.name:
        return rank.outputs(shown)
    return tuple(name for name in shown if name == OUTPUT)


def systems_of(task: str, shown: Sequence[str], named: Sequence[str]) -> Mapping[str, str]:
    """Which column says what made which output. Raises `SettingsError` unless there is one each."""
    outputs = outputs_of(task, shown)
    if not named:
        return {}
    if len(named) != len(outputs):
        raise SettingsError(
            f"--systems names {len(named)} columns ({', '.join(named)}), and there are "
            f"{len(outputs)} outputs ({', '.join(outputs) or 'none is called ' + repr(OUTPUT)}); "
            "give one for each, in that order."
        )
    return dict(zip(outputs, named, strict=True))


def scale_of(task: str, scale: str | None, words: Sequence[str]) -> Mapping[str, Any]:
    """The settings of a scale such as `1-5`. Raises `SettingsError` for none, or out of place."""
    if task != rate.TASK.name and (scale or words):
        raise SettingsError(
            f"A scale is for --task {rate.TASK.name}; {task!r} has none. Leave --scale and "
            "--scale-words out."
        )
    found = _SCALE.fullmatch(scale) if scale else None
    if scale and not found:
        raise SettingsError(
            f"--scale {scale!r} is no scale: write its lowest and its highest point, as in 1-5."
        )
    given: dict[str, Any] = {"scale": (int(found[1]), int(found[2]))} if found else {}
    return given | ({"scale_words": tuple(words)} if words else {})


def keys_in_words(task: str, keys: Mapping[str, str]) -> list[str]:
    """What to press, and what it does; *keys* are those of the classes."""
    shown_as = tasks.get(task).shown_as
    if shown_as == "editor":
        return ["Enter, or Ctrl+Enter while typing, sends the text"]
    if shown_as == "order":
        return [f"1 to {len(keys)} give an output the next place", "Enter sends"]
    names = SIDES if shown_as == "sides" else {}
    return [f"{key} = {names.get(name, name)}" for name, key in keys.items()]
