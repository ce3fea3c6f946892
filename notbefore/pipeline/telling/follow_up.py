"""What a decision leads to later, as rows of the audience's partition: time is data.

A row is inserted once under a key made of its time and what it is about, so handing it over twice is harmless.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from notbefore import rowkeys, timing
from notbefore.config.model import Audience
from notbefore.pipeline.telling.case import ESCALATION, NEWS, Answer, Case
from notbefore.pipeline.telling.paces import LastSent
from notbefore.schema import Decision, Severity, Story, Verdict

RECHECK = timedelta(minutes=5)
"""A hold whose end nobody knows beforehand is looked at this often."""

NAMED = 10
"""Resources that a due row names."""

FLUSH = "flush"
"""What a group, a digest or a spent budget is due for."""

OVERDUE = "overdue"


class DueRow(Struct, frozen=True, kw_only=True):
    """Something to be decided at a time, for one audience."""

    occasion: str
    """An occasion of a message, `FLUSH`, or `RUNBOOK`: one that was started is to have called back."""
    at: datetime
    partition: str = ""
    story: str = ""
    group: str | None = None
    """What is folded together; of a runbook the row of its delivery."""
    because: str = ""
    """The verdict and reason that made it wait; the same again is no news for the audit."""
    resources: tuple[str, ...] = ()
    """Keys of some of the audience's resources: the head of a large story may not show them."""


class Folded(Struct, frozen=True, kw_only=True):
    """A story that waits for its group or digest, as it was when it was last decided."""

    story: Story
    route: str
    resources: int
    at: datetime
    changes: tuple[str, ...] = ()
    """What was new when it was last decided; nothing of a first word."""


class TakenBack(Struct, frozen=True):
    """In the place of what waits folded since `at` or before: it has been told otherwise, and goes."""

    taken_back: datetime


Rows = dict[str, DueRow | Folded | TakenBack | LastSent | None]


def rows(case: Case, answer: Answer, decision: Decision) -> Rows:
    """The due rows that follow from one decision, by key."""
    match answer.verdict:
        case Verdict.DUPLICATE | Verdict.NOT_ROUTED:
            return {}
        case Verdict.SENT:
            return _after_telling(case) | _spent(case) | _marked(case) | _taken_back(case, "")
        case _ if answer.group is not None and answer.due is not None:
            folded = _folded(case, answer, decision, answer.group, answer.wakes or answer.due)
            return _taken_back(case, answer.group) | folded | _after_telling(case)
        case _:
            return _again(case, answer)


def _taken_back(case: Case, group: str) -> Rows:
    """What waits for another group or digest is old by now: an older word never comes after a newer one."""
    before = case.heard.waits_in if case.heard else ""
    return {rowkeys.folded(before, case.story.id): TakenBack(case.now)} if before not in {"", group} else {}


def _spent(case: Case) -> Rows:
    """One message against the budget."""
    return {rowkeys.spent(case.now, f"{case.story.id} {case.occasion}"): None} if case.audience.budget else {}


def sent_in(case: Case) -> str | None:
    """The group whose interval begins with a message that waited for nobody; None: it begins none."""
    audience, severity = case.audience, case.story.severity
    alone = audience.grouped and not audience.group.wait and severity is not Severity.CRITICAL
    return timing.group_key(audience, case.story) if alone else None


def _marked(case: Case) -> Rows:
    group = sent_in(case)
    return {rowkeys.group(group): LastSent(case.now)} if group is not None else {}


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
        resources=tuple(state.resource.key for state in (case.routed.resources if case.routed else ())[:NAMED]),
    )
    return {rowkeys.due(at, f"{case.occasion}|{case.story.id}"): due}


def _folded(case: Case, answer: Answer, decision: Decision, group: str, at: datetime) -> Rows:
    slim = replace(case.story, heard={}, state={}, text=case.story.text[:500], resources=case.story.resources[:3])
    changes = case.news.lines if case.heard else ()
    item = Folded(story=slim, route=decision.route or "", resources=case.count, at=case.now, changes=changes)
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
    """Reminders, escalation and overdue; whom an escalation reached may escalate further."""
    if case.occasion == NEWS:
        return planned(case.audience, case.story, case.now, case.now)
    if case.occasion == ESCALATION:
        return _planned(case.story, case.now, _escalation(case.audience, case.story, case.now))
    return {}


def planned(audience: Audience, story: Story, told_at: datetime, now: datetime) -> Rows:
    """What an audience that was told at `told_at` is to hear at its time, as long as that lies ahead."""
    if story.ended:
        return {}
    wanted = {one.occasion: one.at for one in timing.reminders(audience, story, now)}
    wanted |= _escalation(audience, story, told_at) | {OVERDUE: timing.overdue_at(story)}
    return _planned(story, now, wanted)


def _escalation(audience: Audience, story: Story, told_at: datetime) -> dict[str, datetime | None]:
    due = timing.escalation(audience, story, told_at)
    return {ESCALATION: due.at if due else None}


def _planned(story: Story, now: datetime, wanted: Mapping[str, datetime | None]) -> Rows:
    later = {occasion: at for occasion, at in wanted.items() if at is not None and at > now}
    return {
        rowkeys.due(at, f"{occasion}|{story.id}"): DueRow(
            occasion=occasion, at=at, partition=story.subscription_id, story=story.id
        )
        for occasion, at in later.items()
    }
