"""Azure's test signals, as the Test feature of an action group posts them: common schema, marked as synthetic.

Azure docs: "Sample alert payloads" (Service Health, Resource Health, Administrative). Azure marks its Service Health
test by itself (`IsSynthetic`, a tracking id that begins with TEST); ours mark the other two alike, which Azure does
not. Each says that all is over again, so that a drill leaves nothing open, and has ids of its own: a second drill is
no repeat of the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Posted:
    """One payload, and what a person calls it."""

    name: str
    body: dict[str, Any]


def azures_tests(now: datetime, mark: UUID, subscription: str) -> tuple[Posted, ...]:
    """All three. `mark` is new for each drill; `now` is aware."""
    at = now.isoformat().replace("+00:00", "Z")
    machine = (
        f"/subscriptions/{subscription}/resourceGroups/drill/providers/Microsoft.Compute/virtualMachines"
        f"/drill-{mark.hex[:8]}"
    )
    health = {"eventSource": "ResourceHealth", "operationName": "Microsoft.Resourcehealth/healthevent/Resolved/action"}
    restart = {"eventSource": "Administrative", "operationName": "Microsoft.Compute/virtualMachines/restart/action"}
    return (
        Posted(
            "Service Health",
            _alert(
                "ServiceHealth",
                f"/subscriptions/{subscription}",
                at,
                mark,
                {"channels": 1, "eventSource": 2, "level": 3, "status": "Resolved"}
                | {"operationName": "Microsoft.ServiceHealth/incident/action"},
                _service_health(at, mark),
            ),
        ),
        Posted(
            "Resource Health",
            _alert(
                "Resource Health",
                machine,
                at,
                mark,
                {"channels": "Admin, Operation", "level": "Informational", "status": "Resolved", **health},
                {"title": "A drill: the machine is available", "currentHealthStatus": "Available"}
                | {"previousHealthStatus": "Unavailable", "type": "Downtime", "cause": "PlatformInitiated"},
            ),
        ),
        Posted(
            "Administrative",
            _alert(
                "Activity Log - Administrative",
                machine,
                at,
                mark,
                {"channels": "Operation", "level": "Informational", "status": "Succeeded", "subStatus": "", **restart}
                | {"caller": "drill@example.com", "authorization": {"action": restart["operationName"]}},
                {"eventCategory": "Administrative", "entity": machine, "message": restart["operationName"]},
            ),
        ),
    )


def _alert(
    service: str, target: str, at: str, mark: UUID, context: dict[str, Any], properties: dict[str, Any]
) -> dict[str, Any]:
    """The common schema around one entry of the activity log."""
    essentials = {
        "alertId": f"{'/'.join(target.split('/')[:3])}/providers/Microsoft.AlertsManagement/alerts/{mark}",
        "alertRule": f"test-{service.replace(' ', '')}AlertRule",
        "severity": "Sev4",
        "signalType": "Activity Log",
        "monitorCondition": "Fired",
        "monitoringService": service,
        "alertTargetIDs": [target],
        "originAlertId": str(mark),
        "firedDateTime": at,
        "description": "A drill",
        "essentialsVersion": "1.0",
        "alertContextVersion": "1.0",
    }
    common = {"correlationId": str(mark), "eventDataId": str(mark), "operationId": str(mark)}
    times = {"eventTimestamp": at, "submissionTimestamp": at}
    marked = {**properties, "IsSynthetic": "True"}
    return {
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {"essentials": essentials, "alertContext": {**context, **common, **times, "properties": marked}},
    }


def _service_health(at: str, mark: UUID) -> dict[str, Any]:
    return {
        "title": "A drill: nothing is happening",
        "service": "Azure Service Name",
        "region": "Global",
        "communication": "<p>This is a drill of the whole way from the door for signals to you. Nothing to do.</p>",
        "incidentType": "Incident",
        "trackingId": f"TEST-{mark.hex[:8].upper()}",
        "impactStartTime": at,
        "impactMitigationTime": at,
        "impactedServices": [{"ImpactedRegions": [{"RegionName": "Global"}], "ServiceName": "Azure Service Name"}],
        "stage": "Resolved",
        "communicationId": mark.hex[:14],
        "isHIR": "false",
        "impactType": "SubscriptionList",
        "version": "0.1.1",
    }
