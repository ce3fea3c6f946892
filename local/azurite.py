"""Azurite: the storage account of a laptop and of the tests.

It runs in a session of its own, so that Ctrl-C in a terminal reaches the host and not the store, and it is always
stopped gently: killed by force it loses up to five seconds of writes that it had confirmed. One directory has one
Azurite; a file in it says which, because Azurite itself would let two write there.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local import processes
from local.node import node, packages

_HOST = "127.0.0.1"
_ACCOUNT = "devstoreaccount1"
# The development key that Azurite publishes and everybody knows; it opens nothing else.
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_AUTOSAVE_SECONDS = 5.5
_START_SECONDS = 60.0
_TRIES = 3

Ports = tuple[int, int, int]
"""Of blobs, queues and tables."""


@dataclass(frozen=True)
class Azurite:
    """One that runs."""

    pid: int
    ports: Ports
    location: Path

    @property
    def connection_string(self) -> str:
        """What the storage libraries want to know."""
        blob, queue, table = (f"http://{_HOST}:{port}/{_ACCOUNT}" for port in self.ports)
        return (
            f"DefaultEndpointsProtocol=http;AccountName={_ACCOUNT};AccountKey={_KEY};"
            f"BlobEndpoint={blob};QueueEndpoint={queue};TableEndpoint={table};"
        )

    def stop(self) -> None:
        """Stops it gently and waits until it is gone; what it has confirmed is on disk then."""
        if sys.platform == "win32":  # no gentle signal reaches it there: let it save before it ends
            time.sleep(_AUTOSAVE_SECONDS)
        processes.end(self.pid, seconds=20)
        _note(self.location).unlink(missing_ok=True)


def start(location: Path, say: Callable[[str], None] = print, ports: Ports | None = None) -> Azurite:
    """An Azurite whose files are in `location`, ready to be asked; one left over from a killed run is taken on.

    Without `ports` it takes free ones. The caller makes sure that nobody else starts one on the same location at the
    same time.
    Raises: OSError when it cannot be installed or does not come up.
    """
    location = location.resolve()
    location.mkdir(parents=True, exist_ok=True)
    left_over = _left_over(location)
    if left_over is not None:
        say(f"taking on the Azurite of an earlier run (process {left_over.pid})")
        return left_over
    script = packages(say) / "azurite" / "dist" / "src" / "azurite.js"
    for _ in range(_TRIES):
        started = _start_once(script, location, ports or (free_port(), free_port(), free_port()))
        if started is not None:
            return started
    raise OSError(f"Azurite does not start; {_log(location)} says why")


def _start_once(script: Path, location: Path, ports: Ports) -> Azurite | None:
    """None when it did not come up, as when somebody else was faster to take a port."""
    options = [f"--{name}Port={port}" for name, port in zip(("blob", "queue", "table"), ports, strict=True)]
    # The storage libraries are newer than Azurite: it must not look at the version of the interface they ask for.
    quiet = ["--silent", "--disableTelemetry", "--skipApiVersionCheck"]
    with _log(location).open("ab") as log:
        child = subprocess.Popen(
            [str(node()), str(script), "--location", str(location), *options, *quiet],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    _CHILDREN.append(child)
    azurite = Azurite(child.pid, ports, location)
    _note(location).write_text(json.dumps({"pid": child.pid, "ports": ports}))
    return azurite if _ready(child, ports) else None


_CHILDREN: list[subprocess.Popen[bytes]] = []
"""Those that were started here, kept so that Python does not complain of a child nobody waits for."""


def _ready(child: subprocess.Popen[bytes], ports: Ports) -> bool:
    until = time.monotonic() + _START_SECONDS
    while child.poll() is None and time.monotonic() < until:
        if all(_answers(port) for port in ports):
            return True
        time.sleep(0.05)
    if child.poll() is None:
        processes.end(child.pid)
    return False


def _left_over(location: Path) -> Azurite | None:
    """The Azurite that the note in `location` tells of, when it still runs; one that is deaf is ended."""
    try:
        note = json.loads(_note(location).read_text())
        pid, (blob, queue, table) = int(note["pid"]), note["ports"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not processes.alive(pid) or str(location) not in processes.command_line(pid):
        return None
    found = Azurite(pid, (int(blob), int(queue), int(table)), location)
    if all(_answers(port) for port in found.ports):
        return found
    processes.end(pid)
    return None


def free_port() -> int:
    """A port of the loopback address that nobody listens on at this moment."""
    with socket.create_server((_HOST, 0)) as taken:
        return int(taken.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((_HOST, port), timeout=1):
            return True
    except OSError:
        return False


def _note(location: Path) -> Path:
    return location / "running.json"


def _log(location: Path) -> Path:
    return location / "azurite.log"
