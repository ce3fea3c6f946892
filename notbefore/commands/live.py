"""`notbefore check --live`: the ticket systems of the routing file are asked what they will refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from notbefore.channels.instance import Instance
from notbefore.channels.ticket_checks import problems
from notbefore.config.model import ChannelConfig, RoutingConfig
from notbefore.errors import DeliveryError, Mistake
from notbefore.outbound import Outbound, networks
from notbefore.ports import Secrets
from notbefore.rendering import RenderContext
from notbefore.schema import Message


async def live(
    config: RoutingConfig, secrets: Secrets, own: Mapping[str, str | None], outbound: Outbound | None = None
) -> tuple[Mistake, ...]:
    """What each instance says against each channel, with its line. Nothing is made there."""
    way_out = outbound or Outbound(networks((secrets.get("NOTBEFORE_ALLOW_NETWORKS") or "").replace(",", " ").split()))
    found = []
    for channel, target in _tickets(config):
        found += [
            Mistake(config.file, channel.line, problem, "the instance itself says so")
            for problem in await _asked(channel, target, secrets, own.get(target.partition(":")[0]), way_out)
        ]
    await way_out.close()
    return tuple(found)


async def _asked(
    channel: ChannelConfig, target: str, secrets: Secrets, own: str | None, way_out: Outbound
) -> list[str]:
    now = datetime.now(UTC)
    try:
        options = RenderContext(clock=lambda: now, secrets=secrets).settled(channel.options)
        message = Message(delivery_id="check", channel=channel.kind, target=target, options=options, at=now)
        at = Instance(way_out, message, own)
    except DeliveryError as problem:
        return [str(problem)]
    return await problems(at, target, options)


def _tickets(config: RoutingConfig) -> Iterator[tuple[ChannelConfig, str]]:
    for audience in config.audiences.values():
        for channel in audience.channels:
            if channel.kind == "itsm" and channel.options.get("system") != "pagerduty":
                yield from ((channel, target) for target in channel.targets)
