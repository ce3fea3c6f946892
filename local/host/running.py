"""How long the host runs: one wish to stop that everybody can wait for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterable
from typing import Any

GRACE_SECONDS = 5.0
"""What runs when the host is asked to stop has this long to finish."""


class Stop:
    """Set once, by a signal or by the end of whoever started us."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def set(self) -> None:
        """Asks everybody to stop."""
        self._event.set()

    async def wait(self) -> None:
        """Returns when somebody asked to stop."""
        await self._event.wait()

    async def sleep(self, seconds: float) -> None:
        """Sleeps, and wakes early when somebody asked to stop."""
        await first([self._event.wait()], seconds)


async def first(waits: Iterable[Any], seconds: float | None) -> None:
    """Waits until one of the coroutines is done or the time is over; the others are given up."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


async def finish(tasks: Iterable[asyncio.Task[Any]], seconds: float = GRACE_SECONDS) -> None:
    """Lets the tasks end by themselves for that time, then gives them up."""
    waiting = set(tasks)
    if not waiting:
        return
    _, late = await asyncio.wait(waiting, timeout=seconds)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=1)


def listen_for_signals(stop: Stop) -> None:
    """INT and TERM ask to stop."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        if sys.platform == "win32":
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        else:
            loop.add_signal_handler(number, stop.set)


def listen_for_parent(stop: Stop) -> None:
    """The end of standard input asks to stop: whoever held its other end is gone, even if it was killed."""
    loop = asyncio.get_running_loop()
    descriptor = sys.stdin.fileno()

    def read() -> None:
        # The descriptor itself: a thread that holds Python's buffer of it would disturb the interpreter's end.
        while os.read(descriptor, 1024):
            pass
        with contextlib.suppress(RuntimeError):  # the loop is closed: it ended before
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=read, daemon=True).start()
