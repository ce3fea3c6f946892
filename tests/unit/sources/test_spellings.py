"""One field changed at a time: how each spelling, type and absence reads, by hand from the page that judges fields."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notbefore.normalization import normalize
from notbefore.schema import MaintenanceEvent

ARRIVAL = datetime(2026, 5, 4, 10, tzinfo=UTC)
GROUP = "/subscriptions/0a1b2c3d-1111-4222-8333-444455556666/resourceGroups/Shop"
MACHINE = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/web-01"
ABSENT = object()

NOTICE: dict[str, Any] = {
    "EventId": "A", "EventType": "Reboot", "ResourceType": "VirtualMachine", "Resources": ["web-01"],
    "EventStatus": "Scheduled", "NotBefore": "Mon, 04 May 2026 10:15:30 GMT", "EventSource": "Platform",
    "DurationInSeconds": -1,
}  # fmt: skip  # one event
VIEW: dict[str, Any] = {
    "isCustomerInitiatedMaintenanceAllowed": True,
    "preMaintenanceWindowStartTime": "2026-05-03T12:30:00Z", "preMaintenanceWindowEndTime": "2026-05-08T12:30:00Z",
    "maintenanceWindowStartTime": "2026-05-10T16:30:00Z", "maintenanceWindowEndTime": "2026-05-24T16:30:00Z",
    "lastOperationResultCode": "None", "lastOperationMessage": None,
}  # fmt: skip  # one status
UPDATE: dict[str, Any] = {
    "maintenanceScope": "Host", "status": "Pending", "impactType": "Restart", "impactDurationInSec": 9,
    "notBefore": "2026-05-05T06:00:00Z", "properties": {"resourceId": MACHINE},
}  # fmt: skip  # one update
PATCHING: dict[str, Any] = {
    "status": "Succeeded", "installationActivityId": "0f000000-0000-4000-8000-000000000001",
    "rebootStatus": "Completed", "installedPatchCount": 3, "startDateTime": "2026-05-04T07:00:00Z", "error": None,
}  # fmt: skip  # one run
UPGRADE: dict[str, Any] = {
    "code": "Completed",
    "startTime": "2026-05-04T07:00:00Z",
    "completedTime": "2026-05-04T08:00:00Z",
}


def _read(body: object) -> MaintenanceEvent:
    (event,) = normalize(json.dumps(body).encode(), ARRIVAL).events
    return event


def _changed(base: dict[str, Any], **changes: object) -> dict[str, Any]:
    return {name: value for name, value in (base | changes).items() if value is not ABSENT}


def _shown(event: MaintenanceEvent, field: str) -> object:
    value: object = event
    for part in field.split("."):
        value = getattr(value, part)
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


OPENS = "2026-05-04T10:15:30Z"


@pytest.mark.parametrize(
    ("field", "sent", "read", "expected"),
    [
        ("NotBefore", "Sun,_04_May_2026_10:15:30_GMT", "window.not_before", OPENS),
        ("NotBefore", "2026-05-04T12:15:30+02:00", "window.not_before", OPENS),
        ("NotBefore", "2026-05-04T10:15:30", "window.not_before", OPENS),
        ("NotBefore", "5/4/2026 10:15:30 AM", "window.not_before", OPENS),
        ("NotBefore", "/Date(1777889730000)/", "window.not_before", OPENS),
        ("NotBefore", 1777889730, "window.not_before", OPENS),
        ("NotBefore", "1777889730", "window.not_before", None),
        ("NotBefore", 20260504, "window.not_before", None),
        ("NotBefore", "0001-01-01T00:00:00", "window.not_before", None),
        ("NotBefore", "", "severity", "critical"),
        ("NotBefore", "2026-05-04T11:00:00Z", "severity", "error"),
        ("NotBefore", "2026-05-05T10:00:00Z", "severity", "warning"),
        ("NotBefore", "2026-05-01T10:00:00Z", "severity", "critical"),
        ("DurationInSeconds", "29", "duration_seconds", 29),
        ("DurationInSeconds", 0, "duration_seconds", 0),
        ("DurationInSeconds", "-1", "duration_seconds", None),
        ("DurationInSeconds", "long", "duration_seconds", None),
        ("EventStatus", "CANCELLED", "phase", "canceled"),
        ("EventStatus", "Pending", "phase", "unknown"),
        ("EventStatus", ABSENT, "phase", "unknown"),
        ("EventType", "preempt", "kind", "eviction"),
        ("EventType", "Terminate", "kind", "termination"),
        ("EventType", "Update", "impact", "unknown"),
        ("EventSource", "user", "initiated_by", "customer"),
        ("EventSource", "AutoUpgrader", "initiated_by", "unknown"),
        ("EventSource", "User", "severity", "warning"),
        ("IsSynthetic", "TRUE", "test", True),
        ("IsSynthetic", "False", "test", False),
    ],
)
def test_a_scheduled_event(field: str, sent: object, read: str, expected: object) -> None:
    """Of an IMDS document."""
    event = _read({"DocumentIncarnation": 3, "Events": [_changed(NOTICE, **{field: sent})]})
    assert _shown(event, read) == expected


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        ({"Resources": '["a", "b"]'}, ["a", "b"]),
        ({"Resources": "_a"}, ["a"]),
        ({"Resources": [None, "a", "", "A"]}, ["a"]),
        ({"Resources": "", "ResourceName": "_a_1"}, ["a_1"]),
        ({"Resources": ABSENT}, []),
        ({"Resources": [MACHINE]}, ["web-01"]),
    ],
)
def test_whom_a_scheduled_event_names(sent: dict[str, object], names: list[str]) -> None:
    """A list, one text, a list in a text, the singular; without the underscore of 2017, each once."""
    event = _read({"DocumentIncarnation": 3, "Events": [_changed(NOTICE, **sent)]})
    assert [resource.name for resource in event.resources] == names


@pytest.mark.parametrize(
    ("changes", "read", "expected"),
    [
        ({"lastOperationResultCode": 0}, "kind", "planned_maintenance"),
        ({"lastOperationResultCode": "1 RetryLater"}, "phase", "updated"),
        ({"lastOperationResultCode": 2}, "error.code", "MaintenanceAborted"),
        ({"lastOperationResultCode": "maintenancecompleted"}, "phase", "completed"),
        ({"lastOperationResultCode": "Deferred"}, "phase", "unknown"),
        ({"maintenanceWindowStartTime": "2026-05-01T00:00:00Z"}, "severity", "critical"),
        ({"maintenanceWindowStartTime": "soon"}, "phase", "scheduled"),
        ({"maintenanceWindowEndTime": "2026-05-09T00:00:00Z"}, "window.not_after", None),
        ({"maintenanceWindowStartTime": ABSENT, "maintenanceWindowEndTime": ABSENT}, "phase", "unknown"),
        ({"preMaintenanceWindowEndTime": "0001-01-01T00:00:00"}, "self_service_window.end", None),
    ],
)
def test_an_instance_view(changes: dict[str, object], read: str, expected: object) -> None:
    """Of a VM, as REST answers."""
    status = {"maintenanceRedeployStatus": _changed(VIEW, **changes)}
    event = _read({"id": MACHINE, "name": "web-01", "properties": {"instanceView": status}})
    assert _shown(event, read) == expected


@pytest.mark.parametrize(
    ("changes", "read", "expected"),
    [
        ({"impactType": "None"}, "severity", "informational"),
        ({"impactType": "reboot"}, "impact", "reboot"),
        ({"impactType": "Pause"}, "impact", "unknown"),
        ({"status": "Cancel"}, "phase", "canceled"),
        ({"status": "RetryNow"}, "phase", "updated"),
        ({"status": "Deferred"}, "phase", "unknown"),
        ({"impactDurationInSec": "9"}, "duration_seconds", 9),
        ({"impactDurationInSec": -1}, "duration_seconds", None),
        ({"endTimeUtc": "2026-05-06T06:00:00Z"}, "window.not_after", "2026-05-06T06:00:00Z"),
        ({"notificationId": "TEST-1"}, "test", True),
        ({"notificationId": "PYN_-ZL8"}, "keys", {"tracking_id": "PYN_-ZL8"}),
    ],
)
def test_a_pending_update(changes: dict[str, object], read: str, expected: object) -> None:
    """Of Microsoft.Maintenance."""
    assert _shown(_read({"value": [_changed(UPDATE, **changes)]}), read) == expected


@pytest.mark.parametrize(
    ("changes", "read", "expected"),
    [
        ({"status": "Install Failed"}, "phase", "failed"),
        ({"status": "CompletedWithWarnings"}, "severity", "informational"),
        ({"status": "Unknown"}, "phase", "unknown"),
        ({"rebootStatus": "NotNeeded"}, "impact", "none"),
        ({"rebootStatus": "Pending"}, "impact", "unknown"),
        ({"error": {"code": 0, "message": "0 error/s reported."}}, "error", None),
        ({"errorDetails": {"code": "Sum", "details": [{"code": "First"}]}}, "error.code", "First"),
        ({"errorDetails": {"code": "Sum", "details": []}}, "error.code", "Sum"),
        ({"lastModifiedDateTime": "2026-05-04T08:00:00Z"}, "window.not_after", "2026-05-04T08:00:00Z"),
        ({"status": "InProgress", "lastModifiedDateTime": "2026-05-04T08:00:00Z"}, "window.not_after", None),
        ({"status": "InProgress"}, "occurred_at", "2026-05-04T07:00:00Z"),
        ({"installationActivityId": "00000000-0000-0000-0000-000000000000"}, "keys", {}),
    ],
)
def test_a_patch_run(changes: dict[str, object], read: str, expected: object) -> None:
    """As installPatches answers."""
    assert _shown(_read(_changed(PATCHING, **changes)), read) == expected


@pytest.mark.parametrize(
    ("changes", "read", "expected"),
    [
        ({"code": "Cancelled"}, "phase", "canceled"),
        ({"code": "Faulted"}, "severity", "error"),
        ({"code": "RollingForward"}, "window.not_after", None),
        ({"code": "RollingForward"}, "occurred_at", "2026-05-04T07:00:00Z"),
        ({"completedTime": "2026-05-01T00:00:00Z"}, "window.not_after", None),
        ({"completedTime": ABSENT, "endTime": "2026-05-04T09:00:00Z"}, "occurred_at", "2026-05-04T09:00:00Z"),
        ({"code": "Paused"}, "phase", "unknown"),
    ],
)
def test_an_image_upgrade(changes: dict[str, object], read: str, expected: object) -> None:
    """An entry of the history; what has ended without saying when was observed when it arrived."""
    entry = {"type": "Microsoft.Compute/virtualMachineScaleSets/rollingUpgrades", "location": "West Europe"}
    event = _read({"value": [{**entry, "properties": {"runningStatus": _changed(UPGRADE, **changes)}}]})
    assert (_shown(event, read), event.regions) == (expected, ("westeurope",))
    assert ARRIVAL - event.occurred_at < timedelta(hours=4)
