"""Event types and API versions that we know, of the families that speak of maintenance. One line teaches another.

A type or version that is none of these is read as far as it can be, and noted on the event; what is left of its
family and cannot be read goes to quarantine.
"""

from __future__ import annotations

import re

from notbefore.reading import Fields

_FAMILY = re.compile(
    r"microsoft\.maintenance[./]|microsoft\.resourcenotifications\.(health|maintenance|containerservice)"
    r"|microsoft\.resources\.resourceaction|notbefore\.vm\.scheduled-events",
    re.IGNORECASE,
)
TYPES = frozenset(
    {
        "microsoft.maintenance.premaintenanceevent",
        "microsoft.maintenance.postmaintenanceevent",
        "microsoft.maintenance/scheduledevents/write",
        "microsoft.resourcenotifications.healthresources.availabilitystatuschanged",
        "microsoft.resourcenotifications.healthresources.resourceannotated",
        "microsoft.resourcenotifications.maintenanceresources.scheduledeventemitted",
        "microsoft.resourcenotifications.containerserviceeventresources.scheduledeventemitted",
        "microsoft.resources.resourceactionsuccess",
        "microsoft.resources.resourceactionfailure",
        "microsoft.resources.resourceactioncancel",
        "notbefore.vm.scheduled-events",
    }
)
API_VERSIONS = frozenset(
    {
        "2020-03-01",
        "2020-07-01",
        "2022-08-01",
        "2023-11-02-preview",
        "2023-12-01",
        "2024-07-01",
    }
)
"""`data.apiVersion` of resource notifications."""


def is_ours(event_type: str) -> bool:
    """Of a family that speaks of maintenance, known or not."""
    return event_type.lower() in TYPES or _FAMILY.search(event_type) is not None


def note_new_type(fields: Fields, event_type: str) -> None:
    """An event type of our families that we do not know is noted on the envelope."""
    if event_type.lower() not in TYPES and _FAMILY.search(event_type):
        fields.note(f"not a known event type: {event_type[:120]!r}", "eventType", "type")


def note_new_version(fields: Fields) -> None:
    """An API version of a resource notification that we do not know is noted."""
    if (version := fields.text("apiVersion")) and version.lower() not in API_VERSIONS:
        fields.note(f"not a known API version: {version[:80]!r}", "apiVersion")
