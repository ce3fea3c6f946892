"""Reminders: before a window opens, and before the chance to pick one's own time ends.

A reminder that falls into quiet hours moves to just before they begin, or stays if its severity is let
through. It never comes after what it reminds of, and never within an hour of another message on that story.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from notbefore.config.model import Audience
from notbefore.schema import Story
from notbefore.timing.deferral import is_let_through
from notbefore.timing.due import moment, words
from notbefore.timing.quiet import quiet_since

APART = timedelta(hours=1)
"""A reminder closer than this to the message before it says nothing new."""

JUST_BEFORE = timedelta(minutes=5)
"""How long before quiet hours begin a moved reminder is due: a timer that is late must not push it into them."""

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_CLOSE = f"within {words(APART)} of another message on this story"


class Reminder(Struct, frozen=True):
    """One reminder. `at` None: it is not to be sent, and `reason` says why."""

    occasion: str
    at: datetime | None
    reason: str


class _Wanted(Struct, frozen=True):
    """What the routing file asks for: so long `before` something `ends`."""

    occasion: str
    before: timedelta
    ends: datetime
    what: str


def reminders(audience: Audience, story: Story, now: datetime, last_at: datetime | None = None) -> tuple[Reminder, ...]:
    """Every reminder the audience wants of this story as it stands now, in order of time, the dropped ones last.

    To be asked again when the window moves or the severity changes. `last_at` is when this audience was last
    told of the story. What is past is not to be sent.
    """
    wanted = [] if story.over else sorted(_wanted(audience, story), key=lambda one: one.ends - one.before)
    if not wanted:
        return ()
    placed = [(*_placed(audience, story, one), one.occasion) for one in wanted]
    kept, dropped = [], []
    for at, reason, occasion in sorted(placed, key=lambda one: one[0]):
        if at <= now:
            dropped.append(Reminder(occasion, None, f"{reason}: past"))
        elif last_at is not None and at - last_at < APART:
            dropped.append(Reminder(occasion, None, f"{reason}: {_CLOSE}"))
        else:
            kept.append(Reminder(occasion, at, reason))
            last_at = at
    return (*kept, *dropped)


def reminder_now(
    audience: Audience, story: Story, occasion: str, now: datetime, last_at: datetime | None = None
) -> Reminder:
    """What becomes of a reminder whose time has come, judged by the story as it is now.

    `at` is `now`: it is sent; later: the window has moved, it is due then; None: it is dropped. `last_at` is when
    this audience was last told of the story, on any occasion.
    """
    wanted = next((one for one in _wanted(audience, story) if one.occasion == occasion), None)
    if wanted is None or story.over:
        return Reminder(occasion, None, "the story is over" if story.over else "there is nothing left to remind of")
    if wanted.ends <= now:
        return Reminder(occasion, None, f"too late: {wanted.what} {moment(wanted.ends)}")
    at, reason = _placed(audience, story, wanted)
    if at > now:
        return Reminder(occasion, at, reason)
    if last_at is not None and now - last_at < APART:
        return Reminder(occasion, None, f"{reason}: {_CLOSE}")
    return Reminder(occasion, now, reason)


def _wanted(audience: Audience, story: Story) -> Iterator[_Wanted]:
    opens = story.window.not_before
    if opens is not None:
        for before in audience.reminders:
            yield _Wanted(f"reminder:{_short(before, 2 * _DAY)}", before, opens, "the window opens")
    own = story.self_service_window
    if own is not None and own.end is not None:
        for before in audience.self_service_reminders:
            yield _Wanted(f"self-service:{_short(before, _DAY)}", before, own.end, "the self-service window ends")


def _placed(audience: Audience, story: Story, wanted: _Wanted) -> tuple[datetime, str]:
    at, reason = wanted.ends - wanted.before, f"{words(wanted.before)} before {wanted.what}"
    since = None if is_let_through(audience, story.severity) else quiet_since(audience, at)
    if since is None:
        return at, reason
    return since - JUST_BEFORE, f"{reason}, moved to just before quiet hours"


def _short(span: timedelta, days_from: timedelta) -> str:
    """As people write it: `7d`, `24h`, `90m`. The words are part of delivery ids: never change them."""
    if span >= days_from and span % _DAY == timedelta():
        return f"{span // _DAY}d"
    if span >= _HOUR and span % _HOUR == timedelta():
        return f"{span // _HOUR}h"
    seconds = int(span.total_seconds())
    return f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s"
