"""What the house wants from the world outside, named after the wish and not after the library behind it.

Stores get and put-if-unchanged; decisions never live in storage. Times are aware and UTC.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol

from msgspec import Struct

from notbefore.schema import Message, Receipt

Clock = Callable[[], datetime]
"""Now, aware and UTC. A test hands in its own."""

TRANSACTION_LIMIT = 100
"""Entities in one transaction of Azure Table storage, at most (Azure docs: *Scalability targets for Table storage*)."""


class Row(Struct, frozen=True):
    """One stored row as it was read. `body` is JSON; `etag` is what a later write compares with."""

    key: str
    body: bytes
    etag: str


class Put(Enum):
    """On which condition a write happens."""

    INSERT = "the row is not there"
    REPLACE = "the row is unchanged since it was read"
    UPSERT = "in any case"
    DELETE = "in any case; a row that is not there is no error"


INSERT, REPLACE, UPSERT, DELETE = Put
"""The same, for what looks at every row: Python 3.11 finds a member in its enum slowly."""


class Write(Struct, frozen=True):
    """One row of a transaction. `etag` is needed for REPLACE, and makes a DELETE conditional."""

    put: Put
    key: str
    body: bytes = b""
    etag: str | None = None


class Rows(Protocol):
    r"""One table. Keys hold no `/ \ # ?` and no control characters; the caller makes them so."""

    async def get(self, partition: str, keys: Sequence[str]) -> dict[str, Row]:
        """Rows by key, read at once; those not there are absent. Raises: StorageUnavailable."""
        ...

    def scan(self, partition: str, start: str, stop: str) -> AsyncIterator[Row]:
        """Rows with start <= key < stop, in order of key, page by page. Raises: StorageUnavailable."""
        ...

    async def commit(self, partition: str, writes: Sequence[Write]) -> dict[str, str]:
        """All of the writes or none, 100 keys at most, each once; key → new etag (not for deletes).

        Raises: Conflict when a condition does not hold; StorageUnavailable.
        """
        ...

    def partitions(self) -> AsyncIterator[str]:
        """Every partition that holds a row. Costly: for boards, sweeps and repairs, never per signal."""
        ...


class Queue(Protocol):
    """A queue that a trigger reads. Messages never expire."""

    async def put(self, body: bytes, delay: timedelta = timedelta()) -> None:
        """UTF-8 text, 48 KiB at most; seen after `delay`, 7 days at most. Raises: StorageUnavailable."""
        ...


class Signal(Struct, frozen=True, kw_only=True):
    """One thing that came in. The id sorts by time of arrival and begins with its hour, `YYYYMMDDTHH`."""

    id: str
    received_at: datetime
    origin: str
    """Where it came through: `http`, `event_grid`, `poll`, `drill`, …"""
    body: bytes


class SignalArchive(Protocol):
    """Every signal as it came, for as long as retention says."""

    async def put(self, signal: Signal) -> None:
        """Keeps the signal; the same id again overwrites with the same. Raises: StorageUnavailable."""
        ...

    async def get(self, signal_id: str) -> Signal | None:
        """The signal, or None when it is not (or no longer) there. Raises: StorageUnavailable."""
        ...

    def ids(self, since: str) -> AsyncIterator[str]:
        """Ids that begin so (an hour, `YYYYMMDDTHH`, or more), in order. Raises: StorageUnavailable."""
        ...


class Channel(Protocol):
    """A transport. It never retries: the queue does."""

    async def send(self, message: Message) -> Receipt:
        """Sends once, in 10 s at most. Raises: Transient, Permanent."""
        ...


class Secrets(Protocol):
    """`${env:NAME}` in the routing file, resolved when it is used."""

    def get(self, name: str) -> str | None:
        """The value, or None when it is not set. Never log it."""
        ...


Channels = Mapping[str, Channel]
"""Channel by its word in the routing file: email, webhook, …"""


class Found(Struct, frozen=True):
    """What Azure answered to a question. `complete` is False when it says that this is only a part."""

    rows: tuple[dict[str, Any], ...]
    complete: bool = True


class Graph(Protocol):
    """Resource Graph: what Azure knows of resources, and what the service-health tables hold."""

    async def ask(self, query: str) -> Found:
        """Every row of every page, over the subscriptions that are configured. Raises: Transient, Permanent."""
        ...


class Machines(Protocol):
    """Virtual machines as Azure sees them run."""

    async def instance_views(self, subscription: str) -> Found:
        """Every VM of the subscription with its instance view. Raises: Transient, Permanent."""
        ...

    async def scale_set_views(self, scale_set: str) -> Found:
        """Every instance of a Uniform scale set with its instance view. Raises: Transient, Permanent."""
        ...

    async def instance_view(self, resource_id: str) -> dict[str, Any] | None:
        """One VM's view; None when it is not there, or not ours to see. Raises: Transient."""
        ...


class Logs(Protocol):
    """A Log Analytics workspace."""

    async def ask(self, query: str, since: datetime, until: datetime) -> Found:
        """Rows whose TimeGenerated lies between the two; a time is ISO text. Raises: Transient, Permanent."""
        ...
