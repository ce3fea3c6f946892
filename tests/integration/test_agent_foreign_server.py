"""The agent against a metadata service that others wrote: the mock server of the public Azure samples, when it runs.

Its address stands in SCHEDULED_EVENTS_MOCK_SERVER; docs/agents.md says how to start it. It is no part of this house.
"""

from __future__ import annotations

import json
import os
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from agent_world import World, until

from notbefore.normalization import normalize
from notbefore.schema import Impact, Phase

SERVER = os.environ.get("SCHEDULED_EVENTS_MOCK_SERVER", "")
pytestmark = pytest.mark.skipif(not SERVER, reason="SCHEDULED_EVENTS_MOCK_SERVER names no running server")
SCENARIOS = {
    "Live Migration": (Impact.FREEZE, ("Scheduled", "Started", "Completed")),
    "User Reboot": (Impact.REBOOT, ("Scheduled", "Started", "Completed")),
    "Host Agent Maintenance": (Impact.FREEZE, ("Scheduled", "Started", "Completed")),
    "Redeploy": (Impact.REDEPLOY, ("Scheduled", "Started", "Completed")),
    "User Redeploy": (Impact.REDEPLOY, ("Scheduled", "Started", "Completed")),
    "Canceled Maintenance": (Impact.FREEZE, ("Scheduled", "Canceled")),
}
PHASES = {"Scheduled": Phase.SCHEDULED, "Started": Phase.STARTED}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An agent that asks the foreign server. It serves no instance document, so the machine is its host's name."""
    here = World(tmp_path)
    here.more = {"NOTBEFORE_IMDS": SERVER}
    yield here
    here.close()


def has_come(world: World, number: int) -> bool:
    """Whether so many documents have arrived."""
    return len(world.receiver.documents()) >= number


def order(path: str, **form: str) -> None:
    """What a person does on the server's page."""
    urllib.request.urlopen(SERVER + path, urllib.parse.urlencode(form).encode(), timeout=5).close()  # noqa: S310 - loopback


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_each_scenario_arrives_from_its_beginning_to_its_end(world: World, scenario: str) -> None:
    """Every document that the server shows is sent and read; the end is an empty document, and hooks run."""
    impact, statuses = SCENARIOS[scenario]
    world.hook("10-say", 'echo "$NOTBEFORE_PHASE"')
    order("/stop-auto-run")
    order("/set-scenario", scenario=scenario)
    world.start()
    until(world.receiver.documents)
    for number, status in enumerate(statuses, len(world.receiver.documents()) + 1):
        order("/generate-event", event_status=status, resources=os.uname().nodename)
        until(partial(has_come, world, number))
    read = [normalize(json.dumps(one).encode(), datetime.now(UTC)) for one in world.receiver.of("scheduled-events")]
    told = [(event.phase, event.impact) for one in read for event in one.events]
    assert told == [(PHASES[status], impact) for status in statuses if status in PHASES]
    assert not [event.warnings for one in read for event in one.events if event.warnings]
    wanted = {PHASES[status].value for status in statuses if status in PHASES}
    until(lambda: {one["text"] for one in world.progress()} >= wanted)


def test_an_approval_is_taken(world: World) -> None:
    """Switched on, the agent's StartRequests moves the server's event on."""
    world.more |= {"NOTBEFORE_APPROVE": "Reboot"}
    world.hook("10-good", "exit 0")
    order("/stop-auto-run")
    order("/set-scenario", scenario="User Reboot")
    order("/generate-event", event_status="Scheduled", resources=os.uname().nodename)
    world.start()
    until(lambda: any(one["runbook"] == "approval" and one["state"] == "succeeded" for one in world.progress()))
    until(
        lambda: any(event["EventStatus"] == "Started" for one in world.receiver.documents() for event in one["Events"])
    )
