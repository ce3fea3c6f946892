"""The order of decisions, written once. Pure: what it looks at was read beforehand.

For each audience the first stage that has an answer decides, and its reason is kept. `explain`, the tests in a
routing file and `what-if` run this same recipe.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from notbefore import timing
from notbefore.pipeline.telling.case import NEWS, Answer, Case, Pace
from notbefore.schema import (
    Decision,
    Severity,
    Verdict,
)


def decide(case: Case) -> tuple[Answer, Decision]:
    """The decision for one audience, with the answer it was made from."""
    answer = _answer(case)
    heard = case.heard
    route = case.routed.route if case.routed else heard.route if heard else None
    return answer, Decision(
        audience=case.audience.name,
        decision=answer.verdict,
        reason=answer.reason,
        due=answer.due,
        channels=tuple(dict.fromkeys([channel.kind for channel in case.channels])),
        route=route,
        story=case.story.id,
        revision=case.story.revision,
        severity=case.story.severity,
        occasion=case.occasion,
        routes_version=case.situation.rules.config.version_id,
        at=case.now,
    )


def _answer(case: Case) -> Answer:
    """The first stage that has one. Only news goes through all of them."""
    for stage in _OF_NEWS if case.occasion == NEWS else _LATER:
        answer = stage(case)
        if answer is not None:
            return answer
    return _sent(case)


def duplicate(case: Case) -> Answer | None:
    """1. Nothing material is new for this audience, or only what is told once an interval."""
    heard = case.heard
    if heard is None:
        return None
    news = case.news
    if case.story.revision <= heard.revision or not news.lines:
        return Answer(Verdict.DUPLICATE, f"nothing material is new since revision {heard.revision} was told")
    if news.major:
        return None
    soon = timing.too_soon(case.audience, case.now, heard.change_at)
    return Answer(Verdict.GROUPED, f"{'; '.join(news.minor)}: {soon.reason}", soon.at) if soon else None


def missed(case: Case) -> Answer | None:
    """3. It began and ended while it was held or deferred: the next digest says so, once nothing holds it."""
    missed_it = case.waited and case.heard is None and case.routed is not None and case.story.ended
    if not missed_it or case.story.test:
        return None
    hold, digest = case.held.hold, case.audience.digest
    if hold is not None:
        return Answer(hold.kind, hold.reason, hold.until)
    over = f"began and ended before it could be told ({case.waited})"
    if digest is None or not case.channels:
        return Answer(Verdict.NOT_ROUTED, over)
    at = timing.next_digest(digest, case.audience.time_zone, case.now)
    return Answer(Verdict.DIGESTED, f"{over}; it is in the next digest", at, "digest")


def not_routed(case: Case) -> Answer | None:
    """2. No route gives this audience, or it never heard the beginning of what is over.

    Azure's own tests say that they are over: a drill is a whole story in one signal, and is told.
    """
    if case.heard is not None:
        return None
    if case.routed is None:
        return Answer(Verdict.NOT_ROUTED, "no route leads to this audience")
    if case.story.ended and not case.story.test:
        return Answer(Verdict.NOT_ROUTED, "the story is over and this audience was told nothing of it")
    return None


def unheard(case: Case) -> Answer | None:
    """2. No channel of this audience takes the severity."""
    if not case.channels:
        floor = min(
            (one.min_severity for one in case.audience.channels if not one.failover),
            key=lambda one: one.rank,
            default=None,
        )
        highest = case.story.highest_severity
        return Answer(Verdict.NOT_ROUTED, f"no channel takes {highest}: the lowest floor is {floor}")
    return None


def held(case: Case) -> Answer | None:
    """3. A silence, a mute, another story: in this order. Who heard the beginning hears the end."""
    hold = case.held.hold
    if hold is None or (case.story.ended and case.heard is not None):
        return None
    return Answer(hold.kind, hold.reason, hold.until)


def digested(case: Case) -> Answer | None:
    """4. It comes with the others at the digest's hour."""
    heard = case.heard
    one_by_one = heard is not None and not heard.digested
    digest = timing.digested(case.audience, case.story, case.now, one_by_one=one_by_one)
    return Answer(Verdict.DIGESTED, digest.reason, digest.at, "digest") if digest else None


def deferred(case: Case) -> Answer | None:
    """5. Quiet hours hold it, unless its severity is let through or the window comes first."""
    pause = timing.deferred(case.audience, case.story, case.now)
    return Answer(Verdict.DEFERRED, pause.reason, pause.at) if pause else None


def grouped(case: Case) -> Answer | None:
    """6. It waits for its group, or for the digest when the budget is spent; what is critical does neither."""
    audience = case.audience
    if case.story.severity is Severity.CRITICAL or not (audience.grouped or audience.budget):
        return None
    pace = case.situation.paces.get(case.audience.name, Pace())
    group = timing.group_key(case.audience, case.story)
    alone = timing.grouped(case.audience, case.now, pace.last_flush)
    if alone and not _has_its_own_pace(case):
        flush = timing.grouped(case.audience, case.now, pace.last_flush, pace.waiting) or alone
        return Answer(Verdict.GROUPED, flush.reason, flush.at, group, alone.at)
    fold = timing.over_budget(case.audience, case.now, pace.sent)
    if fold is None:
        return None
    night = timing.deferred(case.audience, case.story, fold.at)
    fold = timing.folded_in_time(case.story, case.now, replace(fold, at=night.at) if night else fold)
    return Answer(Verdict.DIGESTED, fold.reason, fold.at, "budget")


def _has_its_own_pace(case: Case) -> bool:
    """A first change of resources or text alone is told at once (1) where nothing is folded but one story's news."""
    group = case.audience.group
    minor = case.occasion == NEWS and case.heard is not None and not case.news.major
    return minor and not group.wait and "story" in group.by


def _sent(case: Case) -> Answer:
    if case.occasion != NEWS:
        reason = case.why or case.occasion
    elif case.heard is None:
        reason = f"first told, by route {case.routed.route if case.routed else '—'}"
    else:
        reason = "; ".join(case.news.lines)
    at_night = timing.let_through(case.audience, case.story, case.now)
    return Answer(Verdict.SENT, f"{reason} ({at_night})" if at_night else reason)


Stage = Callable[[Case], Answer | None]

_LATER: tuple[Stage, ...] = (unheard, held, digested, deferred, grouped)
"""Reminders, escalations and overdue go through the holds, the digest, quiet hours and the group only."""

_OF_NEWS: tuple[Stage, ...] = (duplicate, missed, not_routed, *_LATER)
