"""A group, a digest or a spent budget: many stories in one message.

The most urgent ten are shown, all of them are counted; memory does not grow with their number.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from notbefore import rowkeys, timing
from notbefore.config.model import Audience, ChannelConfig
from notbefore.errors import Conflict
from notbefore.pipeline import outbox
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.failover import kept
from notbefore.pipeline.outbox import Promise
from notbefore.pipeline.reporters import digests
from notbefore.pipeline.reporters.blind import reporting
from notbefore.pipeline.reporters.digests import DIGEST, UNHEARD, Said, Unheard, by_audience, is_news, said_to
from notbefore.pipeline.retries import give_up_at
from notbefore.pipeline.telling.follow_up import DueRow, Folded, flush_key, flush_time
from notbefore.pipeline.telling.paces import LastSent, last_sent
from notbefore.pipeline.unit import Unit
from notbefore.ports import TRANSACTION_LIMIT, Put, Row, Write
from notbefore.schema import Delivery, Places, Story, delivery_id
from notbefore.story import together

SHOWN = 10

UNGROUPED = frozenset({DIGEST, "budget"})
"""Folds that no group's interval holds."""


class Marks:
    """Rows as they were read, at eight bytes each; another version of a row is another row."""

    def __init__(self) -> None:
        self._parts = tuple(array("Q") for _ in range(256))

    def add(self, row: Row) -> None:
        """Remembers the row."""
        mark = self._mark(row)
        self._parts[mark >> 56].append(mark)

    def __contains__(self, row: Row) -> bool:
        mark = self._mark(row)
        return mark in self._parts[mark >> 56]

    def _mark(self, row: Row) -> int:
        return int.from_bytes(blake2b(f"{row.key} {row.etag}".encode(), digest_size=8).digest())


@dataclass(slots=True)
class Collected:
    """What waited for one group."""

    urgent: list[Folded] = field(default_factory=list)
    total: int = 0
    resources: int = 0
    places: Places = field(default_factory=Places)
    read: Marks = field(default_factory=Marks)


async def flush(outside: Dependencies, audience: Audience, due: DueRow) -> None:
    """Sends what waited, once. Raises: StorageUnavailable; Conflict, and the next tick tries again."""
    group = due.group or ""
    partition = rowkeys.audience(audience.name)
    collected = await _collect(outside, partition, group)
    unheard = await _unheard(outside, audience) if group == DIGEST else Unheard()
    deliveries = await _told(outside, audience, due, collected, unheard)
    if not (collected.total or deliveries) or await _comes_later(outside, partition, audience, due):
        return
    earlier = await _write_down(outside, audience, group, deliveries, unheard)
    await _forget(outside, partition, group, collected.read, earlier)


async def _unheard(outside: Dependencies, audience: Audience) -> Unheard:
    judged = (await reporting(outside)).values()
    return by_audience(outside.rules().router, judged, outside.clock()).get(audience.name, Unheard())


async def _told(
    outside: Dependencies, audience: Audience, due: DueRow, collected: Collected, unheard: Unheard
) -> list[Delivery]:
    """The messages; none when no story waits, and of the machines nothing is new."""
    now = outside.clock()
    if collected.total:
        told = _deliveries(audience, due, due.group or "", collected, now)
        return [replace(delivery, reporting=unheard.shown) for delivery in told]
    news = is_news(unheard, await said_to(outside, audience)) if unheard.wrong else False
    return digests.deliveries(audience, due, unheard, now) if news else []


async def _comes_later(outside: Dependencies, partition: str, audience: Audience, due: DueRow) -> bool:
    """A group that went out before this row's time: what has come since goes out when the interval is over."""
    group = due.group or ""
    if not audience.grouped or group in UNGROUPED:
        return False
    last = await last_sent(outside, audience, group)
    soon = timing.flush_too_soon(audience, due.at, last)
    if last is None or soon is None or last >= due.at:
        return False
    at = flush_time(soon.at)
    later = Write(Put.UPSERT, flush_key(at, group), msgspec.json.encode(replace(due, at=at, because=soon.reason)))
    await outside.stories.commit(partition, [later])
    return True


async def _collect(outside: Dependencies, partition: str, group: str) -> Collected:
    collected = Collected()
    async for row in outside.stories.scan(partition, *rowkeys.span(rowkeys.folded(group, ""))):
        item = msgspec.json.decode(row.body, type=Folded)
        collected.urgent = sorted([*collected.urgent, item], key=_urgency)[:SHOWN]
        collected.total += 1
        collected.resources += item.resources
        if item.resources == item.story.resources_total:
            collected.places = together(collected.places, item.story.places)
        collected.read.add(row)
    return collected


def _urgency(item: Folded) -> tuple[bool, int, float, str]:
    story = item.story
    opens = story.window.not_before
    return (story.over, -story.severity.rank, opens.timestamp() if opens else float("inf"), story.id)


def _deliveries(audience: Audience, due: DueRow, group: str, collected: Collected, now: datetime) -> list[Delivery]:
    first = collected.urgent[0]
    severity = max((item.story.severity for item in collected.urgent), key=lambda one: one.rank)
    word = DIGEST if group in UNGROUPED else "group"
    occasion = f"{word}:{due.at:%Y-%m-%dT%H:%M:%SZ}"
    identity = f"{word}-{rowkeys.digest(group)}"
    changes = first.changes if collected.total == 1 else ()
    return [
        Delivery(
            id=delivery_id(identity, 0, audience.name, channel.kind, target, occasion),
            partition=rowkeys.audience(audience.name),
            story_id=identity,
            revision=first.story.revision,
            audience=audience.name,
            channel=channel.kind,
            target=target,
            occasion=occasion,
            route=first.route,
            reason=due.because,
            severity=severity,
            changes=changes,
            story=first.story,
            resources=first.story.resources,
            resources_total=collected.resources,
            places=collected.places,
            folded=tuple(item.story for item in collected.urgent),
            folded_total=collected.total,
            created_at=now,
            due_at=now,
            give_up_at=give_up_at(first.story, now),
            options=kept(channel.options),
            language=audience.language,
            time_zone=audience.time_zone,
        )
        for channel in _channels(audience, [item.story for item in collected.urgent])
        for target in channel.targets
    ]


def _channels(audience: Audience, stories: list[Story]) -> list[ChannelConfig]:
    highest = max(story.highest_severity.rank for story in stories)
    return [channel for channel in audience.channels if channel.min_severity.rank <= highest and not channel.failover]


async def _write_down(
    outside: Dependencies, audience: Audience, group: str, deliveries: list[Delivery], unheard: Unheard
) -> datetime | None:
    """Ledger, outbox, and when the group was last sent. When an earlier attempt has written them: the time of that."""
    unit = Unit(outside.stories, rowkeys.audience(audience.name), outside.memory, certain=True)
    await unit.load([rowkeys.group(group), *map(outbox.key_of, deliveries)])
    fresh = [delivery for delivery in deliveries if not unit.has(outbox.key_of(delivery))]
    if not fresh:
        written = [unit.get(outbox.key_of(delivery), Delivery) for delivery in deliveries]
        return min((delivery.created_at for delivery in written if delivery), default=None)
    for delivery in fresh:
        unit.put(outbox.key_of(delivery), delivery)
        unit.put(outbox.promise_key(delivery), Promise(delivery=outbox.key_of(delivery)), always=True)
    if group == DIGEST:
        unit.put(UNHEARD, Said(unheard.wrong), always=True)
    if audience.grouped:
        unit.put(rowkeys.group(group), LastSent(fresh[0].created_at))
    if audience.budget:
        unit.put(rowkeys.spent(fresh[0].created_at, fresh[0].id), {}, always=True)
    etags = await unit.commit()
    await outbox.enqueue(outside, fresh, etags, unit.encoded)
    return None


async def _forget(outside: Dependencies, partition: str, group: str, read: Marks, earlier: datetime | None) -> None:
    """Deletes what was sent, `earlier` if then. What has come or changed since it was read stays for the next flush."""
    part: list[Write] = []
    async for row in outside.stories.scan(partition, *rowkeys.span(rowkeys.folded(group, ""))):
        if row not in read:
            continue
        if earlier is None or msgspec.json.decode(row.body, type=Folded).at <= earlier:
            part.append(Write(Put.DELETE, row.key, etag=row.etag))
        if len(part) == TRANSACTION_LIMIT:
            await _forget_all(outside, partition, part)
            part = []
    await _forget_all(outside, partition, part)


async def _forget_all(outside: Dependencies, partition: str, part: list[Write]) -> None:
    try:
        if part:
            await outside.stories.commit(partition, part)
    except Conflict:
        for write in part:
            await _forget_one(outside, partition, write)


async def _forget_one(outside: Dependencies, partition: str, write: Write) -> None:
    try:
        await outside.stories.commit(partition, [write])
    except Conflict:
        return
