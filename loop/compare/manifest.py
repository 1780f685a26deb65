"""What a comparison was made of: enough to make the same numbers come out again."""

import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from loop.compare.cell import Protocol
from loop.compare.engine import made_by
from loop.compare.plan import Plan
from loop.compare.sets import DataSet


def manifest(plan: Plan, sets: Sequence[DataSet]) -> dict[str, Any]:
    """Versions, machine, data by fingerprint, and settings."""
    return {
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": dict(made_by()),
        "machine": {"system": platform.platform(), "processor": platform.machine()},
        "data": {data.name: data.fingerprint for data in sets},
        "strategies": list(plan.strategies),
        "seeds": plan.seeds,
        "protocols": [asdict(protocol) for protocol in plan.protocols],
    }


def title(data: DataSet, protocol: Protocol, plan: Plan) -> str:
    """A data set's name, with what tells this protocol from the plan's others."""
    differ = [
        f"{name} {value}"
        for name, value in asdict(protocol).items()
        if any(getattr(other, name) != value for other in plan.protocols)
    ]
    return ", ".join([data.name, *differ])
