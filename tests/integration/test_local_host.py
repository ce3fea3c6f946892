"""The local host runs a function app as Azure does: doors, queues with poison, Event Grid, timers, a gentle stop."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from azure.storage.queue.aio import QueueClient

from local.host.host import serve
from local.host.running import Stop

APP = Path(__file__).parent / "sample_app" / "function_app.py"
PATIENCE = 30


@dataclass
class Running:
    """A host in this process, with the sample app."""

    url: str
    session: aiohttp.ClientSession
    stop: Stop
    task: asyncio.Task[None]
    notes: Path
    queue: QueueClient

    def seen(self, function: str) -> list[dict[str, Any]]:
        """What the functions wrote down."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        return [one for one in map(json.loads, lines) if one["function"] == function]

    async def wait_for(self, function: str, **expected: object) -> dict[str, Any]:
        """The first note that fits; fails when none comes in time."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for one in self.seen(function):
                    if expected.items() <= one.items():
                        return one
                await asyncio.sleep(0.02)


@pytest.fixture
async def host(storage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    """The host, whose nightly timer missed a run long ago."""
    name = f"work-{uuid.uuid4().hex[:8]}"
    monkeypatch.setenv("AzureWebJobsStorage", storage)
    monkeypatch.setenv("SAMPLE_QUEUE", name)
    monkeypatch.setenv("SAMPLE_NOTES", str(tmp_path / "notes"))
    (tmp_path / "timers.json").write_text('{"nightly": "2020-01-01T03:00:00+00:00"}')
    stop, port = Stop(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(APP, 0, tmp_path, stop, port.set_result))
    await asyncio.wait([task, port], return_when=asyncio.FIRST_COMPLETED)
    async with (
        aiohttp.ClientSession() as session,
        QueueClient.from_connection_string(storage, name) as queue,
    ):
        yield Running(f"http://127.0.0.1:{port.result()}", session, stop, task, tmp_path / "notes", queue)
        stop.set()
        await task


async def test_an_http_function_sees_the_request_and_its_answer_goes_out(host: Running) -> None:
    """Route parameters, query, body and context come in; status, header and type go out."""
    async with host.session.post(f"{host.url}/door/things/one?a=b", data="text") as answer:
        assert answer.status == 201
        assert answer.headers["X-Seen"] == "yes"
        assert answer.content_type == "application/json"
        assert await answer.json() == {"name": "one", "query": {"a": "b"}, "body": "text", "function": "thing"}


async def test_a_body_reaches_the_function_as_it_came(host: Running) -> None:
    """The host unpacks nothing, as Azure's does not: what a header claims of a body is the function's to judge."""
    packed = {"Content-Encoding": "gzip"}
    async with host.session.post(f"{host.url}/door/things/one", data=b"not packed", headers=packed) as answer:
        assert (await answer.json())["body"] == "not packed"


async def test_a_fixed_path_goes_first_and_a_plain_function_runs_in_a_thread(host: Running) -> None:
    """`things/fixed` is not taken for `things/{name}`, and a plain function does not block the loop."""
    async with host.session.get(f"{host.url}/door/things/fixed") as answer:
        assert await answer.text() == "GET False"


async def test_a_function_that_fails_answers_500_and_the_host_goes_on(host: Running) -> None:
    """A failure stays with its call; an unknown path is 404."""
    async with host.session.get(f"{host.url}/door/broken") as answer:
        assert answer.status == 500
    async with host.session.get(f"{host.url}/nowhere") as answer:
        assert answer.status == 404


async def test_another_host_name_is_refused(host: Running) -> None:
    """A name that somebody else made lead to this machine opens nothing."""
    for name, status in (("evil.example.com", 421), ("localhost", 200)):
        async with host.session.get(f"{host.url}/door/things/fixed", headers={"Host": name}) as answer:
            assert answer.status == status


async def test_an_output_binding_reaches_the_queue_trigger(host: Running) -> None:
    """Each line put out becomes a message, and the trigger gets each, deleted afterwards."""
    async with host.session.post(f"{host.url}/door/enqueue", data="één\ntwo") as answer:
        assert answer.status == 202
    await host.wait_for("worker", text="één", dequeued=1)
    await host.wait_for("worker", text="two", dequeued=1)
    await _empty(host.queue)


async def test_what_keeps_failing_goes_to_the_poison_queue(host: Running) -> None:
    """After `maxDequeueCount` tries a message is put aside, where the poison trigger reads it."""
    await host.queue.send_message("YmFkIG9uZQ==")
    await host.wait_for("poison", text="bad one")
    assert [one["dequeued"] for one in host.seen("worker")] == [1, 2]
    await _empty(host.queue)


async def test_a_foreign_message_is_put_aside_and_the_others_go_on(host: Running) -> None:
    """Text that is no base64 never reaches the function, and stops nothing."""
    await host.queue.send_message("plain <text> & more")
    await host.queue.send_message("Z29vZA==")
    await host.wait_for("poison", text="plain <text> & more")
    await host.wait_for("worker", text="good")
    assert [one["text"] for one in host.seen("worker")] == ["good"]


async def test_a_stop_lets_running_functions_finish(host: Running) -> None:
    """What a function began is finished and its message deleted before the host is gone."""
    await host.queue.send_message("c2xvdyBvbmU=")
    await host.wait_for("worker", text="slow one")
    host.stop.set()
    await host.task
    assert host.seen("worker")[-1]["text"] == "done slow one"
    assert not await host.queue.peek_messages()


async def test_event_grid_knocks_with_both_handshakes(host: Running) -> None:
    """The validation code comes back with 200, OPTIONS is allowed, and each event is one call."""
    door = f"{host.url}/runtime/webhooks/EventGrid?functionName=grid"
    check = [{"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {"validationCode": "abc"}}]
    async with host.session.post(door, json=check, headers={"aeg-event-type": "SubscriptionValidation"}) as answer:
        assert (answer.status, await answer.json()) == (200, {"validationResponse": "abc"})
    async with host.session.options(door, headers={"WebHook-Request-Origin": "eventgrid.azure.net"}) as answer:
        assert answer.headers["WebHook-Allowed-Origin"] == "eventgrid.azure.net"
    events = [{"id": str(n), "eventType": "t", "eventTime": "2026-11-20T10:00:00Z", "data": {}} for n in (1, 2)]
    async with host.session.post(door, json=events) as answer:
        assert answer.status == 202
    assert [one["id"] for one in host.seen("grid")] == ["1", "2"]


async def test_timers_run_when_due_at_start_and_late_when_missed(host: Running) -> None:
    """A timer ticks, one runs at start-up, and a nightly one whose run was missed runs once, past due."""
    await host.wait_for("ticking", past_due=False)
    await host.wait_for("at_start")
    await host.wait_for("nightly", past_due=True)
    assert len(host.seen("nightly")) == 1


async def test_a_timer_can_be_run_by_hand(host: Running) -> None:
    """The admin door runs any function without HTTP and answers at once."""
    async with host.session.post(f"{host.url}/admin/functions/nightly", json={"input": ""}) as answer:
        assert answer.status == 202
    await host.wait_for("nightly", past_due=False)


async def _empty(queue: QueueClient) -> None:
    """Holds when the queue soon has nothing in it, visible or not."""
    for _ in range(PATIENCE * 50):
        if not (await queue.get_queue_properties()).approximate_message_count:
            return
        await asyncio.sleep(0.02)
    pytest.fail("the queue still holds messages")
