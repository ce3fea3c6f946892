"""A house on stores of which every call may fail, before it is done or after; its process may die.

The stores are those in memory, so that the faults come from a seed and the clock is the test's. A message that
failed comes back after a second, and after five failures it is gone, as with the queue's trigger.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from memory_house import House

from notbefore.adapters.memory import MemoryQueue, MemoryRows, MemorySignals
from notbefore.errors import StorageError, StorageUnavailable
from notbefore.pipeline.accept import accept
from notbefore.pipeline.deliver import deliver
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.due import run_due
from notbefore.pipeline.process import process
from notbefore.pipeline.sweep import sweep
from notbefore.ports import Queue, Row, Rows, Signal, SignalArchive, Write

T = TypeVar("T")
TRIES = 5
"""How often the trigger tries a message before it puts it aside."""


class Weather:
    """Draws for each call whether it fails, and on which side of being done."""

    def __init__(self, seed: int, share: float) -> None:
        self._random = random.Random(seed)  # noqa: S311 # repeatable on purpose
        self.share = share
        self.met: Counter[str] = Counter()

    def fails(self, side: str) -> None:
        """Raises for a share of the calls."""
        if self._random.random() < self.share:
            self.met[side] += 1
            raise StorageUnavailable(f"{side} it was done")


class Shaky:
    """The three stores with the weather between. A page of a scan may fail in the middle."""

    def __init__(self, inner: MemoryRows | MemoryQueue | MemorySignals, weather: Weather) -> None:
        self._inner = inner
        self._weather = weather

    async def _call(self, call: Callable[[], Awaitable[T]]) -> T:
        self._weather.fails("before")
        result = await call()
        self._weather.fails("after")
        return result


class ShakyRows(Shaky):
    """A table."""

    _inner: MemoryRows

    async def get(self, partition: str, keys: Sequence[str]) -> dict[str, Row]:
        """As the port says."""
        return await self._call(lambda: self._inner.get(partition, keys))

    async def scan(self, partition: str, start: str, stop: str) -> AsyncIterator[Row]:
        """As the port says."""
        self._weather.fails("before")
        async for row in self._inner.scan(partition, start, stop):
            yield row
        self._weather.fails("after")

    async def commit(self, partition: str, writes: Sequence[Write]) -> dict[str, str]:
        """As the port says."""
        return await self._call(lambda: self._inner.commit(partition, writes))

    async def partitions(self) -> AsyncIterator[str]:
        """As the port says."""
        self._weather.fails("before")
        async for name in self._inner.partitions():
            yield name


class ShakyQueue(Shaky):
    """A queue."""

    _inner: MemoryQueue

    async def put(self, body: bytes, delay: timedelta = timedelta()) -> None:
        """As the port says."""
        await self._call(lambda: self._inner.put(body, delay))


class ShakySignals(Shaky):
    """An archive."""

    _inner: MemorySignals

    async def put(self, signal: Signal) -> None:
        """As the port says."""
        await self._call(lambda: self._inner.put(signal))

    async def get(self, signal_id: str) -> Signal | None:
        """As the port says."""
        return await self._call(lambda: self._inner.get(signal_id))

    async def ids(self, hour: str) -> AsyncIterator[str]:
        """As the port says."""
        self._weather.fails("before")
        async for one in self._inner.ids(hour):
            yield one


class ShakyHouse(House):
    """The house in bad weather, with a trigger that tries five times."""

    def __init__(self, weather: Weather) -> None:
        self.weather = weather
        self.failures: Counter[bytes] = Counter()
        super().__init__()

    def started(self) -> Dependencies:
        """A fresh process on new stores."""
        calm = super().started()
        rows: Callable[[Rows], Rows] = lambda inner: ShakyRows(inner, self.weather)  # type: ignore[arg-type] # noqa: E731 # memory's
        archive: SignalArchive = ShakySignals(calm.archive, self.weather)  # type: ignore[arg-type] # memory's
        queues: list[Queue] = [ShakyQueue(inner, self.weather) for inner in (self.signals, self.deliveries)]
        return Dependencies(
            stories=rows(calm.stories),
            signals=rows(calm.signals),
            quarantine=rows(calm.quarantine),
            control=rows(calm.control),
            archive=archive,
            signal_queue=queues[0],
            delivery_queue=queues[1],
            channels=calm.channels,
            render=calm.render,
            rules=calm.rules,
            clock=calm.clock,
        )

    async def door(self, body: bytes) -> None:
        """A sender that tries again until it is told that the signal was taken in."""
        while True:
            try:
                await accept(self.outside, body, "test")
            except StorageError:
                continue
            return

    async def step(self) -> None:
        """One second: the messages that are due, and the timers."""
        self.at += timedelta(seconds=1)
        for queue, work in ((self.signals, process), (self.deliveries, deliver)):
            for body in queue.due(self.at):
                await self._tries(queue, work, body)
        if self.at.second % 30 == 0:
            for timer in (run_due, sweep):
                await self._survives(timer(self.outside))

    async def _tries(
        self, queue: MemoryQueue, work: Callable[[Dependencies, bytes], Awaitable[None]], body: bytes
    ) -> None:
        if await self._survives(work(self.outside, body)):
            return
        self.failures[body] += 1
        if self.failures[body] % TRIES:
            await queue.put(body, timedelta(seconds=1))

    async def _survives(self, work: Awaitable[object]) -> bool:
        try:
            await work
        except StorageError:
            return False
        return True
