"""Reminders before a window opens, and before the chance to pick one's own time ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from almanac import AMSTERDAM, NIGHTS, WEEKENDS, at, audience, hours, story, utc
from hypothesis import given
from hypothesis import strategies as st

from notbefore.schema import SelfServiceWindow, Severity, Window
from notbefore.timing import quiet_until, reminder_now, reminders

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
ANNOUNCED = at(AMSTERDAM, "2026-11-02T12:00")
OPENS = at(AMSTERDAM, "2026-11-25T14:00")
PAYMENTS = audience(
    AMSTERDAM,
    NIGHTS,
    WEEKENDS,
    quiet_hours_let_through=Severity.CRITICAL,
    reminders=(hours(24), hours(1)),
    self_service_reminders=(7 * DAY, DAY),
)


def due(news_at: datetime = ANNOUNCED, opens: datetime | None = OPENS, **more: object) -> dict[str, datetime | None]:
    """When the reminders of a story are due for the payments team."""
    return {one.occasion: one.at for one in reminders(PAYMENTS, story(news_at, opens, **more), news_at)}


def test_reminders_come_so_long_before_the_window() -> None:
    """A day and an hour before it opens, to the minute."""
    assert due() == {"reminder:24h": OPENS - DAY, "reminder:1h": OPENS - hours(1)}


def test_the_chance_to_pick_a_time_has_its_own() -> None:
    """A week and a day before the self-service window ends."""
    ends = at(AMSTERDAM, "2026-11-24T18:00")
    found = due(opens=None, self_service_window=SelfServiceWindow(ANNOUNCED, ends))
    assert found == {"self-service:7d": ends - 7 * DAY, "self-service:1d": ends - DAY}


def test_a_day_is_a_day_before_over_a_clock_change() -> None:
    """24 hours before is 24 hours before, also in the night that has 25."""
    people = audience("UTC", reminders=(hours(24),))
    found = reminders(
        people, story(utc("2026-10-01T00:00"), at(AMSTERDAM, "2026-10-25T12:00")), utc("2026-10-01T00:00")
    )
    assert [one.at for one in found] == [utc("2026-10-24T11:00")]


def test_what_is_past_when_it_is_announced_is_not_sent() -> None:
    """Announced two hours ahead, the reminder of the day before is dropped and says why."""
    late = story(OPENS - hours(2), OPENS)
    found = {one.occasion: one for one in reminders(PAYMENTS, late, OPENS - hours(2))}
    assert found["reminder:1h"].at == OPENS - hours(1)
    assert found["reminder:24h"].at is None
    assert found["reminder:24h"].reason == "1 day before the window opens: past"
    assert due(OPENS - DAY) == {"reminder:1h": OPENS - hours(1), "reminder:24h": None}


def test_a_reminder_in_quiet_hours_moves_to_just_before_them() -> None:
    """A window at 03:00: the reminder of 02:00 comes in the evening, at 21:55."""
    found = due(opens=at(AMSTERDAM, "2026-11-25T03:00"))
    assert found["reminder:1h"] == at(AMSTERDAM, "2026-11-24T21:55")
    assert found["reminder:24h"] == at(AMSTERDAM, "2026-11-23T21:55")


def test_a_reminder_moves_before_the_whole_of_quiet() -> None:
    """A window on Monday at 05:00 is reminded of on Friday evening: the weekend is one stretch of quiet."""
    found = reminders(PAYMENTS, story(ANNOUNCED, at(AMSTERDAM, "2026-11-23T05:00")), ANNOUNCED)
    friday = at(AMSTERDAM, "2026-11-20T21:55")
    assert [(one.occasion, one.at) for one in found] == [("reminder:24h", friday), ("reminder:1h", None)]


def test_what_is_let_through_is_reminded_of_in_time() -> None:
    """A critical story's reminder rings at 02:00."""
    found = due(opens=at(AMSTERDAM, "2026-11-25T03:00"), severity=Severity.CRITICAL)
    assert found["reminder:1h"] == at(AMSTERDAM, "2026-11-25T02:00")


def test_quiet_that_began_before_the_news_leaves_nothing_to_move_to() -> None:
    """Announced at 23:00 for 06:00: there is no time before these quiet hours any more."""
    now = at(AMSTERDAM, "2026-11-24T23:00")
    assert due(now, at(AMSTERDAM, "2026-11-25T06:00")) == {"reminder:24h": None, "reminder:1h": None}


def test_close_to_another_message_it_is_dropped() -> None:
    """A reminder 59 minutes after the last message says nothing new; 60 minutes after, it does."""
    news = story(ANNOUNCED, OPENS)
    soon = OPENS - hours(1)
    assert reminder_now(PAYMENTS, news, "reminder:1h", soon, soon - 59 * MINUTE).at is None
    assert reminder_now(PAYMENTS, news, "reminder:1h", soon, soon - 60 * MINUTE).at == soon
    assert reminder_now(PAYMENTS, news, "reminder:1h", soon).at == soon
    assert due(OPENS - hours(1.5)) == {"reminder:24h": None, "reminder:1h": OPENS - hours(1)}
    told = reminders(PAYMENTS, news, OPENS - hours(1.5), last_at=OPENS - hours(1.5))
    assert all(one.at is None for one in told)
    earlier = reminders(PAYMENTS, news, OPENS - hours(2), last_at=OPENS - hours(2))
    assert [one.at for one in earlier] == [OPENS - hours(1), None]


def test_a_reminder_never_comes_after_what_it_reminds_of() -> None:
    """Run late, after the window has opened, it is dropped."""
    news = story(ANNOUNCED, OPENS)
    assert reminder_now(PAYMENTS, news, "reminder:1h", OPENS - MINUTE).at == OPENS - MINUTE
    assert reminder_now(PAYMENTS, news, "reminder:1h", OPENS).at is None


def test_a_reminder_follows_its_window() -> None:
    """When the window has moved to later, so does the reminder; when it is gone, so is the reminder."""
    soon = OPENS - hours(1)
    moved = story(ANNOUNCED, OPENS + 2 * DAY)
    assert reminder_now(PAYMENTS, moved, "reminder:1h", soon).at == OPENS + 2 * DAY - hours(1)
    assert reminder_now(PAYMENTS, story(ANNOUNCED, None), "reminder:1h", soon).at is None
    assert reminder_now(PAYMENTS, story(ANNOUNCED, OPENS), "reminder:2h", soon).at is None


def test_what_is_over_is_not_reminded_of() -> None:
    """A canceled maintenance has no reminders, neither planned nor due."""
    over = story(ANNOUNCED, OPENS, over=True)
    assert reminders(PAYMENTS, over, ANNOUNCED) == ()
    assert reminder_now(PAYMENTS, over, "reminder:1h", OPENS - hours(1)).reason == "the story is over"


@pytest.mark.parametrize(
    ("before", "occasion"),
    [(hours(1), "1h"), (hours(24), "24h"), (7 * DAY, "7d"), (90 * MINUTE, "90m"), (timedelta(seconds=90), "90s")],
)
def test_an_occasion_is_written_as_people_write_it(before: timedelta, occasion: str) -> None:
    """The words of an occasion are part of delivery ids."""
    people = audience("UTC", reminders=(before,))
    assert [one.occasion for one in reminders(people, story(ANNOUNCED, OPENS), ANNOUNCED)] == [f"reminder:{occasion}"]


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda when: utc(when.isoformat()))  # noqa: DTZ001 # made aware


@given(MOMENTS, st.integers(0, 60 * 24 * 60), st.sampled_from(Severity))
def test_reminders_are_ahead_before_the_window_and_never_in_quiet(
    now: datetime, minutes: int, severity: Severity
) -> None:
    """For any window: after now, before it opens, an hour apart, and in quiet hours only if let through."""
    opens = now + minutes * MINUTE
    news = story(now, opens, severity=severity, window=Window(opens))
    times = [one.at for one in reminders(PAYMENTS, news, now) if one.at is not None]
    assert all(now < one < opens for one in times)
    assert all(later - one >= hours(1) for one, later in pairwise(times))
    assert severity is Severity.CRITICAL or all(quiet_until(PAYMENTS, one) is None for one in times)
