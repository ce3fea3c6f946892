"""While a function runs, nobody else gets its message."""

from __future__ import annotations

import asyncio
import uuid

import azure.functions as func
import pytest
from azure.storage.queue.aio import QueueClient

from local.host.functions import LocalFunction
from local.host.invocation import Invoker
from local.host.queues import QueueListener
from local.host.running import Stop
from local.host.settings import QueueSettings
from local.host.storage import Storage


async def test_a_lease_is_renewed_while_the_function_runs(storage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that outlasts its lease twice over is made once, and its message is deleted at the end."""
    monkeypatch.setenv("AzureWebJobsStorage", storage)
    calls: list[int] = []
    done = asyncio.Event()

    async def slow(message: func.QueueMessage) -> None:
        calls.append(message.dequeue_count or 0)
        await asyncio.sleep(5)
        done.set()

    binding = {"name": "message", "type": "queueTrigger", "queueName": f"slow-{uuid.uuid4().hex[:8]}"}
    queues = Storage(base64_messages=False)
    listener = QueueListener(
        LocalFunction("slow", binding, (), slow), queues, Invoker(queues), QueueSettings(base64=False), lease_seconds=2
    )
    await listener.prepare()
    stop = Stop()
    running = asyncio.create_task(listener.run(stop))
    async with QueueClient.from_connection_string(storage, binding["queueName"]) as queue:
        await queue.send_message("one")
        async with asyncio.timeout(60):
            await done.wait()
        stop.set()
        await running
        assert calls == [1]
        assert (await queue.get_queue_properties()).approximate_message_count == 0
    await queues.close()
