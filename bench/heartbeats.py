"""Heartbeats: what share of the pipeline's time the agents of ten thousand machines take, each with one an hour.

    python bench/heartbeats.py

Heartbeats taken in, sixteen at a time as messages are, beside the signals of P3 (100 events of one story in a signal)
from the queue to their deliveries, each in turn. While heartbeats are taken in nothing else is, so their share of the
time is what P3's throughput loses.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # not this folder: a bench may be named as a module is

from bench import house  # noqa: E402 - found only with the root on the path
from bench.durable import FULL, Ours, Rate  # noqa: E402
from bench.store import own_store  # noqa: E402

AGENTS, HOUR = 10_000, 3600
BEATS = 400
REPETITIONS = 5
BAR = 0.01


def a_heartbeat(name: str) -> bytes:
    """One of a machine that was not heard before."""
    group = f"/subscriptions/{house.SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines"
    compute = {"name": name, "resourceId": f"{group}/{name}", "subscriptionId": house.SUBSCRIPTION, "zone": "1"}
    told = {
        "compute": compute,
        "agent": {"version": "1.0.0", "apiVersion": "2020-07-01", "bootId": name},
        "problems": {},
        "every": HOUR,
    }
    event = {"specversion": "1.0", "id": name, "source": f"{group}/{name}", "type": "notbefore.vm.heartbeat"}
    return json.dumps(event | {"data": told}).encode()


async def measured(connection_string: str) -> list[tuple[Rate, Rate]]:
    """Interleaved repetitions; the first, in which all is new, is not kept."""
    ours = Ours(connection_string)
    await ours.open()
    found = [
        (
            await ours.take(a_heartbeat, BEATS),
            await ours.run(house.of_one_story, FULL, 100, to_the_end=False),
        )
        for _ in range(REPETITIONS + 1)
    ]
    await ours.close()
    return found[1:]


def judged(found: list[tuple[Rate, Rate]]) -> int:
    """Prints the table; 1 when the share is over its bar."""
    for name, rates in zip(("heartbeats", "P3, one story"), zip(*found, strict=True), strict=True):
        seconds = [rate.per_second for rate in rates]
        cpu = median(rate.cpu_ms for rate in rates)
        print(f"{name:<14}{median(seconds):8.0f} a second ({min(seconds):.0f}–{max(seconds):.0f}), {cpu:.2f} ms of CPU")
    shares = [AGENTS / HOUR / beat.per_second for beat, _ in found]
    print(f"share of the time {median(shares):.2%} ({min(shares):.2%}–{max(shares):.2%}), bar {BAR:.0%}")
    return int(median(shares) > BAR)


def main() -> int:
    """A store of its own, gently stopped."""
    with own_store() as (_, storage):
        return judged(asyncio.run(measured(storage)))


if __name__ == "__main__":
    raise SystemExit(main())
