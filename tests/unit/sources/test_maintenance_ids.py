"""Runs of maintenance configurations: what shares an envelope id is told apart, what is one run shares a key."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from notbefore.normalization import normalize
from notbefore.schema import MaintenanceEvent
from notbefore.sources.maintenance_configuration import run_name

ARRIVAL = datetime(2026, 10, 9, 4, tzinfo=UTC)
WEEKLY = (
    "/subscriptions/0a1b2c3d-1111-4222-8333-444455556666/resourceGroups/Ops"
    "/providers/Microsoft.Maintenance/maintenanceConfigurations/weekly"
)
RUN = f"{WEEKLY}/providers/microsoft.maintenance/applyupdates/20261009150000"
SUBSCRIPTIONS = ["0a1b2c3d-1111-4222-8333-444455556666", "1b2c3d4e-1111-4222-8333-444455556666"]


def pushed(kind: str) -> tuple[MaintenanceEvent, ...]:
    """The events of a pre or post maintenance event."""
    told = {
        "id": RUN,
        "topic": WEEKLY,
        "subject": "weekly",
        "eventType": f"Microsoft.Maintenance.{kind}MaintenanceEvent",
        "eventTime": "2026-10-09T14:25:00Z",
        "data": {"correlationId": RUN, "resourceSubscriptionIds": SUBSCRIPTIONS},
    }
    return normalize(json.dumps([told]).encode(), ARRIVAL).events


def test_before_and_after_differ_though_their_envelopes_share_an_id() -> None:
    """Pre and post event, in each subscription, are four events with four ids and one key."""
    events = (*pushed("Pre"), *pushed("Post"))
    assert len({event.id for event in events}) == 4
    assert {event.keys["correlation_id"] for event in events} == {RUN}
    assert [event.subscription_id for event in events] == SUBSCRIPTIONS * 2


def test_a_run_asked_for_shares_its_key_with_the_run_that_was_pushed() -> None:
    """The configuration's own run is found by the path that its pre event calls correlationId."""
    told = {"id": RUN, "type": "Microsoft.Maintenance/applyUpdates", "properties": {"status": "InProgress"}}
    (event,) = normalize(json.dumps(told).encode(), ARRIVAL).events
    assert event.keys == pushed("Pre")[0].keys
    assert event.resources == ()


@pytest.mark.parametrize("name", ["default", "latest", "Current", ""])
def test_an_alias_names_no_run(name: str) -> None:
    """Names that stand for whichever run is newest tie nothing together."""
    assert run_name(f"{WEEKLY}/applyUpdates/{name}") is None
