"""Every channel of every audience: is it set up, are its secrets there, does somebody answer. Nothing is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

from notbefore.adapters.identity_tokens import IdentityTokens
from notbefore.board.board import gathered
from notbefore.board.receipts import shortened
from notbefore.channels import acs
from notbefore.channels.email import smtp_server
from notbefore.config.model import ChannelConfig, RoutingConfig
from notbefore.doctor.finding import Finding, good, not_checked, wrong
from notbefore.doctor.reach import reach
from notbefore.errors import ConfigError, DeliveryError
from notbefore.outbound import Outbound, networks
from notbefore.ports import Clock
from notbefore.rendering.context import RenderContext
from notbefore.settings import Settings

_BY_URL = frozenset({"webhook", "chat", "runbook", "eventgrid"})
_NO_MAIL = "set NOTBEFORE_SMTP or NOTBEFORE_ACS"
_NO_SMS = "set NOTBEFORE_ACS and NOTBEFORE_SMS_FROM"
_OPEN = "is the address right, does the network let us out, is the receiver up?"
_LETS_US_IN = frozenset({200, 404})


async def channels(settings: Settings, routes: RoutingConfig, clock: Clock) -> AsyncIterator[Finding]:
    """The transports first, then each target."""
    used = {channel.kind for audience in routes.audiences.values() for channel in audience.channels}
    if settings.local_receivers:
        yield await _reached("local receivers", settings.local_receivers, ("127.0.0.0/8", "::1/128"))
    if "email" in used:
        yield await _mail(settings, clock)
    if "sms" in used and not settings.local_receivers:
        yield await _sms(settings, clock)
    context = RenderContext(clock=clock, secrets=settings, local=bool(settings.local_receivers))
    looks = (
        _target(f"channel {channel.kind} of {name}, {shortened(target)}", channel, target, context, settings)
        for name, audience in routes.audiences.items()
        for channel in audience.channels
        for target in channel.targets
    )
    for finding in await gathered(looks):
        yield finding


async def _target(
    title: str, channel: ChannelConfig, target: str, context: RenderContext, settings: Settings
) -> Finding:
    try:
        where, options = context.resolved(target), context.settled(channel.options)
    except DeliveryError as problem:
        return wrong(title, str(problem), "set it, best as a Key Vault reference; the vault must let the app read it")
    if settings.local_receivers:
        return good(title, "a local run sends it to the local receivers")
    if channel.kind in _BY_URL:
        return await _reached(title, where, settings.allow_networks)
    if channel.kind == "itsm":
        url = options.get("url") or ("https://events.pagerduty.com" if where.startswith("pagerduty:") else "")
        missing = wrong(title, "the ticket system has no `url`", "give the channel its `url` in the routing file")
        return await _reached(title, url, settings.allow_networks) if url else missing
    return good(title, "goes by the transport above")


async def _reached(title: str, url: str, allowed: tuple[str, ...]) -> Finding:
    try:
        await reach(url, networks(allowed))
    except DeliveryError as problem:
        return wrong(title, str(problem), _OPEN)
    return good(title, "can be reached; nothing was sent")


async def _mail(settings: Settings, clock: Clock) -> Finding:
    if settings.smtp:
        return await _asked("transport of mail, SMTP", lambda: _smtp(settings.smtp or ""))
    if settings.acs:
        return await _communication("transport of mail, Communication Services", settings.acs, settings, clock)
    return wrong("transport of mail", "not set up", _NO_MAIL)


async def _sms(settings: Settings, clock: Clock) -> Finding:
    title = "transport of SMS, Communication Services"
    if not settings.acs or not settings.sms_from:
        return wrong(title, "not set up", _NO_SMS)
    return await _communication(title, settings.acs, settings, clock)


async def _asked(title: str, work: Callable[[], Awaitable[str]]) -> Finding:
    import aiosmtplib

    try:
        return good(title, await work())
    except ConfigError as problem:
        return wrong(title, str(problem), "write it as docs/settings.md says")
    except (aiosmtplib.SMTPException, OSError) as problem:
        return wrong(title, f"no session: {type(problem).__name__}", "look at host, port, user and password")


async def _smtp(address: str) -> str:
    """A session with its log-in, and no mail."""
    import aiosmtplib

    server = smtp_server(address)
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        timeout=10,
        use_tls=server.tls,
        start_tls=server.starttls,
        username=server.user,
        password=server.password,
    )
    try:
        await client.connect()
        await client.noop()
    finally:
        client.close()
    return "answers, and takes our log-in" if server.user else "answers"


async def _communication(title: str, setting: str, settings: Settings, clock: Clock) -> Finding:
    """An operation that never was: 404 says that we are let in, 401 that we are not."""
    outbound, tokens = Outbound(), IdentityTokens(settings.storage.client_id)
    try:
        service = acs.Service(outbound, acs.resource(setting), tokens)
        answer = await service.call("GET", f"/emails/operations/{uuid4()}?api-version=2025-09-01", clock())
    except ConfigError as problem:
        return wrong(title, str(problem), "write it as docs/settings.md says")
    except DeliveryError as problem:
        return wrong(title, str(problem), _OPEN)
    finally:
        await tokens.close()
        await outbound.close()
    if answer.status in _LETS_US_IN:
        return good(title, "answers, and lets us in")
    if answer.status in {401, 403}:
        mended = "was the key renewed? does the identity have the role on the resource?"
        return wrong(title, f"we are not let in ({answer.status})", mended)
    return not_checked(title, f"it answered {answer.status}")
