"""Every channel by its word in the routing file. A plain dict: a new channel is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol

from notbefore.channels import acs
from notbefore.channels.acs_email import AcsEmail
from notbefore.channels.azure_clients import Tokens
from notbefore.channels.chat import Chat
from notbefore.channels.email import Email, smtp_server
from notbefore.channels.eventgrid import EventGrid
from notbefore.channels.local import LocalOutbound, LocalText
from notbefore.channels.runbook import Runbook
from notbefore.channels.sms import Sms
from notbefore.channels.tickets import SYSTEMS, Tickets
from notbefore.channels.unset import Unset
from notbefore.channels.webhook import Webhook
from notbefore.config.model import Limit
from notbefore.outbound import Outbound, networks
from notbefore.ports import Channel


class ChannelSettings(Protocol):
    """What the channels want of the settings. None: not set."""

    @property
    def smtp(self) -> str | None:
        """`smtp://…` or `smtps://…`: where mail is handed in."""

    @property
    def mail_from(self) -> str:
        """The From address of mails."""

    @property
    def acs(self) -> str | None:
        """Azure Communication Services: its endpoint, or its connection string."""

    @property
    def sms_from(self) -> str | None:
        """The number or name that SMS come from."""

    @property
    def servicenow(self) -> str | None:
        """`https://user:password@instance`, for tickets whose channel names none."""

    @property
    def jira(self) -> str | None:
        """The same for Jira; an API token stands for the password."""

    @property
    def allow_networks(self) -> tuple[str, ...]:
        """CIDRs of private networks that may be posted to."""

    @property
    def local_receivers(self) -> str | None:
        """Base address of the local receivers; set, nothing leaves the machine."""


Maker = Callable[[ChannelSettings, Outbound, Tokens | None], Channel]


def _email(settings: ChannelSettings, outbound: Outbound, tokens: Tokens | None) -> Channel:
    if settings.smtp:
        return Email(smtp_server(settings.smtp), settings.mail_from)
    if settings.acs:
        return AcsEmail(acs.Service(outbound, acs.resource(settings.acs), tokens), settings.mail_from)
    return Unset("NOTBEFORE_SMTP or NOTBEFORE_ACS")


def _sms(settings: ChannelSettings, outbound: Outbound, tokens: Tokens | None) -> Channel:
    if not settings.acs or not settings.sms_from:
        return Unset("NOTBEFORE_ACS or NOTBEFORE_SMS_FROM")
    return Sms(acs.Service(outbound, acs.resource(settings.acs), tokens), settings.sms_from)


CHANNELS: dict[str, Maker] = {
    "email": _email,
    "sms": _sms,
    "webhook": lambda _settings, outbound, tokens: Webhook(outbound, tokens),
    "chat": lambda settings, outbound, _tokens: Chat(outbound, networks(settings.allow_networks)),
    "eventgrid": lambda _settings, outbound, tokens: EventGrid(outbound, tokens),
    "runbook": lambda _settings, outbound, _tokens: Runbook(outbound),
    "itsm": lambda settings, outbound, _tokens: Tickets(
        outbound, {"servicenow": settings.servicenow, "jira": settings.jira}
    ),
}


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MAIL_LIMITS = (Limit(messages=30, per=MINUTE), Limit(messages=100, per=HOUR))
MANAGED_MAIL_LIMITS = (Limit(messages=5, per=MINUTE), Limit(messages=10, per=HOUR))
MANAGED_DOMAIN = ".azurecomm.net"
SMS_LIMITS = (Limit(messages=200, per=MINUTE),)
"""What Communication Services takes by default (Azure docs: *Service limits for Azure Communication Services*).

From a domain of Azure's own it takes less, and more is not to be had.
"""


class Wired(dict[str, Channel]):
    """The channels, and their ways out, which are closed together. `limits`: what a transport takes, by channel."""

    def __init__(
        self,
        channels: dict[str, Channel],
        ways_out: tuple[Outbound, ...],
        limits: Mapping[str, tuple[Limit, ...]] | None = None,
    ) -> None:
        super().__init__(channels)
        self._ways_out = ways_out
        self.limits = limits or {}

    async def close(self) -> None:
        """Closes what is open. The channels may be used again: what they need opens anew."""
        for way_out in self._ways_out:
            await way_out.close()


def build(settings: ChannelSettings, tokens: Tokens | None = None) -> Wired:
    """All channels. Raises: ConfigError for settings."""
    if settings.local_receivers:
        return _local(settings, settings.local_receivers)
    outbound = Outbound(networks(settings.allow_networks))
    channels = {word: make(settings, outbound, tokens) for word, make in CHANNELS.items()}
    return Wired(channels, (outbound,), _limits(settings))


def _limits(settings: ChannelSettings) -> dict[str, tuple[Limit, ...]]:
    if not settings.acs:
        return {}
    mail = MANAGED_MAIL_LIMITS if settings.mail_from.lower().endswith(MANAGED_DOMAIN) else MAIL_LIMITS
    return {"sms": SMS_LIMITS} | ({} if settings.smtp else {"email": mail})


def _local(settings: ChannelSettings, base: str) -> Wired:
    """The same channels with another way out. Mail goes to the local mail catcher, with its real address."""
    doors = {word: LocalOutbound(base, word, keep_path=word == "itsm") for word in CHANNELS if word != "email"}
    channels: dict[str, Channel] = {
        "email": Email(smtp_server(settings.smtp), settings.mail_from) if settings.smtp else Unset("NOTBEFORE_SMTP"),
        "sms": LocalText(doors["sms"]),
        "chat": LocalText(doors["chat"]),
        "webhook": Webhook(doors["webhook"], unsigned=True),
        "eventgrid": Webhook(doors["eventgrid"], unsigned=True),
        "runbook": Runbook(doors["runbook"]),
        "itsm": Tickets(doors["itsm"], dict.fromkeys(SYSTEMS, "https://tickets.example.com")),
    }
    return Wired(channels, tuple(doors.values()))
