"""R7: due times right to the minute, through the whole house, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from memory_house import House, a_config, an_audience, an_event

from notbefore.config.model import Audience, Digest, QuietHours
from notbefore.schema import Severity, Window

AMSTERDAM, NEW_YORK, KOLKATA, LORD_HOWE = (
    "Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"
)  # fmt: skip # zones
MINUTE = timedelta(minutes=1)


async def told_at(audience: Audience, at: datetime, **changes: object) -> list[datetime]:
    """When the mails about an event at that time go out, within a day and a half of minutes."""
    house = House(a_config(audience), at=at)
    far = {"window": Window(at + timedelta(days=9)), "severity": Severity.INFORMATIONAL, "occurred_at": at}
    await house.hears(an_event(**(far | changes)))
    await house.waits(timedelta(hours=36), MINUTE)
    return [message.at for message in house.mail.got]


@pytest.mark.parametrize(
    ("zone", "evening"),
    [
        (AMSTERDAM, (2026, 3, 28)),
        (AMSTERDAM, (2026, 10, 24)),
        (NEW_YORK, (2026, 3, 7)),
        (NEW_YORK, (2026, 10, 31)),
        (LORD_HOWE, (2026, 4, 4)),
        (LORD_HOWE, (2026, 10, 3)),
        (KOLKATA, (2026, 3, 28)),
        (AMSTERDAM, (2028, 2, 28)),
        (AMSTERDAM, (2028, 2, 29)),
    ],
)
async def test_quiet_hours_end_at_seven_by_the_wall_in_every_night(zone: str, evening: tuple[int, int, int]) -> None:
    """A night of 23 hours, of 25, of 24 and a half, and before and after a leap day."""
    here = ZoneInfo(zone)
    audience = an_audience(quiet_hours=(QuietHours(start=22 * 60, end=7 * 60),), time_zone=zone)
    at = datetime(*evening, 23, 10, tzinfo=here)
    morning = datetime(*evening, 7, tzinfo=here) + timedelta(days=1)
    assert await told_at(audience, at.astimezone(UTC)) == [morning.astimezone(UTC)]


async def test_a_digest_at_an_hour_that_does_not_exist_comes_at_the_next_that_does() -> None:
    """Half past two on the night that skips it is three; on the night that has it twice, the first."""
    audience = an_audience(digest=Digest(at=150), time_zone=AMSTERDAM)
    skipped = await told_at(audience, datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert skipped == [datetime(2026, 3, 29, 1, 0, tzinfo=UTC)]
    twice = await told_at(audience, datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert twice == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


async def test_quiet_hours_that_end_within_the_hour_that_comes_twice_last_longer() -> None:
    """Until half past two, by the second of the two."""
    audience = an_audience(quiet_hours=(QuietHours(start=22 * 60, end=150),), time_zone=AMSTERDAM)
    assert await told_at(audience, datetime(2026, 10, 24, 21, tzinfo=UTC)) == [
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    ]


@pytest.mark.parametrize("skew", [-10, 10])
async def test_a_senders_clock_that_is_ten_minutes_off_moves_nothing(skew: int) -> None:
    """The night and the reminder are by our clock; the reporter's is off."""
    at = datetime(2026, 11, 24, 23, tzinfo=UTC)
    audience = an_audience(quiet_hours=(QuietHours(start=22 * 60, end=7 * 60),), reminders=(timedelta(hours=1),))
    opens = datetime(2026, 11, 25, 12, tzinfo=UTC)
    said = at + skew * MINUTE
    times = await told_at(audience, at, occurred_at=said, window=Window(opens, opens + timedelta(days=3)))
    assert times == [datetime(2026, 11, 25, 7, tzinfo=UTC), datetime(2026, 11, 25, 11, tzinfo=UTC)]
