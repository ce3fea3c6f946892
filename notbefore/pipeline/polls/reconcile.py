"""What a story claims and Azure lists no longer: closed, with a reason that says it is our own conclusion.

Conservative on purpose. A thing must have been on the list, must be missing from two complete lists in a row, in a
subscription that we can still read; and nothing of it may have ended by another signal. Azure drops a machine from
its list for more reasons than completion (Azure docs: Handling planned maintenance notifications), so that without
`MaintenanceCompleted` a vanished instance view means canceled.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.pipeline import questions
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.partition import Work, advance_partition
from notbefore.pipeline.polls.listing import Item, Listed, compare, remember, send_new
from notbefore.pipeline.presence import taken_as
from notbefore.pipeline.standing import Standing, standings
from notbefore.ports import Graph, Signal
from notbefore.schema import OVER, UNKNOWN_SUBSCRIPTION, Kind, MaintenanceEvent, Phase, Source

log = logging.getLogger(__name__)

ENOUGH = 2
"""Complete lists in a row without a thing, before it counts as gone."""

_JUDGED = frozenset({Kind.PLANNED_MAINTENANCE, Kind.HOST_MAINTENANCE, Kind.SELF_SERVICE_MAINTENANCE})


Absence = Callable[[MaintenanceEvent], bool]
"""Whether it says something that this is not on the list: where the list is whole, and ours to see."""


async def compared(
    outside: Dependencies,
    name: str,
    envelope: str,
    rows: Iterable[dict[str, Any]],
    absence: Callable[[], Awaitable[Absence]] | None,
) -> int:
    """Sends what is new on the list and closes what is gone from it; how many rows were sent.

    `absence` is asked for only when something is missing; None: of this list absence says nothing.
    Raises: Transient, Permanent from `absence`; StorageUnavailable, Conflict.
    """
    listed = await compare(outside, name, envelope, rows)
    sent = await send_new(outside, name, envelope, listed)
    changes = {}
    if listed.missing and absence is not None:
        changes = await reconcile(outside, name, listed, await absence())
    await remember(outside, name, listed, changes)
    return sent


async def visible(graph: Graph) -> frozenset[str]:
    """Subscriptions that we see. One that is taken from us would otherwise look like a hundred cancellations."""
    found = await graph.ask(questions.SUBSCRIPTIONS)
    return frozenset(str(row.get("subscriptionId", "")).lower() for row in found.rows)


async def reconcile(outside: Dependencies, name: str, listed: Listed, counts: Absence) -> dict[str, Item | None]:
    """Counts what is missing and closes what is gone; what to remember of it. Raises: StorageUnavailable, Conflict."""
    changes: dict[str, Item | None] = {}
    gone: list[MaintenanceEvent] = []
    for key, item in listed.missing.items():
        if not all(map(counts, item.events)):
            continue
        if item.misses + 1 < ENOUGH:
            changes[key] = replace(item, misses=item.misses + 1)
            continue
        changes[key] = None
        gone += [event for event in item.events if event.kind in _JUDGED and event.phase not in OVER]
    there = [event for item in listed.items.values() for event in item.events]
    for partition in dict.fromkeys(event.subscription_id or UNKNOWN_SUBSCRIPTION for event in gone):
        await _close(outside, name, partition, _of(partition, gone), _of(partition, there))
    return changes


def _of(partition: str, events: Iterable[MaintenanceEvent]) -> list[MaintenanceEvent]:
    return [event for event in events if (event.subscription_id or UNKNOWN_SUBSCRIPTION) == partition]


async def _close(
    outside: Dependencies, name: str, partition: str, gone: list[MaintenanceEvent], there: list[MaintenanceEvent]
) -> None:
    now = outside.clock()
    standing = await standings(outside, partition, gone, now)
    names = {resource.key for event in gone for resource in event.resources}
    rivals = [event for event in there if not event.resources or any(one.key in names for one in event.resources)]
    held = {key for one in await standings(outside, partition, rivals, now) for key in _things(one)}
    ends = [_end(one.event, now) for one in standing if not one.over and held.isdisjoint(_things(one))]
    if not ends:
        return
    log.warning("poll %s: %d are listed no longer, their stories are closed", name, len(ends))
    cause = Signal(id=f"{rowkeys.stamp(now)}-gone-{name}", received_at=now, origin=f"reconcile:{name}", body=b"")
    await advance_partition(outside, partition, Work(events=ends), cause)


def _things(one: Standing) -> set[tuple[str, str]]:
    """Story and resource: what is announced anew for the same machine within one story is not gone."""
    story = one.story.id if one.story else ""
    return {(story, resource.key) for resource in one.event.resources} or {(story, "")}


def _end(event: MaintenanceEvent, now: datetime) -> MaintenanceEvent:
    where = _WHERE.get(event.source, "Azure lists it no longer")
    return taken_as(_judged(event, now), event, f"{where}, and nobody said how it ended", now)


_WHERE = {
    Source.COMPUTE: "The machine's instance view shows no maintenance any more",
    Source.SERVICE_HEALTH: "Service Health lists it no longer",
    Source.MAINTENANCE_CONFIGURATION: "The update is no longer among the pending ones",
}


def _judged(event: MaintenanceEvent, now: datetime) -> Phase:
    """Canceled, unless it had begun or its window has passed; an instance view has to say so itself."""
    if event.source is Source.COMPUTE:
        return Phase.CANCELED
    passed = event.window.not_after is not None and event.window.not_after <= now
    return Phase.COMPLETED if passed or event.phase is Phase.STARTED else Phase.CANCELED
