"""PagerDuty: one alert a story, taken on and resolved with it; against a stand-in of the Events API."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from local.receivers.receivers import start
from notbefore.channels.local import LocalOutbound
from notbefore.channels.tickets import Tickets
from notbefore.config.model import Audience, ChannelConfig
from notbefore.errors import Permanent
from notbefore.rendering import RenderContext, render
from notbefore.rendering.examples import examples
from notbefore.schema import Message

AT = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)
TARGET = "pagerduty:"


def message(example: str, key: str = "a-key", **changes: object) -> Message:
    """A rendered example; the changes are the delivery's."""
    delivery = replace(examples()[example], channel="itsm", target=TARGET, **changes)
    delivery = replace(delivery, story_id="story-1", story=replace(delivery.story, over=example == "over"))
    channel = ChannelConfig(kind="itsm", targets=(TARGET,), options={"routing_key": key} if key else {})
    return render(delivery, Audience(name="x", channels=(channel,)), RenderContext(clock=lambda: AT))


@pytest.fixture
async def tickets(tmp_path: Path) -> AsyncIterator[Tickets]:
    """The channel, aimed at the stand-in."""
    receivers = await start(tmp_path, lambda _arrival: None)
    way_out = LocalOutbound(receivers.url, "itsm", keep_path=True)
    yield Tickets(way_out)
    await way_out.close()
    await receivers.close()


def alerts(tmp_path: Path) -> list[dict[str, Any]]:
    """Every alert there is."""
    return [json.loads(path.read_text())["record"] for path in sorted((tmp_path / "itsm").glob("*.json"))]


async def test_one_alert_a_story(tickets: Tickets, tmp_path: Path) -> None:
    """News updates it, a repeat too, an acknowledgement takes it on, and only the end resolves it."""
    states = []
    for example, occasion in (
        ("reboot-in-an-hour", "news"),
        ("reboot-in-an-hour", "news"),
        ("started", "acknowledged"),
        ("started", "news"),
        ("over", "news"),
        ("over", "news"),
    ):
        await tickets.send(message(example, occasion=occasion))
        (alert,) = alerts(tmp_path)
        states.append(alert["state"])
    assert states == ["triggered", "triggered", "acknowledged", "triggered", "resolved", "resolved"]


async def test_ten_thousand_characters_fit(tickets: Tickets, tmp_path: Path) -> None:
    """A summary is cut to 1,024 characters, and its direction marks are gone."""
    example = examples()["reboot-in-an-hour"]
    await tickets.send(message("reboot-in-an-hour", story=replace(example.story, title="\u202eab" * 5_000)))
    (alert,) = alerts(tmp_path)
    assert len(alert["payload"]["summary"]) <= 1024
    assert "\u202e" not in json.dumps(alert, ensure_ascii=False)


async def test_without_a_key_a_person_sees_why(tickets: Tickets) -> None:
    """It is refused for good, with the name of what is missing."""
    with pytest.raises(Permanent, match="routing_key"):
        await tickets.send(message("reboot-in-an-hour", key=""))
