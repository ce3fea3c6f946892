"""The agent in a VM, as a process, against an imitated metadata service and a receiver on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from agent_world import OLD_PYTHON, World, until

from local.imds import ADDED, TOKEN
from notbefore.normalization import normalize
from notbefore.schema import Phase

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world of its own for each test."""
    here = World(tmp_path)
    yield here
    here.close()


def _normalized(world: World) -> list[tuple[str, Phase]]:
    read = [normalize(json.dumps(one).encode(), NOW) for one in world.receiver.of("scheduled-events")]
    return [(event.keys["event_id"], event.phase) for one in read for event in one.events]


def test_an_event_is_told_from_its_announcement_to_its_end(world: World) -> None:
    """Each change of the document arrives once, and the product reads it."""
    world.start()
    until(lambda: world.receiver.of("heartbeat"))
    event_id = world.imds.announce()
    until(lambda: _normalized(world) == [(event_id, Phase.SCHEDULED)])
    world.imds.begin(event_id)
    until(lambda: len(_normalized(world)) == 2)
    world.imds.vanish(event_id)
    until(lambda: world.receiver.documents()[-1]["Events"] == [])
    assert _normalized(world) == [(event_id, Phase.SCHEDULED), (event_id, Phase.STARTED)]
    sent = world.receiver.of("scheduled-events")[1]
    read = normalize(json.dumps(sent).encode(), NOW)
    assert read.presence[0].boot_id == world.boot.read_text().strip()
    assert read.facts[0].tags == {"team": "web"}
    assert read.events[0].resources[0].id == sent["source"].lower()


@pytest.mark.skipif(OLD_PYTHON is None, reason="no Python 3.8 on this machine")
def test_the_oldest_python_runs_it(world: World) -> None:
    """Python 3.8 is enough."""
    world.python = str(OLD_PYTHON)
    event_id = world.imds.announce()
    world.hook("10-say", "echo told")
    assert world.once() == 0
    assert _normalized(world) == [(event_id, Phase.SCHEDULED)]


@pytest.mark.parametrize("version", list(ADDED))
def test_an_older_service_is_asked_in_its_own_version(world: World, version: str) -> None:
    """A version that is refused is followed by the next older one, down to the oldest that is served."""
    world.imds.versions = [version]
    event_id = world.imds.announce()
    assert world.once() == 0
    assert _normalized(world) == [(event_id, Phase.SCHEDULED)]
    assert world.receiver.of("scheduled-events")[0]["data"]["agent"]["apiVersion"] == version


def test_syslog_lines_tell_the_same_story(world: World) -> None:
    """A VM without any way out reaches the team through its syslog: each line is read as an event, the end too."""
    world.more = {"NOTBEFORE_SIGNALS": ""}
    world.start()
    event_id = world.imds.announce()
    found: list[tuple[str, Phase]] = []

    def read() -> list[tuple[str, Phase]]:
        for line in world.lines():
            head = line.replace(">", ">Nov 24 12:00:00 web-01 ", 1)
            events = normalize(head.encode(), NOW).events
            found.extend((event.keys["event_id"], event.phase) for event in events)
        return found

    until(lambda: len(read()) == 1)
    world.imds.begin(event_id)
    until(lambda: len(read()) == 2)
    world.imds.vanish(event_id)
    until(lambda: len(read()) == 3)
    assert found == [(event_id, Phase.SCHEDULED), (event_id, Phase.STARTED), (event_id, Phase.COMPLETED)]


def test_a_reboot_is_told_and_what_waited_is_marked_late(world: World) -> None:
    """What could not be sent before the reboot is sent after it, and says so; so does the boot."""
    world.receiver.status = 503
    event_id = world.imds.announce()
    world.start()
    until(lambda: (world.spool / "state.json").exists() and event_id in (world.spool / "state.json").read_text())
    world.kill()
    world.imds.vanish(event_id)
    world.reboot(2)
    world.receiver.status = 202
    world.start()
    until(lambda: world.receiver.of("rebooted") and len(world.receiver.documents()) == 2)
    first = world.receiver.of("scheduled-events")[0]
    assert first["data"]["late"]["rebooted"] is True
    assert [one["EventId"] for one in world.receiver.of("rebooted")[0]["data"]["known"]] == [event_id]


def test_hooks_run_with_the_event_and_report_home(world: World) -> None:
    """Each phase runs the hooks once, with JSON on standard input and the event in the environment."""
    world.hook("10-tell", 'echo "$NOTBEFORE_PHASE $NOTBEFORE_EVENTTYPE"; grep -q EventId')
    world.start()
    event_id = world.imds.announce("Redeploy")
    until(lambda: len(world.progress()) == 1)
    world.imds.begin(event_id)
    until(lambda: len(world.progress()) == 2)
    world.imds.vanish(event_id)
    until(lambda: len(world.progress()) == 3)
    assert [one["text"] for one in world.progress()] == [
        "scheduled Redeploy",
        "started Redeploy",
        "completed Redeploy",
    ]
    assert {one["state"] for one in world.progress()} == {"succeeded"}


def test_what_vanishes_before_it_began_was_canceled(world: World) -> None:
    """The hooks of an event that is called off hear `canceled`."""
    world.hook("10-tell", 'echo "$NOTBEFORE_PHASE"')
    world.start()
    event_id = world.imds.announce()
    until(lambda: len(world.progress()) == 1)
    world.imds.vanish(event_id)
    until(lambda: [one["text"] for one in world.progress()] == ["scheduled", "canceled"])


def test_it_never_approves_unasked(world: World) -> None:
    """Without the switch an event is left to begin by itself, whatever the hooks say."""
    world.hook("10-good", "exit 0")
    world.imds.announce()
    assert world.once() == 0
    assert world.imds.approved == []


def test_it_approves_named_types_after_the_hooks_succeeded(world: World) -> None:
    """Switched on for a type it approves that one, only after good hooks, and reports it."""
    world.more = {"NOTBEFORE_APPROVE": "Reboot"}
    world.hook("10-good", "exit 0")
    world.imds.announce("Freeze")
    event_id = world.imds.announce("Reboot")
    assert world.once() == 0
    assert world.imds.approved == [event_id]
    assert "approval" in {one["runbook"] for one in world.progress()}


@pytest.mark.parametrize("why", ["a hook failed", "others are hit too"])
def test_it_does_not_approve_when_something_speaks_against_it(world: World, why: str) -> None:
    """A failed hook, or a second machine in the event, and nothing is approved."""
    world.more = {"NOTBEFORE_APPROVE": "Reboot"}
    world.hook("10-hook", "exit 1" if why == "a hook failed" else "exit 0")
    world.imds.announce(Resources=["web-01"] if why == "a hook failed" else ["web-01", "web-02"])
    assert world.once() == 0
    assert world.imds.approved == []


def test_a_managed_identity_speaks_for_the_machine(world: World) -> None:
    """With a token's audience the agent sends what the metadata service gives, asked for once."""
    world.more = {"NOTBEFORE_TOKEN": "api://notbefore"}
    world.imds.announce()
    assert world.once() == 0
    assert {one["Authorization"] for one in world.receiver.headers} == {f"Bearer {TOKEN}"}
    assert sum(path.endswith("/token") for path in world.imds.asked) == 1


def test_a_slow_first_answer_is_waited_for(world: World) -> None:
    """The question that switches the service on may take long; longer than any other is given."""
    world.imds.first_wait = 11
    event_id = world.imds.announce()
    assert world.once() == 0
    assert _normalized(world) == [(event_id, Phase.SCHEDULED)]


def test_a_version_that_was_refused_for_a_moment_is_tried_again(world: World) -> None:
    """The newest version is asked for with each heartbeat, so that its fields are not lost for good."""
    world.more = {"NOTBEFORE_HEARTBEAT": "1"}
    newest = list(world.imds.versions)
    world.imds.versions = newest[:1]
    world.start()
    until(lambda: world.receiver.of("heartbeat"))
    world.imds.announce()
    until(lambda: any(one["Events"] for one in world.receiver.documents()))
    world.imds.versions = newest
    until(lambda: any("DurationInSeconds" in event for one in world.receiver.documents() for event in one["Events"]))


def test_a_machine_that_could_not_be_named_is_named_later(world: World) -> None:
    """Without the instance document the heartbeat has no resource id; the one after it has."""
    world.imds.unnamed = True
    world.start()
    until(lambda: world.receiver.of("heartbeat"))
    assert world.receiver.of("heartbeat")[0]["source"].startswith("urn:")
    world.imds.unnamed = False
    until(lambda: world.receiver.of("heartbeat")[-1]["source"].startswith("/subscriptions/"))
