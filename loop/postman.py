"""Delivers what webhooks are to be told: at least once each, and nobody waits for anybody else."""

import http.client
import logging
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from loop import webhooks
from loop.errors import CannotWrite, LoopError
from loop.project import Project
from loop.store import webhooks as stored
from loop.store.webhooks import Delivery

TIMEOUT = 5.0  # seconds for a whole call
TAKEN = 30.0  # seconds after which a delivery whose postman died is due again
LOOKS = 1.0  # seconds between two looks for what is due
PAUSES = (5, 30, 120, 600, 3_600, 21_600, 86_400)  # seconds before it is tried again
AGENT = "askwell"
LONGEST = 100  # characters of what a receiver says


class NotDelivered(LoopError):
    """A receiver did not take a message; the text says why."""


class Postman:
    """Looks for what is due, with a worker for each webhook that something is due for.

    So a receiver that hangs or is down holds up its own messages only. A delivery is written down
    before it counts as made: after a kill in between it is made again, with the same id.
    """

    def __init__(
        self, project: Project, pauses: Sequence[float] = PAUSES, looks: float = LOOKS
    ) -> None:
        self._project, self._pauses, self._looks = project, pauses, looks
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="postman", daemon=True)
        self._workers: dict[str, threading.Thread] = {}  # by webhook: `webhooks.MOST` at most

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Deliver nothing more, and wait for calls under way."""
        self._stop.set()
        ends = time.monotonic() + 2 * TIMEOUT
        for thread in (self._thread, *self._workers.values()):
            thread.join(max(0.0, ends - time.monotonic()))

    def _work(self) -> None:
        while not self._stop.is_set():
            for webhook in stored.due(self._project.store.read, time.time()):
                if webhook not in self._workers or not self._workers[webhook].is_alive():
                    name = f"postman {webhook}"
                    worker = threading.Thread(
                        target=self._serve, args=[webhook], name=name, daemon=True
                    )
                    self._workers[webhook] = worker
                    worker.start()
            self._stop.wait(self._looks)

    def _serve(self, webhook: str) -> None:
        """All that is due for one webhook, one after another."""
        try:
            while not self._stop.is_set():
                now = time.time()
                with self._project.store.write() as db:
                    delivery = stored.take(db, webhook, now, now + TAKEN)
                    url = stored.url_of(db, webhook)
                if delivery is None or url is None:
                    break
                self._deliver(delivery, url)
        except CannotWrite:  # a full disk: it is due again once that is mended
            _log().exception("What became of a webhook's delivery could not be recorded.")

    def _deliver(self, delivery: Delivery, url: str) -> None:
        secret = webhooks.secret_of(self._project, delivery.webhook)
        try:
            send(secret, url, delivery.id, delivery.body)
        except NotDelivered as why:
            self._put_off(delivery, str(why))
            return
        with self._project.store.write() as db:
            stored.delivered(db, delivery.id, time.time())

    def _put_off(self, delivery: Delivery, why: str) -> None:
        now = time.time()
        with self._project.store.write() as db:
            if delivery.attempts < len(self._pauses):
                stored.failed(db, delivery.id, why, now + self._pauses[delivery.attempts])
                return
            stored.given_up(db, delivery.id, why, now)
        _log().warning(
            "Gave up telling webhook %s of %s, after %d attempts: %s",
            *(delivery.webhook, delivery.event, delivery.attempts + 1, why),
        )


def send(secret: str, url: str, message: str, body: str) -> str:
    """Sign and send one message; returns what came back. Raises `NotDelivered`."""
    headers = webhooks.sign(secret, message, body, time.time())
    status, reason = _post(url, headers, body)
    # It is shown on a terminal, and written by a stranger.
    said = f"{status} {''.join(filter(str.isprintable, reason))[:LONGEST]}".strip()
    if 300 <= status < 400:
        raise NotDelivered(f"It answered {said}, and redirects are not followed.")
    if not 200 <= status < 300:
        raise NotDelivered(f"It answered {said}.")
    return said


def _post(url: str, headers: Mapping[str, str], body: str) -> tuple[int, str]:
    parts = urlsplit(url)
    is_https = parts.scheme == "https"
    kind = http.client.HTTPSConnection if is_https else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    told = {"Content-Type": "application/json", "User-Agent": AGENT, **headers}
    began = time.monotonic()
    end = None
    try:
        connection.connect()
        # The timeout is for each packet; one who sends a byte at a time would never meet it.
        end = threading.Timer(TIMEOUT - (time.monotonic() - began), _cut, [connection.sock])
        end.start()
        connection.request("POST", path, body.encode(), told)
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException) as why:
        if time.monotonic() - began >= TIMEOUT:
            raise NotDelivered(f"It did not answer within {TIMEOUT:g} seconds.") from why
        raise NotDelivered(f"It could not be reached: {why or type(why).__name__}.") from why
    finally:
        if end is not None:
            end.cancel()
        connection.close()
    return answer.status, answer.reason


def _cut(connected: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _log() -> logging.Logger:
    return logging.getLogger("askwell")
