"""A help desk that has three ways to answer, and finds out which its users like.

$ askwell bandit helpdesk --candidates short,friendly,steps --context question=text
$ askwell serve helpdesk &
$ python docs/examples/bandit.py http://127.0.0.1:8501 "$TOKEN"

The users are simulated: who asks how something is done likes steps, everybody else a short answer,
and one in three presses nothing. Real ones are not so clear about it: docs/bandit.md has what it
takes.
"""

import json
import random
import sys
from collections import Counter

from loop.client import Client

QUESTIONS = {
    "When is my parcel delivered?": "short",
    "Is the shop open on Monday?": "short",
    "How do I return goods?": "steps",
    "How do I reset my password?": "steps",
}
LIKED, ELSE = 0.9, 0.4  # chance of a thumb up for the right way to answer, and for another
PRESSED = 2 / 3


def main(url: str, token: str, chats: int = 300, seed: int = 0) -> dict[str, Counter[str]]:
    """So many conversations; returns how often each way was served, by the way that was right."""
    askwell, chance = Client(url, token), random.Random(seed)  # noqa: S311 - no secret
    served: dict[str, Counter[str]] = {"short": Counter(), "steps": Counter()}
    for number in range(chats):
        chat, question = f"chat-{seed}-{number}", chance.choice(sorted(QUESTIONS))
        way = askwell.choose(chat, question)["candidate"]
        right = QUESTIONS[question]
        served[right][way] += 1
        if chance.random() < PRESSED:
            good = chance.random() < (LIKED if way == right else ELSE)
            askwell.send("thumbs", chat, good, prompt=question, model_version=way)
    return served


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:3]), indent=2))  # noqa: T201
