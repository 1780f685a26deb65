"""What lies ahead, as far as it is known: a forecast and advice when to stop, with words for it."""

from dataclasses import asdict
from itertools import pairwise
from typing import Any

from loop import forecast, stopping
from loop.forecast import Futures, Reach, Step
from loop.settings import Settings
from loop.store import Database, items, rounds

READ = 12  # newest rounds, some of which may have brought no label
BAND = 12  # points of the curve that is drawn ahead


def outlook(settings: Settings, labels: int, db: Database) -> dict[str, Any]:
    """A JSON-ready document: `target`, `forecast`, None where none is known, and `advice`."""
    made, curve = rounds.newest(db, READ), rounds.curve(db)
    audit, correct = (curve[-1].audit, curve[-1].correct) if curve else (0, 0)
    steps = [Step(model["labels"], model["agreement"]) for model in made]
    grown = [after for before, after in pairwise(made) if after["labels"] > before["labels"]]
    known = forecast.known(steps, audit, correct)
    most = items.count(db, items.POOL)
    ahead = min(2 * known.labels, most) if known else 0
    futures = forecast.futures(known) if known and ahead > known.labels else None
    advice = [
        stopping.budget_used(labels, settings.budget),
        stopping.target_reached(correct, audit, settings.target),
        stopping.predictions_stable([model["kappa"] for model in grown]),
        stopping.gains_little(futures, ahead) if futures else None,
    ]
    return {
        "target": settings.target,
        "forecast": _forecast(futures, settings.target, ahead, most) if futures else None,
        "advice": [asdict(one) for one in advice if one is not None],
    }


def _forecast(futures: Futures, target: float | None, ahead: int, most: int) -> dict[str, Any]:
    span = ahead - futures.labels
    places = sorted({futures.labels + round(span * step / BAND) for step in range(BAND + 1)})
    return {
        "labels": futures.labels,
        "gain": {"labels": ahead} | asdict(futures.gain_of(ahead)),
        "band": [{"labels": at} | asdict(futures.accuracy_at(at)) for at in places],
        "target": _target(futures, target, most) if target else None,
    }


def _target(futures: Futures, target: float, most: int) -> dict[str, Any] | None:
    """Labels in all to the target; None where nothing can be told."""
    reach = futures.labels_to(target, most)
    if not forecast.tells(reach, futures.labels):
        return None
    farthest = min(most, forecast.FARTHEST * futures.labels)
    left = about(farthest - futures.labels)
    more = f"more than {f'the {left} that are left' if farthest == most else left}"
    words = _words(reach, futures.labels, f"{100 * target:g} %", more)
    whole = {end: None if at is None else round(at) for end, at in asdict(reach).items()}
    return {"accuracy": target, "farthest": farthest, "words": words} | whole


def _words(reach: Reach, now: int, target: str, more: str) -> str:
    """A sentence, in labels still to be given; *more* says what lies beyond where was looked."""
    if reach.low is None:
        return f"{target} is hardly in reach: 9 times in 10 it takes {more}."
    low = about(reach.low - now)
    if reach.middle is None:
        return (
            f"{low} or more labels to {target} (9 times in 10); as likely as not it takes {more}."
        )
    middle = about(reach.middle - now)
    high = more if reach.high is None else about(reach.high - now)
    return f"About {middle} more labels to {target} (8 times in 10: {low} to {high})."


def about(number: float) -> str:
    """To two digits."""
    return f"{float(f'{max(number, 0):.2g}'):,.0f}"
