"""Digests: what is of little weight comes together, at an hour of the audience's own."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from notbefore.config.model import Audience, Digest
from notbefore.schema import REBOOT_CLASS, Story
from notbefore.timing.due import Due, local
from notbefore.timing.wall import first_instant

_DAYS_AHEAD = 8
"""Days looked at: when today is the only day of the week and its time is past, it is a week from now."""


def next_digest(digest: Digest, time_zone: str, after: datetime) -> datetime:
    """The first time of the digest after an instant (never at it), in UTC.

    Wall clock: a time that daylight saving skips is the next that exists, of one that comes twice it is the first.
    Raises: ValueError when `days` is empty.
    """
    zone = ZoneInfo(time_zone)
    today = after.astimezone(zone).date()
    for ahead in range(_DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        if day.weekday() in digest.days:
            at = first_instant(zone, day, digest.at)
            if at > after:
                return at
    raise ValueError("a digest needs a day of the week")


def digested(audience: Audience, story: Story, now: datetime, *, one_by_one: bool) -> Due | None:
    """When the story comes with the digest; None when it does not go there.

    It does when today's severity is at or below the digest's and the audience has not been told `one_by_one`
    before: an end goes the way its beginning went. Never when the story is of the reboot class, still open, and
    its window opens before that.
    """
    digest = audience.digest
    if digest is None or one_by_one or story.severity.rank > digest.max_severity.rank:
        return None
    at = next_digest(digest, audience.time_zone, now)
    opens = story.window.not_before
    if not story.over and story.impact in REBOOT_CLASS and opens is not None and opens < at:
        return None
    shown = local(at.astimezone(ZoneInfo(audience.time_zone)))
    return Due(at, f"{digest.max_severity} and below come in the digest of {shown} ({audience.time_zone})")
