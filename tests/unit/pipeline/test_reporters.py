"""What agents and runbooks say of themselves: who is alive, a reboot that nobody was told of, a runbook's steps."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from memory_house import START, SUBSCRIPTION, House, a_config, an_event

from notbefore.config.model import Route
from notbefore.pipeline.accept import accept
from notbefore.pipeline.reporters.reboots import missed_reboots
from notbefore.pipeline.reporters.reporters import SHIPPED, Reporter, reporters
from notbefore.pipeline.reporters.steps import steps
from notbefore.pipeline.reporters.taking import take
from notbefore.ports import Signal
from notbefore.schema import Resource

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
    ((_, known),) = [one async for one in reporters(house.outside, SUBSCRIPTION)]
    assert (known.id, known.version, known.seen_at) == (MACHINE.lower(), "1.0.0", START)


async def test_event_grids_own_schema_is_understood() -> None:
    """What passed a topic in that schema says the same under other names."""
    house = House()
    beat = json.loads(said("vm.heartbeat"))
    grid = {"id": "1", "topic": MACHINE, "subject": "", "eventType": beat["type"], "eventTime": beat["time"]}
    assert await take(house.outside, a_signal(json.dumps(grid | {"data": beat["data"]}).encode()))
    assert [one.id async for _, one in reporters(house.outside, SUBSCRIPTION)] == [MACHINE.lower()]


async def test_an_id_that_no_key_may_hold_does_not_stop_the_door() -> None:
    """It is kept under the unknown subscription."""
    house = House()
    odd = {"type": "notbefore.vm.heartbeat", "source": "/subscriptions/a\\b/x", "data": {}}
    assert await take(house.outside, a_signal(json.dumps(odd).encode()))
    assert [name async for name, _ in reporters(house.outside)] == ["unknown"]


async def test_a_reboot_that_nobody_announced_is_missed() -> None:
    """Without a notice the reboot stands there with the reason."""
    house = House()
    await take(house.outside, a_signal(said("vm.rebooted", "boot-2")))
    ((_, missed),) = [one async for one in missed_reboots(house.outside, SUBSCRIPTION)]
    assert missed.missed == "no notice of it was known"


@pytest.mark.parametrize("alone", [True, False])
async def test_a_heartbeat_that_comes_alone_is_a_row_and_no_signal(alone: bool) -> None:  # noqa: FBT001 - a row
    """It is known at once and neither archived nor queued; beside anything else it goes the way of all signals."""
    house = House()
    beat = said("vm.heartbeat")
    body = beat if alone else b"[" + beat + b"," + said("vm.rebooted", "boot-2") + b"]"
    await accept(house.outside, body, "http")
    assert len([one async for one in house.outside.archive.ids("")]) == (0 if alone else 1)
    assert bool([one async for one in reporters(house.outside, SUBSCRIPTION)]) is alone
    await house.runs()
    assert [one async for one in reporters(house.outside, SUBSCRIPTION)]
    assert not [one async for one in house.outside.quarantine.partitions()]


async def test_a_reboot_that_was_told_is_not_missed() -> None:
    """Somebody heard of the machine's event before it went down."""
    house = House()
    await house.takes(a_document())
    await take(house.outside, a_signal(said("vm.rebooted", "boot-2")))
    assert not [one async for one in missed_reboots(house.outside, SUBSCRIPTION)]


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("the notice came late", "its notice came only after it"),
        ("nobody was told", "its maintenance was known, but nobody was told before it"),
        ("it was another event", "no notice of it was known"),
    ],
)
async def test_a_notice_that_helped_nobody_is_missed(when: str, why: str) -> None:
    """Only a message that was sent before the machine went down, about what took it down, counts."""
    silent = a_config(routes=(Route(name="nobody", to=()),)) if when == "nobody was told" else None
    house = House(silent)
    await house.takes(a_document())
    booted = START + timedelta(minutes=20)
    known = [{"EventId": EVENT_ID}]
    if when == "the notice came late":
        booted = START - timedelta(minutes=5)
    if when == "it was another event":
        house.at += timedelta(minutes=1)
        await house.takes(said("vm.scheduled-events", document={"DocumentIncarnation": 3, "Events": []}))
        known = []
    house.at = START + timedelta(hours=1)
    await house.takes(said("vm.rebooted", "boot-2", bootedAt=f"{booted:%Y-%m-%dT%H:%M:%SZ}", known=known))
    ((_, missed),) = [one async for one in missed_reboots(house.outside, SUBSCRIPTION)]
    assert missed.missed == why
    assert missed.at == booted


async def test_an_announced_window_counts_as_notice() -> None:
    """A planned maintenance that names the machine and was told covers a reboot in its window, and none before it."""
    house = House()
    machine = Resource(id=MACHINE.lower(), name="web-01", type="microsoft.compute/virtualmachines")
    await house.hears(an_event(resources=(machine,)))
    for boot, at in (("early", START + timedelta(days=1)), ("inside", START + timedelta(days=2, hours=1))):
        house.at = at
        await house.takes(said("vm.rebooted", boot, bootedAt=f"{at:%Y-%m-%dT%H:%M:%SZ}"))
    assert [one.boot_id async for _, one in missed_reboots(house.outside, SUBSCRIPTION)] == ["early"]


@pytest.mark.parametrize(("version", "old"), [(SHIPPED, False), ("0.9.9", True), (None, True), ("10.0", False)])
def test_an_agent_is_old_when_a_newer_one_is_shipped(version: str | None, old: bool) -> None:  # noqa: FBT001 - a row
    """Numbers are compared, not texts; one that does not say its version is old."""
    assert Reporter(id="/x", version=version, seen_at=START).is_old is old


def test_the_shipped_version_is_the_agents() -> None:
    """Nobody's agent is called old because two files disagree."""
    root = Path(__file__).resolve().parents[3] / "agent"
    for name in ("linux/notbefore_agent.py", "windows/notbefore-agent.ps1"):
        found = re.search(r"""^\$?VERSION = ["']([^"']+)""", (root / name).read_text(), re.MULTILINE | re.IGNORECASE)
        assert found is not None
        assert found[1] == SHIPPED


@pytest.mark.parametrize("first", ["the step", "the story"])
async def test_a_runbooks_step_stands_beside_its_story(first: str) -> None:
    """It names the scheduled event and may come before its story; the same signal again is the same step."""
    house = House()
    done = said("runbook.progress", runbook="drain", step="scheduled", state="succeeded", text="out", eventId=EVENT_ID)
    if first == "the story":
        await house.takes(a_document())
    for _ in range(2):
        assert await take(house.outside, a_signal(done))
    if first == "the step":
        await house.takes(a_document())
    (story,) = await house.stories()
    (step,) = await steps(house.outside, story, 10)
    assert (step.runbook, step.state, step.text) == ("drain", "succeeded", "out")


async def test_a_runbook_may_name_the_story_it_was_started_for() -> None:
    """The webhook gave it the id; the subscription is said beside it, for a runbook has no machine of its own."""
    house = House()
    await house.hears(an_event())
    (story,) = await house.stories()
    told = {"runbook": "redeploy", "step": "web-01", "state": "succeeded", "story": story.id}
    event = {"type": "notbefore.runbook.progress", "source": "", "data": told | {"subscriptionId": SUBSCRIPTION}}
    assert await take(house.outside, a_signal(json.dumps(event).encode()))
    assert [one.step for one in await steps(house.outside, story, 10)] == ["web-01"]


@pytest.mark.parametrize("body", [b"", b"notbefore. {", b'{"type": "notbefore.vm.scheduled-events"}', b'"notbefore."'])
async def test_what_is_nothing_of_the_kind_is_left_alone(body: bytes) -> None:
    """Anything else, and what cannot be read, changes nothing."""
    assert not await take(House().outside, a_signal(body))
