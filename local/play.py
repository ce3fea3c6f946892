"""Playing the story to a running host, and waiting until everybody who is to know has been told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from azure.core.exceptions import AzureError
from azure.storage.queue.aio import QueueClient

from local.machines import Machine
from local.scenario import Act, acts
from notbefore.adapters.names import SIGNAL_QUEUE

_PAUSE = 1.5
_CALM = 4.0
"""Nothing waits and nothing has arrived for this long: what was asked for has been done."""
_PATIENCE = 120.0
_SOON = timedelta(minutes=1)
_TRIES = 20


@dataclass
class Watch:
    """What this run has seen: since when, how many messages arrived, and when the last one did."""

    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    arrived: int = 0
    last: float = field(default_factory=time.monotonic)

    def note(self) -> None:
        """One more."""
        self.arrived += 1
        self.last = time.monotonic()


async def play(url: str, machines: Mapping[str, Machine], say: Callable[[str], None]) -> None:
    """The acts with small pauses: signals are posted, machines are told. Raises: OSError when one is not taken."""
    async with aiohttp.ClientSession() as session:
        for act in acts(lambda: datetime.now(UTC)):
            say(act.title)
            for signal in act.signals:
                await _post(session, url, signal)
            await _tell(machines, act)
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


async def delivered(url: str, storage: str, watch: Watch, *, anything: bool) -> str:
    """Waits until all is delivered; with `anything`, something must have been.

    Answers with what is missing when that takes too long, else with nothing.
    """
    until = time.monotonic() + _PATIENCE
    calm_since = time.monotonic()
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < until:
            missing = await _missing(session, url, storage, watch.since)
            if missing:
                calm_since = time.monotonic()
            elif time.monotonic() - max(calm_since, watch.last) > _CALM:
                return (
                    ""
                    if watch.arrived or not anything
                    else "nothing was sent to anybody: does a route hear of the story?"
                )
            await asyncio.sleep(0.5)
        return (await _missing(session, url, storage, watch.since)) or "messages kept arriving"


async def _missing(session: aiohttp.ClientSession, url: str, storage: str, since: datetime) -> str:
    """What is due and has not been delivered, or could not be; nothing when there is no such thing."""
    try:
        unread = await _unread(storage)
        if unread:
            return f"{unread} signals are not read yet"
        waiting = await _deliveries(session, url, "waiting")
        dead = await _deliveries(session, url, "dead")
    except (aiohttp.ClientError, AzureError) as error:
        return f"the host does not say what waits: {error}"
    dead = [one for one in dead if datetime.fromisoformat(one["created_at"]) >= since]
    missing = [*owed(waiting, datetime.now(UTC)), *dead]
    return "; ".join(f"{one['state']}: {one['channel']} to {one['audience']}, {one['occasion']}" for one in missing)


def owed(waiting: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Of what waits, what somebody should have by now: no later reminder, but what failed, however late it is due."""
    return [one for one in waiting if one["attempts"] or datetime.fromisoformat(one["due_at"]) <= now + _SOON]


async def _unread(storage: str) -> int:
    """Signals in the queue, those being processed included."""
    async with QueueClient.from_connection_string(storage, SIGNAL_QUEUE) as queue:
        return int((await queue.get_queue_properties()).approximate_message_count or 0)


async def _deliveries(session: aiohttp.ClientSession, url: str, state: str) -> list[dict[str, Any]]:
    headers = {"Accept": "application/json"}
    async with session.get(f"{url}/deliveries", params={"state": state}, headers=headers) as answer:
        answer.raise_for_status()
        found: list[dict[str, Any]] = (await answer.json())["items"]
        return found
