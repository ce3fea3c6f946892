"""What a transaction promised: deliveries to enqueue, due rows to hand to an audience.

Each promise is a row in the outbox of its partition, written with the story. A delivery's row goes when the
delivery is over, a due row's when the audience has it; what a crash left behind the sweeper takes up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.errors import Conflict
from notbefore.pipeline.dependencies import Dependencies
from notbefore.ports import Put, Write
from notbefore.schema import Delivery

MESSAGE_LIMIT = 46 * 1024
"""Bytes of a queue message that may carry the delivery itself."""

LONGEST_DELAY = timedelta(days=7) - timedelta(minutes=1)


class DeliveryMessage(Struct, frozen=True):
    """What lies on the queue `deliveries`: where the ledger has it, and the row as it was written."""

    partition: str
    key: str
    etag: str | None = None
    delivery: Delivery | None = None


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


async def enqueue(outside: Dependencies, deliveries: Iterable[Delivery], etags: Mapping[str, str]) -> None:
    """Puts each delivery on the queue, seen when it is due. Raises: StorageUnavailable."""
    now = outside.clock()
    await asyncio.gather(*(_put(outside, delivery, etags.get(key_of(delivery)), now) for delivery in deliveries))


async def _put(outside: Dependencies, delivery: Delivery, etag: str | None, now: datetime) -> None:
    message = DeliveryMessage(delivery.partition, key_of(delivery), etag, delivery if etag else None)
    body = msgspec.json.encode(message)
    if len(body) > MESSAGE_LIMIT:
        body = msgspec.json.encode(DeliveryMessage(delivery.partition, key_of(delivery)))
    delay = min(max(delivery.due_at - now, timedelta()), LONGEST_DELAY)
    await outside.delivery_queue.put(body, delay)


async def hand_over(outside: Dependencies, partition: str, promises: Mapping[str, Promise]) -> None:
    """Gives audiences their due rows, and then takes the promises back. Twice does no harm.

    Raises: StorageUnavailable.
    """
    for key, promise in promises.items():
        if promise.audience is None:
            continue
        target = rowkeys.audience(promise.audience)
        for row, body in promise.rows.items():
            await _insert(outside, target, row, bytes(body))
        await outside.stories.commit(partition, [Write(Put.DELETE, key)])


async def _insert(outside: Dependencies, partition: str, key: str, body: bytes) -> None:
    """Folded stories are replaced by their newest; all else is there once."""
    put = Put.UPSERT if key.startswith("i|") else Put.INSERT
    try:
        await outside.stories.commit(partition, [Write(put, key, body)])
    except Conflict:
        return
