"""Resource Health: activity-log records, availability statuses, annotations; alerts, Event Grid, REST, Resource Graph.

Tables and rules: readings, sections 3 to 7.
"""

from __future__ import annotations

from notbefore.envelopes import Record
from notbefore.envelopes.activity import Entry
from notbefore.errors import MalformedSignal
from notbefore.reading import Fields, Remembered, plain_text, region_name, resource_at, subscription_of
from notbefore.reading.arm import before_provider
from notbefore.schema import IMPACT_RANK, EventError, Impact, InitiatedBy, Kind, Phase, Reading, Resource, Source
from notbefore.sources import drift
from notbefore.sources.drift import level_of, note_new_fields
from notbefore.sources.observe import Observed, keys_of, looked_up, observe

STATES = {
    "unavailable": Impact.UNAVAILABLE,
    "degraded": Impact.DEGRADED,
    "available": Impact.NONE,
    "unknown": Impact.UNKNOWN,
}
"""Availability state → impact."""

STATUSES = {
    **dict.fromkeys(("active", "activated", "inprogress"), Phase.STARTED),
    "updated": Phase.UPDATED,
    "resolved": Phase.COMPLETED,
}
"""A record's status → phase."""

PHASE_OF_STATE = {
    "unavailable": Phase.STARTED,
    "degraded": Phase.STARTED,
    "available": Phase.COMPLETED,
    "unknown": Phase.UPDATED,
}
"""State → phase where there is no status; Available only as a change to it."""

INITIATORS = {
    **dict.fromkeys(("platforminitiated", "platoforminitiated", "planned", "unplanned"), InitiatedBy.PLATFORM),
    **dict.fromkeys(("userinitiated", "customerinitiated"), InitiatedBy.CUSTOMER),
}
"""Cause, reason type or context → who; any other word is unknown."""

ANNOTATION_PHASES = (
    ("scheduled", Phase.SCHEDULED, False),
    ("succeeded", Phase.COMPLETED, True),
    ("completed", Phase.COMPLETED, True),
    ("failed", Phase.FAILED, True),
    ("failure", Phase.FAILED, True),
    ("canceled", Phase.CANCELED, True),
)
"""Part of an annotation's name, phase, and whether the name must end with it; else started."""

ANNOTATION_TYPES = {
    "downtimereboot": Impact.REBOOT,
    "downtimefreeze": Impact.FREEZE,
    "degraded": Impact.DEGRADED,
    "informational": Impact.NONE,
}
"""An annotation's `impactType` → impact; any other Downtime is unavailable."""

ANNOTATION_NAMES = (
    ("degraded", Impact.DEGRADED),
    ("preempt", Impact.PREEMPT),
    ("redeploy", Impact.REDEPLOY),
    ("reboot", Impact.REBOOT),
    ("freeze", Impact.FREEZE),
    ("dealloc", Impact.UNAVAILABLE),
)
"""The first of these that an annotation's name contains → impact."""

_PLANNED = ("duetoplannedmaintenance", "forplannedmaintenance")
_STATE = ("currentHealthStatus", "healthStatus", "availabilityState")
_WHO = ("cause", "healthEventCause", "reasonType", "context")
_TIMES = ("occurredTime", "occuredTime", "eventTimestamp", "lastUpdateTime", "lastModifiedDateTime")


def parse_entry(record: Record) -> Reading:
    """An activity-log record of category ResourceHealth. Raises: MalformedSignal without a resource."""
    entry = Entry(record)
    said = entry.properties
    resources = tuple(entry.resources())
    if not resources:
        raise MalformedSignal(entry.resource_path, "a Resource Health record without a resource")
    state = said.word(*_STATE)
    seen = _seen(said, resources, entry.subscription_id(resources))
    seen.impact = looked_up(said, STATES, Impact.UNKNOWN, *_STATE)
    seen.phase = _phase_of_entry(entry, state)
    seen.azure_level = level_of(record.fields)
    note_new_fields(said, drift.RESOURCE_HEALTH_ENTRY)
    seen.keys = keys_of(correlation_id=entry.correlation_id, operation_id=entry.operation_id)
    seen.regions = _regions(said, said)
    seen.title = plain_text(said.text("title")) or _state_title(resources, said)
    seen.text = plain_text(said.text("details", "communication"))
    _note_title(said, state)
    seen.occurred = entry.time
    seen.identity = _identity(seen, state)
    return Reading(events=(observe(record, seen),))


def _phase_of_entry(entry: Entry, state: str) -> Phase:
    """The status; without one the state, for a record tells of a change."""
    status = entry.status or entry.properties.word("stage")
    if not status:
        return PHASE_OF_STATE.get(state, Phase.UNKNOWN)
    if status not in STATUSES:
        entry.fields.note(f"not a known status: {status!r}", "status", "resultType")
    return STATUSES.get(status, Phase.UNKNOWN)


def _note_title(said: Fields, state: str) -> None:
    """A title that names another state than the field is noted; the field decides."""
    named = said.word("title")
    if state and named in STATES and named not in (state, "unknown"):
        said.note(f"the title says {said.text('title')}, the state {said.text(*_STATE)}; the state decides", "title")


def parse_availability(record: Record) -> Reading:
    """An availability status. Available as the answer to a question is ignored, as a change it is an end.

    Raises: MalformedSignal without a resource.
    """
    top = record.fields
    said = top.inner("properties") or top
    resource = _resource(record, said)
    state = said.word("availabilityState")
    if state == "available" and not _is_change(record, said):
        return Reading(ignored="the resource is available")
    seen = _seen(said, (resource,), _subscription(resource, record))
    seen.impact = looked_up(said, STATES, Impact.UNKNOWN, "availabilityState")
    seen.phase = PHASE_OF_STATE.get(state, Phase.UNKNOWN)
    seen.regions = _regions(top, said)
    seen.title = plain_text(said.text("title")) or _state_title((resource,), said)
    seen.text = plain_text(said.text("summary", "detailedStatus"))
    seen.occurred = said.time(*_TIMES)
    _note_new_fields(top, said)
    seen.identity = _identity(seen, state)
    return Reading(events=(observe(record, seen),))


def _is_change(record: Record, said: Fields) -> bool:
    """There was another state before, or Event Grid says that it changed."""
    if record.context.event_type.lower().endswith("statuschanged"):
        return True
    return said.word("previousAvailabilityState") not in ("", "available")


def parse_annotation(record: Record) -> Reading:
    """An annotation: its name tells phase and impact, its context who. Raises: MalformedSignal without a resource."""
    top = record.fields
    said = top.inner("properties") or top
    resource = _resource(record, said)
    name = said.word("annotationName")
    seen = _seen(said, (resource,), _subscription(resource, record))
    if any(planned in name for planned in _PLANNED):
        seen.initiated_by = InitiatedBy.PLATFORM
    seen.phase = _PHASES[name]
    seen.impact = max(_impact_of_type(said), _IMPACTS[name], key=IMPACT_RANK.__getitem__)
    seen.regions = _regions(top, said)
    seen.title = plain_text(said.text("reason", "annotationName"))
    seen.text = plain_text(said.text("summary"))
    seen.occurred = said.time(*_TIMES)
    _note_new_fields(top, said)
    if seen.phase is Phase.FAILED:
        seen.error = EventError(None, seen.text or seen.title or None)
    seen.identity = _identity(seen, name)
    return Reading(events=(observe(record, seen),))


def _phase_of_annotation(name: str) -> Phase:
    if not name:
        return Phase.UNKNOWN
    fits = (phase for part, phase, at_end in ANNOTATION_PHASES if (name.endswith(part) if at_end else part in name))
    return next(fits, Phase.STARTED)


def _impact_of_type(said: Fields) -> Impact:
    word = said.word("impactType")
    if word.startswith("downtime") and word not in ANNOTATION_TYPES:
        return Impact.UNAVAILABLE
    return looked_up(said, ANNOTATION_TYPES, Impact.UNKNOWN, "impactType")


def _impact_of_name(name: str) -> Impact:
    return next((impact for part, impact in ANNOTATION_NAMES if part in name), Impact.UNKNOWN)


_PHASES = Remembered(_phase_of_annotation, longest=128)
_IMPACTS = Remembered(_impact_of_name, longest=128)


def _seen(said: Fields, resources: tuple[Resource, ...], subscription_id: str | None) -> Observed:
    return Observed(
        source=Source.RESOURCE_HEALTH,
        kind=Kind.RESOURCE_HEALTH,
        initiated_by=_initiator(said),
        subscription_id=subscription_id,
        resources=resources,
        test=said.flag("IsSynthetic") is True,
    )


def _initiator(said: Fields) -> InitiatedBy:
    """The first of cause, reason type and context that says who."""
    for name in _WHO:
        if (who := INITIATORS.get(said.word(name).replace("-", ""))) is not None:
            return who
    return InitiatedBy.UNKNOWN


def _resource(record: Record, said: Fields) -> Resource:
    """`targetResourceId`, else what the id hangs on, else Event Grid's subject."""
    top = record.fields
    own = before_provider(top.text("id") or "", "microsoft.resourcehealth")
    for text in (said.text("targetResourceId"), own, record.context.subject):
        resource = resource_at(before_provider(text or "", "microsoft.resourcehealth"))
        if resource is not None and not (resource.type or "").startswith("microsoft.resourcehealth/"):
            return resource
    missing = top.inner("properties").at("targetResourceId") if record.context.event_type else top.at("id")
    raise MalformedSignal(missing, "a resource's health without the resource")


def _subscription(resource: Resource, record: Record) -> str | None:
    return subscription_of(resource.id) or subscription_of(record.fields.text("subscriptionId"))


def _regions(top: Fields, said: Fields) -> tuple[str, ...]:
    """Of a record nothing but its own `region`; of a resource its location too."""
    region = said.text("region", "targetRegion") or (top.text("location") if top is not said else None)
    return (region_name(region),) if region else ()


def _state_title(resources: tuple[Resource, ...], said: Fields) -> str:
    return f"{resources[0].name} is {said.text(*_STATE) or 'in an unknown state'}"


def _note_new_fields(top: Fields, said: Fields) -> None:
    """Of properties; a query's columns are whatever was asked for."""
    if said is not top:
        note_new_fields(said, drift.RESOURCE_HEALTH)


def _identity(seen: Observed, word: str) -> tuple[object, ...]:
    """One resource in one state at one time is one statement, by whatever pipe it came."""
    return (sorted(resource.key for resource in seen.resources), seen.phase, word)
