"""Waiting until everybody who is to know has been told; and what is said of those who are not told yet."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from azure.core.exceptions import AzureError
from azure.storage.queue.aio import QueueClient

from notbefore.adapters.names import SIGNAL_QUEUE
from notbefore.schema import Verdict

_CALM = 4.0
"""Nothing waits and nothing has arrived for this long: what was asked for has been done."""
_PATIENCE = 120.0
_SOON = timedelta(minutes=1)
_RUN_BY_NOW = timedelta(seconds=10)
"""What was due so long ago is in the ledger, if it led to anything."""
_WAITS = frozenset({Verdict.DEFERRED, Verdict.GROUPED, Verdict.DIGESTED})
_SILENT = frozenset({Verdict.DUPLICATE, Verdict.NOT_ROUTED})
"""Decisions that leave an earlier one as it was."""
_ROUTES = "does a route hear of the story?"
_NAMED = 5


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


async def delivered(url: str, storage: str, watch: Watch, *, anything: bool) -> str:
    """Waits until all is delivered that is due within a minute; with `anything`, something must have been.

    Answers with what was not delivered and why, else with nothing.
    """
    until = time.monotonic() + _PATIENCE
    calm_since = time.monotonic()
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < until:
            missing = await _missing(session, url, storage, watch.since)
            if missing:
                calm_since = time.monotonic()
            elif time.monotonic() - max(calm_since, watch.last) > _CALM:
                return await _untold_of(session, url, watch, anything=anything)
            await asyncio.sleep(0.5)
        return (await _missing(session, url, storage, watch.since)) or "messages kept arriving"


async def _untold_of(session: aiohttp.ClientSession, url: str, watch: Watch, *, anything: bool) -> str:
    try:
        decisions = await _decisions(session, url, watch.since)
    except aiohttp.ClientError as error:
        return f"the host does not say what was decided: {error}"
    return later(decisions, datetime.now(UTC)) or (untold(decisions) if anything and not watch.arrived else "")


async def all_read(storage: str) -> None:
    """Waits until no signal is in the queue, so that what is sent next is also read next."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(AzureError):  # a store that is being started again
            if not await _unread(storage):
                return
        await asyncio.sleep(0.1)


async def _missing(session: aiohttp.ClientSession, url: str, storage: str, since: datetime) -> str:
    """What is due and has not been delivered, or could not be; nothing when there is no such thing.

    The audit, which costs the most to read, is asked only when the ledger has nothing to say.
    """
    try:
        unread = await _unread(storage)
        if unread:
            return f"{unread} signals are not read yet"
        waiting = await _deliveries(session, url, "waiting")
        dead = await _deliveries(session, url, "dead")
        dead = [one for one in dead if datetime.fromisoformat(one["created_at"]) >= since]
        if missing := [*owed(waiting, datetime.now(UTC)), *dead]:
            return "; ".join(
                f"{one['state']}: {one['channel']} to {one['audience']}, {one['occasion']}" for one in missing
            )
        decisions = await _decisions(session, url, since)
    except (aiohttp.ClientError, AzureError) as error:
        return f"the host does not say what waits: {error}"
    return "; ".join(map(_waiting, soon(decisions, datetime.now(UTC))))


def owed(waiting: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Of what waits, what somebody should have by now: no later reminder, but what failed, however late it is due."""
    return [one for one in waiting if one["attempts"] or datetime.fromisoformat(one["due_at"]) <= now + _SOON]


def soon(decisions: Iterable[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """What waits for a group or for quiet hours, and comes within a minute."""
    return [one for one in _last(decisions) if now - _RUN_BY_NOW < _due(one) <= now + _SOON]


def later(decisions: Iterable[dict[str, Any]], now: datetime) -> str:
    """Who is told of something only later, when and why; nothing when everybody was."""
    waiting = sorted((one for one in _last(decisions) if _due(one) > now + _SOON), key=_due)
    first = {one["audience"]: one for one in reversed(waiting)}
    return _listed("not all is delivered", [_waiting(one) for one in waiting if first[one["audience"]] is one])


def untold(decisions: Iterable[dict[str, Any]]) -> str:
    """Why nobody was told anything."""
    held = {one["audience"]: one for one in _last(decisions, frozenset(Verdict) - _WAITS - {Verdict.SENT})}
    said = [f"{name} was not told ({one['decision']}: {one['reason']})" for name, one in held.items()]
    return _listed("nothing was sent to anybody", said) or f"nothing was sent to anybody: {_ROUTES}"


def _last(decisions: Iterable[dict[str, Any]], wanted: frozenset[str] = _WAITS) -> list[dict[str, Any]]:
    """Of each audience and story the decision that stands, if it is of these; a repeat changes nothing."""
    news = (one for one in decisions if one["occasion"] == "news" and one["decision"] not in _SILENT)
    stands = {(one["audience"], one["story"]): one for one in sorted(news, key=lambda one: str(one["at"]))}
    return [one for one in stands.values() if one["decision"] in wanted]


def _due(decision: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(decision["due"])


def _waiting(decision: dict[str, Any]) -> str:
    due = f"{_due(decision):%Y-%m-%d %H:%M:%S} UTC"
    return f"{decision['audience']} is told at {due} ({decision['decision']}: {decision['reason']})"


def _listed(what: str, said: list[str]) -> str:
    more = [f"and {len(said) - _NAMED} more"] if len(said) > _NAMED else []
    return f"{what}: " + "; ".join([*said[:_NAMED], *more]) if said else ""


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


async def _decisions(session: aiohttp.ClientSession, url: str, since: datetime) -> list[dict[str, Any]]:
    """What was decided in this run, as the audit has it."""
    asked = {"since": since.isoformat(), "format": "jsonl"}
    async with session.get(f"{url}/audit", params=asked) as answer:
        answer.raise_for_status()
        lines = [json.loads(line) for line in (await answer.text()).splitlines()]
    return [one for one in lines if one["what"] == "decision"]
