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
    """All three. `mark` is new for each drill; `now` is aware and UTC."""
    drill = _Drill(f"{now:%Y-%m-%dT%H:%M:%S.%fZ}", mark, subscription)
    return (
        Posted("Service Health", drill.service_health()),
        Posted("Resource Health", drill.resource_health()),
        Posted("Administrative", drill.administrative()),
    )


@dataclass(frozen=True, slots=True)
class _Drill:
    """What the signals of one drill share."""

    at: str
    mark: UUID
    subscription: str

    def service_health(self) -> dict[str, Any]:
        """An incident that is resolved, with the numbers that the common schema has in place of words."""
        context = {"channels": 1, "eventSource": 2, "level": 3, "status": "Resolved"}
        context["operationName"] = "Microsoft.ServiceHealth/incident/action"
        properties = {
            "title": "A drill: nothing is happening",
            "service": "Azure Service Name",
            "region": "Global",
            "communication": "<p>This is a drill of the way from the door for signals to you. Nothing to do.</p>",
            "incidentType": "Incident",
            "trackingId": f"TEST-{self.mark.hex[:8].upper()}",
            "impactStartTime": self.at,
            "impactMitigationTime": self.at,
            "impactedServices": [
                {"ImpactedRegions": [{"RegionName": "Global"}], "ServiceName": "Azure Service Name"},
            ],
            "stage": "Resolved",
            "communicationId": self.mark.hex[:14],
            "isHIR": "false",
            "impactType": "SubscriptionList",
            "version": "0.1.1",
        }
        return self._alert("ServiceHealth", f"/subscriptions/{self.subscription}", context, properties)

    def resource_health(self) -> dict[str, Any]:
        """A machine that is available again."""
        context = {"channels": "Admin, Operation", "eventSource": "ResourceHealth", "level": "Informational"}
        context |= {"operationName": "Microsoft.Resourcehealth/healthevent/Resolved/action", "status": "Resolved"}
        properties = {"title": "A drill: the machine is available", "type": "Downtime", "cause": "PlatformInitiated"}
        properties |= {"currentHealthStatus": "Available", "previousHealthStatus": "Unavailable"}
        return self._alert("Resource Health", self._machine, context, properties)

    def administrative(self) -> dict[str, Any]:
        """A restart that has succeeded."""
        restart = "Microsoft.Compute/virtualMachines/restart/action"
        context = {"channels": "Operation", "eventSource": "Administrative", "level": "Informational"}
        context |= {"operationName": restart, "status": "Succeeded", "subStatus": "", "caller": "drill@example.com"}
        properties = {"eventCategory": "Administrative", "entity": self._machine, "message": restart}
        return self._alert("Activity Log - Administrative", self._machine, context, properties)

    @property
    def _machine(self) -> str:
        group = f"/subscriptions/{self.subscription}/resourceGroups/drill"
        return f"{group}/providers/Microsoft.Compute/virtualMachines/drill-{self.mark.hex[:8]}"

    def _alert(self, service: str, target: str, context: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
        """The common schema around one entry of the activity log."""
        mark = str(self.mark)
        alerts = f"/subscriptions/{self.subscription}/providers/Microsoft.AlertsManagement/alerts"
        essentials = {
            "alertId": f"{alerts}/{mark}",
            "alertRule": f"test-{service.replace(' ', '')}AlertRule",
            "severity": "Sev4",
            "signalType": "Activity Log",
            "monitorCondition": "Fired",
            "monitoringService": service,
            "alertTargetIDs": [target],
            "originAlertId": mark,
            "firedDateTime": self.at,
            "description": "A drill",
            "essentialsVersion": "1.0",
            "alertContextVersion": "1.0",
        }
        ids = {"correlationId": mark, "eventDataId": mark, "operationId": mark}
        times = {"eventTimestamp": self.at, "submissionTimestamp": self.at}
        marked = {**properties, "IsSynthetic": "True"}
        data = {"essentials": essentials, "alertContext": {**context, **ids, **times, "properties": marked}}
        return {"schemaId": "azureMonitorCommonAlertSchema", "data": data}
