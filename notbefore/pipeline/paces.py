"""How fast each audience has been told things: a row of its partition, read only where the file asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.config.model import Audience
from notbefore.pipeline.case import Pace
from notbefore.pipeline.dependencies import Dependencies

FLUSHES = "g|flushes"


class Flushes(Struct, frozen=True):
    """When each group of an audience was last sent; those older than a day are forgotten."""

    at: dict[str, datetime]


async def paces(outside: Dependencies, audiences: Iterable[Audience]) -> dict[str, Pace]:
    """By audience, for those that group or have a budget. Raises: StorageUnavailable."""
    asked = [audience for audience in audiences if audience.grouped or audience.budget]
    if not asked:
        return {}
    found = await asyncio.gather(*(_pace(outside, audience) for audience in asked))
    return {audience.name: pace for audience, pace in zip(asked, found, strict=True)}


async def _pace(outside: Dependencies, audience: Audience) -> Pace:
    partition = rowkeys.audience(audience.name)
    flushes: dict[str, datetime] = {}
    sent: list[datetime] = []
    if audience.grouped and audience.group.interval:
        row = (await outside.stories.get(partition, [FLUSHES])).get(FLUSHES)
        flushes = msgspec.json.decode(row.body, type=Flushes).at if row else {}
    if audience.budget:
        since = rowkeys.spent(outside.clock() - audience.budget.per, "")
        async for row in outside.stories.scan(partition, since, "b|~"):
            sent.append(datetime.strptime(row.key.split("|")[1] + "+0000", "%Y%m%dT%H%M%S%f%z"))  # noqa: PERF401 # an async scan
    return Pace(flushes, outside.waiting.of(audience.name), tuple(sent))


def flushed(known: Flushes, group: str, now: datetime) -> Flushes:
    """The row after a group was sent."""
    recent = {name: at for name, at in known.at.items() if now - at < timedelta(days=1)}
    return Flushes(recent | {group: now})
