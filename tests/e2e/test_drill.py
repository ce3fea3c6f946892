"""The drill from outside, against the whole product on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dev_run import ROOT, DevRun


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevRun]:
    """One run of the product, with a short wait before anything is played."""
    one = DevRun(tmp_path_factory.mktemp("a drill") / "state", "--empty").ready()
    yield one
    one.end(signal.SIGTERM)


def drill(*arguments: str) -> subprocess.CompletedProcess[str]:
    """One drill, to its end."""
    command = [sys.executable, str(ROOT / "dev.py"), "notbefore", "drill", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own tool


def test_two_drills_are_received_on_every_channel(run: DevRun) -> None:
    """Three signals, mail and webhook each, twice; what was received says that it is a drill."""
    for _ in range(2):
        done = drill("--url", run.facts["url"], "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        said = json.loads(done.stdout)
        assert said["good"]
        assert [(line["channel"], line["what"]) for line in said["lines"]].count(("webhook", "sent")) == 3
    received = Path(run.facts["received"])
    mails = [file.read_text() for file in (received / "mail").glob("*.eml")]
    assert len(mails) == 6
    assert all("Drill" in mail for mail in mails)
    for file in (received / "webhook").glob("*.json"):
        body = json.loads(file.read_text())["body"]
        assert (json.loads(body) if isinstance(body, str) else body)["data"]["story"]["test"] is True


def test_a_table_for_people(run: DevRun) -> None:
    """Each line with its audience, channel and target; the last one says how it went."""
    done = drill("--url", run.facts["url"])
    assert done.returncode == 0, done.stderr
    assert "platform-team  email    p…@example.com" in done.stdout
    assert done.stdout.splitlines()[-1] == "the drill went well: 6 of 6 messages sent"


def test_the_doctor_finds_nothing_wrong_from_inside_and_from_outside(run: DevRun) -> None:
    """Asked at its address, and run beside it on the same store; both look at every store and every channel."""
    inside = doctor({}, "--url", run.facts["url"])
    assert inside["ok"], inside
    settings = {"AzureWebJobsStorage": run.facts["storage"], "NOTBEFORE_LOCAL_RECEIVERS": run.facts["receivers"]}
    settings |= {"NOTBEFORE_SMTP": run.facts["smtp"], "NOTBEFORE_URL": run.facts["url"], "NOTBEFORE_LOCAL": "1"}
    settings |= {"NOTBEFORE_SIGNING_KEY": "0" * 32, "NOTBEFORE_HOOK_SECRET": "whsec_" + "MDEy" * 8}
    outside = doctor(settings | {"NOTBEFORE_ROUTES": str(ROOT / "config" / "routes.yaml")})
    assert outside["ok"], outside
    assert {one["name"] for one in inside["findings"]} == {one["name"] for one in outside["findings"]}


def doctor(settings: dict[str, str], *arguments: str) -> dict[str, Any]:
    """What it found, as JSON."""
    command = [sys.executable, "-m", "notbefore", "doctor", "--json", *arguments]
    done = subprocess.run(  # noqa: S603 - our own tool
        command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, check=False
    )
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if found["ok"] else 1)
    return found


def test_a_door_that_is_none_is_said(run: DevRun) -> None:
    """The wrong address, and nobody there: status 1, with what to do."""
    wrong = drill("--url", run.facts["receivers"])
    assert (wrong.returncode, "is this the address" in wrong.stderr) == (1, True), wrong.stderr
    nobody = drill("--url", "http://127.0.0.1:9")
    assert (nobody.returncode, "could not be reached" in nobody.stderr) == (1, True), nobody.stderr
