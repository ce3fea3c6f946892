"""`dev.py run` as a person starts it: it tells where things are, survives kills, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from dev_run import PATIENCE, ROOT, DevRun, wait_until

from local import processes


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., DevRun]]:
    """Starts runs in a directory with a space, and ends what a failed test left."""
    runs: list[DevRun] = []

    def start_one(*arguments: str, state: str = "a state") -> DevRun:
        runs.append(DevRun(tmp_path / state, *arguments))
        return runs[-1]

    yield start_one
    for run in runs:
        left = run.facts
        run.process.kill()
        run.process.wait()
        for name in ("host_pid", "azurite_pid"):
            if name in left:
                processes.end(left[name])


def test_the_story_is_told_and_the_run_leaves(start: Callable[..., DevRun]) -> None:
    """`--once` plays the story, exits 0 when all is delivered, leaves the messages and no process behind."""
    run = start("--once")
    wait_until(lambda: run.facts)
    facts = run.facts
    assert run.process.wait(PATIENCE * 3) == 0
    arrived = [path for path in Path(facts["received"]).glob("*/*") if path.suffix in {".eml", ".json"}]
    assert {path.parent.name for path in arrived} == {"mail", "webhook", "chat", "itsm", "runbook"}
    assert not run.facts
    assert not processes.alive(facts["host_pid"])
    assert not processes.alive(facts["azurite_pid"])


@pytest.mark.skipif(sys.platform == "win32", reason="there is no gentle signal there")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_two_agents_report_for_as_long_as_the_run(start: Callable[..., DevRun], number: int) -> None:
    """The board knows both machines and missed no reboot; a run that ends, or is killed, leaves no agent."""
    run = start().ready()
    wait_until(lambda: [one["over"] for one in asked(run, "/stories")] == [True])
    shop = next(one for one in asked(run, "/coverage") if one["agents"])
    assert [one["name"] for one in shop["reporters"]] == ["web-01", "web-02"]
    assert shop["missed"] == []
    run.end(number)
    for name in ("web-01", "web-02"):
        wait_until(partial(is_nobodys, run.state / "agents" / name / "spool" / "lock"))


def asked(run: DevRun, path: str) -> list[dict[str, Any]]:
    """A list of the board."""
    question = urllib.request.Request(run.facts["url"] + path, headers={"Accept": "application/json"})  # noqa: S310 - ours
    with urllib.request.urlopen(question, timeout=20) as answer:  # noqa: S310 - our own loopback address
        found: list[dict[str, Any]] = json.load(answer)["items"]
    return found


def is_nobodys(lock: Path) -> bool:
    """Whether the agent that held the lock is gone."""
    import fcntl

    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="there is no gentle signal there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_when_asked(start: Callable[..., DevRun], number: int) -> None:
    """INT and TERM end host, receivers and Azurite in order; the status is 0."""
    run = start("--empty").ready()
    facts = run.facts
    assert set(facts) >= {"url", "host_pid", "azurite_pid", "storage", "received"}
    assert run.end(number) == 0
    assert not run.facts
    assert not processes.alive(facts["host_pid"])
    assert not processes.alive(facts["azurite_pid"])


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL there")
def test_a_killed_host_is_started_again(start: Callable[..., DevRun]) -> None:
    """`kill -9` of the host: the run starts another one at the same address and writes its process id."""
    run = start("--empty").ready()
    before = run.facts
    os.kill(before["host_pid"], signal.SIGKILL)
    wait_until(lambda: run.facts.get("host_pid") != before["host_pid"])
    run.ready()
    assert run.facts["url"] == before["url"]
    assert run.facts["azurite_pid"] == before["azurite_pid"]
    assert run.end(signal.SIGTERM) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there is no gentle signal there")
def test_a_store_that_ended_is_started_again(start: Callable[..., DevRun]) -> None:
    """Azurite comes back under the same connection string, and the host never notices."""
    run = start("--empty").ready()
    before = run.facts
    os.kill(before["azurite_pid"], signal.SIGTERM)
    wait_until(lambda: run.facts.get("azurite_pid") != before["azurite_pid"])
    assert run.facts["storage"] == before["storage"]
    after = run.facts
    assert after["host_pid"] == before["host_pid"]
    assert run.end(signal.SIGTERM) == 0
    assert not processes.alive(after["azurite_pid"])


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL there")
def test_a_start_after_a_killed_run_takes_on_its_store(start: Callable[..., DevRun]) -> None:
    """`kill -9` of the run: its host ends by itself, its Azurite lives on and serves the next start."""
    first = start("--empty").ready()
    before = first.facts
    first.end(signal.SIGKILL)
    wait_until(lambda: not processes.alive(before["host_pid"]))
    second = start("--empty")
    wait_until(lambda: second.facts.get("host_pid") not in {None, before["host_pid"]})
    assert second.facts["azurite_pid"] == before["azurite_pid"]
    assert second.ready().end(signal.SIGTERM) == 0
    assert not processes.alive(before["azurite_pid"])


@pytest.mark.skipif(sys.platform == "win32", reason="there is no gentle signal there")
def test_a_newer_start_takes_over(start: Callable[..., DevRun]) -> None:
    """Two runs on one state: the older one is asked to stop, and does, before the newer one begins."""
    first = start("--empty").ready()
    before = first.facts
    second = start("--empty")
    assert first.process.wait(PATIENCE) == 0
    wait_until(lambda: second.facts.get("host_pid") not in {None, before["host_pid"]})
    assert second.ready().end(signal.SIGTERM) == 0


def test_two_states_run_side_by_side(start: Callable[..., DevRun]) -> None:
    """Copies on states of their own do not know of each other."""
    one, two = start("--empty", state="one"), start("--empty", state="two")
    one.ready()
    two.ready()
    assert one.facts["url"] != two.facts["url"]
    assert one.facts["storage"] != two.facts["storage"]


def test_the_tool_runs_where_the_user_stands(tmp_path: Path) -> None:
    """`dev.py notbefore` reads paths from the directory it was started in, and its status is the tool's."""
    (tmp_path / "nothing.json").write_text("null")
    (tmp_path / "broken.json").write_text("{")
    command = [sys.executable, str(ROOT / "dev.py"), "notbefore", "normalize"]
    for name, status, key in (("nothing.json", 0, "ignored"), ("broken.json", 2, "malformed")):
        done = subprocess.run([*command, name], cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        assert done.returncode == status
        assert key in json.loads(done.stdout)


def test_a_port_that_is_taken_is_said(start: Callable[..., DevRun]) -> None:
    """A wished port that somebody else holds ends the start with a status that is not 0."""
    first = start("--empty", state="one").ready()
    taken = first.facts["url"].rpartition(":")[2]
    second = start("--empty", "--port", taken, state="two")
    assert second.process.wait(PATIENCE) == 1


def test_a_routing_file_with_mistakes_stops_the_start(start: Callable[..., DevRun], tmp_path: Path) -> None:
    """Nothing is started, and the exit status says so."""
    bad = tmp_path / "bad.yaml"
    bad.write_text("version: 1\naudiences: {a: {time_zone: Nowhere, channels: []}}\nroutes: []\n", encoding="utf-8")
    run = start("--empty", "--routes", str(bad))
    assert run.process.wait(PATIENCE) != 0
    assert run.facts == {}
