"""Image upgrades of scale sets: the history, and the status of the one that runs.

Azure docs: Automatic OS image upgrades. Neither answer names a scale set unless its id is there, a status has no
end, and an end before the start is none.
"""

from __future__ import annotations

import re

from notbefore.envelopes import Record
from notbefore.reading import Fields, region_name, resource_at, subscription_of
from notbefore.schema import OVER, Impact, InitiatedBy, Kind, Phase, Reading, Resource, Source
from notbefore.sources.failure import failure_in
from notbefore.sources.observe import OWN_TIMES, Observed, keys_of, looked_up, observe, window_of

STATUSES = {
    "rollingforward": Phase.STARTED,
    "completed": Phase.COMPLETED,
    "canceled": Phase.CANCELED,
    "faulted": Phase.FAILED,
}
STARTERS = {"platform": InitiatedBy.PLATFORM, "user": InitiatedBy.CUSTOMER}
_ENDS = ("completedTime", "endTime")
_ALIASES = frozenset({"latest", "default", "current"})
_SET_OF = re.compile(r"(?P<set>.*/virtualmachinescalesets/[^/]+)(?:/.*)?", re.IGNORECASE)


def parse_upgrade(record: Record) -> Reading:
    """One entry of the history, or one status; PowerShell lifts `Properties` to the top or does not."""
    fields = record.fields
    body = fields.inner("properties") or fields
    status = body.inner("runningStatus")
    phase = looked_up(status, STATUSES, Phase.UNKNOWN, "code")
    start = status.time("startTime")
    resource = _scale_set(fields)
    location = fields.text("location")
    inside = Record(record.form, status, record.context)
    window = window_of(inside, start, status.time(*_ENDS), *_ENDS)
    over = window.not_after if phase in OVER else None
    error = failure_in(body, _rollback(body), failed=phase is Phase.FAILED)
    seen = Observed(
        source=Source.COMPUTE,
        kind=Kind.OS_IMAGE_UPGRADE,
        phase=phase,
        impact=Impact.REIMAGE,
        initiated_by=STARTERS.get(body.word("startedBy"), InitiatedBy.UNKNOWN),
        subscription_id=subscription_of(resource.id if resource else None) or subscription_of(fields.text("id")),
        regions=(region_name(location),) if location else (),
        resources=(resource,) if resource else (),
        window=window_of(inside, start, over, *_ENDS),
        keys=keys_of(operation_id=_run(fields)),
        title=f"OS image upgrade of {resource.name}" if resource else "OS image upgrade of a scale set",
        text=_in_words(body),
        error=error,
        occurred=fields.time(*OWN_TIMES) or (start if phase is Phase.STARTED else over),
    )
    return Reading((observe(record, seen),))


def _scale_set(fields: Fields) -> Resource | None:
    """The part of the id before `rollingUpgrades` or `osUpgradeHistory`."""
    found = _SET_OF.fullmatch(fields.text("id", "resourceId") or "")
    return resource_at(found["set"]) if found else None


def _run(fields: Fields) -> str | None:
    """The run's own name; `latest` is none, and neither is the name of the set."""
    path = (fields.text("id") or "").lower()
    name = fields.text("name")
    if name is None or name.lower() in _ALIASES or path.endswith(f"/virtualmachinescalesets/{name.lower()}"):
        return None
    return name


def _rollback(body: Fields) -> Fields:
    """What kept instances from getting their old disk back, in the place of an error."""
    told = body.inner("rollbackInfo").inner("rollbackError")
    return Fields({"error": told.raw} if told else {}, told.place, body.notes)


def _in_words(body: Fields) -> str:
    progress, image = body.inner("progress"), body.inner("targetImageReference")
    named = [part for name in ("publisher", "offer", "sku", "version") if (part := image.text(name))]
    counts = [
        f"{count} {word}"
        for word in ("successful", "failed", "inProgress", "pending")
        if (count := progress.number(f"{word}InstanceCount")) is not None
    ]
    lines = (
        f"To image {' '.join(named)}." if named else "",
        f"Instances: {', '.join(counts).replace('inProgress', 'in progress')}." if counts else "",
        _rolled_back(body.inner("rollbackInfo")),
    )
    return " ".join(line for line in lines if line)


def _rolled_back(told: Fields) -> str:
    """How many instances got their old disk back, where any did or should have."""
    done, failed = told.number("successfullyRolledbackInstanceCount"), told.number("failedRolledbackInstanceCount")
    return f"Rolled back: {done or 0} instances, {failed or 0} could not be." if done or failed else ""
