"""Audiences, stories and times for tests of timing, in few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from notbefore.config.model import Audience, QuietHours
from notbefore.schema import Severity, Story, Window

AMSTERDAM = "Europe/Amsterdam"
NIGHTS = QuietHours(start=22 * 60, end=7 * 60)
WEEKENDS = QuietHours(days=(5, 6), start=7 * 60, end=22 * 60)


def utc(text: str) -> datetime:
    """`2026-03-29T01:30` as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def at(zone: str, text: str, fold: int = 0) -> datetime:
    """A wall-clock time in a zone, as an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def audience(zone: str = AMSTERDAM, *windows: QuietHours, **more: object) -> Audience:
    """An audience with these quiet hours."""
    return Audience(name="payments", channels=(), time_zone=zone, quiet_hours=windows, **more)  # type: ignore[arg-type] # fields by name


def story(now: datetime, opens: datetime | None = None, **more: object) -> Story:
    """A story that was opened now; its window opens then."""
    facts: dict[str, object] = {"severity": Severity.WARNING, "window": Window(opens)} | more
    return Story(id="s", subscription_id="sub", opened_at=now, updated_at=now, occurred_at=now, **facts)  # type: ignore[arg-type] # fields by name


def hours(count: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=count)
