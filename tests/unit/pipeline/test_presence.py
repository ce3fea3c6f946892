"""Ends that nobody announces: judged from what a machine's next document no longer holds."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from memory_house import SUBSCRIPTION, House, a_machine

from notbefore.schema import Phase


def agent_document(incarnation: int, *events: dict[str, object], boot: str = "boot-1", vm: str = "vm1") -> bytes:
    """What an agent in a machine sends."""
    resource = a_machine(vm).id
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "type": "notbefore.vm.scheduled-events",
            "source": resource,
            "id": f"{boot}-{incarnation}",
            "data": {
                "document": {"DocumentIncarnation": incarnation, "Events": list(events)},
                "compute": {
                    "name": vm,
                    "resourceId": resource,
                    "subscriptionId": SUBSCRIPTION,
                    "location": "westeurope",
                },
                "agent": {"version": "1", "apiVersion": "2020-07-01", "bootId": boot},
            },
        }
    )


def a_reboot(status: str, event_id: str = "11111111-aaaa-4bbb-8ccc-000000000001") -> dict[str, object]:
    """A reboot in an IMDS document."""
    return {
        "EventId": event_id, "EventType": "Reboot", "ResourceType": "VirtualMachine", "Resources": ["vm1"],
        "EventStatus": status, "EventSource": "Platform", "Description": "Host server is undergoing maintenance.",
        "NotBefore": "Tue, 24 Nov 2026 12:15:00 GMT" if status == "Scheduled" else "", "DurationInSeconds": -1,
    }  # fmt: skip # one event


async def test_what_vanished_while_scheduled_is_canceled() -> None:
    """The next document no longer holds it: the people who heard of it hear that it was called off."""
    house = House()
    await house.takes(agent_document(1, a_reboot("Scheduled")))
    house.at += timedelta(minutes=5)
    await house.takes(agent_document(2))
    (story,) = await house.stories()
    assert (story.phase, story.over) == (Phase.CANCELED, True)
    assert len(house.mail.got) == 2


async def test_what_vanished_after_it_started_is_completed() -> None:
    """Started, then gone: done."""
    house = House()
    for incarnation, events in enumerate(([a_reboot("Scheduled")], [a_reboot("Started")], []), start=1):
        await house.takes(agent_document(incarnation, *events))
        house.at += timedelta(minutes=5)
    (story,) = await house.stories()
    assert story.phase is Phase.COMPLETED


async def test_a_machine_that_an_event_no_longer_names_is_out_of_it() -> None:
    """The event stays for the other: what vanished from its list is canceled, and the end is that of the other."""
    house = House()
    for incarnation, status, names in (
        (1, "Scheduled", ["vm1", "vm2"]),
        (2, "Scheduled", ["vm1"]),
        (3, "Started", ["vm1"]),
    ):
        await house.takes(agent_document(incarnation, a_reboot(status) | {"Resources": names}))
        house.at += timedelta(minutes=5)
    await house.takes(agent_document(4))
    (story,) = await house.stories()
    assert {one.resource.name: one.phase for one in story.resources} == {"vm1": Phase.COMPLETED, "vm2": Phase.CANCELED}
    assert (story.phase, story.over) == (Phase.COMPLETED, True)


async def test_a_reboot_ends_what_had_started_and_judges_nothing_else() -> None:
    """A new boot id: the started event is done; a scheduled one stays as it was."""
    house = House()
    await house.takes(
        agent_document(7, a_reboot("Started"), a_reboot("Scheduled", "22222222-aaaa-4bbb-8ccc-000000000002"))
    )
    house.at += timedelta(minutes=5)
    await house.takes(agent_document(1, boot="boot-2"))
    phases = {story.keys["event_id"][0][:8]: story.phase for story in await house.stories()}
    assert phases == {"11111111": Phase.COMPLETED, "22222222": Phase.SCHEDULED}


async def test_an_older_document_of_the_same_boot_opens_nothing() -> None:
    """A late copy of an old document does not bring back what is over."""
    house = House()
    await house.takes(agent_document(5))
    await house.takes(agent_document(4, a_reboot("Scheduled")))
    assert await house.stories() == []


async def test_a_count_that_began_anew_is_said_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Made later and counting lower in one boot: it opens nothing either, and the log says why. A copy is silent."""
    house = House()
    await house.takes(agent_document(5))
    await house.takes(agent_document(4, a_reboot("Scheduled")))
    assert "counts" not in caplog.text
    house.at += timedelta(minutes=5)
    await house.takes(agent_document(1, a_reboot("Scheduled")))
    assert await house.stories() == []
    assert f"a machine of {SUBSCRIPTION} counts 1 after 5 in one boot" in caplog.text
