"""Times in keys: they sort as they follow each other, and begin with their hour."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from notbefore import rowkeys
from notbefore.timing.due import moment

TIMES = st.datetimes(datetime(1000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given its zone beside it
SHIFTED = st.datetimes(datetime(1000, 1, 3), datetime(9999, 12, 29), timezones=st.timezones())  # noqa: DTZ001


@given(TIMES, TIMES)
def test_stamps_sort_as_the_times_they_stand_for(one: datetime, other: datetime) -> None:
    """To the microsecond."""
    assert (rowkeys.stamp(one) < rowkeys.stamp(other)) is (one < other)
    assert rowkeys.stamp(one) == f"{one:%Y%m%dT%H%M%S%f}"


@given(SHIFTED)
def test_hours_and_minutes_are_those_of_utc(at: datetime) -> None:
    """Wherever the clock that showed the time stands."""
    assert rowkeys.hour(at) == f"{at.astimezone(UTC):%Y%m%dT%H}"
    assert rowkeys.minute(at) == f"{at.astimezone(UTC):%Y%m%dT%H%M}"


@given(TIMES)
def test_a_moment_is_written_to_the_minute(at: datetime) -> None:
    """As every reason writes it."""
    assert moment(at) == f"{at:%Y-%m-%d %H:%M} UTC"
