"""Between which candidates a running application has us choose, and how: a policy in versions.

Each version is an event of the log; none is ever changed. Candidates come and go while it runs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from loop.bandit.policy import Policy, changes
from loop.errors import SettingsError
from loop.store import Database, Store, log
from loop.store.log import Event

KIND = "bandit"  # of the events


@dataclass(frozen=True)
class Version:
    """A policy in one of its versions, from 1."""

    version: int
    policy: Policy


def newest(db: Database) -> Version | None:
    """The version in force; None where there is none."""
    found = log.latest(db, KIND)
    return None if found is None else _version(found)


def every(db: Database) -> dict[int, Policy]:
    """All versions by their number."""
    return {one.version: one.policy for one in map(_version, log.of_kind(db, KIND))}


def decide(store: Store, by: str, change: Callable[[Policy | None], Policy]) -> Version:
    """Put into force what *change* makes of the policy; the same again is no new version.

    Raises `SettingsError`; then nothing has changed.
    """
    with store.write() as db:
        found = newest(db)
        before = found.policy if found else None
        policy = change(before)
        if found and policy == before:
            return found
        after = Version(found.version + 1 if found else 1, policy)
        value = {"version": after.version, "policy": policy.model_dump(mode="json")}
        words = f"bandit: version {after.version}; {'; '.join(changes(before, policy))}"
        event_id = f"{log.OURS}{KIND}-{after.version}"
        log.append(db, [Event(event_id, KIND, by, value=value, comment=words)])
        return after


def with_values(**values: Any) -> Callable[[Policy | None], Policy]:
    """Set these; those that are not named stay. Candidates are all there are then."""

    def change(before: Policy | None) -> Policy:
        known = before.model_dump() if before else {}
        if "candidates" not in known | values:
            raise SettingsError("Name the candidates first: two of them, or more.")
        return policy_from(**known | values)

    return change


def named(
    before: Policy | None, names: Sequence[str], texts: Mapping[str, str | None] | None = None
) -> list[dict[str, Any]]:
    """Candidates by these names, with the texts they have or are given now.

    Raises `SettingsError` for the text of what is no candidate.
    """
    known = {one.name: one.text for one in before.candidates} if before else {}
    if strange := sorted((texts or {}).keys() - set(names)):
        raise SettingsError(f"There is no candidate {strange[0]!r}; there are: {', '.join(names)}.")
    known |= dict(texts or {})
    return [{"name": name, "text": known.get(name)} for name in names]


def policy_from(**values: Any) -> Policy:
    """Validate *values*. Raises `SettingsError` naming what is wrong."""
    try:
        return Policy.model_validate(values)
    except ValidationError as why:
        raise SettingsError("; ".join(map(_sentence, why.errors()))) from why


def _sentence(error: Any) -> str:
    place = ".".join(map(str, error["loc"]))
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "value_error":  # ours, which name what is wrong
        return message
    return f"{place}: {message}, not {repr(error['input'])[:60]}"


def _version(event: dict[str, Any]) -> Version:
    told = event["value"]
    return Version(told["version"], Policy.model_validate(told["policy"]))
