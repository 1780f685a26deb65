"""Feedback of all sorts for tests of pages: enough for every figure, an alarm, a correction."""

from real_server import until

from loop import candidates
from loop.choosing import Chooser
from loop.feedback import alarms, inbox, insights
from loop.feedback.watching import Watch


def say_everything(project, words="so"):
    """Thumbs, ratings, preferences and corrections, which all have *words* of a user's in them."""
    records = []
    for i in range(60):
        about = {"interaction_id": f"{words[:150]} {i}", "prompt": f"{words} about {i % 6}"}
        about |= {"output": words, "model_version": f"{words[:80]} {i % 2}", "comment": words}
        about |= {"slices": {words[:80]: f"{words[:80]} {i % 3}"}}
        records += [
            about | {"feedback_id": f"t{i}", "kind": "thumbs", "value": i % 5 == 0},
            about
            | {"feedback_id": f"r{i}", "kind": "rating", "value": 1 + i % 2}
            | {"annotator": f"{words[:100]} {i % 3}"},
        ]
        names = [f"{words[:80]} {i % 3}", f"{words[:80]} {(i + 1) % 3}"]
        pair = {"feedback_id": f"p{i}", "kind": "preference", "interaction_id": f"p{i}"}
        pair |= {"outputs": {"x": words, "y": f"{words}!"}, "order": ["x", "y"], "prompt": str(i)}
        pair |= {"systems": dict(zip("xy", names, strict=True)), "value": "xy"[i % 4 == 0]}
        records.append(pair | {"annotator": f"{words[:100]} judges"})
    for changes in ("text", "instruction"):
        about = {"feedback_id": changes, "kind": "correction", "interaction_id": "p1"}
        records.append(about | {"value": words, "changes": changes, "comment": words})
    assert inbox.take(project, records, "app").rejected == []
    Watch(project).keep_up()  # or a trainer that is at work has opened it
    until(lambda: alarms.waiting(project), 30)
    insights.look(project)


def serve_candidates(project, n=24):
    """Two candidates, served and judged, so that the page Bandit has its pictures."""
    named = candidates.named(None, ["short", "long"])
    candidates.decide(project.store, "owner", candidates.with_values(candidates=named))
    chooser = Chooser(project.store, 0)
    for i in range(n):
        chosen = chooser.choose(f"served-{i}").candidate
        record = {"feedback_id": f"served-{i}", "kind": "thumbs", "interaction_id": f"served-{i}"}
        assert inbox.take(project, [record | {"value": chosen == "short"}], "app").saved
