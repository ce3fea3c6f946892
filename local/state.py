"""The state directory of a run: who owns it, and what runs from it."""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from local import processes
from local.receivers.arrivals import as_json, write_whole

_TAKE_OVER_SECONDS = 40.0


class State:
    """One directory, one run at a time: a newer start asks the older one to stop and takes on what it stored."""

    def __init__(self, directory: Path, say: Callable[[str], None]) -> None:
        self.directory = directory.expanduser().resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        self._run = self.directory / "run.json"
        self._lock = self._taken(say)
        self._end_left_over_host(say)
        self._run.unlink(missing_ok=True)

    @property
    def received(self) -> Path:
        """Where the receivers write."""
        return self.directory / "received"

    @property
    def store(self) -> Path:
        """Where Azurite writes."""
        return self.directory / "azurite"

    @property
    def host_log(self) -> Path:
        """What the host says."""
        return self.directory / "host.log"

    def signing_key(self) -> str:
        """The key of this directory's links, made at the first start."""
        path = self.directory / "signing.key"
        if not path.exists():
            write_whole(path, secrets.token_hex(32).encode())
        return path.read_text()

    def tell(self, **facts: Any) -> None:  # noqa: ANN401 - addresses and process ids, as JSON
        """Writes `run.json`: the addresses and the process ids of what runs."""
        write_whole(self._run, as_json(facts))

    def leave(self) -> None:
        """Nothing runs here any more."""
        self._run.unlink(missing_ok=True)
        self._lock.close()

    def _taken(self, say: Callable[[str], None]) -> IO[str]:
        """The lock, ours for as long as this process lives. Raises: OSError when the other does not give way."""
        file = (self.directory / "run.lock").open("a+", encoding="utf-8")
        until = time.monotonic() + _TAKE_OVER_SECONDS
        asked = False
        while not _locked(file):
            owner = _number(self.directory / "run.pid")
            if time.monotonic() > until:
                raise OSError(f"another run (process {owner}) uses {self.directory} and does not stop")
            if owner and not asked:
                say(f"another run (process {owner}) uses {self.directory}; asking it to stop")
                processes.ask_to_end(owner)
                asked = True
            time.sleep(0.1)
        write_whole(self.directory / "run.pid", str(os.getpid()).encode())
        return file

    def _end_left_over_host(self, say: Callable[[str], None]) -> None:
        """A run that was killed may have left its host, which would hold the port."""
        try:
            pid = int(json.loads(self._run.read_text(encoding="utf-8"))["host_pid"])
        except (OSError, ValueError, KeyError, TypeError):
            return
        if processes.alive(pid) and "local.host" in processes.command_line(pid):
            say(f"ending the host of an earlier run (process {pid})")
            processes.end(pid)


def _number(path: Path) -> int:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return 0


def _locked(file: IO[str]) -> bool:
    """Whether the lock is ours now; the system gives it back when this process ends, however it ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
