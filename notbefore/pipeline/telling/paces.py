"""How fast an audience has been told things: rows of its partition, read only where the file asks for them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from notbefore import rowkeys, timing
from notbefore.config.model import Audience
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.telling.case import Pace
from notbefore.schema import Story


class LastSent(Struct, frozen=True):
    """When a group was last sent: the next one waits for the interval."""

    at: datetime


class Sent(Struct, frozen=True):
    """A message that no row tells of yet: it is in the transaction that is being made. `group` None: in none."""

    audience: str
    group: str | None
    at: datetime


async def paces(
    outside: Dependencies, audiences: Iterable[Audience], story: Story, just_sent: Sequence[Sent] = ()
) -> dict[str, Pace]:
    """By audience, for those that group or have a budget, about the story's group. Raises: StorageUnavailable."""
    asked = [audience for audience in audiences if audience.grouped or audience.budget]
    if not asked:
        return {}
    found = await asyncio.gather(*(_pace(outside, audience, story, just_sent) for audience in asked))
    return {audience.name: pace for audience, pace in zip(asked, found, strict=True)}


async def _pace(outside: Dependencies, audience: Audience, story: Story, just_sent: Sequence[Sent]) -> Pace:
    mine = [one for one in just_sent if one.audience == audience.name]
    group = timing.group_key(audience, story)
    last = [one.at for one in mine if one.group == group]
    if audience.grouped:
        known = await last_sent(outside, audience, group)
        last += [known] if known else []
    spent = [one.at for one in mine] + (await _spent(outside, audience) if audience.budget else [])
    return Pace(max(last, default=None), outside.waiting.of(audience.name).get(group), tuple(spent))


async def last_sent(outside: Dependencies, audience: Audience, group: str) -> datetime | None:
    """When this group of the audience was last sent. Raises: StorageUnavailable."""
    key = rowkeys.group(group)
    row = (await outside.stories.get(rowkeys.audience(audience.name), [key])).get(key)
    return msgspec.json.decode(row.body, type=LastSent).at if row else None


async def _spent(outside: Dependencies, audience: Audience) -> list[datetime]:
    if audience.budget is None:
        return []
    since = rowkeys.spent(outside.clock() - audience.budget.per, "")
    rows = outside.stories.scan(rowkeys.audience(audience.name), since, "b|~")
    return [datetime.strptime(row.key.split("|")[1] + "+0000", "%Y%m%dT%H%M%S%f%z") async for row in rows]
