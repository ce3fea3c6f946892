"""Who may read an audience's calendar: a counter for each audience; an address of an older count opens nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import msgspec
from msgspec import Struct

from notbefore import rowkeys, signed
from notbefore.pipeline.dependencies import Dependencies
from notbefore.ports import Put, Write

CALENDARS = "calendars"
"""Partition of the table `control`."""
USE = "calendar"
_FOR_EVER = datetime(2100, 1, 1, tzinfo=UTC)
"""A subscription lasts until it is revoked: one that ends by itself is missed too late."""


class Count(Struct, frozen=True):
    """How often the audience's addresses were revoked."""

    revoked: int = 0


async def count(outside: Dependencies, audience: str) -> int:
    """The audience's counter. Raises: StorageUnavailable."""
    return (await _count(outside, audience))[0]


async def revoke(outside: Dependencies, audience: str) -> int:
    """Every address given out so far opens nothing from now on; the new counter.

    Raises: Conflict when somebody else does the same just now; StorageUnavailable.
    """
    before, etag = await _count(outside, audience)
    row = msgspec.json.encode(Count(before + 1))
    put = Put.REPLACE if etag else Put.INSERT
    await outside.control.commit(CALENDARS, [Write(put, rowkeys.digest(audience), row, etag)])
    return before + 1


def address(public_url: str, audience: str, revoked: int, key: str) -> str:
    """The address to subscribe to; the same whenever it is asked for."""
    token = signed.sign(signed.Pass(USE, str(revoked), audience, _FOR_EVER), key)
    return f"{public_url.rstrip('/')}/calendar/{quote(audience, safe='')}.ics?token={token}"


def opens(permit: signed.Pass | None, audience: str, revoked: int) -> bool:
    """Whether a pass opens this audience's calendar."""
    return permit is not None and (permit.use, permit.audience, permit.story) == (USE, audience, str(revoked))


async def _count(outside: Dependencies, audience: str) -> tuple[int, str | None]:
    key = rowkeys.digest(audience)
    row = (await outside.control.get(CALENDARS, [key])).get(key)
    return (msgspec.json.decode(row.body, type=Count).revoked, row.etag) if row else (0, None)
