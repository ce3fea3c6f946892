"""Rows that a transaction promised to an audience: it takes them at once, and as often as they are handed over."""

from __future__ import annotations

import msgspec
import pytest
from memory_house import House, a_config

from notbefore import rowkeys
from notbefore.pipeline.outbox import Promise, hand_over
from notbefore.ports import Put, Write

OPS = rowkeys.audience("ops")


@pytest.mark.parametrize("count", [1, 3, 150])
async def test_what_is_there_already_stays_and_the_rest_comes_beside_it(count: int) -> None:
    """A due row is there once, whoever was first; the time of a group is its newest. However many they are."""
    outside = House(a_config()).outside
    rows = {f"t|{number:04}": msgspec.Raw(b"2") for number in range(count)}
    await outside.stories.commit(OPS, [Write(Put.INSERT, one, b"1") for one in ("t|0000", "g|group")])
    for _ in range(2):
        await outside.stories.commit("p", [Write(Put.UPSERT, "o|promise", b"{}")])
        await hand_over(
            outside, "p", {"o|promise": Promise(audience="ops", rows=rows | {"g|group": msgspec.Raw(b"2")})}
        )
        found = {row.key: row.body async for row in outside.stories.scan(OPS, "a", "z")}
        assert found == dict.fromkeys(rows, b"2") | {"t|0000": b"1", "g|group": b"2"}
        assert await outside.stories.get("p", ["o|promise"]) == {}
