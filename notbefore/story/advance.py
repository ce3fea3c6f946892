"""What an event does to its story. Pure: the same story and event give the same change, whatever the hour.

Phase, impact and window are kept for each resource. The story's phase is Service Health's when it has
spoken; otherwise it follows from the resources. Kind, title and window come from the strongest source.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from notbefore.schema import (
    Impact,
    InitiatedBy,
    Kind,
    MaintenanceEvent,
    Phase,
    ResourceState,
    Source,
    Story,
    Window,
)
from notbefore.story.judging import judged
from notbefore.story.news import NO_NEWS, News, difference, material
from notbefore.story.resources import Step, affected, most_urgent, recount, step

STRENGTH = {
    source: rank
    for rank, source in enumerate(
        (
            Source.UPDATE_MANAGEMENT,
            Source.RESOURCE_HEALTH,
            Source.COMPUTE,
            Source.SCHEDULED_EVENTS,
            Source.ACTIVITY_LOG,
            Source.MAINTENANCE_CONFIGURATION,
            Source.SERVICE_HEALTH,
        )
    )
}
"""Whose kind, title and window stand; the strongest is last."""

KEYS = 20
"""Values of one key that the head shows; the rows of keys lead to the story all the same."""

_TEXTS_REMEMBERED = 40
_NEWEST = ("self_service_window", "error", "azure_level", "duration_seconds")
"""Fields of which the newest word stands, whoever says it."""

One = TypeVar("One")
Changes = dict[str, object]
"""Fields of a story's head, and what they are from now on."""


class Change(Struct, frozen=True):
    """The story after an event, the resources that it moved, and what of it is material.

    An event that changed nothing material leaves the revision as it was.
    """

    story: Story
    steps: tuple[Step, ...]
    news: News
    opened: bool = False


def opened(story_id: str, subscription: str, now: datetime, event: MaintenanceEvent) -> Story:
    """A story with nothing in it yet; `advance` gives it its first event. It is at revision 0 until then."""
    return Story(
        id=story_id,
        subscription_id=subscription,
        revision=0,
        opened_at=now,
        updated_at=now,
        occurred_at=event.occurred_at,
        test=event.test,
    )


def advance(story: Story, rows: Mapping[str, ResourceState], event: MaintenanceEvent, now: datetime) -> Change:
    """The story after the event. `rows` are its resource rows named by `resources.needed(event)`."""
    known = dict(rows)
    steps = []
    for resource in affected(event):
        one = step(event, resource, known)
        known[one.key] = one.after
        steps.append(one)
    newer = story.revision == 0 or event.occurred_at >= story.occurred_at
    moved = replace(story, **_counted(story, steps), **_described(story, event, newer=newer))
    moved = judged(moved, known, event)
    first = story.revision == 0
    news = NO_NEWS if first else difference(material(story), material(moved))
    if not newer:
        news = _unfilled(news, story)
    changed = first or bool(news.lines)
    moved = replace(
        moved,
        revision=story.revision + (1 if changed else 0),
        updated_at=now if changed else story.updated_at,
        noticed_at=_noticed(story, moved, event),
        highest_severity=max(moved.highest_severity, moved.severity, event.severity, key=lambda one: one.rank),
    )
    return Change(moved, tuple(steps), news, opened=first)


def _counted(story: Story, steps: list[Step]) -> Changes:
    """What the head counts of its resources, and those that it shows."""
    phases, severities, total = story.resources_by_phase, story.open_by_severity, story.resources_total
    for one in steps:
        before = one.before
        phases = recount(phases, before.phase if before else None, one.after.phase) if one.key else phases
        severities = recount(
            severities,
            before.severity if before and not before.over else None,
            None if one.after.over else one.after.severity,
        )
        total += 1 if one.key and before is None else 0
    return {
        "resources_by_phase": phases,
        "open_by_severity": severities,
        "resources_total": total,
        "resources": most_urgent(story.resources, steps),
    }


def _described(story: Story, event: MaintenanceEvent, *, newer: bool) -> Changes:
    """What the event says of the whole; `state` remembers who said what."""
    state = dict(story.state)
    return _standing(story, event, state, newer=newer) | {
        "kinds": _with(story.kinds, event.kind),
        "sources": _with(story.sources, event.source),
        "initiated_by": _initiator(story, event),
        "regions": _with(story.regions, *event.regions),
        "services": _with(story.services, *event.services),
        "keys": _keys(story, event),
        "warnings": _with(story.warnings, *event.warnings)[-10:],
        "occurred_at": max(story.occurred_at, event.occurred_at),
        "state": state,
    }


def _standing(story: Story, event: MaintenanceEvent, state: dict[str, str], *, newer: bool) -> Changes:
    """Kind, title, text, window and the rest, each from the strongest source that has said it; noted in `state`."""
    bare = event.kind is Kind.UNKNOWN and bool(event.resources)  # a row that only says that a resource is affected
    strength = STRENGTH[event.source]

    def stands(field: str, known: bool) -> bool:  # noqa: FBT001 # a fact about the field, not an option
        if bare:
            return not known
        holder = int(state.get(field, "-1"))
        wins = strength > holder or (strength == holder and newer) or not known
        if wins:
            state[field] = str(strength)
        return wins

    changes: Changes = {}
    if event.kind is not Kind.UNKNOWN and stands("kind", story.kind is not Kind.UNKNOWN):
        changes["kind"] = event.kind
    if event.title and stands("title", bool(story.title)):
        changes["title"] = event.title
        changes["url"] = event.url or story.url
    if event.window != Window() and stands("window", story.window != Window()):
        changes["window"] = event.window
    if event.text and (found := _new_text(state, event.text)) and stands("prose", bool(story.text)):
        changes["text"] = event.text
        state["text"] = found
    for field in _NEWEST:
        value = getattr(event, field)
        if value is not None and (newer or getattr(story, field) is None):
            changes[field] = value
    return changes


def _unfilled(news: News, before: Story) -> News:
    """Older news that only fills what was unknown is not material."""
    unknown = {
        "phase": before.phase is Phase.UNKNOWN,
        "impact": before.impact is Impact.UNKNOWN,
        "window": before.window == Window(),
        "self-service": before.self_service_window is None,
    }
    kept = [line for line in news.major if not any(line.startswith(name) and on for name, on in unknown.items())]
    return News(tuple(kept), news.minor)


def _noticed(before: Story, after: Story, event: MaintenanceEvent) -> datetime | None:
    """When the window that stands was learnt: notice is that of the first window, or of the reschedule."""
    if after.window.not_before is None or after.window.not_before == before.window.not_before:
        return before.noticed_at
    return event.occurred_at


def _initiator(story: Story, event: MaintenanceEvent) -> InitiatedBy:
    if story.initiated_by is InitiatedBy.UNKNOWN:
        return event.initiated_by
    return story.initiated_by


def _keys(story: Story, event: MaintenanceEvent) -> dict[str, tuple[str, ...]]:
    keys = dict(story.keys)
    for kind, value in event.keys.items():
        known = keys.get(kind, ())
        if value.lower() not in {one.lower() for one in known}:
            keys[kind] = (*known, value)[-KEYS:]
    return keys


def _with(known: tuple[One, ...], *more: One) -> tuple[One, ...]:
    return known if set(known).issuperset(more) else tuple(dict.fromkeys((*known, *more)))


def _text_hash(text: str) -> str:
    return blake2b(" ".join(text.split()).casefold().encode(), digest_size=6).hexdigest()


def _new_text(state: dict[str, str], text: str) -> str | None:
    """Its hash. A communication counts once, however often and in whatever order it is repeated: None."""
    seen, found = state.get("texts", "").split(), _text_hash(text)
    if found in seen:
        return None
    state["texts"] = " ".join([*seen, found][-_TEXTS_REMEMBERED:])
    return found
