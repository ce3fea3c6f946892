"""Who was told what, when and why, and who ordered it: found again by story, audience, address and time.

Decisions and deliveries are rows of their partitions already, and silences and acknowledgements say who gave them.
What leaves no row of its own is noted here: a routing file that came in force, a delivery that was sent again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.config.model import RoutingConfig
from notbefore.muting import Silence
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.holds import SILENCES
from notbefore.ports import Put, Write
from notbefore.schema import Decision, DeliveryState, Severity

NOTES = "audit"
"""Partition of the table `control`."""


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the audit. `what`: decision, delivery, acknowledged, silenced, lifted, routes, resent."""

    at: datetime
    what: str
    story: str = ""
    stories: tuple[str, ...] = ()
    """Of a message that folds several: those that it shows."""
    revision: int = 0
    severity: Severity | None = None
    audience: str = ""
    occasion: str = ""
    decision: str = ""
    reason: str = ""
    due: datetime | None = None
    channels: tuple[str, ...] = ()
    route: str = ""
    routes_version: str = ""
    delivery: str = ""
    channel: str = ""
    address: str = ""
    """As the routing file writes it."""
    state: str = ""
    attempts: int = 0
    sent_at: datetime | None = None
    error: str = ""
    by: str = ""
    changes: tuple[str, ...] = ()
    """Of a routing file: what is different, in words."""


class Asked(Struct, frozen=True, kw_only=True):
    """Which lines are wanted; what is empty is not asked. `since` is in, `until` is not."""

    story: str = ""
    audience: str = ""
    address: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def in_time(self, at: datetime) -> bool:
        """Within the asked time."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


async def note(outside: Dependencies, entry: Entry) -> None:
    """Keeps a line that has no row of its own. Twice the same is once. Raises: StorageUnavailable."""
    key = f"{rowkeys.stamp(entry.at)}|{rowkeys.digest(entry.what, entry.delivery, entry.routes_version)}"
    await outside.control.commit(NOTES, [Write(Put.UPSERT, key, msgspec.json.encode(entry))])


async def entries(outside: Dependencies, asked: Asked) -> AsyncIterator[Entry]:
    """Every line that fits: orders and routing files first, then by subscription and story, then by audience.

    Rows are read page by page, so memory does not grow with their number. Raises: StorageUnavailable.
    """
    who = _listeners(asked, outside.rules().config)
    async for entry in _noted(outside, asked):
        yield entry
    async for partition in outside.stories.partitions():
        if not partition.startswith(rowkeys.AUDIENCE):
            async for entry in _acknowledged(outside, partition, asked):
                yield entry
            async for entry in _decided(outside, partition, asked, who):
                yield entry
        async for entry in _delivered(outside, partition, asked):
            yield entry


def _listeners(asked: Asked, config: RoutingConfig) -> frozenset[str] | None:
    """Audiences whose decisions are meant; None: everybody's. An address listens as those who name it today."""
    if not asked.address:
        return frozenset({asked.audience}) if asked.audience else None
    named = {
        audience.name
        for audience in config.audiences.values()
        for channel in audience.channels
        if asked.address.casefold() in map(str.casefold, channel.targets)
    }
    return frozenset(named & {asked.audience} if asked.audience else {*named, asked.address})


async def _noted(outside: Dependencies, asked: Asked) -> AsyncIterator[Entry]:
    async for row in outside.control.scan(NOTES, *rowkeys.span("")):
        entry = msgspec.json.decode(row.body, type=Entry)
        if _fits(entry, asked):
            yield entry
    async for row in outside.control.scan(SILENCES, *rowkeys.span("")):
        for entry in _ordered(msgspec.json.decode(row.body, type=Silence)):
            if _fits(entry, asked):
                yield entry


def _ordered(silence: Silence) -> list[Entry]:
    matcher = msgspec.json.encode(silence.match).decode()
    ends = f"until {silence.ends_at:%Y-%m-%d %H:%M} UTC"
    said = Entry(
        at=silence.starts_at, what="silenced", by=silence.author, reason=silence.reason, changes=(matcher, ends)
    )
    if silence.lifted_at is None:
        return [said]
    lifted = Entry(at=silence.lifted_at, what="lifted", by=silence.lifted_by or "", reason=silence.reason)
    return [said, lifted]


class _Head(Struct, frozen=True):
    id: str
    revision: int
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None


async def _acknowledged(outside: Dependencies, partition: str, asked: Asked) -> AsyncIterator[Entry]:
    if asked.audience or asked.address:
        return
    span = rowkeys.span(rowkeys.head(asked.story))
    async for row in outside.stories.scan(partition, *span):
        head = msgspec.json.decode(row.body, type=_Head)
        if head.acknowledged_at is None:
            continue
        by = head.acknowledged_by or ""
        entry = Entry(at=head.acknowledged_at, what="acknowledged", story=head.id, revision=head.revision, by=by)
        if _fits(entry, asked):
            yield entry


async def _decided(
    outside: Dependencies, partition: str, asked: Asked, who: frozenset[str] | None
) -> AsyncIterator[Entry]:
    start = f"h|{asked.story}|" if asked.story else "h|"
    async for row in outside.stories.scan(partition, *rowkeys.span(start)):
        for one in msgspec.json.decode(row.body, type=list[Decision]):
            if asked.in_time(one.at) and (who is None or one.audience in who):
                yield Entry(
                    at=one.at,
                    what="decision",
                    story=one.story,
                    revision=one.revision,
                    severity=one.severity,
                    audience=one.audience,
                    occasion=one.occasion,
                    decision=one.decision,
                    reason=one.reason,
                    due=one.due,
                    channels=one.channels,
                    route=one.route or "",
                    routes_version=one.routes_version,
                )


class _Named(Struct, frozen=True):
    id: str


class _Line(Struct, frozen=True, kw_only=True):
    """What the audit reads of a delivery."""

    id: str
    revision: int
    audience: str
    channel: str
    target: str
    occasion: str
    route: str
    reason: str
    severity: Severity
    story: _Named
    folded: tuple[_Named, ...] = ()
    created_at: datetime
    state: DeliveryState
    attempts: int
    sent_at: datetime | None = None
    last_error: str | None = None


async def _delivered(outside: Dependencies, partition: str, asked: Asked) -> AsyncIterator[Entry]:
    own = asked.story and not partition.startswith(rowkeys.AUDIENCE)
    async for row in outside.stories.scan(partition, *rowkeys.span(f"d|{asked.story}|" if own else "d|")):
        line = msgspec.json.decode(row.body, type=_Line)
        entry = Entry(
            at=line.created_at,
            what="delivery",
            story=line.story.id,
            stories=tuple(story.id for story in line.folded),
            revision=line.revision,
            severity=line.severity,
            audience=line.audience,
            occasion=line.occasion,
            reason=line.reason,
            route=line.route,
            delivery=line.id,
            channel=line.channel,
            address=line.target,
            state=line.state,
            attempts=line.attempts,
            sent_at=line.sent_at,
            error=line.last_error or "",
        )
        if _fits(entry, asked):
            yield entry


def _fits(entry: Entry, asked: Asked) -> bool:
    return (
        asked.in_time(entry.at)
        and (not asked.story or asked.story in {entry.story, *entry.stories})
        and asked.audience in {"", entry.audience}
        and (not asked.address or asked.address.casefold() == entry.address.casefold())
    )
