"""The host as a child process: started, watched, started again when it dies, stopped gently."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from local.cache import ROOT

_START_SECONDS = 120
_STOP_SECONDS = 15


class HostProcess:
    """One host. Its standard input is held open: should this process be killed, the host notices and ends too."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self._process = process
        self.url = url

    @classmethod
    async def start(cls, port: int, state: Path, environment: Mapping[str, str], log: Path) -> HostProcess:
        """Starts one and waits until its doors are open. Raises: OSError with the end of its log when it ends."""
        command = ["-m", "local.host", "--port", str(port), "--state", str(state), "--stop-with-stdin"]
        path = os.pathsep.join(filter(None, (str(ROOT), environment.get("PYTHONPATH"))))
        with log.open("ab") as file:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *command,
                cwd=ROOT,
                env={**environment, "PYTHONPATH": path},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=file,
                start_new_session=True,  # Ctrl-C in a terminal reaches us, and we stop the host in our order
            )
        assert process.stdout is not None  # noqa: S101 - asked for above
        try:
            line = (await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)).decode()
        except TimeoutError:
            line = ""
        if not line.startswith("listening on "):
            await _end(process)
            raise OSError(f"the host does not start; the end of {log}:\n{_tail(log)}")
        return cls(process, line.removeprefix("listening on ").strip())

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def ended(self) -> int:
        """Returns when it has ended, with its exit status."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Stops it gently; by force when it takes too long."""
        await _end(self._process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-25:])
