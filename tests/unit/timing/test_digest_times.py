"""Digests: what goes there, and at which hour it comes."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from almanac import AMSTERDAM, at, audience, hours, story, utc
from hypothesis import given
from hypothesis import strategies as st

from notbefore.config.model import Digest
from notbefore.schema import Impact, Phase, Severity
from notbefore.timing import digested, next_digest

WORKDAYS = (0, 1, 2, 3, 4)
MORNING = Digest(at=8 * 60, days=WORKDAYS)
NOON = at("America/New_York", "2026-11-20T12:00")
SHOP = audience("America/New_York", digest=MORNING)


def test_friday_noon_waits_for_monday_morning() -> None:
    """On weekdays at 08:00 in New York: the next after Friday noon is on Monday."""
    assert next_digest(MORNING, "America/New_York", NOON) == at("America/New_York", "2026-11-23T08:00")


def test_a_digest_is_after_the_moment_never_at_it() -> None:
    """What comes in at 08:00 sharp is in the next digest."""
    eight = at("America/New_York", "2026-11-23T08:00")
    assert next_digest(MORNING, "America/New_York", eight - timedelta(microseconds=1)) == eight
    assert next_digest(MORNING, "America/New_York", eight) == at("America/New_York", "2026-11-24T08:00")


def test_one_day_a_week_is_enough() -> None:
    """A weekly digest is a week after itself."""
    weekly = Digest(at=8 * 60, days=(0,))
    monday = at(AMSTERDAM, "2026-03-23T08:00")
    assert next_digest(weekly, AMSTERDAM, monday) == at(AMSTERDAM, "2026-03-30T08:00")


@pytest.mark.parametrize(
    ("zone", "minute", "after", "expected"),
    [
        (AMSTERDAM, 150, "2026-03-28T12:00", "2026-03-29T01:00"),
        (AMSTERDAM, 150, "2026-10-24T12:00", "2026-10-25T00:30"),
        (AMSTERDAM, 150, "2026-10-25T00:30", "2026-10-26T01:30"),
        (AMSTERDAM, 480, "2026-03-28T12:00", "2026-03-29T06:00"),
        (AMSTERDAM, 480, "2026-10-24T12:00", "2026-10-25T07:00"),
        ("America/New_York", 480, "2026-03-07T20:00", "2026-03-08T12:00"),
        ("Australia/Lord_Howe", 135, "2026-10-03T00:00", "2026-10-03T15:30"),
        ("Asia/Kathmandu", 480, "2026-06-01T03:00", "2026-06-02T02:15"),
        ("UTC", 1440, "2026-06-01T03:00", "2026-06-02T00:00"),
        ("UTC", 480, "2028-02-28T09:00", "2028-02-29T08:00"),
    ],
)
def test_the_hour_is_the_audiences_own(zone: str, minute: int, after: str, expected: str) -> None:
    """Right to the minute over DST and leap days; a skipped time is the next that exists, a repeated one the first."""
    assert next_digest(Digest(at=minute), zone, utc(after)) == utc(expected)


def test_a_digest_without_a_day_is_a_mistake() -> None:
    """There is no next time of what never comes."""
    with pytest.raises(ValueError, match="day of the week"):
        next_digest(Digest(at=0, days=()), "UTC", NOON)


def test_what_is_light_goes_there_and_what_is_not_does_not() -> None:
    """Informational is in the digest, a warning is told by itself."""
    light = digested(SHOP, story(NOON, severity=Severity.INFORMATIONAL), NOON, one_by_one=False)
    assert light is not None
    assert light.at == at("America/New_York", "2026-11-23T08:00")
    assert light.reason == "informational and below come in the digest of Mon 2026-11-23 08:00 (America/New_York)"
    assert digested(SHOP, story(NOON, severity=Severity.WARNING), NOON, one_by_one=False) is None


def test_who_was_told_one_by_one_is_told_on() -> None:
    """The end of what was told by itself does not hide in a digest; that of what was digested does."""
    end = story(NOON, severity=Severity.INFORMATIONAL, phase=Phase.COMPLETED, over=True)
    assert digested(SHOP, end, NOON, one_by_one=True) is None
    assert digested(SHOP, end, NOON, one_by_one=False) is not None


def test_a_reboot_is_not_told_after_it() -> None:
    """A reboot-class story whose window opens before the digest is told by itself, one that opens later is not."""
    all_of_it = audience("America/New_York", digest=Digest(at=480, days=WORKDAYS, max_severity=Severity.ERROR))
    monday = at("America/New_York", "2026-11-23T08:00")
    early = story(NOON, monday - timedelta(minutes=1), impact=Impact.REBOOT)
    later = story(NOON, monday + hours(1), impact=Impact.REBOOT)
    freeze = story(NOON, monday - hours(1), impact=Impact.FREEZE)
    assert digested(all_of_it, early, NOON, one_by_one=False) is None
    assert digested(all_of_it, later, NOON, one_by_one=False) is not None
    assert digested(all_of_it, freeze, NOON, one_by_one=False) is not None


def test_a_reboot_that_is_over_may_wait_for_the_digest() -> None:
    """The end of a digested reboot goes the way its beginning went, although its window is past."""
    done = story(NOON, NOON - hours(2), impact=Impact.REBOOT, severity=Severity.INFORMATIONAL, over=True)
    assert digested(SHOP, done, NOON, one_by_one=False) is not None


def test_without_a_digest_nothing_is_digested() -> None:
    """An audience without a digest is told one by one."""
    assert digested(audience(), story(NOON, severity=Severity.INFORMATIONAL), NOON, one_by_one=False) is None


ZONES = st.sampled_from([AMSTERDAM, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Cairo", "UTC"])


@given(
    ZONES,
    st.integers(0, 1439),
    st.sets(st.integers(0, 6), min_size=1),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),  # noqa: DTZ001 # made aware below
)
def test_digests_come_one_after_the_other_at_their_hour(
    zone: str, minute: int, days: set[int], after: datetime
) -> None:
    """Strictly later each time, on a wanted day at the wanted time of day, unless a clock skips just that."""
    digest = Digest(at=minute, days=tuple(sorted(days)))
    moment = utc(after.isoformat())
    for _ in range(10):
        following = next_digest(digest, zone, moment)
        assert moment < following <= moment + timedelta(days=8)
        wall = following.astimezone(ZoneInfo(zone))
        skipped = wall.utcoffset() != (following - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).utcoffset()
        assert skipped or (wall.hour * 60 + wall.minute == minute and wall.weekday() in days)
        moment = following
