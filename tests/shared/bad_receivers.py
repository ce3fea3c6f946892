"""Receivers on loopback that have bad days, and keep what they took."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Mood = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Receiver:
    """One webhook: each request finds it in the next mood; None, and afterwards, it is well. `took`: what it has."""

    def __init__(self) -> None:
        self.moods: list[Mood | None] = []
        self.url = ""
        self.took: list[str] = []
        self.asked = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Requests of one connection."""
        try:
            while True:
                await self._one(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
        await reader.readexactly(int(headers["content-length"]))
        self.asked += 1
        mood = self.moods.pop(0) if self.moods else None
        if mood is not None:
            await mood(writer)
            return
        self.took.append(headers["webhook-id"])
        await answers(200)(writer)


def answers(status: int, header: str = "") -> Mood:
    """An answer at once."""

    async def mood(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n{header}\r\n".encode())
        await writer.drain()

    return mood


async def hangs(writer: asyncio.StreamWriter) -> None:
    """Never answers."""
    del writer
    await asyncio.Event().wait()


async def drips(writer: asyncio.StreamWriter) -> None:
    """A byte of its answer at a time, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.05)


async def resets(writer: asyncio.StreamWriter) -> None:
    """Hangs up in the middle, rudely."""
    writer.transport.abort()
    raise ConnectionError


@asynccontextmanager
async def opened() -> AsyncIterator[Receiver]:
    """A receiver that listens, until the block ends."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield receiver
    finally:
        server.close()
