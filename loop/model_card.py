"""The card of a model that leaves the house: what it was taught, and how far it can be trusted."""

from collections.abc import Mapping
from typing import Any

from loop import evaluation, model_file
from loop.tasks import compare
from loop.tasks.task import OUTPUT


def text(told: Mapping[str, Any]) -> str:
    """The card, as Markdown, of what the manifest has."""
    is_reward = told["task"] == compare.TASK.name
    pairs = _of_pairs(told) if is_reward else ""
    n_labels = sum(told["labels"].values())
    counts = "\n".join(f"| {name} | {n} |" for name, n in told["labels"].items())
    columns = ", ".join(f"{name} ({kind})" for name, kind in told["kinds"].items())
    return f"""# {told["project"]}: a {"reward " if is_reward else ""}model

Made with askwell {told["askwell"]} on {told["created_at"]}, of {n_labels} labels, by row
{told["log_seq"]:,} of the project's log.

- Reads: {columns}
- Recipe: `{told["recipe"]}`; what came of it: `{told["estimator"]}`; seed {told["seed"]}
- Accuracy: {_measured(told["audit"])}
{pairs}- The labels were chosen by the query strategy {told["strategy"]}; they are no random sample
- SHA-256 of `{model_file.NAME}`: `{told["files"][model_file.NAME]["sha256"]}`

| class | labels |
|---|---|
{counts}
{NOT_FOR if is_reward else _thresholds(told["audit"])}
{_ranks(told) if is_reward else _predicts(told)}"""


NOT_FOR = """
## Not for

- Outputs unlike those that it was taught with, or prompts of another kind: its intervals know what
  is rare in its own features, and nothing else
- Truth, safety or worth: it has learned what these people preferred, at these prompts
- To be optimised against unwatched: what is made to please it will please it for wrong reasons, and
  first by its length, where the two go together
- To judge people
"""


def _measured(audit: Mapping[str, Any]) -> str:
    if "accuracy" not in audit:
        return f"not known: {audit['answers']} of {audit['least']} audit answers"
    low, high = audit["ci95"]
    return (
        f"{audit['accuracy']:.3f} (95 % {low:.3f}–{high:.3f}) on {audit['answers']} audit items, "
        "which were drawn at random and never trained on"
    )


def _of_pairs(told: Mapping[str, Any]) -> str:
    """Held-out pairwise accuracy, calibration, and how far it goes by length."""
    found = told["audit"].get("pairwise")
    known = "not known: too few audit answers name the better one"
    if found is not None:
        accuracy, error = found["accuracy"], found["calibration"]["error"]
        known = (
            f"{accuracy['value']:.3f} (95 % {accuracy['low']:.3f}–{accuracy['high']:.3f}) on the "
            f"{found['answers']} of these that name the better one; calibration error "
            f"{error['value']:.3f} ({error['low']:.3f}–{error['high']:.3f})"
        )
    by_length = told["by_length"]
    goes = "not known" if by_length is None else f"{by_length:.2f} (Spearman's rank correlation)"
    return f"- Pairwise accuracy: {known}\n- How far its rewards go by length: {goes}\n"


def _ranks(told: Mapping[str, Any]) -> str:
    prompts = [name for name in told["reads"] if name not in compare.CLASSES]
    columns = " and ".join(f"`{name}`" for name in [*prompts, OUTPUT])
    return f"""## Use

    askwell rank {model_file.NAME} FILE --best 1

FILE is CSV or JSONL with the columns {columns}. Rewards are compared within a
prompt; their zero is the mean of what it was taught with.
"""


def _predicts(told: Mapping[str, Any]) -> str:
    return f"""## Use

    askwell predict {model_file.NAME} FILE

or

    from pathlib import Path
    from loop import model_file

    model = model_file.load(Path("{model_file.NAME}"))
    print(model.classes, model.predict([{{{", ".join(f'"{name}": …' for name in told["kinds"])}}}]))
"""


def _thresholds(audit: Mapping[str, Any]) -> str:
    if "above" not in audit:
        return ""
    rows = "\n".join(
        f"| {one['confidence']} | {one['share']:.0%} | "
        + (
            f"{one['precision']:.3f} ({one['ci95'][0]:.3f}–{one['ci95'][1]:.3f}) |"
            if one["precision"] is not None
            else f"not known: {one['answers']} of {evaluation.LEAST_AUDIT} audit answers |"
        )
        for one in audit["above"]
    )
    return f"""
| confidence of at least | share of items | precision there (95 %) |
|---|---|---|
{rows}
"""
