"""What was promised and did not come: nobody acknowledged, nothing began, nothing ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from notbefore.config.model import Audience
from notbefore.schema import Impact, Kind, Phase, Source, Story
from notbefore.timing.due import Due, moment, words

GRACE = timedelta(hours=1)
"""How late a known beginning or end may be heard of."""

UNKNOWN_LENGTH = timedelta(days=1)
"""How long a maintenance may take, or take to begin, when nothing is said about its length."""

_PROMISED = frozenset({
    Kind.PLANNED_MAINTENANCE, Kind.HOST_MAINTENANCE, Kind.SELF_SERVICE_MAINTENANCE, Kind.MAINTENANCE_RUN,
    Kind.OS_IMAGE_UPGRADE, Kind.GUEST_PATCHING, Kind.EXTENSION_UPGRADE, Kind.CLUSTER_UPGRADE,
})  # fmt: skip  # a set reads best in rows
"""Kinds that have a beginning and an end somebody has promised; a service issue has neither."""

_GONE = frozenset({Impact.PREEMPT, Impact.TERMINATE})
"""What these happen to cannot tell of its own end."""


def escalation(audience: Audience, story: Story, told_at: datetime) -> Due | None:
    """When somebody else is told because nobody acknowledged what was told at `told_at`; None: never.

    To be asked again when it is due: an acknowledgement, an end, or a severity of today below the audience's
    floor stops it. Whom to tell is `audience.escalate.to`.
    """
    rule = audience.escalate
    if rule is None or story.ended or story.acknowledged_at is not None:
        return None
    if story.severity.rank < rule.min_severity.rank:
        return None
    return Due(told_at + rule.after, f"nobody in {audience.name} acknowledged within {words(rule.after)}")


def overdue(story: Story) -> Due | None:
    """When this story is overdue, and why; None: nothing was promised."""
    at = overdue_at(story)
    if at is None:
        return None
    begun = (
        "started, and should have ended" if story.phase is Phase.STARTED else f"{story.phase}, and should have begun"
    )
    return Due(at, f"{begun} by {moment(at - GRACE)}")


def overdue_at(story: Story) -> datetime | None:
    """When this story is overdue if nothing is heard of it until then; None: nothing was promised.

    Started and never finished: an hour after the window's end, else after start and duration, else a day after
    the start. Scheduled and never started: an hour after the window's end, else after its beginning and duration;
    a day is allowed to begin in when all that is known is from when on. The caller ignores what is past already.
    """
    opens = story.window.not_before
    if story.over or story.kind not in _PROMISED or story.impact in _GONE:
        return None
    if story.phase is Phase.STARTED:
        begun = max(opens, story.occurred_at) if opens else story.occurred_at
        return GRACE + (story.window.not_after or begun + _length(story, UNKNOWN_LENGTH))
    if opens is None:
        return None
    at_once = timedelta() if Source.SCHEDULED_EVENTS in story.sources else UNKNOWN_LENGTH
    return GRACE + (story.window.not_after or opens + _length(story, at_once))


def _length(story: Story, unknown: timedelta) -> timedelta:
    return unknown if story.duration_seconds is None else timedelta(seconds=story.duration_seconds)
