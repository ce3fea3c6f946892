"""Rows in Azure Table storage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import chain, repeat

import msgspec
from msgspec import Struct

from notbefore.adapters import azure_batch
from notbefore.adapters.azure_account import Account
from notbefore.adapters.azure_entities import READING, call, literal, path, row
from notbefore.adapters.azure_request import Answer, Request, Service
from notbefore.adapters.limits import check_key, check_writes
from notbefore.errors import Conflict, StorageUnavailable
from notbefore.ports import Put, Row, Write

AT_ONCE = 16
"""Point reads in flight for one table; Azure answers each in a few ms."""

FIRST_PAGE, PAGE = 100, 1000
"""Rows of a page: many readers want only the first few, Azure gives 1,000 at most."""

_MISSING = frozenset({404})
_CONDITIONS = frozenset({404, 409, 412})


class _Page(Struct):
    value: list[dict[str, str]]


_entity = msgspec.json.Decoder(dict[str, str])
_page = msgspec.json.Decoder(_Page)


class AzureRows:
    """One table. A commit is one call."""

    def __init__(self, account: Account, table: str) -> None:
        self._account = account
        self._table = table
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def get(self, partition: str, keys: Sequence[str]) -> dict[str, Row]:
        """Rows by key; those not there are absent. Raises: StorageUnavailable."""
        check_key(partition)
        rows = await asyncio.gather(*(self._one(partition, check_key(key)) for key in dict.fromkeys(keys)))
        return {found.key: found for found in rows if found is not None}

    async def _one(self, partition: str, key: str) -> Row | None:
        request = Request(Service.TABLES, "GET", path(self._table, partition, key), headers=READING)
        async with self._turns:
            answer = await self._account.send(request, _MISSING)
        return None if answer.status in _MISSING else row(_entity.decode(answer.body))

    async def scan(self, partition: str, start: str, stop: str) -> AsyncIterator[Row]:
        """Rows with start <= key < stop, in order of key. Raises: StorageUnavailable."""
        wanted = f"PartitionKey eq {literal(partition)} and RowKey ge {literal(start)} and RowKey lt {literal(stop)}"
        async for found in self._query({"$filter": wanted}, chain([FIRST_PAGE], repeat(PAGE))):
            yield row(found)

    async def partitions(self) -> AsyncIterator[str]:
        """Every partition that holds a row, in order: one call each, from one to the next after it.

        Raises: StorageUnavailable.
        """
        last: str | None = ""
        while last is not None:
            wanted = {"$filter": f"PartitionKey gt {literal(last)}", "$select": "PartitionKey"}
            last = None
            async for found in self._query(wanted, repeat(1)):
                last = found["PartitionKey"]
                yield last
                break

    async def _query(self, query: Mapping[str, str], sizes: chain[int] | repeat[int]) -> AsyncIterator[dict[str, str]]:
        """Entities of a query. A page may be short or empty although others follow."""
        position: dict[str, str] = {}
        while True:
            asked = {**query, "$top": str(next(sizes)), **position}
            request = Request(Service.TABLES, "GET", f"/{self._table}()", asked, READING)
            answer = await self._account.send(request, frozenset())
            for found in _page.decode(answer.body).value:
                yield found
            position = _next(answer)
            if not position:
                return

    async def commit(self, partition: str, writes: Sequence[Write]) -> dict[str, str]:
        """All of the writes or none; key → new etag. Raises: Conflict, StorageUnavailable."""
        check_writes(partition, writes)
        while writes:
            answer = await self._write(partition, writes)
            if answer.status not in _CONDITIONS:
                return self._etags(answer, writes)
            if answer.status not in _MISSING:
                raise Conflict(f"a row of {self._table} is not as it was read")
            writes = await self._without_missing(partition, writes)
        return {}

    async def _write(self, partition: str, writes: Sequence[Write]) -> Answer:
        if len(writes) == 1:
            method, where, headers, body = call(self._table, partition, writes[0])
            return await self._account.send(
                Request(Service.TABLES, method, where, headers=headers, body=body), _CONDITIONS
            )
        kind, body = azure_batch.compose(self._account.address(Service.TABLES), self._table, partition, writes)
        headers = {**READING, "Content-Type": kind}
        request = Request(Service.TABLES, "POST", "/$batch", headers=headers, body=body)
        return await self._account.send(request, _CONDITIONS, azure_batch.inner)

    def _etags(self, answer: Answer, writes: Sequence[Write]) -> dict[str, str]:
        found = [answer.headers.get("etag")] if len(writes) == 1 else azure_batch.etags(answer)
        if len(found) != len(writes):
            raise StorageUnavailable(f"a transaction of {len(writes)} rows was answered for {len(found)}")
        return {
            write.key: etag
            for write, etag in zip(writes, found, strict=True)
            if etag is not None and write.put is not Put.DELETE
        }

    async def _without_missing(self, partition: str, writes: Sequence[Write]) -> list[Write]:
        """The writes without deletes of rows that are not there, for which Azure refuses the whole transaction."""
        deleted = {write.key for write in writes if write.put is Put.DELETE and write.etag is None}
        missing = deleted - (await self.get(partition, sorted(deleted))).keys()
        if not missing:
            raise Conflict(f"a row of {self._table} is no longer there")
        return [write for write in writes if write.key not in missing]


def _next(answer: Answer) -> dict[str, str]:
    """Where the next page begins; empty when this was the last."""
    names = {"NextPartitionKey": "nextpartitionkey", "NextRowKey": "nextrowkey"}
    found = {name: answer.headers.get(f"x-ms-continuation-{header}") for name, header in names.items()}
    return {name: value for name, value in found.items() if value}
