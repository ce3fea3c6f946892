"""One statement has one id, whoever passes it on and by which road; another statement has another."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notbefore.normalization import normalize
from notbefore.schema import MaintenanceEvent

ARRIVAL = datetime(2026, 10, 9, 4, tzinfo=UTC)
FLEET = (
    "/subscriptions/0a1b2c3d-1111-4222-8333-444455556666/resourceGroups/Shop"
    "/providers/Microsoft.Compute/virtualMachineScaleSets/fleet"
)
EVENT: dict[str, Any] = {
    "EventId": "6E0D4F52-3B1C-4C77-9A25-0D1E2F3A4B5C",
    "EventStatus": "Scheduled",
    "EventType": "Reboot",
    "ResourceType": "VirtualMachine",
    "Resources": ["fleet_4", "fleet_5"],
    "NotBefore": "Fri, 09 Oct 2026 04:15:00 GMT",
    "Description": "Host server is undergoing maintenance.",
    "EventSource": "Platform",
    "DurationInSeconds": -1,
}


def read(payload: object, arrival: datetime = ARRIVAL) -> MaintenanceEvent:
    """The only event of a payload."""
    (event,) = normalize(json.dumps(payload).encode(), arrival).events
    return event


def document(**changes: object) -> dict[str, object]:
    """An IMDS document with one event, changed so."""
    return {"DocumentIncarnation": 7, "Events": [EVENT | changes]}


def report(instance: int) -> dict[str, object]:
    """The same document, sent by the agent of one instance."""
    machine = f"{FLEET}/virtualMachines/{instance}"
    return {
        "specversion": "1.0",
        "id": f"report-{instance}",
        "source": machine,
        "type": "notbefore.vm.scheduled-events",
        "time": f"2026-10-09T04:00:0{instance}Z",
        "data": {"document": document(), "compute": {"name": f"fleet_{instance}", "resourceId": machine}},
    }


def push() -> dict[str, object]:
    """The same statement as Azure pushes it."""
    place = f"{FLEET}/providers/microsoft.maintenance/scheduledevents/1"
    info = {"id": place, "type": "microsoft.maintenance/scheduledevents", "location": "westeurope", "properties": EVENT}
    return {
        "id": "0d9c8b7a-0000-4000-8000-000000000001",
        "topic": "/subscriptions/0a1b2c3d-1111-4222-8333-444455556666",
        "subject": FLEET,
        "eventType": "Microsoft.ResourceNotifications.MaintenanceResources.ScheduledEventEmitted",
        "eventTime": "2026-10-09T04:00:09Z",
        "data": {"resourceInfo": info},
    }


def test_each_machine_of_a_set_tells_the_same_statement() -> None:
    """The reports of two instances have one id, and each gives its own machine's ARM id."""
    four, five = read(report(4)), read(report(5))
    assert four.id == five.id
    assert [resource.id is not None for resource in four.resources] == [True, False]
    assert [resource.id is not None for resource in five.resources] == [False, True]


@pytest.mark.parametrize("other", [document(), push(), document(EventId=EVENT["EventId"].lower())])
def test_a_statement_has_one_id_by_every_road(other: dict[str, object]) -> None:
    """A bare document, Azure's push and another spelling of the id are the same statement as an agent's report."""
    assert read(other).id == read(report(4)).id


def test_the_time_of_arrival_is_no_part_of_the_id() -> None:
    """A document that is forwarded again later is the same statement."""
    assert read(document()).id == read(document(), ARRIVAL + timedelta(minutes=5)).id


@pytest.mark.parametrize(
    "changes",
    [
        {"EventStatus": "Started"},
        {"NotBefore": "Fri, 09 Oct 2026 05:15:00 GMT"},
        {"EventType": "Freeze"},
        {"EventId": "7F1E5063-4C2D-4D88-8B36-1E2F3A4B5C6D"},
        {"Resources": ["fleet_4"]},
        {"DurationInSeconds": 9},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_news_has_an_id_of_its_own(changes: dict[str, object]) -> None:
    """What changes for anybody changes the id."""
    assert read(document(**changes)).id != read(document()).id


def test_the_warnings_of_an_event_are_its_own() -> None:
    """What cannot be read in one event is not held against its neighbour in the same document."""
    told = {"DocumentIncarnation": 7, "Events": [EVENT | {"NotBefore": "soon"}, EVENT | {"EventId": "B"}]}
    first, second = normalize(json.dumps(told).encode(), ARRIVAL).events
    assert [warning.path for warning in first.warnings] == ["$.Events[0].NotBefore"]
    assert not second.warnings
