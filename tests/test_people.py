"""Several people: invitations, what ends them, who one is, and what the team's numbers say."""

import json
import re
import time
import uuid

import httpx
import pytest
from conftest import project_in
from real_server import Server, free_port, serving, until

from loop import Answer, Project
from loop.errors import SettingsError
from loop.people import Claim, may
from loop.store import people
from loop.store.people import DayOfWork
from loop.team import forecast, labels_a_day, own_work, streak, team
from ui.provider import ProviderIncomplete, check_provider, named_by
from ui.server import NotAHostName, serve
from ui.sign_in import Purpose, claim_of, cookie_of, mint, visitor

DENIED = "the invitation of ana was ended"


def answer(project, name, n=1, kind="label", seconds=2.0):
    now = time.time()
    for item in project.next_items(name, n):
        value = "sport" if kind == "label" else None
        made = Answer(uuid.uuid4().hex, item.id, kind, value, now - seconds, now)
        assert project.session.submit(name, [made]).saved


# invitations


def test_a_token_is_stored_as_its_hash_only(project):
    token = project.invite("ana")
    files = [project.folder / f"project.db{end}" for end in ("", "-wal")]
    assert not any(token.encode() in file.read_bytes() for file in files if file.exists())
    assert project.people.claim(token).name == "ana"


def test_a_second_invitation_opens_another_browser_and_the_first_goes_on(project):
    tokens = [project.invite("ana"), project.invite("ana")]
    claims = [project.people.claim(token) for token in tokens]
    assert claims[0] == claims[1]
    project.people.revoke("ana")
    assert [project.people.admitted(claim) for claim in claims] == [None, None]


def test_a_second_invitation_changes_the_role_only_if_it_names_one(project):
    project.invite("kim", "owner")
    project.invite("kim")
    assert project.role("kim") == "owner"
    project.invite("kim", "reviewer")
    assert project.role("kim") == "reviewer"


def test_who_is_invited_again_comes_in_by_the_new_link_only(project):
    old = project.people.claim(project.invite("ana", "reviewer"))
    page = mint(project, old)
    project.people.revoke("ana")
    new = project.people.claim(project.invite("ana"))
    assert project.people.admitted(old) is None
    assert project.people.admitted(claim_of(project, page)) is None
    assert project.people.admitted(new).role == "reviewer"


def test_what_a_revoked_person_held_goes_to_others_and_their_answers_stay(make_project):
    project = make_project(n=3, audit=0)
    project.invite("ana")
    answer(project, "ana")
    held = {item.id for item in project.next_items("ana", 5)}
    assert (len(held), project.next_items("bo", 5)) == (2, [])
    project.people.revoke("ana")
    assert {item.id for item in project.next_items("bo", 5)} == held
    assert own_work(project, "ana")[0].labels == 1


@pytest.mark.parametrize(
    "name", ["", "  ", "import", "Trainer", "a\nb", "a\x00b", "\u202eevil", "\u200d", "x" * 101]
)
def test_names_that_nobody_could_tell_are_refused(project, name):
    with pytest.raises(SettingsError, match=r"choose another name|cannot be seen"):
        project.invite(name)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (" ana ", "ana"),
        ("Zoe\u0308", "Zoë"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("<b>&", "<b>&"),
        ("a:b.c/d", "a:b.c/d"),
        ("👩🏽\u200d🚀", "👩🏽\u200d🚀"),
    ],
)
def test_odd_names_are_kept_as_they_are_written(project, name, kept):
    claim = project.people.claim(project.invite(name))
    assert claim.name == kept
    assert claim_of(project, mint(project, claim)) == claim


@pytest.mark.parametrize("name", ["Ana", "ANA", "Owner"])
def test_nobody_is_called_as_somebody_else_but_for_capitals(project, name):
    project.invite("ana")
    with pytest.raises(SettingsError, match="who is here already"):
        project.invite(name)


def test_a_stranger_cannot_be_revoked_and_the_owner_of_this_machine_comes_in_without(project):
    project.invite("anabel")
    with pytest.raises(SettingsError, match="Did you mean 'anabel'"):
        project.people.revoke("anabell")
    lent = project.people.claim(project.invite("owner"))
    project.people.revoke("owner")
    assert project.people.admitted(lent) is None
    assert project.people.admitted(project.people.local_owner()).role == "owner"
    with pytest.raises(SettingsError, match="Did you mean reviewer"):
        project.invite("bo", "revewer")


@pytest.mark.parametrize(
    ("role", "wanted", "allowed"),
    [
        ("owner", "reviewer", True),
        ("reviewer", "annotator", True),
        ("reviewer", "owner", False),
        ("annotator", "annotator", True),
        ("annotator", "reviewer", False),
    ],
)
def test_a_role_includes_those_before_it(role, wanted, allowed):
    assert may(role, wanted) is allowed


# who one is


def test_a_signed_token_is_good_for_its_purpose_only(project):
    claim = Claim("ana", 0)
    for made in Purpose:
        found = {use: claim_of(project, mint(project, claim, made), use) for use in Purpose}
        assert found == {use: claim if use is made else None for use in Purpose}


@pytest.mark.parametrize(
    ("by_invitation", "headers", "known"),
    [
        (False, {}, True),
        (True, {}, False),
        (False, {"X-Forwarded-For": "10.0.0.7"}, False),
        (False, {"Forwarded": "for=10.0.0.7"}, False),
    ],
)
def test_only_who_sits_here_is_the_owner_without_a_cookie(project, by_invitation, headers, known):
    found = visitor(project, {}, headers, by_invitation=by_invitation)
    assert (found is not None and found.name == "owner") is known
    bad = visitor(project, {cookie_of(project): "nonsense"}, headers, by_invitation=by_invitation)
    assert bad is None


@pytest.mark.parametrize(
    ("identity", "name"),
    [
        ({"email": "Ana@Example.org", "email_verified": True}, "ana@example.org"),
        ({"email": "ana@example.org", "email_verified": False}, None),
        ({"email": "ana@example.org"}, None),
        ({"email": "bo@example.org", "email_verified": True}, None),
        ({"email": "gone@example.org", "email_verified": True}, None),
        ({"email": "owner", "email_verified": "yes"}, None),
        ({"email": None, "email_verified": True}, None),
        ({}, None),
    ],
)
def test_an_identity_is_the_person_invited_by_that_verified_address(project, identity, name):
    project.invite("ana@example.org")
    project.invite("gone@example.org")
    project.people.revoke("gone@example.org")
    found = named_by(identity, project.people.every())
    assert (found.name if found else None) == name


def test_a_provider_that_could_not_be_used_is_refused_by_name(tmp_path):
    assert check_provider(tmp_path) is False
    (tmp_path / "secrets.toml").write_text("[auth]\nclient_id = 'x'\n")
    with pytest.raises(ProviderIncomplete, match=r"lacks redirect_uri, cookie_secret, client_sec"):
        check_provider(tmp_path)
    (tmp_path / "secrets.toml").write_text("[auth")
    with pytest.raises(ProviderIncomplete, match="cannot be read"):
        check_provider(tmp_path)


# numbers


def day(n, name="ana", kind="label", answers=10):
    return DayOfWork(name, n, kind, answers)


@pytest.mark.parametrize(
    ("days", "length"),
    [(set(), 0), ({10}, 1), ({9}, 1), ({8}, 0), ({8, 9, 10}, 3), ({7, 9, 10}, 2), ({8, 9}, 2)],
)
def test_a_streak_is_broken_by_a_day_without_work_but_not_by_today(days, length):
    assert streak(days, today=10) == length


def test_whole_days_count_since_the_first_one_and_those_without_labels_too():
    days = [day(3), day(5, "bo"), day(5), day(5, kind="skip"), day(7)]
    assert labels_a_day(days, today=7) == [10, 0, 20, 0]
    assert labels_a_day([], today=7) == []
    assert len(labels_a_day([day(0)], today=100)) == 14


def test_no_forecast_before_there_is_enough_to_rest_it_on():
    ahead = forecast(500, daily=[40, 40], looks=[3.0] * 19)
    assert (ahead.hours, ahead.days) == (None, None)
    assert "19 of 20 timed answers" in ahead.hours_rest_on
    assert "2 of 3 whole days" in ahead.days_rest_on
    assert "3 of 20 labels" in forecast(500, [1, 1, 1], []).days_rest_on


def test_a_forecast_is_an_interval_and_says_what_it_rests_on():
    ahead = forecast(360, daily=[30, 50, 40, 40], looks=[9.0, 11.0] * 50)
    assert ahead.hours.low < 1.0 < ahead.hours.high < 1.05
    assert ahead.days.low < 9 < ahead.days.high < 15
    assert "160 labels in the last 4 whole days" in ahead.days_rest_on
    assert forecast(360, [100, 0, 0], []).days.high is None  # too uneven for an upper limit


def test_the_team_is_everybody_with_what_stands_and_idle_time_capped(make_project):
    project = make_project(n=10, audit=0)
    for name in ("ana", "bo"):
        project.invite(name)
    answer(project, "ana", 2, seconds=500)
    answer(project, "bo", 1, seconds=4)
    answer(project, "bo", 1, kind="skip", seconds=4)
    now = team(project)
    found = {one.person.name: one.work for one in now.members}
    assert (found["ana"].labels, found["ana"].seconds) == (2, 120)
    assert (found["bo"].answers, found["bo"].skips, found["bo"].today) == (2, 1, 2)
    assert found["bo"].seconds == pytest.approx(4, abs=0.01)
    assert (now.labels, now.wanted, found["owner"].answers) == (3, 7, 0)


def test_labels_still_wanted_are_counted_by_overlap(make_project):
    project = make_project(n=4, audit=0, overlap=2)
    answer(project, "ana", 3)
    answer(project, "bo", 1)
    assert people.labels_wanted(project.store.read, project.settings.usual) == 4


def test_a_visit_is_noted_at_most_once_a_minute(project):
    project.invite("ana")
    project.people.note_visit(project.people.find("ana"))
    seen = project.people.find("ana")
    assert seen.seen_at == pytest.approx(time.time(), abs=5)
    project.people.note_visit(seen)
    assert project.people.find("ana") == seen


# over a network


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A server that other machines could reach."""
    folder = tmp_path_factory.mktemp("shared") / "reviews"
    project_in(folder).close()
    words = ("serve", str(folder), "--host", "0.0.0.0", "--allow-host", "label.example.org")
    with serving(folder, words=words) as running:
        yield running


def invited(server: Server, name: str = "ana", role: str | None = None) -> str:
    with Project.open(server.folder) as project:
        return project.invite(name, role)


def test_the_terminal_says_how_to_come_in(shared):
    said = shared.output.read_text()
    assert "Everybody needs an invitation, you too: askwell invite" in said
    assert "--url https://label.example.org" in said


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:8501", 200),
        ("label.example.org", 200),
        ("LABEL.example.org:443", 200),
        ("evil.example", 400),
        ("example.org", 400),
        ("10.1.2.3", 400),
        ("0.0.0.0", 400),
        ("[::1", 400),
        ("", 400),
    ],
)
def test_the_name_called_is_the_address_reached_or_one_that_was_allowed(shared, host, status):
    reply = httpx.get(f"{shared.url}/api/v1/health", headers={"Host": host})
    assert reply.status_code == status
    if status == 400 and host == "evil.example":
        assert "--allow-host evil.example" in reply.text


@pytest.mark.parametrize("name", ["*", "*.example.org", "https://x.org", "x.org:80", "", "a b"])
def test_a_pattern_is_not_allowed_as_a_host(project, name):
    with pytest.raises(NotAHostName, match="give one name or address"):
        serve(project, "127.0.0.1", free_port(), allow_hosts=[name])


def test_the_command_line_says_so_too(askwell_here, project):
    refused = askwell_here("serve", project.folder, "--allow-host", "*")
    assert refused.returncode == 1
    assert "give one name or address" in refused.stderr


@pytest.mark.parametrize(("scheme", "secure"), [("http", False), ("https", True)])
def test_the_cookie_is_for_this_site_only_and_secure_where_the_page_is(shared, scheme, secure):
    headers = {"Host": "label.example.org", "X-Forwarded-Proto": scheme}
    reply = httpx.get(f"{shared.url}/join/{invited(shared)}", headers=headers)
    cookie = reply.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert ("secure" in cookie) is secure
    assert reply.headers["referrer-policy"] == "same-origin"


@pytest.mark.browser
def test_a_stranger_is_asked_for_an_invitation_and_sees_nothing_else(shared, tab):
    page = tab
    page.context.clear_cookies()
    for path in ("/", "/progress", "/team", "/you"):
        page.goto(shared.url + path)
        page.get_by_text("Ask the project's owner for an invitation link").wait_for()
        assert page.locator(".item, [data-testid=stMetric], nav.ways").count() == 0


@pytest.mark.browser
def test_a_link_in_a_mail_signs_in_at_the_first_click(shared, tab):
    page = tab
    page.context.clear_cookies()
    mail = f'<a href="{shared.url}/join/{invited(shared, "mia")}">come and label</a>'
    page.route(
        "http://mail.example/", lambda route: route.fulfill(body=mail, content_type="text/html")
    )
    page.goto("http://mail.example/")
    page.get_by_text("come and label").click()
    page.locator(".who").get_by_text("mia").wait_for()
    page.unroute_all()


@pytest.mark.browser
def test_an_invitation_revoked_in_mid_session_stops_the_page_and_keeps_what_it_holds(shared, tab):
    token = invited(shared)
    page = tab
    page.goto(f"{shared.url}/join/{token}")
    page.wait_for_selector(".item[data-item]")
    page.keyboard.press("1")
    page.wait_for_selector(".saved[data-kind=done]")
    other = page.context.new_page()
    other.goto(f"{shared.url}/you")
    other.get_by_text("How is it going?").wait_for()
    progress = page.context.new_page()
    progress.goto(f"{shared.url}/progress")
    progress.get_by_text("What did the labels buy?").wait_for()
    with Project.open(shared.folder) as project:
        project.people.revoke("ana")
        uid = project.uid
    page.keyboard.press("2")
    page.get_by_text(DENIED).wait_for()
    waiting = f"Object.keys(localStorage).filter(k => k.startsWith('askwell:{uid}:')).length"
    assert page.evaluate(waiting) == 1
    progress.get_by_text("This invitation is not valid any more").wait_for()  # by itself
    assert progress.get_by_text("It was for ana, and has been ended.").count() == 1
    assert httpx.get(f"{shared.url}/join/{token}").status_code == 403
    page.goto(f"{shared.url}/join/{invited(shared)}")
    page.wait_for_selector(".item[data-item]")
    page.wait_for_selector(".saved[data-kind=done]")
    assert page.evaluate(waiting) == 0
    with Project.open(shared.folder) as project:
        assert own_work(project, "ana")[0].labels == 2
    other.close()
    progress.close()


def test_the_command_line_invites_and_revokes(askwell_here, shared):
    made = json.loads(askwell_here("invite", shared.folder, "pat", "--json").stdout)
    assert made["url"] == f"http://127.0.0.1:8501/join/{made['token']}"
    headers = {"Authorization": f"Bearer {made['token']}"}
    status = f"{shared.url}/api/v1/status"
    assert httpx.get(status, headers=headers).status_code == 200
    done = askwell_here("revoke", shared.folder, "pat")
    assert (done.returncode, "pat can no longer come in" in done.stdout) == (0, True)
    refused = httpx.get(status, headers=headers)
    assert (refused.status_code, "was ended" in refused.text) == (403, True)
    assert askwell_here("revoke", shared.folder, "nobody").returncode == 1
    invite = ("invite", shared.folder, "pat", "--url")
    at = askwell_here(*invite, "https://label.example.org/").stdout
    assert re.search(r"^pat \(annotator\): https://label\.example\.org/join/[\w-]{43}$", at)
    assert askwell_here(*invite, "label.example.org").returncode == 2


# the team page


@pytest.mark.browser
def test_an_owner_invites_changes_and_revokes_on_the_team_page(steady, tab, open_page):
    """With the local owner's page: nobody else is invited here, and so it is about ana."""
    page = tab
    page.context.clear_cookies()
    page.goto(f"{steady.url}/team")
    page.get_by_role("textbox", name="Name").fill("ana")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("code").get_by_text("/join/").inner_text()
    page.reload()
    page.get_by_role("button", name="Revoke…").wait_for()
    assert page.get_by_text("/join/").count() == 0  # shown once
    guest = open_page(link)
    guest.locator(".who").get_by_text("ana").wait_for()
    page.get_by_role("radiogroup", name="New role").get_by_text("reviewer").click()
    page.get_by_role("button", name="Change role").click()
    page.get_by_text("ana is reviewer now.").wait_for()
    guest.goto(f"{steady.url}/team")
    guest.get_by_text("This page is for: owner").wait_for()
    page.get_by_role("button", name="Revoke…").click()
    page.get_by_role("button", name="Yes, end it").click()
    page.get_by_text("The invitation of ana is ended.").wait_for()
    with Project.open(steady.folder) as project:
        assert until(lambda: project.people.find("ana").revoked_at, 5)
    guest.reload()
    guest.get_by_text("This invitation is not valid any more").wait_for()


@pytest.mark.browser
def test_who_is_no_owner_any_more_loses_the_open_team_page(shared, come_in):
    page = come_in(shared, "/team", role="owner")
    page.get_by_role("textbox", name="Name").fill("spy")
    with Project.open(shared.folder) as project:
        project.people.change_role(page.person, "annotator")
        page.get_by_role("button", name="Make a link").click()
        page.get_by_text("This page is for: owner").wait_for()
        assert project.people.find("spy") is None
