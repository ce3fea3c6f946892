"""Quiet hours against an oracle that walks every minute, around the nights when clocks are moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from almanac import audience
from hypothesis import given, settings
from hypothesis import strategies as st

from notbefore.config.model import QuietHours
from notbefore.timing import never_ends, quiet_time

MINUTE = timedelta(minutes=1)
BEFORE, AFTER = 16 * 1440, 17 * 1440

NIGHTS = [
    ("Europe/Amsterdam", "2026-03-29"),
    ("Europe/Amsterdam", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Africa/Cairo", "2026-04-24"),
    ("America/Nuuk", "2026-03-28"),
    ("Africa/Casablanca", "2026-02-15"),
    ("Pacific/Chatham", "2026-09-27"),
    ("Pacific/Apia", "2011-12-30"),
    ("Asia/Kathmandu", "2028-02-29"),
]

MINUTES = st.one_of(st.integers(0, 1440), st.integers(0, 240), st.sampled_from([0, 60, 120, 150, 180, 420, 1320, 1440]))
WINDOWS = st.builds(
    lambda days, start, end: QuietHours(days=tuple(sorted(days)), start=start % 1440, end=end),
    st.sets(st.integers(0, 6), min_size=1),
    MINUTES,
    MINUTES,
)


@lru_cache
def walls(zone: str, day: str) -> tuple[datetime, list[datetime], list[datetime]]:
    """The first minute; the latest time a clock has shown by each minute; the earliest it will show from then on."""
    first = datetime.fromisoformat(day).replace(tzinfo=UTC) - BEFORE * MINUTE
    shown = [(first + n * MINUTE).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for n in range(BEFORE + AFTER)]
    return first, list(accumulate(shown, max)), list(accumulate(reversed(shown), min))[::-1]


def quiet_minutes(zone: str, day: str, windows: list[QuietHours]) -> list[bool]:
    """A minute is quiet when a window's beginning has been shown, and its end, or a time before that, is yet to be."""
    first, latest, earliest = walls(zone, day)
    quiet = [False] * len(latest)
    for window in windows:
        for ahead in range(-1, (BEFORE + AFTER) // 1440 + 1):
            date = (first + timedelta(days=ahead)).replace(hour=0, minute=0, tzinfo=None)
            if date.weekday() not in window.days:
                continue
            begin = date + window.start * MINUTE
            end = date + (window.end + (1440 if window.end <= window.start else 0)) * MINUTE
            for minute in range(max(0, (ahead - 2) * 1440), min(len(quiet) - 1, (ahead + 4) * 1440)):
                still = earliest[minute] < end or earliest[minute + 1] <= end
                quiet[minute] |= latest[minute] >= begin and still
    return quiet


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NIGHTS), st.lists(WINDOWS, min_size=1, max_size=3), st.integers(-2880, 2880))
def test_every_minute_is_as_a_clock_on_the_wall_says(
    night: tuple[str, str], windows: list[QuietHours], offset: int
) -> None:
    """Since and until are those that one finds by walking minute by minute, for any windows, on any night."""
    zone, day = night
    people = audience(zone, *windows)
    if never_ends(people.quiet_hours):
        assert quiet_time(people, walls(zone, day)[0]) is None
        return
    quiet = quiet_minutes(zone, day, windows)
    middle = BEFORE + offset
    begin = end = middle
    while quiet[begin - 1] and quiet[middle]:
        begin -= 1
    while quiet[end]:
        end += 1
    first = walls(zone, day)[0]
    found = quiet_time(people, first + middle * MINUTE)
    expected = (first + begin * MINUTE, first + end * MINUTE) if quiet[middle] else None
    assert (found and (found.since, found.until)) == expected
