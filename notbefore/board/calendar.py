"""An audience's calendar: what is planned, what moved, what was canceled, of the stories that are its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from notbefore import rowkeys
from notbefore.board.board import Board
from notbefore.config.model import Audience

if TYPE_CHECKING:
    from notbefore.board.entries import Entry

FRESH = timedelta(seconds=60)
_FEEDS = 200


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar as it is sent; the tag changes when a byte of it does."""

    body: bytes
    tag: str
    at: datetime


@dataclass(slots=True)
class Feeds:
    """The calendars of one process. Entries are composed once a change, calendars once a minute."""

    _kept: dict[str, Feed] = field(default_factory=dict)
    _entries: dict[str, dict[str, Entry]] = field(default_factory=dict)

    async def of(self, board: Board, audience: Audience, public_url: str | None) -> Feed:
        """The audience's calendar, a minute old at most. Raises: StorageUnavailable."""
        known = self._kept.get(audience.name)
        if known is None or board.now - known.at > FRESH:
            if len(self._kept) >= _FEEDS:
                self._kept.clear()
                self._entries.clear()
            known = self._kept[audience.name] = await self._made(board, audience, public_url)
        return known

    async def _made(self, board: Board, audience: Audience, public_url: str | None) -> Feed:
        from notbefore.board.entries import Composer
        from notbefore.rendering import calendar
        from notbefore.rendering.times import times

        now, version = board.now, board.config.version_id
        composer = Composer(board, audience, times(audience.language, audience.time_zone), public_url)
        before, entries = self._entries.get(audience.name, {}), {}
        async for partition in board.outside.stories.partitions():
            if partition.startswith(rowkeys.AUDIENCE):
                continue
            async for row in board.outside.stories.scan(partition, *rowkeys.span(rowkeys.head(""))):
                etag = f"{version} {row.etag}"
                entry = before.get(row.key)
                if entry is None or entry.etag != etag:
                    entry = composer.entry(row, etag)
                entries[row.key] = entry
        self._entries[audience.name] = entries
        texts = [one.text for one in entries.values() if one.text and (one.until is None or one.until > now)]
        body = calendar.calendar(texts, "PUBLISH", name=f"Azure maintenance: {audience.name}")
        return Feed(body, f'"{blake2b(body, digest_size=16).hexdigest()}"', now)
