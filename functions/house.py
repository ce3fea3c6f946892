"""What the doors share in one process: the pipeline's dependencies, the settings, the judge of tokens, the board."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from notbefore import bootstrap
from notbefore.board import Board
from notbefore.board.calendar import Feeds
from notbefore.entra import CALLERS as KNOWN_CALLERS
from notbefore.entra import ROLES, Entra, Trust
from notbefore.pipeline.dependencies import Dependencies
from notbefore.settings import EntraSettings, Settings, wants_token


@dataclass(frozen=True, slots=True)
class House:
    """One process's rooms, as the doors see them. A test furnishes its own."""

    outside: Dependencies
    settings: Settings
    board: Board
    entra: Entra | None = None
    """None: no token is asked for at the door for signals; the platform asks for a key, or it is open."""
    routes_problem: Callable[[], str | None] = lambda: None
    """What is wrong with the routing file as it lies there."""
    feeds: Feeds = field(default_factory=Feeds)


_houses: dict[int, House] = {}
"""By the house's dependencies: one in a process, more only in tests."""


async def house() -> House:
    """The house of this process. Raises: ConfigError, StorageUnavailable."""
    wired = await bootstrap.wired()
    known = _houses.get(id(wired.outside))
    if known is None:
        known = House(
            outside=wired.outside,
            settings=wired.settings,
            board=Board(wired.outside),
            entra=_judge(wired.settings.entra) if wired.settings.entra else None,
            routes_problem=lambda: wired.routes.problem,
        )
        _houses[id(wired.outside)] = known
    return known


def judge() -> Entra | None:
    """Who judges tokens, even when the rest of the house cannot start; None: the platform asks for a key.

    Raises: ConfigError when a token is wanted and the settings are wrong.
    """
    given = bootstrap.settings().entra if wants_token() else None
    return _judge(given) if given else None


@cache
def _judge(given: EntraSettings) -> Entra:
    trust = Trust(
        tenant=given.tenant,
        audiences=given.audiences,
        callers=given.callers or KNOWN_CALLERS,
        roles=given.roles or ROLES,
    )
    return Entra(trust, _fetch, bootstrap.now)


async def _fetch(url: str) -> bytes:
    """The tenant's keys, asked for once a day. Raises: Transient, Permanent."""
    from notbefore.outbound import Outbound, accepted

    outbound = Outbound()
    try:
        answer = await outbound.request("GET", url, b"", {})
    finally:
        await outbound.close()
    return accepted(answer, bootstrap.now()).body
