"""Service Health: alerts, activity-log records, exports, log rows, the events API, Resource Graph, impacted resources.

Tables and rules: readings, sections 3 to 7. Whatever the form, the platform speaks and the phase is the stage.
"""

from __future__ import annotations

from datetime import datetime

from notbefore.envelopes import Record
from notbefore.envelopes.activity import Entry
from notbefore.errors import MalformedSignal
from notbefore.reading import Fields, subscription_of, unwrapped
from notbefore.schema import InitiatedBy, Kind, Phase, Reading, Source
from notbefore.sources import drift
from notbefore.sources.drift import level_of, note_new_fields
from notbefore.sources.observe import Observed, keys_of, looked_up, observe, window_of
from notbefore.sources.service_health_affected import (
    impacted_resource,
    impacted_services,
    regions_in,
    subscriptions_of,
    told_of_impact,
    tracking_in,
)
from notbefore.sources.service_health_prose import counted, note_title, text_of, title_of
from notbefore.sources.service_health_words import impact_in_words

KINDS = {
    **dict.fromkeys(("maintenance", "plannedmaintenance"), Kind.PLANNED_MAINTENANCE),
    **dict.fromkeys(("incident", "serviceissue", "emergingissues"), Kind.SERVICE_ISSUE),
    **dict.fromkeys(
        (
            "informational", "information", "actionrequired", "healthadvisory", "billing", "retirement",
            "assistedrecovery",
        ),
        Kind.HEALTH_ADVISORY,
    ),
    **dict.fromkeys(("security", "securityadvisory"), Kind.SECURITY_ADVISORY),
}  # fmt: skip  # `incidentType` or `eventType` → kind

_ACTIVE = None
"""`Active` is announced while a planned maintenance lies ahead, else started."""

STAGES: dict[str, Phase | None] = {
    "planned": Phase.ANNOUNCED,
    "active": _ACTIVE,
    "activated": _ACTIVE,
    "inprogress": Phase.STARTED,
    "complete": Phase.COMPLETED,
    "resolved": Phase.COMPLETED,
    "canceled": Phase.CANCELED,
    "rescheduled": Phase.RESCHEDULED,
    "rca": Phase.UPDATED,
}
"""`stage` → phase, and the status where there is no stage."""

_TRACKING = ("trackingId", "notificationId")
_MAINTENANCE = ("maintenanceId", "plannedMaintenanceId", "ExternalIncidentId")


def parse_entry(record: Record) -> Reading:
    """An activity-log record of category ServiceHealth. Raises: MalformedSignal without a tracking id."""
    entry = Entry(record)
    said = entry.properties
    tracking_id = said.text(*_TRACKING) or record.fields.text(*_TRACKING)
    if tracking_id is None or not keys_of(tracking_id=tracking_id):
        raise _unidentified(record.fields, said)
    seen = _seen(record, said, tracking_id, entry.time, entry.status)
    if said is not record.fields:
        note_new_fields(said, drift.SERVICE_HEALTH_ENTRY)
    seen.azure_level = level_of(record.fields)
    seen.subscription_id = entry.subscription_id()
    seen.keys |= keys_of(
        communication_id=said.text("communicationId"),
        correlation_id=entry.correlation_id,
        operation_id=entry.operation_id,
    )
    return Reading(events=(observe(record, _identified(seen, said)),))


def parse_event(record: Record) -> Reading:
    """An element of the events API or of Resource Graph: one event for each subscription it lists.

    Raises: MalformedSignal without a tracking id.
    """
    top = record.fields
    said = top.inner("properties") or top
    tracking_id = said.text(*_TRACKING) or top.text(*_TRACKING) or tracking_in(top)
    if tracking_id is None or not keys_of(tracking_id=tracking_id):
        missing = "name" if said is not top else "trackingId"
        raise MalformedSignal(top.at(missing), "a Service Health event without a tracking id")
    time = said.time("lastUpdateTime") or top.time("lastUpdateTime")
    seen = _seen(record, said, tracking_id, time, said.word("status"))
    if said is not top:
        note_new_fields(said, drift.SERVICE_HEALTH_EVENT)
    seen.azure_level = level_of(said)
    seen.regions = seen.regions or regions_in(top.text("location"))
    events = []
    for subscription in subscriptions_of(said, top):
        seen.subscription_id = subscription
        events.append(observe(record, _identified(seen, said)))
    return Reading(events=tuple(events))


def parse_impacted(record: Record) -> Reading:
    """An impacted-resource row: this resource belongs to that tracking id. A row that names none says nothing.

    Raises: MalformedSignal with neither a resource nor an id of its own.
    """
    top = record.fields
    said = top.inner("properties") or top
    resource = impacted_resource(said)
    if resource is None:
        if top.get("id", "name") is None:
            raise MalformedSignal(said.at("targetResourceId"), "an impacted resource that is not named")
        return Reading(ignored="an impacted-resource row without a resource")
    subscription = subscription_of(resource.id) or subscription_of(top.text("subscriptionId") or top.text("id"))
    seen = Observed(
        source=Source.SERVICE_HEALTH,
        phase=Phase.UPDATED,
        initiated_by=InitiatedBy.PLATFORM,
        subscription_id=subscription,
        regions=regions_in(said.text("targetRegion", "region") or top.text("targetRegion", "location")),
        resources=(resource,),
        keys=keys_of(tracking_id=said.text(*_TRACKING) or tracking_in(top)),
        title=f"{resource.name or resource.id} is affected",
        text=told_of_impact(said),
        occurred=said.time("lastUpdateTime") or top.time("lastUpdateTime"),
        version=(said.text("status", "staus"),),
    )
    return Reading(events=(observe(record, seen),))


def _unidentified(record: Fields, said: Fields) -> MalformedSignal:
    """The tracking id is missing, or what should hold it is no object."""
    held = unwrapped(record.get("Properties_d", "properties"))
    if held is None or isinstance(held, dict):
        return MalformedSignal(said.at("trackingId"), "a Service Health event without a tracking id")
    problem = f"an object was expected, not a {type(held).__name__}"
    return MalformedSignal(record.at("Properties_d", "properties"), problem)


def _seen(record: Record, said: Fields, tracking_id: str, time: datetime | None, status: str) -> Observed:
    """What all full events have in common."""
    kind = looked_up(said, KINDS, Kind.UNKNOWN, "incidentType", "eventType")
    title, text = title_of(said), text_of(said)
    start, end = said.time("impactStartTime"), said.time("impactMitigationTime", "endTime")
    occurred = time or record.context.time or record.context.received
    ahead = kind is Kind.PLANNED_MAINTENANCE and start is not None and start > occurred
    services, regions = impacted_services(said)
    phase = _phase(said, status, ahead=ahead)
    note_title(said, title, phase)
    return Observed(
        source=Source.SERVICE_HEALTH,
        kind=kind,
        phase=phase,
        impact=impact_in_words(kind, *counted(said, title, text)),
        initiated_by=InitiatedBy.PLATFORM,
        regions=regions or regions_in(", ".join(said.texts("region", "targetRegion"))),
        services=services or tuple(said.texts("service")),
        window=window_of(said, start, end, "impactMitigationTime", "endTime"),
        keys=keys_of(tracking_id=tracking_id, maintenance_id=said.text(*_MAINTENANCE)),
        title=title or text.partition("\n")[0][:120] or tracking_id,
        text=text,
        test=said.flag("IsSynthetic") is True or tracking_id.upper().startswith("TEST"),
        occurred=time,
    )


def _phase(said: Fields, status: str, *, ahead: bool) -> Phase:
    """The stage; without one the status; a word that neither knows is noted."""
    if said.word("stage"):
        phase = looked_up(said, STAGES, Phase.UNKNOWN, "stage")
    else:
        if status and status not in STAGES:
            said.note(f"not a known status: {status!r}", "status")
        phase = STAGES.get(status, Phase.UNKNOWN)
    return (Phase.ANNOUNCED if ahead else Phase.STARTED) if phase is _ACTIVE else phase


def _identified(seen: Observed, said: Fields) -> Observed:
    """One message about one event, in one subscription, is one statement, by whatever pipe it came."""
    communication = seen.keys.get("communication_id") or (seen.occurred, seen.title, seen.text)
    seen.identity = (
        seen.keys["tracking_id"].lower(),
        seen.subscription_id,
        seen.phase,
        said.word("stage"),
        seen.window,
    )
    seen.version = (communication,)
    seen.url = _link(seen.keys["tracking_id"], seen.subscription_id)
    return seen


def _link(tracking_id: str, subscription: str | None) -> str | None:
    """The event in the portal, for that subscription (service-health-alert-webhook-guide: its first and last three)."""
    if not tracking_id.replace("-", "").replace("_", "").isalnum():
        return None
    link = f"https://app.azure.com/h/{tracking_id}"
    return f"{link}/{subscription[:3]}{subscription[-3:]}" if subscription else link
