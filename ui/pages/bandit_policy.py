"""Between which candidates, and how it is chosen: a form for owners; each change is a version."""

from typing import Any

import streamlit as st

from loop import LoopError, Project, candidates
from loop.bandit.policy import LEAST_FLOOR, Policy
from loop.people import Person
from ui import feature_words
from ui.options import joined, split
from ui.pages.plain import plain

KINDS = {"linucb": "LinUCB: what could be the best", "thompson": "Thompson: by the chance to be it"}


def show(project: Project, person: Person) -> None:
    """Draw the fields; a button puts them into force."""
    found = candidates.newest(project.store.read)
    policy = found.policy if found else None
    with st.expander("Candidates, and how they are chosen", expanded=policy is None):
        values = _fields(policy)
        if st.button("Save the policy", type="primary"):
            try:
                change = candidates.with_values(**_checked(policy, values))
                candidates.decide(project.store, person.name, change)
            except LoopError as why:
                st.error(plain(str(why)))
            else:
                st.rerun()


def _fields(policy: Policy | None) -> dict[str, Any]:
    names = st.text_input(
        "Candidates, with commas between them",
        joined(policy.names) if policy else "",
        help="Prompts, models, templates. One that is left out is not chosen any more.",
    )
    texts = {
        name: st.text_area(
            f"What {plain(name)} says (may be empty)", _text(policy, name), key=f"says {name}"
        )
        for name in dict.fromkeys(split(names))
    }
    left, right = st.columns(2)
    kind = left.selectbox(
        "Chosen by",
        list(KINDS),
        index=list(KINDS).index(policy.kind) if policy else 0,
        format_func=KINDS.__getitem__,
    )
    floor = right.number_input(
        "Share left to chance",
        LEAST_FLOOR,
        1.0,
        policy.floor if policy else Policy.model_fields["floor"].default,
        step=0.01,
        format="%.3f",
        help="Without it nothing could be told of what is hardly served.",
    )
    features = st.text_area(
        "What is known when one is chosen, a feature a line",
        "\n".join(map(feature_words.written, policy.features)) if policy else "",
        help=f"{feature_words.FORMS}. Other features begin to learn anew.",
    )
    return {"names": names, "texts": texts, "kind": kind, "floor": floor, "features": features}


def _checked(policy: Policy | None, values: dict[str, Any]) -> dict[str, Any]:
    lines = [line.strip() for line in values["features"].splitlines() if line.strip()]
    texts = {name: words or None for name, words in values["texts"].items()}
    return {
        "candidates": candidates.named(policy, split(values["names"]), texts),
        "kind": values["kind"],
        "floor": values["floor"],
        "features": [feature_words.read(line).model_dump() for line in lines],
    }


def _text(policy: Policy | None, name: str) -> str:
    known = {one.name: one.text for one in policy.candidates} if policy else {}
    return known.get(name) or ""
