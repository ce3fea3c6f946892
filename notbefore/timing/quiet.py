"""Quiet hours: is an audience in them, since when, and when do they end.

Windows that touch are one. They are wall-clock time: a time that daylight saving skips is the next that
exists, one that comes twice makes quiet longer. Windows that fill the whole week would never end: nobody can
mean that, so nothing waits for them, and `check` warns.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from notbefore.config.model import Audience, QuietHours
from notbefore.timing.wall import first_instant, last_instant

DAY = 24 * 60
WEEK = 7 * DAY
_LONGEST = 16
"""Links of a chain of windows that touch only because the clock was moved; two a week, in two weeks of them."""


@dataclass(frozen=True, slots=True)
class QuietTime:
    """One stretch of quiet, [since, until), in UTC."""

    since: datetime
    until: datetime


Span = tuple[int, int]
"""A window in minutes after midnight of Monday; it begins within the week and may end in the next."""


@lru_cache(maxsize=1024)
def merged(windows: tuple[QuietHours, ...]) -> tuple[Span, ...]:
    """The windows of a week in order, those that touch made one; the whole week is ((0, WEEK),)."""
    spans = sorted(span for window in windows for span in _spans(window))
    joined: list[Span] = []
    for begin, end in spans:
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return _round(joined)


def _spans(window: QuietHours) -> list[Span]:
    length = window.end - window.start + (DAY if window.end <= window.start else 0)
    begins = ((day * DAY + window.start) % WEEK for day in window.days)
    return [(begin, begin + length) for begin in begins]


def _round(spans: list[Span]) -> tuple[Span, ...]:
    """Joins what runs over the end of the week with what the week begins with."""
    while len(spans) > 1 and spans[-1][1] - WEEK >= spans[0][0]:
        begin, end = spans[-1]
        spans[-1] = (begin, max(end, spans[0][1] + WEEK))
        del spans[0]
    if any(end - begin >= WEEK for begin, end in spans):
        return ((0, WEEK),)
    return tuple(spans)


def never_ends(windows: tuple[QuietHours, ...]) -> bool:
    """The windows fill the whole week: a mistake that `check` warns of, and that holds nothing back."""
    return merged(windows) == ((0, WEEK),)


def quiet_time(audience: Audience, at: datetime) -> QuietTime | None:
    """The stretch of quiet that holds the instant, windows that touch made one; None when there is none."""
    spans = merged(audience.quiet_hours)
    if not spans or never_ends(audience.quiet_hours):
        return None
    zone = ZoneInfo(audience.time_zone)
    found = _holding(zone, spans, at)
    if found is None:
        return None
    since, until = found
    for _ in range(_LONGEST):
        later = _holding(zone, spans, until)
        if later is None or later[1] <= until:
            break
        until = later[1]
    for _ in range(_LONGEST):
        earlier = _holding(zone, spans, since - timedelta(microseconds=1))
        if earlier is None or earlier[0] >= since:
            break
        since = earlier[0]
    return QuietTime(since, until)


def quiet_until(audience: Audience, now: datetime) -> datetime | None:
    """When the quiet that holds `now` ends; None when it is not quiet now, or would never end."""
    quiet = quiet_time(audience, now)
    return quiet.until if quiet else None


def quiet_since(audience: Audience, at: datetime) -> datetime | None:
    """When the quiet that holds the instant began; None when there is none."""
    quiet = quiet_time(audience, at)
    return quiet.since if quiet else None


def _holding(zone: ZoneInfo, spans: tuple[Span, ...], at: datetime) -> tuple[datetime, datetime] | None:
    """The one window that holds the instant. Its neighbours are tried too: a repeated hour is theirs as well."""
    wall = at.astimezone(zone)
    monday = wall.date() - timedelta(days=wall.weekday())
    minute = wall.weekday() * DAY + wall.hour * 60 + wall.minute
    index = bisect_right(spans, (minute, WEEK * 2)) - 1
    for number in (index, index + 1, index - 1):
        week, place = divmod(number, len(spans))
        begin, end = (minutes + week * WEEK for minutes in spans[place])
        if not begin - DAY <= minute <= end + DAY:
            continue
        since, until = first_instant(zone, monday, begin), last_instant(zone, monday, end)
        if since <= at < until:
            return since, until
    return None
