"""Who has left the routing file: addresses that it named, and names no longer.

They hear nothing new. Who heard a beginning hears its end all the same, once: a rule that is gone is no reason to
leave people waiting for a reboot that was called off. A row of the table `control` each, with no secret in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.config.model import Audience, ChannelConfig, RoutingConfig
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.left import Departed
from notbefore.pipeline.portions import commit_all
from notbefore.ports import Put, Write
from notbefore.schema import Heard

PARTITION = "departed"
FRESH = timedelta(seconds=5)
"""How old what a process knows of them may be."""

_KEPT = ("name", "channels", "time_zone", "language", "quiet_hours", "quiet_hours_let_through", "calendar")
"""What is left of an audience: a voice, and its nights. Digests, groups and reminders are over."""


def departures(old: RoutingConfig, new: RoutingConfig, now: datetime) -> Iterator[Departed]:
    """The audiences of the old file, with only the targets that the new one does not have there."""
    for name, audience in old.audiences.items():
        known = new.audiences.get(name)
        left = _without(audience.channels, known.channels if known else ())
        if left:
            yield Departed(
                audience=Audience(**{key: getattr(audience, key) for key in _KEPT} | {"channels": left}), at=now
            )


def _without(channels: Iterable[ChannelConfig], others: Iterable[ChannelConfig]) -> tuple[ChannelConfig, ...]:
    there = {(channel.kind, target) for channel in others for target in channel.targets}
    slim = (
        replace(channel, targets=tuple(one for one in channel.targets if (channel.kind, one) not in there))
        for channel in channels
    )
    return tuple(channel for channel in slim if channel.targets)


async def note_departures(outside: Dependencies, old: RoutingConfig, new: RoutingConfig) -> None:
    """Keeps who left between two files; twice is once. Raises: StorageUnavailable."""
    writes = [
        Write(Put.UPSERT, f"{rowkeys.digest(one.audience.name)}|{new.version_id}", msgspec.json.encode(one))
        for one in departures(old, new, outside.clock())
    ]
    await commit_all(outside.control, PARTITION, writes)
    outside.departed.read_at = None


async def departed(outside: Dependencies) -> tuple[Departed, ...]:
    """Everybody who has left, as it was a few seconds ago. Raises: StorageUnavailable."""
    known, now = outside.departed, outside.clock()
    if known.read_at is None or not known.read_at <= now < known.read_at + FRESH:
        rows = outside.control.scan(PARTITION, *rowkeys.span(""))
        known.rows = tuple([msgspec.json.decode(row.body, type=Departed) async for row in rows])
        known.read_at = now
    return known.rows


def left_of(name: str, heard: Heard, everybody: Iterable[Departed], config: RoutingConfig) -> Audience | None:
    """An audience of those who heard of the story before they left, and have not come back; None: nobody did."""
    known = config.audience(name)
    mine = [one for one in everybody if one.audience.name == name and one.at >= heard.first_at]
    channels: dict[tuple[str, tuple[str, ...]], ChannelConfig] = {}
    for one in mine:
        for channel in _without(one.audience.channels, known.channels if known else ()):
            channels[channel.kind, channel.targets] = channel
    if not mine and known is None and "@" in name:
        return Audience(name=name, channels=(ChannelConfig(kind="email", targets=(name,)),))
    return replace(mine[-1].audience, channels=tuple(channels.values())) if channels else None
