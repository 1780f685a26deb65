"""The data page: what is in here? One picture first, then the items, then more of them."""

import datetime
from collections.abc import Callable
from typing import Any

import altair as alt
import streamlit as st

from loop import LoopError, Project, inventory, withdrawal
from loop.inventory import STATES, Detail, Found, Wanted
from ui.pages import content, data_export, data_import
from ui.pages.plain import plain
from ui.pages.refusal import ask_again

AT_ONCE = 15  # items on one page of results
SNIPPET = 160  # characters of an item in a row of results
ANY = "any"
_STYLE = """<style>
.st-key-found > div { border-top: 1px solid var(--st-border-color, #8884) }
.st-key-found button p { text-decoration: underline; text-align: left; overflow-wrap: anywhere }
@media (max-width: 640px) { .st-key-found [data-testid="stHorizontalBlock"] { gap: 0 } }
</style>"""


def show(project: Project, by: str) -> None:
    """Draw the page for the owner *by*."""
    st.html(_STYLE)
    st.title("What is in here?", anchor=False)
    _picture(inventory.counts(project))
    items, more, out = st.tabs(["Find items", "Add items", "Export"])
    with items:
        st.fragment(_search)(project, by)
    with more:
        st.fragment(data_import.show)(project, by)
    with out:
        st.fragment(data_export.show)(project)


def _picture(counts: dict[str, int]) -> None:
    order = [f"{state}  {n:,}" for state, n in counts.items()]
    rows = [{"state": name, "items": n} for name, n in zip(order, counts.values(), strict=True)]
    bars = alt.Chart(alt.Data(values=rows)).mark_bar()  # type: ignore[no-untyped-call]
    picture = bars.encode(
        x=alt.X("items:Q", title=None, axis=None),
        y=alt.Y("state:N", title=None, sort=order, axis=alt.Axis(grid=False, ticks=False)),
        tooltip=["state:N"],
    )
    st.altair_chart(picture.properties(height=28 * len(rows)), width="stretch")
    st.caption(
        f"{sum(counts.values()):,} items, each in one of these states. Audit items measure the "
        "accuracy; withdrawn ones are not asked, not trained on, in no figure and no export."
    )


def _search(project: Project, by: str) -> None:
    ask_again(project, by)
    words, label, state = st.columns([3, 1.2, 1.2])
    wanted = Wanted(
        words=words.text_input("Words or id", placeholder="contained in an item, or in its id"),
        label=_chosen(label.selectbox("Labeled", [ANY, *project.settings.classes])),
        state=_chosen(state.selectbox("State", [ANY, *STATES])),
    )
    page = int(st.session_state.get("data-page", 1))
    found, n = inventory.find(project, wanted, AT_ONCE, (page - 1) * AT_ONCE)
    pages = max(1, -(-n // AT_ONCE))
    if page > pages:  # another search has fewer
        st.session_state["data-page"] = 1
        found, n = inventory.find(project, wanted, AT_ONCE)
    st.caption(f"{n:,} items" if n != 1 else "1 item")
    if not found:
        st.info("Nothing fits. Fewer words, or another state?")
    with st.container(key="found", gap=None):
        for one in found:
            _row(project, one, by)
    if pages > 1:
        st.pagination(pages, key="data-page")


def _chosen(option: str) -> str | None:
    return None if option == ANY else option


def _row(project: Project, one: Found, by: str) -> None:
    name, words, state = st.columns([2, 5, 1.6], vertical_alignment="center", gap="small")
    if name.button(plain(one.item.id), key=f"item-{one.item.position}", type="tertiary"):
        _dialog(project, one.item.id, by)
    told = content.brief(project.settings, one.item.fields)
    words.text(told if len(told) <= SNIPPET else f"{told[:SNIPPET]}…")
    state.text(f"{one.state}: {', '.join(one.labels)}" if one.labels else one.state)


@st.dialog("One item", width="medium")
def _dialog(project: Project, id: str, by: str) -> None:  # noqa: A002
    ask_again(project, by)
    try:
        known = inventory.detail(project, id)
    except LoopError as why:
        st.error(plain(str(why)))
        return
    _fields(project, known)
    st.subheader("What was said about it", anchor=False)
    for row in known.story:
        st.text(_in_words(row))
    if not known.story:
        st.caption("Nothing yet.")
    st.divider()
    _leaving(project, known, by)


def _fields(project: Project, known: Detail) -> None:
    st.text(f"id  {known.item.id}")
    if known.is_erased:
        st.text("erased")
        return
    content.fields(project, known.item)
    for name, cell in known.item.meta.items():
        st.caption(plain(name))
        st.text("–" if cell is None else str(cell))


def _in_words(row: dict[str, Any]) -> str:
    moment = datetime.datetime.fromtimestamp(row["received_at"]).astimezone()
    value = row["value"] if row["kind"] != "erase" else None  # marks, which tell nobody anything
    said = " ".join(str(word) for word in (row["kind"], value) if word is not None)
    words = f"{moment:%Y-%m-%d %H:%M}  {row['annotator']}: {said}"
    words += f" — {row['comment']}" if row["comment"] else ""
    return words if row["stands"] or row["kind"] != "label" else f"{words} (does not count)"


def _leaving(project: Project, known: Detail, by: str) -> None:
    if known.is_erased:
        st.caption("The content of this item was erased; only its labels are left.")
        return
    if known.is_out:
        st.caption("Withdrawn. Restored, it is asked again, and its answers count again.")
        _act("Restore", lambda: withdrawal.restore(project, [known.item.id], by))
    else:
        st.caption("A withdrawn item is not asked, not trained on, in no figure and no export.")
        _act("Withdraw", lambda: withdrawal.withdraw(project, [known.item.id], by))
    st.caption(
        "Erasing takes its content, its id and all comments on it away for good; its labels stay. "
        "Labeling stops for a second or so meanwhile. Exports made before still have it."
    )
    # A key of its own: the mark on one item must not stand on the next.
    sure = st.checkbox("Erase it. I know that there is no way back.", key=f"sure-{known.item.id}")
    _act("Erase", lambda: withdrawal.erase_item(project, known.item.id, by), disabled=not sure)


def _act(name: str, action: Callable[[], object], *, disabled: bool = False) -> None:
    if not st.button(name, disabled=disabled):
        return
    try:
        action()
    except LoopError as why:
        st.error(plain(str(why)))
    else:
        st.rerun()
