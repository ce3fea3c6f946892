"""R12: a storm in one group is one small message, and memory does not grow with it."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import msgspec
from memory_house import START, SUBSCRIPTION, House, a_config, an_audience, an_event

from notbefore import rowkeys
from notbefore.config.model import Group
from notbefore.pipeline.due import run_due
from notbefore.pipeline.flush import flush
from notbefore.pipeline.telling.follow_up import DueRow, Folded
from notbefore.ports import Row, Write
from notbefore.rendering import RenderContext, render
from notbefore.schema import Delivery, Severity, Story

STORM = Group(by=("subscription", "kind"), wait=timedelta(seconds=30), interval=timedelta(minutes=10))
PARTITION = rowkeys.audience("ops")
BODY_LIMIT = 64 * 1024
FLAT = 1024 * 1024
"""Bytes that ten times as many stories may cost more: marks of eight bytes, a page of rows."""


class Waiting:
    """A table that makes up so many folded stories as it is read, and forgets those that are deleted."""

    def __init__(self, house: House, total: int) -> None:
        self._rows = house.outside.stories
        self.total = total
        self.deleted = 0

    async def get(self, partition: str, keys: Sequence[str]) -> dict[str, Row]:
        """What was really written."""
        return await self._rows.get(partition, keys)

    async def scan(self, partition: str, start: str, stop: str) -> AsyncIterator[Row]:
        """Folded stories, one made after the other."""
        del partition, stop
        for number in range(self.total if start.startswith("i|") else 0):
            story = a_story(number)
            item = Folded(story=story, route="r", resources=1, at=START)
            yield Row(f"{start}{story.id}", msgspec.json.encode(item), f'W/"{number}"')

    async def commit(self, partition: str, writes: Sequence[Write]) -> dict[str, str]:
        """Deletions are counted, all else is written."""
        self.deleted += sum(write.key.startswith("i|") for write in writes)
        kept = [write for write in writes if not write.key.startswith("i|")]
        return await self._rows.commit(partition, kept) if kept else {}

    def partitions(self) -> AsyncIterator[str]:
        """What was really written."""
        return self._rows.partitions()


def a_story(number: int) -> Story:
    """One machine's story, with a title as long as they come."""
    severity = Severity.ERROR if number % 1000 == 0 else Severity.WARNING
    return Story(
        id=f"{number:08}-story", subscription_id=SUBSCRIPTION, title=f"Machine {number} " + "x" * 300,
        text="A machine will be rebooted. " * 15, severity=severity, highest_severity=severity,
        opened_at=START, updated_at=START, occurred_at=START,
    )  # fmt: skip # a story


async def flushed(total: int) -> tuple[int, Waiting, Delivery]:
    """Peak of memory while so many stories are flushed, the table, and the webhook's delivery."""
    house = House(a_config(an_audience(group=STORM, grouped=True)), at=START + timedelta(minutes=1))
    table = Waiting(house, total)
    outside = replace(house.outside, stories=table)
    due = DueRow(occasion="flush", at=START, group="g", because="waits 30 seconds")
    tracemalloc.start()
    await flush(outside, house.rules.config.audiences["ops"], due)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    await house.runs()
    (delivery,) = [one for one in await house.ledger() if one.channel == "webhook"]
    return peak, table, delivery


def body_of(delivery: Delivery) -> bytes:
    """What a webhook would get."""
    context = RenderContext(clock=lambda: START, public_url="https://notbefore.example.com", local=True)
    return render(delivery, an_audience(), context).body


async def test_a_hundred_thousand_stories_in_a_group_are_one_small_message(all_seeds: bool) -> None:  # noqa: FBT001 - a fixture
    """Ten times the stories, the same memory; all are counted, the most urgent ten shown, in under 64 KB."""
    few, many = (10_000, 100_000) if all_seeds else (1_000, 10_000)
    small, _, _ = await flushed(few)
    large, table, delivery = await flushed(many)
    assert large < small + FLAT
    assert table.deleted == many
    assert (delivery.folded_total, len(delivery.folded), delivery.resources_total) == (many, 10, many)
    assert {story.severity for story in delivery.folded} == {Severity.ERROR}
    assert len(body_of(delivery)) <= BODY_LIMIT


async def test_a_storm_through_the_whole_house_is_a_message_a_channel(all_seeds: bool) -> None:  # noqa: FBT001 - a fixture
    """Every event comes in by itself or among a hundred; nothing is lost and one mail is sent."""
    total = 20_000 if all_seeds else 1_000
    house = House(a_config(an_audience(group=STORM, grouped=True)))
    for start in range(0, total, 100):
        numbers = range(start, start + 100)
        await house.hears(*(an_event(id=f"e{n}", keys={"tracking_id": f"T{n}"}, occurred_at=START) for n in numbers))
    house.at += timedelta(seconds=40)
    await run_due(house.outside)
    await house.runs()
    (message,) = house.mail.got
    assert house.said[message.delivery_id].folded_total == total
    left = house.outside.stories.scan(PARTITION, "i|", "i|~")
    assert [row.key async for row in left] == []
