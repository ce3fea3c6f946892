"""So many in a span, counted by all instances together; the rest comes later, what is critical first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

import msgspec
import pytest
from delivery_house import HOOK, SECOND, house_with, several
from memory_house import START, an_event
from msgspec.structs import replace

from notbefore.adapters.memory import MemoryRows
from notbefore.config.model import Limit
from notbefore.pipeline.limits import Counter, Counters
from notbefore.ports import Put, Row, Rows, Write
from notbefore.schema import DeliveryState, Severity


async def test_a_limit_spreads_and_what_is_critical_goes_first() -> None:
    """Ten a minute: the rest comes later, says until when it waits, and a critical one does not queue behind it."""
    house = house_with(replace(HOOK, limit=Limit(messages=10, per=timedelta(minutes=1))))
    await several(house, 20)
    assert len(house.webhook.got) == 8
    delayed = await house.ledger(lambda one: one.state is DeliveryState.PENDING)
    assert all((one.last_error or "").startswith("delayed by the rate limit until 2026-11-24 12:0") for one in delayed)
    assert {one.attempts for one in delayed} == {0}
    await several(house, 1, Severity.CRITICAL)
    assert house.said[house.webhook.got[-1].delivery_id].severity is Severity.CRITICAL
    sent = [message.at for message in house.webhook.got]
    for _ in range(240):
        await house.waits(SECOND, SECOND)
    sent = [message.at for message in house.webhook.got]
    assert len(sent) == 21
    assert all(sum(at <= one < at + timedelta(minutes=1) for one in sent) <= 10 for at in sent)


async def test_a_limit_holds_however_many_instances_send() -> None:
    """Each message by an instance of its own that has counted nothing: they share the count, and none is lost."""
    house = house_with(replace(HOOK, limit=Limit(messages=10, per=timedelta(minutes=1))))
    for number in range(25):
        await house.hears(an_event(id=f"e{number}", keys={"tracking_id": f"T{number}"}))
        house.restarted()
    assert len(house.webhook.got) == 8
    for _ in range(240):
        await house.waits(SECOND, SECOND)
        house.restarted()
    sent = [message.at for message in house.webhook.got]
    assert len(sent) == 25
    assert all(sum(at <= one < at + timedelta(minutes=1) for one in sent) <= 10 for at in sent)


class Elsewhere:
    """A table to which another instance writes whenever we have just read."""

    def __init__(self, inner: Rows, times: int) -> None:
        self.inner = inner
        self.times = times

    async def get(self, partition: str, keys: list[str]) -> dict[str, Row]:
        """What there was before the other one wrote."""
        found = await self.inner.get(partition, keys)
        if self.times:
            self.times -= 1
            (key,) = keys
            row = found.get(key)
            body = msgspec.json.encode(Counter(sent=(START,)))
            how = Write(Put.REPLACE, key, body, row.etag) if row else Write(Put.INSERT, key, body)
            await self.inner.commit(partition, [how])
        return found

    async def commit(self, partition: str, writes: list[Write]) -> dict[str, str]:
        """To the table itself."""
        return await self.inner.commit(partition, writes)


@pytest.mark.parametrize(
    ("others", "expected"), [(0, None), (3, START + timedelta(minutes=1)), (9, START + 2 * SECOND)]
)
async def test_who_counts_at_the_same_moment_counts_again(others: int, expected: datetime | None) -> None:
    """A count that another instance has changed meanwhile is read anew; after five it comes again a little later."""
    house = house_with(replace(HOOK, limit=Limit(messages=1, per=timedelta(minutes=1))))
    await several(house, 1)
    (delivery,) = await house.ledger()
    table = Elsewhere(MemoryRows(), others)
    audience = house.rules.config.audiences[delivery.audience]
    assert await Counters().delayed(cast("Rows", table), delivery, audience, (), START) == expected
