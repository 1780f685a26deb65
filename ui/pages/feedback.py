"""What do people say of what they see? Alarms first, then the figures, issues and corrections."""

from typing import Any

import streamlit as st

from loop import Project
from loop.people import Person, may
from loop.project import OWNER_ROLE
from loop.store import insights
from ui.pages import feedback_alarms, feedback_corrections, feedback_figures, feedback_rule
from ui.pages.plain import plain

MANY = {
    "rating": "ratings",
    "preference": "preferences",
    "ranking": "rankings",
    "correction": "corrections",
    "text": "texts",
    "label": "labels",
}
HOW = (
    "A running application sends it: `POST /api/v1/feedback`, or five lines of Python with "
    "`loop.client.Client`; `askwell invite` prints the token."
)


def show(project: Project, person: Person) -> None:
    """Draw the page for reviewers."""
    st.title("What do people say?", anchor=False)
    feedback_alarms.show(project, person)
    told = insights.newest(project.store.read)
    if told is None:
        st.info(f"Nothing yet. {HOW}")
    elif not told["summary"]["judgements"]:
        st.info(f"Nothing in the last {told['days']} days. {HOW}")
    else:
        _figures(told)
    feedback_corrections.show(project, person)
    if may(person.role, OWNER_ROLE):
        feedback_rule.show(project, person)


def _figures(told: dict[str, Any]) -> None:
    summary = told["summary"]
    kinds = ", ".join(f"{n:,} {MANY.get(kind, kind)}" for kind, n in summary["kinds"].items())
    st.caption(f"The last {told['days']} days: {kinds}, by {summary['people']:,} people.")
    if summary["liked"]:
        feedback_figures.liked(summary["liked"])
    if summary["ratings"]:
        feedback_figures.ratings(summary["ratings"])
    if summary["preferences"]:
        feedback_figures.preferences(summary["preferences"])
    _issues(told)


def _issues(told: dict[str, Any]) -> None:
    if not told["complaints"]:
        return
    st.subheader("Common issues", anchor=False)
    if not told["issues"]:
        st.write(f"{told['complaints']:,} complaints, no two of them alike.")
        return
    for issue in told["issues"]:
        share = issue["n"] / told["complaints"]
        words = ", ".join(map(plain, issue["words"])) or "without words in common"
        with st.expander(f"**{issue['n']:,}** ({share:.0%}): {words}"):
            versions = ", ".join(f"{plain(name)} {n:,}" for name, n in issue["by_version"].items())
            st.caption(f"By model version: {versions}. Nearest to the middle of them:")
            for sample in issue["samples"]:
                feedback_alarms.exchange(sample)
