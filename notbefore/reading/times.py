"""Times in every form Azure and its forwarders write, as aware UTC datetimes.

Forms: ISO 8601 with `Z`, an offset, seven or nine fractional digits or no zone (UTC); RFC 1123 with any weekday;
`May  4 2026 10:00:10` (a syslog header with a year); `M/D/YYYY h:mm:ss AM`; `/Date(ms)/`; numbers (epoch in
seconds, ms, µs, ns, or .NET ticks, by size); ticks in a text (Resource Graph); blanks
written as underscores. Year 1 and the empty text mean *not set*.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from notbefore.reading.remembered import Remembered

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS_AT_EPOCH = 621_355_968_000_000_000
_TICKS_DIGITS = 18
_TICKS_BELOW = 10**_TICKS_DIGITS
"""Ticks of our time have 18 digits, its nanoseconds since 1970 have 19."""
_MONTHS = {name: 1 + at // 3 for at in range(0, 36, 3) if (name := "janfebmaraprmayjunjulaugsepoctnovdec"[at : at + 3])}

_ZONE = r"\s*(?P<zone>Z|GMT|UTC|(?:GMT|UTC)?\s*[+-]\d{2}:?\d{2})?"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d+))?)?"
_WORDS = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(?P<day>\d{1,2})[\s-](?P<month>[A-Za-z]{3})[a-z]*[\s-](?P<year>\d{4})\s+" + _CLOCK + _ZONE,
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    r"(?P<month>[A-Za-z]{3})\s+(?P<day>\d{1,2})\s+(?P<year>\d{4})\s+" + _CLOCK + _ZONE, re.IGNORECASE
)
_SLASHES = re.compile(
    r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})(?:,?\s+" + _CLOCK + r"\s*(?P<half>[AP]M)?)?" + _ZONE,
    re.IGNORECASE,
)
_ISO_LIKE = re.compile(r"(?P<stamp>\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)" + _ZONE, re.IGNORECASE)
_DOT_NET = re.compile(r"/Date\((?P<ms>-?\d{1,17})(?:[+-]\d{4})?\)/")


class UnreadableTime(ValueError):
    """There is something where a time should be, and it is none that we know."""


def parse_time(value: object) -> datetime | None:
    """The time in UTC; None when nothing is set (null, "", year 1, 0). Raises: UnreadableTime."""
    if value is None:
        return None
    if isinstance(value, str):
        return KNOWN_TIMES[value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnreadableTime(f"not a time but a {type(value).__name__}")
    try:
        return _from_number(value)
    except (ValueError, OverflowError) as problem:
        raise UnreadableTime(f"not a time: {str(value)[:80]!r}") from problem


def _parsed(text: str) -> datetime | None:
    try:
        return _from_text(text)
    except (ValueError, OverflowError) as problem:
        raise UnreadableTime(f"not a time: {text[:80]!r}") from problem


KNOWN_TIMES = Remembered(_parsed, longest=64)
"""A text → its time, as `parse_time` reads it. Raises: UnreadableTime."""


def _from_text(text: str) -> datetime | None:
    text = text.strip()
    if not text:
        return None
    if text.isdigit():
        return _ticks_in_text(text)
    try:
        return _in_utc(datetime.fromisoformat(text))
    except ValueError:
        return _from_other_text(text.replace("_", " "))


def _from_other_text(text: str) -> datetime | None:
    if found := _DOT_NET.fullmatch(text.replace("\\", "")):
        return _EPOCH + timedelta(milliseconds=int(found["ms"])) if int(found["ms"]) > 0 else None
    if found := _ISO_LIKE.fullmatch(text):
        return _in_utc(datetime.fromisoformat(found["stamp"].replace(",", ".")).replace(tzinfo=_zone(found["zone"])))
    if found := _WORDS.fullmatch(text) or _MONTH_FIRST.fullmatch(text):
        return _of_parts(found, _MONTHS.get(found["month"].lower(), 0))
    if found := _SLASHES.fullmatch(text):
        return _of_parts(found, int(found["month"]))
    raise ValueError


def _of_parts(found: re.Match[str], month: int) -> datetime | None:
    part = found.groupdict()
    hour = int(part["hour"] or 0)
    if half := part.get("half"):
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    microsecond = int((part["fraction"] or "0")[:6].ljust(6, "0"))
    clock = (hour, int(part["minute"] or 0), int(part["second"] or 0), microsecond)
    return _in_utc(datetime(int(part["year"]), month, int(part["day"]), *clock, tzinfo=_zone(part["zone"])))


def _zone(text: str | None) -> timezone:
    digits = re.sub(r"[^\d]", "", text or "")
    if not digits:
        return UTC
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-shift if "-" in (text or "") else shift)


def _in_utc(moment: datetime) -> datetime | None:
    if moment.year == 1:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def _ticks_in_text(text: str) -> datetime | None:
    """Resource Graph writes .NET ticks as a text; other bare digits in a text could be anything."""
    if not text.strip("0"):
        return None
    if len(text) != _TICKS_DIGITS:
        raise ValueError
    return _from_number(int(text))


_FIRST_EPOCH = 100_000_000
"""March 1973 in seconds: a smaller number is a count or a date written as one, no time."""

_SCALES = (
    (100_000_000_000, 1),  # seconds until the year 5138
    (100_000_000_000_000, 1_000),  # milliseconds
    (100_000_000_000_000_000, 1_000_000),  # microseconds
)


def _from_number(number: float) -> datetime | None:
    if number <= 0:
        return None
    if number < _FIRST_EPOCH:
        raise ValueError
    for below, scale in _SCALES:
        if number < below:
            return _EPOCH + timedelta(microseconds=int(number * (1_000_000 // scale)))
    if number < _TICKS_BELOW:
        return _EPOCH + timedelta(microseconds=(int(number) - _TICKS_AT_EPOCH) // 10)
    return _EPOCH + timedelta(microseconds=int(number) // 1_000)
