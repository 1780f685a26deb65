"""The script that Streamlit runs for every visitor: who it is, and which page."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from loop.people import Claim, Person, may
from loop.project import OWNER_ROLE
from ui import serving
from ui.charted import charted
from ui.pages import bulk, label, play, refusal, review, settings
from ui.sign_in import cookie_of, visitor
from ui.theme import ON_ACCENT

CURRENT = ' aria-current="page"'
# Pages that tell nothing of a tuning session.
NOT_TUNED = {bulk.PATH, "feedback", "bandit", "compare"}


@dataclass(frozen=True)
class Place:
    """A page: its path, the least role it is for, and what draws it."""

    title: str
    path: str
    role: str
    draw: Callable[[], None]

    @property
    def address(self) -> str:
        """Where it is; the page that opens first has no path."""
        return "/" if self is places[0] else f"/{self.path}"

    def show(self) -> None:
        """Draw it, for whom it is for."""
        if may(person.role, self.role):
            self.draw()
        else:
            refusal.not_for(person.role, self.role)


def links(here: Place) -> None:
    """The ways to the other pages. The first has its own: nothing competes with what is judged."""
    ways = "".join(
        f'<a href="{place.address}" target="_self"{CURRENT if place is here else ""}>'
        f"{place.title}</a>"
        for place in places
        if may(person.role, place.role)
    )
    st.html(
        "<style>.stMainBlockContainer { padding-top: 1.5rem; max-width: 68rem }"
        ".ways { display: flex; flex-wrap: wrap; gap: 0 1.25rem }"
        ".ways a { color: inherit; padding: .25rem 0 }"
        ".ways a:not([aria-current]) { text-decoration: none }"
        ".ways a[aria-current] { font-weight: 600; text-underline-offset: .4em }"
        # Streamlit's own grey has a contrast of 4.2; AA wants 4.5.
        '[data-testid="stCaptionContainer"] { color: inherit; opacity: .78 }'
        f"{ON_ACCENT}</style>"
        f'<nav class="ways" aria-label="Pages">{ways}</nav>'
    )


def teach() -> None:
    """Draw the page that opens first where something is played."""
    play.show(project, claim, may_invite=may(person.role, OWNER_ROLE))


project = serving.now().project
st.set_page_config(page_title=f"{project.settings.name} · askwell", page_icon="✳", layout="wide")
cookies = st.context.cookies
signed_in = visitor(
    project,
    cookies.to_dict(),
    st.context.headers.to_dict(),
    by_invitation=serving.now().by_invitation,
)
admitted = None if signed_in is None else project.people.admitted(signed_in)
if signed_in is None or admitted is None:
    refusal.show(project, signed_in, has_cookie=cookie_of(project) in cookies)
    st.stop()
claim: Claim = signed_in
person: Person = admitted
project.people.note_visit(person)
team = Place("Team", "team", "owner", lambda: charted("pages.team").show(project, person))
labeling = [
    Place("Label", "label", "annotator", lambda: label.show(project, claim)),
    *(
        [Place("Tune", "tune", "annotator", lambda: charted("pages.tune").show(project))]
        if project.settings.space is not None
        else []
    ),
    Place("Bulk", bulk.PATH, bulk.ROLE, lambda: bulk.show(project, claim)),
    Place(
        "Progress",
        "progress",
        "annotator",
        lambda: charted("pages.progress").show(
            project,
            may_export=may(person.role, OWNER_ROLE),
            may_review=may(person.role, bulk.ROLE),
        ),
    ),
    Place("Review", "review", "reviewer", lambda: review.show(project, person)),
    Place(
        "Feedback", "feedback", "reviewer", lambda: charted("pages.feedback").show(project, person)
    ),
    Place("Bandit", "bandit", "reviewer", lambda: charted("pages.bandit").show(project, person)),
    Place("Raters", "raters", "reviewer", lambda: charted("pages.raters").show(project)),
    Place("You", "you", "annotator", lambda: charted("pages.you").show(project, person)),
    Place(
        "Compare", "compare", "owner", lambda: charted("pages.compare").show(project, person.name)
    ),
    team,
    Place("Data", "data", "owner", lambda: charted("pages.data").show(project, person.name)),
    Place("Settings", "settings", "owner", lambda: settings.show(project, person.name)),
]
if project.settings.play is not None:  # no items: of the pages, only those about people are left
    places = [Place("Play", "play", "annotator", teach), team]
elif project.settings.space is not None:  # its items come one by one, and no application's
    places = [place for place in labeling if place.path not in NOT_TUNED]
else:
    places = labeling
pages = {
    place.path: st.Page(place.show, title=place.title, url_path=place.path, default=i == 0)
    for i, place in enumerate(places)
}
page = st.navigation(list(pages.values()), position="hidden")
here = next(place for place in places if pages[place.path] is page)
if here is not places[0]:
    links(here)
page.run()
