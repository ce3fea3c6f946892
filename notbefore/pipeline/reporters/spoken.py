"""What agents and runbooks say of themselves, read tolerantly: a heartbeat, a reboot, a step. None is an event."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from notbefore.ports import Signal
from notbefore.reading import UnreadableTime, is_guid, parse_time, subscription_of
from notbefore.schema import UNKNOWN_SUBSCRIPTION

HEARTBEAT = "notbefore.vm.heartbeat"


class Compute(Struct, frozen=True, rename="camel"):
    """The machine, as its instance document names it."""

    name: str | None = None
    resource_id: str | None = None


class Agent(Struct, frozen=True, rename="camel"):
    """The program that speaks, and the boot of the machine that it speaks in."""

    version: str | None = None
    boot_id: str | None = None


class KnownEvent(Struct, frozen=True, rename="pascal"):
    """A scheduled event that the machine knew before it went down."""

    event_id: str = ""


class Said(Struct, frozen=True, rename="camel"):
    """Everything that one of these reports may hold; each has a part of it."""

    compute: Compute = Compute()
    agent: Agent = Agent()
    booted_at: str | None = None
    every: float = 0
    problems: dict[str, str] = msgspec.field(default_factory=dict)
    known: tuple[KnownEvent, ...] = ()
    runbook: str = ""
    step: str = ""
    state: str = ""
    text: str = ""
    event_id: str = ""
    story: str = ""
    delivery: str = ""
    subscription_id: str | None = None


class Spoken(Struct, frozen=True, rename="camel"):
    """One report, a CloudEvent or in Event Grid's own schema. Times in it are the speaker's."""

    type: str = ""
    event_type: str = ""
    source: str = ""
    topic: str = ""
    time: str = ""
    event_time: str = ""
    data: Said = Said()

    @property
    def kind(self) -> str:
        """`notbefore.vm.heartbeat`, say."""
        return self.type or self.event_type

    @property
    def machine(self) -> str:
        """The lower-case ARM id of the machine, or whatever the speaker calls itself."""
        return (self.data.compute.resource_id or self.source or self.topic).lower()

    @property
    def subscription(self) -> str:
        """The machine's, else the one that is named, else unknown; it is fit for a key."""
        found = subscription_of(self.machine) or subscription_of(self.data.subscription_id) or ""
        return found if is_guid(found) else UNKNOWN_SUBSCRIPTION


def read(body: bytes) -> list[Spoken]:
    """The reports of a signal; none when it is something else."""
    if b"notbefore." not in body:
        return []
    try:
        said = msgspec.json.decode(body, type=Spoken | list[Spoken])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []
    return said if isinstance(said, list) else [said]


def said_at(said: Spoken, signal: Signal) -> datetime:
    """When the report says it was made."""
    return moment(said.time or said.event_time, signal)


def moment(text: str | None, signal: Signal) -> datetime:
    """When it says it was, but never after it arrived; the arrival when it does not say."""
    try:
        return min(parse_time(text or "") or signal.received_at, signal.received_at)
    except UnreadableTime:
        return signal.received_at
