"""Our channels, a house and messages for the stand-ins of azure_services.py."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

from azure_services import KEY, Services, token
from memory_house import House, a_config, an_audience
from msgspec.structs import replace

from notbefore.channels import acs
from notbefore.channels.acs_email import AcsEmail
from notbefore.config.model import Audience, ChannelConfig
from notbefore.outbound import Outbound, networks
from notbefore.ports import Channel
from notbefore.rendering import RenderContext, render
from notbefore.rendering.examples import examples
from notbefore.schema import Delivery, Message

AT = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)
LOOPBACK = networks(["127.0.0.0/8"])
WRONG = "d3JvbmcgYnV0IGJhc2U2NA=="


def message(channel: str, target: str, example: str = "moved", **changes: Any) -> Message:  # noqa: ANN401 - any field
    """A rendered example, aimed at the target."""
    delivery = replace(examples()[example], channel=channel, target=target)
    context = RenderContext(clock=lambda: AT, public_url="https://board.example.com", local=True)
    return replace(render(delivery, Audience(name="x", channels=()), context), **changes)


def mailer(standing: Services, outbound: Outbound, key: str | None = KEY) -> AcsEmail:
    """The channel at the stand-in; without a key the managed identity speaks."""
    return AcsEmail(acs.Service(outbound, acs.Resource(standing.url, key), token), "nb@example.org")


def house_with(channel: ChannelConfig, real: Channel) -> House:
    """A house whose only channel is a real one."""
    house = House(a_config(replace(an_audience(), channels=(channel,))))
    house.outside.channels[channel.kind] = real  # type: ignore[index] # a dict in this house
    plain = house.outside.render

    def worded(delivery: Delivery, audience: Audience) -> Message:
        words = {"subject": "Reboot", "text": "Soon.", "html": "<p>Soon.</p>"}
        return replace(plain(delivery, audience), at=house.at, attempt=max(delivery.attempts, 1), **words)

    house.outside = dataclasses.replace(house.outside, render=worded)
    return house
