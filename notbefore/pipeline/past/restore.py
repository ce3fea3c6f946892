"""The stores from the archive: every signal again, at its own time, and nothing is sent.

The stories are the same, and so are the ids of the deliveries; the ledger calls them *restored*. What was due in the
past happened then; what is due in the future is there again. What Azure knows of resources lies in no signal: it is
asked in the end, as of today, so that who is named by a tag is not told anew by the next poll.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace as restated

from notbefore import rowkeys
from notbefore.errors import Refused
from notbefore.pipeline.dependencies import Dependencies, Holds, Waiting
from notbefore.pipeline.outbox import Promise
from notbefore.pipeline.past.play import unsent
from notbefore.pipeline.past.replay import Moving, Nowhere, Replay, Watched
from notbefore.pipeline.polls.asking import Asking
from notbefore.pipeline.polls.facts import learn_all
from notbefore.pipeline.unit import Memory
from notbefore.ports import Put, Signal, Write
from notbefore.schema import Delivery, DeliveryState

PLACE = "restore"
"""Partition and row of the table `control` that say how far it has come."""

_MARKED = 100
"""Signals after which that is written down."""

NOBODY = Asking()
"""No Azure is asked."""

Progress = Callable[[int, datetime], None]
"""Hears how many signals have been played, and when the last of them arrived."""


class Come(Struct, frozen=True):
    """How far an unfinished run has come: signals up to this id are done."""

    after: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done."""

    signals: int
    deliveries: int
    facts: int = 0
    """Learnt about resources."""


async def restore(
    outside: Dependencies,
    signals: AsyncIterator[Signal],
    progress: Progress = lambda *_: None,
    asking: Asking = NOBODY,
) -> Restored:
    """Plays the signals, which come in order of arrival, into empty stores; a run that was cut off goes on.

    Nobody else may process signals meanwhile. Raises: Refused when the stores hold something, StorageUnavailable;
    Transient and Permanent when Azure does not tell what it knows of resources: run it again.
    """
    come = await _come(outside)
    count = _Restoring()
    clock = Moving(outside.clock())
    watched = Watched(outside.stories, count.change)
    house = _house(outside, watched, clock)
    replay = Replay(house, watched, clock)
    await _expect(outside, watched)
    played, last = 0, come.after
    async for signal in signals:
        if signal.id <= come.after:
            continue
        if played == 0:
            clock.at = signal.received_at
        await replay.take(signal)
        played, last = played + 1, signal.id
        if played % _MARKED == 0:
            await _mark(outside, Come(signal.id))
            progress(played, signal.received_at)
    if last:
        await replay.passes(outside.clock())
        await _mark(outside, Come(last))
    facts = await learn_all(house, asking.graph, asking.machines) if asking.graph else 0
    await _mark(outside, Come("", done=True))
    return Restored(played, count.deliveries, facts)


def _house(outside: Dependencies, watched: Watched, clock: Moving) -> Dependencies:
    """The same stores, seen through the watch, with a clock of the past; nothing leaves it."""
    return replace(
        outside,
        stories=watched,
        signal_queue=Nowhere(),
        delivery_queue=Nowhere(),
        channels={},
        render=unsent,
        clock=clock,
        memory=Memory(),
        holds=Holds(),
        waiting=Waiting(),
    )


class _Restoring:
    """Rewrites what the pipeline writes: deliveries are over already, and nobody has to see to them."""

    def __init__(self) -> None:
        self.deliveries = 0

    def change(self, write: Write) -> Write | None:
        """The write as it is to be."""
        if write.put is Put.DELETE:
            return write
        if write.key.startswith("d|"):
            self.deliveries += 1
            delivery = msgspec.json.decode(write.body, type=Delivery)
            ended = restated(delivery, state=DeliveryState.RESTORED)
            return Write(write.put, write.key, msgspec.json.encode(ended), write.etag)
        if write.key.startswith("o|") and msgspec.json.decode(write.body, type=Promise).delivery is not None:
            return None
        return write


async def _come(outside: Dependencies) -> Come:
    """Where to begin: at the beginning, or where a run was cut off."""
    row = (await outside.control.get(PLACE, [PLACE])).get(PLACE)
    come = msgspec.json.decode(row.body, type=Come) if row else Come("")
    if come.after and not come.done:
        return come
    async for partition in outside.stories.partitions():
        raise Refused(409, f"the stores are not empty: the table `stories` holds the partition {partition}")
    return Come("")


async def _expect(outside: Dependencies, watched: Watched) -> None:
    """What a run that was cut off had planned is due all the same."""
    async for partition in outside.stories.partitions():
        if partition.startswith(rowkeys.AUDIENCE):
            async for row in outside.stories.scan(partition, *rowkeys.span("t|")):
                watched.expect(partition, row.key)


async def _mark(outside: Dependencies, come: Come) -> None:
    await outside.control.commit(PLACE, [Write(Put.UPSERT, PLACE, msgspec.json.encode(come))])
