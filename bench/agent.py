"""The agent in a VM: memory, processor time at a look a second, and how soon the first byte is sent.

    python bench/agent.py [SECONDS]

The real agent as a process, an imitated metadata service and a receiver on loopback; bars of the design.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "shared")]

from agent_world import World, until  # noqa: E402 - found only with the root on the path

EVENTS = 7
MEMORY, CPU, FIRST = 25.0, 0.2, 2.0
_MINUTE = 60.0


def main(arguments: list[str]) -> int:
    """Prints the table; 1 when a bar is missed."""
    seconds = float(arguments[0]) if arguments else _MINUTE
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.more = {"NOTBEFORE_POLL": "1"}
        world.flags = ["-I", "-S"]
        try:
            rows = measured(world, seconds)
        finally:
            world.close()
    for name, value, bar, unit in rows:
        print(f"{name:40} {value:8.2f} {unit:3} bar {bar:6.2f}  {'good' if value <= bar else 'MISSED'}")
    return int(any(value > bar for _, value, bar, _ in rows))


def measured(world: World, seconds: float) -> list[tuple[str, float, float, str]]:
    """Idle for a while, then some events one after the other."""
    pid = world.start().pid
    until(lambda: world.receiver.of("heartbeat"))
    used, began = _cpu(pid), time.monotonic()
    time.sleep(seconds)
    share = (_cpu(pid) - used) / (time.monotonic() - began) * 100
    waits = []
    for number in range(1, EVENTS + 1):
        world.imds.announce()
        began = time.monotonic()
        until(partial(_told, world, number))
        waits.append(time.monotonic() - began)
    return [
        ("memory at its peak", _peak(pid), MEMORY, "MB"),
        ("processor, a look a second", share, CPU, "%"),
        (f"event to receiver, worst of {EVENTS}", max(waits), FIRST, "s"),
    ]


def _told(world: World, number: int) -> bool:
    return any(len(one["Events"]) == number for one in world.receiver.documents())


def _cpu(pid: int) -> float:
    """Seconds of processor that the process has used; threads included."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(one.read_text().split()[0]) for one in tasks) / 1e9


def _peak(pid: int) -> float:
    """Megabytes of memory, at most."""
    line = next(one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    sys.exit(main(sys.argv[1:]))
