"""What agents and runbooks say of themselves: who is alive, a reboot that nobody was told of, a runbook's steps."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from memory_house import START, SUBSCRIPTION, House

from notbefore import rowkeys
from notbefore.pipeline.reporters import missed_reboots, reporters, steps, take
from notbefore.ports import Signal

MACHINE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web-01"
EVENT_ID = "C7061BAC-AFDC-4513-B24B-AA5F13A16123"


def said(kind: str, boot: str = "boot-1", **more: object) -> bytes:
    """What an agent posts."""
    data = {"compute": {"name": "web-01", "resourceId": MACHINE}, "agent": {"version": "1.0.0", "bootId": boot}}
    event = {"specversion": "1.0", "id": f"{kind}-{boot}", "source": MACHINE, "type": f"notbefore.{kind}"}
    return json.dumps(event | {"time": "2026-11-24T12:00:00Z", "data": data | more}).encode()


def a_signal(body: bytes) -> Signal:
    """The signal as it was archived."""
    return Signal(id="s", received_at=START, origin="http", body=body)


def a_document() -> bytes:
    """An agent's report of a reboot in a quarter of an hour."""
    event: dict[str, Any] = {
        "EventId": EVENT_ID,
        "EventStatus": "Scheduled",
        "EventType": "Reboot",
        "ResourceType": "VirtualMachine",
        "Resources": ["web-01"],
        "NotBefore": f"{START + timedelta(minutes=15):%a, %d %b %Y %H:%M:%S} GMT",
    }
    return said("vm.scheduled-events", document={"DocumentIncarnation": 2, "Events": [event]})


async def test_a_heartbeat_says_who_is_alive() -> None:
    """One row a machine, the newest."""
    house = House()
    for _ in range(2):
        assert await take(house.outside, a_signal(said("vm.heartbeat")))
    (known,) = [one async for one in reporters(house.outside, SUBSCRIPTION)]
    assert (known.id, known.version, known.seen_at) == (MACHINE.lower(), "1.0.0", START)


async def test_a_reboot_that_nobody_announced_is_missed() -> None:
    """Without a notice the reboot stands there with the reason."""
    house = House()
    await take(house.outside, a_signal(said("vm.rebooted", "boot-2")))
    (missed,) = [one async for one in missed_reboots(house.outside, SUBSCRIPTION)]
    assert missed.missed == "no notice of it was known"


async def test_the_pipeline_takes_them_in() -> None:
    """A heartbeat that came through the door is known afterwards, and is nothing to be looked at by a person."""
    house = House()
    await house.takes(said("vm.heartbeat"))
    assert [one async for one in reporters(house.outside, SUBSCRIPTION)]
    assert not [one async for one in house.outside.quarantine.partitions()]


async def test_a_reboot_that_was_told_is_not_missed() -> None:
    """Somebody heard of the machine's event before it went down."""
    house = House()
    await house.takes(a_document())
    await take(house.outside, a_signal(said("vm.rebooted", "boot-2")))
    assert not [one async for one in missed_reboots(house.outside, SUBSCRIPTION)]


async def test_a_runbooks_step_stands_beside_its_story() -> None:
    """It is found by the scheduled event's id, and the same signal again is the same step."""
    house = House()
    await house.takes(a_document())
    done = said("runbook.progress", runbook="drain", step="scheduled", state="succeeded", text="out", eventId=EVENT_ID)
    for _ in range(2):
        assert await take(house.outside, a_signal(done))
    key = rowkeys.tie("event_id", EVENT_ID)
    row = (await house.outside.stories.get(SUBSCRIPTION, [key]))[key]
    story = json.loads(row.body)["story"]
    (step,) = [one async for one in steps(house.outside, SUBSCRIPTION, story)]
    assert (step.runbook, step.state, step.text) == ("drain", "succeeded", "out")


@pytest.mark.parametrize("body", [b"", b"notbefore. {", b'{"type": "notbefore.vm.scheduled-events"}', b'"notbefore."'])
async def test_what_is_nothing_of_the_kind_is_left_alone(body: bytes) -> None:
    """Anything else, and what cannot be read, changes nothing."""
    assert not await take(House().outside, a_signal(body))
