"""What every question about time is answered with: when, and why in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct


class Due(Struct, frozen=True):
    """When something waiting is due, in UTC; `reason` is for a person to read."""

    at: datetime
    reason: str


_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def words(span: timedelta) -> str:
    """A duration for people, exact to the second: `10 minutes`, `1 hour 30 minutes`."""
    rest = int(span.total_seconds())
    parts = []
    for unit, seconds in _UNITS:
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{count} {unit}" + ("s" if count > 1 else ""))
    return " ".join(parts) or "0 seconds"


def moment(at: datetime) -> str:
    """An instant as reasons write it."""
    return f"{at.isoformat(' ', 'minutes')[: len('YYYY-MM-DD HH:MM')]} UTC"


def local(at: datetime) -> str:
    """A time already in an audience's zone, as reasons write it: `Mon 2026-11-23 07:00`."""
    return f"{_DAYS[at.weekday()]} {at:%Y-%m-%d %H:%M}"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
