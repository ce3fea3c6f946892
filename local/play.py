"""Playing the story to a running host."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import aiohttp

from local.machines import Machine
from local.scenario import Act, acts
from local.waiting import all_read

_PAUSE = 1.5
_TRIES = 20


async def play(url: str, storage: str, machines: Mapping[str, Machine], say: Callable[[str], None]) -> None:
    """The acts with small pauses: signals are posted, machines are told; each act is read before the next.

    Raises: OSError when a signal is not taken.
    """
    async with aiohttp.ClientSession() as session:
        for act in acts(lambda: datetime.now(UTC)):
            say(act.title)
            for signal in act.signals:
                await _post(session, url, signal)
            await _tell(machines, act)
            await all_read(storage)
            await asyncio.sleep(_PAUSE)


async def _tell(machines: Mapping[str, Machine], act: Act) -> None:
    """The metadata services show what the act says; back when the agents have passed it on."""
    if act.reboots:
        for machine in machines.values():
            await machine.reboots()
    for name, events in act.shown.items():
        await machines[name].reported()
        machines[name].shows(events)
    for name in act.shown:
        await machines[name].reported()


async def _post(session: aiohttp.ClientSession, url: str, signal: Any) -> None:  # noqa: ANN401 - JSON
    """Posts one signal; tries again while the host or its store is not there, as Azure would."""
    problem = ""
    for _ in range(_TRIES):
        try:
            async with session.post(f"{url}/signals", json=signal) as answer:
                if answer.status == 202:  # noqa: PLR2004 - accepted
                    return
                problem = f"{answer.status} {await answer.text()}"
        except aiohttp.ClientError as error:
            problem = str(error)
        await asyncio.sleep(1)
    raise OSError(f"a signal was not accepted: {problem}")
