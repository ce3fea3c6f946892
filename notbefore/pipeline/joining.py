"""Which other story an event belongs to where no key is equal: one that names its machine, for its time.

What announces a maintenance (Service Health, an instance view, a pending platform update) and what sees it happen (the
machine's own scheduled event, an operation that is the maintenance itself) are one story, whichever came first. Two
announcements with tracking ids of their own never are, and nothing that was seen joins a second announcement. An
operation of a person (a restart, a redeploy) that happens to fall into a window is no maintenance of Azure's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum

from notbefore.schema import Impact, InitiatedBy, Kind, MaintenanceEvent, Resource, Source, Story, Window

ANNOUNCERS = frozenset({Source.SERVICE_HEALTH, Source.COMPUTE, Source.MAINTENANCE_CONFIGURATION})
"""Sources that announce a maintenance of a resource days ahead."""

SLACK = timedelta(minutes=30)
"""How far outside an announced window a machine's own notice may lie."""

SELF_SERVICE = timedelta(days=45)
"""How long before Azure's window a person may have started it; Azure says typically 35 days, and does not promise."""

_KINDS = frozenset({Kind.PLANNED_MAINTENANCE, Kind.HOST_MAINTENANCE, Kind.SELF_SERVICE_MAINTENANCE, Kind.UNKNOWN})
_MOVES = frozenset({Impact.REBOOT, Impact.REDEPLOY})
"""What a maintenance does to a machine; the platform stops and reimages machines for other reasons."""

_A_DAY = timedelta(days=1)


class Part(Enum):
    """What an event says of a maintenance of its machines."""

    ANNOUNCES = "that it will be"
    SEES = "that it is"


def part_of(event: MaintenanceEvent) -> Part | None:
    """Its part; None for what never joins by a machine: tests, outages, patching, runs, operations of a person."""
    if event.test:
        return None
    if event.source is Source.ACTIVITY_LOG:
        moved = event.impact in _MOVES and event.initiated_by is InitiatedBy.PLATFORM
        return Part.SEES if moved or event.kind is Kind.SELF_SERVICE_MAINTENANCE else None
    if event.kind not in _KINDS:
        return None
    if event.source in ANNOUNCERS:
        return Part.ANNOUNCES
    return Part.SEES if event.source is Source.SCHEDULED_EVENTS else None


def looks_at(event: MaintenanceEvent, own: Story | None) -> list[Resource]:
    """Machines by which another story may be found.

    An announcement that names nobody looks for the machines that its story has by now.
    """
    part = part_of(event) if event.resources or own is not None else None
    if part is None or _is_settled(part, own):
        return []
    named = list(event.resources)
    if not named and part is Part.ANNOUNCES and own is not None and own.window != event.window:
        named = [state.resource for state in own.resources]
    return [resource for resource in named if resource.id]


def is_to_be_found(event: MaintenanceEvent, story: Story) -> bool:
    """Whether the event's story is to be found by its machines; what has joined an announcement is found by that."""
    part = part_of(event)
    return part is Part.ANNOUNCES or (part is Part.SEES and not _announced(story))


def chosen(event: MaintenanceEvent, own: Story | None, others: Sequence[Story]) -> list[Story]:
    """Those of the other stories that are the same maintenance, the nearest first."""
    part, when = part_of(event), _time(event, own)
    if part is None or when.not_before is None:
        return []
    tracking = _tracking(own) | ({event.keys["tracking_id"].lower()} if "tracking_id" in event.keys else set())
    sources = {event.source, *(own.sources if own else ())}
    taken: list[Story] = []
    for other in sorted(others, key=lambda one: _distance(when.not_before, one)):
        if not _fits(part, sources, other) or not _meets(event, when, other):
            continue
        theirs = _tracking(other)
        if tracking and theirs and tracking.isdisjoint(theirs):
            continue
        taken.append(other)
        if part is Part.SEES:
            break
        tracking |= theirs
    return taken


def _is_settled(part: Part, own: Story | None) -> bool:
    """What was seen has its announcement, or the story is over: nothing more is looked for."""
    return own is not None and (own.over or (part is Part.SEES and _announced(own)))


def _announced(story: Story) -> bool:
    return not ANNOUNCERS.isdisjoint(story.sources)


def _fits(part: Part, sources: set[Source], other: Story) -> bool:
    """One of the two announces, and pending updates of one machine are not one because they are near.

    An announcement that is over takes nothing in; what was seen to begin and end may be announced late.
    """
    if other.over and _announced(other):
        return False
    if other.kind not in _KINDS and _announced(other):
        return False
    if part is Part.SEES:
        return _announced(other)
    return {*sources, *other.sources} != {Source.MAINTENANCE_CONFIGURATION}


def _tracking(story: Story | None) -> set[str]:
    return {one.lower() for one in story.keys.get("tracking_id", ())} if story else set()


def _time(event: MaintenanceEvent, own: Story | None) -> Window:
    """When it is to happen: by itself, by its story; what was seen without a time, when it was observed.

    What was seen is a moment; only what announces has a span, and none without a window.
    """
    known = event.window if event.window.not_before else own.window if own else Window()
    if part_of(event) is Part.ANNOUNCES:
        return known
    opens = known.not_before or event.occurred_at
    return Window(opens, opens)


def _span(story: Story) -> Window:
    if _announced(story):
        return story.window
    moment = story.window.not_before or story.occurred_at
    return Window(moment, moment)


def _meets(event: MaintenanceEvent, when: Window, other: Story) -> bool:
    """At a common time; what a person started by performMaintenance lies before Azure's window."""
    span = _span(other)
    if event.source is Source.ACTIVITY_LOG and event.kind is Kind.SELF_SERVICE_MAINTENANCE:
        span = _earlier(span)
    elif other.kind is Kind.SELF_SERVICE_MAINTENANCE and not _announced(other):
        when = _earlier(when)
    return _meet(when, span)


def _earlier(window: Window) -> Window:
    return Window(window.not_before - SELF_SERVICE if window.not_before else None, _end(window))


def _end(window: Window) -> datetime | None:
    return window.not_after or (window.not_before + _A_DAY if window.not_before else None)


def _meet(one: Window, other: Window) -> bool:
    """Whether the two have a moment in common, give or take half an hour; a day when the end is unknown."""
    ends, closes = _end(one), _end(other)
    if one.not_before is None or other.not_before is None or ends is None or closes is None:
        return False
    return one.not_before <= closes + SLACK and other.not_before - SLACK <= ends


def _distance(opens: datetime | None, other: Story) -> tuple[timedelta, datetime, str]:
    span = _span(other).not_before
    return abs(span - opens) if span and opens else timedelta.max, other.opened_at, other.id
