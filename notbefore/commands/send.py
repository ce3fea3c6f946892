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
from notbefore.errors import Accepted, DeliveryError, NotBeforeError, StorageError
from notbefore.pipeline.tried import Tried
from notbefore.ports import Channel
from notbefore.schema import Delivery, Message
from notbefore.settings import Settings

EXAMPLE = "reboot-in-an-hour"
_NOT_TOLD = 1
_LOOKS, _PAUSE = 6, 5.0
"""How often a service that has a message is asked what became of it, and the seconds between."""


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
    from notbefore.adapters.identity_tokens import IdentityTokens
    from notbefore.bootstrap import in_vault
    from notbefore.channels.registry import build
    from notbefore.rendering import RenderContext, render
    from notbefore.settings import load_settings

    settings = load_settings(secrets=in_vault)
    context = RenderContext(
        clock=lambda: datetime.now(UTC),
        secrets=settings,
        public_url=settings.public_url,
        mail_from=settings.mail_from,
        signing_key=settings.signing_key,
        subscription_name=routes.subscription_name,
        local=bool(settings.local_receivers),
    )
    tokens = IdentityTokens(settings.storage.client_id)
    channels = build(settings, tokens)
    tried: list[Tried] = []
    for delivery in deliveries:
        try:
            said = await _told(channels[delivery.channel], render(delivery, audience, context))
        except DeliveryError as problem:
            said = f"{type(problem).__name__.lower()}: {problem}"
        sys.stdout.write(f"{delivery.channel}: {said}\n")
        tried.append(_tried(delivery, said))
    await channels.close()
    await tokens.close()
    await _keep(settings, tried)
    return 0 if all(one.told for one in tried) else _NOT_TOLD


async def _told(channel: Channel, message: Message) -> str:
    """Sends once, and asks until the receiver says what became of it. Raises: Transient, Permanent."""
    said = ""
    for attempt in range(1, _LOOKS + 1):
        try:
            receipt = await channel.send(replace(message, attempt=attempt))
        except Accepted as later:
            said = f"accepted: {later}"
            await asyncio.sleep(_PAUSE)
        else:
            return "sent " + " ".join(f"{name}={value}" for name, value in receipt.details.items())
    return said


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
