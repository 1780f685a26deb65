"""How far do people agree? All of them, by class and by pair; and which method is right."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import streamlit as st

from loop import Project, crowd
from loop.raters import NAMED
from loop.raters.report import report
from ui.chart_look import theme
from ui.heat_map import heat_map

MOST_PEOPLE = 15  # of whom all pairs are drawn
LOWEST = 10  # pairs of more people than that
FIGURES = {
    "percent": "Two people say the same",
    "fleiss_kappa": "Fleiss’ kappa",
    "alpha_nominal": "Krippendorff’s alpha",
    "alpha_ordinal": "… of classes in order",
    "alpha_interval": "… of classes as numbers",
}


def show(project: Project, shared_items: int) -> None:
    """Draw it, or why there is none."""
    st.subheader("How far do they agree?", anchor=False)
    if not shared_items:
        st.write(
            "Not known: no item has two people's labels. How many answers each item gets is set "
            "under Settings, Asking."
        )
        return
    st.write(f"On {shared_items:,} items that have two people's labels or more:")
    answers, truth = crowd.of(project)
    # The first alone at once; the others may take seconds.
    methods: list[str] = [project.settings.consensus]
    compare = st.toggle("Compare the methods that make one label of several")
    if compare:
        methods += [name for name in NAMED if name not in methods]
    with st.spinner("Counting …", show_time=True):
        told = report(answers, truth, methods, project.settings.seed, lambda _what, _n: None).told
    agreement = told["agreement"]
    _all(agreement)
    if compare:
        _methods(told["methods"])
    _classes(agreement["classes"])
    _pairs(agreement["pairs"], list(answers.annotators))


def _all(agreement: Mapping[str, Any]) -> None:
    st.dataframe(
        [
            {"what": words, "value": agreement[name]["value"], "95 %": _ends(agreement[name])}
            for name, words in FIGURES.items()
            if agreement[name]["value"] is not None
        ],
        hide_index=True,
        column_config={"value": st.column_config.NumberColumn(format="%.3f")},
    )
    # Why there is no order among classes that are no numbers goes without saying.
    told_of = [agreement[name] for name in ("percent", "fleiss_kappa", "alpha_nominal")]
    for why in dict.fromkeys(one["why"] for one in told_of if "why" in one):
        st.caption(why)


def _classes(told: Mapping[str, Any]) -> None:
    with st.expander("By class"):
        st.dataframe(
            [
                {
                    "class": name,
                    "same": one["percent"]["value"],
                    "same 95 %": _ends(one["percent"]),
                    "kappa": one["fleiss_kappa"]["value"],
                    "kappa 95 %": _ends(one["fleiss_kappa"]),
                    "why": one["percent"].get("why") or one["fleiss_kappa"].get("why"),
                }
                for name, one in told.items()
            ],
            hide_index=True,
            placeholder="–",
            column_config={
                "same": st.column_config.NumberColumn(
                    "Another says it, too", format="%.3f", help="Where one person does"
                ),
                "same 95 %": "95 %",
                "kappa": st.column_config.NumberColumn("Fleiss’ kappa", format="%.3f"),
                "kappa 95 %": "95 %",
                "why": "",
            },
        )


def _pairs(pairs: Sequence[Mapping[str, Any]], people: Sequence[str]) -> None:
    st.markdown("**Who agrees with whom?**")
    known = [one for one in pairs if one["cohen_kappa"]["value"] is not None]
    if not known:
        why = dict.fromkeys(one["cohen_kappa"]["why"] for one in pairs)
        st.write("Not known. " + " ".join(why))
        return
    if len(people) <= MOST_PEOPLE:
        _heat(known, people)
        st.caption("Cohen's kappa: 1 is always, 0 what chance gives. Empty: not known.")
    else:
        known = [one for one in known if one["cohen_kappa"]["ci95"]]
        known = sorted(known, key=lambda one: one["cohen_kappa"]["value"])[:LOWEST]
        st.caption(f"The lowest of the {len(pairs):,} pairs with the most items in common.")
    rows = [
        {
            "pair": " · ".join(one["annotators"]),
            "items": one["items"],
            "kappa": one["cohen_kappa"]["value"],
            "95 %": _ends(one["cohen_kappa"]),
            "same": one["percent"]["value"],
        }
        for one in known
    ]
    if len(people) <= MOST_PEOPLE:
        with st.expander("As a table"):
            _table(rows)
    else:
        _table(rows)


def _table(rows: Sequence[Mapping[str, Any]]) -> None:
    st.dataframe(
        rows,
        hide_index=True,
        column_config={
            "items": "Items of both",
            "kappa": st.column_config.NumberColumn("Cohen’s kappa", format="%.2f"),
            "same": st.column_config.NumberColumn("Say the same", format="percent"),
        },
    )


def _heat(pairs: Sequence[Mapping[str, Any]], people: Sequence[str]) -> None:
    rows = [
        {
            "across": one,
            "down": other,
            "shade": (kappa := pair["cohen_kappa"]["value"]),
            "words": f"{kappa:.2f}",
            "told": _ends(pair["cohen_kappa"]),
            "items": pair["items"],
        }
        for pair in pairs
        for one, other in (pair["annotators"], reversed(pair["annotators"]))
    ]
    tooltip = [
        alt.Tooltip("across:N", title="one"),
        alt.Tooltip("down:N", title="other"),
        alt.Tooltip("shade:Q", format=".3f", title="kappa"),
        alt.Tooltip("told:N", title="95 %"),
        alt.Tooltip("items:Q", title="items of both"),
    ]
    ink = theme(dark=st.context.theme.type == "dark")["text"]["color"]
    words = "Cohen's kappa of each two people, on the items that both labeled."
    chart = heat_map(rows, people, (None, None), tooltip, ink).properties(description=words)
    st.altair_chart(chart, width="stretch")


def _methods(told: Mapping[str, Any]) -> None:
    known = next(iter(told.values()))["truth_items"]
    st.dataframe(
        [
            {
                "method": name,
                "right where decided": one["accuracy"],
                "95 %": _ends(one),
                "ties": one["tied_items"],
                "seconds": one["seconds"],
            }
            for name, one in told.items()
        ],
        hide_index=True,
        column_config={
            "right where decided": st.column_config.NumberColumn(format="percent"),
            "seconds": st.column_config.NumberColumn(format="%.2f"),
        },
    )
    st.caption(
        f"On {known:,} items that were decided, gold ones among them; the answers are judged as if "
        "nothing were known. Which method is in force is set under Settings, Asking."
    )


def _ends(told: Mapping[str, Any]) -> str:
    return "–" if told["ci95"] is None else "–".join(f"{end:.3f}" for end in told["ci95"])
