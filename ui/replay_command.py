"""`askwell compare` on a project: its own labels are asked for again."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from loop import Project, comparing, replays

if TYPE_CHECKING:
    from loop.compare import Plan, Replay

KNOWN = ("label", "text", "image", "features", "test")  # by the project itself


def is_project(data: Path) -> bool:
    """Whether a project lies here."""
    return (data / "project.db").is_file()


def replay_of(data: Sequence[Path], given: Mapping[str, Any]) -> tuple["Replay", dict[str, Any]]:
    """The one project of *data* to compare on, and the options, its own where none was given."""
    from loop.compare import replayed

    if len(data) > 1:
        raise click.UsageError("A project is compared on by itself: name no other data beside it.")
    if needless := [f"--{name}" for name in KNOWN if given[name]]:
        raise click.UsageError(
            f"{data[0]} is a project, which knows its columns and answers: leave out "
            f"{', '.join(needless)}."
        )
    with Project.open(data[0]) as project:
        replay, recipe = replayed(project), project.settings.recipe
    sizes = replays.usual(replay.n_pool(given["share"]))
    own = {
        "first": sizes.first,
        "batch": (sizes.batch,),
        "budget": sizes.budget,
        "recipe": (recipe,),
    }
    return replay, {**given, **{name: one for name, one in own.items() if _is_default(name)}}


def kept_in(data: Path, out: Path) -> tuple[Path, AbstractContextManager[None]]:
    """Where the results go, and what to hold meanwhile: the page may run one, too."""
    if not _is_default("out"):
        return out, nullcontext()
    return comparing.folder_of(data.resolve()), comparing.by_hand(data)


def with_bias(
    found: Sequence[dict[str, Any]], replay: "Replay", plan: "Plan"
) -> list[dict[str, Any]]:
    """The documents, each with what it cannot know."""
    told = {recipe: replay.bias(recipe) for recipe in {ask.recipe for ask in plan.protocols}}
    pairs = zip(found, plan.protocols, strict=True)
    return [one | {"classes": replay.classes, "bias": told[ask.recipe]} for one, ask in pairs]


def bias_in(document: Mapping[str, Any]) -> str:
    """What stands under the table of a project."""
    words = document["bias"]["words"] if "bias" in document else ()
    return "".join(f"\n{one}" for one in words)


def _is_default(name: str) -> bool:
    return click.get_current_context().get_parameter_source(name) is ParameterSource.DEFAULT
