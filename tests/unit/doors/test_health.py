"""What a probe is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import board_site
import memory_house
from memory_house import an_event

from functions.console import pulse
from functions.house import House
from notbefore.adapters.memory import MemoryQueue
from notbefore.board import Board
from notbefore.errors import StorageUnavailable, Transient
from notbefore.ports import Row


async def told(inside: House) -> tuple[int, dict[str, bool]]:
    """The status, and each check by name."""
    said = await pulse(inside)
    return said.status_code, {one["name"]: one["ok"] for one in json.loads(said.get_body())["checks"]}


async def test_a_quiet_house_is_well() -> None:
    """Nothing heard, nothing swept yet: that is no fault."""
    status, checks = await told(board_site.doors(board_site.house()))
    assert status == 200
    assert set(checks) == {"routes", "sweeper", "deliveries", "storage"}
    assert all(checks.values())


async def test_a_busy_house_is_well() -> None:
    """A delivery that waits for its next try was put off, not forgotten."""
    there = board_site.house()
    there.webhook.fails = [Transient("busy") for _ in range(40)]
    await there.hears(an_event())
    await there.waits(timedelta(hours=2), timedelta(minutes=1))
    status, _ = await told(board_site.doors(there))
    assert status == 200


class Away:
    """A table that does not answer."""

    async def get(self, partition: str, keys: Sequence[str]) -> dict[str, Row]:
        """Fails."""
        raise StorageUnavailable(f"{partition} {keys}")

    async def partitions(self) -> AsyncIterator[str]:
        """Fails."""
        raise StorageUnavailable("throttled")
        yield ""


async def test_storage_that_is_away_is_said_without_details() -> None:
    """503, and nothing of an account's name or an error's text."""
    there = board_site.house()
    fields: dict[str, Any] = {name: getattr(there.outside, name) for name in there.outside.__dataclass_fields__}
    outside = type(there.outside)(**(fields | {"stories": Away(), "control": Away()}))
    inside = House(outside, board_site.settings(), Board(outside))
    status, checks = await told(inside)
    assert (status, checks["storage"]) == (503, False)
    assert b"throttled" not in (await pulse(inside)).get_body()


async def test_deliveries_that_do_not_flow_are_a_fault() -> None:
    """A delivery is due for more than ten minutes and nobody took it: something is wrong."""
    there = board_site.house()
    await _hears_without_sending(there)
    there.at += timedelta(minutes=5)
    assert (await told(board_site.doors(there)))[0] == 200
    there.at += timedelta(minutes=6)
    status, checks = await told(board_site.doors(there))
    assert (status, checks["deliveries"]) == (503, False)


async def _hears_without_sending(there: memory_house.House) -> None:
    """Its queue messages go where nobody looks."""
    looked_at, there.deliveries = there.deliveries, MemoryQueue(there.now)
    await there.hears(an_event())
    there.deliveries = looked_at


async def test_a_sweeper_that_stands_still_is_a_fault() -> None:
    """Its mark follows the clock; a quarter of an hour behind is too much."""
    there = board_site.house()
    await there.waits(timedelta(hours=2), timedelta(minutes=10))
    assert (await told(board_site.doors(there)))[0] == 200
    there.at += timedelta(minutes=20)
    status, checks = await told(board_site.doors(there))
    assert (status, checks["sweeper"]) == (503, False)


async def test_a_routing_file_with_mistakes_is_a_fault_although_the_old_one_works() -> None:
    """The last good file stays in force, and the probe says that somebody has to look."""
    there = board_site.house()
    inside = House(there.outside, board_site.settings(), Board(there.outside), routes_problem=lambda: "a.yaml:7: no")
    status, checks = await told(inside)
    assert (status, checks["routes"]) == (503, False)
