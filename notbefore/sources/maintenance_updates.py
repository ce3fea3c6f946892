"""Microsoft.Maintenance, asked: pending platform updates and applyUpdates, by REST, CLI, PowerShell, Resource Graph.

Azure docs: Maintenance REST reference; Update Manager, query logs. Fields stand at the top or under `properties`,
whoever prints them.
"""

from __future__ import annotations

from datetime import datetime

from notbefore.envelopes import Record
from notbefore.errors import MalformedSignal
from notbefore.reading import Fields, UnreadableTime, parse_time, region_name, resource_at, subscription_of
from notbefore.reading.arm import before_provider
from notbefore.schema import (
    OVER,
    FieldWarning,
    Impact,
    InitiatedBy,
    Kind,
    MaintenanceEvent,
    Phase,
    Reading,
    Resource,
    Source,
)
from notbefore.sources.failure import failure_in
from notbefore.sources.maintenance_configuration import run_name
from notbefore.sources.observe import OWN_TIMES, Observed, keys_of, looked_up, observe, window_of

STATUSES = {
    "pending": Phase.SCHEDULED,
    "inprogress": Phase.STARTED,
    "completed": Phase.COMPLETED,
    "cancel": Phase.CANCELED,
    "canceled": Phase.CANCELED,
    "retrynow": Phase.UPDATED,
    "retrylater": Phase.UPDATED,
}
IMPACTS = {
    "none": Impact.NONE,
    "freeze": Impact.FREEZE,
    "restart": Impact.REBOOT,
    "reboot": Impact.REBOOT,
    "redeploy": Impact.REDEPLOY,
}
_NO_MACHINES = ("microsoft.maintenance/", "microsoft.resources/")
"""Types that are left of an id under a configuration, or of a configuration's own."""
_NOTHING_PENDING = "noupdatespending"
_NONE_PENDING = "no updates are pending"
_STARTS = ("notBefore", "startTimeUtc", "startDateTime", "startTime")
_ENDS = ("notAfter", "endTimeUtc", "endDateTime", "endTime")


class Entry:
    """One entry, whose fields stand at its top or under `properties`."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.inner = fields.inner("properties")

    def holder(self, *names: str) -> Fields:
        """Where one of the names has a value; the top when none has."""
        return self.inner if self.fields.get(*names) is None and self.inner.get(*names) is not None else self.fields

    def text(self, *names: str) -> str | None:
        """The first name with a value, at the top or under `properties`."""
        return self.holder(*names).text(*names)

    def time(self, *names: str) -> datetime | None:
        """The first name with a readable time, at the top or under `properties`."""
        return self.fields.time(*names) or self.inner.time(*names)


def parse_update(record: Record) -> Reading:
    """Pending updates: one entry, or the Graph row that lists them. Each that is broken spoils only itself."""
    row = record.fields
    inner = row.inner("properties")
    listed = inner.inners("value")
    if inner.has("value") and not listed:
        return Reading(ignored=_NONE_PENDING)
    events: list[MaintenanceEvent] = []
    malformed = []
    for fields in listed or [row]:
        try:
            event = _update(record, fields, row)
        except MalformedSignal as problem:
            malformed.append(FieldWarning(problem.path, problem.problem))
            continue
        events += [event] if event else []
    nothing = None if events or malformed else _NONE_PENDING
    return Reading(tuple(events), ignored=nothing, malformed=tuple(malformed))


def _update(record: Record, fields: Fields, row: Fields) -> MaintenanceEvent | None:
    fields = fields.apart()
    entry = Entry(fields)
    if entry.holder("status").word("status") == _NOTHING_PENDING:
        return None
    resource = _resource(entry, row)
    phase = looked_up(entry.holder("status"), STATUSES, Phase.UNKNOWN, "status")
    impact = looked_up(entry.holder("impactType"), IMPACTS, Impact.UNKNOWN, "impactType")
    inside = Record(record.form, fields, record.context)
    ends = Record(record.form, entry.holder(*_ENDS), record.context)
    seconds = entry.holder("impactDurationInSec").number("impactDurationInSec")
    what = f"Platform update, impact {impact}"
    seen = Observed(
        source=Source.MAINTENANCE_CONFIGURATION,
        kind=Kind.HOST_MAINTENANCE,
        phase=phase,
        impact=impact,
        initiated_by=InitiatedBy.PLATFORM,
        resources=(resource,) if resource else (),
        window=window_of(ends, entry.time(*_STARTS), entry.time(*_ENDS), *_ENDS),
        duration_seconds=seconds if seconds is not None and seconds >= 0 else None,
        keys=keys_of(
            tracking_id=entry.text("notificationId", "trackingId"),
            correlation_id=entry.text("correlationId", "maintenanceRunId"),
            maintenance_id=entry.text("plannedMaintenanceId", "maintenanceId", "ExternalIncidentId"),
            operation_id=entry.text("operationId"),
        ),
        title=f"{what}: {resource.name}" if resource else what,
        error=failure_in(fields, entry.inner, failed=False),
        test=(entry.text("notificationId", "trackingId") or "").upper().startswith("TEST"),
        occurred=entry.time(*OWN_TIMES),
    )
    _place(seen, row, resource)
    return observe(inside, seen)


def parse_apply_update(record: Record) -> Reading:
    """One run, of a machine or of a whole configuration. Raises: MalformedSignal without resource and id."""
    fields = record.fields
    entry = Entry(fields)
    if entry.holder("status").word("status") == _NOTHING_PENDING:
        return Reading(ignored=_NONE_PENDING)
    if _never_ran(entry):
        return Reading(ignored="no update was ever applied")
    resource = _resource(entry, fields)
    phase = looked_up(entry.holder("status"), STATUSES, Phase.UNKNOWN, "status")
    start = entry.time("startDateTime", "startTime")
    end = entry.time(*_ENDS) if phase in OVER else None
    ends = Record(record.form, entry.holder(*_ENDS), record.context)
    seen = Observed(
        source=Source.MAINTENANCE_CONFIGURATION,
        kind=Kind.MAINTENANCE_RUN,
        phase=phase,
        initiated_by=InitiatedBy.CUSTOMER,
        resources=(resource,) if resource else (),
        window=window_of(ends, start, end, *_ENDS),
        keys=_keys_of_run(entry),
        title=f"Maintenance run of {resource.name}" if resource else "Maintenance run",
        error=failure_in(fields, entry.inner, failed=phase is Phase.FAILED),
        occurred=entry.time(*OWN_TIMES) or (start if phase is Phase.STARTED else None),
    )
    seen.occurred = seen.occurred or seen.window.not_after
    _place(seen, fields, resource)
    return Reading((observe(record, seen),))


def _never_ran(entry: Entry) -> bool:
    """Times are given, and all of them are the year 1 (Azure's `default` entry says Completed all the same)."""
    names = ("lastUpdateTime", "startDateTime", "endDateTime")
    given = [value for name in names if (value := entry.holder(name).get(name)) is not None]
    return bool(given) and all(_is_unset(value) for value in given)


def _is_unset(value: object) -> bool:
    try:
        return parse_time(value) is None
    except UnreadableTime:
        return False


def _keys_of_run(entry: Entry) -> dict[str, str]:
    """A run under a configuration is named by its own path, which the machines' runs call correlationId."""
    own = entry.fields.text("id")
    under_configuration = own is not None and "maintenanceconfigurations/" in own.lower()
    return keys_of(
        correlation_id=entry.text("correlationId", "maintenanceRunId") or (own if under_configuration else None),
        operation_id=run_name(own or f"/applyupdates/{_name(entry)}") or entry.text("operationId"),
    )


def _name(entry: Entry) -> str:
    """The run's name where there is no id; the configuration's name, which comes back each week, is none."""
    name = entry.fields.text("name") or ""
    schedule = (entry.text("maintenanceConfigurationId") or "").lower().rpartition("/")[2]
    return "" if name.lower() == schedule else name


def _resource(entry: Entry, row: Fields) -> Resource | None:
    """The part of the id before the provider; a configuration is no resource. Raises: MalformedSignal."""
    given = [text for text in (row.text("id"), entry.text("resourceId")) if text]
    if not given:
        holder = entry.inner if entry.fields.has("properties") else entry.fields
        raise MalformedSignal(holder.at("resourceId"), "an entry of Microsoft.Maintenance that names no resource")
    parts = (resource_at(before_provider(text, "microsoft.maintenance")) for text in given)
    return next((part for part in parts if part and not (part.type or "").startswith(_NO_MACHINES)), None)


def _place(seen: Observed, row: Fields, resource: Resource | None) -> None:
    own = resource.id if resource else None
    seen.subscription_id = subscription_of(own) or subscription_of(row.text("subscriptionId", "id"))
    location = row.text("location", "region")
    seen.regions = (region_name(location),) if location else ()
