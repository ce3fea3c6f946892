"""R2: storage refuses, hangs, resets, answers half or never, and restarts; nothing is lost, nothing counts twice."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from azure.storage.queue.aio import QueueClient
from storage_proxy import FAULTS, StorageProxy

from local import azurite
from notbefore.adapters.azure_account import open_account
from notbefore.adapters.azure_storage import AzureStorage
from notbefore.errors import Conflict, StorageUnavailable
from notbefore.ports import Put, Signal, Write
from notbefore.settings import StorageSettings

PARTITION = "11111111-1111-4111-8111-111111111111"
PAUSES = (0.01, 0.03, 0.1)
TRY_SECONDS = 0.25
"""Short, so that a hanging call costs the test little; a slow machine only makes more calls fail."""

SIGNALS = 120
AT_ONCE = 12
TRIES = 1000
SUMS = 6
"""Rows that all who come at once contend for: two for each."""


class Ledger:
    """A simple read-decide-commit loop on the real adapters: each signal is archived, counted once, and enqueued."""

    def __init__(self, connection_string: str, name: str) -> None:
        settings = StorageSettings(connection_string=connection_string)
        self.storage = AzureStorage(settings, open_account(settings, PAUSES, TRY_SECONDS))
        self.name = name
        self.rows = self.storage.rows(name)
        self.queue = self.storage.queue(name)
        self.archive = self.storage.signals(name)
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def make(self) -> None:
        """Table, queue and container."""
        await until_done(lambda: self.storage.make((self.name,), (self.name,), (self.name,)))

    async def takes(self, number: int) -> None:
        """One signal from the door to the queue; every step is repeated until storage has said that it is done."""
        at = datetime(2026, 11, 24, 15, tzinfo=UTC)
        signal = Signal(id=f"20261124T15-{number:04}", received_at=at, origin="http", body=str(number).encode())
        async with self._turns:
            await until_done(lambda: self.archive.put(signal))
            await until_done(lambda: self._counts(signal))
            await until_done(lambda: self.queue.put(signal.body))

    async def _counts(self, signal: Signal) -> None:
        """The signal's row and the sum in one transaction; a signal that has its row is done."""
        sums = f"sum|{int(signal.body) % SUMS}"
        while True:
            found = await self.rows.get(PARTITION, [sums, f"e|{signal.id}"])
            if f"e|{signal.id}" in found:
                return
            row = found.get(sums)
            total = str(int(row.body) + 1 if row else 1).encode()
            head = Write(Put.REPLACE, sums, total, row.etag) if row else Write(Put.INSERT, sums, total)
            try:
                await self.rows.commit(PARTITION, [Write(Put.INSERT, f"e|{signal.id}", signal.body), head])
            except Conflict:
                continue
            return


async def until_done(step: Callable[[], Awaitable[None]]) -> None:
    """Repeats the step as a queue would, while storage does not answer."""
    for _ in range(TRIES):
        try:
            return await step()
        except StorageUnavailable:
            await asyncio.sleep(0.01)
    raise AssertionError("storage never answered")


async def settled(ledger: Ledger) -> None:
    """Everything is there, once: asked of the store itself, without a proxy between."""
    numbers = [str(number).encode() for number in range(SIGNALS)]
    events = [row.body async for row in ledger.rows.scan(PARTITION, "e|", "e|~")]
    assert sorted(events) == sorted(numbers)
    sums = [int(row.body) async for row in ledger.rows.scan(PARTITION, "sum|", "sum|~")]
    assert sums == [SIGNALS // SUMS] * SUMS
    ids = [one async for one in ledger.archive.ids("20261124T15")]
    assert ids == [f"20261124T15-{number:04}" for number in range(SIGNALS)]
    for number in range(0, SIGNALS, 10):
        signal = await ledger.archive.get(ids[number])
        assert signal is not None
        assert signal.body == str(number).encode()


async def enqueued(connection_string: str, name: str) -> set[bytes]:
    """What lies on the queue."""
    found = set()
    async with QueueClient.from_connection_string(connection_string, name) as queue:
        async for message in queue.receive_messages(messages_per_page=32, visibility_timeout=600):
            found.add(base64.b64decode(message.content))
    return found


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_is_lost_or_counted_twice_on_a_bad_network(storage: str, seed: int) -> None:
    """A quarter of all calls meets a fault, of every kind; each signal has one row, one count, one blob, a message."""
    proxy, name = StorageProxy(storage, seed, share=0.25, late_after=TRY_SECONDS * 1.5), "faults" + uuid4().hex
    async with proxy.listening() as address:
        through = Ledger(address, name)
        await through.make()
        await asyncio.gather(*(through.takes(number) for number in range(SIGNALS)))
        await through.storage.close()
    assert all(proxy.met[fault] for fault in FAULTS)
    direct = Ledger(storage, name)
    await settled(direct)
    await direct.storage.close()
    assert await enqueued(storage, name) == {str(number).encode() for number in range(SIGNALS)}


async def test_nothing_is_lost_when_the_store_restarts(tmp_path: Path) -> None:
    """Azurite is stopped and started in the middle of the work, twice; whoever was waiting goes on."""
    store = azurite.start(tmp_path, say=lambda _: None)
    proxy, name = StorageProxy(store.connection_string, seed=1, share=0.0, late_after=0.0), "restarts"
    async with proxy.listening() as address:
        through = Ledger(address, name)
        await through.make()
        work = [asyncio.create_task(through.takes(number)) for number in range(SIGNALS)]
        for share in (SIGNALS // 3, 2 * SIGNALS // 3):
            for task in asyncio.as_completed(work[:share]):
                await task
            await asyncio.to_thread(store.stop)
            store = await asyncio.to_thread(azurite.start, tmp_path, lambda _: None)
            proxy.leads_to(store.connection_string)
        await asyncio.gather(*work)
        await through.storage.close()
    direct = Ledger(store.connection_string, name)
    await settled(direct)
    await direct.storage.close()
    assert await enqueued(store.connection_string, name) == {str(number).encode() for number in range(SIGNALS)}
    store.stop()


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_store_that_stays_down_is_said_to_be_unavailable(storage: str, fault: str) -> None:
    """Each kind of fault, met by every call, ends as StorageUnavailable; nothing hangs and nothing else escapes."""
    proxy = StorageProxy(storage, 1, share=1.0, late_after=TRY_SECONDS * 1.5, faults=(fault,))
    async with proxy.listening() as address:
        ledger = Ledger(address, "down" + uuid4().hex)
        for call in (
            lambda: ledger.rows.get(PARTITION, ["a"]),
            lambda: ledger.rows.commit(PARTITION, [Write(Put.UPSERT, "a", b"1")]),
            lambda: ledger.rows.commit(PARTITION, [Write(Put.UPSERT, "a", b"1"), Write(Put.UPSERT, "b", b"1")]),
            lambda: ledger.queue.put(b"1"),
            lambda: ledger.archive.get("20261124T15-1"),
        ):
            with pytest.raises(StorageUnavailable):
                await call()
        await ledger.storage.close()


async def test_a_transaction_done_but_not_answered_is_a_conflict_or_nothing(storage: str) -> None:
    """The caller of a lost answer is told Conflict and finds its own rows, or StorageUnavailable and tries again."""
    proxy, name = StorageProxy(storage, 1, share=1.0, late_after=0.0, faults=("unheard",)), "unheard" + uuid4().hex
    direct = Ledger(storage, name)
    await direct.make()
    async with proxy.listening() as address:
        through = Ledger(address, name)
        with pytest.raises((Conflict, StorageUnavailable)):
            await through.rows.commit(PARTITION, [Write(Put.INSERT, "a", b"1"), Write(Put.INSERT, "b", b"2")])
        await through.storage.close()
    found = await direct.rows.get(PARTITION, ["a", "b"])
    assert json.loads(found["a"].body) + json.loads(found["b"].body) == 3
    await direct.storage.close()
