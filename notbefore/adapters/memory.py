"""The ports in memory, with Azure's manners: for tests, benchmarks and playing the archive through other routes."""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from itertools import count

from notbefore.adapters.limits import check_keys, check_message, check_writes
from notbefore.errors import Conflict
from notbefore.ports import DELETE, INSERT, REPLACE, UPSERT, Clock, Row, Signal, Write

PAGE = 1000
"""Rows of a scan that are seen at one moment; what is written meanwhile may be in the next page."""

FEW = 50
"""Keys that are put in their places one by one; more are sorted together."""


class _Partition:
    """Rows by key. Those that no scan has asked for yet are in no order: what is only written to is never sorted."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self._order: list[str] = []
        self._fresh: set[str] = set()

    def apply(self, writes: Sequence[Write], etag: str) -> dict[str, str]:
        """All of them; those that are rows now have this etag."""
        rows, etags = self.rows, {}
        for write in writes:
            key = write.key
            if write.put is DELETE:
                self._drop(key)
                continue
            if key not in rows:
                self._fresh.add(key)
            rows[key] = Row(key, write.body, etag)
            etags[key] = etag
        return etags

    def _drop(self, key: str) -> None:
        if self.rows.pop(key, None) is None:
            return
        if key in self._fresh:
            self._fresh.remove(key)
        else:
            del self._order[bisect_left(self._order, key)]

    def between(self, start: str, stop: str) -> list[Row]:
        """The first rows with start <= key < stop, a page at most."""
        if len(self._fresh) <= FEW:
            for key in self._fresh:
                insort(self._order, key)
        else:
            self._order += self._fresh
            self._order.sort()
        self._fresh.clear()
        first, end = bisect_left(self._order, start), bisect_left(self._order, stop)
        return [self.rows[key] for key in self._order[first : min(end, first + PAGE)]]


_NOTHING = _Partition()


class MemoryRows:
    """One table: all of a commit or nothing, in the order of the keys' characters."""

    def __init__(self) -> None:
        self._partitions: dict[str, _Partition] = {}
        self._versions = count(1)

    async def get(self, partition: str, keys: Sequence[str]) -> dict[str, Row]:
        """Rows by key; those not there are absent."""
        check_keys([partition, *keys])
        rows = self._partitions.get(partition, _NOTHING).rows
        return {key: rows[key] for key in keys if key in rows}

    async def scan(self, partition: str, start: str, stop: str) -> AsyncIterator[Row]:
        """Rows with start <= key < stop, in order of key."""
        while page := self._partitions.get(partition, _NOTHING).between(start, stop):
            for row in page:
                yield row
            start = page[-1].key + "\0"

    async def commit(self, partition: str, writes: Sequence[Write]) -> dict[str, str]:
        """All of the writes or none. Raises: Conflict."""
        check_writes(partition, writes)
        known = self._partitions.get(partition) or _Partition()
        for write in writes:
            if write.put is not UPSERT:
                _require(write, known.rows.get(write.key))
        etags = known.apply(writes, f'W/"{next(self._versions)}"')
        self._keep(partition, known)
        return etags

    async def partitions(self) -> AsyncIterator[str]:
        """Every partition that holds a row, in order."""
        for partition in sorted(self._partitions):
            yield partition

    def _keep(self, partition: str, known: _Partition) -> None:
        """As long as it holds a row."""
        if known.rows:
            self._partitions[partition] = known
        else:
            self._partitions.pop(partition, None)


def _require(write: Write, row: Row | None) -> None:
    if write.put is INSERT:
        fits = row is None
    elif write.put is REPLACE or write.etag is not None:
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
