"""A routing file that came in force: its differences go into the audit, and what waits is looked at anew.

Whichever process sees a version first does both; the row `routes` of the table `control` says which is in force.
"""

from __future__ import annotations

import base64
import logging
import zlib
from datetime import datetime

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.config.differences import differences
from notbefore.config.model import Audience, RoutingConfig
from notbefore.errors import Conflict
from notbefore.pipeline.audit import Entry, note
from notbefore.pipeline.departed import note_departures
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.telling.follow_up import planned
from notbefore.ports import Put, Row, Write
from notbefore.schema import Story

log = logging.getLogger(__name__)

PLACE = "routes"
_LARGEST = 400_000
"""Characters of a packed file that is kept to compare with; a row holds half a million."""


class InForce(Struct, frozen=True, kw_only=True):
    """The version that decides since `at`; `packed` is the file itself, to be compared with the next one."""

    version: str
    at: datetime
    packed: str = ""


async def heed_routes(outside: Dependencies) -> bool:
    """Whether the file in force has changed, and this process is the one to see to it. Raises: StorageUnavailable."""
    config = outside.rules().config
    if config.version_id in outside.heeded:
        return False
    row = (await outside.control.get(PLACE, [PLACE])).get(PLACE)
    known = msgspec.json.decode(row.body, type=InForce) if row else None
    changed = known is not None and known.version != config.version_id
    if changed:
        await heed_departures(outside)
        await plan_again(outside)
    if changed or known is None:
        first = await _take_up(outside, config, known, row)
        changed = changed and first
    outside.heeded.clear()  # a file that comes back after another is a change like any other
    outside.heeded.add(config.version_id)
    return changed


async def _take_up(outside: Dependencies, config: RoutingConfig, known: InForce | None, row: Row | None) -> bool:
    now = outside.clock()
    packed = base64.b85encode(zlib.compress(msgspec.json.encode(config))).decode()
    body = msgspec.json.encode(
        InForce(version=config.version_id, at=now, packed=packed if len(packed) <= _LARGEST else "")
    )
    write = Write(Put.REPLACE, PLACE, body, row.etag) if row else Write(Put.INSERT, PLACE, body)
    try:
        await outside.control.commit(PLACE, [write])
    except Conflict:
        return False
    changes = _in_words(known, config)
    log.warning("routing file %s is in force: %s", config.version_id, "; ".join(changes))
    await note(outside, Entry(at=now, what="routes", routes_version=config.version_id, changes=changes))
    return True


async def heed_departures(outside: Dependencies) -> None:
    """Keeps who left with the file in force, if that is not done yet. Raises: StorageUnavailable."""
    config = outside.rules().config
    if config.version_id in outside.heeded:
        return
    row = (await outside.control.get(PLACE, [PLACE])).get(PLACE)
    known = msgspec.json.decode(row.body, type=InForce) if row else None
    old = _unpacked(known) if known and known.version != config.version_id else None
    if old is not None:
        await note_departures(outside, old, config)


def _unpacked(known: InForce) -> RoutingConfig | None:
    """The file itself; None when it was not kept, or by another version of NotBefore."""
    if not known.packed:
        return None
    try:
        return msgspec.json.decode(zlib.decompress(base64.b85decode(known.packed)), type=RoutingConfig)
    except msgspec.MsgspecError:
        return None


def _in_words(known: InForce | None, config: RoutingConfig) -> tuple[str, ...]:
    if known is None:
        return ("the first routing file",)
    if not known.packed:
        return (f"version {known.version} was too large to be kept for a comparison",)
    old = _unpacked(known)
    if old is None:
        return (f"version {known.version} was written by another version of NotBefore and cannot be compared",)
    return differences(old, config) or ("it decides as before",)


async def plan_again(outside: Dependencies) -> None:
    """Reminders and escalations of open stories as the file wants them now. Twice does no harm.

    Those that it wants no longer are dropped when their time comes. Raises: StorageUnavailable.
    """
    async for partition in outside.stories.partitions():
        if partition.startswith(rowkeys.AUDIENCE):
            continue
        async for row in outside.stories.scan(partition, *rowkeys.span(rowkeys.head(""))):
            story = msgspec.json.decode(row.body, type=Story)
            if not story.over and story.merged_into is None and story.moved_to is None:
                await _plan(outside, story)


async def _plan(outside: Dependencies, story: Story) -> None:
    config = outside.rules().config
    for name, heard in story.heard.items():
        audience = config.audience(name)
        if audience is not None:
            await _hand_over(outside, audience, story, heard.last_at)


async def _hand_over(outside: Dependencies, audience: Audience, story: Story, told_at: datetime) -> None:
    for key, due in planned(audience, story, told_at, outside.clock()).items():
        try:
            write = Write(Put.INSERT, key, msgspec.json.encode(due))
            await outside.stories.commit(rowkeys.audience(audience.name), [write])
        except Conflict:
            continue
