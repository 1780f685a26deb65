"""A project's settings: validated once, when written, and stored as an event in the log."""

import difflib
from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from loop import tasks
from loop.errors import SettingsError
from loop.feedback.alarm_rule import Rule
from loop.keys import MOST_CLASSES, keys_of
from loop.play.terms import CLIP_SPEED, FASTEST, SLOWEST, USUAL_SPEED, Play
from loop.store.wanted import Usual
from loop.tasks import compare, rate
from loop.tasks.correct import WORDS
from loop.tuning.space import Space

Consensus = Literal["dawid-skene", "majority", "one-coin", "mace", "glad"]
CONSENSUS: tuple[Consensus, ...] = get_args(Consensus)
NO_ITEMS: dict[str, Any] = {  # what a project has in place of items that plays
    "task": "thumbs",
    "modality": "table",
    "columns": ("state",),
    "strategy": "random",
    "start": "random",
    "audit_share": 0.0,
}
SYSTEM = "system"  # the kind of a column that says what made an output
AHEAD = 2  # proposals in a person's browser: the one on screen, and the next
PAIR = "pair"  # the kind of the columns of two outputs and what they answer
UNREAD = ("audio", "video")  # kinds that there are no features for yet


class RetrainPolicy(BaseModel):
    """When a round is due, in labels. See `loop.schedule.due`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: int = Field(default=10, ge=2)  #: labels before the first model
    growth: float = Field(default=0.10, gt=0)  #: new labels as a share of those last trained on
    least: int = Field(default=5, ge=1)  #: but never fewer new labels than this


def _known(task: str) -> str:
    """A task that there is."""
    try:
        return tasks.get(task).name
    except SettingsError as why:
        raise ValueError(str(why)) from why


def _usual_strategy(known: dict[str, Any]) -> str:
    """The strategy of the task; of the usual one where the task itself is refused."""
    task = tasks.get(known.get("task", "classify"))
    return task.asks(known) if task.asks else task.strategy


def _usual_start(known: dict[str, Any]) -> str:
    """The same for what is asked first."""
    return tasks.get(known.get("task", "classify")).start


def _usual_speed(known: dict[str, Any]) -> float:
    """Slow enough to teach by; of clips, as things move."""
    return CLIP_SPEED if known.get("clips") else USUAL_SPEED


class Settings(BaseModel):
    """Everything that a project decides. Frozen: a change is a new event, never an edit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    task: Annotated[str, AfterValidator(_known)] = "classify"  #: one of `loop.tasks`
    modality: Literal["text", "image", "table", "audio", "video"]
    columns: tuple[str, ...] = Field(min_length=1)  #: what is shown, and what the model reads
    media: dict[str, Literal["image", "audio", "video"]] = {}  #: columns beside texts: their kind
    meta: tuple[str, ...] = ()  #: columns shown folded beneath the item; the model never reads them
    layout: Literal["stacked", "side-by-side"] = "stacked"  #: of an item's columns
    highlight: tuple[str, ...] = ()  #: words and phrases marked in texts, whatever their case
    classes: tuple[str, ...]
    renamed: dict[str, str] = {}  #: what a class was called once, or was merged from → its name now
    keys: dict[str, str] = {}  #: of classes that are to have keys of their own: one or two each
    scale: tuple[int, int] = rate.USUAL_SCALE  #: of ratings: its lowest and its highest point
    scale_words: tuple[str, ...] = ()  #: what the lowest and the highest point mean
    clips: tuple[str, ...] = ()  #: columns of text that hold clips of play, which the page draws
    environment: str | None = None  #: that these are of; None where it was not kept yet
    systems: dict[str, str] = {}  #: of outputs: the column of metadata that says what made each
    strategy: str = Field(default_factory=_usual_strategy)
    start: str = Field(default_factory=_usual_start)  #: the strategy before the first model
    recipe: str = "default"  #: what a model reads, and what learns from it: see `loop.recipes`
    seed: int = Field(default=0, ge=0)
    audit_share: float = Field(default=0.2, ge=0, lt=1)  #: of an import that brings no truth
    audit_most: int = Field(default=1_000, ge=0)  #: of one import
    audit_every: int = Field(default=10, ge=2)  #: one in so many questions is an audit item
    gold_every: int = Field(default=20, ge=2)  #: one in so many questions is a gold item
    practice: int = Field(default=0, ge=0)  #: gold items that a newcomer gets first, and openly
    pass_mark: float | None = Field(default=None, gt=0, le=1)  #: share right in practice, to go on
    warn_below: float | None = Field(default=None, gt=0, le=1)  #: share right on silent gold items
    pause_below: float | None = Field(default=None, gt=0, le=1)  #: the same; then nothing is asked
    suggestions: Literal["hidden", "after", "prefilled"] = "hidden"  #: what the model would say
    withheld: float = Field(default=0.2, ge=0, le=1)  #: share of ordinary items without any
    overlap: int = Field(default=1, ge=1)  #: answers wanted for each item
    ask_again_below: float | None = Field(default=None, gt=0, lt=1)  #: only there; see `usual`
    consensus: Consensus = "dawid-skene"  #: how several answers become one label
    lease_seconds: float = Field(default=300, gt=0)
    target: float | None = Field(default=None, gt=0, lt=1)  #: accuracy that is enough
    budget: int | None = Field(default=None, ge=1)  #: labels that are to be given at most
    retrain: RetrainPolicy = RetrainPolicy()
    alarm: Rule = Rule()  #: when bad feedback on similar interactions opens an alarm
    space: Space | None = None  #: what is tuned, where items are proposals: see docs/tuning.md
    insight_days: int = Field(default=30, ge=1)  #: that what feedback comes to is told of
    #: What is played here, where people teach an agent instead of labeling.
    play: Play | None = None
    #: Steps a second, of play and of clips.
    speed: float = Field(default_factory=_usual_speed, ge=SLOWEST, le=FASTEST)

    @model_validator(mode="before")
    @classmethod
    def _as_the_task_has_it(cls, given: Any) -> Any:
        """Classes that follow from other settings, and what is usual where no model learns."""
        if not isinstance(given, dict) or given.get("task", "classify") not in tasks.names():
            return given
        if given.get("play") is not None:  # there are no items: nothing is asked, nothing ranked
            given = NO_ITEMS | given
        task = tasks.get(given.get("task", "classify"))
        if task.classes is not None and not given.get("classes"):
            given = given | {"classes": task.classes(given)}
            given = {"keys": task.keys(given["classes"])} | given
        is_unlearned = task.unlearned(given) or given.get("space") is not None
        if is_unlearned:  # there is no model to measure
            given = {"audit_share": 0.0} | given
        if is_unlearned or given.get("modality") in UNREAD:
            # What no model reads can be asked at random only, so that is what it is asked by.
            return {"strategy": "random", "start": "random"} | given
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
        if strangers := {name for name in self.clips if self.kinds.get(name) != "text"}:
            raise ValueError(
                f"clips are columns of text, and {', '.join(sorted(strangers))} is none"
            )
        if self.environment is not None and not self.clips:
            raise ValueError(f"no column holds clips, to be of {self.environment}")
        if not all(words.strip() for words in self.highlight):
            raise ValueError("a word to highlight is empty")
        return self

    @model_validator(mode="after")
    def _strategy_fits(self) -> "Settings":
        for named in (self.strategy, self.start):
            if self.no_rounds and named != "random":
                raise ValueError(f"{self.no_rounds}; use the strategy 'random', not {named!r}")
        return self

    @model_validator(mode="after")
    def _warned_before_paused(self) -> "Settings":
        if self.warn_below and self.pause_below and self.warn_below < self.pause_below:
            raise ValueError(
                f"nobody is warned below {self.warn_below:.0%} who is held back below "
                f"{self.pause_below:.0%} already; warn_below is at least pause_below"
            )
        return self

    @model_validator(mode="after")
    def _classes_have_names_and_keys(self) -> "Settings":
        follow = tasks.get(self.task).classes
        if follow is not None and self.classes != (theirs := follow(vars(self))):
            raise ValueError(
                f"the task {self.task!r} has no classes but its own, "
                f"{', '.join(theirs) or 'none'}; leave them out"
            )
        if len(self.classes) < 2 and follow is None:
            raise ValueError(f"a project needs at least two classes, not {list(self.classes)}")
        if len(self.classes) > MOST_CLASSES:
            raise ValueError(
                f"{len(self.classes)} classes are more than the {MOST_CLASSES} that the label page "
                "has keys for; join some of them with --classes"
            )
        folded = [name.strip().casefold() for name in self.classes]
        if "" in folded:
            raise ValueError("a class has an empty name")
        if twice := [name for name in self.classes if folded.count(name.strip().casefold()) > 1]:
            raise ValueError(f"two classes have the same name: {', '.join(twice)}")
        if astray := set(self.renamed.values()) - set(self.classes):
            raise ValueError(f"classes were renamed to what is no class: {', '.join(astray)}")
        keys_of(self.classes, self.keys)
        return self

    @model_validator(mode="after")
    def _scale_and_systems_fit(self) -> "Settings":
        if len(self.scale_words) not in {0, 2}:
            raise ValueError(
                "words are for the lowest and the highest point of the scale: two of them, or "
                f"none, not {', '.join(self.scale_words)}"
            )
        if strange := [name for name in self.systems if name not in self.columns]:
            raise ValueError(f"no column of the item is called {strange[0]!r} to be of a system")
        if self.task == compare.TASK.name and len(self.systems) == 1:
            raise ValueError("of two outputs both have a system, or none; name two columns")
        if strange := [name for name in self.systems.values() if name not in self.meta]:
            raise ValueError(
                f"what made an output stands in a column of metadata; {strange[0]!r} is none"
            )
        return self

    @model_validator(mode="after")
    def _fits_its_task(self) -> "Settings":
        task = tasks.get(self.task)
        if misfit := task.columns_misfit(self.columns):
            raise ValueError(misfit)
        if self.suggestions != "hidden" and self.task != "classify":
            raise ValueError(
                f"the task {self.task!r} has no suggestions yet; leave them 'hidden', not "
                f"{self.suggestions!r}"
            )
        if self.ask_again_below is not None and (why := self._never_again()):
            raise ValueError(f"nothing can be asked again below {self.ask_again_below}: {why}")
        if joined := [name for name in self.classes if task.separator and task.separator in name]:
            raise ValueError(
                f"the class {joined[0]!r} has {task.separator!r} in its name, which stands between "
                f"the classes of one label in the files of the task {self.task!r}; rename it"
            )
        return self

    def _never_again(self) -> str | None:
        if self.overlap == 1:
            return "'overlap', the most answers that an item gets, is 1; set 2 or more"
        if self.task != "classify":
            return f"how likely a label is of the task {self.task!r} is not known"
        return self.no_rounds

    def now(self, value: Any) -> Any:
        """What a label's classes are called now, renamed or merged, or as before; or a text."""
        if isinstance(value, dict):
            return value[WORDS]
        if not isinstance(value, list):
            return self.renamed.get(value, value)
        called = [self.renamed.get(name, name) for name in value]
        return tasks.get(self.task).ordered(list(dict.fromkeys(called)), self.classes)

    @property
    def usual(self) -> Usual:
        """How many answers items are to get: each of them *overlap*, or at first one.

        Where there is an `ask_again_below` an item of the pool is asked again, up to *overlap*
        times, while its label is less likely than that. Items of the audit all get as many: asked
        again where the model differs, they would agree with it too often.
        """
        return Usual(self.overlap if self.ask_again_below is None else 1, self.overlap)

    @property
    def kinds(self) -> dict[str, str]:
        """What each column of an item holds: text, image, table, audio or video."""
        return {name: self.media.get(name, self.modality) for name in self.columns}

    @property
    def texts(self) -> list[str]:
        """The columns that hold words: no clips, whose text is numbers."""
        return [n for n, kind in self.kinds.items() if kind == "text" and n not in self.clips]

    @property
    def read(self) -> dict[str, str]:
        """What each column holds that the model reads: those of the item, or what made its outputs.

        To tell which of two systems is stronger it reads which they are, and no text. To tell which
        of two texts is better it reads them as a pair: what they answer first, then `a` and `b`.
        """
        if self.task != compare.TASK.name or self.no_rounds:
            return self.kinds
        both = (compare.A, compare.B)
        if self.systems:
            return {self.systems[name]: SYSTEM for name in both}
        texts = [name for name, kind in self.kinds.items() if kind == "text" and name not in both]
        return dict.fromkeys([*texts, *both], PAIR)

    @property
    def no_rounds(self) -> str | None:
        """Why no model is ever trained on this project, or None."""
        if self.space is not None:
            return (
                "answers tell which settings to propose; Tune says which is best, and when to stop"
            )
        if self.play is not None:
            return "its agent learns by itself from every signal"
        if self.modality in UNREAD:
            return f"{self.modality} items are asked in random order: no features for them yet"
        return tasks.get(self.task).unlearned(vars(self))

    @property
    def queue(self) -> int | None:
        """How many items a person's browser may hold at most; None: as many as it asks for.

        A proposal is the better, the more answers it was made from: few are made ahead.
        """
        return None if self.space is None else AHEAD

    @property
    def class_keys(self) -> dict[str, str]:
        """The key or the two keys of each class, in the order of the classes."""
        return keys_of(self.classes, self.keys)


def lacking(strategy: str, needs: Iterable[str], task: str, modality: str) -> list[str]:
    """What a strategy with these needs would lack in such a project; nothing if it can serve it."""
    if modality in UNREAD and strategy != "random":
        return [f"features of {modality}"]
    return sorted(set(needs) - tasks.get(task).gives)


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
