"""What a person orders: I have it; be silent about these for a while; speak again."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.errors import Refused
from notbefore.muting import Silence
from notbefore.pipeline.attempts import committed
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.holds import SILENCES
from notbefore.pipeline.telling.acknowledged import tell_acknowledged
from notbefore.pipeline.telling.telling import Telling, let_go
from notbefore.pipeline.unit import Unit
from notbefore.ports import Put, Write
from notbefore.schema import Story


async def acknowledge(outside: Dependencies, subscription: str, story_id: str, by: str) -> Story:
    """The story's head says who has it and since when; the first to say so stays. Who heard of it is told.

    Raises: Refused (404), StorageUnavailable; Conflict after many tries.
    """
    key = rowkeys.head(story_id)

    async def decide(unit: Unit) -> tuple[Story, Telling]:
        telling = Telling()
        await unit.load([key])
        story = unit.get(key, Story)
        if story is None:
            raise Refused(404, "there is no such story")
        if story.acknowledged_at is None:
            story = replace(story, acknowledged_by=by, acknowledged_at=outside.clock())
            unit.put(key, story)
            await tell_acknowledged(outside, unit, story, telling)
        return story, telling

    (story, telling), etags, encoded = await committed(outside, subscription, decide)
    await let_go(outside, subscription, telling, etags, encoded)
    return story


async def silence(outside: Dependencies, order: Silence) -> None:
    """Keeps the order; every process obeys it within seconds. Raises: StorageUnavailable."""
    write = Write(Put.UPSERT, order.id, msgspec.json.encode(order))
    await outside.control.commit(SILENCES, [write])
    outside.holds.read_at = None


async def lift(outside: Dependencies, silence_id: str, by: str) -> Silence:
    """Ends a silence now; what it held is decided again. Raises: Refused (404), Conflict, StorageUnavailable."""
    row = (await outside.control.get(SILENCES, [silence_id])).get(silence_id)
    if row is None:
        raise Refused(404, "there is no such silence")
    known = msgspec.json.decode(row.body, type=Silence)
    if known.lifted_at is not None:
        return known
    lifted = replace(known, lifted_at=outside.clock(), lifted_by=by)
    await outside.control.commit(SILENCES, [Write(Put.REPLACE, silence_id, msgspec.json.encode(lifted), row.etag)])
    outside.holds.read_at = None
    return lifted


async def silences(outside: Dependencies) -> list[Silence]:
    """Every silence on record, those that end last first. Raises: StorageUnavailable."""
    rows = outside.control.scan(SILENCES, *rowkeys.span(""))
    found = [msgspec.json.decode(row.body, type=Silence) async for row in rows]
    return sorted(found, key=lambda one: one.ends_at, reverse=True)
