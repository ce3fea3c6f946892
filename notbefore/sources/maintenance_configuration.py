"""Microsoft.Maintenance, pushed: the events before and after a run of a maintenance configuration.

Azure docs: Azure Maintenance Configuration as an Event Grid source. Pre and post event of one run share the Event
Grid id, so it is no identity; `correlationId`, the ARM path of the run, is. Updates and runs that are asked for are
in `maintenance_updates`.
"""

from __future__ import annotations

from notbefore.envelopes import Record
from notbefore.errors import MalformedSignal
from notbefore.reading import Fields, subscription_of
from notbefore.schema import InitiatedBy, Kind, Phase, Reading, Source
from notbefore.sources import drift
from notbefore.sources.failure import failure_in
from notbefore.sources.observe import OWN_TIMES, Observed, keys_of, observe, window_of

_ALIASES = frozenset({"", "latest", "default", "current"})
_SAID = {
    Phase.SCHEDULED: "a run is about to begin",
    Phase.COMPLETED: "a run has ended",
    Phase.FAILED: "a run has failed",
    Phase.UNKNOWN: "something is said of a run",
}


def parse_run_event(record: Record) -> Reading:
    """One event for each subscription that is listed. Raises: MalformedSignal when it does not name its run."""
    fields = record.fields
    run = fields.text("correlationId")
    if run is None:
        raise MalformedSignal(fields.at("correlationId"), "a maintenance event that does not say which run it is of")
    drift.note_new_fields(fields, drift.RUN_EVENT)
    phase = _phase(record)
    seen = Observed(
        source=Source.MAINTENANCE_CONFIGURATION,
        kind=Kind.MAINTENANCE_RUN,
        phase=phase,
        initiated_by=InitiatedBy.CUSTOMER,
        window=window_of(record, fields.time("startDateTime"), fields.time("endDateTime"), "endDateTime"),
        keys=keys_of(correlation_id=run, operation_id=run_name(run)),
        title=f"Maintenance configuration {_configuration(fields, run)}: {_SAID[phase]}",
        text=_how_to_cancel(fields) if phase is Phase.SCHEDULED else "",
        error=failure_in(fields, failed=phase is Phase.FAILED),
        occurred=fields.time(*OWN_TIMES),
    )
    events = []
    for subscription in _subscriptions(fields, run):
        seen.subscription_id = subscription
        events.append(observe(record, seen))
    return Reading(tuple(events))


def _phase(record: Record) -> Phase:
    """By the event's type; only a status that says Failed speaks against it."""
    if "fail" in record.fields.word("status"):
        return Phase.FAILED
    event_type = record.context.event_type.lower()
    if "postmaintenance" in event_type:
        return Phase.COMPLETED
    return Phase.SCHEDULED if "premaintenance" in event_type else Phase.UNKNOWN


def run_name(path: str) -> str | None:
    """The run's own name, the last part of its path; aliases and what is no path of a run have none."""
    before, _, name = path.rstrip("/").rpartition("/")
    return name if name.lower() not in _ALIASES and before.lower().endswith("/applyupdates") else None


def _subscriptions(fields: Fields, run: str) -> list[str | None]:
    """The subscriptions of the machines; without a list that of the configuration. Each once, in order."""
    listed: dict[str | None, None] = {}
    for text in fields.texts("resourceSubscriptionIds"):
        for one in text.split(","):
            known = subscription_of(one)
            if known is None:
                fields.note(f"not a subscription: {one[:80]!r}", "resourceSubscriptionIds")
            listed[known] = None
    return list(listed) or [subscription_of(run) or subscription_of(fields.text("maintenanceConfigurationId"))]


def _configuration(fields: Fields, run: str) -> str:
    path = (
        fields.text("maintenanceConfigurationId") or run.lower().partition("/providers/microsoft.maintenance/apply")[0]
    )
    return path.strip("/").rpartition("/")[2]


def _how_to_cancel(fields: Fields) -> str:
    last = fields.time("cancellationCutOffDateTime")
    return f"It can be canceled until {last:%Y-%m-%d %H:%M} UTC." if last else ""
