"""Quiet hours on the nights when clocks are moved, and on all others."""

from __future__ import annotations

import pytest
from almanac import AMSTERDAM, NIGHTS, WEEKENDS, at, audience, utc

from notbefore.config.model import QuietHours
from notbefore.timing import never_ends, quiet_since, quiet_time, quiet_until


def test_a_night_ends_in_the_morning_after() -> None:
    """A window that crosses midnight ends on the day after it began."""
    payments = audience(AMSTERDAM, NIGHTS)
    assert quiet_until(payments, at(AMSTERDAM, "2026-11-24T23:15")) == at(AMSTERDAM, "2026-11-25T07:00")
    assert quiet_until(payments, at(AMSTERDAM, "2026-11-25T06:59")) == at(AMSTERDAM, "2026-11-25T07:00")
    assert quiet_since(payments, at(AMSTERDAM, "2026-11-25T06:59")) == at(AMSTERDAM, "2026-11-24T22:00")


def test_the_beginning_is_quiet_and_the_end_is_not() -> None:
    """Quiet hours are [from, to), to the second."""
    payments = audience(AMSTERDAM, NIGHTS)
    assert quiet_until(payments, utc("2026-11-24T20:59:59")) is None
    assert quiet_until(payments, utc("2026-11-24T21:00")) == utc("2026-11-25T06:00")
    assert quiet_until(payments, utc("2026-11-25T05:59:59.999999")) == utc("2026-11-25T06:00")
    assert quiet_until(payments, utc("2026-11-25T06:00")) is None


def test_windows_that_touch_are_one() -> None:
    """Nights and weekend days together are quiet from Friday night until Monday morning."""
    payments = audience(AMSTERDAM, NIGHTS, WEEKENDS)
    quiet = quiet_time(payments, at(AMSTERDAM, "2026-11-21T02:00"))
    assert quiet is not None
    assert quiet.since == at(AMSTERDAM, "2026-11-20T22:00")
    assert quiet.until == at(AMSTERDAM, "2026-11-23T07:00")


def test_days_are_those_on_which_it_begins() -> None:
    """A night of Friday only is quiet on Saturday morning, not on Friday morning."""
    friday = audience(AMSTERDAM, QuietHours(days=(4,), start=22 * 60, end=7 * 60))
    assert quiet_until(friday, at(AMSTERDAM, "2026-11-21T06:00")) == at(AMSTERDAM, "2026-11-21T07:00")
    assert quiet_until(friday, at(AMSTERDAM, "2026-11-20T06:00")) is None


def test_twenty_four_is_the_end_of_the_day() -> None:
    """The time 24:00 ends at midnight, and touches what begins at 00:00 the day after."""
    saturday = QuietHours(days=(5,), start=0, end=1440)
    sunday = QuietHours(days=(6,), start=0, end=12 * 60)
    assert quiet_until(audience("UTC", saturday), utc("2026-11-21T10:00")) == utc("2026-11-22T00:00")
    assert quiet_until(audience("UTC", saturday, sunday), utc("2026-11-21T10:00")) == utc("2026-11-22T12:00")


def test_a_week_that_ends_in_quiet_begins_with_it() -> None:
    """What runs from Sunday over midnight into Monday is one stretch."""
    weekend = audience("UTC", QuietHours(days=(6,), start=0, end=1440), QuietHours(days=(0,), start=0, end=8 * 60))
    assert quiet_until(weekend, utc("2026-11-22T23:59")) == utc("2026-11-23T08:00")
    assert quiet_since(weekend, utc("2026-11-23T07:00")) == utc("2026-11-22T00:00")


def test_without_quiet_hours_it_is_never_quiet() -> None:
    """No window, no quiet."""
    assert quiet_time(audience(), utc("2026-11-22T23:59")) is None


@pytest.mark.parametrize(
    "windows",
    [
        (QuietHours(start=0, end=1440),),
        (QuietHours(start=9 * 60, end=9 * 60),),
        (NIGHTS, QuietHours(start=7 * 60, end=22 * 60)),
        (NIGHTS, WEEKENDS, QuietHours(days=(0, 1, 2, 3, 4), start=6 * 60, end=23 * 60)),
    ],
)
def test_quiet_without_an_end_holds_nothing(windows: tuple[QuietHours, ...]) -> None:
    """Windows that fill the whole week would never end, so nothing waits for them."""
    assert never_ends(windows)
    assert quiet_until(audience(AMSTERDAM, *windows), utc("2026-11-22T23:59")) is None


def test_one_free_minute_a_week_ends_quiet() -> None:
    """A week that is quiet but for one minute has an end."""
    almost = (
        QuietHours(days=(0, 1, 2, 3, 4, 5), start=0, end=1440),
        QuietHours(days=(6,), start=0, end=1439),
    )
    assert not never_ends(almost)
    assert quiet_until(audience("UTC", *almost), utc("2026-11-23T00:00")) == utc("2026-11-29T23:59")
    assert quiet_since(audience("UTC", *almost), utc("2026-11-29T23:58")) == utc("2026-11-23T00:00")


SPRING = [
    (AMSTERDAM, QuietHours(start=22 * 60, end=7 * 60), "2026-03-29T00:30+00:00", "2026-03-29T05:00+00:00"),
    (AMSTERDAM, QuietHours(start=0, end=150), "2026-03-28T23:30+00:00", "2026-03-29T01:00+00:00"),
    ("America/New_York", QuietHours(start=23 * 60, end=150), "2026-03-08T05:00+00:00", "2026-03-08T07:00+00:00"),
    ("Australia/Lord_Howe", QuietHours(start=0, end=135), "2026-10-03T14:00+00:00", "2026-10-03T15:30+00:00"),
    ("Africa/Cairo", QuietHours(start=22 * 60, end=30), "2026-04-23T21:00+00:00", "2026-04-23T22:00+00:00"),
]


@pytest.mark.parametrize(("zone", "window", "now", "until"), SPRING)
def test_an_end_that_is_skipped_is_the_next_time_that_exists(
    zone: str, window: QuietHours, now: str, until: str
) -> None:
    """When clocks are put forward over the end, quiet ends at that moment; else at the same local time."""
    found = quiet_until(audience(zone, window), utc(now.removesuffix("+00:00")))
    assert found == utc(until.removesuffix("+00:00"))


def test_a_beginning_that_is_skipped_is_the_next_time_that_exists() -> None:
    """Quiet from 02:30 begins at 03:00 in the night that has no 02:30."""
    early = audience(AMSTERDAM, QuietHours(start=150, end=360))
    assert quiet_until(early, utc("2026-03-29T00:59")) is None
    assert quiet_since(early, utc("2026-03-29T02:00")) == utc("2026-03-29T01:00")


def test_windows_touch_over_an_hour_that_does_not_exist() -> None:
    """Until 02:00 and from 03:00 are one stretch in the night in which 02:00 is 03:00."""
    both = audience(AMSTERDAM, QuietHours(start=22 * 60, end=120), QuietHours(start=180, end=420))
    assert quiet_until(both, at(AMSTERDAM, "2026-03-28T23:00")) == at(AMSTERDAM, "2026-03-29T07:00")
    assert quiet_until(both, at(AMSTERDAM, "2026-03-29T23:00")) == at(AMSTERDAM, "2026-03-30T02:00")


def test_a_window_inside_the_skipped_hour_is_none() -> None:
    """Quiet from 02:10 to 02:40 does not happen in the night without these times."""
    short = audience(AMSTERDAM, QuietHours(start=130, end=160))
    assert quiet_until(short, utc("2026-03-29T01:00")) is None
    assert quiet_until(short, utc("2026-03-30T00:15")) == utc("2026-03-30T00:40")


AUTUMN = [
    (AMSTERDAM, 135, "2026-10-25T00:20", "2026-10-25T01:15"),
    ("America/New_York", 90, "2026-11-01T05:45", "2026-11-01T06:30"),
    ("Australia/Lord_Howe", 105, "2026-04-04T14:50", "2026-04-04T15:15"),
]


@pytest.mark.parametrize(("zone", "end", "between", "until"), AUTUMN)
def test_an_end_that_comes_twice_is_the_second(zone: str, end: int, between: str, until: str) -> None:
    """When clocks are put back over the end, quiet lasts until it comes again, also between the two."""
    night = audience(zone, QuietHours(start=22 * 60, end=end))
    assert quiet_until(night, utc(between)) == utc(until)


def test_a_beginning_that_comes_twice_is_the_first() -> None:
    """Quiet from 02:30 begins at the first 02:30, and the second 02:15 is quiet too."""
    early = audience(AMSTERDAM, QuietHours(start=150, end=360))
    assert quiet_until(early, at(AMSTERDAM, "2026-10-25T02:15", fold=0)) is None
    assert quiet_since(early, at(AMSTERDAM, "2026-10-25T02:15", fold=1)) == utc("2026-10-25T00:30")


@pytest.mark.parametrize(("zone", "until"), [("Asia/Kolkata", "01:30"), ("Asia/Kathmandu", "01:15")])
def test_zones_off_the_full_hour(zone: str, until: str) -> None:
    """Half and quarter hours of offset are kept."""
    assert quiet_until(audience(zone, NIGHTS), utc("2026-06-01T18:00")) == utc(f"2026-06-02T{until}")


def test_a_day_that_a_country_skips() -> None:
    """Samoa had no 30 December 2011: a night until 07:00 of that day ends where the next day begins and goes on."""
    samoa = audience("Pacific/Apia", NIGHTS)
    quiet = quiet_time(samoa, at("Pacific/Apia", "2011-12-29T23:00"))
    assert quiet is not None
    assert quiet.until == at("Pacific/Apia", "2011-12-31T07:00")


def test_the_night_before_a_leap_day() -> None:
    """The 29th of February is a day like others."""
    assert quiet_until(audience("UTC", NIGHTS), utc("2028-02-28T23:00")) == utc("2028-02-29T07:00")
    assert quiet_until(audience("UTC", NIGHTS), utc("2028-02-29T23:00")) == utc("2028-03-01T07:00")
