"""Any service of Apprise: told in a thread, watched, refused where it would connect to what is nobody's receiver."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from notbefore.channels.chat import Chat
from notbefore.config.model import Audience
from notbefore.errors import Permanent, Transient
from notbefore.outbound import Outbound, networks
from notbefore.rendering import RenderContext, render
from notbefore.rendering.examples import examples
from notbefore.schema import Message

AT = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)
OURS = networks(["127.0.0.0/8"])


def message(target: str) -> Message:
    """A rendered example."""
    delivery = replace(examples()["reboot-in-an-hour"], channel="chat", target=target)
    return render(delivery, Audience(name="x", channels=()), RenderContext(clock=lambda: AT))


class Service:
    """Whatever is posted, and an answer."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.status = "200 OK"
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        self.got.append(await reader.readexactly(length))
        location = "Location: http://127.0.0.1:1/\r\n" if self.status.startswith("3") else ""
        writer.write(f"HTTP/1.1 {self.status}\r\n{location}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """One on loopback."""
    found = Service()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()


async def test_it_is_told_with_title_and_text(service: Service) -> None:
    """The message is the chat's own text; the receipt names the service, not its address."""
    receipt = await Chat(Outbound(), OURS).send(message(f"json://127.0.0.1:{service.port}/x"))
    assert receipt.details == {"service": "JSON"}
    (body,) = service.got
    assert b"Reboot" in body


@pytest.mark.parametrize("status", ["500 No", "302 There", "404 No"])
async def test_what_it_does_not_take_is_tried_again(service: Service, status: str) -> None:
    """Apprise says yes or no; redirects are not followed."""
    service.status = status
    with pytest.raises(Transient, match="JSON did not take it"):
        await Chat(Outbound(), OURS).send(message(f"json://127.0.0.1:{service.port}/x"))
    assert len(service.got) == 1


@pytest.mark.parametrize(
    "target",
    ["json://127.0.0.1:{port}/x", "json://localhost:{port}/x", "jsons://10.1.2.3/x", "json://169.254.169.254/metadata",
     "jsons://168.63.129.16/x", "rsyslog://127.0.0.1", "json://[::1]/x"],
)  # fmt: skip  # a table reads best in rows
async def test_nobodys_addresses_are_refused_before_a_byte_is_sent(service: Service, target: str) -> None:
    """The guard of every other channel holds for connections that Apprise opens by itself."""
    with pytest.raises(Permanent, match="address that"):
        await Chat(Outbound()).send(message(target.format(port=service.port)))
    assert service.got == []


@pytest.mark.parametrize("target", ["nosuch://x", "syslog://", "tgram://"])
async def test_what_is_no_service_is_refused(target: str) -> None:
    """An address that Apprise does not know, and services that would speak to this machine."""
    with pytest.raises(Permanent):
        await Chat(Outbound(), OURS).send(message(target))


async def test_ours_are_not_judged_by_it(service: Service) -> None:
    """The watch is for what runs inside it: other connections of the process are free."""
    with pytest.raises(Permanent):
        await Chat(Outbound()).send(message("jsons://10.1.2.3/x"))
    _, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.close()
