"""The stores from the archive: the same stories, the same deliveries, and nobody hears anything."""

from __future__ import annotations

from datetime import timedelta

import pytest
from memory_house import START, House, a_config, an_audience
from past_signals import the_past

from notbefore import rowkeys
from notbefore.errors import Refused
from notbefore.pipeline.past.archive import archived
from notbefore.pipeline.past.restore import restore
from notbefore.pipeline.process import process_signal
from notbefore.schema import DeliveryState

SHOP = "33333333-3333-4333-8333-333333333333"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def a_house() -> House:
    """An audience that wants to be reminded."""
    return House(a_config(an_audience(reminders=(HOUR / 4,))))


async def test_stories_and_deliveries_are_the_same_and_nothing_is_sent() -> None:
    """Ids, revisions and phases; the ledger says restored; no queue has seen anything; no sweep finds any work."""
    lived, again = a_house(), a_house()
    past = the_past()
    for signal in past:
        await lived.waits(signal.received_at - lived.at)
        await process_signal(lived.outside, signal)
        await lived.runs()
        await again.outside.archive.put(signal)
    again.at = lived.at + HOUR
    done = await restore(again.outside, archived(again.outside.archive, START, again.at))
    stories = [(story.id, story.revision, story.phase, story.window) for story in await lived.stories(SHOP)]
    assert [(one.id, one.revision, one.phase, one.window) for one in await again.stories(SHOP)] == stories
    ledger = await again.ledger()
    assert {one.id for one in ledger} == {one.id for one in await lived.ledger()}
    assert {one.state for one in ledger} == {DeliveryState.RESTORED}
    assert (done.signals, done.deliveries) == (len(past), len(ledger))
    await again.waits(HOUR, timedelta(minutes=5))
    assert (again.mail.got, again.webhook.got, len(again.deliveries), len(again.signals)) == ([], [], 0, 0)


async def test_what_is_due_in_the_future_is_due_and_what_was_due_is_not_sent_again() -> None:
    """A reminder before a window that is still ahead comes; what was due in the past is in the ledger."""
    again = a_house()
    (first, *_) = the_past()
    await again.outside.archive.put(first)
    again.at = START + HOUR
    await restore(again.outside, archived(again.outside.archive, START - DAY, again.at))
    assert again.mail.got == []
    await again.waits(2 * HOUR, timedelta(minutes=5))
    assert [again.said[message.delivery_id].occasion for message in again.mail.got] == ["reminder:15m"]


async def test_stores_that_hold_something_are_left_alone() -> None:
    """Refused before anything is written."""
    house = a_house()
    await process_signal(house.outside, the_past()[0])
    with pytest.raises(Refused, match="not empty"):
        await restore(house.outside, archived(house.outside.archive, START, START + HOUR))


async def test_a_run_that_was_cut_off_goes_on() -> None:
    """A hundred signals are done, the power fails, the second run takes the rest."""
    house = a_house()
    past = [signal for day in range(13) for signal in the_past(START + day * DAY)]
    for signal in past:
        await house.outside.archive.put(signal)
    house.at = START + 20 * DAY

    def power_fails(played: int, _: object) -> None:
        raise KeyboardInterrupt(played)

    with pytest.raises(KeyboardInterrupt):
        await restore(house.outside, archived(house.outside.archive, START, house.at), power_fails)
    done = await restore(house.outside, archived(house.outside.archive, START, house.at))
    assert done.signals == len(past) - 100
    assert len(await house.stories(SHOP)) == 13
    assert {one.state for one in await house.ledger()} == {DeliveryState.RESTORED}
    left = house.outside.stories.scan(SHOP, *rowkeys.span("o|"))
    assert [row.key async for row in left] == []
