"""Instance views: what Microsoft.Compute says of a VM's planned maintenance when it is asked.

Azure docs: Handling planned maintenance notifications. The pre-maintenance window is the customer's to start the
maintenance in; the other is Azure's. Between the two nothing happens, and both may be there at once.
"""

from __future__ import annotations

import re

from notbefore.envelopes import Record
from notbefore.reading import Fields, region_name, resource_at, subscription_of
from notbefore.schema import (
    EventError,
    Impact,
    InitiatedBy,
    Kind,
    Phase,
    Reading,
    Resource,
    SelfServiceWindow,
    Source,
    Window,
)
from notbefore.sources import drift
from notbefore.sources.observe import OWN_TIMES, Observed, observe, window_of

RESULTS = {
    "maintenancecompleted": Phase.COMPLETED,
    "maintenanceaborted": Phase.FAILED,
    "retrylater": Phase.UPDATED,
}
_NUMBERED = ("None", "RetryLater", "MaintenanceAborted", "MaintenanceCompleted")
"""PowerShell writes the result code as its number."""

_SIDE = re.compile(
    r"(?P<own>pre|selfservice)?maintenance(?:window)?(?P<side>start|begin|end)(?:time|on|date|utc)*", re.IGNORECASE
)
"""`preMaintenanceWindowStartTime` of REST, `PreMaintenanceWindowStartOn` of .NET, `…_start_time` of Python, 2017's."""

_VIEW = "/instanceview"


def parse_instance_view(record: Record) -> Reading:
    """A VM, a scale-set instance or a bare view: one event when a maintenance is planned for it."""
    fields = record.fields
    status = _status_in(fields)
    if not status:
        return Reading(ignored="an instance view without planned maintenance")
    code = _result_of(status)
    resource = _machine(fields)
    location = fields.text("location")
    own = _windows(record, status)
    seen = Observed(
        source=Source.COMPUTE,
        kind=Kind.SELF_SERVICE_MAINTENANCE if code else Kind.PLANNED_MAINTENANCE,
        impact=Impact.REDEPLOY,
        initiated_by=InitiatedBy.CUSTOMER if code else InitiatedBy.PLATFORM,
        subscription_id=_subscription(fields, resource),
        regions=(region_name(location),) if location else (),
        resources=(resource,) if resource else (),
        window=own[""],
        self_service_window=_self_service(own["pre"]),
        title=f"Planned maintenance of {resource.name}" if resource else "Planned maintenance of a machine",
        text=_in_words(status, code),
        occurred=fields.time(*OWN_TIMES),
        version=(code or "", own[""], own["pre"]),
    )
    seen.phase = _phase_by_result(status, code) if code else _phase_by_window(record, seen)
    if seen.phase is Phase.FAILED:
        seen.error = EventError(code, status.text("lastOperationMessage"))
    return Reading((observe(record, seen),))


def _status_in(fields: Fields) -> Fields:
    """Of the VM itself, of its `properties` (REST), of a bare view, or alone as a CLI query prints it."""
    inner = fields.inner("properties")
    holders = (fields.inner("instanceView"), inner.inner("instanceView"), fields, inner)
    found = (holder.inner("maintenanceRedeployStatus") for holder in holders)
    bare = fields if fields.has("isCustomerInitiatedMaintenanceAllowed") else Fields({}, fields.place, fields.notes)
    return next((status for status in found if status), bare)


def _result_of(status: Fields) -> str | None:
    """The result code of the last attempt; None when nothing was tried yet."""
    code = status.text("lastOperationResultCode")
    number = re.fullmatch(r"(\d)\b.*", code or "")
    if number and int(number[1]) < len(_NUMBERED):
        code = _NUMBERED[int(number[1])]
    return None if code is None or code.lower() == "none" else code


def _in_words(status: Fields, code: str | None) -> str:
    allowed = status.flag("isCustomerInitiatedMaintenanceAllowed") and code is None
    said = status.text("lastOperationMessage") or ""
    return f"You may start it yourself now. {said}".strip() if allowed else said


def _phase_by_result(status: Fields, code: str) -> Phase:
    word = "".join(code.split()).lower()
    if word not in RESULTS:
        status.note(f"not a known word: {code[:80]!r}", "lastOperationResultCode")
    return RESULTS.get(word, Phase.UNKNOWN)


def _phase_by_window(record: Record, seen: Observed) -> Phase:
    """Ahead of the moment it was seen, begun, or over; without a window nobody knows."""
    at = seen.occurred or record.context.time or record.context.received
    start, end = seen.window.not_before, seen.window.not_after
    if end is not None and end < at:
        return Phase.COMPLETED
    if start is not None:
        return Phase.SCHEDULED if start > at else Phase.STARTED
    return Phase.SCHEDULED if end is not None else Phase.UNKNOWN


def _windows(record: Record, status: Fields) -> dict[str, Window]:
    """Azure's window under "", the customer's under "pre", whatever the names are spelt like."""
    sides: dict[tuple[str, str], str] = {}
    for key in status.raw:
        if key.lower() in drift.INSTANCE_VIEW:
            continue
        if (found := _SIDE.fullmatch(key.strip().replace("_", ""))) is None:
            drift.note_new_field(status, key)
        else:
            sides["pre" if found["own"] else "", "end" if found["side"].lower() == "end" else "start"] = key
    windows = {}
    for own in ("", "pre"):
        start, end = sides.get((own, "start")), sides.get((own, "end"))
        opens, closes = (status.time(key) if key else None for key in (start, end))
        inside = Record(record.form, status, record.context)
        windows[own] = window_of(inside, opens, closes, end or "maintenanceWindowEndTime")
    return windows


def _self_service(window: Window) -> SelfServiceWindow | None:
    if window.not_before is None and window.not_after is None:
        return None
    return SelfServiceWindow(window.not_before, window.not_after)


def _machine(fields: Fields) -> Resource | None:
    """The VM by its id; PowerShell's status view has a name only, REST's bare view nothing at all."""
    name = fields.text("name", "vmName")
    given = fields.text("id", "resourceId") or ""
    own = resource_at(given[: -len(_VIEW)] if given.lower().endswith(_VIEW) else given)
    if own is not None:
        return Resource(own.id, name or own.name, own.type)
    return Resource(None, name, fields.text("type")) if name else None


def _subscription(fields: Fields, resource: Resource | None) -> str | None:
    return subscription_of(resource.id if resource else None) or subscription_of(fields.text("subscriptionId"))
