"""R1: the host is killed at random moments while events are in flight; every story is told, under one id.

The test command runs one seed with few events; `--all-seeds` runs six kills, twenty seeds, 2,000 events each.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from dev_run import DevRun

PATIENCE = 240.0
"""Seconds without any progress after which what has not come is lost."""

BATCH = 20


def an_alert(number: int, seed: int) -> dict[str, object]:
    """An activity-log alert about a planned maintenance with a tracking id of its own."""
    return {
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {
            "essentials": {"monitoringService": "ServiceHealth", "firedDateTime": "2026-11-24T12:00:00Z"},
            "alertContext": {
                "eventSource": "ServiceHealth",
                "eventTimestamp": "2026-11-24T12:00:00Z",
                "status": "Active",
                "subscriptionId": "11111111-1111-4111-8111-111111111111",
                "properties": {
                    "title": f"Maintenance {number}",
                    "incidentType": "Maintenance",
                    "stage": "Planned",
                    "trackingId": f"K{seed:02}-{number:05}",
                    "communication": "Your virtual machines will be rebooted.",
                    "impactStartTime": "2026-12-24T12:00:00Z",
                },
            },
        },
    }


def post(run: DevRun, body: list[dict[str, object]]) -> None:
    """Posts until the door says 202, as a sender would that tries again."""
    until = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError, KeyError, ValueError, urllib.error.URLError):
            request = urllib.request.Request(run.facts["url"] + "/signals", json.dumps(body).encode(), method="POST")  # noqa: S310 # our own loopback address
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 # our own loopback address
                if answer.status == 202:
                    return
        assert time.monotonic() < until, "the door did not open again"
        time.sleep(0.3)


def received(state: Path) -> dict[str, set[str]]:
    """Tracking id → ids of the deliveries that told it, from what the webhook receiver has written."""
    told: dict[str, set[str]] = defaultdict(set)
    for file in (state / "received" / "webhook").glob("*.json"):
        kept = json.loads(file.read_text())
        headers = {name.lower(): value for name, value in kept["headers"].items()}
        body = kept["body"] if isinstance(kept["body"], dict) else json.loads(kept["body"])
        (tracking_id,) = body["data"]["story"]["keys"]["tracking_id"]
        told[tracking_id].add(headers["webhook-id"])
    return told


def settled(state: Path, wanted: set[str]) -> dict[str, set[str]]:
    """What was told, once it is all that was wanted, or nothing more has come for a long time."""
    told: dict[str, set[str]] = {}
    until = time.monotonic() + PATIENCE
    while not wanted <= told.keys() and time.monotonic() < until:
        time.sleep(1)
        before, told = len(told), received(state)
        if len(told) > before:
            until = time.monotonic() + PATIENCE
    return told


@pytest.fixture
def run(tmp_path: Path) -> Iterator[DevRun]:
    """A run of the product on stores of its own."""
    one = DevRun(tmp_path / "state", "--empty").ready()
    yield one
    one.end(signal.SIGTERM)


def seeds(config: pytest.Config) -> list[int]:
    """One seed, or all twenty."""
    return list(range(20)) if config.getoption("--all-seeds") else [1]


def test_a_kill_at_any_moment_loses_nothing_and_sends_nothing_under_another_id(
    run: DevRun, request: pytest.FixtureRequest
) -> None:
    """After every kill the host comes back, and in the end each story was told, always with the same id."""
    everything = request.config.getoption("--all-seeds")
    events, kills = (2000, 6) if everything else (200, 2)
    for seed in seeds(request.config):
        chance = random.Random(seed)  # noqa: S311 # a seeded test, no secret
        moments = sorted(chance.sample(range(events // BATCH), kills))
        for number, start in enumerate(range(0, events, BATCH)):
            post(run, [an_alert(n, seed) for n in range(start, start + BATCH)])
            if number in moments:
                time.sleep(chance.random() * 0.3)
                with contextlib.suppress(ProcessLookupError, KeyError):
                    os.kill(run.facts["host_pid"], signal.SIGKILL)
        wanted = {f"K{seed:02}-{n:05}" for n in range(events)}
        told = settled(run.state, wanted)
        assert wanted <= told.keys(), f"{len(wanted - told.keys())} of {events} were lost"
        assert [name for name in wanted if len(told[name]) > 1] == []
