"""A project's settings: validated once, when written, and stored as an event in the log."""

import difflib
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from loop.errors import SettingsError

RESERVED_KEYS = {
    "s": "skip",
    "u": "unsure",
    "f": "flag",
    "z": "undo",
    "/": "comment",
    "g": "guidelines",
    "w": "why this item?",
    "m": "metadata",
    "+": "zoom in",
    "=": "zoom in",
    "-": "zoom out",
    "?": "help",
}
MOST_CLASSES = 10
UNREAD = ("audio", "video")  # kinds that there are no features for yet


class RetrainPolicy(BaseModel):
    """When a round is due, in labels. See `loop.schedule.due`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: int = Field(default=10, ge=2)  #: labels before the first model
    growth: float = Field(default=0.10, gt=0)  #: new labels as a share of those last trained on
    least: int = Field(default=5, ge=1)  #: but never fewer new labels than this


class Settings(BaseModel):
    """Everything that a project decides. Frozen: a change is a new event, never an edit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    task: Literal["classify"] = "classify"
    modality: Literal["text", "image", "table", "audio", "video"]
    columns: tuple[str, ...] = Field(min_length=1)  #: what is shown, and what the model reads
    media: dict[str, Literal["image", "audio", "video"]] = {}  #: columns beside texts: their kind
    meta: tuple[str, ...] = ()  #: columns shown folded beneath the item; the model never reads them
    layout: Literal["stacked", "side-by-side"] = "stacked"  #: of an item's columns
    highlight: tuple[str, ...] = ()  #: words and phrases marked in texts, whatever their case
    classes: tuple[str, ...]
    renamed: dict[str, str] = {}  #: what a class was called once, or was merged from → its name now
    strategy: str = "margin"
    recipe: str = "default"  #: `default`, or the name of an `askwell.estimators` plug-in
    seed: int = Field(default=0, ge=0)
    audit_share: float = Field(default=0.2, ge=0, lt=1)  #: of an import that brings no truth
    audit_most: int = Field(default=200, ge=0)  #: of one import
    audit_every: int = Field(default=5, ge=2)  #: one in so many questions is an audit item
    overlap: int = Field(default=1, ge=1)  #: answers wanted for each item
    lease_seconds: float = Field(default=300, gt=0)
    retrain: RetrainPolicy = RetrainPolicy()

    @model_validator(mode="before")
    @classmethod
    def _unread_at_random(cls, given: Any) -> Any:
        """What no model reads can be asked at random only, so that is what it is asked by."""
        if isinstance(given, dict) and given.get("modality") in UNREAD:
            return {"strategy": "random"} | given
        return given

    @model_validator(mode="after")
    def _columns_fit(self) -> "Settings":
        if twice := set(self.columns) & set(self.meta):
            raise ValueError(f"{', '.join(sorted(twice))} is judged, so it is no metadata as well")
        if self.media and self.modality != "text":
            raise ValueError(f"files are shown beside text only, not beside {self.modality}")
        if strangers := set(self.media) - set(self.columns):
            raise ValueError(f"no column of the item is called {', '.join(sorted(strangers))}")
        if set(self.columns) <= set(self.media):
            raise ValueError("a text project needs a column of text beside its files")
        if self.layout == "side-by-side" and (len(self.columns) != 2 or self.modality == "table"):
            raise ValueError(
                f"side by side stand exactly two columns, not {len(self.columns)} of a "
                f"{self.modality} project: {', '.join(self.columns)}"
            )
        if not all(words.strip() for words in self.highlight):
            raise ValueError("a word to highlight is empty")
        return self

    @model_validator(mode="after")
    def _strategy_fits(self) -> "Settings":
        if self.no_rounds and self.strategy != "random":
            raise ValueError(f"{self.no_rounds}; use the strategy 'random', not {self.strategy!r}")
        return self

    @model_validator(mode="after")
    def _classes_have_keys(self) -> "Settings":
        if len(self.classes) < 2:
            raise ValueError(f"a project needs at least two classes, not {list(self.classes)}")
        if len(self.classes) > MOST_CLASSES:
            raise ValueError(
                f"{len(self.classes)} classes are more than the {MOST_CLASSES} keys the label "
                "page has; join some of them with --classes"
            )
        folded = [name.strip().casefold() for name in self.classes]
        if "" in folded:
            raise ValueError("a class has an empty name")
        if len(set(folded)) < len(folded):
            raise ValueError(f"two classes have the same name: {', '.join(self.classes)}")
        if astray := set(self.renamed.values()) - set(self.classes):
            raise ValueError(f"classes were renamed to what is no class: {', '.join(astray)}")
        return self

    def now(self, label: str) -> str:
        """What the class of an answer is called now; it may have been renamed or merged since."""
        return self.renamed.get(label, label)

    @property
    def kinds(self) -> dict[str, str]:
        """What each column of an item holds: text, image, table, audio or video."""
        return {name: self.media.get(name, self.modality) for name in self.columns}

    @property
    def no_rounds(self) -> str | None:
        """Why no model is ever trained on this project, or None."""
        if self.modality not in UNREAD:
            return None
        return f"{self.modality} items are asked in random order: no features for them yet"

    @property
    def keys(self) -> dict[str, str]:
        """The key of each class: its own name where that is a free letter or digit, else 1–0."""
        own = [name.casefold() for name in self.classes]
        if all(len(key) == 1 and key.isalnum() and key not in RESERVED_KEYS for key in own):
            return dict(zip(self.classes, own, strict=True))
        return dict(zip(self.classes, "1234567890", strict=False))


def settings_from(**values: object) -> Settings:
    """Validate *values*. Raises `SettingsError` naming the setting and the nearest valid one."""
    try:
        return Settings.model_validate(values)
    except ValidationError as why:
        raise SettingsError("; ".join(_sentence(dict(error)) for error in why.errors())) from why


def _sentence(error: dict[str, object]) -> str:
    place = ".".join(str(part) for part in error["loc"])  # type: ignore[attr-defined]
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(place, Settings.model_fields, n=1)
        return f"There is no setting {place!r}." + (f" Did you mean {near[0]!r}?" if near else "")
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"Setting {place!r}: {message}, not {error['input']!r}" if place else message
