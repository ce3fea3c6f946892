"""A decision, a delivery and its message: what is told to whom, when, and why."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

from notbefore.schema.event import MaintenanceEvent
from notbefore.schema.identity import Namespace
from notbefore.schema.reporting import Reporting
from notbefore.schema.story import Places, ResourceState, Story
from notbefore.schema.words import Severity

_DELIVERIES = Namespace("7a0c2f0e-54f0-5d3b-9f0b-6e6f74626566")
"""Namespace of delivery ids; never change it: it is the idempotency key outside."""


class Verdict(StrEnum):
    """What the order of decisions said; the first that applies."""

    DUPLICATE = "duplicate"
    NOT_ROUTED = "not_routed"
    SILENCED = "silenced"
    MUTED = "muted"
    INHIBITED = "inhibited"
    DIGESTED = "digested"
    DEFERRED = "deferred"
    GROUPED = "grouped"
    SENT = "sent"


class Decision(Struct, frozen=True, gc=False, kw_only=True):
    """One audience, one story revision, one occasion: told or not, and why, in words a person can read."""

    audience: str
    decision: Verdict
    reason: str
    due: datetime | None = None
    channels: tuple[str, ...] = ()
    route: str | None = None
    story: str
    revision: int
    severity: Severity
    occasion: str = "news"
    routes_version: str = ""
    at: datetime


class DeliveryState(StrEnum):
    """Where a delivery stands in the ledger."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    REPLACED = "replaced"
    DEAD = "dead"
    RESTORED = "restored"


def delivery_id(story: str, revision: int, audience: str, channel: str, target: str, occasion: str) -> str:
    """The idempotency key, outside too: two reminders differ, two webhooks differ, a retry does not."""
    return _DELIVERIES.id_of(f"{story}\n{revision}\n{audience}\n{channel}\n{target}\n{occasion}")


class Delivery(Struct, frozen=True, gc=False, kw_only=True):
    """One message to one target of one channel of one audience, for one occasion of one revision.

    `target` is as the routing file writes it: a secret stays `${env:NAME}` and is resolved when it is sent.
    `story` is the head at this revision, so that what is rendered does not change between two attempts.
    """

    id: str
    partition: str
    """Where the ledger keeps it: the story's subscription, or the audience when several stories are folded."""
    story_id: str
    revision: int
    audience: str
    channel: str
    target: str
    occasion: str = "news"
    route: str
    owner_tag: str = ""
    """`owner=payments`, when resources named the audience; `owner=` when they named nobody and it is the fallback."""
    reason: str
    severity: Severity
    changes: tuple[str, ...] = ()
    """What changed since this audience was last told, one line each."""
    story: Story
    event: MaintenanceEvent | None = None
    """What made this news, its prose cut; None when it is told because of a time."""
    resources: tuple[ResourceState, ...] = ()
    """The most urgent of this audience's resources, ten at most."""
    resources_total: int = 0
    places: Places = Places()
    """Where they run, of all of them; empty when this audience has only some of a story's."""
    folded: tuple[Story, ...] = ()
    """For a group or a digest: its most urgent stories, ten at most, `story` the first of them."""
    folded_total: int = 0
    reporting: tuple[Reporting, ...] = ()
    """For a digest: subscriptions in which machines are blind, have an old agent, or rebooted without a notice."""
    after: str | None = None
    """The delivery before this one in the same lane; it must be over or is replaced before this is sent."""
    first_in_thread: str | None = None
    """Id of the lane's first delivery: the root of the mail or chat thread. None: this one is."""
    created_at: datetime
    due_at: datetime
    give_up_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    claimed_until: datetime | None = None
    promised_at: datetime | None = None
    """When a rate limit lets it go: it has its turn then and queues no second time."""
    sent_at: datetime | None = None
    last_error: str | None = None
    receipt: dict[str, str] = msgspec.field(default_factory=dict)
    options: dict[str, str] = msgspec.field(default_factory=dict)
    """The channel's settings as written, for when the routing file no longer has it; of secrets only their names."""
    language: str = "en"
    time_zone: str = "UTC"

    @property
    def is_over(self) -> bool:
        """Nothing more will be tried by itself."""
        return self.state not in {DeliveryState.PENDING, DeliveryState.SENDING}

    @property
    def handed_over(self) -> bool:
        """A mail service has it and has not said yet what became of it."""
        return not self.is_over and "operation" in self.receipt


class Attachment(Struct, frozen=True, gc=False):
    """A part of a mail beside its text."""

    filename: str
    content_type: str
    content: bytes


class Message(Struct, frozen=True, gc=False, kw_only=True):
    """What is rendered for one delivery, ready for a channel to send.

    Which fields are filled depends on the channel: a mail has subject, text and html; a webhook has body.
    `options` are the channel's own settings from the routing file, secrets resolved; never log them.
    """

    delivery_id: str
    channel: str
    target: str
    subject: str = ""
    text: str = ""
    html: str = ""
    body: bytes = b""
    content_type: str = ""
    thread: str | None = None
    """Delivery id at the root of the thread; None when this message is the root."""
    attachments: tuple[Attachment, ...] = ()
    options: dict[str, str] = msgspec.field(default_factory=dict)
    at: datetime
    """The time of the attempt: the signature's timestamp and the Date of a mail."""
    attempt: int = 1
    """1 for the first; from the second on, a receiver that can be asked is asked first."""
    first_at: datetime | None = None
    """When the delivery was made: the same at each attempt."""
    before: dict[str, str] = msgspec.field(default_factory=dict)
    """The receipt of an earlier attempt, else of the last message of this story in the same place."""


class Receipt(Struct, frozen=True, gc=False):
    """What the receiver answered, for the ledger: ids and status, never a body or a secret."""

    details: dict[str, str] = msgspec.field(default_factory=dict)
