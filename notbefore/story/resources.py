"""Where each resource of a story stands, and what the head counts of it.

A story without resources, and what Service Health says of the whole, stand in a row of their own: the
resource with the empty key. It is counted as open, but is no resource.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from notbefore.schema import PROGRESS, Impact, MaintenanceEvent, Phase, Place, Resource, ResourceState, Source, Window

Word = TypeVar("Word", bound=str)

WHOLE = Resource()
"""The story itself, as a resource."""

TOP = 20
"""How many resources the head shows."""

_KEEPS_PHASE = frozenset({Phase.UPDATED, Phase.UNKNOWN})
_FAR = datetime.max.replace(tzinfo=UTC)


class Step(Struct, frozen=True):
    """One resource before and after an event. `key` is where its row is; None before is a new resource."""

    key: str
    before: ResourceState | None
    after: ResourceState
    alias: str | None = None
    """The lower-case name under which this id is to be found as well."""
    moved_from: str | None = None
    """The name under which it was known until its id was learnt; that row becomes the alias."""


def affected(event: MaintenanceEvent) -> tuple[Resource, ...]:
    """The resources the event speaks of; the story itself when it names none."""
    return event.resources or (WHOLE,)


def names(event: MaintenanceEvent, resource: Resource) -> str | None:
    """The name under which others may speak of this resource: an IMDS document names peers without an id."""
    if event.source is Source.SCHEDULED_EVENTS and resource.id and resource.name:
        return resource.name.lower()
    return None


def needed(event: MaintenanceEvent) -> tuple[str, ...]:
    """Keys of the resource rows that an event is judged with."""
    found: dict[str, None] = {}
    for resource in affected(event):
        found[resource.key] = None
        if alias := names(event, resource):
            found[alias] = None
    return tuple(found)


def step(event: MaintenanceEvent, resource: Resource, rows: dict[str, ResourceState]) -> Step:
    """What the event does to one resource. `rows` holds what is known, by key, and is not changed."""
    alias = names(event, resource)
    by_name = rows.get(alias or resource.key)
    if alias is None and by_name is not None and by_name.resource.id:
        resource = by_name.resource
    before = rows.get(resource.key)
    moved_from = None
    if before is None and alias is not None and by_name is not None and by_name.resource.id is None:
        before, moved_from = by_name, alias
    after = _fresh(event, resource) if before is None else _moved(before, event, resource)
    known_alias = by_name is not None and by_name.resource.id == resource.id
    return Step(resource.key, before, after, None if known_alias else alias, moved_from)


def _fresh(event: MaintenanceEvent, resource: Resource) -> ResourceState:
    return ResourceState(
        resource=resource,
        phase=event.phase,
        impact=event.impact,
        severity=event.severity,
        window=event.window,
        occurred_at=event.occurred_at,
    )


def _moved(state: ResourceState, event: MaintenanceEvent, resource: Resource) -> ResourceState:
    known = resource if resource.id else state.resource
    if not _is_newer(state, event):
        return _filled(state, event, known)
    return ResourceState(
        resource=known,
        phase=state.phase if event.phase in _KEEPS_PHASE else event.phase,
        impact=state.impact if event.impact is Impact.UNKNOWN else event.impact,
        severity=event.severity if _says_how_bad(state, event) else state.severity,
        window=_newest(event.window, state.window),
        occurred_at=state.occurred_at if _is_bare(event) else event.occurred_at,
        place=state.place,
        audiences=state.audiences,
    )


def _is_bare(word: ResourceState | MaintenanceEvent) -> bool:
    """Only names the machine. Its time is that of the asking: it puts nothing said before or after it out of date."""
    return word.phase in _KEEPS_PHASE and word.impact is Impact.UNKNOWN


def _says_how_bad(before: ResourceState, news: MaintenanceEvent | ResourceState) -> bool:
    """Who says neither phase nor impact (a row that only names the machine) changes neither, and so no severity."""
    return news.phase not in _KEEPS_PHASE or not (before.over or news.impact is Impact.UNKNOWN)


def joined(one: ResourceState, other: ResourceState) -> ResourceState:
    """One resource as two stories knew it: the newer word stands, at one instant the further one."""
    older, newer = sorted((one, other), key=lambda state: (state.occurred_at, PROGRESS[state.phase]))
    return ResourceState(
        resource=newer.resource if newer.resource.id else older.resource,
        phase=older.phase if newer.phase in _KEEPS_PHASE else newer.phase,
        impact=older.impact if newer.impact is Impact.UNKNOWN else newer.impact,
        severity=newer.severity if _says_how_bad(older, newer) else older.severity,
        window=_newest(newer.window, older.window),
        occurred_at=older.occurred_at if _is_bare(newer) else newer.occurred_at,
        place=older.place if newer.place == Place() else newer.place,
        audiences=one.audiences,
    )


def _is_newer(state: ResourceState, event: MaintenanceEvent) -> bool:
    """A scheduled event never goes back, unless a new window opens after the end of the one before.

    Elsewhere the later word stands, and at one instant the further.
    """
    if _is_bare(state):
        return True
    ahead = PROGRESS[event.phase] - PROGRESS[state.phase]
    if event.source is Source.SCHEDULED_EVENTS and event.phase not in _KEEPS_PHASE and ahead < 0:
        opens = event.window.not_before
        again = opens is not None and opens > state.occurred_at and event.occurred_at > state.occurred_at
        return state.over and again
    if event.occurred_at == state.occurred_at:
        return ahead > 0 or event.phase in _KEEPS_PHASE
    return event.occurred_at > state.occurred_at


def _filled(state: ResourceState, event: MaintenanceEvent, resource: Resource) -> ResourceState:
    return replace(
        state,
        resource=resource,
        phase=event.phase if state.phase is Phase.UNKNOWN else state.phase,
        impact=event.impact if state.impact is Impact.UNKNOWN else state.impact,
        window=_newest(state.window, event.window),
    )


def _newest(first: Window, second: Window) -> Window:
    """The first, its unknown sides filled from the second as long as that makes sense."""
    not_before = first.not_before or second.not_before
    not_after = first.not_after or (second.not_after if first.not_before in {None, second.not_before} else None)
    if not_before and not_after and not_after < not_before:
        not_after = None
    return Window(not_before, not_after)


def urgency(state: ResourceState) -> tuple[bool, int, datetime, str]:
    """Sorts the most urgent first: open, severe, soon."""
    return (state.over, -state.severity.rank, state.window.not_before or _FAR, state.resource.key)


def most_urgent(shown: tuple[ResourceState, ...], steps: list[Step]) -> tuple[ResourceState, ...]:
    """The head's list after these steps, at most `TOP` of them."""
    named = [one for one in steps if one.key]
    if not named:
        return shown
    moved = {one.key for one in named} | {one.moved_from for one in named}
    kept = [state for state in shown if state.resource.key not in moved]
    kept += [one.after for one in named]
    return tuple(sorted(kept, key=urgency)[:TOP])


def recount(counts: dict[Word, int], gone: Word | None, come: Word | None) -> dict[Word, int]:
    """The counts with one taken away and one added; words that count nothing are left out."""
    counted = dict(counts)
    if gone is not None:
        counted[gone] = counted.get(gone, 0) - 1
    if come is not None:
        counted[come] = counted.get(come, 0) + 1
    return {word: count for word, count in counted.items() if count > 0}
