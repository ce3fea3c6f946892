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
from msgspec import Struct
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.errors import StorageError
from notbefore.ports import INSERT, REPLACE, TRANSACTION_LIMIT, UPSERT, Put, Rows, Write

T = TypeVar("T")
TRANSACTION_BYTES = 3 * 1024 * 1024
"""Bytes of rows in one transaction; Azure takes 4 MiB with everything around them."""

CACHED_ROWS = 20_000
"""Rows remembered in one process, about 2 KB each."""


class Remembered(Struct, frozen=True, gc=False):
    """A row as this process knows it. Objects never change, so the one that was read serves everybody."""

    body: bytes
    etag: str
    value: object = None


class Memory:
    """Rows as this process last read or wrote them. A stale one only costs a failed transaction."""

    def __init__(self, size: int = CACHED_ROWS) -> None:
        self._rows: OrderedDict[tuple[str, str], Remembered] = OrderedDict()
        self._size = size

    def get(self, partition: str, key: str) -> Remembered | None:
        """The row as it was last seen."""
        row = self._rows.get((partition, key))
        if row is not None:
            self._rows.move_to_end((partition, key))
        return row

    def keep(self, partition: str, key: str, row: Remembered) -> None:
        """Remembers the row, and forgets the one that was not asked for the longest."""
        self._rows[partition, key] = row
        self._rows.move_to_end((partition, key))
        if len(self._rows) > self._size:
            self._rows.popitem(last=False)

    def forget(self, partition: str, keys: Iterable[str]) -> None:
        """Drops what has proved stale."""
        for key in keys:
            self._rows.pop((partition, key), None)


class _Wanted(Struct, frozen=True, gc=False):
    put: Put | None
    value: object


class Unit:
    """Reads and writes of one attempt. Nothing is encoded or written before `commit`."""

    def __init__(self, rows: Rows, partition: str, memory: Memory, *, certain: bool = False) -> None:
        self.partition = partition
        self._rows = rows
        self._memory = memory
        self._certain = certain
        self._read: dict[str, Remembered | None] = {}
        self._wanted: dict[str, _Wanted] = {}
        self.encoded: dict[str, bytes] = {}
        """What was written, by key; filled by `commit`."""

    async def load(self, keys: Iterable[str], *, certain: bool = False) -> None:
        """Makes the rows readable with `get`. Raises: StorageUnavailable."""
        missing = []
        for key in keys:
            if key in self._read:
                continue
            row = None if self._certain else self._memory.get(self.partition, key)
            if row is None and (certain or self._certain):
                missing.append(key)
            else:
                self._read[key] = row
        if missing:
            found = await self._rows.get(self.partition, list(dict.fromkeys(missing)))
            for key in missing:
                there = found.get(key)
                self._read[key] = Remembered(there.body, there.etag) if there else None

    async def scan(self, prefix: str, as_type: type[T], limit: int) -> dict[str, T]:
        """The first rows whose keys begin so, by key, with what this unit has put. Raises: StorageUnavailable."""
        put = {key: one.value for key, one in self._wanted.items() if key.startswith(prefix)}
        found: dict[str, T] = {key: value for key, value in put.items() if isinstance(value, as_type)}
        async for row in self._rows.scan(self.partition, *rowkeys.span(prefix)):
            if len(found) >= limit:
                break
            if row.key not in put:
                found[row.key] = msgspec.json.decode(row.body, type=as_type)
        return found

    def get(self, key: str, as_type: type[T]) -> T | None:
        """The row's object, with what this unit has put; None when it is not (or not known to be) there."""
        wanted = self._wanted.get(key)
        if wanted is not None:
            return wanted.value if isinstance(wanted.value, as_type) else None
        row = self._read.get(key)
        if row is None:
            return None
        if isinstance(row.value, as_type):
            return row.value
        value = msgspec.json.decode(row.body, type=as_type)
        self._read[key] = replace(row, value=value)
        return value

    def peek(self, key: str, as_type: type[T]) -> T | None:
        """The same, else as this process last saw it; a later `load` reads it all the same."""
        known = self.get(key, as_type)
        row = self._memory.get(self.partition, key) if known is None and not self.has(key) else None
        if row is None:
            return known
        return row.value if isinstance(row.value, as_type) else msgspec.json.decode(row.body, type=as_type)

    def put(self, key: str, value: object, *, always: bool = False) -> None:
        """Writes the row if it is as it was read, inserted if it was not there; or `always`, in any case."""
        self._wanted[key] = _Wanted(UPSERT if always else None, value)

    def has(self, key: str) -> bool:
        """Whether the row is known to be there."""
        return key in self._wanted or self._read.get(key) is not None

    async def commit(self) -> dict[str, str]:
        """Writes what has changed, in one transaction if it fits; key → etag.

        More than a transaction holds go in several, the heads of stories last: what was written before them is
        written again in the same words by the next attempt. Raises: Conflict, StorageUnavailable.
        """
        writes = [write for key in self._wanted if (write := self._write(key))]
        etags: dict[str, str] = {}
        try:
            for part in _parts(writes, sum(map(len, self.encoded.values()))):
                etags |= await self._rows.commit(self.partition, part)
        except StorageError:
            self._memory.forget(self.partition, self._read.keys() | self._wanted.keys())
            raise
        for key, etag in etags.items():
            if key[0] in _WORTH_REMEMBERING:
                row = Remembered(self.encoded[key], etag, self._wanted[key].value)
                self._memory.keep(self.partition, key, row)
        return etags

    def _write(self, key: str) -> Write | None:
        """The row's write; None when it would say what is there already."""
        wanted, row = self._wanted[key], self._read.get(key)
        if wanted.put is None and row is not None and row.value is wanted.value:
            return None
        body = self.encoded[key] = msgspec.json.encode(wanted.value)
        if wanted.put is not None:
            return Write(wanted.put, key, body)
        if row is None:
            return Write(INSERT, key, body)
        return None if row.body == body else Write(REPLACE, key, body, row.etag)


def _parts(writes: list[Write], total: int) -> list[list[Write]]:
    """All of them (`total` bytes at most), or as many rows and bytes as one transaction takes, the heads last."""
    if len(writes) <= TRANSACTION_LIMIT and total <= TRANSACTION_BYTES:
        return [writes] if writes else []
    parts: list[list[Write]] = [[]]
    size = 0
    for write in sorted(writes, key=_heads_last):
        if parts[-1] and (len(parts[-1]) == TRANSACTION_LIMIT or size + len(write.body) > TRANSACTION_BYTES):
            parts.append([])
            size = 0
        parts[-1].append(write)
        size += len(write.body)
    return parts


def _heads_last(write: Write) -> bool:
    return write.key.startswith("s|")


_WORTH_REMEMBERING = frozenset("skrfpvg")
"""Kinds of rows that later signals ask for again; events, decisions and deliveries are written once."""
