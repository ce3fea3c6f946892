"""Which story an event belongs to: equal keys first, then a resource that an announcement names.

Several stories that turn out to be one are merged: the oldest survives, the others point to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.pipeline.unit import Unit
from notbefore.ports import TRANSACTION_LIMIT
from notbefore.schema import Kind, MaintenanceEvent, ResourceState, Source, Story, Window
from notbefore.story import Tie, merge, opened, story_id, takes

ANNOUNCERS = frozenset({Source.SERVICE_HEALTH, Source.COMPUTE})
"""Sources that announce a maintenance of a resource days ahead; the others see it happen."""

JOINERS = frozenset({Source.SCHEDULED_EVENTS, *ANNOUNCERS})
_JOINING_KINDS = frozenset(
    {Kind.PLANNED_MAINTENANCE, Kind.HOST_MAINTENANCE, Kind.SELF_SERVICE_MAINTENANCE, Kind.UNKNOWN}
)
SLACK = timedelta(minutes=30)
"""How far outside an announced window a machine's own notice may lie."""

_HOPS = 10
_A_DAY = timedelta(days=1)


class TieRow(Struct, frozen=True):
    """A key's row: the story it belongs to, and the partition it has moved to from `unknown`."""

    story: str
    partition: str | None = None


class Announcements(Struct, frozen=True):
    """The newest stories that name one resource."""

    stories: tuple[str, ...] = ()


@dataclass(slots=True)
class Found:
    """The story of an event, before it is advanced. `reason` says how, when no key was equal."""

    story: Story
    missing: list[Tie] = field(default_factory=list)
    reason: str | None = None


async def find(unit: Unit, event: MaintenanceEvent, tied: Sequence[Tie], now: datetime) -> Found:
    """The event's story by its ties: found, merged of several, or newly opened. Raises: StorageUnavailable."""
    keys = {tie: rowkeys.tie(tie.kind, tie.value) for tie in tied}
    await unit.load(keys.values())
    stories: dict[str, Story] = {}
    missing = []
    for tie, key in keys.items():
        row = unit.get(key, TieRow)
        story = await survivor(unit, row.story) if row else None
        if story is None or not takes(story, tie, event):
            missing.append(tie)
        else:
            stories[story.id] = story
    reason = None
    announced = await _announced(unit, event, next(iter(stories.values()), None))
    if announced is not None and announced.id not in stories:
        stories[announced.id] = announced
        reason = f"{event.source} names a machine of this story, at a time within its window"
    if not stories:
        return Found(await _new(unit, tied[0], event, now), missing, None)
    oldest, *others = sorted(stories.values(), key=lambda story: (story.opened_at, story.id))
    for other in others:
        oldest = await _merge(unit, oldest, other)
    return Found(oldest, missing, reason)


async def survivor(unit: Unit, story_id: str) -> Story | None:
    """The story, of a merged one that into which it went; None when it is not there. Raises: StorageUnavailable."""
    for _ in range(_HOPS):
        key = rowkeys.head(story_id)
        await unit.load([key], certain=True)
        story = unit.get(key, Story)
        if story is None or story.merged_into is None:
            return story
        story_id = story.merged_into
    return None


async def _new(unit: Unit, first: Tie, event: MaintenanceEvent, now: datetime) -> Story:
    identity = story_id(unit.partition, first, event)
    await unit.load([rowkeys.head(identity)])
    return unit.get(rowkeys.head(identity), Story) or opened(identity, unit.partition, now, event)


def announces(event: MaintenanceEvent) -> Sequence[str]:
    """Rows in which this event's story is to be found by its resources."""
    if event.source in ANNOUNCERS and event.kind in _JOINING_KINDS and not event.test:
        return [rowkeys.announced(resource.key) for resource in event.resources if resource.id]
    return ()


async def _announced(unit: Unit, event: MaintenanceEvent, own: Story | None) -> Story | None:
    """The open story that names the event's machine for this time, if there is one besides the event's own."""
    if event.source not in JOINERS or event.kind not in _JOINING_KINDS or event.test:
        return None
    keys = [rowkeys.announced(resource.key) for resource in event.resources if resource.id]
    await unit.load(keys, certain=True)
    when = _time(event, own)
    for key in keys:
        for known in (unit.get(key, Announcements) or Announcements()).stories:
            story = await survivor(unit, known)
            if story is None or story.over or (own is not None and story.id == own.id):
                continue
            if _meet(when, story.window):
                return story
    return None


def _time(event: MaintenanceEvent, own: Story | None) -> Window:
    """When the event is to happen: by itself, by its story, else when it was observed.

    A machine's own notice is a moment; only what announces has a span.
    """
    known = event.window if event.window.not_before else own.window if own else Window()
    opens = known.not_before or event.occurred_at
    return Window(opens, known.not_after if event.source in ANNOUNCERS and known.not_before else opens)


def _meet(one: Window, announced: Window) -> bool:
    """Whether the two have a moment in common, give or take half an hour; a day when the end is unknown."""
    if one.not_before is None or announced.not_before is None:
        return False
    ends = one.not_after or one.not_before + _A_DAY
    closes = announced.not_after or announced.not_before + _A_DAY
    return one.not_before <= closes + SLACK and announced.not_before - SLACK <= ends


def announce(unit: Unit, key: str, story: Story) -> None:
    """Keeps the story as one that names the resource of this row, the newest eight."""
    known = (unit.get(key, Announcements) or Announcements()).stories
    if story.id not in known:
        unit.put(key, Announcements((*known, story.id)[-8:]))


async def _merge(unit: Unit, survivor: Story, other: Story) -> Story:
    """Takes the other story's resources and listeners over, and leaves a pointer in its place.

    Its keys lead here through the pointer. Of a story of more than a transaction the most urgent are taken.
    """
    theirs = await unit.scan(f"r|{other.id}|", ResourceState, TRANSACTION_LIMIT // 3)
    keys = {state.resource.key: rowkeys.resource(survivor.id, state.resource.key) for state in theirs}
    await unit.load(keys.values(), certain=True)
    mine = {name: state for name, key in keys.items() if (state := unit.get(key, ResourceState))}
    joined = merge(survivor, mine, other, theirs)
    for name, state in joined.states.items():
        unit.put(keys[name], state)
    unit.put(rowkeys.head(other.id), replace(other, merged_into=survivor.id))
    return joined.story
