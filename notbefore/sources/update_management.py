"""Rows of `UpdateRunProgress`: one patch of one run on one machine, as Update Management wrote them.

Azure docs: Azure Monitor Logs reference, UpdateRunProgress. The run's name is the schedule's and comes back each
week, so it is no key; `CorrelationId` is.
"""

from __future__ import annotations

from notbefore.envelopes import Record
from notbefore.reading import resource_at, subscription_of
from notbefore.schema import OVER, EventError, Kind, Phase, Reading, Resource, Source
from notbefore.sources.observe import Observed, keys_of, looked_up, observe, window_of

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
_NO_ERROR = "0"


def parse(record: Record) -> Reading:
    """One row, one event; a machine without an id is known by the name of its row."""
    fields = record.fields
    phase = looked_up(fields, STATUSES, Phase.UNKNOWN, "InstallationStatus", "Status")
    start = fields.time("StartTime")
    resource = resource_at(fields.text("ResourceId", "_ResourceId"))
    if resource is None and (computer := fields.text("Computer")):
        resource = Resource(None, computer, None)
    own = resource.id if resource else None
    patch = fields.text("Title", "Product")
    end = fields.time("EndTime") if phase in OVER else None
    seen = Observed(
        source=Source.UPDATE_MANAGEMENT,
        kind=Kind.GUEST_PATCHING,
        phase=phase,
        subscription_id=subscription_of(own) or subscription_of(fields.text("SubscriptionId", "_SubscriptionId")),
        resources=(resource,) if resource else (),
        window=window_of(record, start, end, "EndTime"),
        keys=keys_of(correlation_id=fields.text("CorrelationId"), operation_id=fields.text("OperationId")),
        title=f"Patch {fields.text('InstallationStatus') or phase}: {patch}" if patch else "Patch of an update run",
        text=f"Update run {fields.text('UpdateRunName')}" if fields.text("UpdateRunName") else "",
        error=_error(fields.text("ErrorResult"), phase),
        occurred=fields.time("TimeGenerated"),
        version=(fields.text("UpdateId"), patch, fields.time("TimeGenerated")),
    )
    return Reading((observe(record, seen),))


def _error(code: str | None, phase: Phase) -> EventError | None:
    if code and code != _NO_ERROR:
        return EventError(code, None)
    return EventError() if phase is Phase.FAILED else None
