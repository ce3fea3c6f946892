"""Azure Scheduled Events, by every road: IMDS, logs, forwarders, Azure's own push, Resource Graph, our agent.

Whatever the road, `statement` reads the event; here each form says what is known around it.
"""

from __future__ import annotations

import re
from datetime import datetime

from msgspec.structs import replace

from notbefore.envelopes import Record
from notbefore.errors import MalformedSignal
from notbefore.reading import Fields, resource_at, subscription_of, unwrapped
from notbefore.reading.arm import before_provider
from notbefore.schema import FieldWarning, Impact, MaintenanceEvent, Phase, Reading, Resource, Source
from notbefore.sources.observe import OWN_TIMES, Observed, observe
from notbefore.sources.scheduled_events_agent import agent_reporter, facts_of, presence_of
from notbefore.sources.scheduled_events_log import found_in, words_of
from notbefore.sources.scheduled_events_names import names_in, reporter_beside, reporter_of
from notbefore.sources.scheduled_events_statement import (
    FORWARDER_TIMES,
    UNKNOWN_TYPE,
    Around,
    is_cluster,
    statement,
)

_CLUSTER = re.compile(r".*/managedclusters/[^/]+", re.IGNORECASE)
_RECORD_NUMBER = "EventID"
"""Of the Windows event log, not of a scheduled event."""

_NONE_THERE = "a document with no events in it"


def parse_document(record: Record) -> Reading:
    """An IMDS document of any version. Raises: MalformedSignal without a list of events."""
    fields = record.fields
    around = Around(reporter=reporter_beside(fields, record.context), occurred=_forwarded(record))
    return _events_of(record, record.fields, around)


def parse_agent(record: Record) -> Reading:
    """The agent's envelope: events, facts about the VM, and presence, also for an empty document."""
    told = record.fields.inner("document")
    if not told:
        raise MalformedSignal(record.fields.at("document"), "an agent's report without a document")
    reporter = agent_reporter(record)
    facts = (facts_of(record, reporter.resource),) if reporter.resource else ()
    if told.has("error") and not told.has("Events"):
        return Reading(facts=facts, ignored="an error of the metadata service, not an event")
    reading = _events_of(record, told, Around(reporter=reporter))
    presence = () if reading.malformed else presence_of(record, told, reporter)
    return Reading(reading.events, facts, presence, reading.ignored, reading.malformed)


def parse_event(record: Record) -> Reading:
    """One event object: a forwarder's message with facts beside it, or the dimensions of an alert."""
    fields = record.fields
    body = fields.inner("Event")
    if not body:
        body = fields
    around = Around(reporter=reporter_beside(fields, record.context), occurred=_forwarded(record))
    return Reading((statement(record, body, around),))


def parse_resource(record: Record) -> Reading:
    """A scheduled event as an ARM resource: Event Grid's push, `scheduledevents/Write`, a Resource Graph row."""
    fields = record.fields
    body = fields if fields.has("EventId") else fields.inner("properties")  # a query may have taken it apart
    cluster = is_cluster(body) or "containerservice" in fields.word("type")
    owner = _owner(fields.text("id") or record.context.subject, body, cluster=cluster)
    known = fields.text("subscriptionId") or _own_topic(record.context.topic)
    around = Around(
        reporter=reporter_of(owner.id if owner else None, None, known, fields.text("location")),
        owner=owner,
        cluster=cluster,
        correlation_id=record.context.correlation_id or None,
    )
    return Reading((statement(record, body, around),))


def parse_row(record: Record) -> Reading:
    """A row of Event or Syslog, a syslog line, or a row whose query took the event apart."""
    fields = record.fields
    words = words_of(fields)
    around = Around(
        reporter=reporter_beside(fields, record.context),
        occurred=fields.time("TimeGenerated") or _forwarded(record),
        words=words or (Phase.UNKNOWN, Impact.UNKNOWN),
    )
    found = found_in(fields)
    bodies = found.bodies
    if not bodies and fields.key("EventId") not in {None, _RECORD_NUMBER} and fields.has("EventStatus"):
        bodies = [fields]
    if bodies:
        return _read(record, [(body, _about_itself(body, around) if words else around) for body in bodies])
    if words:
        return Reading((_in_words(record, around),))
    return Reading(ignored=found.ignored)


def _about_itself(body: Fields, around: Around) -> Around:
    """IsVmInMaint speaks of the machine it runs on, unless its document names others."""
    return around if names_in(body) else replace(around, owner=around.reporter.resource)


def _events_of(record: Record, told: Fields, around: Around) -> Reading:
    value = unwrapped(told.get("Events"))
    elements = [value] if isinstance(value, dict) and Fields(value).has("EventId") else value
    if not isinstance(elements, list):
        raise MalformedSignal(told.at("Events"), "a document of scheduled events without its list of events")
    bodies, malformed = [], []
    for index, element in enumerate(map(unwrapped, elements)):
        path = f"{told.at('Events')}[{index}]"
        if isinstance(element, dict):
            bodies.append((Fields(element, path, record.fields.notes), around))
        else:
            malformed.append(FieldWarning(path, "an event that is no object"))
    reading = _read(record, bodies)
    return Reading(reading.events, ignored=reading.ignored, malformed=(*malformed, *reading.malformed))


def _read(record: Record, bodies: list[tuple[Fields, Around]]) -> Reading:
    """Each event by itself: one without an id spoils only itself."""
    events: list[MaintenanceEvent] = []
    malformed = []
    for body, around in bodies:
        try:
            events.append(statement(record, body, around))
        except MalformedSignal as problem:
            malformed.append(FieldWarning(problem.path, problem.problem))
    return Reading(tuple(events), ignored=None if events or malformed else _NONE_THERE, malformed=tuple(malformed))


def _forwarded(record: Record) -> datetime | None:
    fields = record.fields
    return fields.time(*OWN_TIMES) or record.context.time or fields.time(*FORWARDER_TIMES)


def _owner(resource_id: str, body: Fields, *, cluster: bool) -> Resource | None:
    """The resource an event is pushed for; an alias path of the resource provider names none.

    A cluster is named in `resources`; ids of AKS bodies come with and without their last segment but one.
    """
    if subscription_of(resource_id) is None:
        return None
    if cluster:
        found = _CLUSTER.match(resource_id)
        return resource_at(found[0]) if found and not names_in(body) else None
    return resource_at(before_provider(resource_id, "microsoft.maintenance"))


def _own_topic(topic: str) -> str | None:
    """A system topic is the subscription itself; a relay's topic is a resource of somebody else."""
    return topic if resource_at(topic) is None else None


def _in_words(record: Record, around: Around) -> MaintenanceEvent:
    """`Incoming VM reboot` from IsVmInMaint: about the machine that wrote it, and nothing more is known.

    Without an id the machine's name is all that tells the words of two machines apart.
    """
    phase, impact = around.words
    kind, _ = UNKNOWN_TYPE
    name = record.fields.text("HostName", "Computer")
    machine = around.reporter.resource or (Resource(None, name) if name else None)
    seen = Observed(
        source=Source.SCHEDULED_EVENTS,
        kind=kind,
        phase=phase,
        impact=impact,
        subscription_id=around.reporter.subscription_id,
        regions=around.reporter.regions,
        resources=(machine,) if machine else (),
        title="Scheduled event: the machine says that a maintenance is coming",
        text=record.fields.text("RenderedDescription", "SyslogMessage", "Message") or "",
        occurred=around.occurred,
    )
    return observe(record, seen)
