"""Agents, as they last spoke. A heartbeat is one row, written without a look.

The door for signals needs this, so it knows neither stories nor who is told of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.reporters import spoken
from notbefore.pipeline.reporters.spoken import Spoken
from notbefore.ports import Put, Signal, Write
from notbefore.reading import UnreadableTime, parse_time

PARTITION = "reporters"
"""Of the table `control`; a row is a machine."""

SHIPPED = "1.0.0"
"""The agent's version that is shipped with this one."""

SILENT = timedelta(hours=3)
"""An agent speaks each hour; one that was not heard for so long is silent."""

_PROBLEMS, _PROBLEM = 5, 120
_RAREST = 7 * 86_400
"""Seconds; an agent that would speak more rarely is missed all the same."""


class Reporter(Struct, frozen=True, kw_only=True):
    """A machine's agent, as it last spoke. Times are UTC."""

    id: str
    name: str | None = None
    version: str | None = None
    boot_id: str | None = None
    booted_at: datetime | None = None
    every: float = 0
    """Seconds between two heartbeats, as the agent says; 0 when it does not."""
    problems: tuple[str, ...] = ()
    seen_at: datetime

    @property
    def called(self) -> str:
        """What a person calls it."""
        return self.name or self.id.rpartition("/")[2]

    @property
    def is_old(self) -> bool:
        """Whether its agent is older than the one that is shipped; one that does not say its version is."""
        return _order(self.version) < _order(SHIPPED)

    def is_silent(self, now: datetime) -> bool:
        """Whether it should have spoken since."""
        return now - self.seen_at > max(SILENT, timedelta(seconds=3 * self.every))


def _order(version: str | None) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else -1 for part in (version or "-").split(".")[:3])


async def alive(outside: Dependencies, signal: Signal) -> bool:
    """Keeps what is nothing but heartbeats; False, and nothing is kept, for all else. Raises: StorageUnavailable."""
    said = spoken.read(signal.body) if spoken.HEARTBEAT.encode() in signal.body else []
    if not said or any(one.kind != spoken.HEARTBEAT for one in said):
        return False
    for one in said:
        await keep(outside, one, signal)
    return True


async def keep(outside: Dependencies, said: Spoken, signal: Signal) -> None:
    """Keeps a heartbeat. Raises: StorageUnavailable."""
    told = said.data
    reporter = Reporter(
        id=said.machine,
        name=told.compute.name,
        version=told.agent.version,
        boot_id=told.agent.boot_id,
        booted_at=_booted(told.booted_at),
        every=min(max(told.every, 0), _RAREST),
        problems=tuple(f"{name}: {text}"[:_PROBLEM] for name, text in list(told.problems.items())[:_PROBLEMS]),
        seen_at=signal.received_at,
    )
    key = _key(said.subscription, said.machine)
    await outside.control.commit(PARTITION, [Write(Put.UPSERT, key, msgspec.json.encode(reporter))])


def _booted(text: str | None) -> datetime | None:
    try:
        return parse_time(text or "")
    except UnreadableTime:
        return None


def _key(subscription: str, machine: str) -> str:
    return f"{subscription}|{rowkeys.digest(machine)}"


async def reporters(outside: Dependencies, subscription: str = "") -> AsyncIterator[tuple[str, Reporter]]:
    """Agents with their subscriptions, of all of them by default. Raises: StorageUnavailable."""
    async for row in outside.control.scan(PARTITION, *rowkeys.span(f"{subscription}|" if subscription else "")):
        yield row.key.partition("|")[0], msgspec.json.decode(row.body, type=Reporter)


async def forget(outside: Dependencies, gone: Iterable[tuple[str, Reporter]]) -> None:
    """Agents that are not expected any more. Raises: StorageUnavailable."""
    for subscription, one in gone:
        await outside.control.commit(PARTITION, [Write(Put.DELETE, _key(subscription, one.id))])
