"""One delivery: claim → send → confirm.

At least once, with the delivery id as the idempotency key outside. A claim lasts 60 s; a send 10. What a crash
leaves claimed, the sweeper enqueues again when the claim has run out.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.errors import Conflict, DeliveryError, Permanent, Transient
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.outbox import DeliveryMessage, Promise, enqueue, key_of, promise_key
from notbefore.pipeline.retries import next_attempt
from notbefore.ports import Put, Row, Write
from notbefore.schema import Delivery, DeliveryState, Receipt

log = logging.getLogger(__name__)

CLAIM = timedelta(seconds=60)
"""How long nobody else may send it. Also how long the sweeper waits before it takes a delivery up."""

_WAIT = timedelta(seconds=2)
"""How long a delivery steps aside while the one before it is being sent."""

_EARLY = timedelta(seconds=1)
_LANE = 20


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that is ours for 60 s, and the etag that says so."""

    delivery: Delivery
    etag: str


async def deliver(outside: Dependencies, message: bytes) -> None:
    """Brings one delivery as far as it gets now. Raises: StorageUnavailable, and the queue tries again."""
    item = msgspec.json.decode(message, type=DeliveryMessage)
    claim = await _claim(outside, item)
    if claim is None:
        return
    if not await _is_its_turn(outside, claim.delivery):
        await _put_back(outside, claim, outside.clock() + _WAIT, attempts=claim.delivery.attempts - 1)
        return
    try:
        receipt = await _send(outside, claim.delivery)
    except Transient as error:
        await _failed(outside, claim, error, error.retry_after)
    except DeliveryError as error:
        await _over(outside, claim, DeliveryState.DEAD, error=str(error))
    else:
        await _over(outside, claim, DeliveryState.SENT, receipt=receipt)


async def _claim(outside: Dependencies, item: DeliveryMessage) -> Claim | None:
    """The message carries the row as it was written: as long as nobody touched it no read is needed."""
    if item.delivery is not None and item.etag is not None:
        claim = await _try_claim(outside, item.delivery, item.etag)
        if claim is not None:
            return claim
    row = (await outside.stories.get(item.partition, [item.key])).get(item.key)
    if row is None:
        return None
    return await _try_claim(outside, msgspec.json.decode(row.body, type=Delivery), row.etag)


async def _try_claim(outside: Dependencies, delivery: Delivery, etag: str) -> Claim | None:
    now = outside.clock()
    free = delivery.state is DeliveryState.PENDING or (
        delivery.state is DeliveryState.SENDING and (delivery.claimed_until or now) <= now
    )
    if not free or delivery.due_at > now + _EARLY:
        return None
    claimed = replace(delivery, state=DeliveryState.SENDING, attempts=delivery.attempts + 1, claimed_until=now + CLAIM)
    write = Write(Put.REPLACE, key_of(delivery), msgspec.json.encode(claimed), etag)
    try:
        etags = await outside.stories.commit(delivery.partition, [write])
    except Conflict:
        return None
    return Claim(claimed, etags[write.key])


async def _is_its_turn(outside: Dependencies, delivery: Delivery) -> bool:
    """An older revision never arrives after a newer one: what still waits in the lane is replaced by this."""
    before = delivery.after
    for _ in range(_LANE):
        if before is None:
            return True
        row = (await outside.stories.get(delivery.partition, [before])).get(before)
        if row is None:
            return True
        older = msgspec.json.decode(row.body, type=Delivery)
        if older.state is DeliveryState.SENDING and (older.claimed_until or outside.clock()) > outside.clock():
            return False
        if older.state not in {DeliveryState.PENDING, DeliveryState.SENDING}:
            return True
        if not await _replace(outside, older, row, delivery):
            return False
        before = older.after
    return True


async def _replace(outside: Dependencies, older: Delivery, row: Row, newer: Delivery) -> bool:
    why = f"replaced by revision {newer.revision} ({newer.occasion}) before it was sent"
    ended = replace(older, state=DeliveryState.REPLACED, last_error=why, claimed_until=None)
    writes = [
        Write(Put.REPLACE, row.key, msgspec.json.encode(ended), row.etag),
        Write(Put.DELETE, promise_key(older)),
    ]
    try:
        await outside.stories.commit(older.partition, writes)
    except Conflict:
        return False
    return True


async def _send(outside: Dependencies, delivery: Delivery) -> Receipt:
    audience = outside.rules().config.audience(delivery.audience)
    if audience is None:
        raise Permanent(f"audience {delivery.audience} is no longer in the routing file")
    channel = outside.channels.get(delivery.channel)
    if channel is None:
        raise Permanent(f"there is no channel {delivery.channel} here")
    return await channel.send(outside.render(delivery, audience))


async def _failed(outside: Dependencies, claim: Claim, error: Transient, retry_after: float | None) -> None:
    at = next_attempt(claim.delivery, outside.clock(), retry_after)
    if at is None:
        await _over(outside, claim, DeliveryState.DEAD, error=f"given up after the last try: {error}")
        return
    log.warning("delivery %s failed, attempt %d: %s", claim.delivery.id, claim.delivery.attempts, error)
    await _put_back(outside, claim, at, attempts=claim.delivery.attempts, error=str(error))


async def _put_back(
    outside: Dependencies, claim: Claim, at: datetime, *, attempts: int, error: str | None = None
) -> None:
    waiting = replace(
        claim.delivery,
        state=DeliveryState.PENDING,
        attempts=attempts,
        claimed_until=None,
        due_at=at,
        last_error=error or claim.delivery.last_error,
    )
    key = key_of(waiting)
    writes = [
        Write(Put.REPLACE, key, msgspec.json.encode(waiting), claim.etag),
        Write(Put.DELETE, promise_key(claim.delivery)),
        Write(Put.UPSERT, promise_key(waiting), msgspec.json.encode(Promise(delivery=key))),
    ]
    etags = await outside.stories.commit(waiting.partition, writes)
    await enqueue(outside, [waiting], etags, {key: writes[0].body})


async def _over(
    outside: Dependencies,
    claim: Claim,
    state: DeliveryState,
    *,
    receipt: Receipt | None = None,
    error: str | None = None,
) -> None:
    """Confirms. A claim that somebody else has taken over is theirs to confirm."""
    now = outside.clock()
    ended = replace(
        claim.delivery,
        state=state,
        claimed_until=None,
        sent_at=now if state is DeliveryState.SENT else None,
        last_error=error or claim.delivery.last_error,
        receipt=receipt.details if receipt else {},
    )
    writes = [
        Write(Put.REPLACE, key_of(ended), msgspec.json.encode(ended), claim.etag),
        Write(Put.DELETE, promise_key(claim.delivery)),
    ]
    if state is DeliveryState.DEAD:
        writes.append(Write(Put.UPSERT, rowkeys.dead(ended.id), msgspec.json.encode(key_of(ended))))
    try:
        await outside.stories.commit(ended.partition, writes)
    except Conflict:
        log.warning("delivery %s: the claim was taken over before it was confirmed", ended.id)
        return
    if state is DeliveryState.DEAD:
        log.error("delivery %s is dead: %s", ended.id, error)
