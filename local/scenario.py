"""The story a first run plays: a planned maintenance with a reboot, its two machines, a new date, and the end.

The signals are as Azure sends them and the machines are told as Azure tells them, with today's dates and names of their
own, so that a second run on the same state plays another maintenance and not a repeat of the first.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

SUBSCRIPTION = "33333333-3333-4333-8333-333333333333"
MACHINES = ("web-01", "web-02")
_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop-web/providers/Microsoft.Compute/virtualMachines/"
_HOURS = timedelta(hours=6)
_LATER = timedelta(hours=2)
_HALF = 30


@dataclass(frozen=True)
class Act:
    """One step: what happens, in words, the signals that tell of it, and what the machines are told afterwards."""

    title: str
    signals: tuple[Any, ...] = ()
    shown: Mapping[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)
    """By machine: the scheduled events that its metadata service shows from now on."""
    reboots: bool = False
    """The machines go down and come back before they are told anything else."""


def acts(clock: Callable[[], datetime]) -> Iterator[Act]:
    """The whole story, act by act; `clock` (aware, UTC) is asked when an act is wanted."""
    play = _Play(clock)
    first, second = play.start, play.start + _LATER
    yield Act("Service Health announces a maintenance", (play.alert("Planned", first), play.impacted(first)))
    yield Act("two machines are told when", shown=play.told("Scheduled", first))
    yield Act("it is put off for two hours", (play.alert("Rescheduled", second),), play.told("Scheduled", second))
    yield Act("it begins on both", shown=play.told("Started", second))
    yield Act("both come back from their reboot", shown=dict.fromkeys(MACHINES, ()), reboots=True)
    yield Act("it is over", (play.alert("Complete", second),))


class _Play:
    """The names and dates that the signals of one playing share."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        soon = clock() + timedelta(minutes=90)
        self.start = soon.replace(minute=30 if soon.minute >= _HALF else 0, second=0, microsecond=0)
        mark = uuid.uuid4()
        letters = mark.hex.upper()
        self._tracking = f"{letters[:4]}-{letters[4:7]}"
        self._maintenance = str(mark)
        self._machines = {name: uuid.uuid4() for name in MACHINES}

    def alert(self, stage: str, start: datetime) -> dict[str, Any]:
        """A Service Health alert in the common schema, as an action group posts it."""
        return {
            "schemaId": "azureMonitorCommonAlertSchema",
            "data": {"essentials": self._essentials(), "alertContext": self._context(stage, start)},
        }

    def impacted(self, start: datetime) -> dict[str, Any]:
        """The machines of the maintenance, as Resource Graph answers when asked for them."""
        rows = [
            {
                "id": f"{self._event}/impactedResources/{self._machines[name]}",
                "name": str(self._machines[name]),
                "type": "microsoft.resourcehealth/events/impactedresources",
                "subscriptionId": SUBSCRIPTION,
                "properties": {
                    "resourceName": name,
                    "resourceGroup": "shop-web",
                    "targetResourceType": "Microsoft.Compute/virtualMachines",
                    "targetResourceId": _GROUP + name,
                    "targetRegion": "westeurope",
                    "status": "Pending",
                    "maintenanceStartTime": _iso(start),
                    "maintenanceEndTime": _iso(start + _HOURS),
                },
            }
            for name in MACHINES
        ]
        return {"totalRecords": len(rows), "count": len(rows), "data": rows, "facets": [], "resultTruncated": "false"}

    def told(self, status: str, start: datetime) -> dict[str, tuple[dict[str, Any], ...]]:
        """The scheduled event of each machine, as its metadata service shows it."""
        return {name: (self._scheduled(name, status, start),) for name in MACHINES}

    def _scheduled(self, name: str, status: str, start: datetime) -> dict[str, Any]:
        return {
            "EventId": str(self._machines[name]).upper(),
            "EventStatus": status,
            "EventType": "Reboot",
            "ResourceType": "VirtualMachine",
            "Resources": [name],
            "NotBefore": "" if status == "Started" else format_datetime(start, usegmt=True),
            "Description": "Host server is undergoing maintenance.",
            "EventSource": "Platform",
            "DurationInSeconds": -1,
        }

    @property
    def _event(self) -> str:
        return f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.ResourceHealth/events/{self._tracking}"

    def _essentials(self) -> dict[str, Any]:
        return {
            "alertId": f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/{uuid.uuid4().hex}",
            "alertRule": "service-health",
            "severity": "Sev4",
            "signalType": "Activity Log",
            "monitorCondition": "Fired",
            "monitoringService": "ServiceHealth",
            "alertTargetIDs": [f"/subscriptions/{SUBSCRIPTION}"],
            "originAlertId": str(uuid.uuid4()),
            "firedDateTime": _iso(self._clock()),
            "description": "",
            "essentialsVersion": "1.0",
            "alertContextVersion": "1.0",
        }

    def _context(self, stage: str, start: datetime) -> dict[str, Any]:
        return {
            "channels": 1,
            "correlationId": self._maintenance,
            "eventSource": 2,
            "eventTimestamp": _iso(self._clock()),
            "eventDataId": str(uuid.uuid4()),
            "level": 3,
            "operationName": "Microsoft.ServiceHealth/maintenance/action",
            "operationId": self._maintenance,
            "properties": self._properties(stage, start),
            "status": "Resolved" if stage == "Complete" else "Active",
            "subStatus": None,
            "submissionTimestamp": _iso(self._clock()),
            "ResourceType": None,
        }

    def _properties(self, stage: str, start: datetime) -> dict[str, Any]:
        title = "Virtual machine maintenance - West Europe"
        text = _TEXTS[stage]
        return {
            "title": title,
            "service": "Virtual Machines",
            "region": "West Europe",
            "communication": text,
            "incidentType": "Maintenance",
            "trackingId": self._tracking,
            "impactStartTime": _iso(start),
            "impactMitigationTime": _iso(start + _HOURS),
            "impactedServices": '[{"ImpactedRegions":[{"RegionName":"West Europe"}],"ServiceName":"Virtual Machines"}]',
            "defaultLanguageTitle": title,
            "defaultLanguageContent": text,
            "stage": stage,
            "communicationId": uuid.uuid4().hex[:14],
            "maintenanceId": self._maintenance,
            "isHIR": "false",
            "version": "0.1.1",
        }


_TEXTS = {
    "Planned": "<p>Azure will perform <strong>planned maintenance</strong> on the hosts of some of your virtual "
    "machines in West Europe.</p><p>Your virtual machines <strong>will be rebooted</strong>.</p>",
    "Rescheduled": "<p>The planned maintenance in West Europe starts two hours later than announced.</p>"
    "<p>Your virtual machines <strong>will be rebooted</strong>.</p>",
    "Complete": "<p>The planned maintenance in West Europe is complete. Your virtual machines were rebooted.</p>",
}


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
