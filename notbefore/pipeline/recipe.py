"""The order of decisions, written once (design, section 3). Pure: what it looks at was read beforehand.

For each audience the first stage that has an answer decides, and its reason is kept. `explain`, the tests in a
routing file and `what-if` run this same recipe.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from notbefore import timing
from notbefore.config.model import Audience, ChannelConfig
from notbefore.muting import Held, Silence
from notbefore.routing import Routed
from notbefore.rules import Rules
from notbefore.schema import (
    OVER,
    Decision,
    Heard,
    MaintenanceEvent,
    ResourceFacts,
    ResourceState,
    Severity,
    Story,
    Verdict,
)
from notbefore.story import News, difference, material

NEWS = "news"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast an audience has been told things lately."""

    last_flush: Mapping[str, datetime] = field(default_factory=dict)
    """Group → when it was last sent; what joins it now waits for the interval."""
    sent: tuple[datetime, ...] = ()
    """When messages that count against the budget were sent."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything besides the story, as it is now."""

    rules: Rules
    now: datetime
    event: MaintenanceEvent | None = None
    """The newest event of the signal; None when it is decided because of a time."""
    silences: tuple[Silence, ...] = ()
    inhibitors: tuple[Story, ...] = ()
    """Open stories that may hide others."""
    facts: Mapping[str, ResourceFacts] = field(default_factory=dict)
    paces: Mapping[str, Pace] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One audience and one story, on one occasion.

    `routed` is None when no route leads there today; `held` says what holds it, and which resources are left.
    """

    story: Story
    audience: Audience
    routed: Routed | None
    held: Held
    situation: Situation
    shown: int = 0
    """How many resources were looked at; when all of them are this audience's, so is the whole story."""
    touched: bool = True
    """What happened now concerns this audience's resources, or the story as a whole."""
    occasion: str = NEWS

    @property
    def heard(self) -> Heard | None:
        """What this audience knows of the story."""
        return self.story.heard.get(self.audience.name)

    @property
    def resources(self) -> tuple[ResourceState, ...]:
        """The resources for which this audience is told: those that no hold keeps back."""
        if self.held.left_out:
            return self.held.resources
        return self.routed.resources if self.routed else ()

    @property
    def now(self) -> datetime:
        """The time of the decision."""
        return self.situation.now

    @property
    def news(self) -> News:
        """What has changed since this audience was told; after the end, which resources followed is none."""
        if self.heard is None:
            return News()
        told = self.heard.told
        now = material(self.story, self.count)
        if self.story.over and told.phase in OVER:
            now = replace(now, resources=told.resources, spread=told.spread)
        return difference(told, now if self.touched else replace(now, spread=told.spread))

    @property
    def count(self) -> int:
        """How many of the story's resources are this audience's."""
        known = self.heard.resources if self.heard else 0
        if self.routed is None:
            return known
        return self.story.resources_total if len(self.resources) == self.shown else max(known, len(self.resources))

    @property
    def channels(self) -> tuple[ChannelConfig, ...]:
        """Those whose floor is low enough for the highest severity the story has had."""
        highest = self.story.highest_severity.rank
        return tuple(channel for channel in self.audience.channels if channel.min_severity.rank <= highest)


class Answer(NamedTuple):
    """What a stage says. `due` is when it is decided again, or goes out; `group` what it is folded into."""

    verdict: Verdict
    reason: str
    due: datetime | None = None
    group: str | None = None


def hold_of(story: Story, routed: Routed | None, situation: Situation) -> Held:
    """What holds this audience's part of the story now."""
    return situation.rules.holds.weigh(
        story,
        routed.resources if routed else (),
        situation.now,
        silences=situation.silences,
        inhibitors=situation.inhibitors,
        facts=situation.facts,
    )


def decide(case: Case) -> tuple[Answer, Decision]:
    """The decision for one audience, with the answer it was made from."""
    answer = next(filter(None, (stage(case) for stage in _stages(case.occasion))), None) or _sent(case)
    heard = case.heard
    route = case.routed.route if case.routed else heard.route if heard else None
    return answer, Decision(
        audience=case.audience.name,
        decision=answer.verdict,
        reason=answer.reason,
        due=answer.due,
        channels=tuple(dict.fromkeys(channel.kind for channel in case.channels)),
        route=route,
        story=case.story.id,
        revision=case.story.revision,
        severity=case.story.severity,
        occasion=case.occasion,
        routes_version=case.situation.rules.config.version_id,
        at=case.now,
    )


Stage = Callable[[Case], Answer | None]


def _stages(occasion: str) -> tuple[Stage, ...]:
    """Reminders, escalations and overdue go through the holds, the digest, quiet hours and the group only."""
    later: tuple[Stage, ...] = (unheard, held, digested, deferred, grouped)
    return (duplicate, not_routed, *later) if occasion == NEWS else later


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


def not_routed(case: Case) -> Answer | None:
    """2. No route gives this audience, or it never heard the beginning of what is over."""
    if case.heard is not None:
        return None
    if case.routed is None:
        return Answer(Verdict.NOT_ROUTED, "no route leads to this audience")
    if case.story.over:
        return Answer(Verdict.NOT_ROUTED, "the story is over and this audience was told nothing of it")
    return None


def unheard(case: Case) -> Answer | None:
    """2. No channel of this audience takes the severity."""
    if not case.channels:
        floor = min((one.min_severity for one in case.audience.channels), key=lambda one: one.rank, default=None)
        highest = case.story.highest_severity
        return Answer(Verdict.NOT_ROUTED, f"no channel takes {highest}: the lowest floor is {floor}")
    return None


def held(case: Case) -> Answer | None:
    """3. A silence, a mute, another story: in this order. Who heard the beginning hears the end."""
    hold = case.held.hold
    if hold is None or (case.story.over and case.heard is not None):
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
    flush = timing.grouped(case.audience, case.now, pace.last_flush.get(group))
    if flush:
        return Answer(Verdict.GROUPED, flush.reason, flush.at, group)
    fold = timing.over_budget(case.audience, case.now, pace.sent)
    return Answer(Verdict.DIGESTED, fold.reason, fold.at, "budget") if fold else None


def _sent(case: Case) -> Answer:
    if case.occasion != NEWS:
        reason = case.occasion
    elif case.heard is None:
        reason = f"first told, by route {case.routed.route if case.routed else '—'}"
    else:
        reason = "; ".join(case.news.lines)
    at_night = timing.let_through(case.audience, case.story, case.now)
    return Answer(Verdict.SENT, f"{reason} ({at_night})" if at_night else reason)
