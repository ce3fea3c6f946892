"""What a crash left behind: archived signals that nobody finished, promises that nobody kept.

Runs each half minute on one instance. Claims and repeatable processing make it safe to be wrong.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.pipeline import outbox
from notbefore.pipeline.accept import enqueue
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.outbox import Promise
from notbefore.ports import Put, Write
from notbefore.schema import Delivery

log = logging.getLogger(__name__)

UNFINISHED = timedelta(seconds=60)
"""After this a signal or a due delivery that nobody finished is taken up again."""

LOOK_BACK = timedelta(hours=2)
"""How far the first sweep of all looks back."""

GIVE_UP = timedelta(hours=24)
"""A signal that cannot be finished for a day does not hold up the mark any longer; it stays in quarantine."""

MINUTES = 240
"""Minutes of the archive that one sweep looks through: after a long stand it catches up in a few."""

A_MINUTE = timedelta(minutes=1)
NOT_AGAIN = timedelta(minutes=10)
"""What was taken up may simply wait its turn: only after this it is taken up once more."""

PER_SWEEP = 500
"""Signals and promises taken up at once; the next sweep takes the rest."""


class Mark(Struct, frozen=True):
    """Every signal that came before this minute is finished."""

    before: datetime


async def sweep(outside: Dependencies) -> int:
    """Takes up what is unfinished; how much that was. Raises: StorageUnavailable."""
    return await _signals(outside) + await _promises(outside)


async def _signals(outside: Dependencies) -> int:
    now = outside.clock()
    row = (await outside.control.get("sweep", ["signals"])).get("signals")
    mark = msgspec.json.decode(row.body, type=Mark).before if row else now - LOOK_BACK
    minute = whole = mark.replace(second=0, microsecond=0)
    taken = 0
    for _ in range(MINUTES):
        if minute > now - UNFINISHED or taken >= PER_SWEEP:
            break
        left = await _minute(outside, minute, now)
        taken += left
        ended = minute + A_MINUTE + UNFINISHED < now
        if whole == minute and ended and (left == 0 or minute < now - GIVE_UP):
            whole += A_MINUTE
        minute += A_MINUTE
    if whole > mark or row is None:
        await outside.control.commit("sweep", [Write(Put.UPSERT, "signals", msgspec.json.encode(Mark(whole)))])
    return taken


async def _minute(outside: Dependencies, minute: datetime, now: datetime) -> int:
    """Enqueues the unfinished signals of one minute that are old enough; how many there are."""
    name, latest = rowkeys.minute(minute), rowkeys.stamp(now - UNFINISHED)
    archived = [one async for one in outside.archive.ids(name)]
    if not archived:
        return 0
    finished = {row.key async for row in outside.signals.scan(rowkeys.hour(minute), *rowkeys.span(name))}
    unfinished = [one for one in archived if one not in finished and one < latest]
    for signal_id in [one for one in unfinished if _may(outside, one)][:PER_SWEEP]:
        signal = await outside.archive.get(signal_id)
        if signal is not None:
            log.warning("signal %s was not finished: taken up again", signal_id)
            await enqueue(outside, signal)
    return len(unfinished)


async def _promises(outside: Dependencies) -> int:
    taken = 0
    async for partition in outside.stories.partitions():
        taken += await _partition(outside, partition)
    return taken


async def _partition(outside: Dependencies, partition: str) -> int:
    now = outside.clock()
    stop = rowkeys.outbox(now - UNFINISHED, "")
    taken = 0
    async for row in outside.stories.scan(partition, "o|", stop):
        promise = msgspec.json.decode(row.body, type=Promise)
        if promise.delivery is None:
            await outbox.hand_over(outside, partition, {row.key: promise})
        else:
            await _delivery(outside, partition, row.key, promise.delivery)
        taken += 1
        if taken >= PER_SWEEP:
            break
    return taken


async def _delivery(outside: Dependencies, partition: str, promise: str, key: str) -> None:
    """Enqueues a delivery that is due and nobody has claimed; forgets the promise of one that is over."""
    now = outside.clock()
    row = (await outside.stories.get(partition, [key])).get(key)
    delivery = msgspec.json.decode(row.body, type=Delivery) if row else None
    if delivery is None or delivery.is_over or outbox.promise_key(delivery) != promise:
        await outside.stories.commit(partition, [Write(Put.DELETE, promise)])
    elif (delivery.claimed_until or now) <= now and _may(outside, delivery.id):
        log.warning("delivery %s was not finished: taken up again", delivery.id)
        await outbox.enqueue(outside, [delivery], {})


def _may(outside: Dependencies, name: str) -> bool:
    """Whether it was not taken up in the last ten minutes; notes that it is now."""
    now = outside.clock()
    for known in [one for one, at in outside.taken_up.items() if at + NOT_AGAIN < now]:
        del outside.taken_up[known]
    if name in outside.taken_up:
        return False
    outside.taken_up[name] = now
    return True
