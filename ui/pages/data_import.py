"""More items in the browser: a file, what it would come to, and then a button."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from loop import Project, importing
from loop.dataset import columns_of
from loop.errors import DataError
from loop.importing import Batch, Plan, Progress, Source
from loop.media import KINDS
from loop.project import OWNER
from ui import serving
from ui.pages import content
from ui.pages.plain import plain
from ui.pages.refusal import ask_again

NONE = "none"
BY_CONTENT = "none: the content decides"
ENDINGS = ["csv", "tsv", "jsonl", "ndjson", "parquet", "gz"]
KEPT = "data-batch"  # where the session keeps what was read until it is imported
SHOWN = 5  # rows, or problems
WIDEST = 200  # characters of a row
REDRAW = 0.2  # seconds
HALF_FULL = 20_000  # rows at which the bar stands in the middle; how many will come is not known


def show(project: Project, by: str) -> None:
    """Choose a file, see what it would come to, import it."""
    ask_again(project, by)
    if done := st.session_state.pop("data-imported", None):
        st.success(done)
    with _chosen_file(project, by) as (file, stamp):
        if file is None:
            return
        try:
            ids, known = ("id", None) if file.is_dir() else _columns(file)
            batch, plan = _previewed(project, file, (stamp, ids, known))
        except DataError as why:
            _refused(file.name, why.problems)
            return
        except OSError as why:
            _refused(file.name, [str(why)])
            return
    _preview(project, batch, plan, ids, known)
    if plan.new and st.button(f"Import {len(plan.new):,} items", type="primary"):
        _store(project, batch, by)


@contextmanager
def _chosen_file(project: Project, by: str) -> Iterator[tuple[Path | None, str]]:
    """The file that the person chose, while the page looks at it, and what tells it from others."""
    brings_files = set(project.settings.kinds.values()) & set(KINDS)
    uploaded = None if brings_files else st.file_uploader("A file with more items", type=ENDINGS)
    path = ""
    # Who sits at this machine; nobody else reads its files, whoever was invited by that name.
    if by == OWNER and not serving.now().by_invitation:
        path = st.text_input(
            "A file or folder on this machine", placeholder="/path/to/more"
        ).strip()
    elif brings_files:
        st.info("Items of this project are files; who sits at the machine can bring them.")
    if uploaded is not None:
        with tempfile.TemporaryDirectory() as scratch:
            file = Path(scratch) / Path(uploaded.name).name
            file.write_bytes(uploaded.getbuffer())
            yield file, uploaded.file_id
    elif path:
        try:
            file = Path(path).expanduser()
            changed = file.stat().st_mtime_ns
        except (OSError, RuntimeError, ValueError) as why:  # not there, not ours, or no path
            st.error(plain(f"{path} cannot be read: {why}"))
            yield None, ""
            return
        yield file, f"{file} {changed}"
    else:
        yield None, ""


def _columns(file: Path) -> tuple[str | None, str | None]:
    """Which columns hold ids and known labels, as the person says."""
    there = columns_of(file)
    left, right = st.columns(2)
    likely = there.index("id") + 1 if "id" in there else 0
    ids = left.selectbox("Column of ids", [BY_CONTENT, *there], index=likely)
    known = right.selectbox("Column of known labels", [NONE, *there])
    return None if ids == BY_CONTENT else ids, None if known == NONE else known


def _previewed(
    project: Project, file: Path, key: tuple[str, str | None, str | None]
) -> tuple[Batch, Plan]:
    """The file, read, checked and compared once for each choice of columns."""
    last = st.session_state.get(KEPT)
    if last is None or last[0] != key:
        _forget()
        _, ids, known = key
        with _progress(f"Reading {file.name}") as told:
            source = Source(file, importing.columns(project, ids, known))
            batch = importing.read(project, source, told)
        last = st.session_state[KEPT] = (key, batch, importing.plan(project, batch))
    return last[1], last[2]


def _forget() -> None:
    if last := st.session_state.pop(KEPT, None):
        last[1].discard()


@contextmanager
def _progress(words: str) -> Iterator[Progress]:
    """A bar that shows how many rows have been read; it fills more slowly the longer it takes."""
    bar, last = st.progress(0.0, text=plain(words)), 0.0

    def told(_what: str, rows: int) -> None:
        nonlocal last
        if time.monotonic() - last > REDRAW:
            last = time.monotonic()
            bar.progress(rows / (rows + HALF_FULL), text=plain(f"{words}: {rows:,} rows"))

    yield told
    bar.empty()


def _refused(name: str, problems: Sequence[str]) -> None:
    st.error(f"{plain(name)} cannot be imported as it is; nothing was changed.")
    for problem in problems[:SHOWN]:
        st.text(problem)
    if len(problems) > SHOWN:
        st.text(f"… and {len(problems) - SHOWN:,} more")


def _preview(
    project: Project, batch: Batch, plan: Plan, ids: str | None, known: str | None
) -> None:
    new, there, audit = st.columns(3)
    new.metric("New items", f"{len(plan.new):,}")
    there.metric("There already", f"{plan.already_there:,}")
    audit.metric("Of the new: audit items", f"{plan.audit:,}")
    judged = ", ".join(project.settings.columns)
    taken = f"judged: {judged} · ids: {ids or 'by content'} · known labels: {known or 'none'}"
    st.text(f"Columns — {taken}")
    if plan.copies:
        st.warning(
            f"{plan.copies:,} of the new items have the content of one that is there under another "
            "id. If they are meant to be the same, choose the column of ids that was used then."
        )
    if plan.left_out:
        st.warning(
            f"{plan.left_out:,} items were erased here, by their id or their content, and are left "
            "out."
        )
    if plan.labels_not_taken:
        st.warning(f"Labels of {plan.labels_not_taken:,} items there already will not be taken.")
    for record in batch.records[:SHOWN]:
        cells = content.brief(project.settings, record.fields)
        label = f"  [{record.label}]" if record.label is not None else ""
        st.text(f"{record.id}  {cells[:WIDEST]}{label}")
    if len(batch.records) > SHOWN:
        st.caption(f"… and {len(batch.records) - SHOWN:,} more rows")


def _store(project: Project, batch: Batch, by: str) -> None:
    try:
        with st.spinner("Storing …"):
            done = importing.add(project, batch, by)
    except DataError as why:  # somebody imported the same ids meanwhile
        _refused(batch.name, why.problems)
        return
    _forget()
    words = f"{done.added:,} items are in, and asked from now on; {done.already_there:,} were there"
    words += f"; {done.left_out:,} were erased here and left out." if done.left_out else "."
    st.session_state["data-imported"] = words
    st.rerun()
