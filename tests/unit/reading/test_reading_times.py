"""Times in every form that was seen, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from notbefore.reading import UnreadableTime, parse_time

MOMENT = datetime(2026, 4, 11, 22, 26, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-04-11T22:26:58Z",
        "2026-04-11T22:26:58.0000000+00:00",
        "2026-04-12T00:26:58+02:00",
        "2026-04-11 22:26:58",
        "2026-04-11 22:26:58 UTC",
        "2026-04-11T22:26:58.000 -00:00",
        "20260411T222658Z",
        "Mon, 11 Apr 2026 22:26:58 GMT",
        "Sat, 11 April 2026 22:26:58 +0000",
        "Mon,_11_Apr_2026_22:26:58_GMT",
        "Apr 11 2026 22:26:58",
        "4/11/2026 10:26:58 PM",
        "04/11/2026 22:26:58",
        "/Date(1775946418000)/",
        "\\/Date(1775946418000+0200)\\/",
        1775946418,
        1775946418000,
        1775946418000000,
        1775946418000000000,
        639115432180000000,
        "639115432180000000",
    ],
)
def test_one_moment_in_all_its_spellings(written: object) -> None:
    """Every form reads as the same UTC time; the weekday is not looked at."""
    assert parse_time(written) == MOMENT


@pytest.mark.parametrize(
    "written", [None, "", "  ", "0001-01-01T00:00:00", "0001-01-01T00:00:00-08:00", "1/1/0001 12:00:00 AM", 0]
)
def test_what_stands_for_no_time_is_none(written: object) -> None:
    """Null, blanks and year 1 mean that nothing is set, and are no mistake."""
    assert parse_time(written) is None


@pytest.mark.parametrize(
    "written",
    [
        "soon", "20260411", "1775946418", "Jul 22 20:25:54", "2026-02-30T00:00:00Z", "25:00", "13/13/2026 1:00:00 AM",
        "9999-12-31T23:59:59-14:00", True, [], {}, float("nan"), float("inf"), 10**40, "1" * 5000,
    ],
)  # fmt: skip  # mistakes in rows
def test_what_cannot_be_read_says_so(written: object) -> None:
    """Bare digits, a time without a year and impossible dates are unreadable, never a guess."""
    with pytest.raises(UnreadableTime):
        parse_time(written)


def test_seven_digits_are_cut_not_rounded() -> None:
    """Azure sends 100 ns; what is below a microsecond is dropped."""
    found = parse_time("2026-04-11T22:26:58.9999999Z")
    assert found is not None
    assert found.microsecond == 999999


def test_noon_and_midnight() -> None:
    """12 AM is midnight and 12 PM is noon."""
    assert parse_time("4/11/2026 12:00:00 AM") == datetime(2026, 4, 11, tzinfo=UTC)
    assert parse_time("4/11/2026 12:00 PM") == datetime(2026, 4, 11, 12, tzinfo=UTC)
