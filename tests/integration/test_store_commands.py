"""The commands that look into a running store, as an operator runs them, against Azurite."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from past_signals import the_past

from notbefore import bootstrap
from notbefore.pipeline.process import process_signal
from notbefore.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]
ROUTES = """
version: 1
audiences:
  ops:
    channels: [{email: {to: [ops@example.com]}}]
  others:
    channels:
      - email: {to: [others@example.com]}
      - webhook: {url: "https://x.example.com/", secret: "${env:UNKNOWN_HERE}"}
routes:
  - {name: all, to: [ops]}
"""


@dataclass(frozen=True)
class Store:
    """A store of its own, and how its commands are run."""

    environment: dict[str, str]
    folder: Path

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """One command, to its end."""
        command = [sys.executable, "-m", "notbefore", *arguments]
        return subprocess.run(  # noqa: S603 - our own tool
            command,
            cwd=ROOT,
            input=stdin,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def store(storage: str, tmp_path: Path) -> Store:
    """Routes in a file, the tables emptied, one story from yesterday in the archive and in the tables."""
    routes = tmp_path / "routes.yaml"
    routes.write_text(ROUTES)
    environment = {"AzureWebJobsStorage": storage, "NOTBEFORE_ROUTES": str(routes), "NOTBEFORE_LOCAL": "1"}
    asyncio.run(_a_day(environment | {"UNKNOWN_HERE": "a secret of the app"}))
    return Store(environment, tmp_path)


async def _a_day(environment: dict[str, str]) -> None:
    house = await bootstrap.build(load_settings(environment))
    await _empty(house)
    for signal in the_past(datetime.now(UTC) - timedelta(days=1)):
        await house.outside.archive.put(signal)
        await process_signal(house.outside, signal)
    await house.close()


async def _empty(house: bootstrap.Wired) -> None:
    from notbefore.ports import Put, Write

    for rows in (house.outside.stories, house.outside.control, house.outside.signals):
        async for partition in rows.partitions():
            async for row in rows.scan(partition, "", "~"):
                await rows.commit(partition, [Write(Put.DELETE, row.key)])


def test_the_audit_is_json_lines(store: Store) -> None:
    """Every line an object with its time; filters leave lines out."""
    done = store.run("audit", "--since", "2d")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert {"decision", "delivery"} <= {line["what"] for line in lines}
    assert all(line["at"] for line in lines)
    assert store.run("audit", "--audience", "others").stdout == ""
    assert store.run("audit", "--address", "ops@example.com", "--until", "30d").stdout == ""


def test_what_if_plays_the_archive(store: Store) -> None:
    """A second audience would have been told more; nothing is written."""
    changed = store.folder / "changed.yaml"
    changed.write_text(ROUTES.replace("to: [ops]}", "to: [ops, others]}"))
    done = store.run("what-if", "--routes", str(changed), "--since", "3d", "--json")
    assert done.returncode == 0, done.stderr
    (line,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (line["audience"], line["difference"]) == ("others", "more")
    assert line["count"] >= 1


def test_a_silence_is_shown_before_it_is_saved(store: Store) -> None:
    """No leaves everything as it was; yes saves, list shows, lift ends."""
    words = ("--match", "subscription=33333333-3333-4333-8333-333333333333", "--for", "4h", "--reason", "rebuild")
    refused = store.run("silence", *words, stdin="n\n")
    assert refused.returncode == 1
    assert "it would have held 1, told of 1 of them" in refused.stdout
    assert store.run("silence", "--list").stdout == ""
    saved = store.run("silence", *words, "--author", "ann", stdin="y\n")
    assert saved.returncode == 0, saved.stderr
    listed = store.run("silence", "--list").stdout
    assert "holds until" in listed and "by ann: rebuild" in listed  # noqa: PT018 - one line
    assert store.run("silence", "--lift", listed.split()[0]).returncode == 0
    assert " lifted until" in store.run("silence", "--list").stdout
    doubtful = store.run("silence", "--match", "resource=.*foo$", "--for", "4h", "--reason", "r", stdin="n\n")
    assert "is that meant? `.*foo$` in `resource` looks like a regular expression" in doubtful.stdout
    wrong = store.run("silence", "--match", "kind=nonsense", "--for", "4h", "--reason", "r", "--yes")
    assert (wrong.returncode, "nonsense" in wrong.stderr) == (1, True)


def test_resend_wants_to_know_what(store: Store) -> None:
    """Nothing asked for is refused; nothing dead is said."""
    assert store.run("resend").returncode == 1
    done = store.run("resend", "--all")
    assert (done.returncode, done.stdout) == (1, "no dead delivery fits\n")


def test_restore_wants_empty_stores_and_fills_them(store: Store) -> None:
    """Refused while they hold something; then the story is there again under its id, and nothing is sent."""
    before = _stories(store)
    assert "not empty" in store.run("restore").stderr
    asyncio.run(_emptied(store))
    done = store.run("restore", "--since", "3d")
    assert done.returncode == 0, done.stderr
    assert "nothing was sent" in done.stdout
    lines = [json.loads(line) for line in store.run("audit").stdout.splitlines()]
    assert {line["state"] for line in lines if line["what"] == "delivery"} == {"restored"}
    assert before
    assert before <= _stories(store)  # the archive has the other tests' stories too


def _stories(store: Store) -> set[str]:
    """Of every line of the ledger."""
    lines = [json.loads(line) for line in store.run("audit").stdout.splitlines()]
    return {line["story"] for line in lines if line["what"] == "delivery"}


async def _emptied(store: Store) -> None:
    house = await bootstrap.build(load_settings(store.environment))
    await _empty(house)
    await house.close()
