"""The event that a test in the routing file describes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from notbefore.config.example_model import ExampleEvent
from notbefore.examples import event_of
from notbefore.schema import Impact, InitiatedBy, Kind, Phase, Severity, Source, Window

AT = datetime(2026, 11, 21, 1, tzinfo=UTC)
SHOP = "33333333-3333-4333-8333-333333333333"


def test_what_is_not_said_has_its_usual_value() -> None:
    """A kind alone is an event: announced by whoever says so, no window, no resource."""
    event, facts = event_of(ExampleEvent(kind=Kind.PLANNED_MAINTENANCE), "a test", AT)
    assert (event.source, event.phase, event.impact) == (Source.SERVICE_HEALTH, Phase.ANNOUNCED, Impact.UNKNOWN)
    assert (event.initiated_by, event.title, event.occurred_at) == (InitiatedBy.PLATFORM, "a test", AT)
    assert (event.window, event.resources, event.subscription_id, facts) == (Window(), (), None, ())


def test_the_kind_says_who_speaks_and_who_began_it() -> None:
    """Scheduled events speak of hosts, the activity log of what customers do."""
    host, _ = event_of(ExampleEvent(kind=Kind.HOST_MAINTENANCE), "t", AT)
    own, _ = event_of(ExampleEvent(kind=Kind.VM_OPERATION), "t", AT)
    assert host.source is Source.SCHEDULED_EVENTS
    assert (own.source, own.initiated_by) == (Source.ACTIVITY_LOG, InitiatedBy.CUSTOMER)


def test_notice_makes_the_window_and_with_it_the_severity() -> None:
    """Five minutes before a reboot is critical, twenty days before it a warning; a given severity stands."""
    soon = ExampleEvent(
        kind=Kind.HOST_MAINTENANCE, phase=Phase.SCHEDULED, impact=Impact.REBOOT, notice=timedelta(minutes=5)
    )
    event, _ = event_of(soon, "t", AT)
    assert (event.window, event.severity) == (Window(AT + timedelta(minutes=5)), Severity.CRITICAL)
    late = ExampleEvent(kind=Kind.PLANNED_MAINTENANCE, impact=Impact.REBOOT, notice=timedelta(days=20))
    assert event_of(late, "t", AT)[0].severity is Severity.WARNING
    given = ExampleEvent(kind=Kind.PLANNED_MAINTENANCE, severity=Severity.ERROR)
    assert event_of(given, "t", AT)[0].severity is Severity.ERROR


def test_a_name_is_a_machine_and_a_tag_has_one_to_hang_on() -> None:
    """Names get the id of a machine in the subscription; tags without a resource get a resource."""
    named = ExampleEvent(kind=Kind.EVICTION, subscription=SHOP, resource=("VM-1",), tag={"team": "shop"})
    event, facts = event_of(named, "t", AT)
    id_ = f"/subscriptions/{SHOP}/resourcegroups/example/providers/microsoft.compute/virtualmachines/vm-1"
    assert (event.resources[0].id, event.resources[0].type) == (id_, "microsoft.compute/virtualmachines")
    assert (facts[0].id, facts[0].tags) == (id_, {"team": "shop"})
    tagged, facts = event_of(ExampleEvent(kind=Kind.EVICTION, tag={"team": "shop"}), "t", AT)
    assert len(tagged.resources) == len(facts) == 1


def test_an_id_is_kept_and_a_type_is_heeded() -> None:
    """A whole id is used as it is, and a resource may be of another type than a machine."""
    id_ = f"/subscriptions/{SHOP}/resourceGroups/Web/providers/Microsoft.Sql/servers/db"
    event, _ = event_of(ExampleEvent(kind=Kind.RESOURCE_HEALTH, resource=(id_,)), "t", AT)
    assert (event.resources[0].id, event.resources[0].type) == (id_.lower(), "microsoft.sql/servers")
    disk = ExampleEvent(kind=Kind.RESOURCE_HEALTH, resource_type="Microsoft.Compute/disks")
    assert event_of(disk, "t", AT)[0].resources[0].type == "microsoft.compute/disks"


def test_regions_are_named_as_azure_does() -> None:
    """West Europe is westeurope, and a duration is in seconds."""
    example = ExampleEvent(kind=Kind.SERVICE_ISSUE, region=("West Europe",), duration=timedelta(minutes=5))
    event, _ = event_of(example, "t", AT)
    assert (event.regions, event.duration_seconds) == (("westeurope",), 300)
