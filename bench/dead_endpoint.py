"""One dead endpoint among fifty: what the other forty-nine notice of it.

    python bench/dead_endpoint.py

Fifty receivers on loopback; sixteen workers take deliveries off the queue, as the platform does. The same stories with
all fifty well, and with one that never answers, in turns. The figure is the median time
from story to receipt at the forty-nine, and the ratio of the two.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[:1] = [str(ROOT), str(ROOT / "tests" / "unit" / "pipeline"), str(ROOT / "tests" / "shared")]

from bad_receivers import Receiver, hangs, opened  # noqa: E402 - found only with the path set
from memory_house import House, a_config, an_audience, an_event  # noqa: E402
from msgspec import structs  # noqa: E402

from notbefore.channels.webhook import Webhook  # noqa: E402
from notbefore.config.model import Audience, ChannelConfig  # noqa: E402
from notbefore.outbound import Outbound, networks  # noqa: E402
from notbefore.pipeline.deliver import deliver  # noqa: E402
from notbefore.pipeline.partition import Work, advance_partition  # noqa: E402
from notbefore.ports import Signal  # noqa: E402
from notbefore.schema import Delivery, DeliveryState, Message  # noqa: E402

ENDPOINTS = 50
STORIES = 30
GAP = 0.25
"""Seconds between two stories: the workers are busy a good part of the time, not all of it."""
WORKERS = 16
REPETITIONS = 5
BAR = 1.1


async def main() -> int:
    """Prints the two medians and their ratio; 1 when it is over the bar."""
    seen: dict[str, list[float]] = {"all well": [], "one dead": []}
    for _ in range(REPETITIONS):
        for name, values in seen.items():
            values.append(await latency(dead=name == "one dead"))
    for name, values in seen.items():
        print(f"{name:<10}{median(values) * 1000:9.1f} ms at the other {ENDPOINTS - 1}")
    ratio = median(seen["one dead"]) / median(seen["all well"])
    print(f"ratio     {ratio:9.3f}    bar {BAR:g}")
    return int(ratio > BAR)


async def latency(*, dead: bool) -> float:
    """The median over all deliveries to the forty-nine."""
    async with every(ENDPOINTS) as receivers:
        if dead:
            receivers[0].moods = [hangs] * 1000
        outbound = Outbound(networks(["127.0.0.0/8"]))
        house = RealTime(a_config(structs.replace(an_audience(), channels=channels(receivers))))
        house.outside = replace(house.outside, channels={"webhook": Webhook(outbound)}, render=rendered)
        house.taken = []
        workers = [asyncio.create_task(work(house)) for _ in range(WORKERS)]
        for number in range(STORIES):
            await story(house, number)
            await asyncio.sleep(GAP)
        told = STORIES * (ENDPOINTS - 1)
        while sum(len(one.took) for one in receivers[1:]) < told:  # noqa: ASYNC110 - a busy machine takes longer
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.5)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await outbound.close()
        sent = await house.ledger(lambda one: one.state is DeliveryState.SENT and one.target != receivers[0].url)
    assert len(sent) == STORIES * (ENDPOINTS - 1), len(sent)  # noqa: S101 - a figure over fewer would be no figure
    return median((one.sent_at - one.created_at).total_seconds() for one in sent if one.sent_at)


class RealTime(House):
    """A house in memory whose clock is the wall's. `taken` is off the queue and waits for a worker."""

    taken: list[bytes]

    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)


@asynccontextmanager
async def every(count: int) -> AsyncIterator[list[Receiver]]:
    """So many receivers, until the block ends."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(opened()) for _ in range(count)]


def channels(receivers: list[Receiver]) -> tuple[ChannelConfig, ...]:
    """One webhook, so many targets."""
    return (ChannelConfig(kind="webhook", targets=tuple(receiver.url for receiver in receivers)),)


def rendered(delivery: Delivery, _: Audience) -> Message:
    """A small body: what is rendered is another benchmark's."""
    return Message(
        delivery_id=delivery.id,
        channel="webhook",
        target=delivery.target,
        body=b"{}",
        content_type="application/json",
        options={"secrets": "a secret"},
        at=datetime.now(UTC),
    )


async def story(house: RealTime, number: int) -> None:
    """One story, told to all fifty."""
    event = an_event(id=f"e{number}", keys={"tracking_id": f"T{number}"})
    signal = Signal(id=f"s{number}", received_at=house.now(), origin="bench", body=b"")
    await advance_partition(house.outside, event.subscription_id or "", Work(events=[event]), signal)


async def work(house: RealTime) -> None:
    """A worker: the next delivery that is due, whenever there is one."""
    taken = house.taken
    while True:
        taken.extend(house.deliveries.due(house.now()))
        if taken:
            await deliver(house.outside, taken.pop(0))
        else:
            await asyncio.sleep(0.002)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
