"""Nothing of what the metadata service showed is lost, whatever happens to the agent: seeded, 200 runs in all."""

from __future__ import annotations

import random
import resource
import time
from pathlib import Path

import pytest
from agent_world import World, until

from local.imds import Mood

RUNS, FEW = 200, 4
STEPS = 9


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A few runs by default, all of them with `--all-seeds`."""
    metafunc.parametrize("seed", range(RUNS if metafunc.config.getoption("--all-seeds") else FEW))


class Chaos:
    """One run: events come and go while the world breaks and mends; each fault is drawn from the seed."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.draw = world, random.Random(seed)  # noqa: S311 - the same chaos again
        self.boots, self.full = 1, False
        self.open: list[str] = []
        self.statuses: set[tuple[str, str]] = set()
        world.more = {"NOTBEFORE_HEARTBEAT": "1"}

    def step(self) -> None:
        """One thing happens, and the agent has a moment."""
        self.draw.choice(
            [self.news, self.news, self.news, self.kill, self.network, self.disk, self.errors, self.clock, self.reboot]
        )()
        time.sleep(self.draw.uniform(0, 0.1))

    def news(self) -> None:
        """An event appears, begins, or goes. It stands until it was seen, then is never shown again."""
        if self.open and self.draw.random() < 0.5:
            event_id = self.open[0]
            if (event_id, "Started") in self.statuses:
                self.world.imds.vanish(self.open.pop(0))
                return
            self.world.imds.begin(event_id)
            self.statuses.add((event_id, "Started"))
        else:
            event_id = self.world.imds.announce(self.draw.choice(["Reboot", "Freeze", "Preempt"]))
            self.open.append(event_id)
            self.statuses.add((event_id, "Scheduled"))
        self.seen(event_id)

    def seen(self, event_id: str) -> None:
        """Until the agent has taken the document: its line in syslog comes after the spool."""
        wanted = self.world.imds.events[[one["EventId"] for one in self.world.imds.events].index(event_id)]
        status = wanted["EventStatus"]
        until(lambda: any(event_id in line and f'"EventStatus": "{status}"' in line for line in self.world.lines()))

    def kill(self) -> None:
        """The process is gone and started again, between any two instructions. Not while the disk is full."""
        self.disk_is(full=False)
        self.world.kill()
        self.world.start()

    def network(self) -> None:
        """The receiver is away, or back."""
        self.world.receiver.status = self.draw.choice([202, 503, 429])

    def disk(self) -> None:
        """No file can be written, or again."""
        self.disk_is(full=not self.full)

    def disk_is(self, *, full: bool) -> None:
        """Sets the limit of the running process; a mended disk has a moment to be noticed before a kill."""
        was, self.full = self.full, full
        if self.world.agent is None:
            return
        limit = 0 if full else resource.RLIM_INFINITY
        resource.prlimit(self.world.agent.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        if was and not full:
            # what is held in memory is on disk, or sent, with the next try
            until(lambda: self.world.receiver.status == 202 or self.at_home())

    def at_home(self) -> bool:
        """Every status shown so far has arrived, or lies in a file."""
        texts = [one.read_text() for one in self.world.spool.glob("0*.json")]
        arrived = self.arrived()
        return all(
            (event_id, status) in arrived or any(event_id in text and status in text for text in texts)
            for event_id, status in self.statuses
        )

    def errors(self) -> None:
        """The metadata service has a bad moment."""
        moods: list[Mood] = [(500, b"", {}), (429, b"", {}), (410, b"", {}), (200, b"<html>", {}), (200, b'{"Ev', {})]
        self.world.imds.moods = self.draw.choices(moods, k=2)

    def clock(self) -> None:
        """The wall clock jumps, an hour ahead, a day back, or to where it belongs."""
        self.world.clock.write_text(self.draw.choice(["3600", "-86400", "0"]))

    def reboot(self) -> None:
        """Between spool and send: the boot id is another one afterwards."""
        self.disk_is(full=False)
        self.world.kill()
        self.boots += 1
        self.world.reboot(self.boots)
        self.world.start()

    def arrived(self) -> set[tuple[str, str]]:
        """Every event with every status that has come to the receiver."""
        documents = list(self.world.receiver.documents())
        return {(one["EventId"], one["EventStatus"]) for told in documents for one in told["Events"]}


def test_nothing_is_lost(tmp_path: Path, seed: int) -> None:
    """Each status that the agent has seen arrives, each boot is told, and the spool is empty at the end."""
    world = World(tmp_path)
    try:
        chaos = Chaos(world, seed)
        world.clock.write_text("0")
        world.start()
        until((world.spool / "state.json").exists)
        for _ in range(STEPS):
            chaos.step()
        chaos.disk_is(full=False)
        world.receiver.status = 202
        world.imds.moods = []
        until(lambda: chaos.statuses <= chaos.arrived(), 60)
        # several boots before anybody could look are one
        until(lambda: chaos.boots == 1 or world.receiver.of("rebooted"), 30)
        until(lambda: not [one for one in world.spool.glob("0*.json") if ".beat" not in one.name], 60)
    finally:
        world.close()
