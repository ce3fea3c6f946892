"""Guest patching: the answer of installPatches, and the rows of patchinstallationresources.

Azure docs: Automatic VM guest patching; Update Manager, query logs. One run is one event: its patches, assessments
and the instance view's summary of the last run are none.
"""

from __future__ import annotations

import re

from notbefore.envelopes import Record
from notbefore.reading import Fields, region_name, resource_at, subscription_of
from notbefore.schema import OVER, Impact, InitiatedBy, Kind, Phase, Reading, Resource, Source
from notbefore.sources.failure import failure_in
from notbefore.sources.observe import OWN_TIMES, Observed, keys_of, looked_up, observe, window_of

STATUSES = {
    "notstarted": Phase.SCHEDULED,
    "pending": Phase.SCHEDULED,
    "inprogress": Phase.STARTED,
    "succeeded": Phase.COMPLETED,
    "completedwithwarnings": Phase.COMPLETED,
    "failed": Phase.FAILED,
    "installfailed": Phase.FAILED,
    "downloadfailed": Phase.FAILED,
}
REBOOTS = {
    "notneeded": Impact.NONE,
    "required": Impact.REBOOT,
    "started": Impact.REBOOT,
    "completed": Impact.REBOOT,
    "failed": Impact.REBOOT,
}
STARTERS = {"platform": InitiatedBy.PLATFORM, "user": InitiatedBy.CUSTOMER}
_ENDS = ("endDateTime", "completedDateTime", "endTime", "lastModifiedDateTime")
_RESULT = re.compile(r"(?P<machine>.+)/patchinstallationresults(?:/(?P<run>[^/]+))?", re.IGNORECASE)
_ALIASES = frozenset({"latest", "default", "current"})


def parse_patch_run(record: Record) -> Reading:
    """One run of patching, of a VM or a connected machine; REST names no machine, Resource Graph does."""
    fields = record.fields
    body = fields.inner("properties") or fields
    if body.get("startDateTime") is None and body.has("startTime", "lastModifiedTime"):
        return Reading(ignored="a summary of the last patch run, not a run")
    phase = looked_up(body, STATUSES, Phase.UNKNOWN, "status")
    start = body.time("startDateTime", "startTime")
    end = body.time(*_ENDS) if phase in OVER else None
    resource = _machine(fields)
    location = fields.text("location")
    inside = Record(record.form, body, record.context)
    window = window_of(inside, start, end, *_ENDS)
    seen = Observed(
        source=Source.COMPUTE,
        kind=Kind.GUEST_PATCHING,
        phase=phase,
        impact=REBOOTS.get(body.word("rebootStatus"), Impact.UNKNOWN),
        initiated_by=STARTERS.get(body.word("startedBy"), InitiatedBy.UNKNOWN),
        subscription_id=subscription_of(resource.id if resource else None)
        or subscription_of(fields.text("subscriptionId")),
        regions=(region_name(location),) if location else (),
        resources=(resource,) if resource else (),
        window=window,
        keys=keys_of(operation_id=_run(fields, body), correlation_id=body.text("maintenanceRunId")),
        title=f"Guest patching of {resource.name}" if resource else "Guest patching",
        text=_counted(body),
        error=failure_in(body, failed=phase is Phase.FAILED),
        occurred=body.time(*OWN_TIMES) or (start if phase is Phase.STARTED else window.not_after),
    )
    return Reading((observe(record, seen),))


def _machine(fields: Fields) -> Resource | None:
    found = _RESULT.fullmatch(fields.text("id") or "")
    return resource_at(found["machine"] if found else fields.text("resourceId"))


def _run(fields: Fields, body: Fields) -> str | None:
    """The run's activity id, else its own name as the last part of its id; `latest` is none."""
    found = _RESULT.fullmatch(fields.text("id") or "")
    name = found["run"] if found else None
    return body.text("installationActivityId") or (name if name and name.lower() not in _ALIASES else None)


def _counted(body: Fields) -> str:
    counts = [
        f"{count} {word}"
        for word in ("installed", "failed", "pending", "excluded", "notSelected")
        if (count := body.number(f"{word}PatchCount")) is not None
    ]
    lines = [f"Patches: {', '.join(counts).replace('notSelected', 'not selected')}."] if counts else []
    if body.flag("maintenanceWindowExceeded"):
        lines.append("The maintenance window was exceeded.")
    return " ".join(lines)
