"""How the stand-ins for ticket systems are set up: as lenient as a fresh instance, or as strict as a company's."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

OPEN_WORKFLOW = {"To Do": ("In Progress", "Done"), "In Progress": ("To Do", "Done"), "Done": ("To Do", "In Progress")}


@dataclass(frozen=True)
class SetUp:
    """Rules of an instance; without any, everything that the API's reference allows is taken."""

    signed_in: bool = False
    """Who does not sign in gets 401."""
    mandatory: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Table or project → fields without which nothing is made."""
    moves: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """ServiceNow: table → state → the states that may follow; a table without rules allows all."""
    workflow: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: OPEN_WORKFLOW)
    """Jira: status → the statuses that its transitions lead to."""
    wants_resolution: bool = False
    """Jira: the transition to Done has a screen on which a resolution must be given."""
    read_only: tuple[str, ...] = ()
    """States in which nobody may change a record: `7` and the like, or names of statuses."""
    index_lag: float = 0.0
    """Jira: seconds until the search knows of a new issue or label."""
    clock: Callable[[], float] = time.monotonic

    def refuses(self, request: web.Request) -> bool:
        """Nobody is signed in, and somebody must be."""
        return self.signed_in and "Authorization" not in request.headers
