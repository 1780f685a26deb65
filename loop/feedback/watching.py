"""Watches feedback as it comes, and opens an alarm where similar interactions go wrong."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loop import webhooks
from loop.feedback import alarm_rule, judgements
from loop.feedback.alarm_rule import Judged, Says, Verdict
from loop.feedback.few import Few
from loop.feedback.similar import LEARNED, Neighbours
from loop.feedback.summary import UNNAMED, likes
from loop.project import Project
from loop.settings import Settings
from loop.store import Database, alarms, feedback
from loop.store.alarms import Alarm
from loop.tasks import correct

AT_ONCE = 100  # bad marks looked at before a round may come in between
READ = 5_000  # characters of a text
RECENT = 1_000  # interactions among which the reach of an alarm is counted
NEGATIVE = "negative feedback"


@dataclass
class Seen:
    """An interaction, as far as people judged it."""

    number: int
    version: str = UNNAMED
    at: float = 0.0  #: when it was judged last
    negative: bool | None = None  #: None while nobody judged it
    position: int = -1  #: among the texts; before it has one, it is similar to nothing


class Watch:
    """Of one project, in the trainer. It reads each row of the feedback once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._seen: list[Seen] = []  # by position
        self._of: dict[int, Seen] = {}  # by number
        self._texts: list[str] = []
        self._near: Neighbours | Few = Few([])
        self._read_until = 0
        self._waiting: list[tuple[int, Seen]] = []  # bad marks to look at, by their row

    def keep_up(self, now: float | None = None) -> list[str]:
        """Look at what came since; returns the ids of the alarms that opened."""
        db, settings = self._project.store.read, self._project.settings
        watched, newest = alarms.watched(db), feedback.end(db)
        if newest > self._read_until:
            self._waiting += [one for one in self._read(db, settings) if one[0] > watched]
            self._read_until = newest
        looked, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
        opened = []
        for _, seen in looked:
            opened += self._look(db, settings, seen, time.time() if now is None else now)
        until = self._read_until if not self._waiting else looked[-1][0]
        if until > watched:
            with self._project.store.write() as writing:
                alarms.watched_until(writing, until)
        return opened

    def _read(self, db: Database, settings: Settings) -> list[tuple[int, Seen]]:
        """Take new rows in; returns what they found bad, with the number of the row."""
        judged: list[tuple[int, Seen]] = []
        new: list[tuple[Seen, str]] = []
        for row in feedback.standing(db, after=self._read_until):
            seen = self._of.setdefault(row["interaction"], Seen(row["interaction"]))
            seen.version = row["model_version"] or UNNAMED
            one = judgements.of_interaction(settings, row)
            liked = likes(one)
            if one.kind == correct.TASK.kind and seen.negative is None:
                liked = False  # of what was bad already it says nothing new
            if liked is not None:
                seen.at, seen.negative = one.created_at, not liked
            text = row["prompt"] or row["output"]
            if not text:
                continue  # without words nothing is similar
            if seen.position < 0:
                seen.position = len(self._texts) + len(new)
                new.append((seen, text[:READ]))
            if liked is False:  # good marks open no alarm
                judged.append((row["seq"], seen))
        self._take_in(new)
        return judged

    def _take_in(self, new: Sequence[tuple[Seen, str]]) -> None:
        self._seen += [seen for seen, _ in new]
        self._texts += [text for _, text in new]
        if isinstance(self._near, Few) and len(self._texts) >= LEARNED:
            self._near = Neighbours(self._texts)
            self._near.add(self._texts)
        else:
            self._near.add([text for _, text in new])

    def _look(self, db: Database, settings: Settings, seen: Seen, now: float) -> list[str]:
        """Open an alarm on this interaction, or let one that is open take it in."""
        alike = [self._seen[i] for i in self._near.similar(seen.position)]
        group = sorted((one for one in [*alike, seen] if one.negative is not None), key=_when)
        last = _about_these(db, {one.number for one in [*alike, seen]})
        usual = self._usual()
        history = [Judged(one.at, bool(one.negative)) for one in group]
        now = max(now, group[-1].at)
        before = None if last is None else alarm_rule.Alarm(last.opened_at, last.closed_at)
        verdict = alarm_rule.decide(settings.alarm, history, now, usual, before)
        if verdict.says is Says.TAKE_IN and last is not None:
            with self._project.store.write() as writing:
                alarms.take_in(writing, last.id, [seen.number])
        if verdict.says is not Says.OPEN:
            return []
        told = self._told(verdict, usual, [*alike, seen], group[-verdict.judged :])
        with self._project.store.write() as writing:
            id_ = alarms.open_(writing, told, [one.number for one in group[-verdict.judged :]])
            webhooks.enqueue(writing, "alarm.opened", {"alarm_id": id_} | told)
        return [id_]

    def _told(
        self, verdict: Verdict, usual: float | None, alike: Sequence[Seen], window: Sequence[Seen]
    ) -> dict[str, Any]:
        """What an alarm says of itself: figures, and no words of anybody's."""
        recent = self._seen[-RECENT:]
        numbers = {one.number for one in alike}
        reach = sum(one.number in numbers for one in recent) / len(recent)
        urgent = alarm_rule.priority(verdict.negative, verdict.judged, reach)
        return {
            "rule": NEGATIVE,
            "title": "Similar interactions are going wrong.",
            "words": verdict.words,
            "priority": urgent.value,
            "because": urgent.words,
            "suggestion": suggestion(window),
            "negative": verdict.negative,
            "judged": verdict.judged,
            "usual": usual,
        }

    def _usual(self) -> float | None:
        judged = [one.negative for one in self._seen if one.negative is not None]
        return alarm_rule.usual_rate(sum(judged), len(judged))


def suggestion(window: Sequence[Seen]) -> str:
    """What to do about it, by who answered badly."""
    bad, all_of = (Counter(one.version for one in some) for some in (_bad(window), window))
    version, n = bad.most_common(1)[0]
    fine = sum(all_of.values()) - sum(bad.values())
    if version != UNNAMED and n == all_of[version] and fine and len(all_of) > 1:
        return (
            f"All {n} that {version} answered were bad, and those of other versions were not all: "
            "look at what changed with it, or go back to the one before."
        )
    return (
        f"Correct the {sum(bad.values())} bad answers; accepted, they leave as training pairs. "
        "Where one instruction would mend them all, correct that instead."
    )


def _bad(window: Sequence[Seen]) -> list[Seen]:
    return [one for one in window if one.negative]


def _when(one: Seen) -> float:
    return one.at


def _about_these(db: Database, numbers: set[int]) -> Alarm | None:
    """The newest alarm about this neighbourhood; one that is open comes first."""
    about = [
        one
        for one in alarms.every(db)
        if one.told["rule"] == NEGATIVE and alarm_rule.belongs(numbers, alarms.evidence(db, one.id))
    ]
    return max(about, key=lambda one: (one.closed_at is None, one.opened_at), default=None)
