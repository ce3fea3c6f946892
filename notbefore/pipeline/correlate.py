"""Which story an event belongs to: equal keys first, then a machine that another story names (`joining`).

Several stories that turn out to be one are merged: the oldest survives, the others point to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.pipeline.joining import chosen, looks_in
from notbefore.pipeline.unit import Unit
from notbefore.ports import TRANSACTION_LIMIT
from notbefore.schema import MaintenanceEvent, ResourceState, Story
from notbefore.story import Tie, merge, opened, story_id, takes

_HOPS = 10
_NEWEST = 8
"""Stories remembered for one machine."""

_MERGEABLE = TRANSACTION_LIMIT // 3
"""Resources that a merger takes over."""


class TieRow(Struct, frozen=True):
    """A key's row: the story it belongs to, and the partition it has moved to from `unknown`."""

    story: str
    partition: str | None = None


class Announcements(Struct, frozen=True):
    """The newest stories that name one machine."""

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
    own = next(iter(stories.values()), None)
    others = await _naming(unit, looks_in(event, own), stories)
    joined = chosen(event, own, others) if others else []
    stories |= {story.id: story for story in joined}
    reason = f"{event.source} names a machine of this story, at a time within its window" if joined else None
    if not stories:
        return Found(await _new(unit, tied[0], event, now), missing, None)
    first, *rest = sorted(stories.values(), key=seniority)
    for other in rest:
        first = await merged(unit, first, other)
    return Found(first, missing, reason)


def seniority(story: Story) -> tuple[bool, datetime, str]:
    """The oldest first, but for one with more machines than a merger can take over."""
    return story.resources_total <= _MERGEABLE, story.opened_at, story.id


async def _naming(unit: Unit, keys: Sequence[str], known: Mapping[str, Story]) -> list[Story]:
    """The stories in these rows that are not known yet. Raises: StorageUnavailable."""
    await unit.load(keys, certain=True)
    found: dict[str, Story] = {}
    for name in [name for key in keys for name in (unit.get(key, Announcements) or Announcements()).stories]:
        story = await survivor(unit, name)
        if story is not None and story.id not in known:
            found[story.id] = story
    return list(found.values())


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


def announce(unit: Unit, key: str, story: Story) -> None:
    """Keeps the story as one that names the machine of this row, the newest few."""
    known = (unit.get(key, Announcements) or Announcements()).stories
    if story.id not in known:
        unit.put(key, Announcements((*known, story.id)[-_NEWEST:]))


async def merged(unit: Unit, survivor: Story, other: Story) -> Story:
    """Takes the other story's resources and listeners over, and leaves a pointer in its place.

    Its keys lead here through the pointer. A machine with two rows is known by its name as well as by its id. Of a
    story of more than a transaction not all are taken.
    """
    rows = await unit.scan(f"r|{other.id}|", ResourceState, _MERGEABLE)
    theirs = {state.resource.key: state for state in sorted(rows, key=lambda state: state.occurred_at)}
    named = Counter(state.resource.key for state in rows)
    keys = {name: rowkeys.resource(survivor.id, name) for name in theirs}
    await unit.load(keys.values(), certain=True)
    mine = {name: state for name, key in keys.items() if (state := unit.get(key, ResourceState))}
    joined = merge(survivor, mine, other, list(theirs.values()))
    for name, state in joined.states.items():
        unit.put(keys[name], state)
        if named[name] > 1 and state.resource.name:
            unit.put(rowkeys.resource(survivor.id, state.resource.name.lower()), state, always=True)
    unit.put(rowkeys.head(other.id), replace(other, merged_into=survivor.id))
    return joined.story
