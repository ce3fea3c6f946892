"""When a failed delivery is tried again, and when it is given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from zlib import crc32

from notbefore.schema import Delivery, Story

SCHEDULE = tuple(timedelta(seconds=s) for s in (5, 15, 45, 120, 300, 900, 1800, 3600))
"""After the first, second, … failed attempt; hourly from then on."""

AT_LEAST = timedelta(hours=24)
_JITTER = 0.2


def next_attempt(delivery: Delivery, now: datetime, retry_after: float | None) -> datetime | None:
    """When to try again after `delivery.attempts` attempts, ± 20 %; None: no more.

    The receiver's own wish counts when it is later. The spread follows from the id, so it can be foretold.
    """
    pause = SCHEDULE[min(max(delivery.attempts, 1), len(SCHEDULE)) - 1]
    spread = crc32(f"{delivery.id} {delivery.attempts}".encode()) / 0xFFFFFFFF
    pause *= 1 - _JITTER + 2 * _JITTER * spread
    at = now + max(pause, timedelta(seconds=retry_after or 0))
    return at if at <= delivery.give_up_at else None


def give_up_at(story: Story, created_at: datetime) -> datetime:
    """The end of the window or a day after it was due, whichever is later."""
    until = story.window.not_after or story.window.not_before or created_at
    return max(until, created_at + AT_LEAST)
