"""What the compare page compares next: the choice, and the button that begins."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from loop import LoopError, Project, replays
from loop.comparing import Wanted
from loop.replays import LEAST, Material
from loop.settings import Settings
from loop.store import rounds
from ui import serving
from ui.pages.plain import plain
from ui.pages.refusal import ask_again

MOST = 6  # strategies beside random that one picture keeps apart
SEEDS, MOST_SEEDS = 20, 200
BASELINE = "random"  # always there
FIRST_CHOICE = ("margin", "uherding", "typiclust")


def lacking(project: Project) -> str | None:
    """What strategies cannot be chosen for yet, in words; None where they can."""
    settings, db = project.settings, project.store.read
    if why := replays.refused(settings, replays.material(settings, db)):
        return why
    return None if _offers(project) else "The trainer is starting; choose in a moment."


def _offers(project: Project) -> dict[str, Any]:
    """What the trainer says of each strategy that can serve this project, random left out."""
    return {
        one["strategy"]: one
        for one in rounds.offers(project.store.read)
        if one["recipe"] == project.settings.recipe
        and not one["refused"]
        and one["strategy"] != BASELINE
    }


def show(project: Project, by: str, *, was: bool) -> None:
    """What to compare, and the button that begins; *was* it ready when the page was drawn?"""
    ask_again(project, by)
    why = lacking(project)
    if why is None and not was:
        st.rerun()
    settings = project.settings
    there = replays.material(settings, project.store.read)
    if why is not None:
        st.info(plain(why))
        if there.n < LEAST and not settings.no_rounds:
            st.progress(there.n / LEAST, f"{there.n} of {LEAST} labels")
        return
    offers = _offers(project)
    st.subheader("Compare", anchor=False)
    last = serving.now().comparing.look().run
    if last is None:
        st.markdown(_introduction(there))
    wanted = _wanted(settings, there, offers, last.wanted if last else None)
    if st.button("Start", type="primary", disabled=not wanted.strategies):
        try:
            serving.now().comparing.start(wanted)
        except LoopError as why_not:
            st.error(plain(str(why_not)))
            return
        st.rerun()


def _introduction(there: Material) -> str:
    tested = (
        f"tested on {there.audit:,} audit answers"
        if not there.missing
        else f"tested on labels held out, since {there.missing} audit answers are missing"
    )
    return (
        f"With the {there.n:,} labels collected so far, what would another strategy have reached? "
        f"Each hides them, asks for them again in its own order, and is {tested}, beside random "
        "and over several seeds. It runs at low priority while people label."
    )


def _wanted(
    settings: Settings, there: Material, offers: Mapping[str, Any], last: Wanted | None
) -> Wanted:
    first_choice = last.strategies if last else (*FIRST_CHOICE, settings.strategy)
    chosen = st.multiselect(
        "Strategies, beside random",
        list(offers),
        default=[name for name in dict.fromkeys(first_choice) if name in offers],
        max_selections=MOST,
        format_func=lambda name: f"{name} – {offers[name]['label']}",
        key="compare-strategies",
    )
    for name in chosen:
        st.caption(f"**{plain(name)}**: {plain(offers[name].get('what') or offers[name]['label'])}")
    sizes, askable = last or replays.usual(there.askable()), there.askable()
    left, middle, right, edge = st.columns(4)
    first = left.number_input(
        "Labels to begin with",
        min_value=2,
        max_value=askable - 1,
        value=min(sizes.first, askable - 1),
        help="Drawn at random, the same ones for every strategy.",
    )
    batch = middle.number_input(
        "Labels a round",
        min_value=1,
        max_value=askable,
        value=min(sizes.batch, askable),
        help="As many as people give between two models.",
    )
    budget = right.number_input(
        "Labels in all",
        min_value=first + 1,
        max_value=askable,
        value=min(max(sizes.budget, first + 1), askable),
        help=f"At most {askable:,}. With all of them every strategy has asked for the same.",
    )
    seeds = edge.number_input(
        "Seeds",
        min_value=2,
        max_value=MOST_SEEDS,
        value=last.seeds if last else SEEDS,
        help="Few lie: with three, the order of two strategies is often the other way round.",
    )
    cells = seeds * (len(chosen) + 2)  # with random, and the model that knows every label
    st.caption(f"{cells:,} cells: each strategy, random and every label at once, with every seed.")
    return Wanted(tuple(chosen), seeds, first, batch, budget)
