"""The space that is searched: parameters, what is shown of a setting, and how people judge it.

Read from a TOML file, see docs/tuning.md. What is refused is named, with what to do about it.
"""

import difflib
import math
import string
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from loop.errors import SettingsError

Cell: TypeAlias = str | int | float
Setting: TypeAlias = dict[str, Cell]  # a value for each parameter that is active
Acquisition = Literal["ei", "pi", "ucb"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Parameter(_Strict):
    #: Active only while these categorical parameters have one of these values.
    when: dict[str, tuple[str, ...]] = {}

    @model_validator(mode="before")
    @classmethod
    def _one_is_a_list(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("when"), dict):
            when = {
                name: (values,) if isinstance(values, str) else values
                for name, values in given["when"].items()
            }
            return given | {"when": when}
        return given


class Real(_Parameter):
    """A number between two ends; with *log*, its order of magnitude is what counts."""

    type: Literal["real"] = "real"
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    log: bool = False

    @model_validator(mode="after")
    def _has_volume(self) -> "Real":
        if self.low >= self.high:
            raise ValueError(f"'low', {self.low:g}, must be below 'high', {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"on a log scale 'low' must be above 0, not {self.low:g}")
        return self


class Integer(_Parameter):
    """A whole number from *low* to *high*, both included."""

    type: Literal["integer"] = "integer"
    low: int
    high: int

    @model_validator(mode="after")
    def _has_volume(self) -> "Integer":
        if self.low >= self.high:
            raise ValueError(f"'low', {self.low}, must be below 'high', {self.high}")
        return self


class Categorical(_Parameter):
    """One of several names, in no order."""

    type: Literal["categorical"] = "categorical"
    choices: tuple[str, ...]

    @model_validator(mode="after")
    def _has_volume(self) -> "Categorical":
        if len(set(self.choices)) < len(self.choices):
            raise ValueError("'choices' has the same name twice; leave one out")
        if len(self.choices) < 2:
            raise ValueError("'choices' needs two names or more; with one there is nothing to tune")
        return self


Parameter = Annotated[Real | Integer | Categorical, Field(discriminator="type")]
SMALL = 1e-6  # below it a value is shown with an exponent
TAKEN = ("proposal", "a", "b")  # columns of what is shown
TYPES = {kind.model_fields["type"].default: kind for kind in (Real, Integer, Categorical)}


class Space(_Strict):
    """What is tuned, and how people are asked."""

    parameters: dict[str, Parameter] = Field(min_length=1)
    ask: Literal["rate", "compare"] = "rate"
    question: str | None = None  #: shown above every proposal's page, as the guideline
    scale_words: tuple[str, str] = ("the worst", "the best")  #: what 1 and 5 mean
    text: str | None = None  #: shown, with {name} for the value of each parameter
    image: str | None = None  #: a file likewise, beside the TOML
    render: str | None = None  #: FILE.py:FUNCTION, beside the TOML; see `loop.tuning.render`
    shows: Literal["text", "image"] = "image"  #: what `render` returns
    render_seconds: float = Field(default=20, gt=0, le=600)  #: until it counts as hanging
    acquisition: Acquisition = "ucb"  #: of ratings: how a promising setting is known
    seed: int = Field(default=0, ge=0)

    @property
    def modality(self) -> Literal["text", "image"]:
        """What people see."""
        if self.image is not None:
            return "image"
        return self.shows if self.render is not None else "text"

    @property
    def in_order(self) -> list[str]:
        """The names of the parameters, each after those that it depends on."""
        names = list(self.parameters)
        found: list[str] = []
        while names:
            ready = [name for name in names if set(self.parameters[name].when) <= set(found)]
            if not ready:
                raise ValueError(f"the conditions of {', '.join(names)} wait for one another")
            found += ready
            names = [name for name in names if name not in ready]
        return found

    def active(self, setting: Mapping[str, Any]) -> Setting:
        """The values that count: those of parameters whose conditions hold."""
        kept: Setting = {}
        for name in self.in_order:
            when = self.parameters[name].when
            if all(kept.get(on) in values for on, values in when.items()):
                kept[name] = setting[name]
        return {name: kept[name] for name in self.parameters if name in kept}

    @model_validator(mode="after")
    def _conditions_hold_sometimes(self) -> "Space":
        for name, parameter in self.parameters.items():
            for on, values in parameter.when.items():
                parent = self.parameters.get(on)
                if not isinstance(parent, Categorical):
                    raise ValueError(  # noqa: TRY004 - it is somebody's input
                        f"parameter {name!r}: 'when' names {on!r}, which is no categorical "
                        f"parameter{_near(on, self.parameters)}"
                    )
                if not values or (unknown := set(values) - set(parent.choices)):
                    there = ", ".join(parent.choices)
                    what = ", ".join(sorted(unknown)) if values else "nothing"
                    raise ValueError(
                        f"parameter {name!r}: 'when' waits for {on} = {what}, and {on} is one of "
                        f"{there}"
                    )
        self.in_order  # noqa: B018 - which refuses a circle
        return self

    @model_validator(mode="after")
    def _names_can_be_columns(self) -> "Space":
        if taken := [name for name in self.parameters if name in TAKEN or not name.strip()]:
            raise ValueError(f"a parameter cannot be called {taken[0]!r}; give it another name")
        return self

    @model_validator(mode="after")
    def _shown_in_one_way(self) -> "Space":
        ways = [name for name in ("text", "image", "render") if getattr(self, name) is not None]
        if len(ways) > 1:
            raise ValueError(f"{' and '.join(ways)} each say what is shown; keep one of them")
        for way in ("text", "image"):
            template = getattr(self, way) or ""
            if dressed := _dressed(template):
                raise ValueError(
                    f"{way!r} has {dressed}; in braces stands a parameter's name and nothing else, "
                    "no format and no conversion"
                )
            for name in _named(template):
                if name not in self.parameters:
                    raise ValueError(
                        f"{way!r} names {{{name}}}, which is no parameter"
                        f"{_near(name, self.parameters)}"
                    )
        if self.render is not None and not all(self.render.rpartition(":")[::2]):
            raise ValueError(f"'render' is FILE.py:FUNCTION, not {self.render!r}")
        return self


def read(file: Path) -> Space:
    """The space that a TOML file describes. Raises `SettingsError`."""
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise SettingsError(f"{file.name} is no TOML: {why}") from why
    for name, given in _tables(told):
        _check_type(file, name, given)
    try:
        space = Space.model_validate(told)
    except ValidationError as why:
        problems = "; ".join(_sentence(dict(error)) for error in why.errors())
        raise SettingsError(f"{file.name}: {problems}.") from why
    if space.render is not None:
        script = file.parent / space.render.rpartition(":")[0]
        if not script.is_file():
            raise SettingsError(
                f"{file.name}: 'render' is in {script.name}, and there is no such file beside it."
            )
    return space


def _tables(told: Mapping[str, Any]) -> list[tuple[str, Any]]:
    given = told.get("parameters")
    return list(given.items()) if isinstance(given, dict) else []


def _check_type(file: Path, name: str, given: Any) -> None:
    if not isinstance(given, dict) or given.get("type") in TYPES:
        return
    kind = given.get("type")
    has = f"has the type {kind!r}" if kind is not None else "has no type"
    near = difflib.get_close_matches(str(kind), TYPES, n=1)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    there = ", ".join(TYPES)
    raise SettingsError(f"{file.name}: parameter {name!r} {has}; there are {there}.{meant}")


def _named(template: str) -> list[str]:
    """The names in braces."""
    return [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]


def _dressed(template: str) -> str | None:
    """What stands in braces and is more than a name, the first of them."""
    for _, name, spec, conversion in string.Formatter().parse(template):
        if name is not None and (spec or conversion or "." in name or "[" in name):
            how = f"!{conversion}" if conversion else ""
            return f"{{{name}{how}{f':{spec}' if spec else ''}}}"
    return None


def _near(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {near[0]!r}?)" if near else f"; there are {', '.join(known)}"


def _sentence(error: dict[str, Any]) -> str:
    place = [str(part) for part in error["loc"]]
    where = f"parameter {place[1]!r}: " if place[:1] == ["parameters"] and place[1:] else ""
    name = place[-1] if place else ""
    if error["type"] == "missing":
        return f"{where}{name!r} is missing" if where else "there are no [parameters]"
    if error["type"] == "too_short":
        return "there are no [parameters] to tune"
    if error["type"] == "extra_forbidden":
        kind = TYPES.get(place[2], Space) if where else Space
        near = difflib.get_close_matches(name, kind.model_fields, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        return f"{where}there is nothing called {name!r} here{meant}"
    message = str(error["msg"]).removeprefix("Value error, ")
    is_ours = error["type"] == "value_error"
    return where + message if is_ours else f"{where}{name!r}: {message}, not {error['input']!r}"


def words(setting: Mapping[str, Cell]) -> str:
    """A setting as people read it, a line for each parameter."""
    return "\n".join(f"{name}: {shown(value)}" for name, value in setting.items())


def shown(value: Cell) -> str:
    """A value with as many digits as a person would give it."""
    if not isinstance(value, float):
        return str(value)
    if value == 0:  # -0.0 too
        return "0"
    if abs(value) < SMALL:
        return f"{value:.4g}"
    digits = max(0, 3 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(digits, 8)}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"


ACQUISITIONS: Sequence[str] = get_args(Acquisition)
