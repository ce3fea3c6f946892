"""A queue of Azure Storage, written as the Functions trigger reads it: base64, and no expiry."""

from __future__ import annotations

import base64
import math
from datetime import timedelta

from notbefore.adapters.azure_account import Account
from notbefore.adapters.azure_request import Request, Service
from notbefore.adapters.limits import check_message

FOREVER = "-1"
"""The time to live; without it a message that waits longer than 7 days disappears (Azure docs, "Put Message")."""

_XML = {"Content-Type": "application/xml"}


class AzureQueue:
    """Puts messages; the trigger takes them."""

    def __init__(self, account: Account, name: str) -> None:
        self._account = account
        self._path = f"/{name}/messages"

    async def put(self, body: bytes, delay: timedelta = timedelta()) -> None:
        """Seen after `delay`, in whole seconds, never before it. Raises: StorageUnavailable."""
        check_message(body, delay)
        query = {"messagettl": FOREVER, "visibilitytimeout": str(math.ceil(delay.total_seconds()))}
        text = b"<QueueMessage><MessageText>" + base64.b64encode(body) + b"</MessageText></QueueMessage>"
        await self._account.send(Request(Service.QUEUES, "POST", self._path, query, _XML, text), frozenset())
