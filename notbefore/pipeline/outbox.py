"""What a transaction promised: deliveries to enqueue, due rows to hand to an audience.

Each promise is a row in the outbox of its partition, written with the story. A delivery's row goes when the
delivery is over, a due row's when the audience has it; what a crash left behind the sweeper takes up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TypeVar

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.errors import Conflict
from notbefore.pipeline.dependencies import Dependencies
from notbefore.ports import TRANSACTION_LIMIT, Put, Write
from notbefore.schema import STORED_VERSION, Delivery

T = TypeVar("T")

MESSAGE_LIMIT = 45 * 1024
"""Bytes of a delivery that travels in its queue message."""

LONGEST_DELAY = timedelta(days=7) - timedelta(minutes=1)


class DeliveryMessage(Struct, frozen=True):
    """What lies on the queue `deliveries`: where the ledger has it, and the row as it was written."""

    partition: str
    key: str
    etag: str | None = None
    delivery: Delivery | None = None


class _Outgoing(Struct, frozen=True, omit_defaults=True):
    """The same, with the row in the words in which it was written."""

    partition: str
    key: str
    etag: str | None
    delivery: msgspec.Raw | None
    version: int = 1


class Promise(Struct, frozen=True, kw_only=True):
    """An outbox row: a delivery in the ledger, or rows that an audience's partition is to take."""

    delivery: str | None = None
    """Key of the ledger row, in this partition."""
    audience: str | None = None
    rows: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict)


def key_of(delivery: Delivery) -> str:
    """Where the ledger keeps it."""
    return rowkeys.delivery(delivery.story_id, delivery.id)


def promise_key(delivery: Delivery) -> str:
    """Where the outbox keeps it while it is not over; it moves with the time at which it is due."""
    return rowkeys.outbox(delivery.due_at, delivery.id)


async def enqueue(
    outside: Dependencies,
    deliveries: Iterable[Delivery],
    etags: Mapping[str, str],
    encoded: Mapping[str, bytes] = MappingProxyType({}),
) -> None:
    """Puts each delivery on the queue, seen when it is due. Raises: StorageUnavailable.

    `etags` and `encoded` are the ledger's rows as they were just written, by key; without them it is read again.
    """
    now = outside.clock()
    await together([_put(outside, delivery, etags, encoded, now) for delivery in deliveries])


async def together(steps: Sequence[Awaitable[T]]) -> list[T]:
    """All of them at once; one alone needs no task of its own."""
    return [await steps[0]] if len(steps) == 1 else list(await asyncio.gather(*steps))


async def _put(
    outside: Dependencies,
    delivery: Delivery,
    etags: Mapping[str, str],
    encoded: Mapping[str, bytes],
    now: datetime,
) -> None:
    key = key_of(delivery)
    row = encoded.get(key, b"")
    carried = key in etags and 0 < len(row) < MESSAGE_LIMIT
    etag, body = (etags.get(key), msgspec.Raw(row)) if carried else (None, None)
    message = _Outgoing(delivery.partition, key, etag, body, STORED_VERSION)
    delay = min(max(delivery.due_at - now, timedelta()), LONGEST_DELAY)
    await outside.delivery_queue.put(msgspec.json.encode(message), delay)


async def hand_over(outside: Dependencies, partition: str, promises: Mapping[str, Promise]) -> None:
    """Gives audiences their due rows, and then takes the promises back. Twice does no harm.

    Raises: StorageUnavailable.
    """
    for key, promise in promises.items():
        if promise.audience is None:
            continue
        target = rowkeys.audience(promise.audience)
        await _insert(outside, target, promise.rows)
        await outside.stories.commit(partition, [Write(Put.DELETE, key)])


async def _insert(outside: Dependencies, partition: str, rows: Mapping[str, msgspec.Raw]) -> None:
    """Folded stories and the times of groups are replaced by their newest; all else is there once.

    In one transaction; only where some of it is there already, each by itself.
    """
    writes = []
    for key, body in rows.items():
        if key.startswith("i|") and (at := msgspec.json.decode(body, type=_Folded).taken_back):
            await _take_back(outside, partition, key, at)
        else:
            put = Put.UPSERT if key.startswith(("i|", "g|")) else Put.INSERT
            writes.append(Write(put, key, bytes(body)))
    if not await _written(outside, partition, writes):
        for write in writes:
            await _written(outside, partition, [write])


async def _written(outside: Dependencies, partition: str, writes: Sequence[Write]) -> bool:
    if len(writes) > TRANSACTION_LIMIT:
        return False
    try:
        await outside.stories.commit(partition, writes)
    except Conflict:
        return False
    return True


class _Folded(Struct, frozen=True):
    at: datetime | None = None
    taken_back: datetime | None = None


async def _take_back(outside: Dependencies, partition: str, key: str, at: datetime) -> None:
    """Deletes what waits there, unless it has come since."""
    row = (await outside.stories.get(partition, [key])).get(key)
    since = msgspec.json.decode(row.body, type=_Folded).at if row else None
    if row is None or since is None or since > at:
        return
    try:
        await outside.stories.commit(partition, [Write(Put.DELETE, key, etag=row.etag)])
    except Conflict:
        return
