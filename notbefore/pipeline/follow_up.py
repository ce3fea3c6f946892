"""What a decision leads to later, as rows of the audience's partition: time is data.

A row is inserted once under a key made of its time and what it is about, so handing it over twice is harmless.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from notbefore import rowkeys, timing
from notbefore.pipeline.recipe import NEWS, Answer, Case
from notbefore.schema import Decision, Story, Verdict

RECHECK = timedelta(minutes=5)
"""A hold whose end nobody knows beforehand is looked at this often."""

FLUSH = "flush"
"""What a group, a digest or a spent budget is due for."""

ESCALATION = "escalation"
OVERDUE = "overdue"


class DueRow(Struct, frozen=True, kw_only=True):
    """Something to be decided at a time, for one audience."""

    occasion: str
    at: datetime
    partition: str = ""
    story: str = ""
    group: str | None = None
    because: str = ""
    """The verdict and reason that made it wait; the same again is no news for the audit."""


class Folded(Struct, frozen=True, kw_only=True):
    """A story that waits for its group or digest, as it was when it was last decided."""

    story: Story
    route: str
    reason: str
    resources: int
    at: datetime


Rows = dict[str, DueRow | Folded | None]


def rows(case: Case, answer: Answer, decision: Decision) -> Rows:
    """The due rows that follow from one decision, by key."""
    match answer.verdict:
        case Verdict.DUPLICATE | Verdict.NOT_ROUTED:
            return {}
        case Verdict.SENT:
            return _after_telling(case) | _spent(case)
        case _ if answer.group is not None and answer.due is not None:
            return _folded(case, answer, decision, answer.group, answer.due) | _after_telling(case)
        case _:
            return _again(case, answer)


def _spent(case: Case) -> Rows:
    """One message against the budget."""
    return {rowkeys.spent(case.now, f"{case.story.id} {case.occasion}"): None} if case.audience.budget else {}


def _again(case: Case, answer: Answer) -> Rows:
    """Held or deferred: decided again from the beginning."""
    at = answer.due or case.now + RECHECK
    if answer.verdict in {Verdict.SILENCED, Verdict.INHIBITED}:
        at = min(at, case.now + RECHECK)
    due = DueRow(
        occasion=case.occasion,
        at=at,
        partition=case.story.subscription_id,
        story=case.story.id,
        because=f"{answer.verdict}: {answer.reason}",
    )
    return {rowkeys.due(at, f"{case.occasion}|{case.story.id}"): due}


def _folded(case: Case, answer: Answer, decision: Decision, group: str, at: datetime) -> Rows:
    slim = replace(case.story, heard={}, state={}, text=case.story.text[:500], resources=case.story.resources[:3])
    item = Folded(story=slim, route=decision.route or "", reason=answer.reason, resources=case.count, at=case.now)
    at = flush_time(at)
    flush = DueRow(occasion=FLUSH, at=at, group=group, because=f"{answer.verdict}: {answer.reason}")
    return {
        rowkeys.folded(group, case.story.id): item,
        flush_key(at, group): flush,
    }


def flush_time(at: datetime) -> datetime:
    """The next whole second: those of one second share a row."""
    return at.replace(microsecond=0) + timedelta(seconds=1 if at.microsecond else 0)


def flush_key(at: datetime, group: str) -> str:
    """The row that says when a group is due."""
    return rowkeys.due(at, f"{FLUSH}|{rowkeys.digest(group)}")


def _after_telling(case: Case) -> Rows:
    """Reminders, escalation and overdue, as long as the story is open and they lie ahead."""
    if case.occasion != NEWS or case.story.over:
        return {}
    wanted = {one.occasion: one.at for one in timing.reminders(case.audience, case.story, case.now)}
    for occasion, due in (
        (ESCALATION, timing.escalation(case.audience, case.story, case.now)),
        (OVERDUE, timing.overdue(case.story)),
    ):
        wanted[occasion] = due.at if due else None
    later = {occasion: at for occasion, at in wanted.items() if at is not None and at > case.now}
    return {
        rowkeys.due(at, f"{occasion}|{case.story.id}"): DueRow(
            occasion=occasion, at=at, partition=case.story.subscription_id, story=case.story.id
        )
        for occasion, at in later.items()
    }
