"""A receiver on this machine that answers from a script and keeps what it got."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from ticket_instance import OWN, Instance

from local.receivers.receivers import Receivers, start
from local.receivers.set_up import SetUp
from notbefore.channels.local import LocalOutbound
from notbefore.channels.tickets import Tickets
from notbefore.outbound import Outbound, networks

Answers = list[tuple[int, bytes, dict[str, str]]]


@dataclass
class Got:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Where it listens, what it got, and what it is to answer; the last answer is repeated."""

    url: str
    answers: Answers
    got: list[Got] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        """Keeps the request and gives the next answer."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append(Got(request.method, request.path_qs, headers, await request.read()))
        status, body, extra = self.answers[min(len(self.got), len(self.answers)) - 1]
        return web.Response(status=status, body=body, headers=extra)


@pytest.fixture
async def receive() -> AsyncIterator[Callable[..., Awaitable[Receiver]]]:
    """A function that opens a receiver with the answers it is given, each (status, body, headers)."""
    runners: list[web.AppRunner] = []

    async def start(*answers: tuple[int, bytes, dict[str, str]]) -> Receiver:
        receiver = Receiver("", list(answers) or [(200, b"ok", {})])
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", receiver.answer)
        runner = web.AppRunner(app, access_log=None)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return receiver

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    """The real way out, open to this machine."""
    way_out = Outbound(networks(["127.0.0.0/8"]))
    yield way_out
    await way_out.close()


@pytest.fixture
async def instance(tmp_path: Path) -> AsyncIterator[Instance]:
    """Opens an instance with the given rules; the channel that speaks to it."""
    opened: list[tuple[Receivers, LocalOutbound]] = []

    async def one(set_up: SetUp) -> Tickets:
        receivers = await start(tmp_path, lambda _arrival: None, set_up=set_up)
        way_out = LocalOutbound(receivers.url, "itsm", keep_path=True)
        opened.append((receivers, way_out))
        return Tickets(way_out, OWN)

    yield one
    for receivers, way_out in opened:
        await way_out.close()
        await receivers.close()
