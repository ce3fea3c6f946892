"""Signals of the past, played again on a clock of their own: each at its arrival, with what was due in between."""

from __future__ import annotations

import heapq
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta

from notbefore import rowkeys
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.due import run_audience
from notbefore.pipeline.process import Processed, process_signal
from notbefore.ports import Put, Row, Rows, Signal, Write

Fold = Callable[[str, str], None]
"""Hears the audience and story of each item that leaves a group or digest, because it was told."""


class Watched:
    """The table `stories`, watched: what becomes due when, and what was told together with others.

    `change` rewrites what is written, or drops it by answering None.
    """

    def __init__(
        self, rows: Rows, change: Callable[[Write], Write | None] = lambda write: write, told: Fold | None = None
    ) -> None:
        self._rows = rows
        self._change = change
        self._told = told
        self._due: list[tuple[datetime, str]] = []

    async def get(self, partition: str, keys: Sequence[str]) -> dict[str, Row]:
        """As the table does."""
        return await self._rows.get(partition, keys)

    def scan(self, partition: str, start: str, stop: str) -> AsyncIterator[Row]:
        """As the table does."""
        return self._rows.scan(partition, start, stop)

    def partitions(self) -> AsyncIterator[str]:
        """As the table does."""
        return self._rows.partitions()

    async def commit(self, partition: str, writes: Sequence[Write]) -> dict[str, str]:
        """As the table does; what is dropped has an etag all the same."""
        kept = [changed for write in writes if (changed := self._change(write)) is not None]
        etags = await self._rows.commit(partition, kept) if kept else {}
        if partition.startswith(rowkeys.AUDIENCE):
            for write in kept:
                self._watch(partition, write)
        return {write.key: etags.get(write.key, "") for write in writes if write.put is not Put.DELETE}

    def _watch(self, partition: str, write: Write) -> None:
        if write.key.startswith("t|") and write.put is not Put.DELETE:
            self.expect(partition, write.key)
        elif write.key.startswith("i|") and write.put is Put.DELETE and self._told is not None:
            self._told(partition.removeprefix(rowkeys.AUDIENCE), write.key.split("|")[2])

    def expect(self, partition: str, key: str) -> None:
        """A row of an audience is due at the time in its key."""
        heapq.heappush(self._due, (due_at(key), partition))

    def next_due(self, until: datetime) -> tuple[datetime, str] | None:
        """Takes off the earliest time that is not after `until`, and the audience's partition it is for."""
        if not self._due or self._due[0][0] > until:
            return None
        earliest = heapq.heappop(self._due)
        while self._due and self._due[0] == earliest:
            heapq.heappop(self._due)
        return earliest


def due_at(key: str) -> datetime:
    """When a due row is due, by its key."""
    return datetime.strptime(key.split("|")[1], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)


class Moving:
    """A clock that is put forward."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """Where it stands."""
        return self.at


class Nowhere:
    """A queue for what is not to be sent."""

    async def put(self, body: bytes, delay: timedelta = timedelta()) -> None:
        """Forgets the message."""


class Replay:
    """A house whose time is that of the signals it is given, in order of their arrival."""

    def __init__(self, outside: Dependencies, watched: Watched, clock: Moving) -> None:
        self.outside = outside
        self._watched = watched
        self._clock = clock

    async def take(self, signal: Signal) -> Processed:
        """What was due until then happens first, each at its time. Raises: StorageUnavailable."""
        await self.passes(signal.received_at)
        return await process_signal(self.outside, signal)

    async def passes(self, until: datetime) -> None:
        """Time goes on to `until`, with everything that is due by then. Raises: StorageUnavailable."""
        while (due := self._watched.next_due(until)) is not None:
            at, partition = due
            self._clock.at = max(self._clock.at, at)
            await run_audience(self.outside, partition)
        self._clock.at = max(self._clock.at, until)
