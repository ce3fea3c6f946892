"""An audience's calendar: what is planned, what moved, what was canceled, of the stories that are its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec

from notbefore import rowkeys
from notbefore.board.board import Board
from notbefore.config.model import Audience
from notbefore.schema import ResourceState, Story

KEPT = timedelta(days=30)
"""How long what is over stays: a calendar program that looks once a week sees that it was canceled."""
FRESH = timedelta(seconds=60)
_FEEDS = 200


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar as it is sent; the tag changes when a byte of it does."""

    body: bytes
    tag: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a story's row, as it was, came to; `until` None: it stays."""

    etag: str
    text: str
    until: datetime | None


@dataclass(slots=True)
class Feeds:
    """The calendars of one process. Entries are composed once a change, calendars once a minute."""

    _kept: dict[str, Feed] = field(default_factory=dict)
    _entries: dict[str, dict[str, _Entry]] = field(default_factory=dict)

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
        from notbefore.rendering import calendar

        now, version = board.now, board.config.version_id
        before, entries = self._entries.get(audience.name, {}), {}
        async for partition in board.outside.stories.partitions():
            if partition.startswith(rowkeys.AUDIENCE):
                continue
            async for row in board.outside.stories.scan(partition, *rowkeys.span(rowkeys.head(""))):
                etag = f"{version} {row.etag}"
                entry = before.get(row.key)
                if entry is None or entry.etag != etag:
                    entry = _entry(board, msgspec.json.decode(row.body, type=Story), etag, audience, public_url)
                entries[row.key] = entry
        self._entries[audience.name] = entries
        texts = [one.text for one in entries.values() if one.text and (one.until is None or one.until > now)]
        body = calendar.calendar(texts, "PUBLISH", name=f"Azure maintenance: {audience.name}")
        return Feed(body, f'"{blake2b(body, digest_size=16).hexdigest()}"', now)


def _entry(board: Board, story: Story, etag: str, audience: Audience, public_url: str | None) -> _Entry:
    from notbefore.rendering import calendar
    from notbefore.rendering.links import story_page
    from notbefore.rendering.times import times

    mine = None if story.merged_into or not calendar.has_entry(story) else _mine(board, story, audience)
    if mine is None:
        return _Entry(etag, "", None)
    spoken = times(audience.language, audience.time_zone)
    text = calendar.entry(story, audience.name, mine, spoken, story_page(public_url, story.id))
    return _Entry(etag, text, story.updated_at + KEPT if story.over else None)


def _mine(board: Board, story: Story, audience: Audience) -> tuple[ResourceState, ...] | None:
    """The audience's resources among those that the head shows; None when the story is not its own.

    It is its own when it was told of it, or a route names it today by what the head itself says.
    """
    heard = story.heard.get(audience.name)
    if heard is not None and heard.resources >= story.resources_total:
        return story.resources
    if heard is None and story.over:
        return None
    subjects = [(state, None) for state in story.resources]
    routed = board.outside.rules().router.route(story, subjects).audiences
    mine = next((one.resources for one in routed if one.audience == audience.name), None)
    return mine if mine is not None or heard is None else ()
