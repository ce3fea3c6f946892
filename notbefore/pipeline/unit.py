"""One transaction's view of one partition: what was read, what is to be written.

A row that this process has not seen is first taken to be absent, and inserted: if it is there after all the
transaction fails as a whole, and the second try reads everything. A new story so costs no read, and a wrong
guess costs one failed call. Only rows that a decision reads without writing have to be read for certain.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from notbefore import rowkeys
from notbefore.errors import StorageError
from notbefore.ports import TRANSACTION_LIMIT, Put, Row, Rows, Write

T = TypeVar("T")
CACHED_ROWS = 20_000
"""Rows remembered in one process, about 2 KB each."""


class Memory:
    """Rows as this process last read or wrote them. A stale one only costs a failed transaction."""

    def __init__(self, size: int = CACHED_ROWS) -> None:
        self._rows: OrderedDict[tuple[str, str], Row] = OrderedDict()
        self._size = size

    def get(self, partition: str, key: str) -> Row | None:
        """The row as it was last seen."""
        row = self._rows.get((partition, key))
        if row is not None:
            self._rows.move_to_end((partition, key))
        return row

    def keep(self, partition: str, row: Row) -> None:
        """Remembers the row, and forgets the one that was not asked for the longest."""
        self._rows[partition, row.key] = row
        self._rows.move_to_end((partition, row.key))
        if len(self._rows) > self._size:
            self._rows.popitem(last=False)

    def forget(self, partition: str, keys: Iterable[str]) -> None:
        """Drops what has proved stale."""
        for key in keys:
            self._rows.pop((partition, key), None)


class Unit:
    """Reads and writes of one attempt. Nothing is written before `commit`."""

    def __init__(self, rows: Rows, partition: str, memory: Memory, *, certain: bool = False) -> None:
        self.partition = partition
        self._rows = rows
        self._memory = memory
        self._certain = certain
        self._read: dict[str, Row | None] = {}
        self._writes: dict[str, Write] = {}

    async def load(self, keys: Iterable[str], *, certain: bool = False) -> None:
        """Makes the rows readable with `get`. Raises: StorageUnavailable."""
        missing = []
        for key in dict.fromkeys(keys):
            if key in self._read:
                continue
            row = None if self._certain else self._memory.get(self.partition, key)
            if row is None and (certain or self._certain):
                missing.append(key)
            else:
                self._read[key] = row
        if missing:
            found = await self._rows.get(self.partition, missing)
            for key in missing:
                self._read[key] = found.get(key)
            for row in found.values():
                self._memory.keep(self.partition, row)

    async def scan(self, prefix: str, as_type: type[T], limit: int) -> list[T]:
        """The objects of the first rows whose keys begin so, as storage has them. Raises: StorageUnavailable."""
        found: list[T] = []
        async for row in self._rows.scan(self.partition, *rowkeys.span(prefix)):
            found.append(msgspec.json.decode(row.body, type=as_type))
            if len(found) == limit:
                break
        return found

    def get(self, key: str, as_type: type[T]) -> T | None:
        """The row's object, with what this unit has put; None when it is not (or not known to be) there."""
        write = self._writes.get(key)
        body = write.body if write else row.body if (row := self._read.get(key)) else None
        return msgspec.json.decode(body, type=as_type) if body else None

    def put(self, key: str, value: object, *, always: bool = False) -> None:
        """Writes the row if it is as it was read, inserted if it was not there; or `always`, in any case."""
        body = msgspec.json.encode(value)
        if always:
            self._writes[key] = Write(Put.UPSERT, key, body)
            return
        row = self._read.get(key)
        if row is None:
            self._writes[key] = Write(Put.INSERT, key, body)
        elif row.body != body or key in self._writes:
            self._writes[key] = Write(Put.REPLACE, key, body, row.etag)

    def drop(self, key: str) -> None:
        """Deletes the row."""
        self._writes[key] = Write(Put.DELETE, key)

    def has(self, key: str) -> bool:
        """Whether the row is known to be there."""
        return key in self._writes or self._read.get(key) is not None

    @property
    def size(self) -> int:
        """How many rows will be written."""
        return len(self._writes)

    async def commit(self) -> dict[str, str]:
        """Writes all rows, in one transaction if they fit; key → etag.

        More than a transaction holds go in several, the heads of stories last: what was written before them is
        written again in the same words by the next attempt. Raises: Conflict, StorageUnavailable.
        """
        writes = sorted(self._writes.values(), key=lambda write: write.key.startswith("s|"))
        etags: dict[str, str] = {}
        try:
            for start in range(0, len(writes), TRANSACTION_LIMIT):
                etags |= await self._rows.commit(self.partition, writes[start : start + TRANSACTION_LIMIT])
        except StorageError:
            self._memory.forget(self.partition, self._read.keys() | self._writes.keys())
            raise
        for write in writes:
            if write.key in etags:
                self._memory.keep(self.partition, Row(write.key, write.body, etags[write.key]))
        return etags
