"""The missed-notice detector: a reboot that an agent saw, beside the notices that went out before it.

A reboot from inside the machine is missed too: nothing outside can tell it from one that Azure did not announce.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.pipeline.correlate import Announcements, TieRow
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.presence import LastDocument
from notbefore.pipeline.reporters.spoken import Spoken, moment, said_at
from notbefore.pipeline.standing import survivors
from notbefore.pipeline.unit import Unit
from notbefore.ports import Put, Signal, Write
from notbefore.schema import DeliveryState, Phase, Story

log = logging.getLogger(__name__)

PARTITION = "reboots"
"""Of the table `control`; a row is a boot of a machine."""

SLACK = timedelta(minutes=30)
"""How far outside an announced window a reboot still belongs to it."""

_EVENTS = 20


class Reboot(Struct, frozen=True, kw_only=True):
    """A machine's reboot. `missed`: why nobody can have known of it; None when somebody had been told."""

    id: str
    name: str | None = None
    boot_id: str | None = None
    at: datetime
    missed: str | None = None

    @property
    def called(self) -> str:
        """What a person calls the machine."""
        return self.name or self.id.rpartition("/")[2]


class _Sent(Struct, frozen=True):
    state: DeliveryState
    sent_at: datetime | None = None


async def keep(outside: Dependencies, said: Spoken, signal: Signal) -> None:
    """Judges the reboot and keeps it. Raises: StorageUnavailable."""
    at = moment(said.data.booted_at, signal) if said.data.booted_at else said_at(said, signal)
    missed = await _missed(outside, said, at)
    if missed:
        log.warning("a machine of %s rebooted and nobody had been told: %s", said.subscription, missed)
    boot = said.data.agent.boot_id
    reboot = Reboot(id=said.machine, name=said.data.compute.name, boot_id=boot, at=at, missed=missed)
    key = f"{said.subscription}|{rowkeys.digest(said.machine, boot or '')}"
    await outside.control.commit(PARTITION, [Write(Put.UPSERT, key, msgspec.json.encode(reboot))])


async def _missed(outside: Dependencies, said: Spoken, at: datetime) -> str | None:
    """Why nobody can have known, or None: a message about this reboot went out before it."""
    unit = Unit(outside.stories, said.subscription, outside.memory, certain=True)
    stories = await _stories(unit, said, at)
    if not stories:
        return "no notice of it was known"
    if all(story.opened_at > at for story in stories):
        return "its notice came only after it"
    for story in stories:
        if await _told(outside, story, at):
            return None
    return "its maintenance was known, but nobody was told before it"


async def _stories(unit: Unit, said: Spoken, at: datetime) -> list[Story]:
    """Those of the machine's own scheduled events, and those that announce a maintenance of it at that time."""
    last, announced = rowkeys.presence(said.machine), rowkeys.announced(said.machine)
    await unit.load([last, announced])
    document = unit.get(last, LastDocument)
    events = {event.keys["event_id"].lower() for event in document.seen} if document else set()
    events |= {one.event_id.lower() for one in said.data.known[:_EVENTS] if one.event_id}
    ties = [rowkeys.tie("event_id", event_id) for event_id in events]
    await unit.load(ties)
    own = {row.story for key in ties if (row := unit.get(key, TieRow))}
    known = (unit.get(announced, Announcements) or Announcements()).stories
    found = await survivors(unit, {*own, *known})
    return _distinct(story for name, story in found.items() if name in own or _speaks_of(story, at))


def _distinct(stories: Iterable[Story]) -> list[Story]:
    return list({story.id: story for story in stories}.values())


def _speaks_of(story: Story, at: datetime) -> bool:
    """Whether an announcement means this time: it was going on, or its window was open."""
    if story.phase is Phase.STARTED:
        return True
    opens, closes = story.window.not_before, story.window.not_after
    return opens is not None and opens - SLACK <= at <= (closes or opens + timedelta(days=1)) + SLACK


async def _told(outside: Dependencies, story: Story, at: datetime) -> bool:
    """Whether a message about the story had been sent by then. What went into a digest counts as told."""
    if any(heard.digested and heard.first_at <= at for heard in story.heard.values()):
        return True
    async for row in outside.stories.scan(story.subscription_id, *rowkeys.span(f"d|{story.id}|")):
        sent = msgspec.json.decode(row.body, type=_Sent)
        if sent.state is DeliveryState.SENT and sent.sent_at is not None and sent.sent_at <= at:
            return True
    return False


async def reboots(outside: Dependencies, subscription: str = "") -> AsyncIterator[tuple[str, Reboot]]:
    """Reboots with their subscriptions, of all of them by default. Raises: StorageUnavailable."""
    async for row in outside.control.scan(PARTITION, *rowkeys.span(f"{subscription}|" if subscription else "")):
        yield row.key.partition("|")[0], msgspec.json.decode(row.body, type=Reboot)


async def missed_reboots(outside: Dependencies, subscription: str) -> AsyncIterator[tuple[str, Reboot]]:
    """Those of them that nobody had been told of. Raises: StorageUnavailable."""
    async for name, reboot in reboots(outside, subscription):
        if reboot.missed:
            yield name, reboot


async def forget(outside: Dependencies, keys: Iterable[tuple[str, Reboot]]) -> None:
    """Reboots that are history. Raises: StorageUnavailable."""
    for subscription, one in keys:
        key = f"{subscription}|{rowkeys.digest(one.id, one.boot_id or '')}"
        await outside.control.commit(PARTITION, [Write(Put.DELETE, key)])
