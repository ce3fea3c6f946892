"""Quiet hours: is an audience in them, since when, and when do they end.

Windows that touch are one. They are wall-clock time: a time that daylight saving skips is the next that
exists, one that comes twice makes quiet longer. Windows that fill the whole week would never end: nobody can
mean that, so nothing waits for them, and `check` refuses them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from notbefore.config.model import Audience, QuietHours
from notbefore.timing.wall import first_instant, last_instant

_DAY = 24 * 60
_WEEK = 7 * _DAY

_DAYS_AROUND = range(-15, 22)
"""Days on which a window that matters to this week may begin: quiet that ends at all ends within two weeks."""


@dataclass(frozen=True, slots=True)
class QuietTime:
    """One stretch of quiet, [since, until), in UTC."""

    since: datetime
    until: datetime


def quiet_time(audience: Audience, at: datetime) -> QuietTime | None:
    """The stretch of quiet that holds the instant; None when there is none, or it would never end."""
    if not audience.quiet_hours:
        return None
    today = at.astimezone(ZoneInfo(audience.time_zone)).date()
    begins, stretches = _stretches(audience.time_zone, audience.quiet_hours, today - timedelta(days=today.weekday()))
    index = bisect_right(begins, at) - 1
    return stretches[index] if index >= 0 and at < stretches[index].until else None


def quiet_until(audience: Audience, now: datetime) -> datetime | None:
    """When the quiet that holds `now` ends; None when it is not quiet now, or would never end."""
    quiet = quiet_time(audience, now)
    return quiet.until if quiet else None


def quiet_since(audience: Audience, at: datetime) -> datetime | None:
    """When the quiet that holds the instant began; None when there is none."""
    quiet = quiet_time(audience, at)
    return quiet.since if quiet else None


@lru_cache(maxsize=512)
def never_ends(windows: tuple[QuietHours, ...]) -> bool:
    """The windows fill the whole week: a mistake that `check` refuses, and that holds nothing back."""
    quiet: set[int] = set()
    for window in windows:
        for day in window.days:
            begin = day * _DAY + window.start
            quiet.update(minute % _WEEK for minute in range(begin, begin + _length(window)))
    return len(quiet) == _WEEK


@lru_cache(maxsize=4096)
def _stretches(
    time_zone: str, windows: tuple[QuietHours, ...], monday: date
) -> tuple[tuple[datetime, ...], tuple[QuietTime, ...]]:
    """The quiet around one week in order, what touches made one; and when each begins. Right for that week only."""
    if never_ends(windows):
        return (), ()
    joined: list[QuietTime] = []
    for begin, end in sorted(_dated(ZoneInfo(time_zone), windows, monday)):
        if joined and begin <= joined[-1].until:
            joined[-1] = QuietTime(joined[-1].since, max(joined[-1].until, end))
        else:
            joined.append(QuietTime(begin, end))
    return tuple(one.since for one in joined), tuple(joined)


def _dated(zone: ZoneInfo, windows: tuple[QuietHours, ...], monday: date) -> Iterator[tuple[datetime, datetime]]:
    """Each window on each day on which it begins; one that daylight saving skips whole has no length."""
    for window in windows:
        for ahead in _DAYS_AROUND:
            day = monday + timedelta(days=ahead)
            if day.weekday() in window.days:
                end = window.start + _length(window)
                yield first_instant(zone, day, window.start), last_instant(zone, day, end)


def _length(window: QuietHours) -> int:
    """In minutes; an end that is not after the beginning is on the day after."""
    return window.end - window.start + (_DAY if window.end <= window.start else 0)
