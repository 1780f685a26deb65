"""Who stands out, and speed beside accuracy: parts of the page Raters."""

import altair as alt
import streamlit as st

from loop import standing_out as standing
from loop.evidence import Evidence
from loop.judging import Team
from ui.chart_look import chart_of, theme
from ui.pages.plain import plain

MOST_NAMED = 5  # sentences on one question before somebody asks for more
MOST_DOTS = 500  # people in the picture of speed
MOST_NAMES = 12  # beside their dots
ROOM = 1.15  # of the slowest, for a name


def standing_out(found: Team, seen: Evidence | None) -> None:
    """A sentence on each who is warned, or whom more than chance tells from the others."""
    st.subheader("Who stands out?", anchor=False)
    if found.warned:
        st.warning("\n\n".join(plain(one) for one in found.warned))
    if seen is None:
        st.write("Not known: there are answers in practice only.")
        return
    asked = standing.questions(seen)
    for one in asked:
        if one.named:
            lines = [f"- **{plain(who)}** {plain(words)}" for who, words in one.named.items()]
            st.markdown(
                f"{one.about[0].upper()}{one.about[1:]}\n\n" + "\n".join(lines[:MOST_NAMED])
            )
            if len(lines) > MOST_NAMED:
                with st.expander(f"{len(lines) - MOST_NAMED:,} more"):
                    st.markdown("\n".join(lines[MOST_NAMED:]))
    if not any(one.named for one in asked):
        st.write(
            "Nobody, by more than chance." if any(one.asked for one in asked) else "Not known."
        )
    st.caption(
        f"Asked of whoever has {standing.LEAST} answers that can tell: "
        + ", ".join(f"{one.about} ({one.asked:,})" for one in asked)
        + f". Each at {standing.CHANCE:.0%} for all people together (Holm). Who knows best may "
        "differ from the others, too."
    )


def pace(found: Team) -> None:
    """A dot for each person: seconds, and how often they are right."""
    is_gold = any(one.gold.of for one in found.raters)
    measured = [
        (one, right, share)
        for one in found.raters[:MOST_DOTS]
        if (right := one.gold if is_gold else one.agreement).of >= standing.LEAST
        and (share := right.share)
        and one.seconds is not None
    ]
    if len(measured) < 2:
        return
    rows = [
        {"name": one.name, "seconds": one.seconds, "right": f"{right.right:,} of {right.of:,}"}
        | vars(share)
        for one, right, share in measured
    ]
    st.markdown("**Speed beside accuracy**")
    what = "right on gold items" if is_gold else "same as the item's label"
    low = min(0.5, *(share.low for *_, share in measured))
    y = alt.Scale(domain=[low, 1], nice=False)
    ends = [0, ROOM * max(1.0, *(one.seconds or 0 for one, *_ in measured))]
    x = alt.X("seconds:Q", title="seconds each (median)", scale=alt.Scale(domain=ends, nice=False))
    tooltip = [
        alt.Tooltip("name:N"),
        alt.Tooltip("seconds:Q", format=".1f"),
        alt.Tooltip("right:N"),
        alt.Tooltip("low:Q", format=".0%", title="95 % from"),
        alt.Tooltip("high:Q", format=".0%", title="to"),
    ]
    base = chart_of(rows).encode(x=x, tooltip=tooltip)
    ink = theme(dark=st.context.theme.type == "dark")["rule"]["color"]
    axis = alt.Axis(format="%", tickCount=5)
    reach = base.mark_rule(color=ink, opacity=0.5).encode(
        y=alt.Y("low:Q", title=what, scale=y, axis=axis), y2="high:Q"
    )
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(y="value:Q")
    names = base.mark_text(align="left", dx=8, fontSize=11, color=ink).encode(
        y="value:Q", text="name:N"
    )
    layers = [reach, dots, *([names] if len(rows) <= MOST_NAMES else [])]
    words = f"Each person's median seconds, and their share {what} with its 95 % interval."
    st.altair_chart(alt.layer(*layers).properties(height=260, description=words), width="stretch")
    st.caption(f"{words} Of whoever has {standing.LEAST} such answers.")
