"""The review page: what people disagree on or doubt, and the last word on it. For reviewers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from loop import LoopError, Project, reviewing, tasks
from loop.guideline_examples import IS, IS_NOT, most_mistaken, with_line
from loop.people import Person, may
from loop.project import OWNER_ROLE
from loop.reviewing import Case, Given, Verdict
from loop.tasks import Value
from ui.pages import content
from ui.pages.plain import plain

ANY = "any"
WHY = {
    "flagged": "Somebody flagged it.",
    "disagreement": "People disagree.",
    "low consensus": "All say the same, but not surely.",
    "unsure": "Several people were unsure.",
    "model against": "The newest model is sure of something else.",
    "look again": "The label may be wrong.",
}
DID = {"skip": "skipped it", "unsure": "was unsure", "flag": "flagged it"}
EXAMPLE = 300  # characters of a text that becomes an example
BUTTONS = 10  # classes that have one each
WORDS = 200  # characters of a text that stands in a line
BY_CLASS = ("classes", "sets")  # ways of asking whose answers the guidelines have sections for
_LATER = "review later"  # ids that were put off in this visit
_LAST = "review last"  # the decision before, which can be taken back


def show(project: Project, person: Person) -> None:
    """Draw the page."""
    st.title("What needs a second look?", anchor=False)
    waits = reviewing.waiting(project)
    if not waits:
        _last(project, person)
        st.info(
            "Nothing now. Here come items that somebody flags, on which people disagree, of which "
            "several are unsure, or whose label may be wrong."
        )
        return
    options = [ANY, *(reason for reason in WHY if waits[reason])]
    reason = st.radio(
        "Which",
        options,
        horizontal=True,
        format_func=lambda one: one if one == ANY else f"{one} ({waits[one]:,})",
        label_visibility="collapsed",
    )
    later = st.session_state.setdefault(_LATER, set())
    found = reviewing.queue(project, len(later) + 1, None if reason == ANY else reason)
    case = next((one for one in found if one.item.id not in later), None)
    if case is not None:
        _case(project, person, case)
        _last(project, person)
        return
    st.write("The others you have put off.")
    if st.button("Look at them now"):
        later.clear()
        st.rerun()


def _case(project: Project, person: Person, case: Case) -> None:
    settings = project.settings
    shown, decided = st.columns([3, 2], gap="large")
    with shown:
        with st.container(border=True):
            content.fields(project, case.item)
        with st.container(gap="xxsmall"):
            for given in case.given:
                _said(settings.task, given)
        st.caption(f"id {plain(case.item.id)}{_before(settings.task, case)}")
        guideline = project.guideline()
        if guideline.text:
            with st.expander(f"Guidelines, version {guideline.version}"):
                st.markdown(guideline.text)
    with decided:  # beside, where it stays whatever the item's height
        st.markdown(" ".join(WHY[reason] for reason in case.reasons))
        if case.consensus and "low consensus" in case.reasons:  # else the answers speak first
            label, sure = case.consensus
            st.caption(
                f"They are often wrong together: {_named(settings.task, label)} is it with "
                f"{sure:.0%}, by {settings.consensus}."
            )
        if case.doubt:
            told = "; ".join(map(plain, reviewing.against(case.doubt)))
            st.caption(f"Against {_named(settings.task, case.doubt.label)}: {told}.")
        _decision(project, person, case)


def _before(task: str, case: Case) -> str:
    if case.decided is None:
        return ""
    gold = "gold, " if case.decided.is_gold else ""
    return f"; {plain(case.decided.by)} decided before: {gold}{_named(task, case.decided.label)}"


def _said(task: str, given: Given) -> None:
    what = f"**{_named(task, given.label)}**" if given.kind == "label" else f"*{DID[given.kind]}*"
    told = [f"{plain(given.annotator)}: {what}"]
    if given.comment:
        told.append(plain(given.comment))
    if given.suggestion:
        told.append(f"had seen the suggestion {plain(given.suggestion)}")
    st.markdown(
        " — ".join(told) + f" :small[{datetime.fromtimestamp(given.at, UTC):%d %b %H\\:%M}]"
    )


def _decision(project: Project, person: Person, case: Case) -> None:
    settings, item = project.settings, case.item
    answers = st.container()
    verdicts = st.container(horizontal=True, key="verdicts")
    why = st.text_input("Why", key=f"why {item.id}", placeholder="Kept with the decision.")
    shown_as = tasks.get(settings.task).shown_as
    is_gold = shown_as != "editor" and st.checkbox(  # no two people write the same
        "Gold: ask it of others from now on",
        key=f"gold {item.id}",
        help="Silently, among their other questions: it shows who judges as you did.",
    )
    has_examples = shown_as in BY_CLASS and may(person.role, OWNER_ROLE)
    goes = _into_guidelines(item.id) if has_examples else []
    by_hand = shown_as in {"order", "editor"}
    with answers if by_hand else verdicts:
        if by_hand:
            label = _of_given(settings.task, case)
        else:
            label = _choice(settings.task, settings.class_keys, item.id)
    with verdicts:
        if st.button("Later", shortcut="l", help="Go on with the next one."):
            st.session_state[_LATER].add(item.id)
            st.rerun()
    if label is None:
        return
    try:
        reviewing.decide(project, person.name, [Verdict(item.id, label, is_gold, why)])
        if goes:
            project.write_guideline(person.name, _with_examples(project, case, label, why, goes))
    except LoopError as problem:
        st.error("This was not done:")
        st.text(str(problem))
        return
    became = f"is **{_named(settings.task, label)}**{', and gold' if is_gold else ''} now."
    if IS_NOT in goes and _mistaken(project, case, label) is None:
        became += " It is no counter-example: nobody gave a wrong class."
    st.session_state[_LAST] = (item.id, became)
    st.rerun()


def _choice(task: str, keys: dict[str, str], item_id: str) -> Value | None:
    """The label that was just chosen; None while nothing is."""
    if task == "multilabel" or len(keys) > BUTTONS:
        several: Any = "multi" if task == "multilabel" else "single"
        named = st.pills("Label", list(keys), selection_mode=several, key=f"pills {item_id}")
        if not st.button("Decide", type="primary", disabled=several == "single" and not named):
            return None
        chosen: Value = named if isinstance(named, str) else list(named or [])
        return chosen
    for name, key in keys.items():
        if st.button(plain(name), shortcut=key, key=f"as {name}", type="primary"):
            return name
    return None


def _of_given(task: str, case: Case) -> Value | None:
    """One of the answers that were given, a text also changed; None while nothing is decided."""
    said = [given.label for given in case.given if given.label is not None]
    options = [label for i, label in enumerate(said) if label not in said[:i]]
    chosen = None
    if options:
        places = range(len(options))
        key = f"given {case.item.id}"
        chosen = st.radio(
            "Answers given", places, format_func=lambda at: _named(task, options[at]), key=key
        )
    decided: Value | None = None if chosen is None else options[chosen]
    if tasks.get(task).shown_as == "editor":
        text = decided if isinstance(decided, str) else ""
        decided = st.text_area("Text", text, key=f"text {case.item.id} {chosen}", height=200)
    elif decided is None:
        st.caption("Nobody has put them in order yet, so there is none to choose.")
    is_empty = not (decided.strip() if isinstance(decided, str) else decided)
    return decided if st.button("Decide", type="primary", disabled=is_empty) else None


def _last(project: Project, person: Person) -> None:
    """What was just decided, and the way back."""
    if _LAST not in st.session_state:
        return
    item_id, became = st.session_state[_LAST]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{plain(item_id)} {became}")
        if st.button("Take back", shortcut="z", type="tertiary"):
            reviewing.decide(project, person.name, [Verdict(item_id, None)])
            del st.session_state[_LAST]
            st.rerun()


def _into_guidelines(item_id: str) -> list[str]:
    """As what the item goes into the guidelines: as `IS` or `IS_NOT`, or both."""
    example = st.checkbox("Into the guidelines as an example", key=f"example {item_id}")
    counter = st.checkbox(
        "… as a counter-example",
        key=f"counter {item_id}",
        help="Of the class that was given most often though you decide for another one.",
    )
    return [begins for begins, wanted in ((IS, example), (IS_NOT, counter)) if wanted]


def _with_examples(
    project: Project, case: Case, label: Value, why: str, goes: Sequence[str]
) -> str:
    """The guideline with the item in the sections of its classes, and of what it is taken for."""
    named = tasks.get(project.settings.task).named
    text = project.guideline().text
    because = f" ({plain(why.strip())})" if why.strip() else ""
    about = _about(project, case)
    for name in named(label) if IS in goes else ():
        line = IS + " ".join(f"{about}{because}".split())
        text = with_line(text, name, plain(name), line)
    mistaken = _mistaken(project, case, label)
    if IS_NOT in goes and mistaken is not None:
        line = IS_NOT + " ".join(
            f"{about} → **{_named(project.settings.task, label)}**{because}".split()
        )
        text = with_line(text, mistaken, plain(mistaken), line)
    return text


def _mistaken(project: Project, case: Case, label: Value) -> str | None:
    """The class that most people wrongly gave."""
    named = tasks.get(project.settings.task).named
    said = [named(given.label) for given in case.given if given.label is not None]
    return most_mistaken(said, named(label))


def _about(project: Project, case: Case) -> str:
    """The item in few words."""
    settings = project.settings
    has_words = [name for name, kind in settings.kinds.items() if kind in {"text", "table"}]
    told = {name: cell for name, cell in case.item.fields.items() if name in has_words}
    words = content.brief(settings, told)
    return plain(words if len(words) <= EXAMPLE else f"{words[:EXAMPLE]}…") or plain(case.item.id)


def _named(task: str, label: Value | None) -> str:
    if label is None:
        return "nothing"
    if isinstance(label, list):
        between = " > " if tasks.get(task).shown_as == "order" else ", "
        return plain(between.join(label) or "none of them")
    return plain(label if len(label) <= WORDS else f"{label[:WORDS]}…")
