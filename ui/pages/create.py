"""The script of a new project's page: what is it called, what does its file hold, what is judged?

Nothing is written before the button; then `ui.making` makes the project, or says why not.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st

from loop import preview, tasks
from loop.dataset import classes_of
from loop.errors import DataError, SettingsError
from loop.keys import MOST_CLASSES
from loop.preview import Look
from loop.settings import lacking
from ui import making
from ui.making import Creating, Draft
from ui.pages import create_columns, create_task
from ui.pages.create_source import Chosen, choose
from ui.pages.data_import import HALF_FULL
from ui.pages.plain import plain
from ui.theme import ON_ACCENT

USUAL = "what suits the task"
REDRAW = 0.3  # seconds
STAYS = (
    "classes",
    "task",
    "scale",
    "low",
    "high",
    "strategy",
    "audit-path",
)  # kept, whatever else is chosen meanwhile
STYLE = """
.stMainBlockContainer { max-width: 48rem; padding-top: 2rem }
[data-testid="stCaptionContainer"] { color: inherit; opacity: .78 }
.st-key-pictures img { height: 7rem; object-fit: contain }
"""
GO_ON = """<a href="/opening" target="_self">Go on to the project</a>
<script>location.replace("/opening")</script>"""


def show(creating: Creating) -> None:
    """Draw the page."""
    for key in STAYS:  # Streamlit forgets what it did not draw
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]
    st.html(f"<style>{STYLE}{ON_ACCENT}</style>")
    st.title("What is to be labeled?", anchor=False)
    name = _name(creating)
    st.subheader("Data", anchor=False)
    data = choose("data", "A file: CSV, TSV, JSONL or Parquet", folders=True)
    if data is None:
        st.caption("You will see what is in it, and choose. Nothing is written until you say so.")
        if creating.making.state.is_running:  # begun before the page was loaded anew
            _progress(creating)
        elif creating.making.state.refused:
            _refused(creating.making.state.refused)
        return
    try:
        draft, audit = _draft(creating, data)
    except DataError as why:
        _refused(str(why).replace(str(data.path), data.shown))
    except OSError as why:
        _refused(f"{data.shown} cannot be read: {why.strerror}.")
    else:
        _create(creating, draft, name, data, audit)


def _name(creating: Creating) -> str:
    st.session_state.setdefault("name", creating.name)
    name: str = st.text_input("Name of the project", key="name", placeholder="reviews").strip()
    try:
        folder = preview.folder_for(creating.parent, name)
    except SettingsError:  # it is said at the button, when it matters
        st.caption(plain(f"It becomes the name of a folder in {creating.parent}."))
        return name
    if preview.is_project(folder):
        st.info(f"{plain(name)} is a project already. Choose another name, or open it with:")
        st.code(creating.opened_by(folder), language=None, wrap_lines=True)
    else:
        st.caption(plain(f"It becomes the folder {folder}."))
    return name


def _draft(creating: Creating, data: Chosen) -> tuple[Draft, Chosen | None]:
    """All that is chosen, but for the name; and the audit file. Raises `DataError`."""
    look = _look(str(data.path), data.stamp)
    draft, kind = Draft(folder="", data=data.shown), look.columns[-1]
    is_folder = data.path.is_dir()
    if is_folder:
        create_columns.files(data.path, look, kind)
    else:
        create_columns.rows(look)
    draft = create_task.asked(draft, () if is_folder else look.columns)
    task = draft.task
    if not is_folder:
        st.subheader("Columns", anchor=False)
        kind = create_columns.kind_of(data, look)
        draft = create_columns.marked(draft, look)
        taken = {draft.label, draft.id, *draft.meta}
        draft = replace(draft, judged=create_columns.judged(kind, look, taken, task))
        draft = create_task.made_by(draft, look.columns)
    found: Sequence[str] = ()
    if tasks.get(task).classes is None:
        st.subheader("Classes", anchor=False)
        found = _found(str(data.path), data.stamp, draft.label, task) if draft.label else ()
        draft = replace(draft, classes=_classes(found, draft.label))
    create_task.preview(draft, look.rows[0], found)
    with st.expander("More: which items are asked, and on which accuracy is measured", key="more"):
        draft = replace(draft, strategy=_strategy(creating, task, kind))
        what = "Audit items, whose labels are known"
        audit = choose("audit", what, folders=False, uploads=kind in create_columns.UPLOADED)
        st.caption(
            "They are measured on and never trained on. The file has the same columns, and the "
            "truth in that of the known labels, or in “label”. Without it, a random share of the "
            "items is set aside for people to label."
        )
    return replace(draft, audit=audit.shown if audit else None), audit


@st.cache_data(max_entries=8, show_spinner=False)
def _look(path: str, stamp: str) -> Look:  # noqa: ARG001 - a file that changed is looked at anew
    return preview.look(Path(path))


@st.cache_data(max_entries=8, show_spinner="Looking for the classes …")
def _found(path: str, stamp: str, label: str, task: str) -> tuple[str, ...]:  # noqa: ARG001
    return classes_of(Path(path), label, tasks.get(task))


def _classes(found: Sequence[str], label: str | None) -> Sequence[str]:
    """The classes that were typed; none where they are just those that were found."""
    fit = len(found) <= MOST_CLASSES
    offered, before = "\n".join(found) if fit else "", st.session_state.get("classes-found", "")
    if offered != before and st.session_state.get("classes", "").strip() in {"", before}:
        st.session_state["classes"] = offered
    st.session_state["classes-found"] = offered
    typed = st.text_area(
        "Classes, one on each line, in the order of their keys",
        key="classes",
        height=150,
        placeholder="complaint\npraise\nother",
    )
    if not fit:
        st.warning(
            f"The column {plain(str(label))} has {len(found):,} different values, and there are "
            f"keys for {MOST_CLASSES} classes. Is it the right one?"
        )
    elif found:
        st.caption(plain(f"{len(found):,} were found in the column {label}."))
    if typed.strip() == offered:
        return ()
    return [line.strip() for line in typed.splitlines() if line.strip()]


def _strategy(creating: Creating, task: str, kind: str) -> str | None:
    labels: dict[str, str] = {}
    try:
        with st.spinner("Looking for strategies …"):
            labels = {
                one["name"]: one["label"]
                for one in creating.strategies.result()
                if not lacking(one["name"], one["needs"], task, kind)
            }
    except SettingsError as why:
        st.warning(plain(str(why)))
    names = list(labels)
    if st.session_state.get("strategy") not in names:
        st.session_state["strategy"] = ""
    strategy: str = st.selectbox(
        "Query strategy",
        ["", *names],
        key="strategy",
        format_func=lambda name: f"{name} – {labels[name]}" if name else USUAL,
        help="What the model wants to know next. It can be changed later.",
    )
    return strategy or None


def _create(
    creating: Creating, draft: Draft, name: str, data: Chosen, audit: Chosen | None
) -> None:
    chosen, state = replace(draft, folder=name), creating.making.state
    if st.button("Create the project", type="primary", disabled=state.is_running):
        _start(creating, chosen, data, audit)
        st.rerun()
    if state.is_running:
        _progress(creating)
    elif state.refused and state.chosen == chosen:  # else it was said of something else
        _refused(state.refused)
    folder = creating.as_typed(creating.parent / (name or "PROJECT"))
    st.caption("The same from a script:")
    st.code(replace(draft, folder=folder).command(), language=None, wrap_lines=True)


def _start(creating: Creating, chosen: Draft, data: Chosen, audit: Chosen | None) -> None:
    if not data.path.is_dir() and not any(chosen.judged.values()):
        creating.making.refuse(chosen, "No column is judged yet; choose at least one.")
        return
    try:
        folder = preview.folder_for(creating.parent, chosen.folder)
    except SettingsError as why:
        creating.making.refuse(chosen, str(why))
        return
    files = {str(file.path): file.shown for file in (data, audit) if file}
    where = replace(chosen, folder=str(folder), data=str(data.path))
    really = replace(where, audit=str(audit.path) if audit else None)
    creating.making.start(chosen, really, files)


@st.fragment(run_every=REDRAW)
def _progress(creating: Creating) -> None:
    state = creating.making.state
    if not state.is_running:
        st.rerun()
    st.progress(state.rows / (state.rows + HALF_FULL), text=plain(state.told))


def _refused(why: str) -> None:
    st.error("No project was made, and nothing was written.", icon=":material/error:")
    st.text(why)


st.set_page_config(page_title="A new project · askwell", page_icon="✳", layout="wide")
if making.now().making.state.made:
    st.html(GO_ON, unsafe_allow_javascript=True)
else:
    show(making.now())
