"""What only the stores in memory do: a clock that is handed in, and order among messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from notbefore.adapters.memory import MemoryQueue, MemoryRows
from notbefore.errors import Conflict
from notbefore.ports import Put, Write

START = datetime(2026, 11, 24, 12, tzinfo=UTC)


async def test_messages_are_due_by_time_and_then_by_arrival() -> None:
    """What is due is taken off once; what is not stays, and its time can be asked."""
    queue = MemoryQueue(lambda: START)
    await queue.put(b"later", timedelta(hours=1))
    await queue.put(b"first")
    await queue.put(b"second")
    assert len(queue) == 3
    assert queue.due(START) == [b"first", b"second"]
    assert queue.due(START) == []
    assert queue.next_at() == START + timedelta(hours=1)
    assert queue.due(START + timedelta(hours=1)) == [b"later"]
    assert queue.next_at() is None


@pytest.mark.parametrize(
    ("body", "delay"),
    [(b"x" * (48 * 1024 + 1), timedelta()), (b"", timedelta(days=8)), (b"", timedelta(seconds=-1))],
    ids=["large", "late", "past"],
)
async def test_what_azure_refuses_is_refused(body: bytes, delay: timedelta) -> None:
    """Over 48 KiB, over 7 days, and a delay below zero."""
    with pytest.raises(ValueError, match=r"is possible|is the limit"):
        await MemoryQueue(lambda: START).put(body, delay)


async def test_a_scan_goes_on_while_rows_are_written_and_deleted() -> None:
    """A reader that deletes what it reads sees every row that was there, once."""
    rows = MemoryRows()
    for number in range(2500):
        await rows.commit("p", [Write(Put.INSERT, f"k{number:04}", b"")])
    seen = []
    async for row in rows.scan("p", "k", "l"):
        seen.append(row.key)
        await rows.commit("p", [Write(Put.DELETE, row.key), Write(Put.UPSERT, "a", b"")])
    assert seen == [f"k{number:04}" for number in range(2500)]


@pytest.mark.parametrize("key", ["a/b", "a\\b", "a#b", "a?b", "a\nb", "a\x85b", "k" * 513])
async def test_a_key_that_azure_refuses_is_named_among_good_ones(key: str) -> None:
    """Read or written, and as the name of a partition."""
    rows = MemoryRows()
    good = Write(Put.INSERT, "good|key", b"")
    with pytest.raises(ValueError, match="no key of a row") as refused:
        await rows.commit("p", [good, Write(Put.INSERT, key, b"")])
    assert repr(key[:80]) in str(refused.value)
    with pytest.raises(ValueError, match="no key of a row"):
        await rows.get("p", ["good|key", key])
    with pytest.raises(ValueError, match="no key of a row"):
        await rows.commit(key, [good])
    assert await rows.get("p", ["good|key"]) == {}


async def test_a_partition_whose_last_row_goes_is_gone() -> None:
    """A failed transaction leaves none behind either."""
    rows = MemoryRows()
    with pytest.raises(Conflict):
        await rows.commit("p", [Write(Put.REPLACE, "k", b"", "never")])
    assert [name async for name in rows.partitions()] == []
    await rows.commit("p", [Write(Put.INSERT, "k", b"")])
    assert [name async for name in rows.partitions()] == ["p"]
    await rows.commit("p", [Write(Put.DELETE, "k"), Write(Put.DELETE, "never")])
    assert [name async for name in rows.partitions()] == []
    assert [row async for row in rows.scan("p", "a", "z")] == []


async def test_a_transaction_may_not_exceed_four_mebibytes() -> None:
    """Rows that each fit do not fit together, counted as they are sent: a quote takes two bytes, a ü six."""
    rows = MemoryRows()
    for letter, count in (("x", 9), ('"', 5), ("ü", 3)):
        writes = [Write(Put.INSERT, f"k{number}", letter.encode() * 450_000) for number in range(count)]
        with pytest.raises(ValueError, match="4 MiB"):
            await rows.commit("p", [*writes, Write(Put.INSERT, "more", letter.encode() * 450_000)])
