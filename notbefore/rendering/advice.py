"""What to do, in one sentence and in a few words: the first case that fits."""

from __future__ import annotations

from datetime import datetime, timedelta

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
_UPGRADE_ERRORS = {
    "rollingupgradeinprogresswithfailedupgradedvms": "upgrade_goes_on",
    "maxunhealthyupgradedinstancepercentexceededinrollingupgrade": "upgrade_unhealthy_after",
    "maxunhealthyinstancepercentexceededinrollingupgrade": "upgrade_unhealthy",
    "maxunhealthyinstancepercentexceededbeforerollingupgrade": "upgrade_unhealthy_before",
    "internalexecutionerror": "upgrade_internal",
    "rollingupgradetimeouterror": "upgrade_timeout",
}
"""The documented errors of image upgrades of scale sets (Azure docs: Automatic OS image upgrades, troubleshooting)."""

_TAKEN_AWAY = frozenset({Impact.PREEMPT, Impact.TERMINATE})


def todo(delivery: Delivery, stage: str, times: Times, now: datetime) -> tuple[str, str]:
    """The sentence for this delivery and the same in a few words, in the audience's language and times."""
    case = _case(delivery, stage, now)
    sentence, few = times.words["todo"][case], times.words["act"][case]
    if "{" not in sentence and "{" not in few:
        return sentence, few
    named = _named(delivery.story, times)
    return sentence.format_map(named), few.format_map(named)


def failure(story: Story) -> str | None:
    """What the error of an image upgrade asks for, as a key of the words; None for what nobody documented."""
    if story.error is None or Kind.OS_IMAGE_UPGRADE not in story.kinds:
        return None
    return _UPGRADE_ERRORS.get((story.error.code or "").strip().lower())


def _named(story: Story, times: Times) -> dict[str, str]:
    """What a sentence may name."""
    own, start = story.self_service_window, story.window.not_before
    named = {"when": times.brief(start)} if start else {}
    if own and own.start:
        named["start"] = times.brief(own.start)
    if own and own.end:
        named["end"] = times.brief(own.end)
    if story.duration_seconds:
        named["duration"] = times.duration(story.duration_seconds)
    return named


def _case(delivery: Delivery, stage: str, now: datetime) -> str:
    story = delivery.story
    if stage in _ENDS:
        return (failure(story) if stage == Phase.FAILED else None) or _ENDS[stage]
    if (known := failure(story)) is not None:
        return known
    if delivery.occasion.startswith("overdue"):
        return "overdue"
    started = stage == Phase.STARTED
    own_time = None if started else _own_time(story, now)
    return own_time or _by_kind(story, started=started) or _by_impact(story, now)


def _own_time(story: Story, now: datetime) -> str | None:
    own = story.self_service_window
    if own is None or own.end is None or own.end <= now:
        return None
    return "own_time_ahead" if own.start and own.start > now else "own_time"


def _by_kind(story: Story, *, started: bool) -> str | None:
    if story.kind in _ADVICE:
        return _ADVICE[story.kind]
    if started:
        return "started_stop" if story.impact in REBOOT_CLASS else "started"
    return "routine" if story.initiated_by is InitiatedBy.CUSTOMER else None


def _by_impact(story: Story, now: datetime) -> str:
    if story.impact in REBOOT_CLASS:
        return _stops(story.impact, story.window.not_before, now)
    if story.impact is Impact.FREEZE:
        return "freeze" if story.duration_seconds else "freeze_unknown"
    return _MILD.get(story.impact) or ("unknown" if story.text else "unknown_silent")


def _stops(impact: Impact, start: datetime | None, now: datetime) -> str:
    gone = impact in _TAKEN_AWAY
    if start is None:
        return "gone_unknown" if gone else "stop_unknown"
    return "gone" if gone else "stop_soon" if start - now < _SOON else "stop_later"
