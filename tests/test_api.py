"""The REST API of a real server: who may call what, what is kept, what leaks nothing."""

import subprocess
import time
import uuid

import httpx
import pytest
from conftest import project_in, truth_of
from real_server import Server, serving, until
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from loop import Project, status
from loop.people import Claim
from loop.store import leases, log, standings
from ui.sign_in import claim_of, mint

JSON = {"Content-Type": "application/json"}


def say(item_id, value="sport", **more):
    return {"answer_id": uuid.uuid4().hex, "item_id": item_id, "value": value} | more


def right(item, **more):
    return say(item["id"], truth_of(item["fields"]["text"]), **more)


def post(client, annotations, **more):
    reply = client.post("annotations", json={"annotations": annotations} | more)
    assert reply.status_code == 200, reply.text
    return reply.json()


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A server that people label at, each test with items of its own."""
    folder = tmp_path_factory.mktemp("busy") / "reviews"
    project_in(folder).close()
    with serving(folder) as running:
        yield running


@pytest.fixture
def ana(busy, request):
    """Somebody for this test only."""
    with busy.client(f"ana of {request.node.name}"[:100]) as client:
        yield client


@pytest.fixture
def reader(steady):
    with steady.client("rea") as client:
        yield client


def test_health_needs_no_token(steady):
    reply = httpx.get(f"{steady.url}/api/v1/health").json()
    assert (reply["ok"], reply["items"]) == (True, 90)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "next"),
        ("GET", "annotations"),
        ("POST", "annotations"),
        ("GET", "status"),
        ("GET", "export/csv"),
        ("GET", "media/x.png"),
    ],
)
@pytest.mark.parametrize("token", [None, "wrong", "b3duZXI=.99999999999.forged", "ä.ö.ü"])
def test_without_a_good_token_nothing_is_told(steady, method, path, token):
    headers = {"Authorization": f"Bearer {token}".encode()} if token else {}
    url = f"{steady.url}/api/v1/{path}"
    body = {"annotations": []} if method == "POST" else None
    reply = httpx.request(method, url, headers=headers, json=body)
    assert reply.status_code == 401
    assert "askwell invite" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("role", "status"), [("annotator", 403), ("reviewer", 403), ("owner", 200)]
)
def test_only_an_owner_may_export(steady, role, status):
    with steady.client("kim", role) as client:
        assert client.get("export/csv").status_code == status


def test_one_sees_ones_own_answers_only_newest_first(busy, ana):
    with busy.client("bo") as bo:
        theirs = bo.get("next?n=1").json()["items"][0]
        post(bo, [right(theirs)])
    items = ana.get("next?n=3").json()["items"]
    sent = [right(item, comment=f"no {i}") for i, item in enumerate(items)]
    post(ana, sent)
    undo = {"answer_id": uuid.uuid4().hex, "item_id": items[1]["id"], "kind": "undo"}
    post(ana, [undo | {"target": sent[1]["answer_id"]}])
    found = ana.get("annotations?n=50").json()["answers"]
    assert [one["answer_id"] for one in found] == [sent[2]["answer_id"], sent[0]["answer_id"]]
    assert [one["comment"] for one in found] == ["no 2", "no 0"]
    assert found[0]["item"] == items[2]


def test_a_page_token_is_good_for_its_person_and_its_time(project, monkeypatch):
    claim = Claim("zoë.b", 3)
    token = mint(project, claim)
    assert claim_of(project, token) == claim
    assert claim_of(project, token[:-1] + ("0" if token[-1] != "0" else "1")) is None
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 13 * 3600)
    assert claim_of(project, token) is None


@pytest.mark.parametrize("path", ["/", "/api/v1/health"])
def test_another_host_name_is_turned_away(steady, path):
    reply = httpx.get(steady.url + path, headers={"Host": "evil.example"})
    assert reply.status_code == 400


def test_a_page_from_elsewhere_cannot_open_ours(steady):
    stream = f"{steady.url.replace('http', 'ws')}/_stcore/stream"
    with connect(stream, origin=steady.url) as socket:
        assert socket.response.status_code == 101
    with pytest.raises(InvalidStatus, match="403"):
        connect(stream, origin="http://evil.example")


@pytest.mark.parametrize("origin", ["http://localhost:1", "http://evil.example", "null"])
def test_a_request_from_another_origin_is_refused_be_it_of_this_machine(steady, origin):
    assert httpx.get(steady.url, headers={"Origin": origin}).status_code == 403
    own = httpx.get(steady.url, headers={"Origin": steady.url})
    assert own.status_code == 200
    assert own.headers["content-security-policy"] == "frame-ancestors 'none'"


def test_an_invitation_signs_in_by_a_cookie_that_scripts_cannot_read(steady):
    from_link = steady.client("ana").headers["Authorization"].split()[1]
    reply = httpx.get(f"{steady.url}/join/{from_link}")
    assert reply.status_code == 200
    assert from_link not in reply.text
    assert "HttpOnly" in reply.headers["set-cookie"]
    assert "samesite=strict" in reply.headers["set-cookie"].lower()
    refused = httpx.get(f"{steady.url}/join/nonsense")
    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers


def test_a_call_does_not_wait_for_delayed_acknowledgements(reader):
    def seconds():
        began = time.perf_counter()
        reader.get("health")
        return time.perf_counter() - began

    assert sorted(seconds() for _ in range(21))[10] < 0.03  # 0.044 with Nagle's algorithm on


def test_the_queue_comes_back_whole_with_every_answer(busy, ana):
    with Project.open(busy.folder) as project:
        judged = list(standings.judgements(project.store.read))
        done = sum(row["annotator"] != log.IMPORT for row in judged)
        others = leases.live(project.store.read, time.time())
    first = ana.get("next", params={"n": 5}).json()
    counts = (len(first["items"]), first["left"], first["leased_elsewhere"])
    assert counts == (5, 60 - done - others, others)
    ids = [item["id"] for item in first["items"]]
    reply = post(ana, [right(first["items"][0])], holding=ids[1:], next=5)
    assert len(reply["saved"]) == 1
    assert reply["items"][0]["id"] == ids[1]
    assert len(reply["items"]) == 5
    assert ids[0] not in [item["id"] for item in reply["items"]]


def test_nothing_in_an_item_tells_where_it_comes_from(reader):
    for item in reader.get("next", params={"n": 60}).json()["items"]:
        told = {"id", "fields", "meta", "task", "suggestion", "guideline_version", "order"}
        assert set(item) == told


def test_a_bad_answer_is_rejected_with_the_reason_and_the_good_one_kept(ana):
    item = ana.get("next").json()["items"][0]
    reply = post(ana, [say("nowhere"), say(item["id"], "weather"), right(item)])
    assert len(reply["saved"]) == 1
    assert [r["reason"] for r in reply["rejected"]] == [
        "there is no item 'nowhere'",
        "there is no class 'weather': this project has sport, money",
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"annotations": [{"item_id": "x"}]},
        {"annotations": [], "next": -1},
        {"annotations": [], "next": 101},
        {"annotations": [], "surprise": 1},
        {"annotations": [{"answer_id": "short", "item_id": "x"}]},
        {"annotations": [{"answer_id": "12345678", "item_id": "x", "shown_at": "NaN-ish"}]},
    ],
)
def test_a_malformed_request_is_refused(reader, body):
    assert reader.post("annotations", json=body).status_code == 422


def test_an_unknown_export_format_is_refused_by_name(steady):
    with steady.client("kim", "owner") as client:
        reply = client.get("export/xlsx")
    assert reply.status_code == 400
    assert "no export format 'xlsx'" in reply.json()["detail"]


@pytest.mark.parametrize("name", ["..%2Fproject.db", "%2e%2e/secret", "0" * 32 + ".svg", "secret"])
def test_only_images_are_given_out(reader, name):
    assert reader.get(f"media/{name}").status_code in {400, 404}


def test_the_model_learns_meanwhile_and_the_curve_says_so(ana):
    for _ in range(4):
        items = ana.get("next", params={"n": 5}).json()["items"]
        post(ana, [right(item) for item in items])
    status = until(lambda: (s := ana.get("status").json())["model"] and s, 30)
    assert status["accuracy"]["value"] > 0.8
    assert status["accuracy"]["audit"] == 30


def test_nothing_is_imported_from_where_one_stands_and_stopping_takes_the_trainer_along(
    project, tmp_path, monkeypatch
):
    monkeypatch.setattr(Server, "is_forked", False)
    for name in ("loop", "strategies", "numpy", "statistics"):
        (tmp_path / "trap" / name).mkdir(parents=True)
        (tmp_path / "trap" / name / "__init__.py").write_text("raise SystemExit('trapped')")
    with serving(project.folder, cwd=tmp_path / "trap") as server:
        until(lambda: status(project)["trainer"]["state"] == "waiting", 30)
        assert trainers(project.folder)
        server.stop()
        until(lambda: not trainers(project.folder), 10)


def trainers(folder):
    found = subprocess.run(
        ["pgrep", "-f", f"loop.trainer {folder}"],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.split()


def test_a_call_that_holds_half_a_character_is_refused_in_words(server):
    with server.client() as client:
        broken = '{"annotations": [{"answer_id": "answer-0001", "item_id": "\\ud800"}]}'
        reply = client.post("annotations", content=broken, headers=JSON)
        assert reply.status_code == 422
        assert reply.json()["detail"][0]["type"] in {"string_unicode", "json_invalid"}
