"""What a routing file says, checked and frozen. Nothing here reads files, clocks or the environment.

`${env:NAME}` stays as written: a secret is resolved when it is used and never lives in the model.
Times of day are minutes after midnight, 0 to 1440 ("24:00"); days are 0 (Monday) to 6 (Sunday).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal, get_args

import msgspec
from msgspec import Struct

from notbefore.config.example_model import RouteTest
from notbefore.schema import Impact, InitiatedBy, Kind, Phase, Severity, Source

OWNER = "owner"
"""In `to`: the audience that the resource names by its tag."""

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)

SameKey = Literal["subscription", "region", "service", "resource"]
GroupKey = Literal[
    "story", "subscription", "kind", "impact", "region", "service", "source", "phase", "severity", "initiated_by"
]
ChannelKind = Literal["email", "sms", "webhook", "eventgrid", "itsm", "runbook", "chat"]
CHANNELS: tuple[ChannelKind, ...] = get_args(ChannelKind)
RUNBOOK: Final = "runbook"
"""The channel that starts something and is to call back; what waits for that call has the same name."""
PEOPLE: frozenset[ChannelKind] = frozenset({"email", "sms", "chat"})
"""Channels that a person reads."""


class QuietHours(Struct, frozen=True, kw_only=True):
    """One window of wall-clock time. It begins on each of `days` at `start`; `end` <= `start` is the day after."""

    days: tuple[int, ...] = EVERY_DAY
    start: int
    end: int


class Limit(Struct, frozen=True, kw_only=True):
    """So many messages in any span of `per`; what is over it goes later."""

    messages: int
    per: timedelta


class ChannelConfig(Struct, frozen=True, kw_only=True):
    """One channel of an audience; every target of it gets a delivery of its own.

    Targets: mail addresses, numbers in E.164, urls, the endpoint of a topic; for itsm `system:table`.
    Options are the other keys as written; several `secrets` are joined by a blank, a single `secret` is
    there under `secrets` too; a ticket's `fields` and `states` are JSON, spans are seconds.
    """

    kind: ChannelKind
    targets: tuple[str, ...]
    min_severity: Severity = Severity.INFORMATIONAL
    options: dict[str, str] = msgspec.field(default_factory=dict)
    failover: bool = False
    """Used only for what another channel of the audience could not tell."""
    limit: Limit | None = None
    """None: the limit of the transport, where it has one."""
    line: int = 0


class Escalation(Struct, frozen=True, kw_only=True):
    """Whom to tell when nobody acknowledged."""

    after: timedelta
    to: str
    min_severity: Severity = Severity.INFORMATIONAL


class Group(Struct, frozen=True, kw_only=True):
    """What is folded into one message: deliveries alike in `by`, `wait` after the first, `interval` after that.

    The interval also holds for stories that are not folded: changes of resources or text alone.
    """

    by: tuple[GroupKey, ...] = ("story",)
    wait: timedelta = timedelta()
    interval: timedelta = timedelta(minutes=10)


class Digest(Struct, frozen=True, kw_only=True):
    """When `max_severity` and below come together."""

    at: int
    days: tuple[int, ...] = EVERY_DAY
    max_severity: Severity = Severity.INFORMATIONAL


class Budget(Struct, frozen=True, kw_only=True):
    """So many messages in any span of `per`; over it, what is not critical folds into one digest."""

    messages: int
    per: timedelta


class Audience(Struct, frozen=True, kw_only=True):
    """People or machines who hear together. `time_zone` is an IANA name; `language` one of the texts we have."""

    name: str
    channels: tuple[ChannelConfig, ...]
    time_zone: str = "UTC"
    language: str = "en"
    quiet_hours: tuple[QuietHours, ...] = ()
    quiet_hours_let_through: Severity | None = None
    """At least this severe does not wait. None: everything waits."""
    reminders: tuple[timedelta, ...] = ()
    self_service_reminders: tuple[timedelta, ...] = ()
    escalate: Escalation | None = None
    group: Group = Group()
    grouped: bool = False
    """The file says `group`."""
    digest: Digest | None = None
    budget: Budget | None = None
    calendar: bool = True
    """Mails about a story with a window carry its calendar entry."""
    line: int = 0


class Owners(Struct, frozen=True, kw_only=True):
    """How a resource names its audience: by the value of a tag, else `fallback`."""

    tag: str
    fallback: str
    allow_addresses: bool = False
    line: int = 0


class Matcher(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Keys of a `match`, as written; empty says nothing. Compiled in `notbefore.matching`."""

    subscription: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    source: tuple[Source, ...] = ()
    kind: tuple[Kind, ...] = ()
    phase: tuple[Phase, ...] = ()
    impact: tuple[Impact, ...] = ()
    initiated_by: tuple[InitiatedBy, ...] = ()
    resource: tuple[str, ...] = ()
    resource_group: tuple[str, ...] = ()
    resource_type: tuple[str, ...] = ()
    tag: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    has_owner: bool | None = None
    test: bool | None = None
    min_severity: Severity | None = None
    max_severity: Severity | None = None
    notice_under: timedelta | None = None
    notice_over: timedelta | None = None


class Route(Struct, frozen=True, kw_only=True):
    """A node of the tree. `to` None: only its children answer; empty: nobody is told, on purpose."""

    name: str
    match: Matcher | None = None
    match_not: Matcher | None = None
    to: tuple[str, ...] | None = None
    go_on: bool = False
    """`continue`: siblings after this one are tried too."""
    routes: tuple[Route, ...] = ()
    line: int = 0


class Mute(Struct, frozen=True, kw_only=True):
    """Deliveries of stories that match are held until `until` (UTC)."""

    name: str
    match: Matcher
    match_not: Matcher | None = None
    until: datetime
    reason: str
    line: int = 0


class Inhibition(Struct, frozen=True, kw_only=True):
    """While a story that fits `when` is open, stories that fit `hold` and are alike in `same` are held."""

    name: str
    when: Matcher
    hold: Matcher
    same: tuple[SameKey, ...] = ()
    line: int = 0


class RoutingConfig(Struct, frozen=True, kw_only=True):
    """A whole routing file. `version_id` is a hash of its bytes."""

    version_id: str
    file: str = ""
    subscriptions: dict[str, str] = msgspec.field(default_factory=dict)
    """Name → lower-case GUID."""
    audiences: dict[str, Audience] = msgspec.field(default_factory=dict)
    owners: Owners | None = None
    routes: tuple[Route, ...] = ()
    mutes: tuple[Mute, ...] = ()
    inhibit: tuple[Inhibition, ...] = ()
    tests: tuple[RouteTest, ...] = ()

    def audience(self, name: str) -> Audience | None:
        """The audience of that name; an address named by an owner's tag is one with a mail of its own."""
        found = self.audiences.get(name)
        if found is None and "@" in name and self.owners and self.owners.allow_addresses:
            fallback = self.audiences[self.owners.fallback]
            mail = ChannelConfig(kind="email", targets=(name,))
            return Audience(name=name, channels=(mail,), time_zone=fallback.time_zone, language=fallback.language)
        return found

    def subscription_name(self, subscription_id: str) -> str:
        """The operator's name of a subscription, else the id itself."""
        return next((name for name, known in self.subscriptions.items() if known == subscription_id), subscription_id)
