"""How an event finds its story: the keys that tie it, strongest first."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from notbefore.schema import Kind, MaintenanceEvent, Namespace, Phase, Source, Story

_STORIES = Namespace("2b1f9f0e-6f1d-5b52-8a55-6e6f74626566")
"""Namespace of story ids; never change it."""

STRENGTH = ("tracking_id", "maintenance_id", "event_id", "correlation_id", "operation_id", "communication_id")
"""Azure's own keys, in the order in which they name a story."""

OPERATION_LASTS = timedelta(hours=2)
"""The same operation on the same resource after this is another one."""


class Tie(Struct, frozen=True):
    """One key of an event. Two events with an equal tie in one subscription are one story."""

    kind: str
    value: str


def ties(event: MaintenanceEvent, received: datetime) -> tuple[Tie, ...]:
    """Every key of the event, the strongest first; one is made for an event that has none.

    A test is a story of its own for each minute in which it arrives, so that a second drill is no duplicate.
    """
    if event.test:
        return (Tie("test", f"{event.id} {received:%Y-%m-%dT%H:%M}"),)
    if event.kind is Kind.MAINTENANCE_RUN:
        return tuple(_of_run(event) or _made(event))
    known = [Tie(kind, event.keys[kind]) for kind in STRENGTH if event.keys.get(kind)]
    known += [Tie(kind, value) for kind, value in event.keys.items() if kind not in STRENGTH and value]
    if event.source is Source.RESOURCE_HEALTH:
        known += [Tie("rh", resource.key) for resource in event.resources]
    return tuple(known or _made(event))


def _of_run(event: MaintenanceEvent) -> list[Tie]:
    """A run's name is the second in which it began: schedules of one hour share it, so it counts with its machine."""
    known = [Tie(kind, event.keys[kind]) for kind in ("tracking_id", "correlation_id") if event.keys.get(kind)]
    name = event.keys.get("operation_id")
    return known + [Tie("run", f"{name}:{resource.key}") for resource in event.resources if name]


def _made(event: MaintenanceEvent) -> list[Tie]:
    start = f"{event.window.not_before:%Y-%m-%dT%H:%M:%S}" if event.window.not_before else "—"
    names = [resource.key for resource in event.resources] or ["—"]
    match event.source, event.kind:
        case Source.COMPUTE, Kind.PLANNED_MAINTENANCE | Kind.SELF_SERVICE_MAINTENANCE:
            return [Tie("mw", f"{name}:{start}") for name in names]
        case Source.COMPUTE | Source.UPDATE_MANAGEMENT, _:
            return [Tie("up", f"{name}:{start}") for name in names]
        case Source.MAINTENANCE_CONFIGURATION, _:
            return [Tie("mu", f"{name}:{start}") for name in names]
        case Source.ACTIVITY_LOG, _:
            return [Tie("op", f"{name}:{event.kind}:{event.impact}") for name in names]
        case Source.SCHEDULED_EVENTS, _:
            quarter = event.occurred_at.replace(minute=event.occurred_at.minute // 15 * 15, second=0)
            return [Tie("vm", f"{names[0]}:{quarter:%Y-%m-%dT%H:%M}")]
        case _:
            return [Tie("ev", event.id)]


def takes(story: Story, tie: Tie, event: MaintenanceEvent) -> bool:
    """Whether the story found by this tie is still the one: an outage ends, an operation lasts two hours."""
    if tie.kind == "rh":
        return not story.over or event.phase is Phase.COMPLETED or event.occurred_at <= story.occurred_at
    if tie.kind == "op":
        return abs(event.occurred_at - story.occurred_at) <= OPERATION_LASTS
    return True


def story_id(subscription: str, first: Tie, event: MaintenanceEvent) -> str:
    """The id of the story that this event opens: the same for the same signal, however often it is processed."""
    again = f"{event.occurred_at:%Y-%m-%dT%H:%M:%S.%f}" if first.kind in {"rh", "op"} else ""
    return _STORIES.id_of(f"{subscription}\n{first.kind}\n{first.value.lower()}\n{again}")
