"""When each target was last sent a test message, and what it said: kept for the coverage page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.ports import Put, Rows, Write

PARTITION = "tried"


class Tried(Struct, frozen=True, kw_only=True):
    """One test message. `target` is as the routing file writes it; `said` holds no address."""

    audience: str
    channel: str
    target: str
    told: bool
    said: str
    at: datetime


async def note(control: Rows, tried: Tried) -> None:
    """The newest of each target is kept. Raises: StorageUnavailable."""
    key = rowkeys.digest(tried.audience, tried.channel, tried.target)
    await control.commit(PARTITION, [Write(Put.UPSERT, key, msgspec.json.encode(tried))])


async def all_tried(control: Rows) -> AsyncIterator[Tried]:
    """Every target that was ever tried. Raises: StorageUnavailable."""
    async for row in control.scan(PARTITION, "", "~"):
        yield msgspec.json.decode(row.body, type=Tried)
