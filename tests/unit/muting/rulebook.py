"""Routing files, stories and machines for tests of what holds a story back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from notbefore.config.model import Inhibition, Matcher, Mute, RoutingConfig
from notbefore.muting import Silence
from notbefore.schema import (
    Impact,
    Kind,
    Phase,
    Resource,
    ResourceFacts,
    ResourceState,
    Severity,
    Story,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PROD = "11111111-1111-4111-8111-111111111111"
TEST = "22222222-2222-4222-8222-222222222222"


def machine(name: str, group: str = "web", subscription: str = PROD) -> ResourceState:
    """A virtual machine that will be rebooted."""
    place = f"/subscriptions/{subscription}/resourcegroups/{group}/providers/microsoft.compute/virtualmachines/{name}"
    return ResourceState(
        resource=Resource(place, name, "microsoft.compute/virtualmachines"),
        phase=Phase.SCHEDULED,
        impact=Impact.REBOOT,
        severity=Severity.ERROR,
        occurred_at=NOW,
    )


def located(state: ResourceState, region: str) -> dict[str, ResourceFacts]:
    """Where a machine is known to be."""
    name = state.resource.id or ""
    return {name: ResourceFacts(id=name, location=region, seen_at=NOW)}


def story(name: str = "s", **more: object) -> Story:
    """An open story of the production subscription."""
    facts: dict[str, object] = {
        "subscription_id": PROD,
        "kind": Kind.HOST_MAINTENANCE,
        "severity": Severity.WARNING,
        "title": f"about {name}",
    }
    return Story(id=name, opened_at=NOW, updated_at=NOW, occurred_at=NOW, **(facts | more))  # type: ignore[arg-type] # fields by name


def mute(match: Matcher, name: str = "rebuild", until: datetime = NOW + DAY, match_not: Matcher | None = None) -> Mute:
    """A mute for a day."""
    return Mute(name=name, match=match, match_not=match_not, until=until, reason="see CHG0031337")


def silence(match: Matcher, ends: datetime = NOW + DAY, **more: object) -> Silence:
    """A silence that began an hour ago."""
    begun = NOW - timedelta(hours=1)
    facts: dict[str, object] = {"id": "1", "author": "ann", "starts_at": begun, "reason": "I am on it"} | more
    return Silence(match=match, ends_at=ends, **facts)  # type: ignore[arg-type] # fields by name


def config(*, mutes: tuple[Mute, ...] = (), inhibit: tuple[Inhibition, ...] = ()) -> RoutingConfig:
    """A routing file with these rules."""
    return RoutingConfig(version_id="v", subscriptions={"prod": PROD, "test": TEST}, mutes=mutes, inhibit=inhibit)
