"""Presence is told only where absence can be judged from it later."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from notbefore.normalization import Normalized, normalize

ARRIVAL = datetime(2026, 10, 9, 4, tzinfo=UTC)
MACHINE = (
    "/subscriptions/0a1b2c3d-1111-4222-8333-444455556666/resourceGroups/Shop"
    "/providers/Microsoft.Compute/virtualMachines/web-01"
)
REPORT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": MACHINE,
    "type": "notbefore.vm.scheduled-events",
    "time": "2026-10-09T04:00:01Z",
    "data": {
        "document": {"DocumentIncarnation": 7, "Events": [{"EventId": "A", "Resources": ["web-01"]}]},
        "compute": {"name": "web-01", "resourceId": MACHINE, "location": "West Europe", "tagsList": []},
        "agent": {"bootId": "boot-1"},
    },
}


def read(**data: object) -> Normalized:
    """The report with other data."""
    told = deepcopy(REPORT)
    told["data"].update(data)
    return normalize(json.dumps(told).encode(), ARRIVAL)


def test_a_document_tells_who_is_there() -> None:
    """Reporter, boot, incarnation, ids and the time of the report are those of the report."""
    (presence,) = read().presence
    assert (presence.reporter, presence.boot_id, presence.incarnation) == (MACHINE.lower(), "boot-1", 7)
    assert presence.event_ids == ("A",)
    assert presence.at == datetime(2026, 10, 9, 4, 0, 1, tzinfo=UTC)


def test_an_empty_document_tells_that_nobody_is_there() -> None:
    """Without events the reading has a reason, and presence and facts all the same."""
    read_it = read(document={"DocumentIncarnation": 8, "Events": []})
    assert read_it.ignored
    assert [presence.event_ids for presence in read_it.presence] == [()]
    assert [facts.location for facts in read_it.facts] == ["westeurope"]


@pytest.mark.parametrize(
    "data",
    [
        {"agent": {}},
        {"document": {"DocumentIncarnation": "abc", "Events": []}},
        {"document": {"Events": []}},
        {"document": {"DocumentIncarnation": 8, "Events": [{"EventStatus": "Scheduled"}]}},
        {"document": {"error": "Bad request"}},
    ],
    ids=["no boot id", "no count", "no incarnation", "an event without id", "an error"],
)
def test_what_cannot_be_compared_later_makes_no_presence(data: dict[str, object]) -> None:
    """A report from which nothing could be judged gone tells nothing of who is there."""
    assert read(**data).presence == ()


def test_tags_zone_and_set_become_facts() -> None:
    """The naming part of the instance document is kept as facts about the reporter."""
    compute = REPORT["data"]["compute"] | {
        "zone": "2",
        "vmScaleSetName": "fleet",
        "resourceGroupName": "Shop",
        "tagsList": [{"name": "Team", "value": "payments"}, {"name": "", "value": "nobody's"}],
    }
    (facts,) = read(compute=compute).facts
    assert (facts.zone, facts.scale_set, facts.resource_group) == ("2", "fleet", "Shop")
    assert facts.tags == {"Team": "payments"}
