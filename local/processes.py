"""Processes that are not our children, such as one left over from a run that was killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def alive(pid: int) -> bool:
    """Whether the process runs. A zombie, which only waits to be counted by its parent, does not."""
    if sys.platform == "win32":  # os.kill(pid, 0) would end it there
        return str(pid) in _output(["tasklist", "/FI", f"PID eq {pid}", "/NH"])
    with contextlib.suppress(ChildProcessError):  # it is nobody's of ours
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _zombie(pid)


def command_line(pid: int) -> str:
    """How the process was started, in one line; empty when that cannot be found out."""
    if sys.platform == "win32":
        query = f"(Get-CimInstance Win32_Process -Filter 'ProcessId={pid}').CommandLine"
        return _output(["powershell", "-NoProfile", "-Command", query])
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return _output(["ps", "-o", "command=", "-p", str(pid)])


def end(pid: int, seconds: float = 10.0) -> None:
    """Ends it gently, and by force after `seconds`; returns when it is gone."""
    ask_to_end(pid)
    if not _gone_within(pid, seconds):
        _signal(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)  # TERM is force there
        _gone_within(pid, seconds)


def ask_to_end(pid: int) -> None:
    """Asks it to end and does not wait."""
    _signal(pid, signal.SIGTERM)


def _gone_within(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _zombie(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state == "Z"


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""
