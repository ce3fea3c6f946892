"""R8: what a row cannot hold is told all the same, and said to be cut."""

from __future__ import annotations

import msgspec
from memory_house import House

from notbefore.schema import Phase


def an_alert(number: int, words: int = 10) -> dict[str, object]:
    """An activity-log alert about a planned maintenance of its own."""
    properties = {
        "title": "Maintenance", "incidentType": "Maintenance", "stage": "Planned", "trackingId": f"SIZE-{number}",
        "communication": "Machines will be rebooted. " * words, "impactStartTime": "2026-12-24T12:00:00Z",
    }  # fmt: skip # one payload
    context = {
        "eventSource": "ServiceHealth",
        "eventTimestamp": "2026-11-24T11:59:00Z",
        "status": "Active",
        "subscriptionId": "11111111-1111-4111-8111-111111111111",
        "properties": properties,
    }
    essentials = {"monitoringService": "ServiceHealth"}
    return {"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": essentials, "alertContext": context}}


async def test_a_text_of_more_than_a_row_is_told_and_says_that_it_was_cut() -> None:
    """Nearly 2 MiB of prose in one event make one story with a warning, not a poisoned message."""
    house = House()
    await house.takes(msgspec.json.encode(an_alert(1, words=70_000)))
    (story,) = await house.stories()
    assert story.phase is Phase.ANNOUNCED
    assert any("cut here" in warning.problem for warning in story.warnings)
    assert len(house.mail.got) == 1


async def test_many_long_texts_are_several_transactions() -> None:
    """Forty stories of 80 KB each are more than one transaction takes, and all are told."""
    house = House()
    await house.takes(msgspec.json.encode([an_alert(number, words=3_000) for number in range(40)]))
    assert len(house.mail.got) == 40
