"""How good is the model? The part of the progress page that tells what the audit answers say."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import streamlit as st

from loop import Project
from ui.chart_look import chart_of

HEIGHT, SCROLLED = 330, 420  # pixels of a picture, and of one in which one scrolls
AXIS = 76  # pixels of the axis beneath the classes
LEAST, MOST = 26, 56  # pixels that a class takes
MANY_CLASSES = 12  # from here on one scrolls
REACH: dict[str, Any] = {"size": 8, "opacity": 0.25, "cornerRadius": 4}  # the bar of an interval
_PERCENT = alt.Axis(format=".0%", tickCount=5)
_WHOLE = alt.Scale(domain=[0, 1])

Document = Mapping[str, Any]


def show(project: Project, now: Document) -> None:
    """Draw it; *now* is the project's status."""
    st.subheader("How good is it?", anchor=False)
    told = project.quality()
    if told is None:
        st.write(f"Not known yet ({now['accuracy_waits_for']}).")
        return
    _figures(told)
    st.caption(" ".join(_rests_on(told)))
    if told["calibration"]:
        by_class, reliability = st.columns([3, 2], gap="large")
        with by_class:
            _by_class(told["classes"])
        with reliability:
            _reliability(told.get("pairwise") or told)
    else:
        _by_class(told["classes"])
    with st.expander("All figures of each class"):
        _table(told)


def _figures(told: Document) -> None:
    """The figures of the whole model, each with its interval."""
    figures: dict[str, Document | None] = {
        "Accuracy, sharper" if told["sharper"] else "Accuracy": told["sharper"] or told["accuracy"],
        _macro_f1(told): told["macro_f1"],
    }
    pairs = told.get("pairwise")  # no document from before there was one has it
    if pairs:
        figures = {"Pairwise accuracy": pairs["accuracy"]} | figures
    if told["calibration"]:
        error = (pairs or told)["calibration"]["error"]
        figures["Calibration error" + (", pairwise" if pairs else "")] = error
    for place, (name, one) in zip(st.columns(len(figures)), figures.items(), strict=True):
        place.metric(
            name,
            f"{one['value']:.1%}" if one else "not known yet",
            _range(one) if one else "too few answers of a second class",
            delta_color="off",
            delta_arrow="off",
        )


def _macro_f1(told: Document) -> str:
    counted, every = told["macro_f1"], len(told["classes"])
    is_of_some = counted and counted["classes"] < every
    return f"Macro-F1, {counted['classes']} of {every} classes" if is_of_some else "Macro-F1"


def _range(one: Document) -> str:
    return f"{one['low']:.1%} – {one['high']:.1%}"


def _both(one: Document | None) -> str:
    return f"{one['value']:.1%} ({_range(one)})" if one else "–"


def _rests_on(told: Document) -> list[str]:
    """What the figures rest on, sentence by sentence."""
    n, sharper, unasked = told["answers"], told["sharper"], told["unasked"]
    words = [f"From {n:,} audit answers; ranges are 95 % intervals."]
    if sharper:
        words.append(
            "The accuracy is sharper by how sure the model is of "
            f"{sharper['unasked']:,} audit items that nobody was asked about yet: as sharp as "
            f"{sharper['worth']:.0f} answers. The {n:,} alone say {_both(told['accuracy'])}."
        )
    elif unasked:
        words.append(
            f"How sure the model is of the {unasked:,} audit items that nobody was asked about yet "
            "does not make the accuracy sharper."
        )
    if pairs := told.get("pairwise"):
        words.append(
            f"Pairwise: of the {pairs['answers']:,} that name the better output, how often the "
            "model finds it likelier; the other figures count ties and both-bad as answers, too."
        )
    if told["calibration"]:
        words.append(
            "The calibration error is the mean distance between how sure it says it is and how "
            "often it is right, without what chance adds."
        )
    return words


def _by_class(classes: Sequence[Document]) -> None:
    """Of each class the share that is found, with its interval."""
    st.markdown("**How much of each class does it find?**")
    rows = [
        {"class": one["name"], "answers": one["answers"]}
        | (one["recall"] or {})
        | {name: _both(one[name]) for name in ("recall", "precision", "f1")}
        for one in classes
    ]
    axis = alt.Axis(grid=False, domain=False, ticks=False, labelOverlap=False, labelLimit=160)
    base = chart_of(rows).encode(
        y=alt.Y("class:N", title=None, sort=[one["class"] for one in rows], axis=axis),
        tooltip=[
            *("class:N", "recall:N", "precision:N"),
            alt.Tooltip("f1:N", title="F1"),
            alt.Tooltip("answers:Q", title="audit answers"),
        ],
    )
    reach = base.mark_bar(**REACH).encode(
        x=alt.X("low:Q", title="recall", scale=_WHOLE, axis=_PERCENT), x2="high:Q"
    )
    point = base.mark_point(filled=True, size=90, opacity=1).encode(x="value:Q")
    box = st.container(height=SCROLLED if len(rows) > MANY_CLASSES else "content")
    row = max(LEAST, min(MOST, (HEIGHT - AXIS) // len(rows)))
    _picture(box, [reach, point], row * len(rows) + AXIS, "The recall of each class")


def _reliability(told: Document) -> None:
    """How often the model is right by how sure it says it is."""
    st.markdown("**Is it right as often as it says?**")
    calibration = told["calibration"]
    rows = [one | one["accuracy"] for one in calibration["bins"]]
    least = min(0.9, rows[0]["confidence"]) // 0.1 / 10
    x = alt.X(
        "confidence:Q",
        title="how sure it says it is",
        scale=alt.Scale(domain=[least, 1]),
        axis=_PERCENT,
    )
    base = chart_of(rows).encode(
        x=x,
        tooltip=[
            alt.Tooltip("confidence:Q", format=".1%", title="says"),
            alt.Tooltip("value:Q", format=".1%", title="is right"),
            alt.Tooltip("low:Q", format=".1%", title="95 % from"),
            alt.Tooltip("high:Q", format=".1%", title="to"),
            alt.Tooltip("n:Q", title="audit answers"),
        ],
    )
    same = chart_of([{"confidence": end, "value": end} for end in (least, 1)])
    layers = [
        same.mark_line(strokeDash=[5, 4], strokeWidth=1, opacity=0.7).encode(x=x, y="value:Q"),
        base.mark_bar(**REACH).encode(
            y=alt.Y("low:Q", title="how often it is right", scale=_WHOLE, axis=_PERCENT),
            y2="high:Q",
        ),
        base.mark_point(filled=True, opacity=1).encode(
            y="value:Q", size=alt.Size("n:Q", scale=alt.Scale(range=[40, 240]), legend=None)
        ),
    ]
    _picture(st, layers, HEIGHT, "How often the model is right by how sure it says it is")
    st.caption(
        f"On average it says {calibration['confidence']:.1%} and is right "
        f"{told['accuracy']['value']:.1%} of the time. On the dashed line both are the same; the "
        "larger a dot, the more answers."
    )


def _picture(place: Any, layers: Sequence[alt.Chart], height: int, what: str) -> None:
    words = f"{what}, with 95 % intervals."
    chart = alt.layer(*layers).properties(height=height, description=words)
    place.altair_chart(chart, width="stretch")


def _table(told: Document) -> None:
    column = st.column_config
    st.dataframe(
        [
            {"name": one["name"], "answers": one["answers"], "said": one["said"]}
            | {name: _both(one[name]) for name in ("recall", "precision", "f1")}
            | {"mistaken": _mistaken(told["confusion"] or [], one["name"])}
            for one in told["classes"]
        ],
        hide_index=True,
        width="stretch",
        column_config={
            "name": column.TextColumn("Class", pinned=True),
            "answers": column.NumberColumn("Audit answers", format="localized"),
            "said": column.NumberColumn("Said by the model", format="localized"),
            "recall": "Recall (95 %)",
            "precision": "Precision (95 %)",
            "f1": "F1 (95 %)",
            "mistaken": "Mostly mistaken for",
        },
    )


def _mistaken(confusion: Sequence[Document], name: str) -> str:
    """What items of a class are mistaken for most often; the fullest cells come first."""
    wrong = [one for one in confusion if one["truth"] == name != one["said"]]
    return f"{wrong[0]['said']} ({wrong[0]['n']:,})" if wrong else ""
