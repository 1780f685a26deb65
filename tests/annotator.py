"""An annotator who answers over REST without a pause; as a program, one in a process of its own.

Only the standard library: many of them start quickly, and leave the processor to the server.
`python annotator.py URL TOKEN` answers until nothing is left, and prints a line of JSON for each
reply: `{"saved": [ids], "rejected": [...], "seconds": …}`.
"""

import http.client
import json
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

WAIT = 0.05  # seconds between looks while all that is left is out with others


def half(fields: dict[str, Any]) -> str:
    """In which half of the plane a point lies."""
    return "left" if fields["x"] < 0 else "right"


class Annotator:
    """Holds a queue as the label page does; `says` gives the class from an item's fields."""

    def __init__(
        self, url: str, token: str, says: Callable[[dict[str, Any]], str] = half, hold: int = 10
    ) -> None:
        self._says = says
        self._line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._hold = hold
        self.queue: list[dict[str, Any]] = []
        self.done = False  # nothing is left, nor out with anybody who might give it back

    def ask(self) -> None:
        """Get the queue anew."""
        self._take(self._call("GET", f"/api/v1/next?n={self._hold}"))

    def answer(self) -> dict[str, Any]:
        """Answer the first item of the queue; the reply, with what it took in `seconds`."""
        item, *rest = self.queue
        value = self._says(item["fields"])
        made = {"answer_id": uuid.uuid4().hex, "item_id": item["id"], "value": value}
        holding = [other["id"] for other in rest]
        began = time.perf_counter()
        body = {"annotations": [made], "holding": holding, "next": self._hold}
        reply = self._call("POST", "/api/v1/annotations", body)
        reply["seconds"] = time.perf_counter() - began
        self._take(reply)
        return reply

    def close(self) -> None:
        """Hang up; what is held stays held until its lease runs out."""
        self._line.close()

    def _take(self, reply: dict[str, Any]) -> None:
        self.queue = reply["items"]
        self.done = not self.queue and reply["left"] == reply["leased_elsewhere"] == 0

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        content = None if body is None else json.dumps(body)
        self._line.request(method, path, content, self._headers)
        reply = self._line.getresponse()
        text = reply.read()
        if reply.status != 200:
            raise RuntimeError(f"{method} {path}: {reply.status} {text.decode()}")
        return json.loads(text)


def main(url: str, token: str) -> None:
    """Answer until nothing is left."""
    annotator = Annotator(url, token)
    annotator.ask()
    while not annotator.done:
        if not annotator.queue:
            time.sleep(WAIT)
            annotator.ask()
            continue
        reply = annotator.answer()
        told = {name: reply[name] for name in ("saved", "rejected", "seconds")}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
