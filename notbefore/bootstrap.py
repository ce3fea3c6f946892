"""Settings → a wired pipeline. The only place that builds adapters; a test hands `Dependencies` its fakes instead."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from notbefore.adapters import names
from notbefore.adapters.identity_tokens import IdentityTokens
from notbefore.adapters.routes_file import RoutesFile
from notbefore.channels import registry
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.polls.asking import Asking
from notbefore.schema import Delivery, Message
from notbefore.settings import Settings, load_settings

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

    from notbefore.adapters.arm import Arm
    from notbefore.adapters.azure_storage import AzureStorage
    from notbefore.adapters.log_analytics import LogAnalytics
    from notbefore.config.model import Audience

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Wired:
    """What one process has built, and closes when it ends."""

    settings: Settings
    outside: Dependencies
    routes: RoutesFile
    wiring: registry.Wired
    storage: AzureStorage
    asking: Asking
    asked: tuple[Arm | LogAnalytics, ...] = ()

    async def close(self) -> None:
        """Closes connections."""
        for one in self.asked:
            await one.close()
        await self.wiring.close()
        await self.storage.close()


_wired: dict[asyncio.AbstractEventLoop, asyncio.Task[Wired]] = {}
"""One house for each event loop: the platform has one; a test may have more."""


@cache
def settings() -> Settings:
    """The settings of this process. Raises: ConfigError."""
    return load_settings(secrets=in_vault)


def in_vault(vault: str, client_id: str | None) -> Mapping[str, str]:
    """Settings that lie in the vault at this address, read as this identity. Raises: ConfigError."""
    from notbefore.adapters.vault import secrets_in

    return secrets_in(vault, client_id)


async def wired() -> Wired:
    """The house of this process, built at the first call. Raises: ConfigError, StorageUnavailable."""
    loop = asyncio.get_running_loop()
    known = _wired.get(loop)
    if known is None or (known.done() and (known.cancelled() or known.exception())):
        known = _wired[loop] = loop.create_task(build(settings()))
    return await asyncio.shield(known)


async def dependencies() -> Dependencies:
    """What the pipeline needs from outside. Raises: ConfigError, StorageUnavailable."""
    return (await wired()).outside


def now() -> datetime:
    """The wall clock, aware and UTC."""
    return datetime.now(UTC)


async def build(given: Settings, *, sends: bool = True) -> Wired:
    """Builds everything for these settings; what never sends needs none of the routing file's secrets.

    Raises: ConfigError, StorageUnavailable.
    """
    from notbefore.adapters.azure_storage import AzureStorage

    routes = RoutesFile(given.routes, given.get if sends else None, now)
    storage = AzureStorage(given.storage)
    if given.local:
        await storage.ensure()
    tokens = IdentityTokens(given.storage.client_id)
    wiring = registry.build(given, tokens)
    asking, asked = asking_for(given, tokens)
    if sends and not asked:  # a command that looks into the store polls nothing anyway
        level = logging.INFO if given.local else logging.WARNING
        log.log(level, "nothing is polled: neither NOTBEFORE_POLL_SUBSCRIPTIONS nor NOTBEFORE_WORKSPACE is set")

    outside = Dependencies(
        stories=storage.rows(names.STORIES),
        signals=storage.rows(names.SIGNALS),
        quarantine=storage.rows(names.QUARANTINE),
        control=storage.rows(names.CONTROL),
        archive=storage.signals(names.SIGNAL_CONTAINER),
        signal_queue=storage.queue(names.SIGNAL_QUEUE),
        delivery_queue=storage.queue(names.DELIVERY_QUEUE),
        channels=wiring,
        limits=wiring.limits,
        render=_rendering(given, routes),
        rules=routes.rules,
        clock=now,
        asks_facts=asking.graph is not None,
    )
    gc.freeze()  # what is loaded by now stays: the collector need not go through it for every few hundred signals
    return Wired(given, outside, routes, wiring, storage, asking, asked)


def _rendering(given: Settings, routes: RoutesFile) -> Callable[[Delivery, Audience], Message]:
    def rendered(delivery: Delivery, audience: Audience) -> Message:
        from notbefore.rendering import RenderContext, render

        context = RenderContext(
            clock=now,
            secrets=given,
            public_url=given.public_url,
            mail_from=given.mail_from,
            subscription_name=routes.rules().config.subscription_name,
            signing_key=given.signing_key,
            local=bool(given.local_receivers),
        )
        return render(delivery, audience, context)

    return rendered


def asking_for(
    given: Settings, tokens: IdentityTokens, credential: AsyncTokenCredential | None = None
) -> tuple[Asking, tuple[Arm | LogAnalytics, ...]]:
    """Who is asked for what is not pushed, as far as it is configured; and what is to be closed in the end.

    `credential` is for the logs, whose SDK wants one; None: the managed identity.
    """
    from notbefore.adapters.arm import Arm
    from notbefore.adapters.log_analytics import LogAnalytics
    from notbefore.adapters.resource_graph import ResourceGraph
    from notbefore.adapters.resource_manager import ResourceManager

    poll = given.poll
    arm = Arm(poll.arm, tokens) if poll.subscriptions else None
    logs = LogAnalytics(poll.workspace, poll.logs, given.storage.client_id, credential) if poll.workspace else None
    asking = Asking(
        graph=ResourceGraph(arm, poll.subscriptions) if arm else None,
        machines=ResourceManager(arm) if arm else None,
        logs=logs,
        logs_every=timedelta(minutes=poll.logs_minutes),
        graph_every=timedelta(minutes=poll.graph_minutes),
        machines_every=timedelta(minutes=poll.machines_minutes),
    )
    return asking, tuple(one for one in (arm, logs) if one is not None)
