"""The tab Asking of the settings page: fields by what they are about, and one button."""

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from loop.settings import CONSENSUS, RetrainPolicy, Settings

SUGGESTIONS = {
    "hidden": "nothing",
    "after": "after the answer, what the model had said instead",
    "prefilled": "before the answer, the likeliest class underlined",
}
SURELY = "Only where it is surely less: from ten such answers on, by the 95 % interval."
Values = dict[str, Any]  #: by setting


def form(settings: Settings, offers: list[dict[str, Any]]) -> Values | None:
    """The fields as they are when somebody saves; else None."""
    with st.form("asking"):
        values = (
            _what(settings, offers)
            | _how_often(settings)
            | _gold(settings)
            | _of_the_model(settings)
            | {"retrain": _rounds(settings.retrain)}
            | _enough(settings)
        )
        return values if st.form_submit_button("Save") else None


def _what(settings: Settings, offers: list[dict[str, Any]]) -> Values:
    st.markdown("**What is asked**")
    left, right = st.columns(2)
    mine = [offer for offer in offers if offer["recipe"] == settings.recipe]
    here = {offer["strategy"]: offer["label"] for offer in mine}
    strategies = [offer["strategy"] for offer in mine if not offer["refused"]]
    if settings.strategy not in strategies:
        strategies.append(settings.strategy)
    return {
        "strategy": left.selectbox(
            "Query strategy",
            strategies,
            index=strategies.index(settings.strategy),
            format_func=lambda name: f"{name} – {here[name]}" if name in here else name,
            help="What the model wants to know next. A new ranking follows at once.",
        ),
        "lease_seconds": right.number_input(
            "Seconds until an item that nobody answers goes to somebody else",
            value=settings.lease_seconds,
            min_value=min(10.0, settings.lease_seconds),
            step=30.0,
        ),
        "audit_every": left.number_input(
            "One in how many questions is an audit item",
            value=settings.audit_every,
            min_value=2,
            help="They measure accuracy and are never trained on. Among a person's first hundred "
            "questions they are twice as frequent.",
        ),
        "audit_share": right.number_input(
            "Audit share of an import",
            value=settings.audit_share,
            min_value=0.0,
            max_value=max(0.9, settings.audit_share),
            step=0.05,
            help="Drawn at random when data is imported; counts for imports to come.",
        ),
    }


def _how_often(settings: Settings) -> Values:
    st.markdown("**How many people answer an item**")
    left, right = st.columns(2)
    return {
        "overlap": left.number_input(
            "Answers wanted for each item",
            value=settings.overlap,
            min_value=1,
            help="From different people, blind to each other.",
        ),
        "ask_again_below": right.number_input(
            "Ask again only while a label is less likely than",
            value=settings.ask_again_below,
            min_value=0.01,
            max_value=0.99,
            step=0.05,
            placeholder="none: every item gets all its answers",
            disabled=settings.task != "classify",
            help="By its answers and by a model that has not learned it. Then an item gets one "
            "answer, and more, up to those wanted, only where that is in doubt; the majority "
            "suits that best. 0.8 was measured.",
        ),
        "consensus": left.selectbox(
            "How several answers become one label",
            CONSENSUS,
            index=CONSENSUS.index(settings.consensus),
            help="dawid-skene weighs people by how often they agree with the others, class by "
            "class; majority counts. What a reviewer decides comes before either.",
        ),
    }


def _gold(settings: Settings) -> Values:
    st.markdown("**Gold items, whose label was decided: who judges alike?**")
    left, right = st.columns(2)
    return {
        "practice": left.number_input(
            "Gold items that a newcomer gets first, openly",
            value=settings.practice,
            min_value=0,
            help="After each answer they are told what is right, and why. 0 is no practice.",
        ),
        "pass_mark": _share(
            right,
            "Share right in practice, to go on",
            settings.pass_mark,
            "Who has less is asked nothing more until you let them go on, on the Team page.",
        ),
        "gold_every": left.number_input(
            "One in how many questions is a gold item",
            value=settings.gold_every,
            min_value=2,
            help="Asked silently, as long as there are any that a person has not had.",
        ),
        "warn_below": _share(
            right,
            "Share right on silent ones, below which somebody is warned",
            settings.warn_below,
            f"A sentence on their own page and one on Raters; they go on. {SURELY}",
        ),
        "pause_below": _share(
            right,
            "… below which somebody is held back",
            settings.pause_below,
            f"Until you let them go on, on the Team page. {SURELY}",
        ),
    }


def _of_the_model(settings: Settings) -> Values:
    st.markdown("**What people see of the model**")
    left, right = st.columns(2)
    modes = list(SUGGESTIONS)
    return {
        "suggestions": left.selectbox(
            "Of each item",
            modes,
            index=modes.index(settings.suggestions),
            format_func=SUGGESTIONS.__getitem__,
            disabled=settings.task != "classify",
        ),
        "withheld": right.number_input(
            "Share of items without a suggestion",
            value=settings.withheld,
            min_value=0.0,
            max_value=1.0,
            step=0.05,
            help="Drawn at random; audit items never have one. By the difference one sees how far "
            "suggestions sway people.",
        ),
    }


def _rounds(policy: RetrainPolicy) -> Values:
    st.markdown("**When the model learns anew**")
    first, growth, least = st.columns(3)
    return {
        "first": first.number_input(
            "Labels before the first model", value=policy.first, min_value=2
        ),
        "growth": growth.number_input(
            "New labels, as a share of those it has",
            value=policy.growth,
            min_value=min(0.01, policy.growth),
            step=0.05,
        ),
        "least": least.number_input("… but never fewer than", value=policy.least, min_value=1),
    }


def _enough(settings: Settings) -> Values:
    """What the progress page gives advice by; nothing stops by itself."""
    st.markdown("**When it is enough**")
    left, right = st.columns(2)
    return {
        "target": _share(
            left,
            "Accuracy that is enough",
            settings.target,
            "Between 0 and 1. The progress page says how far it is, and when it is reached.",
            step=0.01,
        ),
        "budget": right.number_input(
            "Labels that are to be given at most",
            value=settings.budget,
            min_value=1,
            step=50,
            placeholder="none",
            help="The progress page says when they are used up; labeling goes on all the same.",
        ),
    }


def _share(
    at: DeltaGenerator, name: str, value: float | None, words: str, step: float = 0.05
) -> float | None:
    """A share that may be none."""
    return at.number_input(
        name,
        value=value,
        min_value=0.0,
        max_value=1.0,
        step=step,
        placeholder="none",
        help=words,
    )
