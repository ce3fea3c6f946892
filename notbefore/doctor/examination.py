"""All looks, one after the other: from inside, with the settings and the identity of whoever runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping

from notbefore.adapters.identity_tokens import IdentityTokens
from notbefore.bootstrap import asking_for, in_vault
from notbefore.doctor.channels import channels
from notbefore.doctor.finding import Finding, not_checked, wrong
from notbefore.doctor.given import given, routes
from notbefore.doctor.polls import polls
from notbefore.doctor.storage import storage
from notbefore.errors import ConfigError
from notbefore.ports import Clock
from notbefore.settings import Settings, load_settings


async def examine(
    environment: Mapping[str, str] | None,
    clock: Clock,
    secrets: Callable[[str, str | None], Mapping[str, str]] = in_vault,
) -> AsyncIterator[Finding]:
    """Never raises for what it looks for. `environment` None: that of this process; `secrets` reads a vault."""
    try:
        settings = load_settings(environment, secrets)
    except ConfigError as error:
        for mistake in error.mistakes:
            yield wrong("settings", mistake.problem, mistake.advice or "docs/settings.md says how it is written")
        yield not_checked("all else", "the settings come first")
        return
    async for finding in _looks(settings, clock):
        yield finding


async def _looks(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    async for finding in given(settings, clock):
        yield finding
    found, config = routes(settings)
    for finding in found:
        yield finding
    try:
        async for finding in storage(settings.storage, clock):
            yield finding
    except ConfigError as error:
        yield wrong("storage", str(error), "docs/settings.md says how it is written")
    if config is None:
        yield not_checked("channels", "the routing file comes first")
    else:
        async for finding in channels(settings, config, clock):
            yield finding
    async for finding in _polls(settings, clock):
        yield finding


async def _polls(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    tokens = IdentityTokens(settings.storage.client_id)
    asking, opened = asking_for(settings, tokens)
    try:
        async for finding in polls(settings.poll, asking, clock):
            yield finding
    finally:
        for one in opened:
            await one.close()
        await tokens.close()
