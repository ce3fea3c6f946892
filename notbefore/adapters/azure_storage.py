"""The ports on Azure Storage, by its async SDKs: one connection pool, clients kept for the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from notbefore.adapters import names
from notbefore.adapters.limits import check_message, check_writes
from notbefore.errors import Conflict, StorageUnavailable
from notbefore.ports import Put, Row, Signal, Write
from notbefore.settings import StorageSettings

if TYPE_CHECKING:
    from azure.data.tables.aio import TableClient
    from azure.storage.blob.aio import ContainerClient
    from azure.storage.queue.aio import QueueClient

CHUNK = 32_000
"""Characters of one string property; Azure takes 32 K."""


class AzureRows:
    def __init__(self, client: TableClient) -> None:
        self._client = client
        self._turns = asyncio.Semaphore(16)
        self._known: set[str] = set()

    async def get(self, partition: str, keys: Sequence[str]) -> dict[str, Row]:
        rows = await asyncio.gather(*(self._one(partition, key) for key in keys))
        return {row.key: row for row in rows if row is not None}

    async def _one(self, partition: str, key: str) -> Row | None:
        from azure.core.exceptions import AzureError, ResourceNotFoundError

        try:
            async with self._turns:
                return _row(await self._client.get_entity(partition, key))
        except ResourceNotFoundError:
            return None
        except AzureError as e:
            raise StorageUnavailable(str(e)) from e

    async def scan(self, partition: str, start: str, stop: str) -> AsyncIterator[Row]:
        from azure.core.exceptions import AzureError

        query = "PartitionKey eq @p and RowKey ge @a and RowKey lt @b"
        try:
            async for entity in self._client.query_entities(query, parameters={"p": partition, "a": start, "b": stop}):
                yield _row(entity)
        except AzureError as e:
            raise StorageUnavailable(str(e)) from e

    async def commit(self, partition: str, writes: Sequence[Write]) -> dict[str, str]:
        from azure.core.exceptions import AzureError
        from azure.data.tables import TableTransactionError

        if not writes:
            return {}
        check_writes(partition, writes)
        if partition not in self._known and partition != "~partitions":
            await self._client.upsert_entity({"PartitionKey": "~partitions", "RowKey": partition})
            self._known.add(partition)
        try:
            answers = await self._client.submit_transaction([_operation(partition, w) for w in writes])
        except TableTransactionError as e:
            if e.status_code in {404, 409, 412}:
                if e.status_code == 404 and len(writes) > 1 and any(w.put is Put.DELETE for w in writes):
                    return await self._without_missing(partition, writes, e.index or 0)
                raise Conflict(str(e.status_code)) from e
            raise StorageUnavailable(str(e)) from e
        except AzureError as e:
            raise StorageUnavailable(str(e)) from e
        return {w.key: str(a["etag"]) for w, a in zip(writes, answers, strict=True) if "etag" in a}

    async def _without_missing(self, partition: str, writes: Sequence[Write], index: int) -> dict[str, str]:
        if writes[index].put is not Put.DELETE:
            raise Conflict("404")
        return await self.commit(partition, [w for n, w in enumerate(writes) if n != index])

    async def partitions(self) -> AsyncIterator[str]:
        async for row in self.scan("~partitions", " ", "~~"):
            yield row.key


def _operation(partition: str, write: Write) -> Any:
    from azure.core import MatchConditions

    entity: dict[str, Any] = {"PartitionKey": partition, "RowKey": write.key}
    if write.put is Put.DELETE:
        if write.etag:
            return ("delete", entity, {"etag": write.etag, "match_condition": MatchConditions.IfNotModified})
        return ("delete", entity)
    text = write.body.decode()
    for n in range(0, len(text), CHUNK):
        entity[f"b{n // CHUNK}"] = text[n : n + CHUNK]
    if write.put is Put.INSERT:
        return ("create", entity)
    if write.put is Put.UPSERT:
        return ("upsert", entity, {"mode": "replace"})
    return (
        "update",
        entity,
        {"mode": "replace", "etag": write.etag, "match_condition": MatchConditions.IfNotModified},
    )


def _row(entity: Any) -> Row:
    chunks: list[str] = []
    while (chunk := entity.get(f"b{len(chunks)}")) is not None:
        chunks.append(chunk)
    return Row(entity["RowKey"], "".join(chunks).encode(), entity.metadata["etag"])


class AzureQueue:
    def __init__(self, client: QueueClient) -> None:
        self._client = client

    async def put(self, body: bytes, delay: timedelta = timedelta()) -> None:
        from azure.core.exceptions import AzureError

        check_message(body, delay)
        try:
            await self._client.send_message(
                body.decode(), visibility_timeout=int(delay.total_seconds()), time_to_live=-1
            )
        except AzureError as e:
            raise StorageUnavailable(str(e)) from e


class AzureSignals:
    def __init__(self, client: ContainerClient) -> None:
        self._client = client

    async def put(self, signal: Signal) -> None:
        from azure.core.exceptions import AzureError

        meta = {"received_at": signal.received_at.isoformat(), "origin": signal.origin}
        try:
            await self._client.upload_blob(_name(signal.id), signal.body, overwrite=True, metadata=meta)
        except AzureError as e:
            raise StorageUnavailable(str(e)) from e

    async def get(self, signal_id: str) -> Signal | None:
        from azure.core.exceptions import AzureError, ResourceNotFoundError

        try:
            blob = await self._client.download_blob(_name(signal_id))
            body = await blob.readall()
        except ResourceNotFoundError:
            return None
        except AzureError as e:
            raise StorageUnavailable(str(e)) from e
        meta = blob.properties.metadata
        at = datetime.fromisoformat(meta["received_at"]).astimezone(UTC)
        return Signal(id=signal_id, received_at=at, origin=meta["origin"], body=body)

    async def ids(self, hour: str) -> AsyncIterator[str]:
        async for name in self._client.list_blob_names(name_starts_with=_hour(hour)):
            yield name.rsplit("/", 1)[1]


def _hour(hour: str) -> str:
    return f"{hour[:4]}/{hour[4:6]}/{hour[6:8]}/{hour[9:11]}/"


def _name(signal_id: str) -> str:
    return _hour(signal_id) + signal_id


class AzureStorage:
    """The account: hands out its tables, queues and containers, and closes what it opened."""

    def __init__(self, settings: StorageSettings) -> None:
        from azure.data.tables.aio import TableServiceClient
        from azure.storage.blob.aio import BlobServiceClient
        from azure.storage.queue.aio import QueueServiceClient

        if settings.connection_string:
            text = settings.connection_string
            self._tables = TableServiceClient.from_connection_string(text)
            self._queues = QueueServiceClient.from_connection_string(text)
            self._blobs = BlobServiceClient.from_connection_string(text)
            self._credential = None
        else:
            from azure.identity.aio import DefaultAzureCredential

            credential = DefaultAzureCredential(managed_identity_client_id=settings.client_id)
            self._credential = credential
            self._tables = TableServiceClient(settings.tables, credential=credential)
            self._queues = QueueServiceClient(settings.queues, credential=credential)
            self._blobs = BlobServiceClient(settings.blobs, credential=credential)

    def rows(self, name: str) -> AzureRows:
        return AzureRows(self._tables.get_table_client(name))

    def queue(self, name: str) -> AzureQueue:
        from azure.storage.queue import TextBase64EncodePolicy

        return AzureQueue(self._queues.get_queue_client(name, message_encode_policy=TextBase64EncodePolicy()))

    def signals(self, name: str) -> AzureSignals:
        return AzureSignals(self._blobs.get_container_client(name))

    async def ensure(self) -> None:
        from azure.core.exceptions import ResourceExistsError

        for name in names.TABLES:
            await self._tables.create_table_if_not_exists(name)
        for make, known in (
            (self._queues.create_queue, names.QUEUES),
            (self._blobs.create_container, names.CONTAINERS),
        ):
            for name in known:
                try:
                    await make(name)
                except ResourceExistsError:
                    continue

    async def close(self) -> None:
        for client in (self._tables, self._queues, self._blobs, self._credential):
            if client is not None:
                await client.close()
