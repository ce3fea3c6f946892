"""Quiet hours, applied: what comes in waits until they end, but not past the window it speaks of."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from notbefore.config.model import Audience
from notbefore.schema import REBOOT_CLASS, Severity, Story
from notbefore.timing.due import Due, local, words
from notbefore.timing.quiet import never_ends, quiet_until

LEAD = timedelta(hours=1)
"""What quiet hours hold goes out at the latest this long before the window opens."""


def folded_in_time(story: Story, now: datetime, due: Due) -> Due:
    """When a fold that is due then is told with this story in it: before a reboot that is ahead, not after it."""
    latest = _latest(story)
    if story.over or story.impact not in REBOOT_CLASS or latest is None or not now < latest < due.at:
        return due
    return Due(latest, f"{due.reason}, {words(LEAD)} before the window opens")


def deferred(audience: Audience, story: Story, now: datetime) -> Due | None:
    """Until when quiet hours hold this story back, by its severity of today; None: not at all.

    Due when they end, at the latest one hour before the window opens; if that is past, nothing waits.
    `let_through` says why a story is told in quiet hours.
    """
    until = quiet_until(audience, now)
    if until is None or is_let_through(audience, story.severity):
        return None
    latest = _latest(story)
    if latest is not None and latest <= now:
        return None
    zone = ZoneInfo(audience.time_zone)
    if latest is not None and latest < until:
        shown = local(latest.astimezone(zone))
        return Due(latest, f"quiet hours; told {shown} ({audience.time_zone}), {words(LEAD)} before the window opens")
    return Due(until, f"quiet hours until {local(until.astimezone(zone))} ({audience.time_zone})")


def let_through(audience: Audience, story: Story, now: datetime) -> str | None:
    """Why this story does not wait although it is quiet; None when it is not quiet, or does wait."""
    if never_ends(audience.quiet_hours):
        return "quiet hours fill the whole week and would never end, so nothing waits for them"
    if quiet_until(audience, now) is None:
        return None
    if is_let_through(audience, story.severity):
        return f"quiet hours let {audience.quiet_hours_let_through} and above through"
    latest = _latest(story)
    if latest is not None and latest <= now:
        return f"quiet hours, but the window opens within {words(LEAD)} or has opened"
    return None


def is_let_through(audience: Audience, severity: Severity) -> bool:
    """At least as severe as what the audience lets through; without such a word nothing is."""
    least = audience.quiet_hours_let_through
    return least is not None and severity.rank >= least.rank


def _latest(story: Story) -> datetime | None:
    opens = story.window.not_before
    return opens - LEAD if opens is not None else None
