"""One maintenance as it is seen: payloads of every road about the same machines and the same days."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from azure_rows import vm_id
from memory_house import START, SUBSCRIPTION

OPENS = START + timedelta(days=2)
LASTS = timedelta(days=4)


def announcement(stage: str, tracking: str = "ABCD-123", opens: datetime = OPENS, said: datetime = START) -> bytes:
    """Service Health's alert; it names no machine."""
    record = {
        "eventSource": "ServiceHealth",
        "eventTimestamp": said.isoformat(),
        "correlationId": f"{tracking}-{stage}",
        "subscriptionId": SUBSCRIPTION,
        "properties": {
            "title": "Host maintenance",
            "communication": f"Virtual machines will be rebooted ({stage}).",
            "incidentType": "Maintenance",
            "trackingId": tracking,
            "communicationId": f"{tracking}-{stage}",
            "impactStartTime": opens.isoformat(),
            "impactMitigationTime": (opens + LASTS).isoformat(),
            "stage": stage,
        },
    }
    return msgspec.json.encode({"data": {"context": {"activityLog": record}}})


def affected(vm: str, tracking: str = "ABCD-123") -> bytes:
    """The row that says that a machine is among those of an announcement."""
    event = f"/subscriptions/{SUBSCRIPTION}/providers/microsoft.resourcehealth/events/{tracking}"
    row = {
        "id": f"{event}/impactedresources/{vm}",
        "type": "microsoft.resourcehealth/events/impactedresources",
        "properties": {"targetResourceId": vm_id(vm), "targetRegion": "westeurope"},
    }
    return msgspec.json.encode({"data": [row]})


def view(vm: str, opens: datetime = OPENS, code: str = "None") -> bytes:
    """The machine's instance view, with two days of its own before Azure's window."""
    status = {
        "isCustomerInitiatedMaintenanceAllowed": True,
        "preMaintenanceWindowStartTime": START.isoformat(),
        "preMaintenanceWindowEndTime": (opens - timedelta(hours=12)).isoformat(),
        "maintenanceWindowStartTime": opens.isoformat(),
        "maintenanceWindowEndTime": (opens + LASTS).isoformat(),
        "lastOperationResultCode": code,
    }
    found = {"id": vm_id(vm), "name": vm, "properties": {"instanceView": {"maintenanceRedeployStatus": status}}}
    return msgspec.json.encode(found)


def notice(vm: str, status: str, at: datetime, event_id: str | None = None) -> bytes:
    """The machine's own scheduled event, by its agent."""
    event = {
        "EventId": event_id or f"E-{vm}", "EventType": "Reboot", "EventStatus": status,
        "ResourceType": "VirtualMachine", "Resources": [vm], "EventSource": "Platform", "DurationInSeconds": -1,
        "NotBefore": (at + timedelta(minutes=15)).isoformat() if status == "Scheduled" else "",
    }  # fmt: skip  # one event
    report = {
        "specversion": "1.0",
        "type": "notbefore.vm.scheduled-events",
        "source": vm_id(vm),
        "id": f"{event['EventId']}-{status}",
        "time": at.isoformat(),
        "data": {"document": {"DocumentIncarnation": 1, "Events": [event]}, "compute": {"resourceId": vm_id(vm)}},
    }
    return msgspec.json.encode(report)


def operation(vm: str, action: str, status: str, at: datetime, caller: str = "ada@example.com") -> bytes:
    """An operation of the activity log."""
    record = {
        "eventSource": "Administrative",
        "eventTimestamp": at.isoformat(),
        "operationName": f"Microsoft.Compute/virtualMachines/{action}/action",
        "correlationId": f"{action}-{vm}",
        "caller": caller,
        "resourceId": vm_id(vm),
        "status": status,
    }
    return msgspec.json.encode({"data": {"context": {"activityLog": record}}})


def pending(vm: str, opens: datetime = OPENS) -> bytes:
    """A pending platform update of the machine's host, without a notification id."""
    update = {
        "maintenanceScope": "Host", "status": "Pending", "impactType": "Restart", "impactDurationInSec": 9,
        "notBefore": opens.isoformat(), "properties": {"resourceId": vm_id(vm)},
    }  # fmt: skip  # one update
    return msgspec.json.encode({"value": [update]})


def run_event(configuration: str, which: str, at: datetime, name: str = "20261126120000") -> bytes:
    """A pre or post event of a maintenance configuration."""
    event = {
        "topic": configuration_id(configuration),
        "eventType": f"Microsoft.Maintenance.{which}MaintenanceEvent",
        "id": "1",
        "eventTime": at.isoformat(),
        "data": {
            "correlationId": run_id(configuration, name),
            "startDateTime": OPENS.isoformat(),
            "endDateTime": (OPENS + timedelta(hours=3)).isoformat(),
            "resourceSubscriptionIds": [SUBSCRIPTION],
        },
    }
    return msgspec.json.encode([event])


def machine_run(vm: str, status: str, configuration: str | None = None, name: str = "20261126120000") -> bytes:
    """The run of one machine: by REST, or with its configuration's run as Resource Graph has it."""
    said = {"resourceId": vm_id(vm), "status": status}
    row = {
        "id": f"{vm_id(vm)}/providers/microsoft.maintenance/applyupdates/{name}",
        "name": name,
        "type": "microsoft.maintenance/applyupdates",
        "properties": said | ({"correlationId": run_id(configuration, name)} if configuration else {}),
    }
    return msgspec.json.encode(row)


def configuration_id(name: str) -> str:
    """A maintenance configuration."""
    group = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/ops"
    return f"{group}/providers/microsoft.maintenance/maintenanceconfigurations/{name}"


def run_id(configuration: str, name: str) -> str:
    """The path of a run under its configuration."""
    return f"{configuration_id(configuration)}/providers/microsoft.maintenance/applyupdates/{name}"
