"""What is asked of Resource Graph and of the logs, in Kusto. Rows come back in the forms that the sources read.

Azure docs: Resource Graph, supported tables; Update Manager, query logs; Azure Service Health in Resource Graph.
A page is only whole when its order is: every question for pages sorts by id.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

_COLUMNS = "| project id, name, type, subscriptionId, location, properties"

SERVICE_HEALTH = f"""servicehealthresources
| where type in~ ('microsoft.resourcehealth/events', 'microsoft.resourcehealth/events/impactedresources')
{_COLUMNS}
| order by id asc"""

MAINTENANCE = f"""maintenanceresources
| where type in~ ('microsoft.maintenance/updates', 'microsoft.maintenance/scheduledevents')
  or type endswith '/applyupdates'
{_COLUMNS}
| order by id asc"""

PATCHES = f"""patchinstallationresources
| where type !has 'softwarepatches'
| where todatetime(properties.lastModifiedDateTime) > ago(2d)
{_COLUMNS}
| order by id asc"""

SCALE_SETS = """resources
| where type =~ 'microsoft.compute/virtualmachinescalesets'
| where tostring(properties.orchestrationMode) !~ 'Flexible' and toint(sku.capacity) > 0
| project id, subscriptionId
| order by id asc"""
"""Those whose instances are not in the list of virtual machines."""

SUBSCRIPTIONS = """resourcecontainers
| where type =~ 'microsoft.resources/subscriptions'
| project id, subscriptionId
| order by id asc"""


_PLACE = """| project id, name, subscriptionId, zones,
  power = tostring(properties.extended.instanceView.powerState.code),
  scaleSet = tostring(properties.virtualMachineScaleSet.id),
  availabilitySet = tostring(properties.availabilitySet.id)
| order by id asc"""

MACHINES = f"""resources
| where type =~ 'microsoft.compute/virtualmachines'
{_PLACE}"""

INSTANCES = f"""computeresources
| where type =~ 'microsoft.compute/virtualmachinescalesets/virtualmachines'
{_PLACE}"""
"""Instances of uniform scale sets: Resource Graph keeps them apart."""


def resources(ids: Iterable[str]) -> str:
    """Facts of these resources. VMs keep their places under `properties`."""
    return f"""resources
| where id in~ ({_quoted(ids)})
| project id, name, type, location, resourceGroup, tags, zones,
  scaleSet = tostring(properties.virtualMachineScaleSet.id),
  availabilitySet = tostring(properties.availabilitySet.id),
  faultDomain = tostring(properties.platformFaultDomain)
| order by id asc"""


def containers(ids: Iterable[str]) -> str:
    """Tags of these resource groups and subscriptions."""
    return f"""resourcecontainers
| where id in~ ({_quoted(ids)})
| project id, tags
| order by id asc"""


def _quoted(ids: Iterable[str]) -> str:
    return ", ".join("'" + one.replace("\\", "\\\\").replace("'", "\\'") + "'" for one in ids)


_TOLD = "'EventId', 'EventStatus', 'Incoming VM'"


def scheduled_events(since: datetime, rows: int) -> str:
    """Scheduled Events in the tables Event and Syslog that the workspace took in since then, the oldest first.

    By `ingestion_time()`, because TimeGenerated is the machine's and may lie hours before the arrival. A workspace
    without one of the tables still answers (`isfuzzy`).
    """
    arrived = f"ingestion_time() >= datetime({since:%Y-%m-%dT%H:%M:%S.%fZ})"
    return f"""union isfuzzy=true
(Event | where {arrived}
| where RenderedDescription has_any ({_TOLD}) or EventData has_any ({_TOLD})
| project Ingested = ingestion_time(), Table = 'Event', TimeGenerated, Source, EventLog, Computer, EventLevelName,
  EventID, RenderedDescription, EventData, _ResourceId),
(Syslog | where {arrived}
| where SyslogMessage has_any ({_TOLD})
| project Ingested = ingestion_time(), Table = 'Syslog', TimeGenerated, Computer, HostName, Facility, SeverityLevel,
  ProcessName, SyslogMessage, _ResourceId)
| order by Ingested asc
| take {rows}"""
