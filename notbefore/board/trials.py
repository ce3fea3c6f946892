"""When each target of the routing file was last sent a test message: what was never tried is not known to work."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from notbefore.board.board import Board
from notbefore.board.brief import shown_target
from notbefore.config.model import Audience
from notbefore.pipeline.tried import Tried, all_tried

SHOWN = 200
"""Targets on one page, those that failed or were never tried first."""


class Trial(Struct, frozen=True, kw_only=True):
    """One target. `state`: `told`, `failed` or `never`."""

    audience: str
    channel: str
    target: str
    failover: bool
    state: str
    at: datetime | None = None
    said: str = ""


async def trials(board: Board, audiences: Iterable[Audience]) -> tuple[Trial, ...]:
    """Every target of these audiences, the doubtful first. Raises: StorageUnavailable."""
    known = {(one.audience, one.channel, one.target): one async for one in all_tried(board.outside.control)}
    found = [
        _trial(audience.name, channel.kind, target, known, failover=channel.failover)
        for audience in audiences
        for channel in audience.channels
        for target in channel.targets
    ]
    return tuple(sorted(found, key=_doubtful))


def _trial(
    audience: str, channel: str, target: str, known: dict[tuple[str, str, str], Tried], *, failover: bool
) -> Trial:
    tried = known.get((audience, channel, target))
    return Trial(
        audience=audience,
        channel=channel,
        target=shown_target(target),
        failover=failover,
        state="never" if tried is None else "told" if tried.told else "failed",
        at=tried.at if tried else None,
        said=tried.said if tried else "",
    )


def _doubtful(one: Trial) -> tuple[int, float, str, str, str]:
    order = ("failed", "never", "told").index(one.state)
    return order, one.at.timestamp() if one.at else 0.0, one.audience, one.channel, one.target
