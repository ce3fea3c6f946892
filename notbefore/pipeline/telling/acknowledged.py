"""Somebody has it: whoever heard of the story is told so, at once or not at all. Nobody is woken for it."""

from __future__ import annotations

from msgspec.structs import replace

from notbefore.config.model import RUNBOOK, Audience
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.telling.case import Case, hold_of
from notbefore.pipeline.telling.recipe import decide
from notbefore.pipeline.telling.shares import facts_of, routed_to
from notbefore.pipeline.telling.telling import Telling, conclude, situate
from notbefore.pipeline.unit import Unit
from notbefore.schema import Story, Verdict

ACKNOWLEDGED = "acknowledged"


async def tell_acknowledged(outside: Dependencies, unit: Unit, story: Story, telling: Telling) -> None:
    """Puts the messages into the unit. What would wait is left out: the next news says who has it.

    Raises: StorageUnavailable.
    """
    rules = outside.rules()
    audiences = [_without_runbooks(one) for name in story.heard if (one := rules.config.audience(name))]
    if story.ended or not audiences:
        return
    facts = await facts_of(outside, unit, rules, story.resources)
    routed = routed_to(rules, story, story.resources, facts)
    situation = await situate(outside, rules, facts, audiences, story)
    cases = [
        Case(
            story,
            audience,
            routed.get(audience.name),
            hold_of(story, routed.get(audience.name), situation),
            situation,
            shown=len(story.resources),
            occasion=ACKNOWLEDGED,
        )
        for audience in audiences
    ]
    now = [case for case in cases if decide(case)[0].verdict is Verdict.SENT]
    if now:
        await conclude(unit, story, now, ACKNOWLEDGED, telling)


def _without_runbooks(audience: Audience) -> Audience:
    """What a person says starts no machine a second time."""
    return replace(audience, channels=tuple(one for one in audience.channels if one.kind != RUNBOOK))
