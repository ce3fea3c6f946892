"""Keeping a host and its store running: what dies is started again, since its work waits in queues and tables."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from local import azurite, processes
from local.environment import Addresses
from local.host_process import HostProcess
from local.state import State

_TOO_SOON = 5.0
_GIVE_UP_AFTER = 5
_LOOK_EVERY = 1.0


class Supervisor:
    """One host on one port and one Azurite."""

    def __init__(
        self,
        state: State,
        storage: azurite.Azurite,
        addresses: Addresses,
        environment: Mapping[str, str],
        say: Callable[[str], None],
    ) -> None:
        self._state = state
        self._storage = storage
        self._addresses = addresses
        self._environment = environment
        self._say = say
        self._host: HostProcess | None = None
        self._new_storage: asyncio.Task[azurite.Azurite] | None = None

    async def start(self) -> None:
        """Starts a host and writes `run.json`. Raises: OSError when it does not start."""
        port = int(self._addresses.url.rpartition(":")[2])
        self._host = await HostProcess.start(port, self._state.directory, self._environment, self._state.host_log)
        self._tell()

    async def watch(self) -> None:
        """Starts again whatever ends, for as long as it is let. Raises: OSError when the host keeps ending.

        One that was killed did not end by itself, however often that happens.
        """
        await asyncio.gather(self._watch_host(), self._watch_store())

    async def stop(self) -> None:
        """Stops the host gently, then the store, with all that it confirmed."""
        if self._host is not None:
            await self._host.stop()
        if self._new_storage is not None:
            self._storage = await self._new_storage
        await asyncio.to_thread(self._storage.stop)

    async def _watch_host(self) -> None:
        short_lives = 0
        while self._host is not None:
            began = time.monotonic()
            status = await self._host.ended()
            gave_up = status >= 0 and time.monotonic() - began < _TOO_SOON
            short_lives = short_lives + 1 if gave_up else 0
            if short_lives >= _GIVE_UP_AFTER:
                raise OSError(f"the host keeps ending (status {status}); {self._state.host_log} says why")
            self._say(f"the host ended unexpectedly (status {status}); starting it again, nothing is lost")
            await self.start()

    async def _watch_store(self) -> None:
        """On the same ports, which the host knows."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            if not processes.alive(self._storage.pid):
                self._say("Azurite ended unexpectedly; starting it again")
                start = asyncio.to_thread(azurite.start, self._storage.location, self._say, self._storage.ports)
                self._new_storage = asyncio.create_task(start)
                self._storage = await asyncio.shield(self._new_storage)
                self._tell()

    def _tell(self) -> None:
        assert self._host is not None  # noqa: S101 - there is nothing to tell before
        self._state.tell(
            url=self._addresses.url,
            host_pid=self._host.pid,
            azurite_pid=self._storage.pid,
            storage=self._addresses.storage,
            received=str(self._state.received),
            receivers=self._addresses.receivers,
            smtp=self._addresses.smtp,
        )
