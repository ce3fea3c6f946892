"""A house in the middle of its work, as rows and messages: what an update finds when it begins."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from memory_house import House
from past_signals import the_past

from notbefore.adapters.memory import MemoryQueue, MemoryRows
from notbefore.config.loading import parse
from notbefore.errors import Transient
from notbefore.pipeline.accept import enqueue
from notbefore.ports import Put, Write

ROUTES = b"""
version: 1
subscriptions: {shop: 33333333-3333-4333-8333-333333333333}
audiences:
  told-at-once:
    channels: [{email: {to: [a@example.com]}}, {webhook: {url: "https://a.example.com/", secret: abc}}]
    reminders: [30m]
    escalate: {after: 45m, to: folded}
  at-night:
    quiet_hours: [{from: "11:00", to: "13:30"}]
    channels: [{email: {to: [b@example.com]}}]
  folded:
    group: {by: [subscription], wait: 10m, interval: 20m}
    budget: {messages: 5, per: 1h}
    channels: [{email: {to: [c@example.com]}}]
  digest:
    digest: {at: "12:45", max_severity: critical}
    channels: [{email: {to: [d@example.com]}}]
routes:
  - {name: all, to: [told-at-once, at-night, folded, digest]}
"""
TABLES = ("stories", "signals", "quarantine", "control")
LATER = timedelta(hours=4)
_FAR = timedelta(days=9)
_DONE = 4
"""Signals that go well; the next one cannot be told to the webhook yet, and one more waits in its queue."""


class Recorded(msgspec.Struct, frozen=True):
    """Stores and queues at one moment, and what was told afterwards by the release that recorded them."""

    at: datetime
    rows: dict[str, list[tuple[str, str, Any]]]
    """Table → partition, key, body."""
    signals: list[Any]
    deliveries: list[Any]
    told: list[str] = []


def a_house() -> House:
    """Nothing has come in."""
    return House(parse(ROUTES, "routes.yaml"))


async def recorded() -> Recorded:
    """Some of everything: told, deferred, folded, waiting for a digest and for another try; a signal not processed."""
    house = a_house()
    past = the_past()
    for number, signal in enumerate(past[: _DONE + 1]):
        await house.waits(signal.received_at - house.at)
        house.webhook.fails = [Transient("busy")] if number == _DONE else []
        await enqueue(house.outside, signal)
        await house.runs()
    await house.takes(b"no JSON")
    await enqueue(house.outside, past[_DONE + 1])
    return await _taken(house)


async def _taken(house: House) -> Recorded:
    rows: dict[str, list[tuple[str, str, Any]]] = {}
    for table in TABLES:
        found = getattr(house.outside, table)
        rows[table] = [
            (partition, row.key, msgspec.json.decode(row.body))
            async for partition in found.partitions()
            async for row in found.scan(partition, "", "~")
        ]
    signals, deliveries = (
        [msgspec.json.decode(body) for body in queue.due(house.at + _FAR)]
        for queue in (house.signals, house.deliveries)
    )
    return Recorded(house.at, rows, signals, deliveries)


async def goes_on(past: Recorded) -> list[str]:
    """What this release tells, from what was recorded on: sorted, a line for each message."""
    house = a_house()
    house.at = past.at
    for table, rows in past.rows.items():
        stored: MemoryRows = getattr(house.outside, table)
        for partition, key, body in rows:
            await stored.commit(partition, [Write(Put.UPSERT, key, msgspec.json.encode(body))])
    for queue, messages in ((house.signals, past.signals), (house.deliveries, past.deliveries)):
        await _filled(queue, messages)
    await house.runs()
    await house.waits(LATER)
    waits = [one.id for one in await house.ledger() if not one.is_over]
    assert waits == []
    told = [house.said[message.delivery_id] for message in [*house.mail.got, *house.webhook.got]]
    return sorted(f"{one.audience} {one.channel} {one.occasion} revision {one.revision} {one.severity}" for one in told)


async def _filled(queue: MemoryQueue, messages: list[Any]) -> None:
    for message in messages:
        await queue.put(msgspec.json.encode(message))
