"""An event as a test in the routing file describes it → a `MaintenanceEvent`, with its resources' facts. Pure."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from notbefore.config.example_model import ExampleEvent
from notbefore.reading.arm import region_name, resource_at
from notbefore.schema import (
    UNKNOWN_SUBSCRIPTION,
    InitiatedBy,
    Kind,
    MaintenanceEvent,
    Resource,
    ResourceFacts,
    Source,
    Window,
)
from notbefore.severity import severity_of

_VIRTUAL_MACHINE = "microsoft.compute/virtualmachines"
_MADE_UP = "example"
_SOURCES = {
    Kind.HOST_MAINTENANCE: Source.SCHEDULED_EVENTS,
    Kind.EVICTION: Source.SCHEDULED_EVENTS,
    Kind.TERMINATION: Source.SCHEDULED_EVENTS,
    Kind.CLUSTER_UPGRADE: Source.SCHEDULED_EVENTS,
    Kind.RESOURCE_HEALTH: Source.RESOURCE_HEALTH,
    Kind.MAINTENANCE_RUN: Source.MAINTENANCE_CONFIGURATION,
    Kind.OS_IMAGE_UPGRADE: Source.COMPUTE,
    Kind.GUEST_PATCHING: Source.COMPUTE,
    Kind.EXTENSION_UPGRADE: Source.COMPUTE,
    Kind.SELF_SERVICE_MAINTENANCE: Source.ACTIVITY_LOG,
    Kind.VM_OPERATION: Source.ACTIVITY_LOG,
}
"""Who most often says so; everything else is Service Health's."""
_THEIR_OWN = frozenset({Kind.MAINTENANCE_RUN, Kind.VM_OPERATION, Kind.SELF_SERVICE_MAINTENANCE})
"""What customers set going themselves."""


def event_of(example: ExampleEvent, name: str, at: datetime) -> tuple[MaintenanceEvent, tuple[ResourceFacts, ...]]:
    """The event as it arrives at `at` (UTC), and the facts about its resources.

    What the file does not say has its usual value.
    """
    source = example.source or _SOURCES.get(example.kind, Source.SERVICE_HEALTH)
    by = InitiatedBy.CUSTOMER if example.kind in _THEIR_OWN else InitiatedBy.PLATFORM
    resources = _resources(example)
    event = MaintenanceEvent(
        id=f"example:{name}",
        source=source,
        kind=example.kind,
        phase=example.phase,
        impact=example.impact,
        initiated_by=example.initiated_by or by,
        subscription_id=example.subscription,
        regions=tuple(map(region_name, example.region)),
        services=example.service,
        resources=resources,
        window=Window() if example.notice is None else Window(not_before=at + example.notice),
        duration_seconds=None if example.duration is None else int(example.duration.total_seconds()),
        keys={"tracking_id" if source is Source.SERVICE_HEALTH else "event_id": "EXAMPLE"},
        title=example.title or name,
        test=example.test,
        occurred_at=at,
    )
    return replace(event, severity=example.severity or severity_of(event)), _facts(example, resources, at)


def _resources(example: ExampleEvent) -> tuple[Resource, ...]:
    """As named; a name alone gets the id of a machine, and tags without a resource get one to hang on."""
    names = example.resource or ((_MADE_UP,) if example.tag or example.resource_type else ())
    return tuple(
        resource_at(name if name.startswith("/") else _id(example, name)) or Resource(name=name) for name in names
    )


def _id(example: ExampleEvent, name: str) -> str:
    subscription = example.subscription or UNKNOWN_SUBSCRIPTION
    kind = example.resource_type or _VIRTUAL_MACHINE
    return f"/subscriptions/{subscription}/resourcegroups/{_MADE_UP}/providers/{kind}/{name}"


def _facts(example: ExampleEvent, resources: tuple[Resource, ...], at: datetime) -> tuple[ResourceFacts, ...]:
    if not example.tag:
        return ()
    return tuple(
        ResourceFacts(id=one.id, name=one.name, type=one.type, tags=example.tag, seen_at=at)
        for one in resources
        if one.id
    )
