"""A story without a subscription lives in the partition `unknown`, and moves when a later key tells whose it is.

It moves before the telling event is processed: head, resources and keys are copied under the same id, so who has
heard of it knows it; then the old place says where it went.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.errors import Conflict
from notbefore.pipeline.correlate import TieRow
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.unit import Unit
from notbefore.schema import UNKNOWN_SUBSCRIPTION, MaintenanceEvent, ResourceState, Story
from notbefore.story import Tie, ties

LOOK = timedelta(minutes=1)
"""How long a process believes that the partition `unknown` is empty."""

RESOURCES = 60
"""Resources that move with a story; one without a subscription comes from few machines."""


async def placed(outside: Dependencies, events: Iterable[MaintenanceEvent], now: datetime) -> list[MaintenanceEvent]:
    """The events, each with the subscription that its keys are known to have. Raises: StorageUnavailable."""
    known = list(events)
    if not await _is_inhabited(outside, now):
        return known
    moved = []
    for event in known:
        tied = ties(event, now)
        unit = Unit(outside.stories, UNKNOWN_SUBSCRIPTION, outside.memory)
        keys = [rowkeys.tie(tie.kind, tie.value) for tie in tied]
        await unit.load(keys, certain=True)
        row = next((found for key in keys if (found := unit.get(key, TieRow))), None)
        if row is None or event.test:
            moved.append(event)
        elif event.subscription_id is None:
            moved.append(replace(event, subscription_id=row.partition))
        else:
            if row.partition is None:
                await _move(outside, row.story, event.subscription_id, tied)
            moved.append(event)
    return moved


async def _is_inhabited(outside: Dependencies, now: datetime) -> bool:
    looked = outside.unknown
    if not looked.inhabited and (looked.at is None or not looked.at <= now < looked.at + LOOK):
        looked.at = now
        async for _ in outside.stories.scan(UNKNOWN_SUBSCRIPTION, *rowkeys.span("k|")):
            looked.inhabited = True
            break
    return looked.inhabited


async def _move(outside: Dependencies, story_id: str, subscription: str, tied: Iterable[Tie]) -> None:
    """Copies the story, then marks where it was. Done twice it changes nothing. Raises: StorageUnavailable."""
    old = Unit(outside.stories, UNKNOWN_SUBSCRIPTION, outside.memory, certain=True)
    head = rowkeys.head(story_id)
    own = {rowkeys.tie(tie.kind, tie.value) for tie in tied}
    await old.load([head, *own])
    story = old.get(head, Story)
    if story is None or story.moved_to is not None:
        return
    own |= {rowkeys.tie(kind, value) for kind, values in story.keys.items() for value in values}
    await old.load(own)
    states = await old.scan(f"r|{story_id}|", ResourceState, RESOURCES)
    new = Unit(outside.stories, subscription, outside.memory, certain=True)
    resources = {rowkeys.resource(story_id, state.resource.key): state for state in states}
    await new.load([head, *own, *resources])
    if not new.has(head):
        new.put(head, replace(story, subscription_id=subscription))
        for key, state in resources.items():
            new.put(key, state)
        for key in own:
            if not new.has(key):
                new.put(key, TieRow(story_id))
    old.put(head, replace(story, moved_to=subscription))
    for key in own:
        old.put(key, TieRow(story_id, subscription))
    try:
        await new.commit()
        await old.commit()
    except Conflict:
        return  # somebody else moves it just now; what follows finds it by its keys
