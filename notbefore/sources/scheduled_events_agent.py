"""What an agent in a VM tells besides the events: facts about the VM, and what is present in its document."""

from __future__ import annotations

from notbefore.envelopes import Record
from notbefore.reading import Fields, region_name
from notbefore.schema import Presence, Resource, ResourceFacts
from notbefore.sources.scheduled_events_names import Reporter, reporter_of


def agent_reporter(record: Record) -> Reporter:
    """The VM that sends: its own id from `compute`, else the CloudEvent's source."""
    compute = record.fields.inner("compute")
    resource_id = compute.text("resourceId") or record.context.topic
    return reporter_of(resource_id, compute.text("name"), compute.text("subscriptionId"), compute.text("location"))


def facts_of(record: Record, reporter: Resource) -> ResourceFacts:
    """The naming part of the instance document, as facts (Azure docs: Instance Metadata Service)."""
    compute = record.fields.inner("compute")
    location = compute.text("location")
    return ResourceFacts(
        id=reporter.id or "",
        name=compute.text("name") or reporter.name,
        type=reporter.type,
        location=region_name(location) if location else None,
        zone=compute.text("zone"),
        resource_group=compute.text("resourceGroupName"),
        scale_set=compute.text("vmScaleSetName"),
        fault_domain=compute.text("platformFaultDomain"),
        update_domain=compute.text("platformUpdateDomain"),
        tags=_tags_of(compute),
        seen_at=record.context.time or record.context.received,
    )


def _tags_of(compute: Fields) -> dict[str, str]:
    pairs = [(tag.text("name"), tag.text("value") or "") for tag in compute.inners("tagsList")]
    return {name: value for name, value in pairs if name}


def presence_of(record: Record, document: Fields, reporter: Reporter) -> tuple[Presence, ...]:
    """Who is there now. Without a boot id and a counted incarnation nothing can ever be judged gone: none."""
    quiet = Fields(document.raw, document.path)
    boot_id, incarnation = record.fields.inner("agent").text("bootId"), quiet.number("DocumentIncarnation")
    known = reporter.resource is not None and reporter.subscription_id is not None
    if boot_id is None or incarnation is None or not known:
        return ()
    presence = Presence(
        reporter=reporter.resource.id or "" if reporter.resource else "",
        subscription_id=reporter.subscription_id or "",
        boot_id=boot_id,
        incarnation=incarnation,
        event_ids=tuple(event_id for event in quiet.inners("Events") if (event_id := event.text("EventId"))),
        at=record.context.time or record.context.received,
    )
    return (presence,)
