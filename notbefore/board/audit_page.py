"""The audit for people: who was told what, when and why, the newest first; and all of it as JSON Lines."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from heapq import nlargest
from typing import NamedTuple

import msgspec
from msgspec import structs

from notbefore.board.board import Board
from notbefore.board.brief import shown_target
from notbefore.board.paging import Page, bookmark, read_bookmark
from notbefore.errors import Refused
from notbefore.pipeline.audit import Asked, Entry, entries
from notbefore.ports import Row, Rows, Write
from notbefore.rowkeys import digest

PAGE = 50
READ = 50_000
"""Rows of stories and of the ledger that one answer looks at; a story, or a shorter time, narrows it down."""

_SPAN = re.compile(r"([1-9][0-9]{0,4})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def when(text: str, now: datetime) -> datetime:
    """A time, a day, or a span back from now such as 90d; without a zone it is UTC. Raises: Refused (400)."""
    span = _SPAN.fullmatch(text.strip())
    if span:
        return now - int(span[1]) * _UNITS[span[2]]
    try:
        at = datetime.fromisoformat(text.strip().replace("z", "Z"))
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        wanted = "2026-11-01, 2026-11-01T08:00:00Z, or a span back from now such as 90d"
        raise Refused(400, f"`{text[:40]}` is no time: write {wanted}") from problem


async def audit(board: Board, asked: Asked, after: str = "", limit: int = PAGE, most: int = READ) -> Page[Entry]:
    """One page, the newest first, of the first `most` rows. Raises: StorageUnavailable."""
    start = read_bookmark(after, _Place)
    rows = _Bounded(board.outside.stories, most)
    found: list[Entry] = []
    async for entry in entries(replace(board.outside, stories=rows), asked):
        if start is None or _place(entry) < start:
            found.append(entry)
        if len(found) > 10 * limit:
            found = nlargest(limit + 1, found, _place)
    newest = nlargest(limit + 1, found, _place)
    following = bookmark(_place(newest[limit - 1])) if len(newest) > limit else None
    return Page(tuple(map(shown, newest[:limit])), following, not rows.cut)


async def lines(board: Board, asked: Asked, most: int = READ) -> bytes:
    """Everything that fits, one JSON object a line, as it is read; a last line says if not all was."""
    rows = _Bounded(board.outside.stories, most)
    found = entries(replace(board.outside, stories=rows), asked)
    said = [msgspec.json.encode(shown(entry)) async for entry in found]
    if rows.cut:
        advice = "not all was read: ask for a shorter time or one story, or use the command `notbefore audit`"
        said.append(msgspec.json.encode({"what": "cut", "reason": advice}))
    return b"".join(line + b"\n" for line in said)


def shown(entry: Entry) -> Entry:
    """The line without what a URL may hold of a secret."""
    return structs.replace(entry, address=shown_target(entry.address))


class _Place(NamedTuple):
    """Where a line stands in time; no two have the same."""

    at: str
    what: str
    story: str
    audience: str
    occasion: str
    delivery: str
    reason: str


def _place(entry: Entry) -> _Place:
    at = entry.at.isoformat(timespec="microseconds")
    return _Place(at, entry.what, entry.story, entry.audience, entry.occasion, entry.delivery, digest(entry.reason))


@dataclass(slots=True)
class _Bounded:
    """Rows of which only so many are read; `cut` says that there were more."""

    inner: Rows
    left: int
    cut: bool = False

    async def scan(self, partition: str, start: str, stop: str) -> AsyncIterator[Row]:
        """Rows as they lie, until enough was read."""
        async for row in self.inner.scan(partition, start, stop):
            if self.left == 0:
                self.cut = True
                return
            self.left -= 1
            yield row

    async def get(self, partition: str, keys: Sequence[str]) -> dict[str, Row]:
        """As it is."""
        return await self.inner.get(partition, keys)

    async def commit(self, partition: str, writes: Sequence[Write]) -> dict[str, str]:
        """As it is."""
        return await self.inner.commit(partition, writes)

    def partitions(self) -> AsyncIterator[str]:
        """As they are."""
        return self.inner.partitions()
