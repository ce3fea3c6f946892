"""P2, P3: durable throughput on Azurite, beside a loop of the same bare calls through Azure's SDKs in the same run.

    python bench/durable.py

P2: one event a signal, from the queue `signals` to deliveries enqueued. P3: 100 events of one story in a signal, in
events a second beside P2; and 100 stories in a signal, to the end of each delivery, beside the same bare calls.
Queues are emptied before each measurement. Only ratios count: of each repetition one, and the median is judged.
Alertmanager at 100 alerts a request, which stores nothing, is printed beside them where it is installed.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # not this folder: a bench may be named as a module is

from azure.storage.queue.aio import QueueClient  # noqa: E402 - found only with the root on the path

from bench import alertmanager, bare, house  # noqa: E402
from bench.store import own_store  # noqa: E402
from notbefore.adapters import names  # noqa: E402
from notbefore.adapters.azure_storage import AzureStorage  # noqa: E402
from notbefore.pipeline.accept import accept  # noqa: E402
from notbefore.pipeline.deliver import deliver  # noqa: E402
from notbefore.pipeline.process import process  # noqa: E402
from notbefore.settings import StorageSettings  # noqa: E402

REPETITIONS = 7
SINGLES = 160
"""Signals with one event in one measurement."""

FULL = 4
"""Signals with a hundred."""

Body = Callable[[str], bytes]


class Rate(NamedTuple):
    """Of one measurement, by the clock and by this process's own processor time."""

    per_second: float
    cpu_ms: float


class Ours:
    """The product, with the SDK only where the Functions host would take messages off a queue."""

    def __init__(self, connection_string: str) -> None:
        self._storage = AzureStorage(StorageSettings(connection_string=connection_string))
        self._outside, self.channel = house.in_storage(self._storage)
        self.signals, self.deliveries = (
            QueueClient.from_connection_string(connection_string, one)
            for one in (names.SIGNAL_QUEUE, names.DELIVERY_QUEUE)
        )

    async def open(self) -> None:
        """Makes the stores."""
        await self._storage.ensure()

    async def close(self) -> None:
        """Closes every connection."""
        await self._storage.close()
        await self.signals.close()
        await self.deliveries.close()

    async def take(self, body: Body, count: int) -> Rate:
        """What comes through the door, sixteen at a time."""

        async def work() -> None:
            for _ in range(0, count, bare.AT_ONCE):
                await asyncio.gather(*(accept(self._outside, body(uuid4().hex), "bench") for _ in range(bare.AT_ONCE)))

        return await timed(work, count)

    async def run(self, body: Body, count: int, events: int, *, to_the_end: bool) -> Rate:
        """Signals that wait on the queue, processed; and their deliveries, when it goes to the end."""
        await self.signals.clear_messages()
        await self.deliveries.clear_messages()
        for _ in range(count):
            await accept(self._outside, body(uuid4().hex), "bench")
        self.channel.ids.clear()

        async def work() -> None:
            await bare.drain(self.signals, count, lambda message: process(self._outside, message))
            if to_the_end:
                await bare.drain(self.deliveries, count * events, lambda message: deliver(self._outside, message))

        rate = await timed(work, count * events)
        if to_the_end and len(set(self.channel.ids)) != count * events:
            raise AssertionError(f"{len(set(self.channel.ids))} of {count * events} were told")
        return rate


async def bare_run(calls: bare.Bare, stored: house.Stored, count: int, events: int, *, to_the_end: bool) -> Rate:
    """The same calls for as many signals, with bodies of the same size."""
    await calls.reconnect()
    await calls.signals.clear_messages()
    await calls.deliveries.clear_messages()
    for _ in range(count):
        await bare.put(calls.signals, stored.signal)

    async def signal(_: bytes) -> None:
        run = uuid4().hex
        rows = [bare.entity(house.SUBSCRIPTION, write, run) for write in stored.rows]
        etags = await calls.transact(rows)
        for key, message in stored.messages.items():
            await bare.put(calls.deliveries, bare.envelope(key, run, etags, message))
        await calls.outcomes.upsert_entity(bare.entity("hour", stored.outcome, run))

    async def delivery(message: bytes) -> None:
        key, run, etag = bare.opened(message)
        row, promise = stored.delivery(key)
        own = bare.entity(house.SUBSCRIPTION, row, run)
        await calls.confirm(own, bare.entity(house.SUBSCRIPTION, promise, run), await calls.claim(own, etag))

    async def work() -> None:
        await bare.drain(calls.signals, count, signal)
        if to_the_end:
            await bare.drain(calls.deliveries, count * events, delivery)

    return await timed(work, count * events)


async def alertmanager_run(peer: alertmanager.Alertmanager, count: int, events: int) -> Rate:
    """As many requests of as many alerts, until each has had its webhook."""
    peer.told, run = 0, uuid4().hex

    async def work() -> None:
        for number in range(count):
            await peer.post(*(f"{run}-{number}-{one}" for one in range(events)))
        await peer.until_told(count * events)

    return await timed(work, count * events)


async def timed(work: Callable[[], Awaitable[None]], events: int) -> Rate:
    """Runs it once."""
    began, used = time.perf_counter(), time.process_time()
    await work()
    return Rate(events / (time.perf_counter() - began), (time.process_time() - used) / events * 1000)


async def measured(connection_string: str) -> dict[str, list[Rate]]:
    """Interleaved repetitions of everything; the first, in which all is new, is not kept."""
    one, many = await house.stored(house.one), await house.stored(house.of_many_stories)
    ours = Ours(connection_string)
    await ours.open()
    rates: dict[str, list[Rate]] = {}
    async with bare.Bare(connection_string) as calls, alertmanager.running() as peer:
        for repetition in range(REPETITIONS + 1):
            found = {
                "one event": await ours.run(house.one, SINGLES, 1, to_the_end=False),
                "bare": await bare_run(calls, one, SINGLES, 1, to_the_end=False),
                "one story": await ours.run(house.of_one_story, FULL, 100, to_the_end=False),
                "100 stories": await ours.run(house.of_many_stories, FULL, 100, to_the_end=True),
                "bare, 100": await bare_run(calls, many, FULL, 100, to_the_end=True),
            }
            if peer:
                found["Alertmanager"] = await alertmanager_run(peer, FULL, 100)
            for name, rate in found.items() if repetition else ():
                rates.setdefault(name, []).append(rate)
    await ours.close()
    return rates


def judged(rates: dict[str, list[Rate]]) -> int:
    """Prints the table; 1 when a ratio is under its bar."""
    for name, all_of_it in rates.items():
        seconds = [rate.per_second for rate in all_of_it]
        cpu = median(rate.cpu_ms for rate in all_of_it)
        spread = f"({min(seconds):.0f}–{max(seconds):.0f})"
        print(f"{name:<13}{median(seconds):8.0f} events/s {spread:<12}{cpu:6.2f} ms of processor time here")
    failed = 0
    bars = (
        ("P2  one event a signal / bare calls", "one event", "bare", 0.4),
        ("P3  100 events of one story / P2", "one story", "one event", 5.0),
        ("P3  100 stories / bare calls", "100 stories", "bare, 100", 0.5),
    )
    for what, mine, other, bar in bars:
        ratios = [one.per_second / two.per_second for one, two in zip(rates[mine], rates[other], strict=True)]
        print(f"{what:<38}{median(ratios):6.2f} ({min(ratios):.2f}–{max(ratios):.2f}), bar {bar}")
        failed |= median(ratios) < bar
    return int(failed)


def main() -> int:
    """A store of its own, gently stopped."""
    with own_store() as (_, storage):
        return judged(asyncio.run(measured(storage)))


if __name__ == "__main__":
    raise SystemExit(main())
