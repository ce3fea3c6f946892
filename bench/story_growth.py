"""P9: one story of 50,000 virtual machines: time and memory of each added event, from the first tenth to the last.

    python bench/story_growth.py [--machines N] [--repeat N]

Each machine comes in by an event of its own, on the memory adapter; a later event is measured beside the story's own
beginning. Memory is what an event leaves behind, its rows among it, in a story of a fifth of the machines.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from notbefore.config.model import Audience, ChannelConfig, Route, RoutingConfig
from notbefore.pipeline.partition import Work, advance_partition
from notbefore.pipeline.past.play import Player
from notbefore.ports import Signal
from notbefore.rules import compile_rules
from notbefore.schema import Impact, Kind, MaintenanceEvent, Phase, Resource, Severity, Source, Window

START = datetime(2026, 11, 24, tzinfo=UTC)
SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
PLACE = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.compute/virtualmachines"
TENTHS = 10
BAR = 1.5


def a_player() -> Player:
    """One audience that hears everything."""
    mail = ChannelConfig(kind="email", targets=("ops@example.com",))
    config = RoutingConfig(
        version_id="bench",
        audiences={"ops": Audience(name="ops", channels=(mail,))},
        routes=(Route(name="everything", to=("ops",)),),
    )
    return Player(compile_rules(config), START)


def an_event(number: int) -> MaintenanceEvent:
    """The next machine of the story, a second after the one before it."""
    return MaintenanceEvent(
        id=f"event-{number}", source=Source.SERVICE_HEALTH, kind=Kind.PLANNED_MAINTENANCE, phase=Phase.ANNOUNCED,
        impact=Impact.REBOOT, severity=Severity.WARNING, subscription_id=SUBSCRIPTION,
        keys={"tracking_id": "ABCD-123"}, resources=(Resource(f"{PLACE}/vm{number}", f"vm{number}"),),
        window=Window(START + timedelta(days=9)), title="Maintenance", occurred_at=START,
    )  # fmt: skip


async def add(player: Player, numbers: range) -> None:
    """These machines, each in a signal of its own."""
    for number in numbers:
        event = an_event(number)
        signal = Signal(id=f"s{number}", received_at=player.at, origin="bench", body=b"")
        await advance_partition(player.outside, SUBSCRIPTION, Work(events=[event]), signal)
        player.at += timedelta(milliseconds=10)


def times(machines: int) -> list[float]:
    """Processor time of an event in each tenth, in microseconds."""
    player, tenth, found = a_player(), machines // TENTHS, []
    for start in range(0, machines, tenth):
        gc.collect()
        began = process_time()
        asyncio.run(add(player, range(start, start + tenth)))
        found.append((process_time() - began) / tenth * 1e6)
    return found


def memory(machines: int) -> list[float]:
    """Bytes that an event of each tenth leaves behind, its rows in the table among them."""
    player, tenth, found = a_player(), machines // TENTHS, []
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for start in range(0, machines, tenth):
        asyncio.run(add(player, range(start, start + tenth)))
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
        found.append((after - before) / tenth)
        before = after
    tracemalloc.stop()
    return found


def main() -> None:
    """Medians of the repetitions; memory is measured once, in a run of its own."""
    parser = argparse.ArgumentParser(description="P9: cost of an added event as a story grows")
    parser.add_argument("--machines", type=int, default=50_000)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    runs = [times(options.machines) for _ in range(options.repeat)]
    spent = [median(run[tenth] for run in runs) for tenth in range(TENTHS)]
    held = memory(options.machines // 5)
    print("tenth   time an event   memory an event")
    for number, (micros, size) in enumerate(zip(spent, held, strict=True), 1):
        print(f"{number:>5}  {micros:>9.0f} us  {size:>13.0f} bytes")
    print(f"P9 time: last tenth / first = {spent[-1] / spent[0]:.2f} (bar {BAR})")
    print(f"P9 memory: last tenth / first = {held[-1] / held[0]:.2f} (bar {BAR}), at {options.machines // 5} machines")


if __name__ == "__main__":
    main()
