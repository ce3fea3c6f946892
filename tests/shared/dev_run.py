"""`dev.py run` on a state directory of its own, for the tests that look at the product from outside."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0


class DevRun:
    """One `dev.py run` on a state directory of its own."""

    def __init__(self, state: Path, *arguments: str) -> None:
        self.state = state
        command = [sys.executable, str(ROOT / "dev.py"), "run", "--state", str(state), "--port", "0", *arguments]
        self.process = subprocess.Popen(command, cwd=state.parent, start_new_session=True)  # noqa: S603 - our own command

    @property
    def facts(self) -> dict[str, Any]:
        """What `run.json` says now; empty when it is not there."""
        try:
            facts: dict[str, Any] = json.loads((self.state / "run.json").read_text())
        except OSError:
            return {}
        return facts

    def answers(self) -> bool:
        """Whether the door of the host is open."""
        try:
            urllib.request.urlopen(self.facts["url"] + "/signals", timeout=5)  # noqa: S310 - our own loopback address
        except urllib.error.HTTPError:
            return True
        except (OSError, KeyError):
            return False
        return True

    def ready(self) -> DevRun:
        """Waits until the host answers."""
        wait_until(self.answers)
        return self

    def end(self, number: int) -> int:
        """Sends the signal and waits; the exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def wait_until(holds: Callable[[], object]) -> None:
    """Returns when it holds; fails when it does not in time."""
    until = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > until:
            pytest.fail(f"{holds} did not come true")
        time.sleep(0.05)
