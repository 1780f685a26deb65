"""Where is the model wrong, and what mends it? The part of the progress page that leads to labels.

Reviewers and owners see the items that it gets wrong, and the ways to label more like them.
"""

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import streamlit as st

from loop import Project, status
from loop.bulk_choice import Choice
from loop.error_analysis import ErrorAnalysis, Mistake, Weak, error_analysis, like
from loop.quality.confusion import Confusion, Pair
from loop.quality.share import Estimate
from loop.slices import LEAST
from loop.tasks import Value
from ui.chart_look import chart_of, theme
from ui.pages import content
from ui.pages.bulk import address
from ui.pages.plain import plain

MOST_CLASSES = 12  # of which the whole matrix is drawn
ROOMY = 6  # of which there is room for intervals, on a phone too
CELL, AXIS = 36, 60  # pixels of height that a class takes, and the axis above
FIRST_PAIRS, FIRST_MISTAKES = 6, 4  # shown before somebody asks for more
MOST_PAIRS = 30
SMALLEST = 0.001  # p-value that is told
SHORT = 600  # characters of a text
LIKE_THEM = "The links lead to items of the pool that are like those, never to audit items."
NAMED = {"pairs": "pairs", "slices": "slices below the rest", "mistakes": "mistakes"}
FOUND, RIGHT = "→ found", "↓ right"  # recall and precision, beside the matrix
_BARE: dict[str, Any] = {
    "grid": False,
    "domain": False,
    "ticks": False,
    "labelFlush": False,
    "labelLimit": 100,  # pixels
}
_SHADES = alt.Scale(domain=[0, 1], range=[0.06, 0.5])
_STYLE = """<style>
.st-key-pairs > div + div, .st-key-slices > div + div { border-top: 1px solid
  var(--st-border-color, #8884); padding-top: .4rem }
.st-key-mistakes img { max-height: 12rem; width: auto; object-fit: contain }
.like-it { color: var(--st-link-color, inherit) }
@media (max-width: 640px) {
  :is(.st-key-pairs, .st-key-slices) [data-testid="stHorizontalBlock"] { gap: 0 }
}
</style>"""


def show(project: Project, *, may_review: bool) -> None:
    """Draw it, or what it waits for."""
    st.subheader("Where is it wrong?", anchor=False)
    found = error_analysis(project)
    if found is None:
        st.write(f"Not known yet ({status(project)['accuracy_waits_for']}).")
        return
    st.html(_STYLE)
    if not found.wrong:
        st.write(f"Nowhere yet: it is right on all {found.answers:,} audit answers.")
        return
    st.caption(
        f"It is wrong on {found.wrong:,} of {found.answers:,} audit answers; ranges are 95 % "
        "intervals." + (f" {LIKE_THEM}" if may_review else "")
    )
    if found.confusion:
        _confusion(found.confusion, may_review=may_review)
    _slices(found, may_review=may_review)
    if may_review:
        _mistakes(project, found.mistakes)


def _confusion(confusion: Confusion, *, may_review: bool) -> None:
    st.markdown("**What does it take for what?**")
    if len(confusion.classes) <= MOST_CLASSES:
        _matrix(confusion)
    pairs = confusion.pairs()[:MOST_PAIRS]
    _rows("pairs", pairs, FIRST_PAIRS, lambda pair: _pair(pair, may_review=may_review))


def _pair(pair: Pair, *, may_review: bool) -> None:
    what, often, link = st.columns([4, 3, 2], vertical_alignment="center")
    what.markdown(f"{plain(pair.truth)} taken for **{plain(pair.said)}**")
    often.text(f"{pair.n:,} of {pair.of:,}, {_both(pair.share)}")
    if may_review:
        _link(link, like(pair))


def _matrix(confusion: Confusion) -> None:
    """Rows are what people say, columns what the model says; at the ends recall and precision."""
    names = list(confusion.classes)
    is_wide = len(names) <= ROOMY
    ends = [_end(name, FOUND, confusion.recall(name)) for name in names]
    ends += [_end(RIGHT, name, confusion.precision(name)) for name in names]
    x, y = _axes(names)
    cells = chart_of(_cells(confusion)).encode(x=x, y=y)
    shade = cells.mark_rect(cornerRadius=3, stroke=None).encode(
        opacity=alt.Opacity("share:Q", scale=_SHADES, legend=None),
        tooltip=[
            alt.Tooltip("truth:N", title="people say"),
            alt.Tooltip("said:N", title="the model says"),
            alt.Tooltip("n:Q", title="audit answers"),
            alt.Tooltip("share:Q", format=".0%", title="of what people say"),
        ],
    )
    margin = chart_of(ends).encode(x=x, y=y, tooltip=[alt.Tooltip("told:N", title="95 % interval")])
    ink = theme(dark=st.context.theme.type == "dark")["text"]["color"]
    layers = [
        shade,
        cells.mark_text(fontSize=13, color=ink).encode(text="words:N"),
        margin.mark_text(fontSize=12, dy=-7 if is_wide else 0, color=ink).encode(text="value:N"),
    ]
    if is_wide:
        reach = margin.mark_text(fontSize=10, dy=8, opacity=0.8, color=ink)
        layers.append(reach.encode(text="reach:N"))
    words = "Audit answers by what people say and what the model says, with recall and precision."
    chart = alt.layer(*layers).properties(height=CELL * (len(names) + 1) + AXIS, description=words)
    st.altair_chart(chart, width="stretch")
    st.caption(
        "In each row the share of a class that is found (recall), in each column the share that is "
        "right of what the model says (precision). "
        + ("Beneath them" if is_wide else "In the table above")
        + " are their 95 % intervals."
    )


def _cells(confusion: Confusion) -> list[dict[str, Any]]:
    """How often the model said each class where people say each, and the share of what they say."""
    names = list(confusion.classes)
    sizes = {name: sum(confusion.cells.get((name, to), 0) for to in names) for name in names}
    return [
        {
            "truth": truth,
            "said": said,
            "n": (n := confusion.cells.get((truth, said), 0)),
            "share": n / sizes[truth] if sizes[truth] else 0,
            "words": f"{n:,}" if n else "",
        }
        for truth in names
        for said in names
    ]


def _axes(names: Sequence[str]) -> tuple[alt.X, alt.Y]:
    x = alt.X(
        "said:N",
        title="the model says",
        scale=alt.Scale(domain=[*names, FOUND]),
        axis=alt.Axis(orient="top", labelAngle=0 if len(names) < 5 else -45, **_BARE),
    )
    y = alt.Y(
        "truth:N",
        title="people say",
        scale=alt.Scale(domain=[*names, RIGHT]),
        axis=alt.Axis(**_BARE),
    )
    return x, y


def _end(truth: str, said: str, share: Estimate | None) -> dict[str, str]:
    if share is None:
        return {"truth": truth, "said": said, "value": "–", "reach": "", "told": "not known"}
    return {
        "truth": truth,
        "said": said,
        "value": f"{share.value:.0%}",
        "reach": _reach(share),
        "told": f"{share.low:.1%} – {share.high:.1%}",
    }


def _slices(found: ErrorAnalysis, *, may_review: bool) -> None:
    st.markdown("**Where does it do worse than elsewhere?**")
    if not found.looked_at:
        st.write(f"Not known yet: no part of the audit items has {LEAST} answers.")
        return
    n = sum(one.is_worse for one in found.slices)  # they come first
    on = f"On {n:,} slice{'s' if n > 1 else ''} it" if n else "No slice"
    st.write(f"{on} does worse than chance would let it.")
    _rows("slices", found.slices, n, lambda one: _slice(one, may_review=may_review))
    st.caption(
        f"{found.looked_at:,} slices of at least {LEAST} audit answers were looked at; Fisher's "
        "exact test, one-sided, adjusted for all of them by Holm's method."
    )


def _slice(one: Weak, *, may_review: bool) -> None:
    what, right, link = st.columns([4, 3, 2], vertical_alignment="center")
    what.markdown(plain(one.words))
    p = f"p = {one.p_holm:.3f}" if one.p_holm >= SMALLEST else f"p < {SMALLEST}"
    right.text(f"{_both(one.accuracy)} of {one.n:,} right,\nelsewhere {_both(one.rest)}; {p}")
    if may_review and one.like_it:
        _link(link, one.like_it)
    elif may_review:
        link.caption("The clusters were made anew since.")


def _mistakes(project: Project, mistakes: Sequence[Mistake]) -> None:
    st.markdown("**Which mistakes is it surest of?**")
    if not mistakes:
        st.write("None that can be shown: the items are out, or others are still to judge them.")
        return
    _rows("mistakes", mistakes, FIRST_MISTAKES, lambda one: _mistake(project, one))


def _mistake(project: Project, one: Mistake) -> None:
    with st.container(border=True):
        shown, told = st.columns([3, 2], gap="medium")
        with shown:
            content.fields(project, one.item, SHORT)
        told.markdown(f"People say **{plain(_named(one.truth))}**")
        told.markdown(f"The model says **{plain(_named(one.said))}**{_sure(one)}")
        told.caption(f"id {plain(one.item.id)}")


def _sure(one: Mistake) -> str:
    if isinstance(one.said, str):
        return f", {one.probability:.0%}"
    is_not = "" if one.about in one.said else "not "
    return f", and is {one.probability:.0%} sure that it is {is_not}{plain(one.about)}"


def _named(value: Value) -> str:
    return value if isinstance(value, str) else ", ".join(value) or "none of them"


def _rows(what: str, all_: Sequence[Any], n: int, draw: Callable[[Any], None]) -> None:
    """Draw the first *n*, or all where somebody wants to see them."""
    more = f"all-{what}"
    with st.container(key=what, gap="small"):
        for one in all_ if st.session_state.get(more) else all_[:n]:
            draw(one)
    if len(all_) > n:
        st.toggle(f"Show all {NAMED[what]} ({len(all_):,})", key=more)


def _both(one: Estimate) -> str:
    return f"{one.value:.0%} ({_reach(one)})"


def _reach(one: Estimate) -> str:
    return f"{100 * one.low:.0f}–{100 * one.high:.0f}"


def _link(place: Any, choice: Choice) -> None:
    """A way to label more of them. The address is percent-encoded: no word in it is HTML."""
    href = address(choice).replace("&", "&amp;")
    place.html(f'<a class="like-it" href="{href}" target="_self">Label more of these</a>')
