"""Ends that nobody announces: what a reporter's next document no longer holds.

Gone while Scheduled is canceled, gone after Started is completed. After a reboot only what had started is
judged: the machine that came back says that it is done, and nothing of what was merely scheduled.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from notbefore.schema import MaintenanceEvent, Phase, Presence, Resource, Severity


class LastDocument(Struct, frozen=True, kw_only=True):
    """A reporter's newest document."""

    boot_id: str
    incarnation: int
    at: datetime
    seen: tuple[MaintenanceEvent, ...] = ()
    """Its events as last shown, without their prose."""


_JUDGED = {Phase.SCHEDULED: Phase.CANCELED, Phase.STARTED: Phase.COMPLETED}


def is_stale(last: LastDocument | None, now: Presence) -> bool:
    """Whether a newer document of the same boot is known: an older one opens nothing."""
    return last is not None and last.boot_id == now.boot_id and now.incarnation < last.incarnation


def gone(last: LastDocument | None, now: Presence, events: Sequence[MaintenanceEvent]) -> list[MaintenanceEvent]:
    """The ends that follow from what is no longer there: events, and machines that an event no longer names."""
    if last is None or (last.boot_id == now.boot_id and now.incarnation <= last.incarnation):
        return []
    rebooted = last.boot_id != now.boot_id
    there = {event.keys.get("event_id", "").lower(): event for event in events}
    unread = {event_id.lower() for event_id in now.event_ids} - there.keys()
    ended = []
    for event in last.seen:
        event_id = event.keys["event_id"].lower()
        judged = event.phase in _JUDGED and not (rebooted and event.phase is Phase.SCHEDULED)
        if not judged or event_id in unread:
            continue
        if event_id not in there:
            ended.append(_end(event, now))
        elif left := _left_out(event, there[event_id]):
            ended.append(_end(replace(event, resources=left), now))
    return ended


def _left_out(before: MaintenanceEvent, now: MaintenanceEvent) -> tuple[Resource, ...]:
    """Machines that the event named and names no longer; an event that names nobody says nothing of anybody."""
    named = {_name(resource) for resource in now.resources}
    return tuple(resource for resource in before.resources if _name(resource) not in named) if named else ()


def _name(resource: Resource) -> str:
    """As IMDS calls it: only a machine's own reporter knows its id."""
    return (resource.name or resource.key).lower()


def _end(event: MaintenanceEvent, now: Presence) -> MaintenanceEvent:
    at = max(event.occurred_at, now.at)
    return taken_as(_JUDGED[event.phase], event, "No longer in the machine's document", at)


def taken_as(phase: Phase, event: MaintenanceEvent, why: str, at: datetime) -> MaintenanceEvent:
    """The end that nobody announced, judged from the event that is gone."""
    return replace(
        event,
        id=f"{event.id}:gone:{phase}",
        phase=phase,
        severity=Severity.INFORMATIONAL,
        text=f"{why}: taken as {phase}.",
        occurred_at=at,
    )


def document(last: LastDocument | None, now: Presence, events: list[MaintenanceEvent]) -> LastDocument:
    """What to remember of this document. An event that shows no status keeps the one it had."""
    before = {event.keys["event_id"].lower(): event for event in last.seen} if last else {}
    there = {event_id.lower() for event_id in now.event_ids}
    seen = []
    for event in events:
        event_id = event.keys.get("event_id", "").lower()
        if event_id in there:
            known = before.get(event_id)
            kept = known if known is not None and event.phase not in _JUDGED else event
            seen.append(replace(kept, text="", warnings=()))
    return LastDocument(boot_id=now.boot_id, incarnation=now.incarnation, at=now.at, seen=tuple(seen))
