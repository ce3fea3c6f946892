"""What the pipeline needs from outside, handed in by `bootstrap`: a test hands in fakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from notbefore.config.model import Audience
from notbefore.muting import Silence
from notbefore.pipeline.locks import Locks
from notbefore.pipeline.unit import Memory
from notbefore.ports import Channels, Clock, Queue, Rows, SignalArchive
from notbefore.rules import Rules
from notbefore.schema import Delivery, Message, Story

Render = Callable[[Delivery, Audience], Message]
"""Delivery → message, secrets resolved. Raises: Permanent when it cannot be rendered."""


@dataclass(slots=True)
class Holds:
    """Silences and inhibitors as this process last read them."""

    read_at: datetime | None = None
    silences: tuple[Silence, ...] = ()
    inhibitors: tuple[Story, ...] = ()


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
    taken_up: dict[str, datetime] = field(default_factory=dict)
    """What the sweeper has enqueued again lately, so that a backlog is not multiplied."""
