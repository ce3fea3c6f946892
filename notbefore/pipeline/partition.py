"""One signal's events in one subscription: advance their stories, decide, write all of it at once.

A large signal is several transactions, each whole in itself. Events of one story stand together, and who is
told of it is decided with the last of them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.pipeline.attempts import committed
from notbefore.pipeline.correlate import TieRow, find, leave_word
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.farewell import part
from notbefore.pipeline.holds import note_inhibitors
from notbefore.pipeline.presence import LastDocument, document, gone, is_stale
from notbefore.pipeline.telling.shares import note_shares
from notbefore.pipeline.telling.telling import Telling, let_go, tell
from notbefore.pipeline.unit import Unit
from notbefore.pipeline.wanted import want
from notbefore.ports import Signal
from notbefore.schema import MaintenanceEvent, Place, Presence, ResourceFacts, ResourceState, Story
from notbefore.story import Tie, advance, needed, place_of, placed, ties

log = logging.getLogger(__name__)

ROWS = 60
"""Rows of a transaction that events may take; the rest is for deliveries and decisions."""

RESOURCES = 20
"""Resources of one event that are written at once."""


class Work(Struct):
    """What one signal says about one subscription."""

    events: list[MaintenanceEvent] = field(default_factory=list)
    presence: list[Presence] = field(default_factory=list)
    facts: list[ResourceFacts] = field(default_factory=list)


class Arrival(Struct, frozen=True):
    """An event, what ties it to others, and whether it is the last of its story in this signal."""

    event: MaintenanceEvent
    ties: tuple[Tie, ...]
    story: int
    last: bool


async def advance_partition(outside: Dependencies, partition: str, work: Work, signal: Signal) -> list[Telling]:
    """What each transaction led to. Raises: StorageUnavailable; Conflict after many tries."""
    tellings: list[Telling] = []
    first = True
    for slice_ in slices(arrivals(work.events, signal.received_at)):
        tellings.append(await _write(outside, partition, slice_, work if first else Work(), signal))
        first = False
    if first and (work.presence or work.facts):
        tellings.append(await _write(outside, partition, [], work, signal))
    return tellings


def arrivals(events: list[MaintenanceEvent], received: datetime) -> list[Arrival]:
    """Events that share a key stand together, each story's in the order in which they were observed."""
    if len(events) == 1 and len(events[0].resources) <= RESOURCES:  # nearly every signal
        return [Arrival(events[0], ties(events[0], received), 0, last=True)]
    groups: dict[object, int] = {}
    numbered = []
    for number, event in enumerate(events):
        tied = ties(event, received)
        known = {groups[tie] for tie in tied if tie in groups}
        group = min(known, default=number)
        for tie, other in groups.items() if len(known) > 1 else ():
            groups[tie] = group if other in known else other
        groups.update(dict.fromkeys(tied, group))
        numbered.append((event, tied))
    whole = [(groups[tied[0]], part, tied) for event, tied in numbered for part in _parts(event)]
    whole.sort(key=lambda one: (one[0], one[1].occurred_at))
    following = [group for group, _, _ in whole[1:]]
    return [
        Arrival(event, tied, group, group != after)
        for (group, event, tied), after in zip(whole, [*following, -1], strict=False)
    ]


def _parts(event: MaintenanceEvent) -> Iterator[MaintenanceEvent]:
    if len(event.resources) <= RESOURCES:
        yield event
        return
    for start in range(0, len(event.resources), RESOURCES):
        part = event.resources[start : start + RESOURCES]
        yield replace(event, id=f"{event.id}#{start}" if start else event.id, resources=part)


def slices(whole: list[Arrival]) -> Iterator[list[Arrival]]:
    """What goes in one transaction."""
    part: list[Arrival] = []
    rows = 0
    for arrival in whole:
        cost = 2 + len(arrival.event.keys) + 2 * len(arrival.event.resources) + 6 * arrival.last
        if part and rows + cost > ROWS:
            yield part
            part, rows = [], 0
        part.append(arrival)
        rows += cost
    if part:
        yield part


async def _write(outside: Dependencies, partition: str, slice_: list[Arrival], work: Work, signal: Signal) -> Telling:
    """One slice, tried until nobody came between. The first try trusts what this process remembers."""
    names = [f"{partition} {tie.kind} {tie.value.lower()}" for one in slice_ for tie in one.ties]
    names += [f"{partition} {presence.reporter}" for presence in work.presence]
    async with outside.locks.held(names):
        telling, etags, encoded = await committed(
            outside, partition, lambda unit: _attempt(outside, unit, slice_, work, signal), trusting=True
        )
    await let_go(outside, partition, telling, etags, encoded)
    await note_inhibitors(outside, outside.rules(), telling.advanced)
    return telling


async def _attempt(outside: Dependencies, unit: Unit, slice_: list[Arrival], work: Work, signal: Signal) -> Telling:
    events = await _present(unit, slice_, work, signal.received_at)
    if work.facts:
        await _keep_facts(unit, work.facts)
    touched: dict[str, list[MaintenanceEvent]] = {}
    decided: set[str] = set()
    for arrival in events:
        story_id = await _advance(unit, arrival, signal.received_at)
        touched.setdefault(story_id, []).append(arrival.event)
        if arrival.last:
            decided.add(story_id)
    for story_id, of_story in touched.items():
        want(outside, unit, story_id, of_story)
    for story_id in [one for one in touched if one not in decided]:
        if story := unit.get(rowkeys.head(story_id), Story):
            keys = {resource.key for event in touched[story_id] for resource in event.resources}
            await note_shares(outside, unit, story, keys)
    telling = Telling(stories=list(touched))
    for story_id in [one for one in touched if one in decided]:
        story = unit.get(rowkeys.head(story_id), Story)
        if story is not None and story.merged_into is None:
            await tell(outside, unit, story, touched[story_id], signal.id, telling)
            await part(outside, unit, story_id, touched[story_id], telling)
    return telling


def _places(
    unit: Unit, event: MaintenanceEvent, states: Iterable[ResourceState]
) -> Iterator[tuple[ResourceState, Place]]:
    """By what this process knows of them; what it does not know is counted when it is learnt."""
    for state in states:
        known = unit.peek(rowkeys.facts(state.resource.id), ResourceFacts) if state.resource.id else None
        yield state, place_of(known, event.regions)


async def _present(unit: Unit, slice_: list[Arrival], work: Work, received: datetime) -> list[Arrival]:
    """The slice's events without those of stale documents, and the ends that newer ones imply."""
    if not work.presence:
        return slice_
    await unit.load([rowkeys.presence(one.reporter) for one in work.presence])
    stale: set[str] = set()
    ended = []
    for one in work.presence:
        key = rowkeys.presence(one.reporter)
        last = unit.get(key, LastDocument)
        if last is not None and is_stale(last, one):
            _say_stale(last, one)
            stale.update(event_id.lower() for event_id in one.event_ids)
            continue
        ended += [Arrival(event, ties(event, received), -1, last=True) for event in gone(last, one, work.events)]
        unit.put(key, document(last, one, work.events))
    return ended + [one for one in slice_ if one.event.keys.get("event_id", "").lower() not in stale]


def _say_stale(last: LastDocument, now: Presence) -> None:
    """A late copy is nothing to speak of; one that was made later means that Azure may count anew."""
    if now.at > last.at:
        counts = f"counts {now.incarnation} after {last.incarnation} in one boot"
        log.warning("a machine of %s %s: not heeded until it counts on", now.subscription_id, counts)


async def _keep_facts(unit: Unit, facts: list[ResourceFacts]) -> None:
    keys = {rowkeys.facts(one.id): one for one in facts}
    await unit.load(keys)
    for key, one in keys.items():
        known = unit.get(key, ResourceFacts)
        if known is None or known.seen_at < one.seen_at:
            unit.put(key, one)


async def _rows_of(
    unit: Unit, story: Story, event: MaintenanceEvent
) -> tuple[dict[str, str], dict[str, ResourceState]]:
    """Row and state, as far as there is one, of every resource that the event is judged with, by its key.

    What a name leads to stands under the id that belongs to it.
    """
    rows = {name: rowkeys.resource(story.id, name) for name in needed(event)}
    await unit.load(rows.values())
    states = _states(unit, rows)
    named = [state.resource.key for name, state in states.items() if state.resource.key != name]
    if named:
        more = {name: rowkeys.resource(story.id, name) for name in named}
        await unit.load(more.values(), certain=True)
        rows, states = rows | more, states | _states(unit, more)
    return rows, states


def _states(unit: Unit, rows: Mapping[str, str]) -> dict[str, ResourceState]:
    return {name: state for name, row in rows.items() if (state := unit.get(row, ResourceState))}


async def _advance(unit: Unit, arrival: Arrival, received: datetime) -> str:
    """Finds or opens the event's story and puts its next state into the unit."""
    event = arrival.event
    found = await find(unit, event, arrival.ties, received)
    story = found.story
    rows, states = await _rows_of(unit, story, event)
    change = advance(story, states, event, received)
    joined, moved = placed(change.story, _places(unit, event, [one.after for one in change.steps]))
    where = {state.resource.key: state for state in moved}
    for one in change.steps:
        after = where.get(one.key, one.after)
        unit.put(rows[one.key], after)
        if one.alias is not None:
            unit.put(rows[one.alias], after)
    if found.reason and found.reason not in joined.joined:
        joined = replace(joined, joined=(*joined.joined, found.reason)[-10:])
    unit.put(rowkeys.head(story.id), joined)
    unit.put(rowkeys.event(story.id, event.id), event, always=True)
    for key in found.missing:
        unit.put(key, TieRow(story.id))
    await leave_word(unit, event, joined)
    return story.id
