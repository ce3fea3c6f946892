"""What the pipeline needs from outside, handed in by `bootstrap`: a test hands in fakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from notbefore.pipeline.circuits import Circuits
from notbefore.pipeline.gone import GoneEndpoints
from notbefore.pipeline.left import Left
from notbefore.pipeline.limits import Counters
from notbefore.pipeline.locks import Locks
from notbefore.pipeline.unit import Memory
from notbefore.ports import Channels, Clock, Queue, Rows, SignalArchive
from notbefore.schema import Decision, Delivery, Message, Story

if TYPE_CHECKING:
    from notbefore.config.model import Audience, Limit
    from notbefore.muting import Silence
    from notbefore.rules import Rules

REMEMBERED = 1_000
"""Groups of one audience after which those that went out are forgotten."""

Render = Callable[[Delivery, "Audience"], Message]
"""Delivery → message, secrets resolved. Raises: Permanent when it cannot be rendered."""


@dataclass(slots=True)
class Holds:
    """Silences and inhibitors as this process last read them."""

    read_at: datetime | None = None
    silences: tuple[Silence, ...] = ()
    inhibitors: tuple[Story, ...] = ()


@dataclass(slots=True)
class Unknown:
    """Whether the partition `unknown` holds stories, and where keys live, as this process last looked."""

    inhabited: bool = False
    at: datetime | None = None
    subscriptions: tuple[str, ...] = ()
    listed_at: datetime | None = None
    homes: dict[str, str] = field(default_factory=dict)
    """Key's row → the one subscription that knows it, of events that came without one."""


class Waiting:
    """When groups go out that wait now, as far as this process has heard. It is for what people read only."""

    def __init__(self) -> None:
        self._by_audience: dict[str, dict[str, datetime]] = {}

    def of(self, audience: str) -> Mapping[str, datetime]:
        """Group → when it goes out, or went."""
        return self._by_audience.get(audience, {})

    def note(self, audience: str, group: str, at: datetime, now: datetime) -> None:
        """A group goes out at that time."""
        known = self._by_audience.setdefault(audience, {})
        if len(known) >= REMEMBERED:
            self._by_audience[audience] = known = {name: due for name, due in known.items() if due > now}
        known[group] = at


@dataclass(frozen=True, slots=True)
class Dependencies:
    """One process's stores, queues, channels and clock. `rules` answers with the last good routing file."""

    stories: Rows
    signals: Rows
    quarantine: Rows
    control: Rows
    archive: SignalArchive
    signal_queue: Queue
    delivery_queue: Queue
    channels: Channels
    render: Render
    rules: Callable[[], Rules]
    clock: Clock
    memory: Memory = field(default_factory=Memory)
    locks: Locks = field(default_factory=Locks)
    holds: Holds = field(default_factory=Holds)
    departed: Left = field(default_factory=Left)
    taken_up: dict[str, datetime] = field(default_factory=dict)
    """What the sweeper has enqueued again lately, so that a backlog is not multiplied."""
    heeded: set[str] = field(default_factory=set)
    """The version of the routing file that this process took notice of last; nothing before the first."""
    asks_facts: bool = False
    """Somebody is there to be asked for facts about resources."""
    unknown: Unknown = field(default_factory=Unknown)
    circuits: Circuits = field(default_factory=Circuits)
    counters: Counters = field(default_factory=Counters)
    gone: GoneEndpoints = field(default_factory=GoneEndpoints)
    limits: Mapping[str, Sequence[Limit]] = field(default_factory=dict)
    """By channel: what its transport takes, unless the routing file says otherwise."""
    waiting: Waiting = field(default_factory=Waiting)
    told: Callable[[Sequence[Decision]], None] = lambda _: None
    """Hears every decision once it is written: for those who play signals."""
