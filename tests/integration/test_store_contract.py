"""The ports' promises, kept alike by memory and by Azure Storage as Azurite plays it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from notbefore.adapters.azure_storage import AzureStorage
from notbefore.adapters.memory import MemoryRows, MemorySignals
from notbefore.errors import Conflict
from notbefore.ports import Put, Rows, Signal, SignalArchive, Write
from notbefore.settings import StorageSettings

P = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(params=["memory", "azurite"])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Rows, SignalArchive]]:
    """An empty table and an empty archive of each kind."""
    if request.param == "memory":
        yield MemoryRows(), MemorySignals()
        return
    storage = AzureStorage(StorageSettings(connection_string=request.getfixturevalue("storage")))
    name = "contract" + uuid4().hex
    await storage.make(tables=(name,), containers=(name,))
    yield storage.rows(name), storage.signals(name)
    await storage.close()


@pytest.fixture
def rows(stores: tuple[Rows, SignalArchive]) -> Rows:
    """The table."""
    return stores[0]


@pytest.fixture
def archive(stores: tuple[Rows, SignalArchive]) -> SignalArchive:
    """The archive."""
    return stores[1]


def insert(key: str, body: bytes = b"{}") -> Write:
    """A row that is not there yet."""
    return Write(Put.INSERT, key, body)


async def keys(rows: Rows, start: str = " ", stop: str = "~", partition: str = P) -> list[str]:
    """The keys of a scan, in the order in which they came."""
    return [row.key async for row in rows.scan(partition, start, stop)]


@pytest.mark.parametrize("count", [1, 3])
async def test_what_is_committed_is_read(rows: Rows, count: int) -> None:
    """Rows come back with their bodies and with the etags that the commit answered; others are absent."""
    writes = [insert(f"s|{number}", b'{"title":"\xc3\xa9\xf0\x9f\x94\xa7\\n","n":"\'"}') for number in range(count)]
    etags = await rows.commit(P, writes)
    found = await rows.get(P, [*(write.key for write in writes), "s|none"])
    assert {key: row.etag for key, row in found.items()} == etags
    assert {key: row.body for key, row in found.items()} == {write.key: write.body for write in writes}


@pytest.mark.parametrize("others", [0, 2])
async def test_a_row_is_inserted_once(rows: Rows, others: int) -> None:
    """The second insert is a conflict, and nothing of its transaction is written."""
    await rows.commit(P, [insert("a", b'"first"')])
    with pytest.raises(Conflict):
        await rows.commit(P, [*(insert(f"b{number}") for number in range(others)), insert("a", b'"second"')])
    assert await keys(rows) == ["a"]
    assert (await rows.get(P, ["a"]))["a"].body == b'"first"'


@pytest.mark.parametrize("others", [0, 2])
async def test_a_changed_row_is_not_replaced(rows: Rows, others: int) -> None:
    """A replace with an old etag is a conflict, with the new one it works and answers a newer one."""
    old = (await rows.commit(P, [insert("a", b"1")]))["a"]
    new = (await rows.commit(P, [Write(Put.REPLACE, "a", b"2", old)]))["a"]
    beside = [insert(f"b{number}") for number in range(others)]
    with pytest.raises(Conflict):
        await rows.commit(P, [*beside, Write(Put.REPLACE, "a", b"3", old)])
    assert await keys(rows) == ["a"]
    await rows.commit(P, [*beside, Write(Put.REPLACE, "a", b"4", new)])
    found = (await rows.get(P, ["a"]))["a"]
    assert found.body == b"4"
    assert len({old, new, found.etag}) == 3


@pytest.mark.parametrize("others", [0, 2])
async def test_a_row_that_is_gone_is_not_replaced(rows: Rows, others: int) -> None:
    """A replace of a deleted row is a conflict, whatever else the transaction holds."""
    etag = (await rows.commit(P, [insert("a")]))["a"]
    await rows.commit(P, [Write(Put.DELETE, "a")])
    with pytest.raises(Conflict):
        await rows.commit(P, [*(insert(f"b{n}") for n in range(others)), Write(Put.REPLACE, "a", b"2", etag)])
    assert await keys(rows) == []


async def test_a_missing_row_is_deleted_without_complaint(rows: Rows) -> None:
    """Alone and in a transaction, first or last; what is beside it is written."""
    assert await rows.commit(P, [Write(Put.DELETE, "none")]) == {}
    await rows.commit(P, [insert("there")])
    etags = await rows.commit(
        P, [Write(Put.DELETE, "none"), insert("a"), Write(Put.DELETE, "there"), Write(Put.DELETE, "nor this")]
    )
    assert list(etags) == ["a"]
    assert await keys(rows) == ["a"]
    assert await rows.commit(P, [Write(Put.DELETE, "none"), Write(Put.DELETE, "nor this")]) == {}


async def test_missing_deletes_do_not_hide_a_conflict(rows: Rows) -> None:
    """A replace of a row that is gone stays a conflict beside a delete of a row that is not there."""
    with pytest.raises(Conflict):
        await rows.commit(P, [Write(Put.DELETE, "none"), insert("a"), Write(Put.REPLACE, "gone", b"1", 'W/"1"')])
    assert await keys(rows) == []


@pytest.mark.parametrize("others", [0, 1])
async def test_a_delete_may_have_a_condition(rows: Rows, others: int) -> None:
    """With an etag only the row that was read is deleted; one that changed or is gone is a conflict."""
    beside = [Write(Put.UPSERT, f"b{number}", b"1") for number in range(others)]
    old = (await rows.commit(P, [insert("a")]))["a"]
    new = (await rows.commit(P, [Write(Put.UPSERT, "a", b"2")]))["a"]
    with pytest.raises(Conflict):
        await rows.commit(P, [*beside, Write(Put.DELETE, "a", etag=old)])
    await rows.commit(P, [*beside, Write(Put.DELETE, "a", etag=new)])
    with pytest.raises(Conflict):
        await rows.commit(P, [*beside, Write(Put.DELETE, "a", etag=new)])


async def test_an_upsert_leaves_nothing_of_the_old_row(rows: Rows) -> None:
    """A long body replaced by a short one is the short one."""
    await rows.commit(P, [Write(Put.UPSERT, "a", b"x" * 100_000), Write(Put.UPSERT, "b", b"x" * 100_000)])
    await rows.commit(P, [Write(Put.UPSERT, "a", b"1")])
    await rows.commit(P, [Write(Put.UPSERT, "b", b"2"), insert("c")])
    assert {key: row.body for key, row in (await rows.get(P, ["a", "b"])).items()} == {"a": b"1", "b": b"2"}


@pytest.mark.parametrize(
    "body",
    [b"x" * 500_000, "\N{WRENCH}".encode() * 250_000, b"", b'"' * 40_001],
    ids=["plain", "wide", "empty", "quotes"],
)
async def test_bodies_of_every_size_are_kept(rows: Rows, body: bytes) -> None:
    """Nothing is cut off, no character is taken apart."""
    await rows.commit(P, [insert("a", body)])
    assert (await rows.get(P, ["a"]))["a"].body == body


async def test_a_scan_is_in_order_and_ends_before_its_stop(rows: Rows) -> None:
    """More than a page of rows, written in any order, is read in the order of the keys; stop is not part of it."""
    names = [f"r|{number:05}" for number in range(1150)]
    mixed = random.Random(7).sample(names, len(names))  # noqa: S311 # an order, no secret
    for start in range(0, len(mixed), 100):
        await rows.commit(P, [insert(key) for key in mixed[start : start + 100]])
    await rows.commit(P, [insert("q|z"), insert("s|a")])
    assert await keys(rows, "r|", "r|~") == names
    assert await keys(rows, "r|00010", "r|00013") == ["r|00010", "r|00011", "r|00012"]
    assert await keys(rows, "x", "y") == []
    assert await keys(rows, partition="elsewhere") == []


async def test_every_partition_with_a_row_is_named(rows: Rows) -> None:
    """In order; one whose rows are all deleted is not named."""
    names = ["11111111-1111-4111-8111-111111111111", "audience|Ops team's", "unknown", "audience|zoë"]
    for name in names:
        await rows.commit(name, [insert("a"), insert("b")])
    await rows.commit("left", [insert("a")])
    await rows.commit("left", [Write(Put.DELETE, "a")])
    assert [name async for name in rows.partitions()] == sorted(names)


@pytest.mark.parametrize("key", ["with space", "quote's", "per%20cent", "p|i|p|e", "zoë", "a+b&c=d;e,(f)", "@"])
async def test_uncommon_keys_are_kept(rows: Rows, key: str) -> None:
    """What Azure allows in a key comes back as it was, alone and in a transaction."""
    await rows.commit(key, [insert(key)])
    await rows.commit(key, [Write(Put.UPSERT, key, b"1"), insert(key + "2")])
    assert (await rows.get(key, [key]))[key].body == b"1"
    assert await keys(rows, partition=key) == [key, key + "2"]


@pytest.mark.parametrize("key", ["a/b", "a\\b", "a#b", "a?b", "a\tb", "a\x85b", "a" * 513])
async def test_forbidden_keys_are_refused(rows: Rows, key: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ValueError, match="no key"):
        await rows.commit(P, [insert(key)])
    with pytest.raises(ValueError, match="no key"):
        await rows.get(P, [key])
    with pytest.raises(ValueError, match="no key"):
        await rows.commit(key, [insert("a")])


async def test_a_transaction_has_100_rows_at_most_and_each_once(rows: Rows) -> None:
    """101, the same row twice and a replace without an etag are refused; 100 are written; none is nothing."""
    writes = [insert(f"a{number:03}") for number in range(101)]
    with pytest.raises(ValueError, match="100 is the limit"):
        await rows.commit(P, writes)
    with pytest.raises(ValueError, match="twice"):
        await rows.commit(P, [writes[0], writes[0]])
    with pytest.raises(ValueError, match="etag"):
        await rows.commit(P, [Write(Put.REPLACE, "a", b"1")])
    with pytest.raises(ValueError, match="too large"):
        await rows.commit(P, [insert("a", b"x" * 600_000)])
    assert await keys(rows) == []
    assert await rows.commit(P, []) == {}
    assert len(await rows.commit(P, writes[:100])) == 100
    assert len(await rows.get(P, [write.key for write in writes])) == 100


async def test_of_many_who_decide_at_once_each_is_counted(rows: Rows) -> None:
    """Twenty readers add one each, with put-if-unchanged: none is lost although most of them fail at first."""
    await rows.commit(P, [insert("sum", b"0")])

    async def add() -> None:
        while True:
            row = (await rows.get(P, ["sum"]))["sum"]
            try:
                await rows.commit(P, [Write(Put.REPLACE, "sum", str(int(row.body) + 1).encode(), row.etag)])
            except Conflict:
                continue
            return

    await asyncio.gather(*(add() for _ in range(20)))
    assert (await rows.get(P, ["sum"]))["sum"].body == b"20"


async def test_a_signal_is_kept_as_it_came(archive: SignalArchive) -> None:
    """Bytes, time and origin come back; the same again changes nothing; an unknown id is None."""
    at = datetime(2026, 11, 24, 15, 4, 5, 123456, tzinfo=UTC)
    signal = Signal(id="20261124T150405123456-abc", received_at=at, origin="event grid ü", body=b"\x00\xff{")
    for _ in range(2):
        await archive.put(signal)
    assert await archive.get(signal.id) == signal
    assert await archive.get("20261124T150405123456-abd") is None
    assert await archive.get("../../etc/passwd?x=1") is None


async def test_the_signals_of_an_hour_are_listed_in_order(archive: SignalArchive) -> None:
    """Those of the hour before and after are not among them."""
    at = datetime(2026, 11, 24, 15, tzinfo=UTC)
    ids = [f"20261124T{hour}0{minute}-{number}" for hour in (14, 15, 16) for minute in (2, 0, 1) for number in (1, 0)]
    for one in ids:
        await archive.put(Signal(id=one, received_at=at, origin="http", body=b""))
    expected = sorted(one for one in ids if one.startswith("20261124T15"))
    assert [one async for one in archive.ids("20261124T15")] == expected
    assert [one async for one in archive.ids("20261124T17")] == []
