"""One signal leads to the same in every process: in the same order, to the last row."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import msgspec
from memory_house import START, House
from sightings import notice

from notbefore.pipeline.past.play import Player

ROOT = Path(__file__).resolve().parents[3]


async def everything() -> bytes:
    """Decisions, deliveries and rows of a signal of twenty stories, some of several machines."""
    player = Player(House().rules, START)
    of_one = [notice(f"vm{number}", "Scheduled", START, f"event-{number}") for number in range(10)]
    of_many = [
        notice(f"vm{number}{one}", "Scheduled", START, f"many-{number}") for number in range(10) for one in "abc"
    ]
    led_to = await player.signal(b"[" + b",".join([*of_one, *of_many]) + b"]")
    rows = player.outside.stories
    kept = [
        (row.key, row.body.decode())
        async for partition in rows.partitions()
        async for row in rows.scan(partition, "", "\U0010ffff")
    ]
    return msgspec.json.encode([led_to.decisions, led_to.deliveries, kept])


def test_a_signal_leads_to_the_same_in_every_process() -> None:
    """Nothing hangs on the order of a set, which differs from process to process."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "shared"), str(Path(__file__).parent)])
    said = {
        subprocess.run(  # noqa: S603 - this file, by this interpreter
            [sys.executable, __file__],
            env=os.environ | {"PYTHONPATH": paths, "PYTHONHASHSEED": seed},
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
        for seed in "123"
    }
    assert len(said) == 1
    assert said.pop().count(b'"decision":"sent"') == 20


if __name__ == "__main__":
    sys.stdout.buffer.write(asyncio.run(everything()))
