"""Other programs are told what happens: signed, at least once, and nobody waits for anybody."""

import base64
import hashlib
import hmac
import json
import threading
import time
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import project_in
from hypothesis import given
from hypothesis import strategies as st
from real_server import serving, until

from loop import Project, postman, webhooks
from loop.errors import SettingsError
from loop.postman import NotDelivered, Postman
from loop.store import webhooks as stored
from loop.webhooks import NotSigned, sign, verify

QUICK = (0.0,) * 3  # seconds before it is tried again
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
NOW = 1_700_000_000


@dataclass
class Receiver:
    """A program that is told things; what it does stands in the path of the URL."""

    url: str = ""
    got: list = field(default_factory=list)  #: (path, headers, body)
    free: threading.Event = field(default_factory=threading.Event)  #: hanging calls may go on

    def of(self, path):
        return [(headers, body) for at, headers, body in self.got if at == path]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers["content-length"]))
        receiver.got.append((self.path, dict(self.headers), body))
        if self.path == "/hang":
            receiver.free.wait(10)
        if self.path == "/drip":  # a byte now and then, and never an end of the line
            while not receiver.free.wait(0.02):
                self.wfile.write(b"x")
        tries = len(receiver.of(self.path))
        self.send_response(
            {"/never": 500, "/third": 200 if tries == 3 else 503, "/moved": 307}.get(self.path, 204)
        )
        self.send_header("Location", f"{receiver.url}/elsewhere")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def listening():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # who was cut off in mid-sentence
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def receiver(listening):
    listening.receiver = Receiver(f"http://127.0.0.1:{listening.server_port}")
    yield listening.receiver
    listening.receiver.free.set()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("webhooks") / "reviews"
    project_in(path, n=2, audit=0).close()
    return path


@pytest.fixture
def reviews(folder):
    with Project.open(folder) as project:
        yield project
        for one in webhooks.listed(project):
            if one["ended_at"] is None:
                webhooks.end(project, one["id"])


@pytest.fixture
def deliver(reviews):
    """A function that has a postman at work until something holds."""

    def work(holds, pauses=QUICK):
        carries = Postman(reviews, pauses, looks=0.01)
        carries.start()
        try:
            until(holds, 5)
        finally:
            carries.stop()

    return work


def tell(project, event="test", **data):
    with project.store.write() as db:
        return webhooks.enqueue(db, event, data)


def of(project, webhook):
    return next(one for one in webhooks.listed(project) if one["id"] == webhook)


# ---------------------------------------------------------------- signed


def test_a_signature_is_that_of_the_specification():
    headers = sign(SECRET, "msg_1", '{"a":1}', NOW)
    signed = hmac.new(bytes(range(32)), b'msg_1.1700000000.{"a":1}', hashlib.sha256).digest()
    assert headers == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def test_what_was_sent_is_verified_whatever_the_case_of_headers_and_beside_other_signatures():
    headers = sign(SECRET, "msg_1", '{"a":1}', NOW)
    headers["webhook-signature"] = f"v1,AAAA {headers['webhook-signature']} v2,é"
    shouted = {name.upper(): value for name, value in headers.items()}
    assert verify(SECRET, shouted, b'{"a":1}', NOW + 299) == {"a": 1}


@pytest.mark.parametrize(
    ("changed", "body", "now", "why"),
    [
        ({}, b'{"a":2}', NOW, "not that of this message"),
        ({"webhook-id": "msg_2"}, b'{"a":1}', NOW, "not that of this message"),
        ({"webhook-timestamp": str(NOW + 1)}, b'{"a":1}', NOW, "not that of this message"),
        ({"webhook-signature": "v1,"}, b'{"a":1}', NOW, "not that of this message"),
        ({"webhook-timestamp": "soon"}, b'{"a":1}', NOW, "not a number of seconds: 'soon'"),
        ({"webhook-timestamp": "9" * 5_000}, b'{"a":1}', NOW, "not a number of seconds"),
        ({}, b'{"a":1}', NOW + 301, "301 seconds from now, more than 300"),
        ({}, b'{"a":1}', NOW - 301, "301 seconds from now, more than 300"),
    ],
)
def test_what_was_tampered_with_or_is_old_is_refused(changed, body, now, why):
    headers = sign(SECRET, "msg_1", '{"a":1}', NOW) | changed
    with pytest.raises(NotSigned, match=why):
        verify(SECRET, headers, body, now)


def test_another_secret_no_secret_and_no_header_are_refused():
    headers = sign(SECRET, "msg_1", "{}", NOW)
    with pytest.raises(NotSigned, match="not that of this message"):
        verify("whsec_AAAA", headers, b"{}", NOW)
    with pytest.raises(NotSigned, match="Base64"):
        verify("whsec_é", headers, b"{}", NOW)
    with pytest.raises(NotSigned, match="no header webhook-id"):
        verify(SECRET, {}, b"{}", NOW)


@given(st.text(), st.integers(0, 2**38), st.data())
def test_no_other_body_is_taken_for_it(body, now, data):
    headers = sign(SECRET, "msg_1", json.dumps(body), now)
    assert verify(SECRET, headers, json.dumps(body).encode(), now) == body
    other = data.draw(st.binary().filter(lambda one: one != json.dumps(body).encode()))
    with pytest.raises(NotSigned):
        verify(SECRET, headers, other, now)


def test_a_secret_is_the_hooks_own_and_lies_nowhere_in_the_database(reviews, receiver):
    made = [webhooks.add(reviews, receiver.url) for _ in range(2)]
    assert len({secret for _, secret in made}) == 2
    assert webhooks.secret_of(reviews, made[0][0]) == made[0][1]
    stored_bytes = b"".join(path.read_bytes() for path in reviews.folder.glob("project.db*"))
    for _, secret in made:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        assert not any(one in stored_bytes for one in (secret.encode(), key, key.hex().encode()))


# ---------------------------------------------------------------- what can be told to whom


@pytest.mark.parametrize(
    "url",
    [
        *("https://example.org/hook?of=reviews", "https://example.org:8443", "http://localhost:80"),
        *("http://127.0.0.1:9", "http://[::1]/x", "http://10.1.2.3/x", "http://receiver:8080/x"),
    ],
)
def test_these_urls_are_told(url):
    webhooks.check_url(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.org/hook", "over plain http"),
        ("http://8.8.8.8/hook", "over plain http"),
        ("https://ana:secret@example.org", "no user and no password"),
        ("https://@example.org", "no user and no password"),
        ("ftp://example.org", "begins with https://"),
        ("file:///etc/passwd", "begins with https://"),
        ("example.org", "begins with https://"),
        ("https://", "begins with https://"),
        ("https://example.org:99999", "cannot be read"),
        ("https://[::1", "cannot be read"),
        (f"https://{'a' * 64}.org", "cannot be read"),
        ("https://example.org/a b", "printable ASCII"),
        ("https://example.org/" + "a" * 2_000, "at most 2,000 characters"),
    ],
)
def test_these_urls_are_refused(url, why, reviews):
    before = len(webhooks.listed(reviews))
    with pytest.raises(SettingsError, match=why):
        webhooks.add(reviews, url)
    assert len(webhooks.listed(reviews)) == before


def test_an_unknown_event_is_refused_with_the_nearest(reviews, receiver):
    with pytest.raises(SettingsError, match=r"'alarm.open'. Did you mean 'alarm.opened'"):
        webhooks.add(reviews, receiver.url, ["alarm.open"])
    with pytest.raises(SettingsError, match=r"Did you mean 'prompt.version'"):
        tell(reviews, "prompt")
    with pytest.raises(SettingsError, match="at least one event"):
        webhooks.add(reviews, receiver.url, [])


def test_there_are_at_most_so_many(reviews, receiver):
    made = [webhooks.add(reviews, receiver.url)[0] for _ in range(webhooks.MOST)]
    with pytest.raises(SettingsError, match=r"16 webhooks already"):
        webhooks.add(reviews, receiver.url)
    webhooks.end(reviews, made[0])
    webhooks.add(reviews, receiver.url)


# ---------------------------------------------------------------- delivered


def test_a_new_guideline_is_told_to_those_who_want_to_know(reviews, receiver, deliver):
    _, secret = webhooks.add(reviews, f"{receiver.url}/new", ["guideline.version"])
    webhooks.add(reviews, f"{receiver.url}/other", ["alarm.opened"])
    newest = reviews.write_guideline("owner", f"Sport is what is played. {time.time()}")
    reviews.write_guideline("owner", reviews.guideline().text)  # nothing new
    deliver(lambda: receiver.of("/new"))
    [(headers, body)] = receiver.of("/new")
    told = verify(secret, headers, body)
    assert (told["type"], told["data"]) == ("guideline.version", asdict(newest))
    assert told["timestamp"].endswith("Z")
    assert headers["Content-Type"] == "application/json"
    assert not receiver.of("/other")


def test_what_is_rolled_back_is_not_told(reviews, receiver):
    hook, _ = webhooks.add(reviews, receiver.url)

    def fails():
        with reviews.store.write() as db:
            assert webhooks.enqueue(db, "test", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert of(reviews, hook)["waiting"] == 0


def test_it_is_tried_again_with_the_same_id_until_it_arrives(reviews, receiver, deliver):
    hook, secret = webhooks.add(reviews, f"{receiver.url}/third")
    [delivery] = tell(reviews, n=1)
    deliver(lambda: of(reviews, hook)["delivered"])
    tries = receiver.of("/third")
    assert [headers["webhook-id"] for headers, _ in tries] == [delivery] * 3
    assert [verify(secret, *one)["data"] for one in tries] == [{"n": 1}] * 3
    told = of(reviews, hook)
    assert (told["waiting"], told["given_up"], told["last_error"]) == (0, 0, None)


def test_it_is_given_up_after_the_last_try_and_that_is_said(reviews, receiver, deliver, caplog):
    hook, _ = webhooks.add(reviews, f"{receiver.url}/never")
    tell(reviews)
    deliver(lambda: of(reviews, hook)["given_up"])
    assert len(receiver.of("/never")) == len(QUICK) + 1
    assert of(reviews, hook)["last_error"] == "It answered 500 Internal Server Error."
    assert f"Gave up telling webhook {hook} of test, after 4 attempts" in caplog.text


def test_between_two_tries_it_waits(reviews, receiver, deliver):
    hook, _ = webhooks.add(reviews, f"{receiver.url}/never")
    tell(reviews)
    deliver(lambda: of(reviews, hook)["last_error"], postman.PAUSES)
    assert len(receiver.of("/never")) == 1
    read = reviews.store.read
    assert hook not in stored.due(read, time.time() + 4)
    assert hook in stored.due(read, time.time() + 6)


def test_who_hangs_delays_nobody_else(reviews, receiver, deliver):
    webhooks.add(reviews, f"{receiver.url}/hang")
    good, _ = webhooks.add(reviews, f"{receiver.url}/fine")
    for n in range(5):
        tell(reviews, n=n)

    def all_are_there():
        done = len(receiver.of("/hang")) == 1 and of(reviews, good)["delivered"] == 5
        if done:
            receiver.free.set()
        return done

    deliver(all_are_there)
    assert [json.loads(body)["data"]["n"] for _, body in receiver.of("/fine")] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("path", ["/hang", "/drip"])
def test_a_call_ends_in_time_also_where_bytes_still_drip(receiver, path, monkeypatch):
    monkeypatch.setattr(postman, "TIMEOUT", 0.2)
    began = time.monotonic()
    with pytest.raises(NotDelivered, match=r"did not answer within 0.2 seconds"):
        postman.send(SECRET, receiver.url + path, "msg_1", "{}")
    assert time.monotonic() - began < 2


def test_no_redirect_is_followed(receiver):
    with pytest.raises(
        NotDelivered, match="307 Temporary Redirect, and redirects are not followed"
    ):
        postman.send(SECRET, f"{receiver.url}/moved", "msg_1", "{}")
    assert [path for path, *_ in receiver.got] == ["/moved"]


def test_nobody_there_is_no_answer():
    with pytest.raises(NotDelivered, match="could not be reached"):
        postman.send(SECRET, "http://127.0.0.1:9", "msg_1", "{}")


def test_after_a_crash_it_is_delivered_once_more_with_the_same_id(reviews, receiver, deliver):
    hook, _ = webhooks.add(reviews, f"{receiver.url}/fine")
    [delivery] = tell(reviews)
    # A postman took and sent it, and died before that was written down.
    now = time.time() - postman.TAKEN
    with reviews.store.write() as db:
        db.execute("UPDATE deliveries SET next_at = ? WHERE id = ?", [now, delivery])
        taken = stored.take(db, hook, now, now + postman.TAKEN)
    secret = webhooks.secret_of(reviews, hook)
    postman.send(secret, f"{receiver.url}/fine", taken.id, taken.body)
    deliver(lambda: of(reviews, hook)["delivered"])
    assert [headers["webhook-id"] for headers, _ in receiver.of("/fine")] == [delivery] * 2


def test_a_server_that_starts_delivers_what_waited(reviews, receiver):
    hook, _ = webhooks.add(reviews, f"{receiver.url}/fine")
    [delivery] = tell(reviews)
    with serving(reviews.folder):
        until(lambda: of(reviews, hook)["delivered"], 5)
    assert [headers["webhook-id"] for headers, _ in receiver.of("/fine")] == [delivery]


def test_what_one_postman_took_no_other_takes(reviews, receiver):
    hook, _ = webhooks.add(reviews, receiver.url)
    tell(reviews)
    with reviews.store.write() as db:
        now = time.time()
        assert stored.take(db, hook, now, now + postman.TAKEN)
        assert stored.take(db, hook, now + 1, now + 2) is None
    assert hook not in stored.due(reviews.store.read, now + postman.TAKEN - 1)


def test_a_hook_that_ended_is_told_nothing_more(reviews, receiver):
    hook, _ = webhooks.add(reviews, receiver.url)
    tell(reviews)
    webhooks.end(reviews, hook)
    tell(reviews)
    told = of(reviews, hook)
    assert (told["waiting"], told["given_up"]) == (0, 1)
    assert hook not in stored.due(reviews.store.read, time.time() + 1)
    with pytest.raises(SettingsError, match="no webhook"):
        webhooks.end(reviews, hook)


def test_what_was_delivered_is_not_kept(reviews, receiver, deliver):
    hook, _ = webhooks.add(reviews, f"{receiver.url}/fine")
    tell(reviews, words="a needle")
    deliver(lambda: of(reviews, hook)["delivered"])
    kept = reviews.store.read.execute("SELECT body FROM deliveries WHERE webhook = ?", [hook])
    assert kept.fetchall() == [(None,)]


# ---------------------------------------------------------------- from the command line


def test_the_commands_add_list_test_and_end(folder, receiver, askwell_here):
    added = askwell_here("webhook", "add", folder, f"{receiver.url}/cli", "--event", "test")
    hook, secret = added.stdout.split()[0], added.stdout.split()[-1]
    tested = askwell_here("webhook", "test", folder, hook)
    assert f"{receiver.url}/cli answered 204 No Content, after" in tested.stdout
    [(headers, body)] = receiver.of("/cli")
    assert verify(secret, headers, body)["data"] == {"webhook": hook}
    listed = json.loads(askwell_here("webhook", "list", folder, "--json").stdout)
    one = next(one for one in listed if one["id"] == hook)
    assert (one["url"], one["events"], one["ended_at"]) == (f"{receiver.url}/cli", ["test"], None)
    assert "0 delivered, 0 waiting" in askwell_here("webhook", "list", folder).stdout
    assert "told nothing any more" in askwell_here("webhook", "end", folder, hook).stdout
    assert f"{hook} (ended)" in askwell_here("webhook", "list", folder).stdout
    refused = askwell_here("webhook", "end", folder, hook)
    assert refused.returncode == 1
    assert "There is no webhook" in refused.stderr


def test_a_test_that_did_not_arrive_is_a_failure(folder, receiver, askwell_here):
    added = askwell_here("webhook", "add", folder, f"{receiver.url}/never")
    failed = askwell_here("webhook", "test", folder, added.stdout.split()[0])
    assert (failed.returncode, failed.stderr) == (
        1,
        "Error: It answered 500 Internal Server Error.\n",
    )
