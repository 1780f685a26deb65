"""The card of an export: front matter for the Hugging Face Hub, then what people should know.

The headings are those of Gebru et al., *Datasheets for Datasets* (2021), where anything is known.
"""

import json
from importlib.metadata import version
from typing import Any

from loop import pre_labels
from loop.exports.form import Format
from loop.exports.outgoing import MODEL, PRE_LABEL, Outgoing
from loop.settings import Settings
from loop.store.log import IMPORT

Told = dict[str, Any]


def text(out: Outgoing, form: Format, told: Told) -> str:
    """The card; *told* is what the manifest says of the data."""
    settings = out.settings
    data = ", ".join(f"`{name}`" for name in told["files"])
    counts = "\n".join(f"| {kind} | {n} |" for kind, n in told["rows_by_kind"].items())
    parts = [
        _front(out, form, told),
        f"# {settings.name}\n",
        f"Judgements collected with askwell {version('askwell')}: {data}, {form.what}.\n",
        f"| kind | rows |\n|---|---|\n{counts or '| – | 0 |'}\n",
        _of_the_model(told),
        f"## Motivation\n\n- Task: {settings.task}{_classes(settings)}\n",
        _collection(settings),
        _uses(out, form),
        _limits(out, told),
    ]
    return "\n".join(part for part in parts if part)


def _front(out: Outgoing, form: Format, told: Told) -> str:
    """YAML, each value as JSON, which YAML is a superset of."""
    front: Told = {"pretty_name": out.settings.name, "tags": ["askwell", "human-feedback"]}
    if form.loads:
        splits = dict(zip(told["splits"] or ["train"], told["files"], strict=True))
        data_files = [{"split": name, "path": file} for name, file in splits.items()]
        front["configs"] = [{"config_name": "default", "data_files": data_files}]
    if form.features is not None:
        front["dataset_info"] = {"features": form.features(out)}
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in front.items()]
    return "\n".join(["---", *lines, "---\n"])


def _classes(settings: Settings) -> str:
    return f"; classes: {', '.join(settings.classes)}" if settings.classes else ""


def _collection(settings: Settings) -> str:
    return f"""## Collection

- Query strategy: {settings.strategy}; seed {settings.seed}
- Answers wanted for each item: {_wanted(settings)}
- `share`: `pool` rows were chosen by the strategy and are **not** a random sample;
  `audit` rows were drawn at random at the import, or brought as an audit file; they were never
  trained on: measure on those.
"""


def _wanted(settings: Settings) -> str:
    if settings.ask_again_below is None:
        return str(settings.overlap)
    return (
        f"1, and up to {settings.overlap} while its label is less likely than "
        f"{settings.ask_again_below}; audit items {settings.overlap}"
    )


def _uses(out: Outgoing, form: Format) -> str:
    lines = [f"- `{IMPORT}` stands for the annotator where the label came with the data."]
    if out.raters.names:
        lines.append("- Annotators go by their **names**: personal data.")
    else:
        lines.append(
            "- Annotators are pseudonyms, the same in every export of this project; whoever has\n"
            "  its file `secret` and a name can tell whose a pseudonym is."
        )
    lines.append(
        "- Times are RFC 3339 in UTC. `score` is higher where the item was more wanted; `rank`\n"
        "  counts from 1."
    )
    if out.splits.shares:
        shares = ", ".join(f"{name} {share:g}" for name, share in out.splits.shares.items())
        lines.append(
            f"- Splits ({shares}) go by a hash of the content: the same prompt, or the same item\n"
            "  or a copy of it, is on one side, in every export, audit items too."
        )
    if form.loads:
        lines.append("- `datasets.load_dataset(FOLDER)` reads this folder.")
    lines.append("- `askwell verify FOLDER` says whether it is as it was written.")
    return "\n".join(["## Uses\n", *lines, ""])


def _limits(out: Outgoing, told: Told) -> str:
    lines = [f"- Left out: {n:,} × {reason}." for reason, n in told["left_out"].items()]
    chosen = ", ".join(f"{name} {value}" for name, value in told["filters"].items())
    if chosen:
        lines.append(f"- Only some answers were chosen: {chosen}.")
    if out.settings.modality != "text" or out.settings.media:
        lines.append("- Files are named, not enclosed: they lie in the project's folder `media/`.")
    lines.append("- Who the annotators are, and whose the data is, askwell does not know.")
    return "\n".join(["## Limits\n", *lines, ""])


def _of_the_model(told: Told) -> str:
    if "pre_labels" not in told:
        return ""
    return f"""## Pre-labels

Rows of the kind `{PRE_LABEL}`, with `{MODEL}` as their `source`, are **no judgements**: nobody has
looked at these items. `confidence` is how sure the model is of the class in `value`.

{pre_labels.in_words(told["pre_labels"])}

Audit items are random ones of each import, or those of the audit file; pre-labels are of what the
strategy has left over. Do not measure a model on pre-labels.
"""
