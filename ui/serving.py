"""The project that this server process serves; there is one, set before the first visitor."""

import threading
from dataclasses import dataclass, field
from functools import cached_property

from loop import Project
from loop.choosing import Chooser
from loop.comparing import Comparing
from loop.playing import Playing
from loop.supervisor import Supervisor
from ui.desk import Desk


@dataclass(frozen=True)
class Serving:
    """What the API and the pages work with."""

    project: Project
    supervisor: Supervisor
    by_invitation: bool = False  #: everybody signs in; else who sits here is the owner
    by_provider: bool = False  #: an identity provider may say who somebody is
    leaving: threading.Event = field(default_factory=threading.Event)  #: the server is to end

    @cached_property
    def desk(self) -> Desk:
        """Where calls of annotators are served."""
        return Desk(self.project.session)

    @cached_property
    def chooser(self) -> Chooser:
        """Who chooses between candidates for running applications."""
        return Chooser(self.project.store, self.project.settings.seed)

    @cached_property
    def comparing(self) -> Comparing:
        """Where a comparison of strategies is started, watched and stopped."""
        return Comparing(self.project.folder)

    @cached_property
    def playing(self) -> Playing:
        """Where people watch play, and say what they think of it."""
        return Playing(self.project)


_now: list[Serving] = []


def begin(serving: Serving) -> None:
    """Serve this project from now on."""
    _now[:] = [serving]


def now() -> Serving:
    """What is being served."""
    return _now[0]
