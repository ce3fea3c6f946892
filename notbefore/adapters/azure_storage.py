"""The storage account as the house uses it: its tables, queues and the archive, made when they are not there yet."""

from __future__ import annotations

import asyncio

import msgspec

from notbefore.adapters import names
from notbefore.adapters.azure_account import Account, open_account
from notbefore.adapters.azure_blobs import AzureSignals
from notbefore.adapters.azure_entities import WRITING
from notbefore.adapters.azure_queues import AzureQueue
from notbefore.adapters.azure_request import Request, Service
from notbefore.adapters.azure_tables import AzureRows
from notbefore.settings import StorageSettings

_THERE = frozenset({409})


class AzureStorage:
    """Hands out stores that share one pool of connections, and closes it."""

    def __init__(self, settings: StorageSettings, account: Account | None = None) -> None:
        self._account = account or open_account(settings)

    def rows(self, name: str) -> AzureRows:
        """The table."""
        return AzureRows(self._account, name)

    def queue(self, name: str) -> AzureQueue:
        """The queue."""
        return AzureQueue(self._account, name)

    def signals(self, name: str) -> AzureSignals:
        """The archive in this container."""
        return AzureSignals(self._account, name)

    async def ensure(self) -> None:
        """Makes what a local run needs; in Azure the Bicep files do. Raises: StorageUnavailable."""
        await self.make(tables=names.TABLES, queues=names.QUEUES, containers=names.CONTAINERS)

    async def make(
        self, tables: tuple[str, ...] = (), queues: tuple[str, ...] = (), containers: tuple[str, ...] = ()
    ) -> None:
        """Makes those that are not there, all at once. Raises: StorageUnavailable."""
        requests = [
            Request(Service.TABLES, "POST", "/Tables", {}, WRITING, msgspec.json.encode({"TableName": name}))
            for name in tables
        ]
        requests += [Request(Service.QUEUES, "PUT", f"/{name}") for name in queues]
        requests += [Request(Service.BLOBS, "PUT", f"/{name}", {"restype": "container"}) for name in containers]
        await asyncio.gather(*(self._account.send(request, _THERE) for request in requests))

    async def close(self) -> None:
        """Closes every connection."""
        await self._account.close()
