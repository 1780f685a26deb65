"""When an alarm opens: the rule, with the chance of a false alarm while it is being set."""

import streamlit as st

from loop import LoopError, Project
from loop.decisions import with_values
from loop.feedback.alarm_chance import chance
from loop.feedback.alarm_rule import Rule
from loop.people import Person

USUAL = (0.05, 0.10, 0.20)  # rates of bad feedback at which the rule is told of


def show(project: Project, person: Person) -> None:
    """Draw the fields and what they come to; a button saves them."""
    with st.expander("When does an alarm open?"):
        values = _fields(project.settings.alarm)
        try:
            rule = Rule.model_validate(values)
        except ValueError as why:
            st.error(_sentence(why))
            return
        for rate in USUAL:
            st.caption(f"Where {rate:.0%} are usually bad: {chance(rule, rate).words}")
        if st.button("Save the rule", disabled=rule == project.settings.alarm):
            try:
                project.decide(person.name, with_values(alarm=values))
            except LoopError as why:
                st.error(str(why))
            else:
                st.rerun()


def _fields(rule: Rule) -> dict[str, float | int | None]:
    left, right = st.columns(2)
    return {
        "n": left.number_input("Newest similar interactions looked at", 2, 200, rule.n),
        "above": right.number_input(
            "Open where the share of bad ones is above",
            0.0,
            max(0.99, rule.above),
            rule.above,
            step=0.05,
        ),
        "least": left.number_input("But of so many at least", 1, 200, rule.least),
        "doubt": right.number_input(
            "… and where that is by chance with at most",
            0.0001,
            max(0.5, rule.doubt or 0.0),
            rule.doubt,
            step=0.01,
            format="%.4f",
            placeholder="the share alone decides",
            help="The chance of so many bad ones at the usual rate of the project.",
        ),
        "cool_down": left.number_input(
            "After one is closed, wait for so many similar ones",
            0,
            max(10_000, rule.cool_down),
            rule.cool_down,
        ),
        "cool_down_hours": right.number_input(
            "… and so many hours",
            0.0,
            max(10_000.0, rule.cool_down_hours),
            float(rule.cool_down_hours),
            step=1.0,
        ),
    }


def _sentence(why: ValueError) -> str:
    """What pydantic says, without its form."""
    errors = getattr(why, "errors", None)
    told = errors() if errors else []
    return "; ".join(str(one["msg"]).removeprefix("Value error, ") for one in told) or str(why)
