"""One scheduled event, by whatever road it came, to a `MaintenanceEvent`.

Kind, impact and phase are looked up in the tables below. An event says nothing of its end in IMDS;
`Completed` and `Canceled` come through Event Grid and Resource Graph only.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from notbefore.envelopes import Form, Record
from notbefore.errors import MalformedSignal
from notbefore.reading import Fields, subscription_of
from notbefore.schema import EventError, Impact, InitiatedBy, Kind, MaintenanceEvent, Phase, Resource, Source, Window
from notbefore.sources import drift
from notbefore.sources.observe import OWN_TIMES, Observed, keys_of, looked_up, observe
from notbefore.sources.scheduled_events_names import NOBODY, Reporter, affected, names_in, pushed

PHASES = {
    "scheduled": Phase.SCHEDULED,
    "started": Phase.STARTED,
    "completed": Phase.COMPLETED,
    "canceled": Phase.CANCELED,
    "failed": Phase.FAILED,
}
TYPES = {
    "freeze": (Kind.HOST_MAINTENANCE, Impact.FREEZE),
    "reboot": (Kind.HOST_MAINTENANCE, Impact.REBOOT),
    "redeploy": (Kind.HOST_MAINTENANCE, Impact.REDEPLOY),
    "preempt": (Kind.EVICTION, Impact.PREEMPT),
    "terminate": (Kind.TERMINATION, Impact.TERMINATE),
}
UNKNOWN_TYPE = (Kind.HOST_MAINTENANCE, Impact.UNKNOWN)
STARTERS = {"platform": InitiatedBy.PLATFORM, "user": InitiatedBy.CUSTOMER}
_AZURES_OWN = frozenset({Form.SCHEDULED_DOCUMENT, Form.SCHEDULED_AGENT, Form.SCHEDULED_RESOURCE})
"""Forms in which an event has Azure's fields and no others."""

FORWARDER_TIMES = ("timestamp", "@timestamp")


class Around(Struct, frozen=True, kw_only=True):
    """What is known beside an event's own fields.

    `owner` is the resource Azure pushes an event for, `cluster` an AKS body; `occurred` is the time of the row or
    message around it; `words` are the phase and impact that a log line says where the event itself says nothing.
    """

    reporter: Reporter = NOBODY
    owner: Resource | None = None
    occurred: datetime | None = None
    cluster: bool = False
    correlation_id: str | None = None
    words: tuple[Phase, Impact] = (Phase.UNKNOWN, Impact.UNKNOWN)


def statement(record: Record, body: Fields, around: Around) -> MaintenanceEvent:
    """The event in `body`. Its warnings are its own, not those of its neighbours. Raises: MalformedSignal."""
    body = body.apart()
    cluster = around.cluster or is_cluster(body)
    event_id = body.text("EventId")
    if event_id is None:
        raise MalformedSignal(body.at("eventId" if cluster else "EventId"), "a scheduled event without its id")
    if record.form in _AZURES_OWN and body.raw is not record.fields.raw:
        drift.note_new_fields(body, drift.SCHEDULED_EVENT)
    names = names_in(body)
    resources = _resources(names, body.text("ResourceType"), around)
    seen = Observed(
        source=Source.SCHEDULED_EVENTS,
        initiated_by=STARTERS.get(body.word("EventSource"), InitiatedBy.UNKNOWN),
        subscription_id=_subscription(resources) or around.reporter.subscription_id,
        regions=around.reporter.regions,
        resources=resources,
        window=Window(body.time("scheduledTime", "NotBefore") if cluster else body.time("NotBefore")),
        duration_seconds=_duration(body),
        keys=keys_of(event_id=event_id, correlation_id=around.correlation_id),
        test=body.flag("IsSynthetic") is True,
        occurred=body.time(*OWN_TIMES) or around.occurred,
    )
    _say_what(seen, body, around, cluster=cluster)
    _identify(seen, names, event_id)
    return observe(Record(record.form, body, record.context), seen)


def is_cluster(body: Fields) -> bool:
    """A body that AKS publishes, whatever the event type says (Azure docs: AKS Communication Manager)."""
    return body.word("resourceType") == "managedcluster"


def _say_what(seen: Observed, body: Fields, around: Around, *, cluster: bool) -> None:
    phase, impact = around.words
    seen.phase = looked_up(body, PHASES, Phase.UNKNOWN, "EventStatus")
    if seen.phase is Phase.UNKNOWN and body.get("EventStatus") is None:
        seen.phase = phase
    if cluster:
        seen.kind, seen.impact = Kind.CLUSTER_UPGRADE, Impact.UNKNOWN
    else:
        seen.kind, seen.impact = looked_up(body, TYPES, UNKNOWN_TYPE, "EventType")
        if body.get("EventType") is None:
            seen.impact = impact
    what = body.text("EventType") or ("Cluster upgrade" if cluster else "Scheduled event")
    seen.text = body.text("eventDetails", "Description") or ""
    what = what[:1].upper() + what[1:]
    seen.title = f"{what}: {seen.text.rstrip('.')}" if seen.text else f"{what} ({seen.phase})"
    if seen.phase is Phase.FAILED:
        seen.error = EventError(None, seen.text or None)


def _identify(seen: Observed, named: list[str], event_id: str) -> None:
    """The id is that of the statement: the same from each of a set's VMs, through each road."""
    seen.identity = (event_id.lower(),)
    names = sorted([name.lower().rpartition("/")[2] for name in named])
    seen.version = (seen.phase, seen.kind, seen.impact, seen.initiated_by, seen.window, seen.duration_seconds, names)


def _resources(names: list[str], kind: str | None, around: Around) -> tuple[Resource, ...]:
    if around.owner is not None:
        return pushed(names, kind, around.owner)
    return affected(names, kind, around.reporter)


def _subscription(resources: tuple[Resource, ...]) -> str | None:
    for resource in resources:
        if resource.id and (known := subscription_of(resource.id)):
            return known
    return None


def _duration(body: Fields) -> int | None:
    """Seconds; -1 means that nobody knows."""
    seconds = body.number("DurationInSeconds")
    return seconds if seconds is not None and seconds >= 0 else None
