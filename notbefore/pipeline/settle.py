"""How an attempt ends: put back for later, told, or dead; what is dead is told on the audience's fail-over channel."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.errors import Conflict
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.failover import Instead, instead_of
from notbefore.pipeline.outbox import Promise, enqueue, key_of, promise_key
from notbefore.pipeline.tried import Tried, note
from notbefore.ports import Put, Write
from notbefore.schema import Delivery, DeliveryState, Receipt

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that is ours for 60 s, and the etag that says so."""

    delivery: Delivery
    etag: str


async def put_back(
    outside: Dependencies,
    claim: Claim,
    at: datetime,
    *,
    counts: bool = True,
    error: str | None = None,
    known: Mapping[str, str] | None = None,
) -> None:
    """It waits in the queue. `counts`: an attempt was made; `known`: what it learnt.

    Raises: StorageUnavailable, Conflict.
    """
    waiting = replace(
        claim.delivery,
        state=DeliveryState.PENDING,
        attempts=claim.delivery.attempts - (0 if counts else 1),
        claimed_until=None,
        due_at=at,
        last_error=error or claim.delivery.last_error,
        receipt={**claim.delivery.receipt, **(known or {})},
    )
    key = key_of(waiting)
    writes = [
        Write(Put.REPLACE, key, msgspec.json.encode(waiting), claim.etag),
        Write(Put.DELETE, promise_key(claim.delivery)),
        Write(Put.UPSERT, promise_key(waiting), msgspec.json.encode(Promise(delivery=key))),
    ]
    if writes[1].key == writes[2].key:
        del writes[1]
    etags = await outside.stories.commit(waiting.partition, writes)
    await enqueue(outside, [waiting], etags, {key: writes[0].body})


async def over(
    outside: Dependencies,
    claim: Claim,
    state: DeliveryState,
    *,
    receipt: Receipt | None = None,
    error: str | None = None,
) -> None:
    """Confirms. A claim that somebody else has taken over is theirs to confirm. Raises: StorageUnavailable."""
    now = outside.clock()
    ended = replace(
        claim.delivery,
        state=state,
        claimed_until=None,
        sent_at=now if state is DeliveryState.SENT else claim.delivery.sent_at,
        last_error=error or claim.delivery.last_error,
        receipt=receipt.details if receipt else claim.delivery.receipt,
    )
    writes = [
        Write(Put.REPLACE, key_of(ended), msgspec.json.encode(ended), claim.etag),
        Write(Put.DELETE, promise_key(claim.delivery)),
    ]
    instead = Instead()
    if state is DeliveryState.DEAD:
        instead = await instead_of(outside, ended, error or "")
        writes.append(Write(Put.UPSERT, rowkeys.dead(ended.id), msgspec.json.encode(key_of(ended))))
    try:
        etags = await outside.stories.commit(ended.partition, [*writes, *instead.writes])
    except Conflict:
        log.warning("delivery %s: the claim was taken over before it was confirmed", ended.id)
        return
    if state is DeliveryState.DEAD:
        where = f"told on {len(instead.deliveries)} fail-over channels" if instead.channels else "no fail-over channel"
        log.error("delivery %s to %s by %s is dead (%s): %s", ended.id, ended.audience, ended.channel, where, error)
    await enqueue(outside, instead.deliveries, etags)
    if ended.story.test:
        await _note_drill(outside, ended, error or "")


async def _note_drill(outside: Dependencies, ended: Delivery, error: str) -> None:
    """The coverage page says when each target was last tried."""
    told = ended.state is DeliveryState.SENT
    tried = Tried(
        audience=ended.audience,
        channel=ended.channel,
        target=ended.target,
        told=told,
        said="sent in a drill" if told else error,
        at=outside.clock(),
    )
    await note(outside.control, tried)
