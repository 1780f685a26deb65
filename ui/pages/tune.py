"""Which setting is the best so far, how sure is that, and is it worth going on?"""

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

import streamlit as st

from loop import Project
from loop.store import rounds, tuning
from loop.tuning.space import shown
from ui import tune_charts
from ui.pages.content import PLAYERS
from ui.pages.plain import plain

LEFT_OUT = 3  # settings that could not be shown, named at most
AXES = {"rate": "rating", "compare": "log odds"}
LOG_ODDS = (
    "Log odds are beside an average setting: at 0 it is as good, at 1 it would be preferred to it "
    "73 % of the time, at 3, 95 %."
)


@st.fragment(run_every=5)
def show(project: Project) -> None:
    """Draw the page; it follows the answers by itself."""
    st.title("Which setting is the best?", anchor=False)
    told = tuning.newest(project.store.read)
    if told is None or told["best"] is None:
        st.info("Nothing is known yet: answer some proposals on the Label page.")
    else:
        _known(project, told)
    _left_out(project, told)


def _known(project: Project, told: Mapping[str, Any]) -> None:
    axis = AXES[told["ask"]]
    _best(project, told)
    advice = told["advice"]
    (st.success if advice["stop"] else st.info)(plain(advice["words"]))
    st.subheader("One parameter at a time", anchor=False)
    how = "The others as in the best setting; what matters most first."
    st.caption(f"{how} {LOG_ODDS}" if told["ask"] == "compare" else how)
    columns = st.columns(2)
    for i, one in enumerate(told["one"]):
        with columns[i % 2]:
            if one["type"] == "categorical":
                st.caption(plain(one["name"]))
            st.altair_chart(tune_charts.along(one, axis, dark=_dark()), width="stretch")
    _two(told, axis)
    _table(told["top"], told["ask"])
    _raters(told)


def _best(project: Project, told: Mapping[str, Any]) -> None:
    best = told["best"]
    many = f"{told['answers']:,} answers on {told['proposals']:,} proposals"
    people = "one person" if told["people"] == 1 else f"{told['people']:,} people"
    left, right = st.columns([3, 2])
    with left:
        if best["kind"] in PLAYERS:
            PLAYERS[best["kind"]](str(project.media.path(best["shown"])))
        else:
            st.text(best["shown"])
    with right:
        st.markdown(f"**Best so far:** {worth(best, told['ask'])}, by {many} of {people}.")
        st.text("\n".join(f"{name}: {shown(value)}" for name, value in best["setting"].items()))


def worth(best: Mapping[str, Any], ask: str) -> str:
    """What the best setting is worth, and its interval."""
    if ask == "rate":
        return f"{best['mean']:.2f} ({best['low']:.2f} to {best['high']:.2f}, 95 %), rating"
    mean, low, high = (f"{100 / (1 + exp(-best[one])):.0f} %" for one in ("mean", "low", "high"))
    return f"preferred to an average setting {mean} of the time ({low} to {high}, 95 %)"


def _two(told: Mapping[str, Any], axis: str) -> None:
    pairs = {f"{two['x']['name']} and {two['y']['name']}": two for two in told["two"]}
    if not pairs:
        return
    st.subheader("Two together", anchor=False)
    chosen = st.selectbox("Which two", list(pairs), label_visibility="collapsed")
    chart = tune_charts.across(pairs[chosen], axis, told["best"]["setting"])
    st.altair_chart(chart, width="stretch")


def _table(top: Sequence[Mapping[str, Any]], ask: str) -> None:
    st.subheader("The best of what was judged", anchor=False)
    names = list(dict.fromkeys(name for row in top for name in row["setting"]))
    st.dataframe(
        [
            {
                AXES[ask]: row["mean"],
                "from": row["low"],
                "to": row["high"],
                "answers": row["answers"],
            }
            | {
                name: shown(row["setting"][name]) if name in row["setting"] else None
                for name in names
            }
            for row in top
        ],
        hide_index=True,
        placeholder="–",
        column_config={
            name: st.column_config.NumberColumn(format="%.2f") for name in (AXES[ask], "from", "to")
        },
    )


def _raters(told: Mapping[str, Any]) -> None:
    if any("severity" in one for one in told["raters"]):
        st.subheader("Who is severe, and who is unsure?", anchor=False)
        st.caption(
            "How many points lower each person rates the same (95 %), and how far their ratings of "
            "one thing differ by chance (standard deviation). What is believed allows for both."
        )
        points = {"severity": "severity", "low": "from", "high": "to", "noise_sd": "by chance"}
        st.dataframe(
            told["raters"],
            hide_index=True,
            column_config={"name": "annotator"}
            | {
                key: st.column_config.NumberColumn(name, format="%.2f")
                for key, name in points.items()
            },
        )
    elif told["noise_sd"] is not None:
        st.caption(
            f"Ratings of the same thing differ by {told['noise_sd']:.2f} (standard deviation) "
            "by chance."
        )


def _left_out(project: Project, told: Mapping[str, Any] | None) -> None:
    """What could not be shown, and what the trainer says of it."""
    left_out = told["left_out"] if told else []
    if len(left_out) > LEFT_OUT:
        st.caption(f"{len(left_out)} settings were left out; the newest of them:")
    for one in left_out[-LEFT_OUT:]:
        setting = ", ".join(f"{name} {shown(value)}" for name, value in one["setting"].items())
        st.warning(plain(f"Left out: {setting}. Nothing could be shown of it: {one['why']}"))
    note = rounds.trainer(project.store.read)["note"]
    if note and project.settings.no_rounds and note != project.settings.no_rounds:
        st.caption(plain(f"The trainer: {note}"))


def _dark() -> bool:
    return bool(st.context.theme.type == "dark")
