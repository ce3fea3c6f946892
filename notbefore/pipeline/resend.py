"""A dead delivery is sent again under its own id, by a person's order.

An order has no effect on what is not dead. A message that a newer one has overtaken in its lane is not sent any
more: nobody reads an older revision after a newer one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.errors import Conflict
from notbefore.pipeline.audit import Entry, note
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.gone import forget
from notbefore.pipeline.outbox import Promise, enqueue, key_of, promise_key
from notbefore.pipeline.retries import give_up_at
from notbefore.ports import Put, Row, Write
from notbefore.schema import Delivery, DeliveryState, Story

_OF_THE_SEND = frozenset({"operation", "status", "report", "reported_at", "told"})
"""What a receipt says of the send that failed; what it says of a ticket stays true."""


class Wish(Struct, frozen=True, kw_only=True):
    """Which dead deliveries are meant; what is empty is not asked."""

    delivery: str = ""
    story: str = ""
    audience: str = ""
    channel: str = ""

    def fits(self, delivery: Delivery) -> bool:
        """Every word that was said fits. A folded delivery is found by any of the stories that it shows."""
        stories = {delivery.story_id, delivery.story.id, *(story.id for story in delivery.folded)}
        return (
            self.delivery in {"", delivery.id}
            and (not self.story or self.story in stories)
            and self.audience in {"", delivery.audience}
            and self.channel in {"", delivery.channel}
        )


class Resent(Struct, frozen=True, kw_only=True):
    """What became of one dead delivery. `refused` says why it was left as it is."""

    delivery: str
    audience: str
    channel: str
    revision: int
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Dead:
    """A dead delivery and its row."""

    delivery: Delivery
    row: Row


async def resend(outside: Dependencies, wish: Wish, by: str = "") -> list[Resent]:
    """Sends again whatever fits and is dead; nothing when nothing does. Raises: StorageUnavailable."""
    return [await _again(outside, dead, by) async for dead in dead_deliveries(outside, wish)]


async def dead_deliveries(outside: Dependencies, wish: Wish) -> AsyncIterator[Dead]:
    """Dead deliveries that fit, by partition. Raises: StorageUnavailable."""
    names = [name async for name in outside.stories.partitions()]
    if wish.delivery:
        marks = await asyncio.gather(*(outside.stories.get(name, [rowkeys.dead(wish.delivery)]) for name in names))
        listed = [(name, list(found.values())) for name, found in zip(names, marks, strict=True)]
    else:
        listed = [(name, [row async for row in outside.stories.scan(name, *rowkeys.span("x|"))]) for name in names]
    for name, rows in listed:
        keys = [msgspec.json.decode(row.body, type=str) for row in rows]
        found = await outside.stories.get(name, keys) if keys else {}
        for row in found.values():
            delivery = msgspec.json.decode(row.body, type=Delivery)
            if delivery.state is DeliveryState.DEAD and wish.fits(delivery):
                yield Dead(delivery, row)


async def _again(outside: Dependencies, dead: Dead, by: str) -> Resent:
    """PENDING as of now, with a full schedule of tries before it."""
    now, old = outside.clock(), dead.delivery
    refused = await _overtaken(outside, old)
    if refused is None:
        await forget(outside.control, old)
        waiting = replace(
            old,
            state=DeliveryState.PENDING,
            attempts=0,
            claimed_until=None,
            due_at=now,
            give_up_at=give_up_at(old.story, now),
            receipt={name: value for name, value in old.receipt.items() if name not in _OF_THE_SEND},
        )
        refused = await _write(outside, waiting, dead.row)
    if refused is None:
        await note(outside, _line(old, now, by))
    return Resent(delivery=old.id, audience=old.audience, channel=old.channel, revision=old.revision, refused=refused)


def _line(delivery: Delivery, now: datetime, by: str) -> Entry:
    return Entry(
        at=now,
        what="resent",
        story=delivery.story.id,
        stories=tuple(story.id for story in delivery.folded),
        revision=delivery.revision,
        audience=delivery.audience,
        occasion=delivery.occasion,
        delivery=delivery.id,
        channel=delivery.channel,
        address=delivery.target,
        error=delivery.last_error or "",
        by=by,
    )


async def _write(outside: Dependencies, waiting: Delivery, row: Row) -> str | None:
    key = key_of(waiting)
    writes = [
        Write(Put.REPLACE, key, msgspec.json.encode(waiting), row.etag),
        Write(Put.UPSERT, promise_key(waiting), msgspec.json.encode(Promise(delivery=key))),
        Write(Put.DELETE, rowkeys.dead(waiting.id)),
    ]
    try:
        etags = await outside.stories.commit(waiting.partition, writes)
    except Conflict:
        return "somebody else has just sent it again"
    outside.memory.forget(waiting.partition, [key])
    await enqueue(outside, [waiting], etags)
    return None


async def _overtaken(outside: Dependencies, delivery: Delivery) -> str | None:
    """Why it must not be sent any more: a newer one in its lane was, or is on its way."""
    head = rowkeys.head(delivery.story_id)
    found = (await outside.stories.get(delivery.partition, [head])).get(head)
    heard = msgspec.json.decode(found.body, type=Story).heard.get(delivery.audience) if found else None
    newest = heard.lanes.get(f"{delivery.channel}:{delivery.target}") if heard else None
    if newest is None or newest == key_of(delivery):
        return None
    row = (await outside.stories.get(delivery.partition, [newest])).get(newest)
    newer = msgspec.json.decode(row.body, type=Delivery) if row else None
    if newer is None:
        return None
    return f"a newer message (revision {newer.revision}, {newer.occasion}) has taken its place: {newer.state}"
