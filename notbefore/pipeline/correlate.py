"""Which story an event belongs to: equal keys first, then a machine that another story names (`joining`).

Several stories that turn out to be one are merged: the oldest survives, the others point to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.pipeline.joining import Part, chosen, is_to_be_found, looks_at, part_of
from notbefore.pipeline.unit import Unit
from notbefore.schema import MaintenanceEvent, Resource, ResourceState, Story
from notbefore.story import Tie, merge, opened, story_id, takes

_HOPS = 10
_NEWEST = 8
"""Stories remembered for one machine."""

_MERGEABLE = 1_000
"""Resources that a merger takes over; a story with more of them is the one that survives."""


class TieRow(Struct, frozen=True):
    """A key's row: the story it belongs to, and the partition it has moved to from `unknown`."""

    story: str
    partition: str | None = None


class Announcements(Struct, frozen=True):
    """The newest stories that name one machine: what announces a maintenance of it, and what nobody announced."""

    stories: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


class Found(Struct):
    """The story of an event, before it is advanced. `reason` says how, when no key was equal."""

    story: Story
    missing: list[str]
    """Rows of those of its ties that do not lead here yet."""
    reason: str | None = None


async def find(unit: Unit, event: MaintenanceEvent, tied: Sequence[Tie], now: datetime) -> Found:
    """The event's story by its ties: found, merged of several, or newly opened. Raises: StorageUnavailable."""
    keys = [rowkeys.tie(tie.kind, tie.value) for tie in tied]
    await unit.load(keys)
    stories: dict[str, Story] = {}
    missing = []
    for tie, key in zip(tied, keys, strict=True):
        row = unit.get(key, TieRow)
        story = await survivor(unit, row.story) if row else None
        if story is None or not takes(story, tie, event):
            missing.append(key)
        else:
            stories[story.id] = story
    own = next(iter(stories.values()), None)
    machines = looks_at(event, own)
    others = await _naming(unit, event, machines, stories) if machines else []
    joined = chosen(event, own, others) if others else []
    stories |= {story.id: story for story in joined}
    reason = f"{event.source} names a machine of this story, at a time within its window" if joined else None
    if not stories:
        return Found(await _new(unit, tied[0], event, now), missing)
    first, *rest = sorted(stories.values(), key=seniority)
    for other in rest:
        first = await merged(unit, first, other)
    return Found(first, missing, reason)


def seniority(story: Story) -> tuple[bool, datetime, str]:
    """The oldest first, but for one with more machines than a merger can take over."""
    return story.resources_total <= _MERGEABLE, story.opened_at, story.id


async def _naming(
    unit: Unit, event: MaintenanceEvent, machines: Sequence[Resource], known: Mapping[str, Story]
) -> list[Story]:
    """Stories that name one of the machines and are not known yet. Raises: StorageUnavailable.

    An announcement also looks at what was seen before it.
    """
    keys = [rowkeys.announced(one.key) for one in machines]
    await unit.load(keys, certain=True)
    rows = [unit.get(key, Announcements) or Announcements() for key in keys]
    names = [name for row in rows for name in row.stories]
    if part_of(event) is Part.ANNOUNCES:
        names += [name for row in rows for name in row.seen]
    found: dict[str, Story] = {}
    for name in dict.fromkeys(names):
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


async def leave_word(unit: Unit, event: MaintenanceEvent, story: Story) -> None:
    """Keeps the story as one that names these machines, the newest few. Raises: StorageUnavailable.

    What announces and what was seen share a row, so that two that are written at once do not miss each other.
    """
    if not event.resources or not is_to_be_found(event, story):
        return
    keys = [rowkeys.announced(one.key) for one in event.resources if one.id]
    await unit.load(keys, certain=True)
    for key in keys:
        known = unit.get(key, Announcements) or Announcements()
        if part_of(event) is Part.SEES:
            unit.put(key, replace(known, seen=_with(known.seen, story.id)))
        else:
            unit.put(key, replace(known, stories=_with(known.stories, story.id)))


def _with(known: tuple[str, ...], story_id: str) -> tuple[str, ...]:
    return known if story_id in known else (*known, story_id)[-_NEWEST:]


async def merged(unit: Unit, survivor: Story, other: Story) -> Story:
    """Takes the other story's resources and listeners over, and leaves a pointer in its place.

    Its keys lead here through the pointer. A machine with two rows is known by its name as well as by its id.
    """
    rows = (await unit.scan(f"r|{other.id}|", ResourceState, _MERGEABLE)).values()
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
