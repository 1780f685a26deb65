"""What can go wrong with an export."""

from loop.errors import LoopError


class ExportError(LoopError):
    """An export that cannot be written."""
