"""How do people judge? One picture of everybody, who stands out, and each person in detail."""

from collections.abc import Sequence

import streamlit as st

from loop import Project, judging
from loop.evidence import evidence
from loop.judging import Rater, Right, Team
from loop.quality.share import Estimate
from ui.interval_dots import interval_dots
from ui.pages import raters_agreement, raters_person, raters_standing

MOST = 30  # people in the picture, those with most labels


def show(project: Project) -> None:
    """Draw the page for reviewers."""
    st.title("How do people judge?", anchor=False)
    found = judging.team(project)
    if not found.raters:
        st.info("Nobody has given a label yet.")
        return
    seen = evidence(found)
    _picture(found)
    raters_standing.standing_out(found, seen)
    _table(found.raters)
    _classes(found.raters)
    raters_standing.pace(found)
    raters_person.show(seen)
    raters_agreement.show(project, found.shared_items)


def _picture(found: Team) -> None:
    """Dots with intervals: on gold items if anybody had some, else beside the others."""
    is_gold = any(one.gold.of for one in found.raters)
    measured = [(one.name, one.gold if is_gold else one.agreement) for one in found.raters[:MOST]]
    shown = sorted(
        ((name, right, share) for name, right in measured if (share := right.share)),
        key=lambda one: -one[2].value,
    )
    if not shown:
        st.info(
            "How right somebody is shows on gold items (a reviewer makes them on the Review page, "
            "or `askwell import --gold`), and on items that several people label."
        )
        return
    rows = [
        {"name": name, "right": right.right, "n": right.of, **vars(share)}
        for name, right, share in shown
    ]
    what = "right on gold items" if is_gold else "same as the item's label, where others label too"
    words = f"Each person's share {what}, with its 95 % interval."
    chart = interval_dots(
        rows,
        what,
        ends=(min(0.5, *(share.low for *_, share in shown)), 1),
        counts={"right": "right", "n": "of"},
        words=words,
        dark=st.context.theme.type == "dark",
    )
    st.altair_chart(chart, width="stretch")
    st.caption(f"{words} Few answers make it long: then there is little to say yet.")


def _table(raters: Sequence[Rater]) -> None:
    rows = [
        {
            "name": one.name,
            "labels": one.labels,
            "seconds": one.seconds,
            "gold": _words(one.gold),
            "newest": _words(one.gold_newest),
            "agreement": _words(one.agreement),
            "swayed": _points(one.swayed.difference) if one.swayed else None,
        }
        for one in raters
    ]
    column = st.column_config
    st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_config={
            "name": column.TextColumn("Name", pinned=True),
            "labels": column.NumberColumn("Labels", format="localized"),
            "seconds": column.NumberColumn("Seconds each", format="%.1f"),
            "gold": column.TextColumn("Right on gold", help="With the 95 % interval"),
            "newest": column.TextColumn(f"… of the newest {judging.NEWEST}"),
            "agreement": column.TextColumn(
                "Same as the label",
                help="On items that others label too. Who knows best may differ from the others.",
            ),
            "swayed": column.TextColumn(
                "Swayed by suggestions",
                help="How many points more often their answer is what the model suggests where "
                "they see it than where it is withheld. Above 0 beyond chance, they lean on it.",
            ),
        },
    )


def _classes(raters: Sequence[Rater]) -> None:
    rows = [
        {"name": one.name, "class": name, "right on gold": _words(right)}
        for one in raters
        for name, right in one.gold_by_class.items()
    ]
    if rows:
        with st.expander("By class"):
            st.dataframe(rows, hide_index=True, width="stretch")


def _words(right: Right) -> str | None:
    told = right.share
    return f"{told.value:.0%} of {right.of:,} ({_reach(told)})" if told else None


def _points(told: Estimate | None) -> str | None:
    if told is None:
        return None
    return f"{100 * told.value:+.0f} ({100 * told.low:+.0f} to {100 * told.high:+.0f})"


def _reach(told: Estimate) -> str:
    return f"{100 * told.low:.0f}–{100 * told.high:.0f}"
