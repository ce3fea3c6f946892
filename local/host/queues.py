"""Queue triggers: take, call, delete; give back what failed, put aside what keeps failing.

As in Azure: up to `batchSize` messages are taken when no more than `newBatchThreshold` run, a message that failed
`maxDequeueCount` times goes to `<queue>-poison`, and one in a poison queue is left invisible when it fails again.
Unlike Azure the lease is 30 s, renewed while the function runs, and a finished function wakes the listeners, so that
a message it put is taken at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError, ResourceNotFoundError

from local.host.functions import LocalFunction
from local.host.invocation import Invoker
from local.host.running import Stop, finish, first
from local.host.settings import QueueSettings
from local.host.storage import Storage

if TYPE_CHECKING:
    from azure.storage.queue import QueueMessage

log = logging.getLogger("host.queue")

LEASE_SECONDS = 30
_SHORTEST_PAUSE = 0.01
_POISON = "-poison"


class QueueListener:
    """One queue trigger."""

    def __init__(
        self,
        function: LocalFunction,
        storage: Storage,
        invoker: Invoker,
        settings: QueueSettings,
        lease_seconds: int = LEASE_SECONDS,
    ) -> None:
        self._lease_seconds = lease_seconds
        self._function = function
        self._storage = storage
        self._invoker = invoker
        self._settings = settings
        self._queue = storage.queue(function.trigger)
        self._is_poison = self._queue.queue_name.endswith(_POISON)
        self._running: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        if not self._is_poison:  # what is put aside need not be punctual
            invoker.after_each(self._woken.set)

    async def prepare(self) -> None:
        """Makes the queue when it is not there and the store answers; `run` tries again otherwise."""
        with contextlib.suppress(AzureError):
            await self._storage.ensure(self._queue)

    async def run(self, stop: Stop) -> None:
        """Listens until it is asked to stop, then lets what runs finish."""
        pause = _SHORTEST_PAUSE
        while not stop:
            self._woken.clear()
            room = self._room()
            taken = await self._take(room) if room else []
            for message in taken:
                self._start(message)
            if taken and len(taken) == room:
                continue
            pause = _SHORTEST_PAUSE if taken else min(pause * 2, self._settings.max_polling_interval)
            await first([self._woken.wait(), stop.wait()], pause)
            if self._woken.is_set():
                pause = _SHORTEST_PAUSE
        await finish(self._running)

    def _room(self) -> int:
        if len(self._running) > self._settings.new_batch_threshold:
            return 0
        return self._settings.batch_size

    def _start(self, message: QueueMessage) -> None:
        task = asyncio.create_task(self._process(message))
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._woken.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("%s: a message was not finished", self._function.name, exc_info=task.exception())

    async def _take(self, room: int) -> list[QueueMessage]:
        pages = self._queue.receive_messages(messages_per_page=room, visibility_timeout=self._lease_seconds).by_page()
        try:
            return [message async for message in await anext(pages)]
        except StopAsyncIteration:
            return []
        except ResourceNotFoundError:
            await self.prepare()
            return []
        except AzureError as error:
            log.warning("%s: the queue cannot be read: %s", self._queue.queue_name, _short(error))
            await asyncio.sleep(1)
            return []

    async def _process(self, message: QueueMessage) -> None:
        try:
            body = self._storage.decode(str(message.content))
        except ValueError:
            body = str(message.content).encode()
            if not self._is_poison:
                log.warning("%s: a message that is no base64 is put aside", self._queue.queue_name)
                await self._put_aside(message, body)
                return
        async with self._leased(message):
            outcome = await self._invoker.call(self._function, _argument(message, body), f"message {message.id}")
        with contextlib.suppress(ResourceNotFoundError):  # its lease was lost and somebody else finished it
            if outcome.failure is None:
                await self._queue.delete_message(message)
            elif not self._is_poison:
                await self._give_back(message, body)

    async def _give_back(self, message: QueueMessage, body: bytes) -> None:
        if (message.dequeue_count or 0) >= self._settings.max_dequeue_count:
            await self._put_aside(message, body)
        else:
            await self._queue.update_message(message, visibility_timeout=int(self._settings.visibility_timeout))

    async def _put_aside(self, message: QueueMessage, body: bytes) -> None:
        """To the poison queue, encoded, so that its trigger can read even what was foreign; then away from here."""
        poison = self._storage.queue(self._function.trigger, _POISON)
        await self._storage.put_raw(poison, self._storage.encode(body))
        await self._queue.delete_message(message)

    @contextlib.asynccontextmanager
    async def _leased(self, message: QueueMessage) -> AsyncIterator[None]:
        renewal = asyncio.create_task(self._renew(message))
        try:
            yield
        finally:
            renewal.cancel()
            await asyncio.wait([renewal])

    async def _renew(self, message: QueueMessage) -> None:
        while True:
            await asyncio.sleep(self._lease_seconds / 2)
            try:
                renewed = await self._queue.update_message(message, visibility_timeout=self._lease_seconds)
                message.pop_receipt = renewed.pop_receipt
            except AzureError as error:
                log.warning("%s: a lease was not renewed: %s", self._queue.queue_name, _short(error))


def _argument(message: QueueMessage, body: bytes) -> Any:  # noqa: ANN401 - the library publishes no type for it
    from azure.functions.queue import QueueMessage as TriggerMessage

    return TriggerMessage(  # type: ignore[no-untyped-call] # the library's own
        id=message.id,
        body=body,
        dequeue_count=message.dequeue_count,
        expiration_time=message.expires_on,
        insertion_time=message.inserted_on,
        time_next_visible=message.next_visible_on,
        pop_receipt=message.pop_receipt,
    )


def _short(error: AzureError) -> str:
    return str(error).partition("\n")[0]
