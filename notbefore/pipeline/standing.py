"""What our stories say of what Azure lists: whether a signal has told it, and whether it is over already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from notbefore import rowkeys
from notbefore.pipeline.correlate import TieRow
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.unit import Unit
from notbefore.schema import PROGRESS, Kind, MaintenanceEvent, Phase, ResourceState, Source, Story, Window
from notbefore.story import ties

_HOPS = 10


@dataclass(frozen=True, slots=True)
class Standing:
    """An event that Azure lists, the story it belongs to, and where that story has its resources."""

    event: MaintenanceEvent
    story: Story | None
    states: tuple[ResourceState | None, ...] = ()

    @property
    def told(self) -> bool:
        """Whether the story has all of it, prose aside: the list is shorter than the message that was pushed."""
        story, event = self.story, self.event
        if story is None or _opened_again(story, event):
            return False
        if not event.resources:
            return _within(event, story.phase, story.window)
        return all(state is not None and _within(event, state.phase, state.window) for state in self.states)

    @property
    def over(self) -> bool:
        """Whether nothing more is expected, by what we know; an event without a story is over as well."""
        if self.story is None or self.story.over:
            return True
        return bool(self.states) and all(state is not None and state.over for state in self.states)


def _within(event: MaintenanceEvent, phase: Phase, window: Window) -> bool:
    return PROGRESS[event.phase] <= PROGRESS[phase] and event.window in {Window(), window}


def _opened_again(story: Story, event: MaintenanceEvent) -> bool:
    """Service Health dates its word; a later one that is not the end goes on after the end."""
    if event.source is not Source.SERVICE_HEALTH or event.kind is Kind.UNKNOWN:
        return False
    return (
        story.over and 0 < PROGRESS[event.phase] < PROGRESS[Phase.COMPLETED] and event.occurred_at > story.occurred_at
    )


async def standings(
    outside: Dependencies, partition: str, events: Sequence[MaintenanceEvent], now: datetime
) -> list[Standing]:
    """Where each of these events of one subscription stands, in their order. Raises: StorageUnavailable."""
    unit = Unit(outside.stories, partition, outside.memory, certain=True)
    tied = [[rowkeys.tie(tie.kind, tie.value) for tie in ties(event, now)] for event in events]
    await unit.load({key for keys in tied for key in keys})
    pointed = [next((row.story for key in keys if (row := unit.get(key, TieRow))), None) for keys in tied]
    stories = await survivors(unit, {story for story in pointed if story})
    found = [stories.get(name or "") for name in pointed]
    wanted = [_rows(story, event) for story, event in zip(found, events, strict=True)]
    await unit.load({key for keys in wanted for key in keys})
    return [
        Standing(event, story, tuple(unit.get(key, ResourceState) for key in keys))
        for event, story, keys in zip(events, found, wanted, strict=True)
    ]


def _rows(story: Story | None, event: MaintenanceEvent) -> list[str]:
    return [rowkeys.resource(story.id, resource.key) for resource in event.resources] if story else []


async def survivors(unit: Unit, names: Iterable[str]) -> dict[str, Story]:
    """Stories by the id that pointed to them, through their mergers."""
    leads = {name: name for name in names}
    for _ in range(_HOPS):
        await unit.load({rowkeys.head(name) for name in leads.values()})
        heads = {name: unit.get(rowkeys.head(lead), Story) for name, lead in leads.items()}
        moved = {name: head.merged_into for name, head in heads.items() if head and head.merged_into}
        if not moved:
            return {name: head for name, head in heads.items() if head}
        leads |= moved
    return {}
