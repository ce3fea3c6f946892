"""Operations of the activity log: who did what to which machine. Only the operations of the table are maintenance.

`Succeeded` is read as completed although Azure may only have accepted it: the log cannot tell.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from notbefore.envelopes import Record
from notbefore.envelopes.activity import Entry
from notbefore.errors import MalformedSignal
from notbefore.reading import Fields, plain_text, resource_at, unwrapped
from notbefore.reading.arm import before_provider, is_guid
from notbefore.schema import EventError, Impact, InitiatedBy, Kind, Phase, Reading, Resource, Source
from notbefore.sources.drift import level_of
from notbefore.sources.observe import Observed, keys_of, observe


class Operation(NamedTuple):
    """What an operation is."""

    kind: Kind
    impact: Impact
    title: str


OPERATIONS = {
    "performmaintenance/action": Operation(Kind.SELF_SERVICE_MAINTENANCE, Impact.REDEPLOY, "Self-service maintenance"),
    "osrollingupgrade/action": Operation(Kind.OS_IMAGE_UPGRADE, Impact.REIMAGE, "OS image upgrade"),
    "rollingupgrades/action": Operation(Kind.OS_IMAGE_UPGRADE, Impact.REIMAGE, "Cancel of a rolling upgrade"),
    "extensionrollingupgrade/action": Operation(Kind.EXTENSION_UPGRADE, Impact.NONE, "Extension upgrade"),
    "installpatches/action": Operation(Kind.GUEST_PATCHING, Impact.UNKNOWN, "Patch installation"),
    "redeploy/action": Operation(Kind.VM_OPERATION, Impact.REDEPLOY, "Redeploy"),
    "restart/action": Operation(Kind.VM_OPERATION, Impact.REBOOT, "Restart"),
    "reimage/action": Operation(Kind.VM_OPERATION, Impact.REIMAGE, "Reimage"),
    "reimageall/action": Operation(Kind.VM_OPERATION, Impact.REIMAGE, "Reimage of all disks"),
    "deallocate/action": Operation(Kind.VM_OPERATION, Impact.UNAVAILABLE, "Deallocation"),
    "poweroff/action": Operation(Kind.VM_OPERATION, Impact.UNAVAILABLE, "Power-off"),
    "manualupgrade/action": Operation(Kind.VM_OPERATION, Impact.UNKNOWN, "Manual upgrade"),
}
"""Last parts of the name → meaning; for VMs, scale sets and their instances alike."""

APPLY_UPDATES = Operation(Kind.MAINTENANCE_RUN, Impact.UNKNOWN, "Maintenance run")
_CONFIGURATION = "microsoft.maintenance/maintenanceconfigurations"
_CANCELS = "rollingupgrades/action"
"""In spite of its name this operation cancels a rolling upgrade (Azure resource provider operations reference)."""

STATUSES = {
    **dict.fromkeys(("accept", "accepted", "start", "started", "inprogress"), Phase.STARTED),
    **dict.fromkeys(("succeeded", "success", "completed"), Phase.COMPLETED),
    **dict.fromkeys(("failed", "failure"), Phase.FAILED),
    "canceled": Phase.CANCELED,
}
"""An operation's status → phase."""

_MACHINES = re.compile(r"microsoft\.(?:classic)?compute/(?:virtualmachines|virtualmachinescalesets)/")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def parse(record: Record) -> Reading:
    """An administrative record or a ResourceAction event. Raises: MalformedSignal without a resource."""
    entry = Entry(record)
    name = entry.operation
    operation = _operation(name)
    if operation is None:
        return Reading(ignored=f"an operation that is not maintenance: {name or 'unnamed'}")
    named = entry.resources()
    if not named:
        raise MalformedSignal(entry.resource_path, "an operation without a resource")
    resources = _resources(entry)
    phase = _phase(entry, name)
    seen = Observed(
        source=Source.ACTIVITY_LOG,
        kind=operation.kind,
        phase=phase,
        impact=operation.impact,
        azure_level=level_of(record.fields),
        initiated_by=_initiator(entry.caller),
        subscription_id=entry.subscription_id(resources),
        resources=resources,
        keys=keys_of(correlation_id=entry.correlation_id, operation_id=entry.operation_id),
        title=f"{operation.title}: {_name((*resources, *named)[0])}",
        text=plain_text(record.fields.text("Activity Log Event Description", "description", "resultDescription")),
        error=_error(entry, phase),
        test=entry.properties.flag("IsSynthetic") is True,
        occurred=entry.time,
    )
    seen.identity = (
        name,
        sorted(resource.key for resource in resources or named),
        phase,
        (entry.correlation_id or "").lower(),
    )
    return Reading(events=(observe(record, seen),))


def _operation(name: str) -> Operation | None:
    if "microsoft.maintenance/" in name and name.endswith("applyupdates/write"):
        return APPLY_UPDATES
    if not _MACHINES.match(name):
        return None
    return OPERATIONS.get("/".join(name.rsplit("/", 2)[1:]))


def _resources(entry: Entry) -> tuple[Resource, ...]:
    """What is affected: of a Microsoft.Maintenance entry the resource it hangs on, which a configuration is none."""
    affected = (resource_at(before_provider(text, "microsoft.maintenance")) for text in entry.resource_ids())
    return tuple(one for one in affected if one is not None and one.type != _CONFIGURATION)


def _phase(entry: Entry, name: str) -> Phase:
    status = entry.status
    if status and status not in STATUSES:
        entry.fields.note(
            f"not a known status: {status!r}", "status", "ActivityStatusValue", "ActivityStatus", "resultType"
        )
    phase = STATUSES.get(status, Phase.UNKNOWN)
    if name.endswith(f"/{_CANCELS}"):
        return Phase.CANCELED if phase is Phase.COMPLETED else Phase.UPDATED
    return phase


def _initiator(caller: str | None) -> InitiatedBy:
    """An address or a GUID is a customer; Azure's own services go by a name."""
    if caller is None:
        return InitiatedBy.UNKNOWN
    if _ADDRESS.fullmatch(caller) or is_guid(caller):
        return InitiatedBy.CUSTOMER
    return InitiatedBy.PLATFORM if caller.lower().startswith(("microsoft.", "azure")) else InitiatedBy.UNKNOWN


def _error(entry: Entry, phase: Phase) -> EventError | None:
    """The error in statusMessage (JSON in a string, or words); code and message are null when none is given."""
    message = unwrapped(entry.properties.get("statusMessage") or entry.outer.get("statusMessage"))
    holder = Fields(message) if isinstance(message, dict) else entry.properties
    told = holder.inner("error") or (holder if isinstance(message, dict) else Fields({}))
    code = told.text("code")
    if phase is not Phase.FAILED and (code is None or code == "0"):
        return None
    words = told.text("message") or (message if isinstance(message, str) else None)
    return EventError(code, plain_text(words) or None)


def _name(resource: Resource) -> str:
    """A scale set's instance is known by a number only; with its set's name a person knows it."""
    parts = (resource.id or "").split("/")
    return (
        f"{parts[-3]}/{resource.name}"
        if parts[-2:-1] == ["virtualmachines"] and "virtualmachinescalesets" in parts
        else str(resource.name)
    )
