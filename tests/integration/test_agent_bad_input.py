"""What the agent may meet: it keeps running, says so once, and loses nothing."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_world import World, until


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world of its own for each test."""
    here = World(tmp_path)
    yield here
    here.close()


@pytest.mark.parametrize(
    "mood",
    [
        (200, b"<html><body>Sign in to the network</body></html>", {}),
        (200, b'{"DocumentIncarnation": 7, "Eve', {}),
        (200, b"[]", {}),
        (200, b'{"DocumentIncarnation": 7}', {}),
        (410, b"", {}),
        (429, b"", {"Retry-After": "1"}),
        (500, b'{"error": "Internal error"}', {}),
        (400, b"\xff\xfe", {}),
    ],
    ids=["html", "half", "a list", "no events", "410", "429", "500", "400"],
)
def test_a_bad_answer_is_said_once_and_survived(world: World, mood: tuple[int, bytes, dict[str, str]]) -> None:
    """Whatever the metadata service answers for a while, the next good document is told."""
    world.imds.moods = [mood] * (12 if mood[0] == 400 else 2)
    world.start()
    until(lambda: not world.imds.moods)
    world.imds.announce()
    until(lambda: any(one["Events"] for one in world.receiver.documents()))
    assert world.said.read_text().count("problem: metadata service") == 1
    assert world.said.read_text().count("solved: metadata service") == 1


def test_a_hundred_events_of_which_one_is_ours(world: World) -> None:
    """The document is sent as it came; hooks run for the one event that names this machine."""
    world.hook("10-tell", "echo heard")
    for number in range(99):
        world.imds.announce(Resources=[f"other-{number}"])
    mine = world.imds.announce()
    assert world.once() == 0
    assert len(world.receiver.documents()[0]["Events"]) == 100
    assert [one["eventId"] for one in world.progress()] == [mine]


def test_an_unknown_type_and_odd_elements_are_passed_on(world: World) -> None:
    """A type nobody knows runs hooks as any other, and what is no event does not get in the way."""
    world.hook("10-tell", 'echo "$NOTBEFORE_EVENTTYPE"')
    world.imds.announce("Teleport", Resources=["_WEB-01"], NotBefore="soon")
    world.imds.change([*world.imds.events, {"EventStatus": 7}, None])
    assert world.once() == 0
    assert len(world.receiver.documents()[0]["Events"]) == 3
    assert world.progress()[0]["text"] == "Teleport"


def test_a_proxy_in_the_environment_is_not_asked(world: World) -> None:
    """Neither the metadata service nor the receiver is reached through it."""
    world.more = dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    world.imds.announce()
    assert world.once() == 0
    assert len(world.receiver.documents()) == 1


def test_a_hook_that_hangs_is_ended_before_the_machine_goes(world: World) -> None:
    """Its time is what the notice leaves, and what it said until then is reported."""
    world.hook("10-hang", "echo waiting; sleep 600")
    world.imds.announce(notice=5)
    began = time.monotonic()
    assert world.once() == 0
    assert time.monotonic() - began < 10
    assert world.progress()[0]["state"] == "killed"
    assert "waiting" in world.progress()[0]["text"]


def test_what_a_hook_leaves_behind_is_ended_with_it(world: World) -> None:
    """A process in the background neither holds the agent up nor lives on."""
    mark = world.folder / "alive"
    world.hook("10-fork", f"(sleep 2; touch {mark}) & echo done")
    world.imds.announce()
    assert world.once() == 0
    assert world.progress()[0]["state"] == "succeeded"
    time.sleep(2.5)
    assert not mark.exists()


def test_a_hook_may_not_write_without_end(world: World) -> None:
    """A gigabyte on standard output is cut off after a megabyte, and a little of it is reported."""
    world.hook("10-loud", "head -c 1000000000 /dev/zero | tr '\\0' x")
    world.imds.announce()
    assert world.once() == 0
    told = world.progress()[0]
    assert told["state"] == "killed"
    assert "more output" in told["text"]
    assert len(told["text"]) <= 4096


@pytest.mark.parametrize("mode", [0o775, 0o757])
def test_a_hook_that_others_may_write_is_refused(world: World, mode: int) -> None:
    """It is not run, and both the journal and the team are told."""
    mark = world.folder / "ran"
    world.hook("10-open", f"touch {mark}", mode)
    world.imds.announce()
    assert world.once() == 0
    assert world.progress()[0]["state"] == "refused"
    assert "writable by others" in world.said.read_text()
    assert not mark.exists()


def test_a_hooks_folder_that_others_may_write_is_refused(world: World) -> None:
    """Who may put a file there may run it."""
    world.hook("10-good", "true")
    world.hooks.chmod(0o777)
    world.imds.announce()
    assert world.once() == 0
    assert world.progress()[0]["state"] == "refused"


def test_the_spool_of_another_version_is_read_or_set_aside(world: World) -> None:
    """A bare CloudEvent of an older agent is sent; what cannot be read is kept for a person, and nothing stops."""
    world.spool.mkdir()
    event = {"specversion": "1.0", "id": "old", "source": "s", "type": "notbefore.vm.heartbeat", "data": {}}
    (world.spool / "event-1.json").write_text(json.dumps(event))
    (world.spool / "000000000007-x.json").write_text('{"v": 99, "boot": "b", "event": {}}')
    (world.spool / "000000000008-x.json").write_text('{"v": 1, "bo')
    (world.spool / "state.json").write_text("[]")
    world.imds.announce()
    assert world.once() == 0
    assert "old" in {one["id"] for one in world.receiver.got}
    assert len(world.receiver.documents()) == 1
    assert {one.name for one in (world.spool / "aside").iterdir()} == {"000000000007-x.json", "000000000008-x.json"}


def test_a_report_that_is_refused_for_good_is_set_aside(world: World) -> None:
    """400 and 413 would never change: the report is kept for a person, the next ones are sent."""
    world.receiver.status = 413
    world.imds.announce()
    world.once()
    world.receiver.status = 202
    world.imds.announce()
    assert world.once() == 0
    assert len(world.receiver.documents()) == 1
    assert any((world.spool / "aside").iterdir())


def test_a_full_disk_does_not_keep_the_news_back(world: World) -> None:
    """What cannot be written is sent from memory; later it is written again."""
    agent = world.start()
    until(lambda: world.receiver.of("heartbeat"))
    resource.prlimit(agent.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    world.imds.announce()
    until(lambda: any(one["Events"] for one in world.receiver.documents()))
    resource.prlimit(agent.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    world.imds.announce("Freeze")
    until(lambda: any(len(one["Events"]) == 2 for one in world.receiver.documents()))
    assert agent.poll() is None


def test_a_second_agent_leaves(world: World) -> None:
    """Two agents on one spool would tell everything twice."""
    world.start()
    until(lambda: world.receiver.of("heartbeat"))
    assert world.once() == 1
    assert "another agent" in world.said.read_text()


def test_a_machine_that_stood_still_says_for_how_long(world: World) -> None:
    """A freeze is seen by the monotonic clock and reported."""
    import signal

    agent = world.start()
    until(lambda: world.receiver.of("heartbeat"))
    agent.send_signal(signal.SIGSTOP)
    time.sleep(4)
    agent.send_signal(signal.SIGCONT)
    until(lambda: any(one["data"].get("frozenMs", 0) > 2000 for one in world.receiver.of("heartbeat")))
