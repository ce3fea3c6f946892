"""What the recipe looks at: one audience, one story, one occasion, and everything besides as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from notbefore.config.model import Audience, ChannelConfig
from notbefore.muting import Held, Silence
from notbefore.routing import Routed
from notbefore.rules import Rules
from notbefore.schema import (
    OVER,
    Heard,
    MaintenanceEvent,
    ResourceFacts,
    ResourceState,
    Story,
    Verdict,
)
from notbefore.story import NO_NEWS, News, difference, material

NEWS = "news"
ESCALATION = "escalation"


class Pace(Struct, frozen=True):
    """How fast an audience has been told things lately; `last_flush` and `waiting` are about the story's group."""

    last_flush: datetime | None = None
    """When the group was last sent; what joins it now waits for the interval."""
    waiting: datetime | None = None
    """When the group goes out, if it is known to wait."""
    sent: tuple[datetime, ...] = ()
    """When messages that count against the budget were sent."""


class Situation(Struct, frozen=True):
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


class Case(Struct, frozen=True):
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
    waited: str = ""
    """The verdict and reason that made it wait until now; empty when it did not."""
    why: str = ""
    """Why it is told now, in words, when that is no news."""

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
        heard = self.heard
        if heard is None:
            return NO_NEWS
        told = heard.told
        now = material(self.story, self.count)
        if self.story.over and told.phase in OVER:
            now = replace(now, resources=told.resources, spread=told.spread)
        return difference(told, now if self.touched else replace(now, spread=told.spread))

    @property
    def count(self) -> int:
        """How many of the story's resources are this audience's."""
        heard, mine = self.heard, len(self.resources)
        known = heard.resources if heard else 0
        if self.routed is None:
            return known
        share = self.story.shares.get(self.audience.name)
        if share is not None and not self.held.left_out:
            return max(share.count, mine)
        return self.story.resources_total if mine == self.shown else max(known, mine)

    @property
    def channels(self) -> tuple[ChannelConfig, ...]:
        """Those whose floor is low enough for the highest severity the story has had; none that is for fail-over."""
        highest = self.story.highest_severity.rank
        return tuple([one for one in self.audience.channels if one.min_severity.rank <= highest and not one.failover])


class Answer(Struct, frozen=True):
    """What a stage says. `due` is when it is decided again, or goes out; `group` what it is folded into."""

    verdict: Verdict
    reason: str
    due: datetime | None = None
    group: str | None = None
    wakes: datetime | None = None
    """When its own row is due, if that is not `due`: it may go out earlier, with those that wait already."""


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
