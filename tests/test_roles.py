"""Who may call what: every route of the API, for every role; a new route needs its row here."""

import httpx
import pytest
from conftest import project_in
from real_server import serving

from loop import Project
from loop.people import ROLES
from ui.api import api

OPEN = dict.fromkeys(("none", "revoked", *ROLES), 200)
FOR_ALL = {"none": 401, "revoked": 403, "annotator": 200, "reviewer": 200, "owner": 200}
FOR_REVIEWERS = FOR_ALL | {"annotator": 403}
FOR_OWNERS = FOR_REVIEWERS | {"reviewer": 403}
# Nothing is called so: who may is told, and the others are turned away before.
MISSING = FOR_REVIEWERS | {"reviewer": 400, "owner": 400}
REFUSED = {who: 400 if status == 200 else status for who, status in FOR_ALL.items()}
THUMB = {"feedback_id": "f-1", "kind": "thumbs", "interaction_id": "i-1", "value": True}

BATCH = {"batch_id": "bulk-12345678"}

# (method, path as the API declares it): (what is asked for, what is sent, who gets which status)
ROUTES = {
    ("GET", "/v1/health"): ("/v1/health", None, OPEN),
    ("GET", "/v1/next"): ("/v1/next?n=1", None, FOR_ALL),
    ("GET", "/v1/annotations"): ("/v1/annotations", None, FOR_ALL),
    ("POST", "/v1/annotations"): ("/v1/annotations", {"annotations": []}, FOR_ALL),
    ("GET", "/v1/status"): ("/v1/status", None, FOR_ALL),
    ("GET", "/v1/guideline"): ("/v1/guideline", None, FOR_ALL),
    ("GET", "/v1/why/{item_id:path}"): (
        "/v1/why/nothing",
        None,
        {who: 404 if status == 200 else status for who, status in FOR_ALL.items()},
    ),
    ("GET", "/v1/bulk"): ("/v1/bulk?n=1", None, FOR_REVIEWERS),
    ("POST", "/v1/bulk"): ("/v1/bulk", BATCH | {"item_ids": ["p0"], "value": "no"}, FOR_REVIEWERS),
    ("POST", "/v1/bulk/undo"): (
        "/v1/bulk/undo",
        BATCH,
        {who: 404 if status == 200 else status for who, status in FOR_REVIEWERS.items()},
    ),
    ("GET", "/v1/review"): ("/v1/review", None, FOR_REVIEWERS),
    ("POST", "/v1/decisions"): (
        "/v1/decisions",
        {"decisions": [{"item_id": "p0", "label": "sport"}]},
        FOR_REVIEWERS,
    ),
    ("POST", "/v1/feedback"): ("/v1/feedback", THUMB, FOR_ALL),
    # There are no candidates: who may ask is told so.
    ("POST", "/v1/choice"): (
        "/v1/choice",
        {"interaction_id": "i-2"},
        REFUSED,
    ),
    # Nothing is played here: who may watch is told so.
    ("GET", "/v1/play"): ("/v1/play", None, REFUSED),
    ("GET", "/v1/play/stream"): ("/v1/play/stream?stream=tab-12345678", None, REFUSED),
    ("POST", "/v1/play/read"): ("/v1/play/read", {"stream": "tab-12345678", "line": 1}, REFUSED),
    ("POST", "/v1/play/signals"): ("/v1/play/signals", {"signals": []}, REFUSED),
    ("POST", "/v1/play/control"): ("/v1/play/control", {"do": "pause"}, REFUSED),
    ("GET", "/v1/schemas"): ("/v1/schemas", None, FOR_ALL),
    ("GET", "/v1/prompt"): ("/v1/prompt", None, FOR_ALL),
    ("GET", "/v1/insights"): ("/v1/insights", None, FOR_REVIEWERS),
    ("GET", "/v1/alarms"): ("/v1/alarms", None, FOR_REVIEWERS),
    ("POST", "/v1/alarms/{alarm_id}"): ("/v1/alarms/none", {"how": "mended"}, MISSING),
    ("GET", "/v1/corrections"): ("/v1/corrections", None, FOR_REVIEWERS),
    ("POST", "/v1/corrections/{feedback_id:path}"): (
        "/v1/corrections/a/b",
        {"accept": True},
        MISSING,
    ),
    ("POST", "/v1/items"): ("/v1/items", {"items": [{"fields": {"text": "one more"}}]}, FOR_OWNERS),
    # Nothing lies there: who may look is told so, and the others are turned away before.
    ("GET", "/v1/media/{name}"): (
        "/v1/media/x.png",
        None,
        {who: 404 if status == 200 else status for who, status in FOR_ALL.items()},
    ),
    ("GET", "/v1/export/{form}"): ("/v1/export/csv", None, FOR_OWNERS),
    # What the API looks like is no secret; what is in it is.
    ("GET", "/openapi.json"): ("/openapi.json", None, OPEN),
    ("GET", "/docs"): ("/docs", None, OPEN),
    ("GET", "/docs/oauth2-redirect"): ("/docs/oauth2-redirect", None, OPEN),
}


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    """A server, and a token for each role."""
    folder = tmp_path_factory.mktemp("roles") / "reviews"
    project = project_in(folder, n=5, audit=0)
    tokens = {role: project.invite(f"a {role}", role) for role in ROLES}
    tokens["revoked"] = project.invite("gone", "owner")
    project.people.revoke("gone")
    project.close()
    with serving(folder) as server, httpx.Client(base_url=f"{server.url}/api") as client:
        yield client, tokens


def declared(routes):
    for route in routes:
        if methods := getattr(route, "methods", None):
            yield from ((method, route.path) for method in methods - {"HEAD"})
        else:
            inner = getattr(route, "original_router", route)  # of the routes of another file
            yield from declared(inner.routes)


def test_every_route_has_its_row():
    assert set(declared(api.routes)) == set(ROUTES)


@pytest.mark.parametrize("who", ["none", "revoked", *ROLES])
@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
def test_a_role_gets_what_it_may_and_no_more(door, route, who):
    client, tokens = door
    path, body, statuses = ROUTES[route]
    headers = {"Authorization": f"Bearer {tokens[who]}"} if who in tokens else {}
    reply = client.request(route[0], path, json=body, headers=headers)
    assert reply.status_code == statuses[who], reply.text


def test_a_changed_role_counts_from_the_next_call_on(project):
    with serving(project.folder) as server, server.client("kim", "owner") as kim:
        assert kim.get("export/csv").status_code == 200
        with Project.open(project.folder) as here:
            here.people.change_role("kim", "reviewer")
        refused = kim.get("export/csv")
        assert refused.status_code == 403
        assert (
            refused.json()["detail"] == "kim is here as reviewer; this is for: owner. Ask an owner"
        )
