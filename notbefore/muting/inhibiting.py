"""Inhibition: while one story is open, others like it are held.

An inhibitor counts while its story is open. Severities look at today's. A story never inhibits itself, and of
two that fit both sides of a rule neither hides the other: one of them has to be heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from notbefore.config.model import Inhibition, RoutingConfig, SameKey
from notbefore.matching import CompiledMatcher, compile_matcher
from notbefore.muting.hold import Claim, Fits, Hold
from notbefore.schema import UNKNOWN_SUBSCRIPTION, ResourceFacts, Story, Verdict

_TITLE = 80
"""Characters of an inhibitor's title that a reason shows."""


@dataclass(frozen=True, slots=True)
class CompiledInhibition:
    """A rule of the routing file, ready to ask."""

    rule: Inhibition
    when: CompiledMatcher
    hold: CompiledMatcher

    def hides_others(self, story: Story, facts: Mapping[str, ResourceFacts]) -> bool:
        """The story is open and fits `when`, by itself or by one of the resources its head shows."""
        return not story.over and story.merged_into is None and _fits(self.when, story, facts)

    def claim(self, story: Story, inhibitors: Iterable[Story], facts: Mapping[str, ResourceFacts]) -> Claim | None:
        """What of the story this rule holds, because of the inhibitors that are open now."""
        if not self.hold.fits_story(story, story.severity):
            return None
        both = _fits(self.when, story, facts)
        alike = [
            (inhibitor, same)
            for inhibitor in inhibitors
            if inhibitor.id != story.id and self.hides_others(inhibitor, facts)
            if not (both and _fits(self.hold, inhibitor, facts))
            if (same := _alike(self.rule.same, inhibitor, story)) is not None
        ]
        if not alike:
            return None
        shown = alike[0][0].title[:_TITLE] or alike[0][0].id
        hold = Hold(Verdict.INHIBITED, self.rule.name, f"{self.rule.name}: hidden by “{shown}”, still open", None)
        questions = [same for _, same in alike]
        fits = self.hold.fits_resource
        return hold, lambda state, known: fits(state, known) and any(same(state, known) for same in questions)


def compile_inhibition(rule: Inhibition, config: RoutingConfig) -> CompiledInhibition:
    """One rule, ready to ask."""
    return CompiledInhibition(rule, compile_matcher(rule.when, config), compile_matcher(rule.hold, config))


def _fits(matcher: CompiledMatcher, story: Story, facts: Mapping[str, ResourceFacts]) -> bool:
    if not matcher.fits_story(story, story.severity):
        return False
    states = story.resources or (None,)
    return any(matcher.fits_resource(state, facts.get(state.resource.id or "") if state else None) for state in states)


def _alike(same: Iterable[SameKey], inhibitor: Story, story: Story) -> Fits | None:
    """None when the stories differ in what must be the same; else what is left to ask of each resource."""
    questions = []
    for key in same:
        answer = _SAME[key](inhibitor, story)
        if answer is False:
            return None
        if answer is not True:
            questions.append(answer)
    return lambda state, facts: all(question(state, facts) for question in questions)


def _subscription(inhibitor: Story, story: Story) -> bool:
    return inhibitor.subscription_id == story.subscription_id != UNKNOWN_SUBSCRIPTION


def _service(inhibitor: Story, story: Story) -> bool:
    services = {name.casefold() for name in inhibitor.services}
    return any(name.casefold() in services for name in story.services)


def _region(inhibitor: Story, story: Story) -> bool | Fits:
    """One in common; `global` equals only itself. A story that names none is where its resources are known to be."""
    regions = frozenset(inhibitor.regions)
    if story.regions:
        return not regions.isdisjoint(story.regions)
    return lambda _, facts: facts is not None and facts.location in regions


def _resource(inhibitor: Story, _: Story) -> bool | Fits:
    """Among the resources that the inhibitor's head shows."""
    keys = frozenset(state.resource.key for state in inhibitor.resources)
    return lambda state, _: state is not None and state.resource.key in keys


_SAME: dict[SameKey, Callable[[Story, Story], bool | Fits]] = {
    "subscription": _subscription,
    "region": _region,
    "service": _service,
    "resource": _resource,
}
