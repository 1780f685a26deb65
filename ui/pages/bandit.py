"""Which candidate is best? What people's thumbs say of those that a running application serves."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from loop import Project, worth
from loop.people import Person, may
from loop.project import OWNER_ROLE
from ui.pages import bandit_figures, bandit_policy
from ui.pages.plain import plain

Document = Mapping[str, Any]
KINDS = {"linucb": "LinUCB", "thompson": "Thompson sampling"}
HOW = (
    "A running application asks `POST /api/v1/choice` which to serve, or "
    "`loop.client.Client.choose`, and sends people's thumbs as feedback."
)


def show(project: Project, person: Person) -> None:
    """Draw the page for reviewers."""
    st.title("Which candidate is best?", anchor=False)
    told = worth.worth(project)
    if told is None:
        st.info(f"There are no candidates yet: name some here. {HOW}")
    else:
        _standing(told)
        if told["choices"]:
            _figures(told)
        else:
            st.info(f"Nothing was chosen yet. {HOW}")
    if may(person.role, OWNER_ROLE):
        bandit_policy.show(project, person)


def _standing(told: Document) -> None:
    policy = told["policy"]
    chance = f"{policy['floor']:.0%} of the choices are left to chance"
    counts = f"{told['choices']:,} choices, {told['rewarded']:,} judged"
    words = [f"{KINDS[policy['kind']]}, version {told['version']}; {chance}. {counts}."]
    if missing := told["waiting"] + told["unjudged"]:
        late = f", {told['unjudged']:,} of them for more than a day" if told["unjudged"] else ""
        words.append(f"{missing:,} have no verdict{late}: that is missing, and no bad mark.")
    if told["elsewhere"]:
        words.append(
            f"{told['elsewhere']:,} interactions were judged for which nothing was chosen; they "
            "teach nothing here."
        )
    st.caption(" ".join(words))


def _figures(told: Document) -> None:
    if told["why"]:
        st.info(f"What each would bring is not known yet: {plain(told['why'])}.")
    else:
        _verdict(told)
        bandit_figures.values(told)
    bandit_figures.table(told)
    bandit_figures.shares(told["shares"])
    if not told["why"]:
        bandit_figures.regret(told["regret"])
        _floor(told)


def _verdict(told: Document) -> None:
    """Whether one is surely the best, and what would be if it were the only one."""
    leader = max(told["values"], key=lambda one: one["dr"]["low"])
    alone, now = (bandit_figures.between(one) for one in (leader["dr"], told["as_it_was"]))
    name = plain(leader["name"])
    if told["best"]:
        st.success(
            f"**{name}** is surely the best on average. If it were the only one, {alone} would be "
            f"liked; as it was served, {now} were."
        )
    else:
        st.info(
            f"None is surely the best yet: their intervals overlap. If **{name}** were the only "
            f"one, {alone} would be liked; as it was served, {now} were."
        )


def _floor(told: Document) -> None:
    floor = told["floor"]
    if floor is None:
        return
    st.caption(
        f"What is left to chance costs {floor['value']:.1f} good marks of 1,000 choices "
        f"({floor['low']:.1f} to {floor['high']:.1f}); without it nothing of this could be known."
    )
