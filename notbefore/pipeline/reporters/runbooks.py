"""What became of a runbook after it was started: it calls back, says that it failed, or does not say anything.

A start that succeeded is no end. A job that fails, or is not heard of again in the time that its channel gives it
(`done_within`), is dead in the ledger: on the board, alarmed, told on the audience's fail-over channels.
"""

from __future__ import annotations

import logging
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.config.model import RUNBOOK
from notbefore.errors import Conflict
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.outbox import key_of
from notbefore.pipeline.reporters.spoken import Said, Spoken
from notbefore.pipeline.settle import Claim, over
from notbefore.pipeline.telling.follow_up import DueRow
from notbefore.ports import Put, Row, Write
from notbefore.schema import Delivery, DeliveryState, Receipt

log = logging.getLogger(__name__)

_ENDED, _OVERDUE = "ended", "overdue"
_DONE, _FAILED = "done", "failed"
_WORDS = 200


async def expect(outside: Dependencies, delivery: Delivery) -> None:
    """Notes when the runbook of a delivery is to have called back. Raises: StorageUnavailable."""
    within = _patience(outside, delivery)
    if within is None:
        return
    at = outside.clock() + within
    row = DueRow(occasion=RUNBOOK, at=at, partition=delivery.partition, story=delivery.story_id, group=key_of(delivery))
    key = rowkeys.due(at, f"{RUNBOOK}|{delivery.id}")
    await outside.stories.commit(
        rowkeys.audience(delivery.audience), [Write(Put.UPSERT, key, msgspec.json.encode(row))]
    )


def _patience(outside: Dependencies, delivery: Delivery) -> timedelta | None:
    audience = outside.rules().config.audience(delivery.audience)
    channels = audience.channels if audience and delivery.channel == RUNBOOK else ()
    own = next((one for one in channels if one.kind == RUNBOOK and delivery.target in one.targets), None)
    seconds = (own.options if own else delivery.options).get("done_within")
    return timedelta(seconds=float(seconds)) if seconds and delivery.channel == RUNBOOK else None


async def answered(outside: Dependencies, said: Spoken) -> None:
    """What a runbook says of the delivery that started it: `done` and `failed` are its end, all else is on its way.

    Raises: StorageUnavailable; Conflict while the start is not confirmed yet, and the queue tries again.
    """
    told = said.data
    if not told.delivery or not told.story:
        return
    key = rowkeys.delivery(told.story, told.delivery)
    row = (await outside.stories.get(said.subscription, [key])).get(key)
    delivery = msgspec.json.decode(row.body, type=Delivery) if row else None
    if row is None or delivery is None or delivery.channel != RUNBOOK:
        log.warning("a runbook names a delivery that did not start it")
        return
    if not delivery.is_over:
        raise Conflict("a runbook spoke before its start was confirmed")
    if _ENDED in delivery.receipt and delivery.receipt[_ENDED] != _OVERDUE:
        return
    await _ended(outside, delivery, row, told)


async def _ended(outside: Dependencies, delivery: Delivery, row: Row, told: Said) -> None:
    words = " ".join(told.text.split())[:_WORDS]
    if told.state == _FAILED:
        why = f"it was started, and failed: {words}" if words else "it was started, and failed"
        await _dies(outside, delivery, row, {_ENDED: _FAILED}, why)
        return
    receipt = delivery.receipt | {"says": told.state[:_WORDS]} | ({_ENDED: _DONE} if told.state == _DONE else {})
    state = DeliveryState.SENT if told.state == _DONE else delivery.state
    noted = replace(delivery, receipt=receipt, state=state)
    writes = [Write(Put.REPLACE, row.key, msgspec.json.encode(noted), row.etag)]
    if state is not delivery.state:  # it was taken for lost, and has ended well after all
        writes.append(Write(Put.DELETE, rowkeys.dead(delivery.id)))
    await outside.stories.commit(delivery.partition, writes)


async def look(outside: Dependencies, due: DueRow) -> None:
    """The time is up: who has not said that it is done is overdue. Raises: StorageUnavailable."""
    key = due.group or ""
    row = (await outside.stories.get(due.partition, [key])).get(key)
    delivery = msgspec.json.decode(row.body, type=Delivery) if row else None
    if row is None or delivery is None or delivery.state is not DeliveryState.SENT or _ENDED in delivery.receipt:
        return
    waited = (outside.clock() - (delivery.sent_at or due.at)).total_seconds() // 60
    why = f"it was started, and has not said within {waited:.0f} minutes that it is done"
    await _dies(outside, delivery, row, {_ENDED: _OVERDUE}, why)


async def _dies(outside: Dependencies, delivery: Delivery, row: Row, end: dict[str, str], why: str) -> None:
    if delivery.state is DeliveryState.DEAD:
        return
    claim = Claim(delivery, row.etag)
    await over(outside, claim, DeliveryState.DEAD, receipt=Receipt(delivery.receipt | end), error=why)
