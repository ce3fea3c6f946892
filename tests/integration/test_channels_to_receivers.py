"""The real channels of a local run against the local receivers: each message lands in its folder, with its address."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from local.receivers import receivers
from notbefore.channels.registry import Wired, build
from notbefore.schema import Message
from notbefore.settings import Settings, StorageSettings

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
BODY = {"story": "s1", "level": "error", "over": False, "window": {"not_before": None, "not_after": None}}
BODY |= {"stage": "started", "occasion": "news"}


@dataclass
class Wires:
    """The channels and the folder they end in."""

    channels: Wired
    root: Path

    async def send(self, channel: str, target: str, delivery: str = "d1", **body: object) -> None:
        """Sends one message the way the pipeline does."""
        message = Message(
            delivery_id=delivery,
            channel=channel,
            target=target,
            subject="Reboot of web-01",
            text="It will be rebooted.",
            html="<p>It will be rebooted.</p>",
            body=msgspec.json.encode(BODY | body),
            content_type="application/cloudevents+json",
            at=AT,
        )
        await self.channels[channel].send(message)

    def kept(self, kind: str) -> list[Path]:
        """The files of a folder, the oldest first."""
        return sorted((self.root / kind).glob("[!.]*"))


@pytest.fixture
async def wires(tmp_path: Path) -> AsyncIterator[Wires]:
    """Channels as bootstrap wires them for a local run, and receivers."""
    doors = await receivers.start(tmp_path, lambda _arrival: None)
    settings = Settings(storage=StorageSettings(), local=True, local_receivers=doors.url, smtp=doors.smtp)
    channels = build(settings)
    yield Wires(channels, tmp_path)
    await channels.close()
    await doors.close()


async def test_a_mail_goes_to_its_address_in_the_mail_box(wires: Wires) -> None:
    """The envelope names the address of the routing file."""
    await wires.send("email", "team@example.com")
    [mail] = wires.kept("mail")
    assert b"X-RcptTo: team@example.com" in mail.read_bytes()


@pytest.mark.parametrize(
    ("channel", "target"),
    [
        ("webhook", "https://hooks.example.com/a?b=c"),
        ("runbook", "https://runbooks.example.com/webhooks?token=t"),
    ],
)
async def test_what_is_posted_keeps_its_address(wires: Wires, channel: str, target: str) -> None:
    """Whatever the address, the message is here and says where it was going."""
    await wires.send(channel, target)
    [path] = wires.kept(channel)
    assert json.loads(path.read_text())["to"] == target


async def test_an_sms_keeps_its_number(wires: Wires) -> None:
    """Text and number, for a person to read."""
    await wires.send("sms", "+31201234567")
    [path] = wires.kept("sms")
    kept = json.loads(path.read_text())
    assert kept["to"] == "+31201234567"
    assert json.loads(kept["body"])["text"] == "It will be rebooted."


def state(record: dict[str, Any]) -> object:
    """Where a ticket stands, as its system says it."""
    return record["fields"]["status"]["name"] if "fields" in record else record["state"]


@pytest.mark.parametrize(("target", "closed"), [("servicenow:incident", "6"), ("jira:OPS", "Done")])
async def test_a_story_has_one_ticket_that_is_closed_at_its_end(wires: Wires, target: str, closed: str) -> None:
    """Two deliveries and the same one again make one record; the end closes it."""
    await wires.send("itsm", target)
    await wires.send("itsm", target)
    await wires.send("itsm", target, delivery="d2", over=True, stage="completed")
    [path] = wires.kept("itsm")
    kept = json.loads(path.read_text())
    assert state(kept["record"]) == closed
