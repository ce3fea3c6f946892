"""A list that Azure shows each time in full: what is new in it becomes a signal, what has gone from it an end.

For each thing on the list a row of the table `control` keeps what it said last, so that a poll that finds nothing
new writes nothing and sends nothing. The signal goes first and the row after it: a crash in between sends it again,
and the story knows it already.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.normalization import normalize
from notbefore.pipeline.accept import accept
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.portions import commit_all
from notbefore.pipeline.standing import Standing, standings
from notbefore.ports import Put, Write
from notbefore.schema import OVER, UNKNOWN_SUBSCRIPTION, Kind, MaintenanceEvent, Source
from notbefore.story import ties

LONG_OVER = timedelta(days=2)
"""What ended before this, and was never seen, is history: the first poll tells nobody of it."""

CHUNK_ROWS = 100
CHUNK_BYTES = 256 * 1024
"""A signal of a poll; what is found together and belongs together travels together."""


class Item(Struct, frozen=True, kw_only=True):
    """One thing on the list, as it was last seen. `said` are the ids of its events."""

    said: tuple[str, ...]
    events: tuple[MaintenanceEvent, ...] = ()
    """Without their prose; what an end would be derived from."""
    misses: int = 0
    """Complete lists in a row without it."""


@dataclass(slots=True)
class Seen:
    """One row of the list, read."""

    row: dict[str, Any]
    keys: list[str]
    events: tuple[MaintenanceEvent, ...]


@dataclass(slots=True)
class Listed:
    """A list against what it was: what is to be sent, kept and missed."""

    items: dict[str, Item]
    known: dict[str, Item]
    seen: list[Seen] = field(default_factory=list)

    @property
    def missing(self) -> dict[str, Item]:
        """What was there before and is not now."""
        return {key: item for key, item in self.known.items() if key not in self.items}


async def compare(outside: Dependencies, name: str, envelope: str, rows: Iterable[dict[str, Any]]) -> Listed:
    """Reads the list and what it was the last time. Raises: StorageUnavailable."""
    scan = outside.control.scan(partition_of(name), *rowkeys.span(""))
    known = {row.key: msgspec.json.decode(row.body, type=Item) async for row in scan}
    now = outside.clock()
    seen = [_read(row, envelope, now) for row in rows]
    gathered: dict[str, list[MaintenanceEvent]] = {}
    for one in seen:
        for key, event in zip(one.keys, one.events, strict=False):
            gathered.setdefault(key, []).append(event)
        for key in one.keys[len(one.events) :]:
            gathered[key] = []
    items = {
        key: Item(said=tuple(sorted({event.id for event in events})), events=tuple(map(_short, events)))
        for key, events in gathered.items()
        if key in known or not _is_history(events, now)
    }
    return Listed(items, known, [one for one in seen if any(key in items for key in one.keys)])


def partition_of(name: str) -> str:
    """Where the table `control` keeps a list."""
    return f"found|{name}"


def _read(row: dict[str, Any], envelope: str, now: datetime) -> Seen:
    """The row's events; one that cannot be read has a key all the same, so that it is quarantined once."""
    body = msgspec.json.encode({envelope: [row]})
    read = normalize(body, now)
    keys = [_key_of(event, now) for event in read.events]
    if read.malformed:
        keys.append(rowkeys.digest("malformed", body.decode()))
    return Seen(row, keys, read.events)


def _key_of(event: MaintenanceEvent, now: datetime) -> str:
    first = ties(event, now)[0]
    names = sorted(resource.key for resource in event.resources)
    return rowkeys.digest(event.subscription_id or "", first.kind, first.value, *names)


def _short(event: MaintenanceEvent) -> MaintenanceEvent:
    return replace(event, text="", warnings=())


def _is_history(events: Sequence[MaintenanceEvent], now: datetime) -> bool:
    return bool(events) and all(_long_over(event, now) for event in events)


def _long_over(event: MaintenanceEvent, now: datetime) -> bool:
    if event.phase in OVER:  # a scheduled event that is over stays listed and does not say since when
        return event.source is Source.SCHEDULED_EVENTS or event.occurred_at < now - LONG_OVER
    return event.window.not_after is not None and event.window.not_after < now - LONG_OVER


async def send_new(outside: Dependencies, name: str, envelope: str, listed: Listed) -> int:
    """What no signal has told becomes one, by the same door; how many rows. Raises: StorageUnavailable."""
    changed = [one for one in listed.seen if any(_is_new(listed, key) for key in one.keys)]
    untold = await _untold(outside, listed, changed)
    for body in _bodies(envelope, untold):
        await accept(outside, body, f"poll:{name}")
    return len(untold)


def _is_new(listed: Listed, key: str) -> bool:
    item, before = listed.items.get(key), listed.known.get(key)
    return item is not None and (before is None or before.said != item.said)


async def _untold(outside: Dependencies, listed: Listed, changed: list[Seen]) -> list[Seen]:
    by_partition: dict[str, list[MaintenanceEvent]] = {}
    for one in changed:
        for event in one.events:
            by_partition.setdefault(event.subscription_id or UNKNOWN_SUBSCRIPTION, []).append(event)
    found: dict[str, Standing] = {}
    for partition, events in by_partition.items():
        for standing in await standings(outside, partition, events, outside.clock()):
            found[standing.event.id] = standing
    announced = {_tracking(event) for one in listed.seen for event in one.events if not _is_beside(event)}
    return [one for one in changed if _is_untold(one, found, announced)]


def _is_untold(one: Seen, found: dict[str, Standing], announced: set[tuple[str | None, str]]) -> bool:
    if len(one.keys) > len(one.events):
        return True  # a part of it could not be read: it is to be seen in quarantine
    return any(
        not found[event.id].told
        and (not _is_beside(event) or found[event.id].story is not None or _tracking(event) in announced)
        for event in one.events
    )


def _is_beside(event: MaintenanceEvent) -> bool:
    """A row that only adds a resource to an announcement; alone it says nothing that a person could use."""
    return event.source is Source.SERVICE_HEALTH and event.kind is Kind.UNKNOWN and bool(event.resources)


def _tracking(event: MaintenanceEvent) -> tuple[str | None, str]:
    return event.subscription_id, event.keys.get("tracking_id", "").lower()


def _bodies(envelope: str, rows: list[Seen]) -> Iterable[bytes]:
    """Signals of bounded size; an announcement stands before the rows that add resources to it."""
    ordered = sorted(rows, key=_order)
    part: list[bytes] = []
    size = 0
    for one in ordered:
        body = msgspec.json.encode(one.row)
        if part and (len(part) >= CHUNK_ROWS or size + len(body) > CHUNK_BYTES):
            yield _wrapped(envelope, part)
            part, size = [], 0
        part.append(body)
        size += len(body)
    if part:
        yield _wrapped(envelope, part)


def _order(one: Seen) -> tuple[str, str, bool]:
    event = one.events[0] if one.events else None
    subscription, tracking = _tracking(event) if event else ("", "")
    return subscription or "", tracking, event is not None and _is_beside(event)


def _wrapped(envelope: str, rows: list[bytes]) -> bytes:
    return msgspec.json.encode({envelope: [msgspec.Raw(row) for row in rows]})


async def remember(outside: Dependencies, name: str, listed: Listed, changes: dict[str, Item | None]) -> None:
    """Writes what is new or changed, and `changes` (None: forget it). Raises: StorageUnavailable."""
    wanted: dict[str, Item | None] = {
        key: item for key, item in listed.items.items() if _is_new(listed, key) or listed.known[key].misses
    }
    writes = [
        Write(Put.DELETE, key) if item is None else Write(Put.UPSERT, key, msgspec.json.encode(item))
        for key, item in (wanted | changes).items()
    ]
    await commit_all(outside.control, partition_of(name), writes)
