"""The ports in memory, with Azure's manners: for tests, benchmarks and playing the archive through other routes."""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from itertools import count

from notbefore.adapters.limits import check_key, check_message, check_writes
from notbefore.errors import Conflict
from notbefore.ports import Clock, Put, Row, Signal, Write

PAGE = 1000
"""Rows of a scan that are seen at one moment; what is written meanwhile may be in the next page."""


FEW = 50
"""Keys that are put in their places one by one; more are sorted together."""


class MemoryRows:
    """One table: all of a commit or nothing, in the order of the keys' characters."""

    def __init__(self) -> None:
        self._partitions: dict[str, dict[str, Row]] = {}
        self._order: dict[str, list[str]] = {}
        self._fresh: dict[str, set[str]] = {}
        """Keys that no scan has asked for yet: a partition that is only written to is never sorted."""
        self._versions = count(1)

    async def get(self, partition: str, keys: Sequence[str]) -> dict[str, Row]:
        """Rows by key; those not there are absent."""
        rows = self._partitions.get(check_key(partition), {})
        return {key: rows[key] for key in map(check_key, keys) if key in rows}

    async def scan(self, partition: str, start: str, stop: str) -> AsyncIterator[Row]:
        """Rows with start <= key < stop, in order of key."""
        while True:
            order = self._in_order(partition)
            first, end = bisect_left(order, start), bisect_left(order, stop)
            page = order[first : min(end, first + PAGE)]
            rows = [self._partitions[partition][key] for key in page]
            for row in rows:
                yield row
            if not page:
                return
            start = page[-1] + "\0"

    async def commit(self, partition: str, writes: Sequence[Write]) -> dict[str, str]:
        """All of the writes or none. Raises: Conflict."""
        check_writes(partition, writes)
        rows = self._partitions.get(partition, {})
        for write in writes:
            _require(write, rows.get(write.key))
        return {write.key: etag for write in writes if (etag := self._apply(partition, write)) is not None}

    async def partitions(self) -> AsyncIterator[str]:
        """Every partition that holds a row, in order."""
        for partition in sorted(self._partitions):
            yield partition

    def _apply(self, partition: str, write: Write) -> str | None:
        if write.put is Put.DELETE:
            self._drop(partition, write.key)
            return None
        rows = self._partitions.setdefault(partition, {})
        if write.key not in rows:
            self._fresh.setdefault(partition, set()).add(write.key)
        etag = f'W/"{next(self._versions)}"'
        rows[write.key] = Row(write.key, write.body, etag)
        return etag

    def _drop(self, partition: str, key: str) -> None:
        rows = self._partitions.get(partition, {})
        if rows.pop(key, None) is None:
            return
        fresh = self._fresh.get(partition, set())
        if key in fresh:
            fresh.remove(key)
        else:
            order = self._order[partition]
            del order[bisect_left(order, key)]
        if not rows:
            del self._partitions[partition]
            self._order.pop(partition, None)

    def _in_order(self, partition: str) -> list[str]:
        order = self._order.setdefault(partition, [])
        fresh = self._fresh.pop(partition, set())
        if len(fresh) <= FEW:
            for key in fresh:
                insort(order, key)
        else:
            order += sorted(fresh)
            order.sort()
        return order


def _require(write: Write, row: Row | None) -> None:
    if write.put is Put.INSERT:
        fits = row is None
    elif write.put is Put.REPLACE or write.etag is not None:
        fits = row is not None and row.etag == write.etag
    else:
        fits = True
    if not fits:
        raise Conflict(f"row {write.key} is not as it was read")


class MemoryQueue:
    """Messages with the time from which they are seen. Nobody is called: a test asks what is due."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._messages: list[tuple[datetime, int, bytes]] = []
        self._arrivals = count()

    async def put(self, body: bytes, delay: timedelta = timedelta()) -> None:
        """Kept in memory, seen after `delay`."""
        check_message(body, delay)
        heapq.heappush(self._messages, (self._clock() + delay, next(self._arrivals), body))

    def due(self, now: datetime) -> list[bytes]:
        """Takes off the messages whose time has come, the earliest first, then in order of arrival."""
        bodies = []
        while self._messages and self._messages[0][0] <= now:
            bodies.append(heapq.heappop(self._messages)[2])
        return bodies

    def next_at(self) -> datetime | None:
        """When the next message is seen; None when there is none."""
        return self._messages[0][0] if self._messages else None

    def __len__(self) -> int:
        return len(self._messages)


class MemorySignals:
    """The archive of signals."""

    def __init__(self) -> None:
        self._signals: dict[str, Signal] = {}

    async def put(self, signal: Signal) -> None:
        """Keeps the signal under its id."""
        self._signals[signal.id] = signal

    async def get(self, signal_id: str) -> Signal | None:
        """The signal, or None."""
        return self._signals.get(signal_id)

    async def ids(self, since: str) -> AsyncIterator[str]:
        """Ids that begin so, in order."""
        for signal_id in sorted(key for key in self._signals if key.startswith(since)):
            yield signal_id
