"""A story without a subscription lives in the partition `unknown`, and moves when a later key tells whose it is.

An event without one whose key only one subscription knows is of that subscription from the start.

It moves before the telling event is processed: head, resources and keys are copied under the same id, so who has
heard of it knows it; then the old place says where it went.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.errors import Conflict
from notbefore.pipeline.correlate import TieRow, merged, seniority, survivor
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.unit import Unit
from notbefore.schema import UNKNOWN_SUBSCRIPTION, MaintenanceEvent, ResourceState, Story
from notbefore.story import Tie, ties

LOOK = timedelta(minutes=1)
"""How long a process believes that the partition `unknown` is empty."""

AT_ONCE = 16
"""Subscriptions that are asked for a key at once."""

REMEMBERED = 10_000
"""Keys of which a process remembers where they live."""

RESOURCES = 60
"""Rows of resources that move with a story, by id and by name; without a subscription it comes from few machines."""


async def placed(outside: Dependencies, events: Iterable[MaintenanceEvent], now: datetime) -> list[MaintenanceEvent]:
    """The events, each with the subscription that its keys are known to have. Raises: StorageUnavailable."""
    known = list(events)
    if await _is_inhabited(outside, now):
        known = [await _by_the_unknown(outside, event, now) for event in known]
    return [
        event if event.subscription_id or event.test else await _by_subscriptions(outside, event, now)
        for event in known
    ]


async def _by_the_unknown(outside: Dependencies, event: MaintenanceEvent, now: datetime) -> MaintenanceEvent:
    """The event, after the story in `unknown` that it tells about has moved; or placed where that one went."""
    if event.test:
        return event
    tied = ties(event, now)
    unit = Unit(outside.stories, UNKNOWN_SUBSCRIPTION, outside.memory)
    keys = [rowkeys.tie(tie.kind, tie.value) for tie in tied]
    await unit.load(keys, certain=True)
    row = next((found for key in keys if (found := unit.get(key, TieRow))), None)
    if row is None:
        return event
    if event.subscription_id is None:
        return replace(event, subscription_id=row.partition)
    if row.partition is None:
        await _move(outside, row.story, event.subscription_id, tied)
    return event


async def _by_subscriptions(outside: Dependencies, event: MaintenanceEvent, now: datetime) -> MaintenanceEvent:
    """The event in the one subscription that knows a key of it; as it is when none does, or several."""
    keys = [rowkeys.tie(kind, value) for kind, value in event.keys.items() if value]
    unit = Unit(outside.stories, UNKNOWN_SUBSCRIPTION, outside.memory)
    await unit.load(keys, certain=True)
    if not keys or any(unit.has(key) for key in keys):
        return event
    homes = outside.unknown.homes
    home = next((homes[key] for key in keys if key in homes), None) or await _home(outside, keys, now)
    if home is None:
        return event
    if len(homes) >= REMEMBERED:
        homes.clear()
    homes |= dict.fromkeys(keys, home)
    return replace(event, subscription_id=home)


async def _home(outside: Dependencies, keys: Sequence[str], now: datetime) -> str | None:
    """The only subscription with one of the keys. A tracking id that several know tells nothing."""
    subscriptions = await _subscriptions(outside, now)
    homes: list[str] = []
    for at in range(0, len(subscriptions), AT_ONCE):
        asked = subscriptions[at : at + AT_ONCE]
        found = await gather(*(outside.stories.get(one, keys) for one in asked))
        homes += [one for one, rows in zip(asked, found, strict=True) if rows]
        if len(homes) > 1:
            return None
    return homes[0] if homes else None


async def _subscriptions(outside: Dependencies, now: datetime) -> tuple[str, ...]:
    """Those with stories, as they were a minute ago at most."""
    looked = outside.unknown
    if looked.listed_at is None or not looked.listed_at <= now < looked.listed_at + LOOK:
        names = [name async for name in outside.stories.partitions()]
        others = (UNKNOWN_SUBSCRIPTION, rowkeys.AUDIENCE)
        looked.subscriptions = tuple(name for name in names if not name.startswith(others))
        looked.listed_at = now
    return looked.subscriptions


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
    new = Unit(outside.stories, subscription, outside.memory, certain=True)
    head = rowkeys.head(story_id)
    await old.load([head])
    story = old.get(head, Story)
    if story is None or story.moved_to is not None:
        return
    keys = {rowkeys.tie(tie.kind, tie.value) for tie in tied}
    keys |= {rowkeys.tie(kind, value) for kind, values in story.keys.items() for value in values}
    others = await _copied(old, new, story, keys)
    await old.load(keys)
    old.put(head, replace(story, moved_to=subscription))
    for key in keys:
        old.put(key, TieRow(story_id, subscription))
    try:
        await new.commit()
        await old.commit()
        await _join(outside, subscription, story_id, others)
    except Conflict:
        return  # somebody else moves it just now; what follows finds it by its keys


async def _copied(old: Unit, new: Unit, story: Story, keys: Iterable[str]) -> set[str]:
    """Puts the story, its resources and its keys into their new place; the other stories that a key leads to there."""
    head = rowkeys.head(story.id)
    resources = await old.scan(f"r|{story.id}|", ResourceState, RESOURCES)
    await new.load([head, *keys, *resources])
    if not new.has(head):
        new.put(head, replace(story, subscription_id=new.partition))
        for key, state in resources.items():
            new.put(key, state)
        for key in keys:
            if not new.has(key):
                new.put(key, TieRow(story.id))
    return {row.story for key in keys if (row := new.get(key, TieRow))} - {story.id}


async def _join(outside: Dependencies, subscription: str, moved: str, known: Iterable[str]) -> None:
    """Makes one story of the one that has moved and those that its keys have led to all along."""
    for other in sorted(known):
        unit = Unit(outside.stories, subscription, outside.memory, certain=True)
        one, two = await survivor(unit, moved), await survivor(unit, other)
        if one is None or two is None or one.id == two.id:
            continue
        older, newer = sorted((one, two), key=seniority)
        await unit.load([rowkeys.head(older.id), rowkeys.head(newer.id)])
        unit.put(rowkeys.head(older.id), await merged(unit, older, newer))
        await unit.commit()
