"""P4: from a signal at the door to its webhook, at 20 signals a second, beside a bare chain of the same storage calls.

    python bench/latency.py

Ours is the whole local host as a process of its own: HTTP, queues that are polled, timers, signed webhooks. The bare
chain is blob, queue, transaction, queue, claim, confirm through Azure's SDKs, its queues polled in the same rhythm and
its pollers woken by each put. Both run in turn on one Azurite. Only the ratios count. Alertmanager, which stores
nothing on the way, is printed beside them where it is installed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from statistics import median, quantiles
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # not this folder: a bench may be named as a module is

import aiohttp  # noqa: E402 - found only with the root on the path
from aiohttp import web  # noqa: E402
from azure.core.exceptions import ResourceModifiedError  # noqa: E402
from azure.storage.queue.aio import QueueClient  # noqa: E402

from bench import alertmanager, bare, house  # noqa: E402
from bench.store import own_store  # noqa: E402
from local import azurite  # noqa: E402
from local.environment import Addresses, settings  # noqa: E402
from local.host_process import HostProcess  # noqa: E402

REPETITIONS = 6
SIGNALS = 100
PER_SECOND = 20
BARS = (("p50", 2.5), ("p99", 4.0))
PATIENCE = 60.0
OURS, BARE = "signal to webhook", "bare chain"
ROUTES = """\
version: 1
audiences:
  ops:
    channels:
      - webhook: {url: "https://hooks.example.com/", secret: "${env:BENCH_SECRET}"}
routes:
  - name: everything
    to: [ops]
"""


class Ends:
    """When each thing began and ended, by its name."""

    def __init__(self) -> None:
        self.begun: dict[str, float] = {}
        self.ended: dict[str, float] = {}
        self._all = asyncio.Event()

    def end(self, name: str) -> None:
        """The first end counts."""
        self.ended.setdefault(name, time.perf_counter())
        if len(self.ended) == len(self.begun):
            self._all.set()

    async def milliseconds(self, start: Callable[[str], Awaitable[object]]) -> list[float]:
        """Starts all at the rate, waits for their ends. Raises: TimeoutError when one does not come."""
        names = [uuid4().hex for _ in range(SIGNALS)]
        running = []
        for name in names:
            self.begun[name] = time.perf_counter()
            running.append(asyncio.create_task(_awaited(start(name))))
            await asyncio.sleep(1 / PER_SECOND)
        await asyncio.gather(*running)
        self._all.clear()
        if len(self.ended) < len(self.begun):
            await asyncio.wait_for(self._all.wait(), PATIENCE)
        return [(self.ended[name] - self.begun[name]) * 1000 for name in names]


async def _awaited(work: Awaitable[object]) -> None:
    await work


@contextlib.asynccontextmanager
async def product(folder: Path, storage: str, ends: Ends) -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    """The local host and a receiver; yields what posts a signal."""

    async def receive(request: web.Request) -> web.Response:
        (name,) = (await request.json())["data"]["story"]["keys"]["tracking_id"]
        ends.end(name)
        return web.Response()

    app = web.Application()
    app.router.add_post("/webhook", receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    routes = folder / "routes.yaml"
    routes.write_text(ROUTES)
    inward, port = f"http://127.0.0.1:{runner.addresses[0][1]}", azurite.free_port()
    addresses = Addresses(storage, inward, "smtp://127.0.0.1:1", f"http://127.0.0.1:{port}", "k" * 32)
    host = await HostProcess.start(port, folder, settings(routes, addresses, real=False), folder / "host.log")
    async with aiohttp.ClientSession() as session:

        async def post(name: str) -> None:
            async with session.post(f"{host.url}/signals", data=house.one(name)) as answer:
                answer.raise_for_status()

        yield post
    await host.stop()
    await runner.cleanup()


class Chain:
    """The bare chain, with two pollers."""

    def __init__(self, calls: bare.Bare, stored: house.Stored, ends: Ends) -> None:
        self._calls = calls
        self._stored = stored
        self._ends = ends
        self._woken = {queue: asyncio.Event() for queue in (calls.signals, calls.deliveries)}
        self._own: set[asyncio.Task[None]] = set()

    async def begin(self, name: str) -> None:
        """What the door does."""
        await self._calls.archive.upload_blob(name, self._stored.signal)
        await self._put(self._calls.signals, json.dumps(name).encode() + b"\n" + self._stored.signal)

    async def _put(self, queue: QueueClient, body: bytes) -> None:
        await bare.put(queue, body)
        self._woken[queue].set()

    async def poll(self, queue: QueueClient, step: Callable[[bytes], Awaitable[None]]) -> None:
        """As the local host polls: at once when woken, else after a pause that doubles up to a second."""
        pause = 0.01
        while True:
            self._woken[queue].clear()
            taken = await bare.taken(queue)
            for message in taken:
                task = asyncio.create_task(bare.whole(queue, message, step))
                self._own.add(task)
                task.add_done_callback(self._own.discard)
            pause = 0.01 if taken else min(pause * 2, 1.0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken[queue].wait(), pause)

    async def signal(self, body: bytes) -> None:
        """The transaction and the second hop."""
        run = json.loads(body.partition(b"\n")[0])
        etags = await self._calls.transact([bare.entity(house.SUBSCRIPTION, row, run) for row in self._stored.rows])
        for key, message in self._stored.messages.items():
            await self._put(self._calls.deliveries, bare.envelope(key, run, etags, message))

    async def delivery(self, body: bytes) -> None:
        """Claim and confirm."""
        key, run, etag = bare.opened(body)
        row, promise = (bare.entity(house.SUBSCRIPTION, one, run) for one in self._stored.delivery(key))
        with contextlib.suppress(ResourceModifiedError):  # the SDK tried again what was done already: it counts as done
            await self._calls.confirm(row, promise, await self._calls.claim(row, etag))
        self._ends.end(run)


Times = dict[str, list[float]]
"""What was measured → milliseconds of each signal."""


async def measured(folder: Path, storage: str) -> Times:
    """Everybody in turn; the first repetition, in which all is new, is not kept."""
    ends, found = Ends(), Times()
    async with (
        product(folder, storage, ends) as post,
        bare.Bare(storage) as calls,
        alertmanager.running(ends.end) as am,
    ):
        chain = Chain(calls, await house.stored(house.one), ends)
        for repetition in range(REPETITIONS + 1):
            turn = {OURS: await ends.milliseconds(post)}
            steps = ((calls.signals, chain.signal), (calls.deliveries, chain.delivery))
            pollers = [asyncio.create_task(chain.poll(queue, step)) for queue, step in steps]
            turn[BARE] = await ends.milliseconds(chain.begin)
            for poller in pollers:
                poller.cancel()
            await asyncio.wait(pollers)
            if am:
                turn["Alertmanager"] = await ends.milliseconds(am.post)
            for name, times in turn.items() if repetition else ():
                found.setdefault(name, []).extend(times)
    return found


def judged(times: Times) -> int:
    """Prints the table; 1 when a ratio is over its bar."""
    found = {name: (median(one), quantiles(one, n=100)[98]) for name, one in times.items()}
    for name, (p50, p99) in found.items():
        print(f"{name:<18} p50 {p50:7.1f} ms   p99 {p99:7.1f} ms")
    failed = False
    for number, (name, bar) in enumerate(BARS):
        ratio = found[OURS][number] / found[BARE][number]
        print(f"P4 {name} ratio {ratio:6.2f}, bar {bar}")
        failed |= ratio > bar
    return int(failed)


def main() -> int:
    """A store of its own, gently stopped."""
    with own_store() as (folder, storage):
        return judged(asyncio.run(measured(folder, storage)))


if __name__ == "__main__":
    raise SystemExit(main())
