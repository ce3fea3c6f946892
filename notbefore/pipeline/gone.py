"""Webhooks that said 410: nothing is sent there until the routing file changes, or a person sends again.

One row in the table `control` each, read at most once a minute while there is nothing to refuse.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.errors import Gone
from notbefore.ports import Put, Rows, Write
from notbefore.schema import Delivery

PARTITION = "gone"
_READ_EACH = timedelta(minutes=1)


class GoneMark(Struct, frozen=True):
    """When an endpoint said so, and under which routing file."""

    at: datetime
    routes_version: str


class GoneEndpoints:
    """The marks as this process last read them."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._read_at: datetime | None = None

    async def check(self, control: Rows, delivery: Delivery, version: str, now: datetime) -> None:
        """Raises: Gone when the endpoint said 410 under this routing file; StorageUnavailable."""
        if delivery.channel != "webhook":
            return
        if self._read_at is None or now - self._read_at >= _READ_EACH:
            self._known = {row.key async for row in control.scan(PARTITION, "", "~")}
            self._read_at = now
        key = _key(delivery)
        if key not in self._known:
            return
        row = (await control.get(PARTITION, [key])).get(key)
        mark = msgspec.json.decode(row.body, type=GoneMark) if row else None
        if mark is not None and mark.routes_version == version:
            since = f"{mark.at:%Y-%m-%d %H:%M} UTC"
            raise Gone(f"the receiver said 410 at {since}: change its address, or send again when it is back")

    async def mark(self, control: Rows, delivery: Delivery, version: str, now: datetime) -> None:
        """It said 410. Raises: StorageUnavailable."""
        if delivery.channel == "webhook":
            body = msgspec.json.encode(GoneMark(now, version))
            await control.commit(PARTITION, [Write(Put.UPSERT, _key(delivery), body)])
            self._known.add(_key(delivery))


async def forget(control: Rows, delivery: Delivery) -> None:
    """A person sends again: the endpoint is asked anew. Raises: StorageUnavailable."""
    if delivery.channel == "webhook":
        await control.commit(PARTITION, [Write(Put.DELETE, _key(delivery))])


def _key(delivery: Delivery) -> str:
    return rowkeys.digest(delivery.channel, delivery.target)
