"""What quiet hours hold back, until when, and what they let through."""

from __future__ import annotations

from datetime import datetime, timedelta

from almanac import AMSTERDAM, NIGHTS, WEEKENDS, at, audience, hours, story, utc
from hypothesis import given
from hypothesis import strategies as st

from notbefore.config.model import QuietHours
from notbefore.schema import Severity
from notbefore.timing import LEAD, deferred, let_through, quiet_until

SATURDAY_NIGHT = at(AMSTERDAM, "2026-11-21T02:00")
PAYMENTS = audience(AMSTERDAM, NIGHTS, WEEKENDS, quiet_hours_let_through=Severity.CRITICAL)


def test_a_planned_one_waits_until_monday_morning() -> None:
    """Twenty days ahead, told on Saturday night: due on Monday at 07:00, and says so in the audience's zone."""
    due = deferred(PAYMENTS, story(SATURDAY_NIGHT, SATURDAY_NIGHT + timedelta(days=20)), SATURDAY_NIGHT)
    assert due is not None
    assert due.at == at(AMSTERDAM, "2026-11-23T07:00")
    assert due.reason == "quiet hours until Mon 2026-11-23 07:00 (Europe/Amsterdam)"


def test_what_is_let_through_does_not_wait() -> None:
    """Critical news goes out on a Saturday night, and says why."""
    critical = story(SATURDAY_NIGHT, SATURDAY_NIGHT + hours(48), severity=Severity.CRITICAL)
    assert deferred(PAYMENTS, critical, SATURDAY_NIGHT) is None
    assert let_through(PAYMENTS, critical, SATURDAY_NIGHT) == "quiet hours let critical and above through"


def test_without_a_word_nothing_is_let_through() -> None:
    """An audience that lets nothing through waits for critical news too."""
    strict = audience(AMSTERDAM, NIGHTS, WEEKENDS)
    due = deferred(strict, story(SATURDAY_NIGHT, severity=Severity.CRITICAL), SATURDAY_NIGHT)
    assert due is not None
    assert due.at == at(AMSTERDAM, "2026-11-23T07:00")


def test_it_is_told_an_hour_before_the_window_at_the_latest() -> None:
    """A window that opens within quiet hours is told of one hour before it."""
    opens = at(AMSTERDAM, "2026-11-22T04:30")
    due = deferred(PAYMENTS, story(SATURDAY_NIGHT, opens, severity=Severity.ERROR), SATURDAY_NIGHT)
    assert due is not None
    assert due.at == opens - hours(1)
    assert "1 hour before the window opens" in due.reason


def test_within_the_hour_it_is_told_now() -> None:
    """When an hour before the window is past, nothing waits; a minute earlier it does."""
    opens = at(AMSTERDAM, "2026-11-21T03:00")
    news = story(SATURDAY_NIGHT, opens)
    assert deferred(PAYMENTS, news, opens - hours(1)) is None
    assert let_through(PAYMENTS, news, opens - hours(1)) is not None
    waits = deferred(PAYMENTS, news, opens - hours(1) - timedelta(minutes=1))
    assert waits is not None
    assert waits.at == opens - hours(1)


def test_by_day_nothing_waits() -> None:
    """Outside quiet hours there is nothing to let through either."""
    noon = at(AMSTERDAM, "2026-11-24T12:00")
    assert deferred(PAYMENTS, story(noon), noon) is None
    assert let_through(PAYMENTS, story(noon), noon) is None


def test_quiet_without_an_end_says_that_it_holds_nothing() -> None:
    """An audience that is quiet all week is told at once, with the reason."""
    always = audience(AMSTERDAM, QuietHours(start=0, end=1440))
    assert deferred(always, story(SATURDAY_NIGHT), SATURDAY_NIGHT) is None
    assert "would never end" in (let_through(always, story(SATURDAY_NIGHT), SATURDAY_NIGHT) or "")


def test_what_was_deferred_goes_out_when_it_is_due() -> None:
    """Decided again at its due time, a deferred story waits no longer."""
    for opens in (None, at(AMSTERDAM, "2026-11-22T04:30"), at(AMSTERDAM, "2026-12-24T04:30")):
        news = story(SATURDAY_NIGHT, opens)
        due = deferred(PAYMENTS, news, SATURDAY_NIGHT)
        assert due is not None
        assert deferred(PAYMENTS, news, due.at) is None


WINDOWS = st.builds(
    lambda days, start, end: QuietHours(days=tuple(sorted(days)), start=start, end=end),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(0, 1440),
)
ZONES = st.sampled_from(["UTC", AMSTERDAM, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)).map(lambda when: utc(when.isoformat()))  # noqa: DTZ001 # made aware
SEVERITIES = st.sampled_from(Severity)


@given(ZONES, st.lists(WINDOWS, max_size=4), st.none() | SEVERITIES, SEVERITIES, MOMENTS, st.none() | MOMENTS)
def test_nothing_waits_that_must_not(
    zone: str,
    windows: list[QuietHours],
    floor: Severity | None,
    severity: Severity,
    now: datetime,
    opens: datetime | None,
) -> None:
    """For any schedule: what is let through never waits, all else no longer than quiet and the window allow."""
    people = audience(zone, *windows, quiet_hours_let_through=floor)
    due = deferred(people, story(now, opens, severity=severity), now)
    if floor is not None and severity.rank >= floor.rank:
        assert due is None
    if due is None:
        return
    until = quiet_until(people, now)
    assert until is not None
    assert now < due.at <= until
    assert due.at == until or opens is not None
    assert opens is None or due.at <= opens - LEAD
