"""What a receiver's answer, or its silence, means."""

import asyncio
from datetime import UTC, datetime

import pytest

from notbefore.errors import Permanent, Transient
from notbefore.outbound import Answer, Outbound, accepted, networks, retry_after
from notbefore.outbound.turns import IN_FLIGHT

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
LOOPBACK = networks(["127.0.0.0/8"])


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0), (" 7 ", 7.0), ("Sat, 21 Nov 2026 02:01:30 GMT", 90.0), ("Sat, 21 Nov 2026 01:00:00 GMT", 0.0),
        ("99999999", 86400.0), ("soon", None), ("-5", None), ("", None), (None, None), ("١٢", None),
    ],
)  # fmt: skip  # a table reads best in rows
def test_retry_after(value: str | None, seconds: float | None) -> None:
    """Seconds and dates are both read; what is neither says nothing; nobody makes us wait over a day."""
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_two_hundreds_are_told(status: int) -> None:
    """Any 2xx means the receiver has it."""
    answer = Answer(status, {}, b"")
    assert accepted(answer, NOW) is answer


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_try_again(status: int) -> None:
    """Throttling, timeouts and errors of the server are tried again when the receiver says."""
    with pytest.raises(Transient) as caught:
        accepted(Answer(status, {"retry-after": "33"}, b""), NOW)
    assert caught.value.retry_after == 33.0


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 403, 404, 410, 422])
def test_never_again(status: int) -> None:
    """Redirects, 410 and what is our fault are not tried again."""
    with pytest.raises(Permanent):
        accepted(Answer(status, {}, b""), NOW)


async def _against(pieces: list[bytes], pause: float = 0.0, limit: float = 10.0) -> Answer:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(pause)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    outbound = Outbound(LOOPBACK, limit=limit)
    async with server:
        try:
            return await outbound.post(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", b"{}", {})
        finally:
            await outbound.close()


async def test_a_reset_is_transient() -> None:
    """A receiver that hangs up without an answer is tried again."""
    with pytest.raises(Transient):
        await _against([])


async def test_a_dripping_receiver_is_cut_off() -> None:
    """A byte now and then does not keep a send alive past its limit."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    with pytest.raises(Transient, match="in time"):
        await _against([head, *[b"x"] * 200], pause=0.02, limit=0.3)


async def test_a_long_answer_is_cut() -> None:
    """64 KB of an answer are read, no more."""
    answer = await _against([b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n", b"x" * 200_000])
    assert len(answer.body) == 64 * 1024


async def test_nobody_there() -> None:
    """A closed port is transient, and the text names no address."""
    outbound = Outbound(LOOPBACK)
    with pytest.raises(Transient) as caught:
        await outbound.post("http://127.0.0.1:1/secret-path", b"", {})
    await outbound.close()
    assert "secret" not in str(caught.value)


async def test_four_in_flight_to_one_endpoint() -> None:
    """A fifth send to one endpoint waits for its turn, and gives the queue its message back when none comes."""
    inside = 0
    most = 0
    go, full = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal inside, most
        await reader.readuntil(b"\r\n\r\n")
        inside += 1
        most = max(most, inside)
        if inside == IN_FLIGHT:
            full.set()
        await go.wait()
        inside -= 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    outbound = Outbound(LOOPBACK)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        sends = [asyncio.create_task(outbound.post(url, b"", {})) for _ in range(IN_FLIGHT)]
        await full.wait()
        with pytest.raises(Transient, match="busy"):
            await outbound.post(url, b"", {})
        go.set()
        assert [answer.status for answer in await asyncio.gather(*sends)] == [200] * IN_FLIGHT
        await outbound.close()
    assert most == IN_FLIGHT
