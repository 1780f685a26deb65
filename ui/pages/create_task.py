"""What people do with each item of a new project, and how it will be asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from loop import tasks
from loop.errors import SettingsError
from loop.keys import keys_of
from loop.tasks import classify, multilabel, rate, thumbs, write
from loop.tasks.task import PROMPT
from ui.making import Draft
from ui.pages.plain import plain
from ui.task_options import keys_in_words, outputs_of, scale_of

LONGEST = 400  # characters of a text in the preview
OF_FILES = [task.TASK.name for task in (classify, multilabel, thumbs, rate, write)]


def asked(draft: Draft, there: Sequence[str]) -> Draft:
    """Ask what people do, and with ratings on which scale; *there* are the file's columns."""
    st.subheader("Question", anchor=False)
    names = [name for name in tasks.names() if there or name in OF_FILES]
    task: str = st.radio(
        "What people do", names, key="task", format_func=lambda name: tasks.get(name).what
    )
    if there and (misfit := tasks.get(task).columns_misfit(there)):
        st.warning(plain(f"{misfit[0].upper()}{misfit[1:]}."))
    if task != rate.TASK.name:
        return replace(draft, task=task)
    scale, low, high = st.columns(3)
    usual = f"{rate.USUAL_SCALE[0]}-{rate.USUAL_SCALE[1]}"
    typed = scale.text_input("Scale, lowest to highest", placeholder=usual, key="scale").strip()
    ends = [
        low.text_input("The lowest means", placeholder="awful", key="low").strip(),
        high.text_input("The highest means", placeholder="excellent", key="high").strip(),
    ]
    words = [word for word in ends if word]
    return replace(draft, task=task, scale=typed, scale_words=words)


def made_by(draft: Draft, there: Sequence[str]) -> Draft:
    """Ask for the columns that say what made the outputs, where outputs are judged."""
    outputs = outputs_of(draft.task, _shown(draft))
    if not outputs or tasks.get(draft.task).classes is None:
        return draft
    free = [name for name in there if name not in {*_shown(draft), draft.label, draft.id}]
    systems = st.multiselect(
        plain(f"What made {' and '.join(outputs)}, in that order"),
        free,
        max_selections=len(outputs),
        key=f"systems of {draft.task}",
        help="A column for each output. Whoever judges does not see them.",
    )
    return replace(draft, systems=systems)


def preview(draft: Draft, row: Mapping[str, Any], found: Sequence[str]) -> None:
    """Show the first item as it will be asked; *found* are the classes where none was typed."""
    st.subheader("Preview", anchor=False)
    shown = [name for name in _shown(draft) if name in row]
    several = tasks.get(draft.task).shown_as in {"sides", "order"}
    outputs = [name for name in shown if name != PROMPT] if several else []
    with st.container(border=True):
        for name in [name for name in shown if name not in outputs]:
            _field(name, row[name])
        for place, column in enumerate(st.columns(len(outputs)) if outputs else ()):
            with column:
                _field(str(place + 1), row[outputs[place]])
        st.caption(plain(" · ".join(_keys(draft, found))))


def _shown(draft: Draft) -> list[str]:
    return [name for names in draft.judged.values() for name in names]


def _field(name: str, cell: Any) -> None:
    words = "–" if cell is None else str(cell)
    st.caption(plain(name))
    st.text(words if len(words) <= LONGEST else f"{words[:LONGEST]}…")


def _keys(draft: Draft, found: Sequence[str]) -> list[str]:
    """The keys, each with what it does; where there can be none, why."""
    task, words = tasks.get(draft.task), list(draft.scale_words)
    try:
        settings = {"columns": _shown(draft), **scale_of(draft.task, draft.scale, words)}
        classes = task.classes(settings) if task.classes else tuple(draft.classes or found)
        pairs = keys_in_words(draft.task, keys_of(classes, task.keys(classes)))
    except (SettingsError, ValueError) as why:
        return [str(why)]
    return [*words[:1], *pairs, *words[1:]]
