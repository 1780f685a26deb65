"""The compare page: which strategy would have got the most out of these labels? For owners."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import streamlit as st

from loop import LoopError, Project, replays
from loop.comparing import DONE, ELSEWHERE, FAILED, RUNNING, Comparing, Look, Run
from ui import compare_charts, serving
from ui.downloads import COMPARISON
from ui.pages import compare_choice
from ui.pages.files import offer
from ui.pages.plain import plain
from ui.pages.refusal import ask_again

REFRESH, PICTURES = 1.5, 6.0  # seconds; to draw all pictures anew takes a quarter of one
IDLE = 5.0  # seconds between looks while nothing runs
CURVES, DIFFERENCES = 420, 70  # pixels high, without the legend, and without the rows
LINE, LEGEND = 20, 3  # pixels of a line of the legend, and strategies on it
_WAS = "compare was running"  # when the page was last drawn as a whole
_GOES_ON = "What is finished is kept: **Start** with the same choice goes on from there."


def show(project: Project, by: str) -> None:
    """Draw the page for the owner *by*; what runs is followed by itself."""
    st.title("Which strategy asks best here?", anchor=False)
    now = serving.now().comparing.look()
    st.session_state[_WAS] = now.is_running
    st.fragment(_run, run_every=REFRESH if now.is_running else IDLE)(project, by)
    has_pictures = _has_pictures(now.run)
    often = PICTURES if has_pictures else REFRESH
    st.fragment(_found, run_every=often if now.is_running else None)(project, by, was=has_pictures)
    if not now.is_running:
        is_ready = compare_choice.lacking(project) is None
        choice = st.fragment(compare_choice.show, run_every=None if is_ready else REFRESH)
        choice(project, by, was=is_ready)


def _run(project: Project, by: str) -> None:
    """What runs, or how the last one ended."""
    ask_again(project, by)
    comparing = serving.now().comparing
    now = comparing.look()
    if now.is_running != st.session_state[_WAS]:  # by somebody else's hand, or it is done
        st.rerun()
    _state(now, comparing)


def _found(project: Project, by: str, *, was: bool) -> None:
    """What the run has found so far, or the last one; *was* there a picture when it was drawn?"""
    ask_again(project, by)
    now = serving.now().comparing.look()
    run = now.run
    if _has_pictures(run) and not was:
        st.rerun()
    if run is None or run.found is None:
        return
    if was:
        _findings(run.found)
        _since(project, run)
        if not now.is_running:
            _downloads()
    else:
        _failed(run.found["cases"][0]["failed"])


def _has_pictures(run: Run | None) -> bool:
    return bool(run and run.found and compare_charts.shown(run.found["cases"][0]))


def _state(now: Look, comparing: Comparing) -> None:
    run = now.run
    if now.is_running:
        _progress(now, comparing)
    elif now.died:
        st.error(f"The comparison did not finish. {plain(now.died)} {_GOES_ON}")
    elif run and run.state == FAILED:
        st.error(f"The comparison could not be done. {plain(run.why or '')}")
    elif run and run.state not in {DONE, ELSEWHERE}:
        far = f" after {run.done:,} of {run.all:,} cells" if run.all else ""
        st.info(f"Stopped{far}. {_GOES_ON}")


def _progress(now: Look, comparing: Comparing) -> None:
    run = now.run
    if run is None or run.state in {DONE, FAILED, ELSEWHERE}:
        st.info("A comparison of this project runs in a terminal.")
        return
    bar, stop = st.columns([5, 1], vertical_alignment="bottom")
    if run.all:
        bar.progress(run.done / run.all, f"{run.done:,} of {run.all:,} cells{_left(run)}")
    elif run.state == RUNNING:
        bar.progress(0.0, f"Measuring how far {run.labels:,} labels are from the rest …")
    else:
        bar.progress(0.0, "Reading the labels …")
    if stop.button("Stop", width="stretch"):
        try:
            comparing.stop()
        except LoopError as why:
            st.error(plain(str(why)))
        else:
            st.rerun()


def _left(run: Run) -> str:
    seconds = run.seconds_left
    if seconds is None:
        return ""
    return f", about {seconds:,.0f} s left" if seconds < 90 else f", {seconds / 60:,.0f} min left"


def _findings(found: Mapping[str, Any]) -> None:
    [document] = found["cases"]
    is_log = st.toggle("Logarithmic axis", key="compare-log")
    names = compare_charts.shown(document)
    legend = -(-len(names) // LEGEND) * LINE
    _picture(compare_charts.curves(document, log=is_log), CURVES + legend)
    seeds = document["strategies"][names[0]]["seeds"]
    st.caption(
        plain(
            f"{document['dataset']}: mean accuracy of {seeds} seeds by number of labels, on the "
            f"{document['bias']['tested_on']}; the band is the 95 % interval of the mean. "
            f"{compare_charts.saved(document)}"
        )
    )
    _believe(document["bias"])
    paired = [name for name, one in document["paired"].items() if one["ci95"][0] is not None]
    if paired:
        _picture(compare_charts.differences(document), DIFFERENCES + LINE * 2 * len(paired))
        st.caption(
            "Mean accuracy minus random's on the same seeds, with its 95 % interval. Where that "
            "holds 0, no difference is shown."
        )
    for one, other in document["alike"]:
        st.markdown(
            f"**{plain(one)}** cannot be told from **{plain(other)}** here: their curves are the "
            "same, or the 95 % interval of their difference lies within ±0.003."
        )
    _table(document)
    _failed(document["failed"])


def _picture(chart: Any, height: int) -> None:
    """A chart in our colours; its title stands beneath it, in words that wrap."""
    chart.title = alt.Undefined
    is_dark = st.context.theme.type == "dark"
    themed = compare_charts.themed(chart.properties(height=height), dark=is_dark)
    st.altair_chart(themed, width="stretch", theme=None)


def _downloads() -> None:
    """Files; each is made when it is asked for."""
    log = "?log" if st.session_state.get("compare-log") else ""
    offer(
        {
            "Report (HTML)": f"{COMPARISON}/report.html",
            "Points (CSV)": f"{COMPARISON}/points.csv",
            "Curves (SVG)": f"{COMPARISON}/curves.svg{log}",
            "Curves (PNG)": f"{COMPARISON}/curves.png{log}",
        }
    )


def _believe(bias: Mapping[str, Any]) -> None:
    with st.container(border=True):
        st.markdown("**How far this can be believed**")
        for words in bias["words"]:
            st.markdown(plain(words))


def _table(document: Mapping[str, Any]) -> None:
    told = document["strategies"]
    order = sorted(
        (name for name in told if told[name]["seeds"]),
        key=lambda name: told[name]["aubc"]["mean"],
        reverse=True,
    )
    number, column = st.column_config.NumberColumn, st.column_config
    st.dataframe(
        [_row(name, told[name], document["paired"].get(name)) for name in order],
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_config={
            "strategy": column.TextColumn("Strategy", pinned=True),
            "area": number("Mean accuracy", format="%.3f", help="Area under the curve, as a mean"),
            "ci95": "95 %",
            "to_90": number("Labels to 90 %", help="Of what all labels reach; –: never did"),
            "to_95": number("to 95 %"),
            "minus": number("Minus random", format="%+.4f"),
            "p": number("p (Holm)", format="%.3f"),
            "seeds": "Seeds",
            "seconds": number("Seconds a query", format="%.3f"),
        },
    )


def _row(
    name: str, one: Mapping[str, Any], against: Mapping[str, Any] | None
) -> dict[str, str | float | None]:
    low, high = one["aubc"]["ci95"]
    return {
        "strategy": name,
        "area": one["aubc"]["mean"],
        "ci95": None if low is None else f"{low:.3f} – {high:.3f}",
        "to_90": one["labels_to"]["0.90"],
        "to_95": one["labels_to"]["0.95"],
        "minus": against and against["difference"],
        "p": against and against["p_holm"],
        "seeds": one["seeds"],
        "seconds": one["query_seconds"],
    }


def _failed(failed: Sequence[Mapping[str, Any]]) -> None:
    if not failed:
        return
    st.warning(
        f"{len(failed)} cells failed, and are in no figure; they are tried again with the next "
        "**Start**."
    )
    st.dataframe(list(failed), hide_index=True, width="stretch")  # they may quote an item


def _since(project: Project, run: Run) -> None:
    labels = replays.material(project.settings, project.store.read).n
    if labels != run.labels:
        st.caption(f"This is of {run.labels:,} labels; there are {labels:,} now.")
