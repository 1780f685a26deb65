"""What a visitor sees who may not come in: why, and what to do about it."""

import streamlit as st

from loop import Project
from loop.people import OWNER_ROLE, ROLES, Claim, may
from ui import serving
from ui.provider import named_by
from ui.sign_in import Purpose, mint


def show(project: Project, claim: Claim | None, *, has_cookie: bool) -> None:
    """Say why nobody is signed in. Names are text, never Markdown."""
    if not has_cookie:
        st.title("Ask the project's owner for an invitation link", anchor=False)
        st.write(
            "This project is for people who were invited. Open the link that you were given; it "
            "signs this browser in."
        )
    else:
        st.title("This invitation is not valid any more", anchor=False)
        if claim is not None:
            st.text(f"It was for {claim.name}, and has been ended.")
        st.write(
            "Ask the project's owner for a new one. Answers that this browser has not sent yet "
            "stay in it, and are sent when you are invited again under the same name."
        )
        if not serving.now().by_invitation:
            st.html('<a href="/leave" target="_self">Go on without it</a>')
    if serving.now().by_provider:
        _sign_in_elsewhere(project)


def ask_again(project: Project, name: str) -> None:
    """Draw the whole page anew where *name* is no owner any more.

    A fragment runs without the script around it, which has checked the role when the page opened.
    """
    if not may(project.role(name) or ROLES[0], OWNER_ROLE):
        st.rerun()


def not_for(role: str, wanted: str) -> None:
    """Say that a page is for another role."""
    st.title(f"This page is for: {wanted}", anchor=False)
    st.write(f"You are here as {role}. Ask an owner of the project, who can change that.")


def _sign_in_elsewhere(project: Project) -> None:
    identity = st.user.to_dict()
    if not identity.get("is_logged_in"):
        st.button("Sign in with your organisation's account", on_click=st.login)
        return
    person = named_by(identity, project.people.every())
    if person is None:
        st.write("Nobody was invited under the e-mail address of this account:")
        st.text(str(identity.get("email")))
        st.button("Use another account", on_click=st.logout)
        return
    ticket = mint(project, Claim(person.name, person.generation), Purpose.TICKET)
    st.html(f'<a href="/join/{ticket}" target="_self">Go on to the project</a>')
