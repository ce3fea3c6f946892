"""What to do, in one sentence: the first case that fits."""

from __future__ import annotations

from datetime import datetime, timedelta

from notbefore.rendering.headline import stage_here
from notbefore.rendering.times import Times
from notbefore.schema import REBOOT_CLASS, Delivery, Impact, InitiatedBy, Kind, Phase, Story

_SOON = timedelta(hours=1)
_ENDS = {"done": "done", "completed": "over", "resolved": "resolved", "canceled": "canceled", "failed": "failed"}
_ADVICE = {
    Kind.SERVICE_ISSUE: "incident",
    Kind.HEALTH_ADVISORY: "advisory",
    Kind.SECURITY_ADVISORY: "advisory",
}
_MILD = {Impact.DEGRADED: "degraded", Impact.NONE: "no_impact"}
_TAKEN_AWAY = frozenset({Impact.PREEMPT, Impact.TERMINATE})


def todo(delivery: Delivery, times: Times, now: datetime) -> str:
    """The sentence for this delivery, in the audience's words and times."""
    story = delivery.story
    words = times.words["todo"]
    stage = stage_here(delivery)
    end = _ENDS.get(stage)
    if end:
        return words[end]
    if delivery.occasion.startswith("overdue"):
        return words["overdue"]
    started = stage == Phase.STARTED
    own_time = None if started else _own_time(story, times, now)
    return own_time or _by_kind(story, times, started=started) or _by_impact(story, times, now)


def _own_time(story: Story, times: Times, now: datetime) -> str | None:
    own = story.self_service_window
    if own is None or own.end is None or own.end <= now:
        return None
    end = times.brief(own.end)
    if own.start and own.start > now:
        return times.words["todo"]["own_time_ahead"].format(start=times.brief(own.start), end=end)
    return times.words["todo"]["own_time"].format(end=end)


def _by_kind(story: Story, times: Times, *, started: bool) -> str | None:
    words = times.words["todo"]
    if story.kind in _ADVICE:
        return words[_ADVICE[story.kind]]
    if started:
        return words["started_stop" if story.impact in REBOOT_CLASS else "started"]
    return words["routine"] if story.initiated_by is InitiatedBy.CUSTOMER else None


def _by_impact(story: Story, times: Times, now: datetime) -> str:
    words, start = times.words["todo"], story.window.not_before
    if story.impact in REBOOT_CLASS:
        return _stops(story.impact, start, times, now)
    if story.impact is Impact.FREEZE:
        seconds = story.duration_seconds
        return words["freeze"].format(duration=times.duration(seconds)) if seconds else words["freeze_unknown"]
    if story.impact in _MILD:
        return words[_MILD[story.impact]]
    return words["unknown" if story.text else "unknown_silent"]


def _stops(impact: Impact, start: datetime | None, times: Times, now: datetime) -> str:
    words = times.words["todo"]
    gone = impact in _TAKEN_AWAY
    if start is None:
        return words["gone_unknown" if gone else "stop_unknown"]
    how = "gone" if gone else "stop_soon" if start - now < _SOON else "stop_later"
    return words[how].format(when=times.brief(start))
