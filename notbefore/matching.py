"""Does a story, with one of its resources, fit a matcher of the routing file? Pure.

A list means any of, several keys mean all of; `match_not` excludes. Every text is a glob, compared without
case; a region fits by either of its names. Keys about a resource are decided for each resource; a story
without resources does not fit them. What is not known fits nothing, but `has_owner: false`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from notbefore.config.model import Matcher, RoutingConfig
from notbefore.glob import Patterns, is_glob
from notbefore.reading.arm import region_name
from notbefore.schema import Phase, ResourceFacts, ResourceState, Severity, Source, Story

OfStory = Callable[[Story, Severity], bool]
OfResource = Callable[[ResourceState, ResourceFacts | None], bool]
Question = Callable[[ResourceState | None, ResourceFacts | None], bool]
"""Asked of each resource, or of none (None) when the story has none."""


@dataclass(frozen=True, slots=True)
class CompiledMatcher:
    """A matcher as two lists of questions: about the story, and about each of its resources."""

    of_story: tuple[OfStory, ...]
    of_resource: tuple[OfResource, ...]

    def fits_story(self, story: Story, severity: Severity) -> bool:
        """The keys about the story fit; those about a resource are not asked."""
        for question in self.of_story:  # noqa: SIM110 - twice as fast as all(), and asked for every route
            if not question(story, severity):
                return False
        return True

    def fits_resource(self, state: ResourceState | None, facts: ResourceFacts | None) -> bool:
        """The keys about a resource fit this one; without such keys everything fits, also no resource."""
        if state is None:
            return not self.of_resource
        for question in self.of_resource:  # noqa: SIM110 - twice as fast as all(), and asked for every route
            if not question(state, facts):
                return False
        return True

    def fits(
        self, story: Story, severity: Severity, state: ResourceState | None = None, facts: ResourceFacts | None = None
    ) -> bool:
        """Everything fits. `severity` is the highest for routes, today's for mutes, silences and inhibitors."""
        return self.fits_story(story, severity) and self.fits_resource(state, facts)


@dataclass(frozen=True, slots=True)
class Condition:
    """`match` and `match_not` of one rule."""

    match: CompiledMatcher
    match_not: CompiledMatcher | None = None

    def fits(
        self, story: Story, severity: Severity, state: ResourceState | None = None, facts: ResourceFacts | None = None
    ) -> bool:
        """What matches and is not excluded, for one resource or for a story without any (state None)."""
        excluded = self.match_not is not None and self.match_not.fits(story, severity, state, facts)
        return not excluded and self.match.fits(story, severity, state, facts)

    def settle(self, story: Story, severity: Severity) -> bool | Question:
        """The answer for all resources of the story at once, or the question that is left for each of them."""
        match, never = self.match, self.match_not
        if not match.fits_story(story, severity):
            return False
        if never is None or not never.fits_story(story, severity):
            return match.fits_resource if match.of_resource else True
        if not never.of_resource:
            return False
        return lambda state, facts: match.fits_resource(state, facts) and not never.fits_resource(state, facts)


def compile_condition(match: Matcher | None, match_not: Matcher | None, config: RoutingConfig) -> Condition:
    """A rule's two matchers, ready to ask; subscription names and the owner's tag come from the file."""
    return Condition(
        compile_matcher(match or Matcher(), config), compile_matcher(match_not, config) if match_not else None
    )


def compile_matcher(matcher: Matcher, config: RoutingConfig) -> CompiledMatcher:
    """One matcher, ready to ask; subscription names and the owner's tag come from the file."""
    owner_tag = config.owners.tag if config.owners else None
    return CompiledMatcher(
        tuple(_story_questions(matcher, config.subscriptions)), tuple(_resource_questions(matcher, owner_tag))
    )


def subscription_ids(patterns: Iterable[str], names: Mapping[str, str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Patterns as lower-case ids, and the globs that are left: they may fit an id nobody has named."""
    plain, globs = [], []
    by_name = {name.casefold(): known for name, known in names.items()}
    for pattern in patterns:
        folded = pattern.casefold()
        if not is_glob(folded):
            plain.append(by_name.get(folded, folded))
            continue
        globs.append(folded)
        named = Patterns([folded])
        plain.extend(known for name, known in names.items() if named.fit(name))
    return frozenset(plain), tuple(globs)


def _story_questions(matcher: Matcher, names: Mapping[str, str]) -> Iterable[OfStory]:
    if matcher.subscription:
        yield _of_subscription(matcher.subscription, names)
    if matcher.test is not None:
        test = matcher.test
        yield lambda story, _: story.test is test
    if matcher.source:
        sources = frozenset(matcher.source)
        yield lambda story, _: not sources.isdisjoint(story.sources)
    if matcher.kind:
        kinds = frozenset(matcher.kind)
        yield lambda story, _: story.kind in kinds or not kinds.isdisjoint(story.kinds)
    yield from _of_words(matcher)
    yield from _of_severity(matcher)
    yield from _of_notice(matcher)
    if matcher.region:
        regions = Patterns(matcher.region, region_name)
        yield lambda story, _: regions.fit_any(story.regions)
    if matcher.service:
        services = Patterns(matcher.service)
        yield lambda story, _: services.fit_any(story.services)


def _of_subscription(patterns: tuple[str, ...], names: Mapping[str, str]) -> OfStory:
    ids, globs = subscription_ids(patterns, names)
    if not globs:
        return lambda story, _: story.subscription_id in ids
    unnamed = Patterns(globs)
    return lambda story, _: story.subscription_id in ids or unnamed.fit(story.subscription_id)


def _of_words(matcher: Matcher) -> Iterable[OfStory]:
    if matcher.phase:
        phases = frozenset(matcher.phase)
        yield lambda story, _: story.phase in phases
    if matcher.impact:
        impacts = frozenset(matcher.impact)
        yield lambda story, _: story.impact in impacts
    if matcher.initiated_by:
        initiators = frozenset(matcher.initiated_by)
        yield lambda story, _: story.initiated_by in initiators


def _of_severity(matcher: Matcher) -> Iterable[OfStory]:
    if matcher.min_severity is not None:
        low = matcher.min_severity.rank
        yield lambda _, severity: severity.rank >= low
    if matcher.max_severity is not None:
        high = matcher.max_severity.rank
        yield lambda _, severity: severity.rank <= high


def _of_notice(matcher: Matcher) -> Iterable[OfStory]:
    if matcher.notice_under is not None:
        under = matcher.notice_under
        yield lambda story, _: (notice := notice_of(story)) is not None and notice < under
    if matcher.notice_over is not None:
        over = matcher.notice_over
        yield lambda story, _: (notice := notice_of(story)) is not None and notice >= over


def notice_of(story: Story) -> timedelta | None:
    """How long before its window the story was known, never below zero; None when unknown.

    A scheduled event that says Scheduled without a time may begin at any moment: zero.
    """
    if story.window.not_before is not None and story.noticed_at is not None:
        return max(story.window.not_before - story.noticed_at, timedelta())
    if Source.SCHEDULED_EVENTS in story.sources and story.phase is Phase.SCHEDULED:
        return timedelta()
    return None


def _resource_questions(matcher: Matcher, owner_tag: str | None) -> Iterable[OfResource]:
    if matcher.resource:
        resources = Patterns(matcher.resource)
        yield lambda state, _: resources.fit(state.resource.key)
    if matcher.resource_group:
        groups = Patterns(matcher.resource_group)
        yield lambda state, facts: (group := resource_group_of(state, facts)) != "" and groups.fit(group)
    if matcher.resource_type:
        types = Patterns(matcher.resource_type)
        yield lambda state, facts: (kind := resource_type_of(state, facts)) != "" and types.fit(kind)
    for name, patterns in matcher.tag.items():
        yield _of_tag(name, Patterns(patterns))
    if matcher.has_owner is not None:
        wanted, tag = matcher.has_owner, owner_tag or ""
        yield lambda _, facts: (owner_tag_of(facts, tag) is not None) is wanted


def _of_tag(name: str, patterns: Patterns) -> OfResource:
    def question(_: ResourceState, facts: ResourceFacts | None) -> bool:
        value = tag_of(facts, name)
        return value is not None and patterns.fit(value)

    return question


def tag_of(facts: ResourceFacts | None, name: str) -> str | None:
    """The value of a tag, or None when it is not there or nothing is known. Azure ignores the case of tag names."""
    return _named(facts.tags, name) if facts is not None else None


def owner_tag_of(facts: ResourceFacts | None, name: str) -> str | None:
    """The value of an owner's tag: the resource's own, else its group's, else its subscription's."""
    own = tag_of(facts, name)
    return own if own is not None or facts is None else _named(facts.inherited, name)


def _named(tags: Mapping[str, str], name: str) -> str | None:
    if name in tags:
        return tags[name]
    folded = name.casefold()
    return next((value for key, value in tags.items() if key.casefold() == folded), None)


def resource_group_of(state: ResourceState, facts: ResourceFacts | None) -> str:
    """The resource group by the id, else by the facts; empty when unknown."""
    parts = (state.resource.id or "").split("/")
    if len(parts) > 4 and parts[3].casefold() == "resourcegroups":  # noqa: PLR2004 - /subscriptions/S/resourceGroups/G
        return parts[4]
    return (facts.resource_group if facts else None) or ""


def resource_type_of(state: ResourceState, facts: ResourceFacts | None) -> str:
    """The type by the id, else by the facts; empty when unknown."""
    return state.resource.type or (facts.type if facts else None) or ""
