"""Who is told of a story now: gathers what the recipe looks at, and writes down what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.config.model import Audience
from notbefore.pipeline import outbox
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.holds import current_holds
from notbefore.pipeline.outbox import Promise
from notbefore.pipeline.telling import follow_up
from notbefore.pipeline.telling.case import Answer, Case, Situation, hold_of
from notbefore.pipeline.telling.heard import SHOWN, TEXT_LIMIT, deliveries_of, now_heard
from notbefore.pipeline.telling.paces import Sent, paces
from notbefore.pipeline.telling.recipe import decide
from notbefore.pipeline.telling.shares import look
from notbefore.pipeline.unit import Unit
from notbefore.routing import Routed
from notbefore.rules import Rules
from notbefore.schema import (
    Decision,
    Delivery,
    Heard,
    MaintenanceEvent,
    ResourceFacts,
    ResourceState,
    Story,
    Verdict,
)


class Telling(Struct):
    """What one transaction leads to, once it is written."""

    stories: list[str] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    promises: dict[str, Promise] = field(default_factory=dict)
    advanced: list[Story] = field(default_factory=list)
    waiting: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """Audience and group → when it goes out."""
    sent: list[Sent] = field(default_factory=list)
    """What was sent so far: what is decided after it reckons with it."""


async def let_go(
    outside: Dependencies, partition: str, telling: Telling, etags: Mapping[str, str], encoded: Mapping[str, bytes]
) -> None:
    """What follows once a transaction is written; what fails here the sweeper takes up. Raises: StorageUnavailable."""
    outside.told(telling.decisions)
    for (audience, group), at in telling.waiting.items():
        outside.waiting.note(audience, group, at, outside.clock())
    await outbox.enqueue(outside, telling.deliveries, etags, encoded)
    await outbox.hand_over(outside, partition, telling.promises)


async def tell(
    outside: Dependencies, unit: Unit, story: Story, events: Sequence[MaintenanceEvent], cause: str, telling: Telling
) -> None:
    """Decides for every audience that a route names or that has heard of the story. `cause` names the signal."""
    touched = {resource.key for event in events for resource in event.resources}
    await _decide(outside, unit, story, touched, Cause(cause, newest(events)), telling)


async def tell_again(
    outside: Dependencies, unit: Unit, story: Story, touched: set[str], cause: str, telling: Telling
) -> None:
    """Decides once more, because more is known of these resources, for those whom the routes name now.

    Who has heard this revision hears no second time.
    """
    await unit.load([rowkeys.resource(story.id, key) for key in touched], certain=True)
    await _decide(outside, unit, story, touched, Cause(cause, None), telling)


class Cause(Struct, frozen=True):
    """Why it is decided now: a signal with its newest event, or what was learnt."""

    id: str
    event: MaintenanceEvent | None


async def _decide(
    outside: Dependencies, unit: Unit, story: Story, touched: set[str], cause: Cause, telling: Telling
) -> None:
    rules = outside.rules()
    story, shown, facts, routed = await look(outside, unit, story, touched)
    asked = dict.fromkeys((*routed, *story.heard)) if cause.event else routed
    audiences = [audience for name in asked if (audience := rules.config.audience(name))]
    situation = await situate(outside, rules, facts, audiences, story, telling.sent)
    situation = replace(situation, event=cause.event)
    cases = [case_of(story, one, routed.get(one.name), situation, shown, touched) for one in audiences]
    await conclude(unit, story, cases, cause.id, telling)


def newest(events: Sequence[MaintenanceEvent]) -> MaintenanceEvent:
    """The newest of them, as it travels with a delivery."""
    event = max(events, key=lambda one: one.occurred_at)
    return replace(event, text=event.text[:TEXT_LIMIT], resources=event.resources[:SHOWN])


async def situate(
    outside: Dependencies,
    rules: Rules,
    facts: Mapping[str, ResourceFacts],
    audiences: Sequence[Audience],
    story: Story,
    just_sent: Sequence[Sent] = (),
) -> Situation:
    """What the recipe looks at besides the story. Raises: StorageUnavailable."""
    silences, inhibitors = await current_holds(outside)
    return Situation(
        rules=rules,
        now=outside.clock(),
        silences=silences,
        inhibitors=inhibitors,
        facts=facts,
        paces=await paces(outside, audiences, story, just_sent),
    )


def case_of(  # what a case is made of
    story: Story,
    audience: Audience,
    routed: Routed | None,
    situation: Situation,
    shown: Mapping[str, ResourceState],
    touched: set[str],
) -> Case:
    """One audience's case for the news of a signal, which touched these resources (none: the whole story)."""
    mine = routed.resources if routed else ()
    concerned = not touched or any(state.resource.key in touched for state in mine)
    held = hold_of(story, routed, situation)
    return Case(story, audience, routed, held, situation, len(shown), concerned)


async def conclude(  # the last one is for what is decided again
    unit: Unit, story: Story, cases: list[Case], cause: str, telling: Telling, unless: str = ""
) -> None:
    """Runs the recipe for each case, and puts what follows into the unit.

    A decision that says just what was said before (`unless`) is no news for the audit.
    """
    heard = dict(story.heard)
    decisions = []
    for case in cases:
        answer, decision = decide(case)
        decisions.append(decision)
        await _follow(unit, case, answer, decision, heard, telling)
    moved = replace(story, heard=heard)
    unit.put(rowkeys.head(story.id), moved)
    if any(_is_worth_keeping(decision, unless) for decision in decisions):
        unit.put(rowkeys.decisions(story.id, cases[0].now, cause), decisions, always=True)
    telling.decisions += decisions
    telling.advanced.append(moved)


def _is_worth_keeping(decision: Decision, unless: str) -> bool:
    if decision.decision is Verdict.DUPLICATE:
        return False
    return not unless or f"{decision.decision}: {decision.reason}" != unless


async def _follow(
    unit: Unit, case: Case, answer: Answer, decision: Decision, heard: dict[str, Heard], telling: Telling
) -> None:
    name = case.audience.name
    if answer.verdict is Verdict.SENT:
        deliveries = deliveries_of(case, decision, unit.partition)
        await write_down(unit, deliveries, telling)
        heard[name] = now_heard(case, decision, deliveries)
        telling.sent.append(Sent(name, follow_up.sent_in(case), case.now))
    elif answer.group is not None:
        heard[name] = now_heard(case, decision, [], answer.group)
        if answer.wakes and answer.due:
            telling.waiting[name, answer.group] = answer.due
    rows = follow_up.rows(case, answer, decision)
    if rows:
        key = rowkeys.outbox(case.now, rowkeys.digest(name, case.story.id, case.occasion))
        promise = Promise(audience=name, rows={row: msgspec.Raw(msgspec.json.encode(due)) for row, due in rows.items()})
        unit.put(key, promise, always=True)
        telling.promises[key] = promise


async def write_down(unit: Unit, deliveries: list[Delivery], telling: Telling) -> None:
    """Puts them into the ledger and the outbox. What an earlier attempt has written is left as it is."""
    keys = [outbox.key_of(delivery) for delivery in deliveries]
    await unit.load(keys)
    for key, delivery in zip(keys, deliveries, strict=True):
        if unit.has(key):
            continue
        unit.put(key, delivery)
        unit.put(outbox.promise_key(delivery), Promise(delivery=key), always=True)
        telling.deliveries.append(delivery)
