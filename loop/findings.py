"""What a rebuilding found."""

from dataclasses import dataclass, field


@dataclass
class Findings:
    """What came of it."""

    rounds: int = 0  #: that came out as the log has them
    starts: int = 0  #: the same of choices of what is asked first
    differences: list[str] = field(default_factory=list)  #: the first first
    not_rebuilt: dict[str, list[str]] = field(default_factory=dict)  #: why → which
    notes: dict[str, list[str]] = field(default_factory=dict)  #: the same of what was compared
    restored: list[str] = field(default_factory=list)  #: was missing or differed, and is back

    @property
    def identical(self) -> bool:
        """Whether nothing that is there differs from what comes of the log."""
        return not self.differences
