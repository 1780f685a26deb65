"""What language models are trained on, as TRL reads it: pairs, verdicts and completions.

Each has exactly the columns that its trainers want. What teaches nothing is counted by the reason.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from loop import tasks
from loop.exports import outgoing
from loop.exports.form import Format, Made, an_object
from loop.exports.outgoing import Outgoing, Row
from loop.exports.sinks import Jsonl
from loop.tasks.correct import TASK as CORRECT
from loop.tasks.judgement import Judgement, Trains

NOT_ACCEPTED = "a correction that is not accepted yet"
OF = {"preferences": "trl-preference", "unpaired": "trl-unpaired", "completions": "trl-sft"}


def _records(what: str, names: tuple[str, ...]) -> Callable[[Outgoing], Iterator[Made]]:
    def records(out: Outgoing) -> Iterator[Made]:
        for part in (outgoing.of_items, outgoing.of_interactions):
            for row in part(out):
                for told in _taught(out, row, what):
                    made = dict(zip(names, told, strict=True))
                    yield Made(made["prompt"], row.judgement.kind, made)

    return records


def _taught(out: Outgoing, row: Row, what: str) -> Iterable[tuple[Any, ...]]:
    """What a row teaches of one kind; counts why, where that is nothing."""
    given = row.judgement
    if given.kind not in tasks.KINDS:
        out.leave_out(given.kind)
        return ()
    if _waits(out, given):
        out.leave_out(NOT_ACCEPTED)
        return ()
    taught = tasks.of_kind(given.kind).trains(given)
    found: tuple[tuple[Any, ...], ...] = getattr(taught, what)
    if not found:
        out.leave_out(taught.left_out or _elsewhere(given, taught))
    return found


def _waits(out: Outgoing, given: Judgement) -> bool:
    """Whether it is a correction from an application that nobody has accepted."""
    is_sent = given.kind == CORRECT.kind and given.interaction_id is not None
    return is_sent and given.feedback_id not in out.accepted


def _elsewhere(given: Judgement, taught: Trains) -> str:
    forms = [form for what, form in OF.items() if getattr(taught, what)]
    return f"{given.kind}: in {' and '.join(forms)}"


def _format(what: str, of: str, *, label: type = str) -> Format:
    names = {
        "preferences": ("prompt", "chosen", "rejected"),
        "unpaired": ("prompt", "completion", "label"),
        "completions": ("prompt", "completion"),
    }[what]
    types = {name: {"type": "string"} for name in names}
    if label is bool:
        types["label"] = {"type": "boolean"}
    return Format(
        name=OF[what],
        suffix=".jsonl",
        media_type="application/jsonl",
        what=of,
        records=_records(what, names),
        encoder=lambda _out: lambda file: Jsonl(file.write),
        schema=lambda _out: an_object(types),
        stem="train",
        needs_rows=True,
        loads="json",
    )


PREFERENCE = _format("preferences", "pairs of completions, the better one first (DPO, reward)")
UNPAIRED = _format("unpaired", "completions that are good or bad (KTO)", label=bool)
SFT = _format("completions", "prompts and what is right to answer (SFT)")
