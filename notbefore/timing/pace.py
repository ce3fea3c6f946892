"""How fast an audience is told: groups, the interval of small changes, budgets.

What is critical is held by none of the groups and budgets; whoever asks has seen to that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from notbefore.config.model import Audience, GroupKey
from notbefore.schema import Story
from notbefore.timing.due import Due, moment, words

_PARTS: dict[GroupKey, Callable[[Story], str]] = {
    "story": lambda story: story.id,
    "subscription": lambda story: story.subscription_id,
    "kind": lambda story: story.kind,
    "impact": lambda story: story.impact,
    "region": lambda story: ",".join(sorted(story.regions)),
    "service": lambda story: ",".join(sorted(story.services)).casefold(),
    "source": lambda story: ",".join(sorted(story.sources)),
    "phase": lambda story: story.phase,
    "severity": lambda story: story.severity,
    "initiated_by": lambda story: story.initiated_by,
}


def group_key(audience: Audience, story: Story) -> str:
    """What the story is folded by for this audience, in words: equal keys are one group."""
    return " ".join(f"{part}={_PARTS[part](story)}" for part in audience.group.by)


def grouped(
    audience: Audience, now: datetime, last_flush: datetime | None, flush_at: datetime | None = None
) -> Due | None:
    """Until when something new waits for its group; None: it goes out now.

    As in Alertmanager: `wait` after the first, then not before `interval` since `last_flush`. What joins a group
    that is waiting already goes out with it at `flush_at`. Not to be asked again when the group is due.
    """
    group = audience.group
    if not audience.grouped:
        return None
    if flush_at is not None and flush_at > now:
        return Due(flush_at, f"joins its group, which goes out {moment(flush_at)}")
    soon = flush_too_soon(audience, now, last_flush)
    if soon is None and group.wait:
        return Due(now + group.wait, f"waits {words(group.wait)} for others of its group")
    return soon


def flush_too_soon(audience: Audience, now: datetime, last_flush: datetime | None) -> Due | None:
    """When a group may go out that was sent at `last_flush`; None: now. To be asked when it is due, too.

    A story that joined a waiting group has a due time of its own: what came in after the group went out must not
    go with that.
    """
    interval = audience.group.interval
    if not audience.grouped or last_flush is None or last_flush + interval <= now:
        return None
    return Due(last_flush + interval, f"its group goes out at most once every {words(interval)}")


def too_soon(audience: Audience, now: datetime, last_at: datetime | None) -> Due | None:
    """Until when a change of resources or text alone is folded; None: it is told now.

    Such changes are told at most once an interval, the first at once: `last_at` is when this audience was last
    told of one, None when it never was.
    """
    interval = audience.group.interval
    if last_at is None or last_at + interval <= now:
        return None
    return Due(last_at + interval, f"changes of resources or text alone are told once every {words(interval)}")


def over_budget(audience: Audience, now: datetime, sent: Sequence[datetime]) -> Due | None:
    """When the budget has room again, if it is spent; None: there is room, or no budget.

    `sent` are the times, in any order, at which messages that count were sent; those older than `per` do not.
    """
    budget = audience.budget
    if budget is None or budget.messages <= 0:
        return None
    counted = sorted(at for at in sent if at > now - budget.per)
    if len(counted) < budget.messages:
        return None
    spent = f"the budget of {budget.messages} messages in {words(budget.per)} is spent"
    return Due(counted[-budget.messages] + budget.per, f"{spent}; what is not critical comes together")
