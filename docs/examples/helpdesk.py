"""A help desk that learns from its users' thumbs: `python docs/examples/helpdesk.py FOLDER`.

A small program answers questions about a shop by finding the nearest of a dozen notes. Its users
press a thumb; their feedback goes to askwell over REST, five lines of it. Version 2 has a planted
fault: somebody cut the notes on returns and refunds, and the bot answers with whatever is nearest.
The alarm goes off, a reviewer corrects the bad answers and adds an instruction, the bot is told it,
and the corrections leave as a training set.

The users and the reviewer are simulated, and know what is right. Real ones disagree, change their
minds, and mostly press nothing: how soon an alarm goes off here says nothing of how soon it will
for you. docs/feedback.md has what it takes.
"""

import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from sklearn.feature_extraction.text import TfidfVectorizer

from loop.client import Client

NOTES = {
    "delivery": "A parcel is delivered within three days, on working days only.",
    "tracking": "Track a parcel with the tracking link in the mail about your order.",
    "returns": "Return goods within thirty days with the label from your account.",
    "refund": "A refund for returned goods arrives within five days, by the way you paid.",
    "invoice": "The invoice for an order is a PDF in your account, under invoices.",
    "payment": "Pay by card, by transfer or on account.",
    "password": "Reset your password with the link under the sign-in form.",
    "address": "Change the delivery address in your account until the order has shipped.",
    "warranty": "The warranty covers defects of material for two years.",
    "hours": "Our shop is open from nine to six, Monday to Saturday.",
}
QUESTIONS = {
    "delivery": ["When is my parcel delivered?", "How many days until it is delivered?"],
    "tracking": ["How do I track my parcel?", "Where is the tracking link for order {n}?"],
    "returns": ["How do I return goods?", "Can I return the goods of order {n}?"],
    "refund": ["When do I get a refund for goods?", "Where is my refund for goods {n}?"],
    "invoice": ["Where is the invoice for order {n}?", "I need an invoice as PDF"],
    "payment": ["Can I pay by card?", "Can I pay on account?"],
    "password": ["How do I reset my password?", "My password is wrong, reset it"],
    "address": ["Can I change the address of order {n}?", "Change my delivery address"],
    "warranty": ["Is there a warranty on defects?", "How long does the warranty last?"],
    "hours": ["When is the shop open?", "Is the shop open on Monday?"],
}
CUT = ("returns", "refund")  # notes that version 2 lacks
SLIPS = 0.04  # thumbs that go the wrong way
PATIENCE = 120  # seconds for what happens in the background


class HelpDesk:
    """Answers with the nearest note. `told` is the newest instruction that it was given."""

    def __init__(self, version: str, notes: dict[str, str]) -> None:
        self.version, self._notes, self.told = version, notes, ""
        self._words = TfidfVectorizer().fit(notes.values())
        self._rows = self._words.transform(notes.values())

    def answer(self, question: str) -> tuple[str, str]:
        """The topic of the nearest note, and the note."""
        closeness = (self._rows @ self._words.transform([question]).T).toarray().ravel()
        topic = list(self._notes)[closeness.argmax()]
        return topic, self._notes[topic]


class Users:
    """People who ask, and press a thumb; now and then the wrong one."""

    def __init__(self, seed: int) -> None:
        self._chance, self._asked = random.Random(seed), 0  # noqa: S311 - no secret

    def ask(self, desk: HelpDesk, askwell: Client, n: int) -> None:
        """So many conversations."""
        for _ in range(n):
            topic = self._chance.choice(sorted(QUESTIONS))
            number = self._chance.randint(1_000, 9_999)
            question = self._chance.choice(QUESTIONS[topic]).format(n=number)
            found, answer = desk.answer(question)
            good = (found == topic) != (self._chance.random() < SLIPS)
            self._asked += 1
            askwell.send(
                "thumbs",
                f"chat-{self._asked}",
                good,
                prompt=question,
                output=answer,
                model_version=desk.version,
                comment=None if good else f"I asked about {topic}.",
            )


class Reviewer:
    """Somebody who knows the notes, and looks at what goes wrong."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = f"{url}/api/v1", token

    def call(self, path: str, body: Any = None) -> Any:
        """One call of the REST API."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self._url}/{path}", data, headers), timeout=30) as reply:  # noqa: S310
            return json.load(reply)

    def wait_for_alarms(self) -> list[dict[str, Any]]:
        """The open alarms, as soon as there are any."""
        deadline = time.monotonic() + PATIENCE
        while not (alarms := self.call("alarms")):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no alarm within {PATIENCE} s")
            time.sleep(0.2)
        return alarms

    def correct(self, alarm: dict[str, Any], askwell: Client) -> int:
        """Put right what people disliked, by what they said they had asked about."""
        bad = [one for one in alarm["evidence"] if one["value"] == "down" and one["comment"]]
        corrected = 0
        for one in bad:
            topic = one["comment"].removeprefix("I asked about ").rstrip(".")
            if one["output"] == NOTES[topic]:
                continue  # a slip of the thumb
            id_ = askwell.send("correction", one["interaction_id"], NOTES[topic])
            self.call(f"corrections/{id_}", {"accept": True})
            corrected += 1
        return corrected


@contextmanager
def served(project: Path) -> Iterator[str]:
    """The project, served at an address of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(_askwell("serve", project, "--port", port)) as server:  # noqa: S603
        try:
            _wait_for(url)
            yield url
        finally:
            server.terminate()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            urlopen(f"{url}/api/v1/health", timeout=5).close()  # noqa: S310
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _askwell(*words: object) -> list[str]:
    return [sys.executable, "-m", "ui.cli", *map(str, words)]


def _run(*words: object) -> str:
    done = subprocess.run(_askwell(*words), check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout


def _token(project: Path, name: str, role: str) -> str:
    return str(json.loads(_run("invite", project, name, "--role", role, "--json"))["token"])


def main(folder: Path, seed: int = 0) -> dict[str, Any]:
    """The whole story; returns its figures."""
    project, questions = folder / "helpdesk", folder / "questions.csv"
    asked = [question.format(n=1) for some in QUESTIONS.values() for question in some]
    questions.write_text("\n".join(["text", *(f'"{one}"' for one in asked)]), encoding="utf-8")
    _run("init", project, "--data", questions, "--task", "write")
    app, reviewer = _token(project, "helpdesk", "annotator"), _token(project, "rea", "reviewer")
    users, story = Users(seed), dict[str, Any]()
    with served(project) as url:
        askwell, rea = Client(url, app), Reviewer(url, reviewer)
        users.ask(HelpDesk("v1", NOTES), askwell, 150)
        story["alarms before"] = len(rea.call("alarms"))
        faulty = HelpDesk("v2", {topic: note for topic, note in NOTES.items() if topic not in CUT})
        users.ask(faulty, askwell, 60)
        alarms = rea.wait_for_alarms()
        story["alarms"] = [one["told"]["words"] for one in alarms]
        story["about"] = sorted({row["prompt"] for one in alarms for row in one["evidence"][-3:]})
        rea_sends = Client(url, reviewer)
        story["corrected"] = sum(rea.correct(one, rea_sends) for one in alarms)
        words = "Where no note is about the question, say so and name the phone number."
        told = rea_sends.send("correction", "chat-1", words, changes="instruction")
        rea.call(f"corrections/{told}", {"accept": True})
        for one in alarms:
            done = {"how": "mended", "words": "put the notes back, corrected the answers"}
            rea.call(f"alarms/{one['alarm_id']}", done)
        story["open after"] = len(rea.call("alarms"))
        faulty.told = rea.call("prompt")["text"]
        story["told"] = faulty.told
    for form in ("trl-sft", "trl-preference"):
        out = folder / form
        _run("export", project, "--format", form, "--out", out)
        _run("verify", out)
        manifest = json.loads((out / "manifest.json").read_text("utf-8"))
        story[form] = {
            name: one["rows"] for name, one in manifest["files"].items() if "rows" in one
        }
    return story


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1])), indent=2, ensure_ascii=False))  # noqa: T201
