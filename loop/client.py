"""What an application needs to hand on its users' feedback: five lines. Five more to choose by it.

    from loop.client import Client

    askwell = Client("http://127.0.0.1:8501", TOKEN)  # askwell invite PROJECT my-app --json
    askwell.send("thumbs", "chat-17", False, prompt=question, output=answer, comment="Wrong year.")

It needs nothing but Python: this file may be copied into the application.
"""

import json
import uuid
from collections.abc import Sequence
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

TIMEOUT = 10.0  # seconds
OK = 200


class NotTaken(Exception):
    """The server refused a record; `rejected` says by which field."""

    def __init__(self, status: int, rejected: list[dict[str, Any]], detail: str) -> None:
        words = [f"{one['field']}: {one['reason']}" for one in rejected] or [detail]
        super().__init__(f"{status}: {'; '.join(words)}")
        self.status, self.rejected = status, rejected


class Client:
    """Sends feedback to a project that is served at *url*, as whom *token* was made for."""

    def __init__(self, url: str, token: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"the address begins with http:// or https://, not {url!r}")
        self._url, self._token = f"{url.rstrip('/')}/api/v1", token

    def choose(
        self, interaction_id: str, context: dict[str, float | str] | str | None = None
    ) -> dict[str, Any]:
        """Which candidate to serve in an interaction: `candidate`, its `text`, `propensity`, ….

        *context* is what the policy's features are. Send thumbs with the same `interaction_id`.
        Raises `NotTaken`, or an `OSError` where nobody answers in time: ask again, and the answer
        is the same; or serve what you like, and send its thumbs under another `interaction_id`.
        """
        asked = {"interaction_id": interaction_id, "context": context}
        return self._call("choice", asked)

    def send(
        self, kind: str, interaction_id: str, value: Any, *, feedback_id: str = "", **more: Any
    ) -> str:
        """Send one record; returns its id. It is on the server's disk then.

        *more* are the other fields of its kind: prompt, output, comment, model_version, …
        Raises `NotTaken`, or an `OSError` where nobody answers in time: send it again with the same
        `feedback_id`, which you make up then, and it is stored once.
        """
        id_ = feedback_id or uuid.uuid4().hex
        record = {"feedback_id": id_, "kind": kind, "interaction_id": interaction_id}
        self.send_all([record | {"value": value} | more])
        return id_

    def send_all(self, records: Sequence[dict[str, Any]]) -> None:
        """Send up to 1,000 records at once. Raises `NotTaken` where one of them was refused."""
        self._call("feedback", {"feedback": list(records)})

    def _call(self, path: str, sent: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(sent).encode()
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
        }
        request = Request(f"{self._url}/{path}", body, headers)  # noqa: S310 - the scheme was checked
        try:
            with urlopen(request, timeout=TIMEOUT) as reply:  # noqa: S310
                status, body = reply.status, reply.read()
        except HTTPError as refusal:
            with refusal:
                status, body = refusal.code, refusal.read()
        try:
            told = json.loads(body)
        except ValueError:  # what stands in between, a proxy, has answered
            raise NotTaken(status, [], body[:200].decode(errors="replace")) from None
        rejected = told.get("rejected", [])
        if status != OK or rejected:
            raise NotTaken(status, rejected, str(told.get("detail")))
        return told
