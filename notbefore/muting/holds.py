"""Every hold there is, in order: silences, mutes, inhibitions. The exceptions are the recipe's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from notbefore.config.model import Mute, RoutingConfig
from notbefore.matching import Condition, compile_condition
from notbefore.muting.hold import Claim, Fits, Held, Hold, Subject, sift
from notbefore.muting.inhibiting import compile_inhibition
from notbefore.muting.silence import Silence
from notbefore.schema import ResourceFacts, ResourceState, Story, Verdict

_REMEMBERED = 1024
"""Silences whose matchers are kept ready."""

NO_FACTS: Mapping[str, ResourceFacts] = {}


class Holds:
    """The mutes and inhibitions of a routing file, compiled once; silences come and go."""

    def __init__(self, config: RoutingConfig) -> None:
        self._config = config
        self._mutes = [(mute, compile_condition(mute.match, mute.match_not, config)) for mute in config.mutes]
        self._inhibitions = [compile_inhibition(rule, config) for rule in config.inhibit]
        self._silences: dict[str, tuple[Silence, Condition]] = {}

    def may_inhibit(self, story: Story, facts: Mapping[str, ResourceFacts] = NO_FACTS) -> bool:
        """The story is open and fits the `when` of a rule: it is to be at hand when others are judged."""
        return any(rule.hides_others(story, facts) for rule in self._inhibitions)

    def weigh(
        self,
        story: Story,
        resources: Sequence[ResourceState],
        now: datetime,
        *,
        silences: Iterable[Silence] = (),
        inhibitors: Iterable[Story] = (),
        facts: Mapping[str, ResourceFacts] = NO_FACTS,
    ) -> Held:
        """What holds the story for an audience with these `resources`; none for a story without any.

        Matchers about a resource decide for each: held are only those that fit, and the story only if all do.
        `inhibitors` are open stories, closed ones do not count; `facts` are by resource id.
        """
        claims = [*self._by_silences(story, silences, now), *self._by_mutes(story, now)]
        inhibitors = tuple(inhibitors) if self._inhibitions else ()
        if inhibitors:
            claims += filter(None, (rule.claim(story, inhibitors, facts) for rule in self._inhibitions))
        if not claims:
            return Held(None, tuple(resources))
        subjects: list[Subject] = [(state, facts.get(state.resource.id or "")) for state in resources]
        return sift(claims, subjects or [(None, None)])

    def _by_silences(self, story: Story, silences: Iterable[Silence], now: datetime) -> Iterator[Claim]:
        for silence in silences:
            if not silence.holds_at(now):
                continue
            fits = _settled(self._condition(silence), story)
            if fits is not False:
                reason = f"silenced by {silence.author} until {silence.ends_at:%Y-%m-%d %H:%M} UTC: {silence.reason}"
                yield Hold(Verdict.SILENCED, silence.id, reason, silence.ends_at), fits

    def _by_mutes(self, story: Story, now: datetime) -> Iterator[Claim]:
        for mute, condition in self._mutes:
            if mute.until <= now:
                continue
            fits = _settled(condition, story)
            if fits is not False:
                yield _muted(mute), fits

    def _condition(self, silence: Silence) -> Condition:
        known = self._silences.get(silence.id)
        if known is None or known[0] != silence:
            if len(self._silences) >= _REMEMBERED:
                self._silences.clear()
            known = silence, compile_condition(silence.match, silence.match_not, self._config)
            self._silences[silence.id] = known
        return known[1]


def _settled(condition: Condition, story: Story) -> bool | Fits:
    """By today's severity: the answer for the whole story, or what is left to ask of each resource."""
    question = condition.settle(story, story.severity)
    if isinstance(question, bool):
        return question
    without = condition.fits(story, story.severity)
    return lambda state, facts: without if state is None else question(state, facts)


def _muted(mute: Mute) -> Hold:
    reason = f"mute “{mute.name}” until {mute.until:%Y-%m-%d %H:%M} UTC: {mute.reason}"
    return Hold(Verdict.MUTED, mute.name, reason, mute.until)
