"""Signals about one story wait for each other here, instead of failing each other's transactions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from weakref import WeakValueDictionary


class Locks:
    """A lock for each name in use. Several are taken in one order, so that nobody waits in a circle."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def held(self, names: Iterable[str]) -> _Held:
        """All of the names, until the block ends."""
        return _Held(self._locks, sorted(set(names)))


class _Held:
    def __init__(self, known: WeakValueDictionary[str, asyncio.Lock], names: Sequence[str]) -> None:
        self._known = known
        self._names = names
        self._taken: list[asyncio.Lock] = []

    async def __aenter__(self) -> None:
        try:
            for name in self._names:
                lock = self._known.get(name)
                if lock is None:
                    lock = self._known[name] = asyncio.Lock()
                await lock.acquire()
                self._taken.append(lock)
        finally:
            if len(self._taken) < len(self._names):  # who was called off while it waited keeps none
                self._release()

    async def __aexit__(self, *_: object) -> None:
        self._release()

    def _release(self) -> None:
        for lock in self._taken:
            lock.release()
