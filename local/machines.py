"""The two machines of the played story: a metadata service each, and the real agent beside it, as in a VM."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from local.agent import AGENT
from local.cache import ROOT
from local.imds import Imds

_HOOK = AGENT.parent / "hooks" / "10-drain"
_PATIENCE = 30.0
_GENTLE = 5.0


class Machine:
    """One machine: what it is told, and the agent that passes it on. Everything of it lies in one folder."""

    def __init__(self, folder: Path, name: str, signals: str) -> None:
        self.name = name
        self._folder, self._signals = folder, signals
        self._imds = Imds(name)
        self._imds.incarnation = int(time.time())  # a later run goes on where an earlier one was
        self._process: asyncio.subprocess.Process | None = None
        folder.mkdir(parents=True, exist_ok=True)
        if not self._boot.exists():
            self._boots()
        if sys.platform == "linux":  # hooks are a thing of the machines that the agent is made for
            self._take_a_hook()

    @property
    def _boot(self) -> Path:
        return self._folder / "boot_id"

    def shows(self, events: Sequence[Mapping[str, Any]]) -> None:
        """From now on the metadata service shows these events."""
        self._imds.change(list(events))

    async def start(self) -> None:
        """The agent runs. Raises: OSError when it cannot."""
        with (self._folder / "agent.log").open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "local.agent",
                cwd=ROOT,
                env=self._environment(),
                stdin=asyncio.subprocess.PIPE,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    async def reported(self) -> None:
        """Until the agent has sent what is shown. Raises: OSError when it does not."""
        until = time.monotonic() + _PATIENCE
        while not self._is_sent():
            if time.monotonic() > until:
                raise OSError(f"the agent of {self.name} does not report; {self._folder / 'agent.log'} may say why")
            await asyncio.sleep(0.1)

    async def reboots(self) -> None:
        """The machine goes down and comes back: another boot, the same disk."""
        await self._end_agent()
        self._boots()
        await self.start()

    async def stop(self) -> None:
        """Agent and metadata service are over."""
        await self._end_agent()
        await asyncio.to_thread(self._imds.close)

    def _is_sent(self) -> bool:
        spool = self._folder / "spool"
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            state = json.loads((spool / "state.json").read_text(encoding="utf-8"))
            seen = state["document"]["DocumentIncarnation"] == self._imds.incarnation
            return seen and state["boot"] == self._boot.read_text().strip() and not list(spool.glob("0*.json"))
        return False

    def _environment(self) -> dict[str, str]:
        ours = {
            "CONFIG": str(self._folder / "none"),
            "IMDS": self._imds.url,
            "SIGNALS": self._signals,
            "KEY": "",
            "TOKEN": "",
            "SPOOL": str(self._folder / "spool"),
            "HOOKS": str(self._folder / "hooks"),
            "APPROVE": "",
            "POLL": "0.25",
            "SYSLOG": "",
            "BOOT_ID": str(self._boot),
        }
        return os.environ | {f"NOTBEFORE_{name}": value for name, value in ours.items()}

    def _boots(self) -> None:
        self._boot.write_text(f"{uuid.uuid4()}\n")

    def _take_a_hook(self) -> None:
        """The example that drains, with a file of this machine's own; nobody else may write it."""
        hooks = self._folder / "hooks"
        hooks.mkdir(exist_ok=True)
        hooks.chmod(0o755)
        text = _HOOK.read_text(encoding="utf-8").replace("/run/notbefore/drain\n", f"'{self._folder / 'drain'}'\n", 2)
        (hooks / _HOOK.name).write_text(text, encoding="utf-8")
        (hooks / _HOOK.name).chmod(0o755)

    async def _end_agent(self) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), _GENTLE)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._process = None


@asynccontextmanager
async def machines(folder: Path, names: Sequence[str], signals: str) -> AsyncIterator[dict[str, Machine]]:
    """The machines with their agents, for as long as they are wanted. Raises: OSError when one does not speak."""
    there = {name: Machine(folder / name, name, signals) for name in names}
    try:
        for machine in there.values():
            await machine.start()
        for machine in there.values():
            await machine.reported()
        yield there
    finally:
        for machine in there.values():
            await machine.stop()
