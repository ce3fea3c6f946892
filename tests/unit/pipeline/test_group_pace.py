"""A group is sent after its wait, then not before its interval; what comes meanwhile is neither early nor lost."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from memory_house import START, House, a_config, an_audience, an_event

from notbefore import rowkeys
from notbefore.config.model import Group
from notbefore.pipeline.due import run_due
from notbefore.pipeline.flush import flush
from notbefore.pipeline.follow_up import DueRow
from notbefore.ports import Put, Write

SECOND = timedelta(seconds=1)
STORM = Group(by=("subscription", "kind"), wait=30 * SECOND, interval=timedelta(minutes=10))


def a_house() -> House:
    """One audience that folds what is alike."""
    return House(a_config(an_audience(group=STORM, grouped=True)))


async def hears_at(house: House, second: int) -> None:
    """A story of its own comes in at that second; what is due by then has run."""
    await passes(house, second)
    await house.hears(an_event(id=f"e{second}", keys={"tracking_id": f"T{second}"}, occurred_at=house.at))


async def passes(house: House, second: int) -> None:
    """Time goes on to that second, with a timer every five of them."""
    while house.at < START + second * SECOND:
        house.at = min(house.at + 5 * SECOND, START + second * SECOND)
        await run_due(house.outside)
        await house.runs()


def sizes(house: House) -> list[int]:
    """How many stories each mail folds."""
    return [house.said[message.delivery_id].folded_total for message in house.mail.got]


async def test_who_joined_a_group_does_not_send_it_twice() -> None:
    """Two stories wait, and go out after the first's wait; a third one waits for the interval, not for the second's."""
    house = a_house()
    await hears_at(house, 0)
    await hears_at(house, 20)
    await hears_at(house, 40)
    assert sizes(house) == [2]
    await passes(house, 625)
    assert sizes(house) == [2]
    await passes(house, 635)
    assert sizes(house) == [2, 1]


async def test_what_came_while_a_flush_was_repeated_is_not_lost() -> None:
    """A crash after a flush was written and before it was tidied up does not swallow what came in between."""
    house = a_house()
    await hears_at(house, 0)
    partition = rowkeys.audience("ops")
    rows = [row async for row in house.outside.stories.scan(partition, "t|", "t|~")]
    due = next(one for row in rows if (one := msgspec.json.decode(row.body, type=DueRow)).occasion == "flush")
    waiting = [row async for row in house.outside.stories.scan(partition, "i|", "i|~")]
    await passes(house, 35)
    assert sizes(house) == [1]
    await hears_at(house, 36)
    await house.outside.stories.commit(partition, [Write(Put.UPSERT, row.key, row.body) for row in waiting])
    audience = house.rules.config.audiences["ops"]
    await flush(house.outside, audience, due)
    await passes(house, 640)
    assert sizes(house) == [1, 1]
