"""Turns at one endpoint: so many at once; the rest wait a moment here, or in the queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from notbefore.errors import Busy

IN_FLIGHT = 4
"""Sends to one endpoint at once."""

WAIT = 1.0
"""Seconds: a healthy endpoint frees its turn in milliseconds; behind a slow one the queue waits, not we."""


class Turns:
    """The turns of one endpoint."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(IN_FLIGHT)
        self._since: dict[object, float] = {}

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A turn, until the block ends. Raises: Busy; at once when those in flight have been slow already."""
        clock = asyncio.get_running_loop().time
        if self._free.locked():
            await self._wait(clock())
        else:
            await self._free.acquire()
        turn = object()
        self._since[turn] = clock()
        try:
            yield
        finally:
            del self._since[turn]
            self._free.release()

    async def _wait(self, now: float) -> None:
        busy = Busy("the receiver is busy with earlier messages", WAIT)
        if self._since and max(self._since.values()) + WAIT < now:
            raise busy
        try:
            async with asyncio.timeout(WAIT):
                await self._free.acquire()
        except TimeoutError as problem:
            raise busy from problem
