"""Telling other programs what happens, signed after the Standard Webhooks specification.

A secret follows from the project's own and the webhook's id, so none lies in the database.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from loop.errors import LoopError, SettingsError
from loop.store import Database, webhooks
from loop.store.webhooks import Delivery

if TYPE_CHECKING:
    from loop.project import Project

EVENTS = ("alarm.opened", "alarm.closed", "prompt.version", "guideline.version", "test")
MOST = 16  # in force in a project; each may hold up a thread of its own
TOLERANCE = 300  # seconds that a receiver's clock may differ, and a message may be under way
LONGEST_URL = 2_000  # characters
PREFIX = "whsec_"


class NotSigned(LoopError):
    """A message is not what somebody who knows the secret has sent just now."""


def add(project: "Project", url: str, events: Sequence[str] = EVENTS) -> tuple[str, str]:
    """Tell *url* of *events* from now on; returns the webhook's id and its secret.

    Raises `SettingsError` for a URL or an event that cannot be, and where there are too many.
    """
    check_url(url)
    for event in events:
        check_event(event)
    if not events:
        raise SettingsError(f"A webhook wants at least one event; there are: {', '.join(EVENTS)}.")
    webhook = f"wh_{secrets.token_hex(8)}"
    with project.store.write() as db:
        if webhooks.count(db) >= MOST:
            raise SettingsError(f"There are {MOST} webhooks already; end one of them first.")
        webhooks.add(db, webhook, url, list(dict.fromkeys(events)), time.time())
    return webhook, secret_of(project, webhook)


def end(project: "Project", webhook: str) -> None:
    """Tell it nothing any more. Raises `SettingsError` where there is none of this id."""
    with project.store.write() as db:
        url_of(db, webhook)
        webhooks.end(db, webhook, time.time())


def listed(project: "Project") -> list[dict[str, Any]]:
    """All webhooks, those that ended too, and how many deliveries arrived, wait, were given up."""
    return webhooks.listed(project.store.read)


def url_of(db: Database, webhook: str) -> str:
    """Where a webhook is told. Raises `SettingsError` where none of this id is in force."""
    url = webhooks.url_of(db, webhook)
    if url is None:
        raise SettingsError(f"There is no webhook {webhook!r} in force; see askwell webhook list.")
    return url


def enqueue(db: Database, event: str, document: Mapping[str, Any]) -> list[str]:
    """Tell all who want to know of *event*; returns the ids of the deliveries.

    To be called in the transaction that stores what it tells of: both are there, or neither is.
    """
    check_event(event)
    now = time.time()
    made = []
    for webhook in webhooks.wanting(db, event):
        delivery = Delivery(new_id(), webhook, event, body_of(event, document, now), 0)
        webhooks.put(db, delivery, now)
        made.append(delivery.id)
    return made


def new_id() -> str:
    """An id for a delivery, by which a receiver knows that it had it before."""
    return f"msg_{secrets.token_hex(12)}"


def body_of(event: str, document: Mapping[str, Any], now: float) -> str:
    """What is sent, as JSON."""
    when = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
    body = {"type": event, "timestamp": when.replace("+00:00", "Z"), "data": document}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def secret_of(project: "Project", webhook: str) -> str:
    """The secret that the messages to this webhook are signed with."""
    key = hmac.digest(project.secret, f"webhook {webhook}".encode(), hashlib.sha256)
    return PREFIX + base64.b64encode(key).decode()


def sign(secret: str, message: str, body: str, now: float) -> dict[str, str]:
    """The headers that go with a message of this id. Raises `NotSigned` for what is no secret."""
    timestamp = str(int(now))
    return {
        "webhook-id": message,
        "webhook-timestamp": timestamp,
        "webhook-signature": _signature(secret, message, timestamp, body.encode()),
    }


def verify(
    secret: str, headers: Mapping[str, str], body: bytes, now: float | None = None
) -> dict[str, Any]:
    """The message in *body*, as it came; *now* is the receiver's clock, the real one if not told.

    Raises `NotSigned`, and says why. Of a message that comes twice the `webhook-id` is the same.
    """
    named = {name.lower(): value for name, value in headers.items()}
    wanted = ("webhook-id", "webhook-timestamp", "webhook-signature")
    if missing := [name for name in wanted if name not in named]:
        raise NotSigned(f"The message has no header {missing[0]}.")
    message, timestamp, given = (named[name] for name in wanted)
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise NotSigned(f"webhook-timestamp is not a number of seconds: {timestamp[:20]!r}.")
    apart = abs((time.time() if now is None else now) - int(timestamp))
    if not apart <= TOLERANCE:
        raise NotSigned(f"The message is {apart:,.0f} seconds from now, more than {TOLERANCE}.")
    right = _signature(secret, message, timestamp, body).encode()
    # All are compared, so that the time taken says nothing of how near one came.
    if not sum(hmac.compare_digest(right, one.encode()) for one in given.split(" ")):
        raise NotSigned("The signature is not that of this message with this secret.")
    told: dict[str, Any] = json.loads(body)
    return told


def check_event(event: str) -> None:
    """Raise `SettingsError`, with the nearest name, where there is no such event."""
    if event not in EVENTS:
        near = get_close_matches(event, EVENTS, n=1, cutoff=0)[0]
        raise SettingsError(f"There is no event {event!r}. Did you mean {near!r}?")


def check_url(url: str) -> None:
    """Raise `SettingsError` where *url* is nothing to send to.

    Over plain http only to this machine or network: an address that is loopback or private, or a
    name without a dot, which no other network knows. What a longer name leads to may change.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna")  # a label that is empty, or too long
    except ValueError as why:
        raise SettingsError(f"The URL {url!r} cannot be read: {why}.") from why
    if parts.scheme not in ("http", "https") or not host:
        raise SettingsError(f"A webhook's URL begins with https:// and a host, not as {url!r}.")
    if parts.username is not None or parts.password is not None:
        raise SettingsError(
            "A webhook's URL has no user and no password in it; what comes is signed."
        )
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise SettingsError(
            f"A webhook's URL has at most {LONGEST_URL:,} characters, all of them printable ASCII "
            "without spaces."
        )
    if parts.scheme == "http" and not _is_near(host):
        raise SettingsError(
            f"What goes to {host} over plain http can be read on its way; use https. Only this "
            "machine and addresses of a private network are reached without."
        )


def _is_near(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host
    return address.is_loopback or address.is_private


def _signature(secret: str, message: str, timestamp: str, body: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError as why:
        raise NotSigned(f"The secret is not {PREFIX} and Base64 after it: {why}.") from why
    signed = b".".join((message.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
