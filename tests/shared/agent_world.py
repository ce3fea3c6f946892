"""The real agent as a process, with a metadata service and a receiver of its own on loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from local.imds import Imds

AGENT = Path(__file__).resolve().parents[2] / "agent" / "linux" / "notbefore_agent.py"
CLOCKED = Path(__file__).with_name("clocked_agent.py")
PATIENCE = 20.0
OLD_PYTHON = next(iter(sorted(Path("~/.pyenv/versions").expanduser().glob("3.8*/bin/python"))), None)


class Receiver:
    """`POST /signals`: keeps what came, answers as told."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.status = 202
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (_Door,), {"receiver": self}))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/signals?code=k"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def of(self, kind: str) -> list[dict[str, Any]]:
        """What came of one type, `scheduled-events` or `heartbeat`, say."""
        return [one for one in self.got if one["type"].endswith(kind)]

    def documents(self) -> list[dict[str, Any]]:
        """The documents that came, as they came."""
        return [one["data"]["document"] for one in self.of("scheduled-events")]


class _Door(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        """Keeps an event that is taken."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.receiver.status  # looked at once: what is answered is what was done
        if status < 300:
            self.receiver.headers.append(dict(self.headers))
            self.receiver.got.append(json.loads(body))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nothing."""


class World:
    """A folder, a metadata service, a receiver, and the agent when it is started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.imds, self.receiver = Imds(), Receiver()
        self.hooks, self.spool, self.boot = folder / "hooks", folder / "spool", folder / "boot_id"
        self.hooks.mkdir()
        self.reboot(1)
        self.agent: subprocess.Popen[bytes] | None = None
        self.said = folder / "said"
        self.python = sys.executable
        self.more: dict[str, str] = {}
        self.flags: list[str] = []
        self.clock = folder / "clock"
        """Written to, the agent's wall clock is as many seconds off; to be there before it starts."""
        self.syslog = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.syslog.bind(str(folder / "log"))
        self.syslog.setblocking(False)  # noqa: FBT003 - the library's way

    def environment(self) -> dict[str, str]:
        """The agent's settings, all in this world."""
        ours = {
            "NOTBEFORE_CONFIG": str(self.folder / "agent.conf"),
            "NOTBEFORE_IMDS": self.imds.url,
            "NOTBEFORE_SIGNALS": self.receiver.url,
            "NOTBEFORE_SPOOL": str(self.spool),
            "NOTBEFORE_HOOKS": str(self.hooks),
            "NOTBEFORE_POLL": "0.05",
            "NOTBEFORE_SYSLOG": str(self.folder / "log"),
            "NOTBEFORE_BOOT_ID": str(self.boot),
        }
        return os.environ | ours | self.more

    def start(self) -> subprocess.Popen[bytes]:
        """The agent, from now on."""
        with self.said.open("ab") as out:
            clocked = [str(CLOCKED), str(self.clock)] if self.clock.exists() else []
            command = [self.python, *self.flags, *clocked, str(AGENT)]
            self.agent = subprocess.Popen(command, env=self.environment(), stderr=out, stdout=out)  # noqa: S603 - ours
        return self.agent

    def once(self) -> int:
        """One run as cron starts it; the exit status."""
        with self.said.open("ab") as out:
            command = [self.python, str(AGENT), "--once"]
            return subprocess.run(command, env=self.environment(), stderr=out, check=False, timeout=60).returncode  # noqa: S603 - ours

    def kill(self) -> None:
        """As a power cut does it."""
        if self.agent is not None:
            self.agent.kill()
            self.agent.wait()
            self.agent = None

    def reboot(self, number: int) -> None:
        """Another boot id."""
        self.boot.write_text(f"00000000-0000-4000-8000-{number:012d}\n")

    def hook(self, name: str, text: str, mode: int = 0o755) -> Path:
        """A hook for the shell."""
        path = self.hooks / name
        path.write_text("#!/bin/sh\n" + text + "\n")
        path.chmod(mode)
        return path

    def lines(self) -> list[str]:
        """What came to syslog since the last look."""
        found = []
        while True:
            try:
                found.append(self.syslog.recv(65536).decode())
            except BlockingIOError:
                return found

    def progress(self) -> list[dict[str, Any]]:
        """What hooks and approvals came to."""
        return [one["data"] for one in self.receiver.of("runbook.progress")]

    def close(self) -> None:
        """Ends everything."""
        self.kill()
        self.imds.close()
        self.receiver.server.shutdown()
        self.receiver.server.server_close()
        self.syslog.close()


def until(holds: Callable[[], object], patience: float = PATIENCE) -> None:
    """Waits for it. Raises: AssertionError when it does not come."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
