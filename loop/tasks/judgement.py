"""One person's answer wherever it was given, and what it teaches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SCHEMA_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Judgement:
    """An answer about an item of the project, or about an interaction of a running application.

    One of `item_id` and `interaction_id` is None; of a signal to an agent at play, both. Times are
    seconds since 1970, UTC.
    """

    feedback_id: str
    #: label | correction | thumbs | rating | text | preference | ranking | signal, or skip, …
    kind: str
    item_id: str | None
    interaction_id: str | None
    annotator: str
    created_at: float
    value: Any  #: as the task stores it; None of what is no answer to its question
    payload: dict[str, Any]  #: the same as the schema of its kind has it
    comment: str | None = None
    prompt: str | None = None
    output: str | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)  #: of a preference or a ranking
    systems: Mapping[str, str] = field(default_factory=dict)  #: which made which of the outputs
    model_version: str | None = None  #: of what made the output
    slices: Mapping[str, str] = field(default_factory=dict)  #: by what it is counted apart
    guideline_version: int | None = None
    lead_time: float | None = None  #: seconds between shown and answered
    prediction: Any = None  #: what the project's model suggested
    is_gold: bool = False


@dataclass(frozen=True, slots=True)
class Trains:
    """What one judgement teaches a language model, or why it teaches nothing."""

    preferences: tuple[tuple[str, str, str], ...] = ()  #: prompt, chosen, rejected
    unpaired: tuple[tuple[str, str, bool], ...] = ()  #: prompt, completion, whether it is good
    completions: tuple[tuple[str, str], ...] = ()  #: prompt, completion
    left_out: str | None = None  #: why there is none of these


def nothing(why: str) -> Trains:
    """It teaches nothing."""
    return Trains(left_out=why)


NO_PROMPT = "no prompt"
NO_OUTPUT = "no output"
