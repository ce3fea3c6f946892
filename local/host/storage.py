"""The queues that bindings name, through the connection settings that they name."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from local.host.settings import resolved

if TYPE_CHECKING:
    from azure.storage.queue.aio import QueueClient

_FOREVER = -1


class Storage:
    """One client for each queue, for as long as the host runs."""

    def __init__(self, *, base64_messages: bool) -> None:
        self._base64 = base64_messages
        self._clients: dict[tuple[str, str], QueueClient] = {}

    def queue(self, binding: Mapping[str, Any], suffix: str = "") -> QueueClient:
        """The queue a binding names. Raises: LookupError when a setting it needs is not there."""
        from azure.storage.queue.aio import QueueClient

        connection = str(binding.get("connection") or "AzureWebJobsStorage")
        name = resolved(str(binding["queueName"])).lower() + suffix
        if (connection, name) not in self._clients:
            # The host repeats in its own rhythm; the library's first pause of 15 s would be a deaf queue.
            self._clients[connection, name] = QueueClient.from_connection_string(
                os.environ[connection], name, retry_total=0, connection_timeout=10, read_timeout=30
            )
        return self._clients[connection, name]

    async def ensure(self, queue: QueueClient) -> None:
        """Makes the queue when it is not there. Raises: AzureError."""
        from azure.core.exceptions import ResourceExistsError

        try:
            await queue.create_queue()
        except ResourceExistsError:
            return

    async def put(self, binding: Mapping[str, Any], messages: Iterable[str | bytes]) -> None:
        """Puts messages as an output binding does. Raises: AzureError."""
        for message in messages:
            await self.put_raw(self.queue(binding), self.encode(message))

    async def put_raw(self, queue: QueueClient, text: str) -> None:
        """Puts the text as it is, without an expiry. Raises: AzureError."""
        from azure.core.exceptions import ResourceNotFoundError

        try:
            await queue.send_message(text, time_to_live=_FOREVER)
        except ResourceNotFoundError:
            await self.ensure(queue)
            await queue.send_message(text, time_to_live=_FOREVER)

    def encode(self, body: str | bytes) -> str:
        """The text of a message, in the encoding that `host.json` names."""
        raw = body.encode() if isinstance(body, str) else body
        return base64.b64encode(raw).decode() if self._base64 else raw.decode()

    def decode(self, text: str) -> bytes:
        """The body of a message. Raises: ValueError when a foreign client put it without encoding."""
        return base64.b64decode(text, validate=True) if self._base64 else text.encode()

    async def close(self) -> None:
        """Closes every client."""
        for client in self._clients.values():
            await client.close()
