"""Times as a person reads them: in the audience's zone and language, with UTC beside them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from notbefore.rendering.words import Words, words_of
from notbefore.schema import Window

if TYPE_CHECKING:
    from babel import Locale

_MINUTE, _HOUR = 60, 3600
_KEPT = 5000
"""Formatted times remembered: many messages speak of few, and one message of one several times."""
_UTC_ZONES = frozenset({"UTC", "Etc/UTC", "GMT", "Etc/GMT"})


class Times:
    """Formats for one language and one zone. Made once and kept: see `times`."""

    def __init__(self, language: str, zone: str) -> None:
        from babel import Locale

        self.words: Words = words_of(language)
        self.locale: Locale = Locale.parse(language.replace("-", "_"))
        self.zone: tzinfo = UTC if zone in _UTC_ZONES else ZoneInfo(zone)
        self._day = self.locale.datetime_skeletons["yMMMEd"]
        self._short_day = self.locale.datetime_skeletons["MMMEd"]
        self._days: dict[tuple[int, int, int, bool], str] = {}
        self.brief = lru_cache(_KEPT)(self._brief)
        """For a subject: day without year and time in the audience's zone, `za 21 nov 03:15`."""
        self.exact = lru_cache(_KEPT)(self._exact)
        """The same with zone and UTC, `za 21 nov 03:15 CET (02:15 UTC)`."""
        self.span = lru_cache(_KEPT)(self._span)
        """`za 21 nov 2026, 03:15–04:15 CET (02:15–03:15 UTC)`; days are repeated only where they differ."""

    def day(self, at: datetime, *, short: bool = False) -> str:
        """`za 21 nov 2026`; short without the year. `at` is in the zone to be shown."""
        known = (at.year, at.month, at.day, short)
        text = self._days.get(known)
        if text is None:
            if len(self._days) >= _KEPT:
                self._days.clear()
            pattern = self._short_day if short else self._day
            text = self._days[known] = str(pattern.apply(at, self.locale))
        return text

    def number(self, count: int) -> str:
        """A whole number in groups of digits, as the language writes it."""
        from babel.numbers import format_decimal

        return str(format_decimal(count, locale=self.locale))

    def _brief(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        return f"{self.day(local, short=True)} {_clock(local)}"

    def _exact(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        text = f"{self.day(local, short=True)} {self._hours(local, None)}"
        return text if self.zone is UTC else f"{text} ({_clock(at.astimezone(UTC))} UTC)"

    def moment(self, at: datetime) -> str:
        """`za 21 nov 2026, 03:15 CET (02:15 UTC)`."""
        return self.span(at, None)

    def window(self, window: Window | None) -> str:
        """A window with whichever sides are known."""
        if window is None or (window.not_before is None and window.not_after is None):
            return self.words["time"]["unknown"]
        if window.not_before is None:
            assert window.not_after is not None  # noqa: S101 - the case above has said so
            return self.words["time"]["until"].format(end=self.moment(window.not_after))
        if window.not_after is None:
            return self.words["time"]["from"].format(start=self.moment(window.not_before))
        return self.span(window.not_before, window.not_after)

    def _span(self, start: datetime, end: datetime | None) -> str:
        local, end = start.astimezone(self.zone), None if end == start else end
        text = f"{self.day(local)}, {self._hours(local, end.astimezone(self.zone) if end else None)}"
        if self.zone is UTC:
            return text
        day = "" if local.day == start.day else f"{self.day(start, short=True)}, "
        return f"{text} ({day}{self._hours(start, end)})"

    def duration(self, seconds: int) -> str:
        """`6 s`, `15 min`, `3 h`: whole units, the largest that loses nothing much."""
        names = self.words["time"]
        if seconds < 2 * _MINUTE:
            return names["seconds"].format(n=seconds)
        if seconds < 2 * _HOUR:
            return names["minutes"].format(n=round(seconds / _MINUTE))
        return names["hours"].format(n=round(seconds / _HOUR))

    def _hours(self, start: datetime, end: datetime | None) -> str:
        """`03:15–04:15 CET`; `02:30 CEST – 02:30 CET` when the clocks change in between."""
        zone = _abbreviation(start)
        if end is None:
            return f"{_clock(start)} {zone}"
        last = _abbreviation(end)
        same_day = end.date() == start.date()
        if same_day and last == zone:
            return f"{_clock(start)}–{_clock(end)} {zone}"
        day = "" if same_day else f"{self.day(end, short=True)}, "
        first = "" if last == zone else f" {zone}"
        return f"{_clock(start)}{first} – {day}{_clock(end)} {last}"


def _clock(at: datetime) -> str:
    return "%02d:%02d" % (at.hour, at.minute)  # noqa: UP031 - half of what the other forms cost


def _abbreviation(at: datetime) -> str:
    """`CET`; `UTC+03` where a zone has no letters of its own."""
    name = at.tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name


@lru_cache(maxsize=256)
def times(language: str, zone: str) -> Times:
    """The formats of an audience. Raises: ZoneInfoNotFoundError for a zone that does not exist."""
    from babel import UnknownLocaleError

    try:
        return Times(language, zone)
    except (UnknownLocaleError, ValueError):
        return Times("en", zone)
