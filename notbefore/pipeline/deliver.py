"""One delivery: claim → send → confirm.

At least once, with the delivery id as the idempotency key outside. A claim lasts 60 s; a send 10. What a crash
leaves claimed, the sweeper enqueues again when the claim has run out.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from notbefore.config.model import Audience
from notbefore.errors import Accepted, Busy, Conflict, DeliveryError, Gone, Permanent, Transient
from notbefore.pipeline import reports, sharing
from notbefore.pipeline.circuits import FAILURES, endpoint
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.outbox import DeliveryMessage, key_of, promise_key
from notbefore.pipeline.reporters import runbooks
from notbefore.pipeline.retries import next_attempt
from notbefore.pipeline.settle import Claim, over, put_back
from notbefore.pipeline.versions import check_version
from notbefore.ports import Put, Row, Write
from notbefore.schema import Delivery, DeliveryState, Receipt

log = logging.getLogger(__name__)

CLAIM = timedelta(seconds=60)
"""How long nobody else may send it. Also how long the sweeper waits before it takes a delivery up."""

_WAIT = timedelta(seconds=2)
"""How long a delivery steps aside while the one before it is being sent."""

_EARLY = timedelta(seconds=1)
_LANE = 20
_TOLD = frozenset({DeliveryState.SENT, DeliveryState.RESTORED})


async def deliver(outside: Dependencies, message: bytes) -> None:
    """Brings one delivery as far as it gets now. Raises: StorageUnavailable, and the queue tries again; Newer."""
    check_version(message)
    item = msgspec.json.decode(message, type=DeliveryMessage)
    claim = await _claim(outside, item)
    if claim is None:
        return
    before = await _before(outside, claim.delivery)
    if before is None:
        await put_back(outside, claim, outside.clock() + _WAIT, counts=False)
        return
    try:
        receipt = await _send(outside, claim.delivery, before | claim.delivery.receipt)
    except _Later as wait:
        kept = replace(claim.delivery, promised_at=wait.promised_at or claim.delivery.promised_at)
        await put_back(outside, Claim(kept, claim.etag), wait.at, counts=False, error=str(wait))
    except Busy as error:
        await put_back(outside, claim, outside.clock() + _WAIT, counts=False, error=str(error))
    except Accepted as error:
        await reports.expect(outside, claim.delivery, Receipt(error.known))
        await _failed(outside, claim, error)
    except Transient as error:
        await _failed(outside, claim, error)
    except DeliveryError as error:
        await over(outside, claim, DeliveryState.DEAD, receipt=_learnt(claim, error), error=str(error))
    else:
        await reports.expect(outside, claim.delivery, receipt)
        await runbooks.expect(outside, claim.delivery)
        await over(outside, claim, DeliveryState.SENT, receipt=receipt)


class _Later(Exception):
    """Nothing was sent, and no attempt is counted."""

    def __init__(self, at: datetime, why: str, *, promised: bool = False) -> None:
        super().__init__(f"{why} until {at:%Y-%m-%d %H:%M:%S} UTC")
        self.at = at
        self.promised_at = at if promised else None


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


async def _before(outside: Dependencies, delivery: Delivery) -> dict[str, str] | None:
    """What the last message in the lane left: its receipt, which names the ticket or the thread. None: not its turn.

    An older revision never arrives after a newer one: what still waits in the lane is replaced by this.
    """
    before, left = delivery.after, dict[str, str]()
    for _ in range(_LANE):
        row = (await outside.stories.get(delivery.partition, [before])).get(before) if before else None
        if row is None:
            break
        older = msgspec.json.decode(row.body, type=Delivery)
        if older.state is DeliveryState.SENDING and (older.claimed_until or outside.clock()) > outside.clock():
            return None
        waits = not older.is_over and not older.handed_over
        if waits and not await _replace(outside, older, row, delivery):
            return None
        left = older.receipt | left
        if older.state in _TOLD or older.handed_over:
            break
        before = older.after
    return left


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


async def _send(outside: Dependencies, delivery: Delivery, before: dict[str, str]) -> Receipt:
    """Raises: Transient, Permanent; _Later when it is not its time."""
    rules = outside.rules()
    audience = rules.config.audience(delivery.audience) or _departed(delivery)
    channel = outside.channels.get(delivery.channel)
    if channel is None:
        raise Permanent(f"there is no channel {delivery.channel} here")
    message = replace(outside.render(delivery, audience), before=before)
    place = endpoint(message)
    await outside.gone.check(outside.control, delivery, rules.config.version_id, outside.clock())
    await _may_go(outside, delivery, audience, place)
    try:
        receipt = await sharing.sent(outside, channel, delivery, message)
    except Busy:
        raise
    except Transient as error:
        await _note_failure(outside, delivery, place, error)
        raise
    except Gone:
        await outside.gone.mark(outside.control, delivery, rules.config.version_id, outside.clock())
        raise
    await outside.circuits.answered(outside.control, place)
    return receipt


def _departed(delivery: Delivery) -> Audience:
    """An audience that the routing file no longer has: who heard the beginning hears the end."""
    return Audience(name=delivery.audience, channels=(), language=delivery.language, time_zone=delivery.time_zone)


async def _may_go(outside: Dependencies, delivery: Delivery, audience: Audience, place: str) -> None:
    """Raises: _Later while the endpoint is left alone, or has had as many messages as it takes."""
    now = outside.clock()
    await outside.circuits.learn(outside.control, now)
    circuit = outside.circuits.of(place)
    at = circuit.turned_away(delivery, now) if circuit else None
    if circuit is not None and at is not None:
        times = f"failed {circuit.failures} times in a row" if circuit.failures >= FAILURES else "asks for time"
        raise _Later(at, f"waits for the receiver, which {times},")
    if delivery.handed_over:
        return  # it is only asked what became of it
    standard = outside.limits.get(delivery.channel, ())
    at = await outside.counters.delayed(outside.control, delivery, audience, standard, now)
    if at is not None:
        raise _Later(at, "delayed by the rate limit", promised=True)


async def _note_failure(outside: Dependencies, delivery: Delivery, place: str, error: Transient) -> None:
    if error.alone or delivery.handed_over:
        await outside.circuits.answered(outside.control, place)
        return
    now, wish = outside.clock(), error.retry_after
    await outside.circuits.failed(outside.control, place, now, next_attempt(delivery, now, wish), wish)


async def _failed(outside: Dependencies, claim: Claim, error: Transient) -> None:
    at = next_attempt(claim.delivery, outside.clock(), error.retry_after)
    if at is None:
        why = f"given up after the last try: {error}"
        await over(outside, claim, DeliveryState.DEAD, receipt=_learnt(claim, error), error=why)
        return
    log.warning("delivery %s is not told yet, attempt %d: %s", claim.delivery.id, claim.delivery.attempts, error)
    await put_back(outside, claim, at, error=str(error), known=error.known)


def _learnt(claim: Claim, error: DeliveryError) -> Receipt | None:
    return Receipt(claim.delivery.receipt | error.known) if error.known else None
