"""`notbefore send`: one example, as a drill, to one audience over its real channels.

Only when each target was last tried is written down, for the coverage page; no story and no ledger know of it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from uuid import uuid4

from msgspec.structs import replace

from notbefore.commands.preview import chosen
from notbefore.commands.routes import add_routes, load_routes
from notbefore.config.model import Audience, RoutingConfig
from notbefore.errors import DeliveryError, NotBeforeError, StorageError
from notbefore.pipeline.tried import Tried
from notbefore.schema import Delivery
from notbefore.settings import Settings

EXAMPLE = "reboot-in-an-hour"
_NOT_TOLD = 1


def arguments(parser: argparse.ArgumentParser) -> None:
    """To whom, on what, and which story."""
    parser.add_argument("--audience", "--test", metavar="NAME", required=True, help="an audience of the routing file")
    parser.add_argument("--channel", metavar="WORD", help="only this channel; all of the audience's if none")
    parser.add_argument("--story", metavar="FILE", default=EXAMPLE, help="an example's name, or a delivery as JSON")
    add_routes(parser)


def run(options: argparse.Namespace) -> int:
    """Prints a line for each target: its receipt, or what went wrong. 1 when any was not told."""
    routes = load_routes(options)
    audience = routes.audience(options.audience)
    if audience is None:
        raise NotBeforeError(f"{routes.file} knows no audience {options.audience!r}")
    (example,) = chosen(options.story).values()
    deliveries = aimed(example, audience, options.channel, datetime.now(UTC))
    if not deliveries:
        raise NotBeforeError(f"{audience.name} has no channel {options.channel!r}")
    return asyncio.run(_send(deliveries, audience, routes))


def aimed(example: Delivery, audience: Audience, only: str | None, now: datetime) -> list[Delivery]:
    """One delivery a target, each a drill with an id of its own: a second `send` is no repeat of the first."""
    story = replace(example.story, test=True)
    return [
        replace(
            example,
            id=str(uuid4()),
            audience=audience.name,
            channel=channel.kind,
            target=target,
            route="notbefore send",
            reason="somebody sent it by hand, as a drill",
            story=story,
            first_in_thread=None,
            created_at=now,
        )
        for channel in audience.channels
        if only in (None, channel.kind)
        for target in channel.targets
    ]


async def _send(deliveries: list[Delivery], audience: Audience, routes: RoutingConfig) -> int:
    from notbefore.channels.registry import build
    from notbefore.rendering import RenderContext, render
    from notbefore.settings import load_settings

    settings = load_settings()
    context = RenderContext(
        clock=lambda: datetime.now(UTC),
        secrets=settings,
        public_url=settings.public_url,
        mail_from=settings.mail_from,
        signing_key=settings.signing_key,
        subscription_name=routes.subscription_name,
        local=bool(settings.local_receivers),
    )
    channels = build(settings)
    tried: list[Tried] = []
    for delivery in deliveries:
        try:
            receipt = await channels[delivery.channel].send(render(delivery, audience, context))
            said = "sent " + " ".join(f"{name}={value}" for name, value in receipt.details.items())
        except DeliveryError as problem:
            said = f"{type(problem).__name__.lower()}: {problem}"
        sys.stdout.write(f"{delivery.channel}: {said}\n")
        tried.append(_tried(delivery, said))
    await channels.close()
    await _keep(settings, tried)
    return 0 if all(one.told for one in tried) else _NOT_TOLD


def _tried(delivery: Delivery, said: str) -> Tried:
    return Tried(
        audience=delivery.audience,
        channel=delivery.channel,
        target=delivery.target,
        told=said.startswith("sent "),
        said=said,
        at=datetime.now(UTC),
    )


async def _keep(settings: Settings, tried: list[Tried]) -> None:
    """Without a store the messages went out all the same; then only that is said."""
    from notbefore.adapters import names
    from notbefore.adapters.azure_storage import AzureStorage
    from notbefore.pipeline.tried import note

    storage = AzureStorage(settings.storage)
    try:
        for one in tried:
            await note(storage.rows(names.CONTROL), one)
    except StorageError as problem:
        sys.stderr.write(f"the receipts could not be kept: {problem}\n")
    finally:
        await storage.close()
