"""The progress page: what did the labels buy? One picture first, then what stands behind it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import altair as alt
import streamlit as st

from loop import Project, status, tasks
from loop.store.rounds import Point
from loop.tasks import compare
from ui.downloads import ANSWERS
from ui.pages import progress_audit, progress_errors, progress_forecast, progress_plan
from ui.pages.files import offer

REFRESH = 2.0  # seconds
SELDOM = 10.0  # seconds, for what shows items and changes with a new model only
BAR, AXIS = 24, 76  # pixels that a class takes, and the axis beneath
MANY_CLASSES = 15  # from here on the chart scrolls
SCROLLED = 420  # pixels
PAIRS = " A tie and both bad are answers like the others; pairwise accuracy stands further down."
_WHOLE = alt.Axis(format="d", tickMinStep=1, tickCount=8)


def show(project: Project, *, may_export: bool, may_review: bool) -> None:
    """Draw the page; the parts that change follow the loop by themselves."""
    st.title("What did the labels buy?", anchor=False)
    st.fragment(_body, run_every=REFRESH)(project)
    if project.settings.clips:
        st.fragment(progress_plan.show, run_every=SELDOM)(project)
    st.fragment(progress_errors.show, run_every=SELDOM)(project, may_review=may_review)
    st.fragment(_details, run_every=REFRESH)(project, may_export=may_export)


def _body(project: Project) -> None:
    now = status(project)
    curve = [point for point in project.curve() if point.accuracy is not None]
    _numbers(now)
    if curve:
        drawn = progress_forecast.continued(_learning_curve(curve), now)
        st.altair_chart(drawn, width="stretch")
        st.caption(
            f"Accuracy on {curve[-1].audit} audit items, never trained on and never chosen by a "
            f"strategy, by number of labels; query strategy {now['strategy']}. The band is the "
            "95 % interval (Wilson); each point is one round of training."
            + (PAIRS if project.settings.task == compare.TASK.name else "")
        )
    else:
        _no_curve_yet(now)
    progress_forecast.show(now)
    progress_audit.show(project, now)


def _numbers(now: dict[str, Any]) -> None:
    model, reached, kind = now["model"], now["accuracy"], tasks.get(now["task"]).kind
    labels, accuracy, pace, trainer = st.columns(4)
    labels.metric(
        "Labels to train on",
        f"{now['labels']:,}",
        f"{now['answers'].get(kind, 0):,} given, audit items included",
        delta_color="off",
        delta_arrow="off",
    )
    accuracy.metric(
        f"Accuracy, model {reached['version']}" if reached else "Accuracy",
        f"{reached['value']:.1%}" if reached else "not known yet",
        f"{reached['low']:.1%} – {reached['high']:.1%}" if reached else now["accuracy_waits_for"],
        delta_color="off",
        delta_arrow="off",
    )
    seconds = now["seconds_per_label"]
    pace.metric("Seconds per label (median)", "–" if seconds is None else f"{seconds:.1f}")
    trainer.metric(
        "Trainer",
        now["trainer"]["state"],
        f"model {model['version']}, {model['labels']} labels" if model else "no model yet",
        delta_color="off",
        delta_arrow="off",
    )
    if now["trainer"]["state"] == "down":
        version = model["version"] if model else 0
        st.warning(
            f"The trainer {now['trainer']['note']}. Your labels are safe; items come in the order "
            f"of model {version} meanwhile."
        )
    if now["failure"]:
        st.warning("The last round failed. It is tried again with new labels.")
        st.text(now["failure"])  # it may quote an item


def _learning_curve(curve: Sequence[Point]) -> alt.LayerChart:
    base = _chart([asdict(point) for point in curve]).encode(
        x=alt.X("labels:Q", title="labels", scale=alt.Scale(zero=False), axis=_WHOLE)
    )
    y = alt.Scale(domain=[max(0.0, min(point.low or 0 for point in curve) - 0.05), 1.0])
    line = base.mark_line(point=len(curve) < 60, strokeWidth=2.5).encode(
        y=alt.Y("accuracy:Q", title="accuracy on the audit items", scale=y),
        tooltip=[
            alt.Tooltip("labels:Q"),
            alt.Tooltip("accuracy:Q", format=".3f"),
            alt.Tooltip("low:Q", format=".3f", title="95 % from"),
            alt.Tooltip("high:Q", format=".3f", title="to"),
            alt.Tooltip("version:Q", title="model"),
            alt.Tooltip("audit:Q", title="audit answers"),
        ],
    )
    band = base.mark_area(opacity=0.18).encode(y=alt.Y("low:Q", scale=y, title=""), y2="high:Q")
    reach = base.mark_rule(opacity=0.35).encode(y=alt.Y("low:Q", scale=y, title=""), y2="high:Q")
    return (band + reach + line).properties(height=380)


def _no_curve_yet(now: dict[str, Any]) -> None:
    if now["model"] is None:
        st.info(f"No model yet. The trainer waits for {now['waiting_for']}.")
    else:
        st.info(
            f"Model {now['model']['version']} is trained, but its accuracy is not known yet "
            f"({now['accuracy_waits_for']}). Audit items come in between while you label."
        )


def _details(project: Project, *, may_export: bool) -> None:
    now = status(project)
    balance, loop = st.columns(2)
    balance.subheader("Class balance", anchor=False)
    counts = now["classes"]
    box = balance.container(height=SCROLLED if len(counts) > MANY_CLASSES else "content")
    box.altair_chart(_class_balance(counts), width="stretch")
    loop.subheader("Where the loop stands", anchor=False)
    loop.markdown("\n".join(f"- **{name}**: {value}" for name, value in _facts(now).items()))
    if may_export:
        with loop:
            offer({"Download the answers (CSV)": ANSWERS})


def _class_balance(counts: dict[str, int]) -> alt.Chart:
    bars = _chart([{"class": name, "labels": n} for name, n in counts.items()]).mark_bar()
    return bars.encode(
        x=alt.X("labels:Q", title="labels", axis=_WHOLE),
        y=alt.Y(
            "class:N",
            title=None,
            sort=list(counts),
            axis=alt.Axis(grid=False, labelOverlap=False, labelLimit=180),
        ),
        tooltip=["class:N", "labels:Q"],
    ).properties(height=BAR * len(counts) + AXIS)


def _chart(rows: list[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=rows))  # type: ignore[no-untyped-call]


def _facts(now: dict[str, Any]) -> dict[str, str]:
    model, answers = now["model"], now["answers"]
    facts = {
        "Trainer": f"{now['trainer']['state']} {now['trainer']['note']}".strip(),
        "Answers": ", ".join(f"{n:,} × {kind}" for kind, n in sorted(answers.items()))
        or "none yet",
        "Pool": f"{now['items']['pool']:,} items, and {now['items']['audit']:,} audit items",
    }
    if model:
        facts["Last round"] = (
            f"{model['reason']}; fit {model['fit_seconds']:.2f} s, ranked {model['pool']:,} items "
            f"in {model['rank_seconds']:.2f} s, {model['round_seconds']:.2f} s in all"
        )
    return facts
