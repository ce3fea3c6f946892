"""Agents and runbooks that speak of themselves: who is alive, who rebooted, how far a runbook is.

None of it is an event of a maintenance. A heartbeat is one row, written without a look; a reboot is compared with
what was known and told before it: the missed-notice detector. A runbook's step stands beside its story.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import datetime

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.pipeline.correlate import Announcements, TieRow
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.presence import LastDocument
from notbefore.ports import Put, Signal, Write
from notbefore.reading import UnreadableTime, parse_time, subscription_of
from notbefore.schema import UNKNOWN_SUBSCRIPTION, Story

log = logging.getLogger(__name__)

PARTITION = "reporters|"
_STEPS = "n|"
_LONGEST = 2_000


class Reporter(Struct, frozen=True, kw_only=True):
    """A machine's agent, as it last spoke. Times are UTC."""

    id: str
    name: str | None = None
    version: str | None = None
    boot_id: str | None = None
    seen_at: datetime


class Reboot(Struct, frozen=True, kw_only=True):
    """A machine's last reboot. `missed`: why nobody can have known of it; None when somebody had been told."""

    id: str
    boot_id: str | None = None
    at: datetime
    missed: str | None = None


class Step(Struct, frozen=True, kw_only=True):
    """What a runbook, or a hook in a machine, says it did."""

    runbook: str
    step: str
    state: str
    text: str
    machine: str | None = None
    at: datetime


class _Compute(Struct, frozen=True, rename="camel"):
    name: str | None = None
    resource_id: str | None = None


class _Agent(Struct, frozen=True, rename="camel"):
    version: str | None = None
    boot_id: str | None = None


class _Said(Struct, frozen=True, rename="camel"):
    compute: _Compute = _Compute()
    agent: _Agent = _Agent()
    runbook: str = ""
    step: str = ""
    state: str = ""
    text: str = ""
    event_id: str = ""
    subscription_id: str | None = None


class _Spoken(Struct, frozen=True):
    type: str
    source: str = ""
    time: str = ""
    data: _Said = _Said()


async def take(outside: Dependencies, signal: Signal) -> bool:
    """Keeps what an agent or runbook says of itself; False when the signal is nothing of the kind.

    The same signal again writes the same rows. Raises: StorageUnavailable.
    """
    if b"notbefore." not in signal.body:
        return False
    try:
        said = msgspec.json.decode(signal.body, type=_Spoken | list[_Spoken])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    kept = [await _one(outside, one, signal) for one in (said if isinstance(said, list) else [said])]
    return any(kept)


async def _one(outside: Dependencies, said: _Spoken, signal: Signal) -> bool:
    machine = (said.data.compute.resource_id or said.source).lower()
    partition = subscription_of(machine) or said.data.subscription_id or UNKNOWN_SUBSCRIPTION
    match said.type:
        case "notbefore.vm.heartbeat":
            reporter = Reporter(
                id=machine,
                name=said.data.compute.name,
                version=said.data.agent.version,
                boot_id=said.data.agent.boot_id,
                seen_at=signal.received_at,
            )
            await _keep(outside, partition, f"a|{rowkeys.digest(machine)}", reporter)
        case "notbefore.vm.rebooted":
            await _rebooted(outside, partition, machine, said, signal)
        case "notbefore.runbook.progress":
            await _progress(outside, partition, machine, said, signal)
        case _:
            return False
    return True


async def _rebooted(outside: Dependencies, partition: str, machine: str, said: _Spoken, signal: Signal) -> None:
    missed = await _missed(outside, partition, machine)
    if missed:
        log.warning("a machine of %s rebooted and nobody had been told: %s", partition, missed)
    boot = said.data.agent.boot_id
    reboot = Reboot(id=machine, boot_id=boot, at=_at(said, signal), missed=missed)
    await _keep(outside, partition, f"b|{rowkeys.digest(machine, boot or '')}", reboot)


async def _missed(outside: Dependencies, partition: str, machine: str) -> str | None:
    """Why nobody can have known, or None: some story of this machine has been told to somebody."""
    keys = [rowkeys.presence(machine), rowkeys.announced(machine)]
    rows = await outside.stories.get(partition, keys)
    ties, stories = [], []
    if row := rows.get(keys[0]):
        seen = msgspec.json.decode(row.body, type=LastDocument).seen
        ties = [rowkeys.tie("event_id", event.keys["event_id"]) for event in seen]
    if row := rows.get(keys[1]):
        stories = list(msgspec.json.decode(row.body, type=Announcements).stories)
    found = await outside.stories.get(partition, ties) if ties else {}
    stories += [msgspec.json.decode(row.body, type=TieRow).story for row in found.values()]
    heads = await outside.stories.get(partition, [rowkeys.head(story) for story in stories]) if stories else {}
    told = [msgspec.json.decode(row.body, type=Story) for row in heads.values()]
    if any(story.heard for story in told if not story.over):
        return None
    return "its maintenance was known, but nobody was told" if told else "no notice of it was known"


async def _progress(outside: Dependencies, partition: str, machine: str, said: _Spoken, signal: Signal) -> None:
    told = said.data
    key = rowkeys.tie("event_id", told.event_id)
    row = (await outside.stories.get(partition, [key])).get(key) if told.event_id else None
    if row is None:
        log.info("a runbook's step names no story that is known")
        return
    story = msgspec.json.decode(row.body, type=TieRow).story
    at = _at(said, signal)
    step = Step(
        runbook=told.runbook[:120], step=told.step[:120], state=told.state[:40], text=told.text[:_LONGEST],
        machine=machine or None, at=at,
    )  # fmt: skip
    where = f"{_STEPS}{story}|{rowkeys.stamp(at)}|{rowkeys.digest(machine, told.runbook, told.step)}"
    await outside.stories.commit(partition, [Write(Put.UPSERT, where, msgspec.json.encode(step))])


async def _keep(outside: Dependencies, partition: str, key: str, row: Struct) -> None:
    await outside.control.commit(PARTITION + partition, [Write(Put.UPSERT, key, msgspec.json.encode(row))])


def _at(said: _Spoken, signal: Signal) -> datetime:
    """When it says it was, but never after it arrived."""
    try:
        return min(parse_time(said.time) or signal.received_at, signal.received_at)
    except UnreadableTime:
        return signal.received_at


async def reporters(outside: Dependencies, subscription: str) -> AsyncIterator[Reporter]:
    """The agents of a subscription. Raises: StorageUnavailable."""
    async for row in outside.control.scan(PARTITION + subscription, *rowkeys.span("a|")):
        yield msgspec.json.decode(row.body, type=Reporter)


async def missed_reboots(outside: Dependencies, subscription: str) -> AsyncIterator[Reboot]:
    """Reboots that nobody had been told of. Raises: StorageUnavailable."""
    async for row in outside.control.scan(PARTITION + subscription, *rowkeys.span("b|")):
        reboot = msgspec.json.decode(row.body, type=Reboot)
        if reboot.missed:
            yield reboot


async def steps(outside: Dependencies, subscription: str, story: str) -> AsyncIterator[Step]:
    """What runbooks and hooks did about a story, the oldest first. Raises: StorageUnavailable."""
    async for row in outside.stories.scan(subscription, *rowkeys.span(f"{_STEPS}{story}|")):
        yield msgspec.json.decode(row.body, type=Step)
