"""The same storage calls without a product around them, as one writes them with Azure's own SDKs."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Self

from azure.core import MatchConditions
from azure.data.tables import TransactionOperation, UpdateMode
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import ContainerClient
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from notbefore.ports import Write

STORES = ("barestories", "baresignals")
QUEUES = ("bare-signals", "bare-deliveries")
CONTAINER = "bare"
AT_ONCE = 16
"""Messages taken at once, as `batchSize` says in host.json."""

Entity = dict[str, Any]
Step = Callable[[bytes], Awaitable[None]]
_PATIENCE = 40


class Bare:
    """Clients as the SDKs make them, with nothing between."""

    def __init__(self, connection_string: str) -> None:
        self._connection_string = connection_string
        self._connect(connection_string)

    def _connect(self, connection_string: str) -> None:
        self._service = TableServiceClient.from_connection_string(connection_string)
        self.stories, self.outcomes = (self._service.get_table_client(name) for name in STORES)
        self.signals, self.deliveries = (QueueClient.from_connection_string(connection_string, name) for name in QUEUES)
        self.archive = ContainerClient.from_connection_string(connection_string, CONTAINER)

    async def __aenter__(self) -> Self:
        for name in STORES:
            await self._service.create_table_if_not_exists(name)
        for queue in (self.signals, self.deliveries):
            await queue.create_queue()
        await self.archive.create_container()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        for client in (self._service, self.signals, self.deliveries, self.archive):
            await client.close()

    async def reconnect(self) -> None:
        """On new connections: Azurite closes those that were idle, and the SDK sends a transaction only once."""
        await self._close()
        self._connect(self._connection_string)

    async def transact(self, entities: Sequence[Entity]) -> dict[str, str]:
        """Inserts them, 100 in a transaction; key → etag."""
        etags: dict[str, str] = {}
        for start in range(0, len(entities), 100):
            part = entities[start : start + 100]
            answers = await self.stories.submit_transaction([(TransactionOperation.CREATE, one) for one in part])
            etags |= {one["RowKey"]: str(answer["etag"]) for one, answer in zip(part, answers, strict=True)}
        return etags

    async def claim(self, entity: Entity, etag: str) -> str:
        """Replaces the row if it is as it was written; its new etag."""
        answer = await self.stories.update_entity(
            entity, UpdateMode.REPLACE, etag=etag, match_condition=MatchConditions.IfNotModified
        )
        return str(answer["etag"])

    async def confirm(self, entity: Entity, promise: Entity, etag: str) -> None:
        """The end of a delivery: its row replaced, its promise deleted, in one transaction."""
        condition = {"mode": UpdateMode.REPLACE, "etag": etag, "match_condition": MatchConditions.IfNotModified}
        await self.stories.submit_transaction(
            [(TransactionOperation.UPDATE, entity, condition), (TransactionOperation.DELETE, promise)]
        )


async def drain(queue: QueueClient, count: int, step: Step) -> None:
    """Takes `count` messages off the queue, 16 at a time and all of them at once: step, then delete.

    Raises: AssertionError when the queue stays empty for two seconds before.
    """
    idle = 0
    while count > 0:
        messages = await taken(queue)
        await asyncio.gather(*(whole(queue, message, step) for message in messages))
        count -= len(messages)
        idle = 0 if messages else idle + 1
        if idle > _PATIENCE:
            raise AssertionError(f"{count} messages are missing")
        if idle:
            await asyncio.sleep(0.05)


async def taken(queue: QueueClient) -> list[QueueMessage]:
    """Up to 16 messages, ours for a minute."""
    pages = queue.receive_messages(messages_per_page=AT_ONCE, visibility_timeout=60).by_page()
    async for page in pages:
        return [message async for message in page]
    return []


async def whole(queue: QueueClient, message: QueueMessage, step: Step) -> None:
    """The step, then the message is gone."""
    await step(base64.b64decode(message.content))
    await queue.delete_message(message)


async def put(queue: QueueClient, body: bytes) -> None:
    """A message as the Functions trigger wants it."""
    await queue.send_message(base64.b64encode(body).decode(), time_to_live=-1)


def entity(partition: str, write: Write, run: str) -> Entity:
    """The row of a write as an entity of the same size, under a key of its own."""
    text = write.body.decode()
    found: Entity = {"PartitionKey": partition, "RowKey": f"{write.key}|{run}", "b0": text[:16_000]}
    if len(text) > 16_000:  # noqa: PLR2004 # a string property's limit, with room
        found["b1"] = text[16_000:32_000]
    return found


def envelope(key: str, run: str, etags: dict[str, str], message: bytes) -> bytes:
    """A queue message of the size of the product's, that says which row it is about."""
    head = json.dumps([key, run, etags[f"{key}|{run}"]]).encode()
    return head + b"\n" + message[len(head) + 1 :]


def opened(message: bytes) -> tuple[str, str, str]:
    """Key, run and etag of an envelope."""
    key, run, etag = json.loads(message.partition(b"\n")[0])
    return key, run, etag
