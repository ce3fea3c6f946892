"""What the pipeline needs from outside, handed in by `bootstrap`: a test hands in fakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from notbefore.config.model import Audience, RoutingConfig
from notbefore.pipeline.locks import Locks
from notbefore.pipeline.unit import Memory
from notbefore.ports import Channels, Clock, Queue, Rows, SignalArchive
from notbefore.schema import Delivery, Message

Render = Callable[[Delivery, Audience], Message]
"""Delivery → message, secrets resolved. Raises: Permanent when it cannot be rendered."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """One process's stores, queues, channels and clock. `routes` answers with the last good routing file."""

    stories: Rows
    signals: Rows
    quarantine: Rows
    control: Rows
    archive: SignalArchive
    signal_queue: Queue
    delivery_queue: Queue
    channels: Channels
    render: Render
    routes: Callable[[], RoutingConfig]
    clock: Clock
    memory: Memory = field(default_factory=Memory)
    locks: Locks = field(default_factory=Locks)
    taken_up: dict[str, datetime] = field(default_factory=dict)
    """What the sweeper has enqueued again lately, so that a backlog is not multiplied."""
