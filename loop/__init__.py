"""The loop: pool → strategy → person → log → schedule → model → pool.

This room touches the project folder and the trainer process; it knows no screen and no socket.
Importing it imports neither scikit-learn nor modAL, which only the trainer needs.
"""

from loop.answers import Answer
from loop.errors import LoopError
from loop.project import Project
from loop.session import Given, Receipt
from loop.status import status

__all__ = ["Answer", "Given", "LoopError", "Project", "Receipt", "status"]
