"""Rows as Azure lists them: health events, machines, instances of scale sets, scheduled events, log rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from memory_house import SUBSCRIPTION

Row = dict[str, Any]


def a_health_event(tracking: str = "ABCD-123", **changes: object) -> Row:
    """A planned maintenance as Resource Graph lists it, two days ahead of the house's start."""
    said: Row = {
        "EventType": "PlannedMaintenance",
        "Status": "Active",
        "Title": "Maintenance of hosts",
        "Summary": "<p>Machines will be rebooted.</p>",
        "Level": "Informational",
        "TrackingId": tracking,
        "ImpactStartTime": ticks(datetime(2026, 11, 26, 12, tzinfo=UTC)),
        "ImpactMitigationTime": ticks(datetime(2026, 11, 26, 16, tzinfo=UTC)),
        "LastUpdateTime": ticks(datetime(2026, 11, 24, 11, tzinfo=UTC)),
        "Impact": [],
    }
    name = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.ResourceHealth/events/{tracking}"
    return {
        "id": name,
        "name": tracking,
        "type": "microsoft.resourcehealth/events",
        "subscriptionId": SUBSCRIPTION,
        "location": "global",
        "properties": said | changes,
    }


def ticks(at: datetime) -> str:
    """A time as Resource Graph writes it in service health events."""
    return str(int((at - datetime(1, 1, 1, tzinfo=UTC)).total_seconds()) * 10**7)


def vm_id(name: str, subscription: str = SUBSCRIPTION) -> str:
    """A machine's lower-case ARM id."""
    return f"/subscriptions/{subscription}/resourcegroups/rg/providers/microsoft.compute/virtualmachines/{name}"


def an_impacted(name: str, tracking: str = "ABCD-123") -> Row:
    """A machine among those of an announcement."""
    event = a_health_event(tracking)["id"]
    return {
        "id": f"{event}/impactedResources/{name}",
        "name": name,
        "type": "microsoft.resourcehealth/events/impactedresources",
        "subscriptionId": SUBSCRIPTION,
        "location": "global",
        "properties": {"targetResourceId": vm_id(name), "resourceName": name, "targetRegion": "westeurope"},
    }


def a_machine_view(name: str = "web-1", subscription: str = SUBSCRIPTION, **status: object) -> Row:
    """A VM of the list with its maintenance, due in four days."""
    announced = {
        "isCustomerInitiatedMaintenanceAllowed": True,
        "preMaintenanceWindowStartTime": "2026-11-24T00:00:00Z",
        "preMaintenanceWindowEndTime": "2026-11-27T00:00:00Z",
        "maintenanceWindowStartTime": "2026-11-28T00:00:00Z",
        "maintenanceWindowEndTime": "2026-12-05T00:00:00Z",
        "lastOperationResultCode": "None",
    }
    view = {
        "vmAgent": {"statuses": [{"time": "2026-11-24T12:00:00Z"}]},
        "maintenanceRedeployStatus": announced | status,
    }
    return {
        "id": vm_id(name, subscription),
        "name": name,
        "type": "Microsoft.Compute/virtualMachines",
        "location": "westeurope",
        "properties": {"instanceView": view},
    }


def a_scheduled_event(event: str, status: str, machine: str = "web-1") -> Row:
    """A scheduled event that its machine publishes to Resource Graph."""
    return {
        "id": f"{vm_id(machine)}/providers/microsoft.maintenance/scheduledevents/{event}",
        "type": "microsoft.maintenance/scheduledevents",
        "subscriptionId": SUBSCRIPTION,
        "properties": {
            "EventId": event,
            "EventStatus": status,
            "EventType": "Reboot",
            "Resources": [machine],
            "NotBefore": "" if status == "Completed" else "Tue, 24 Nov 2026 12:30:00 GMT",
        },
    }


def set_id(name: str, subscription: str = SUBSCRIPTION) -> str:
    """A scale set's lower-case ARM id."""
    return f"/subscriptions/{subscription}/resourcegroups/rg/providers/microsoft.compute/virtualmachinescalesets/{name}"


def an_instance_view(scale_set: str = "fleet", instance: str = "0") -> Row:
    """An instance of a scale set with its maintenance, as the list of the set's instances has it."""
    return {
        **a_machine_view(),
        "id": f"{set_id(scale_set)}/virtualMachines/{instance}",
        "name": f"{scale_set}_{instance}",
        "instanceId": instance,
        "type": "Microsoft.Compute/virtualMachineScaleSets/virtualMachines",
    }


def a_syslog_row(event: str, status: str = "Scheduled", computer: str = "web-1") -> Row:
    """A scheduled event as an agent writes it to syslog."""
    document = {
        "DocumentIncarnation": 1,
        "Events": [
            {
                "EventId": event,
                "EventStatus": status,
                "EventType": "Reboot",
                "ResourceType": "VirtualMachine",
                "Resources": [computer],
                "NotBefore": "Tue, 24 Nov 2026 12:30:00 GMT",
            }
        ],
    }
    return {
        "Table": "Syslog",
        "TimeGenerated": "2026-11-24T12:00:00Z",
        "Computer": computer,
        "HostName": computer,
        "SyslogMessage": msgspec.json.encode(document).decode(),
        "_ResourceId": vm_id(computer),
    }
