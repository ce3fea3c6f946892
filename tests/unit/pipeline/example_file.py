"""The example of a routing file that is handed out beside the code: its words, and a house that obeys it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from memory_house import House, Receiver, an_event

from notbefore.config.loading import parse
from notbefore.config.model import RoutingConfig
from notbefore.errors import ConfigError
from notbefore.schema import (
    MaintenanceEvent,
    Verdict,
    Window,
)

EXAMPLE = Path(__file__).resolve().parents[4] / "shared" / "routes.example.yaml"
PAYMENTS, TEST, SHOP = (f"{digit * 8}-{digit * 4}-4{digit * 3}-8{digit * 3}-{digit * 12}" for digit in "123")
OTHER = "99999999-9999-4999-8999-999999999999"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)


def text() -> str:
    """The example file."""
    return EXAMPLE.read_text(encoding="utf-8")


def says(words: str) -> None:
    """The comments still promise this."""
    comments = " ".join(
        re.sub(r"\s+", " ", line.split("#", 1)[1]).strip() for line in text().splitlines() if "#" in line
    )
    assert words in re.sub(r"\s+", " ", comments), f"the example no longer says: {words}"


def changed(*pairs: tuple[str, str]) -> RoutingConfig:
    """The example with other words in it. Raises: ConfigError."""
    content = text()
    for old, new in pairs:
        assert old in content, old
        content = content.replace(old, new)
    return parse(content.encode(), "routes.yaml")


def refused(*pairs: tuple[str, str]) -> str:
    """What is said of the example with other words in it."""
    with pytest.raises(ConfigError) as error:
        changed(*pairs)
    assert re.search(r"routes\.yaml:\d+: ", str(error.value))
    return str(error.value)


def a_house(at: datetime = NOON, *pairs: tuple[str, str]) -> House:
    """The example in force, with receivers for all of its channels."""
    house = House(changed(*pairs), at=at)
    more = {kind: Receiver() for kind in ("sms", "chat", "itsm")}
    house.outside = replace(house.outside, channels={**house.outside.channels, **more})
    return house


def news(subscription: str = PAYMENTS, at: datetime = NOON, **changes: object) -> MaintenanceEvent:
    """A planned reboot, ten days ahead."""
    window = Window(at + 10 * DAY, at + 10 * DAY + HOUR)
    return an_event(**({"subscription_id": subscription, "occurred_at": at, "window": window} | changes))


async def decided(house: House, event: MaintenanceEvent) -> dict[str, tuple[Verdict, datetime | None]]:
    """Audience → what was decided, and until when."""
    return {one.audience: (one.decision, one.due) for one in await house.hears(event)}


def mails(house: House) -> list[tuple[str, str]]:
    """To whom, and on what occasion."""
    return [(one.target, house.said[one.delivery_id].occasion) for one in house.mail.got]
