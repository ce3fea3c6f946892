"""Wall clock → instants, on the nights too when the clock is moved.

A time that is skipped is the next that exists. A time that comes twice is two instants: the first and the last.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MIDNIGHT = datetime.min.time()
_SECOND = timedelta(seconds=1)


def first_instant(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """The first instant at which a clock in `zone` shows `minute` minutes after midnight of `day`.

    `minute` may be 1440 and more: that is the day after.
    """
    wall = datetime.combine(day, MIDNIGHT) + timedelta(minutes=minute)
    return _instant(zone, wall, last=False)


def last_instant(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """The last such instant: an hour later than the first when the clock is put back over that time."""
    wall = datetime.combine(day, MIDNIGHT) + timedelta(minutes=minute)
    return _instant(zone, wall, last=True)


def _instant(zone: ZoneInfo, wall: datetime, *, last: bool) -> datetime:
    before, after = _offset(zone, wall, 0), _offset(zone, wall, 1)
    if before < after:
        return _change(zone, wall - after, wall - before)
    return (wall - (after if last else before)).replace(tzinfo=UTC)


def _offset(zone: ZoneInfo, wall: datetime, fold: int) -> timedelta:
    """Of two offsets around a change of the clock, that before it (0) or after it (1)."""
    return wall.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta()


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second, after `before` and not after `after`, at which the clock is put forward."""
    before, after = before.replace(tzinfo=UTC), after.replace(tzinfo=UTC)
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
