"""Reads for pages, bounded and shared: a busy page costs storage no more than a quiet one.

Heads of stories are read at most once in a few seconds, whoever asks, and at most so many of them; a page says
when there were more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from notbefore import rowkeys
from notbefore.board.brief import StoryBrief
from notbefore.config.model import RoutingConfig
from notbefore.pipeline.dependencies import Dependencies
from notbefore.ports import Row
from notbefore.schema import Story

T = TypeVar("T")

HEADS_LIMIT = 10_000
"""Stories that are looked at for a list."""

FRESH = timedelta(seconds=5)
_AT_ONCE = 8
_HOPS = 10


@dataclass(frozen=True, slots=True)
class Heads:
    """Every story's head, merged ones left out, the most urgent first; `complete` unless there were too many."""

    stories: tuple[StoryBrief, ...] = ()
    subscriptions: tuple[str, ...] = ()
    """Partitions that hold stories."""
    audiences: tuple[str, ...] = ()
    """Partitions of audiences, without their prefix."""
    complete: bool = True
    at: datetime | None = None


@dataclass(slots=True)
class Board:
    """What the pages of one process share."""

    outside: Dependencies
    _heads: Heads = field(default_factory=Heads)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def now(self) -> datetime:
        """The time of the view."""
        return self.outside.clock()

    @property
    def config(self) -> RoutingConfig:
        """The last good routing file. Raises: ConfigError when there never was one."""
        return self.outside.rules().config

    async def heads(self) -> Heads:
        """The heads, a few seconds old at most. Raises: StorageUnavailable."""
        async with self._lock:
            if self._heads.at is None or self.now - self._heads.at > FRESH:
                self._heads = await self._read()
            return self._heads

    def forget(self) -> None:
        """The next view reads anew: a person has just changed something."""
        self._heads = Heads()

    async def _read(self) -> Heads:
        partitions = [name async for name in self.outside.stories.partitions()]
        subscriptions = tuple(name for name in partitions if not name.startswith(rowkeys.AUDIENCE))
        budget = _Budget(HEADS_LIMIT)
        found = await gathered(self._partition(name, budget) for name in subscriptions)
        stories = sorted((story for part in found for story in part), key=lambda story: story.urgency)
        return Heads(
            stories=tuple(stories),
            subscriptions=subscriptions,
            audiences=tuple(
                name.removeprefix(rowkeys.AUDIENCE) for name in partitions if name.startswith(rowkeys.AUDIENCE)
            ),
            complete=budget.left > 0,
            at=self.now,
        )

    async def _partition(self, partition: str, budget: _Budget) -> list[StoryBrief]:
        stories = []
        async for row in self.outside.stories.scan(partition, *rowkeys.span(rowkeys.head(""))):
            story = msgspec.json.decode(row.body, type=StoryBrief)
            if story.merged_into is None and story.moved_to is None:
                stories.append(story)
            budget.left -= 1
            if budget.left <= 0:
                break
        return stories

    async def story(self, story_id: str) -> tuple[Story, Row] | None:
        """A story and its row, of merged ones the survivor. Raises: StorageUnavailable."""
        for _ in range(_HOPS):
            found = await self._head(story_id)
            if found is None:
                return None
            story = msgspec.json.decode(found.body, type=Story)
            if story.merged_into is None:
                return story, found
            story_id = story.merged_into
        return None

    async def _head(self, story_id: str) -> Row | None:
        """Looked for where the last list had it, else in every subscription."""
        if set(story_id) & set("/\\#?") or not story_id.isprintable():
            return None
        key = rowkeys.head(story_id)
        known = next((one.subscription_id for one in self._heads.stories if one.id == story_id), None)
        places = [known] if known else (await self.heads()).subscriptions
        rows = await gathered(self.outside.stories.get(place, [key]) for place in places)
        return next((row[key] for row in rows if key in row), None)


@dataclass(slots=True)
class _Budget:
    left: int


async def gathered(work: Iterable[Awaitable[T]]) -> list[T]:
    """All answers, in order; a few are asked for at once."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(asked: Awaitable[T]) -> T:
        async with turns:
            return await asked

    return await asyncio.gather(*map(one, work))


async def first(rows: AsyncIterator[Row], limit: int) -> list[Row]:
    """At most so many rows of a scan."""
    found: list[Row] = []
    async for row in rows:
        found.append(row)
        if len(found) == limit:
            break
    return found
