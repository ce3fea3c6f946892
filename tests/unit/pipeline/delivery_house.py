"""Houses whose only audience has the channels that a test names, and stories to tell it."""

from __future__ import annotations

from datetime import timedelta

from memory_house import House, a_config, an_audience, an_event
from msgspec.structs import replace

from notbefore.config.model import ChannelConfig
from notbefore.schema import Severity

SECOND = timedelta(seconds=1)
HOOK = ChannelConfig(kind="webhook", targets=("https://hooks.example.com/ops",))
MAIL = ChannelConfig(kind="email", targets=("spare@example.com",), failover=True)


def house_with(*channels: ChannelConfig) -> House:
    """A house whose only audience has these channels."""
    return House(a_config(replace(an_audience(), channels=channels)))


async def several(
    house: House, count: int, severity: Severity = Severity.WARNING, apart: timedelta = timedelta(milliseconds=1)
) -> None:
    """Stories, each its own."""
    for number in range(count):
        name = f"{severity}-{number}"
        await house.hears(an_event(id=name, keys={"tracking_id": name}, severity=severity, occurred_at=house.at))
        house.at += apart
