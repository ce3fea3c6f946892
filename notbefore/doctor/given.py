"""What the settings say and do not say: links, sign-in, who may knock; and the routing file."""

from __future__ import annotations

from collections.abc import AsyncIterator

from notbefore.config.loading import load
from notbefore.config.model import RoutingConfig
from notbefore.doctor.finding import Finding, good, not_checked, wrong
from notbefore.entra import Trust
from notbefore.errors import ConfigError, DeliveryError
from notbefore.outbound import Outbound, accepted
from notbefore.ports import Clock
from notbefore.settings import Settings

_SIGNING = "a Key Vault reference to 32 random bytes or more"


async def given(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    """A finding for each that people or Azure notice when it is missing."""
    yield good("settings", "can be read")
    if settings.public_url:
        yield good("NOTBEFORE_URL", "links in messages lead to the board")
    else:
        yield wrong("NOTBEFORE_URL", "not set: messages carry no link", "set it to the address of the app")
    if settings.signing_key:
        yield good("NOTBEFORE_SIGNING_KEY", "links in messages are signed")
    else:
        yield wrong("NOTBEFORE_SIGNING_KEY", "not set: no acknowledging from a message, no calendar feed", _SIGNING)
    if not settings.local:
        yield _sign_in(settings)
        yield await _knocking(settings, clock)


def _sign_in(settings: Settings) -> Finding:
    title = "NOTBEFORE_SIGN_IN"
    if settings.platform_sign_in:
        return good(title, f"the platform signs people in; acting wants the role {settings.acting_role}")
    return wrong(
        title, "not set: the pages stay closed", "switch App Service authentication on, then set it to platform"
    )


async def _knocking(settings: Settings, clock: Clock) -> Finding:
    """With Entra the tenant's keys must be reachable, or every token is refused."""
    title = "tokens at the door for signals"
    if settings.entra is None:
        return not_checked(title, "the door wants a function key; the platform asks for it")
    outbound = Outbound()
    try:
        url = Trust(tenant=settings.entra.tenant, audiences=settings.entra.audiences).keys_url
        accepted(await outbound.request("GET", url, b"", {}), clock())
    except DeliveryError as problem:
        return wrong(title, f"the tenant's keys cannot be had: {problem}", "is NOTBEFORE_ENTRA_TENANT the tenant's id?")
    finally:
        await outbound.close()
    return good(title, "the tenant's keys can be had")


def routes(settings: Settings) -> tuple[list[Finding], RoutingConfig | None]:
    """The routing file with its secrets asked for; each mistake is a finding."""
    title = "routing file"
    try:
        config = load(settings.routes, settings.get)
    except ConfigError as error:
        advice = "the app keeps the last good one; python -m notbefore check shows all"
        return [wrong(title, str(one), one.advice or advice) for one in error.mistakes], None
    found = f"version {config.version_id}, {len(config.audiences)} audiences"
    return [good(title, found)], config
