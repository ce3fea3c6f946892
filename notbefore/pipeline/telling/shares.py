"""Which resources of a story are whose: its head shows twenty, a signal touches some, and the others have owners, too.

What the routes say of a resource is kept on its row when it is looked at, and counted in the head by audience.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.holds import current_holds
from notbefore.pipeline.telling.heard import SHOWN
from notbefore.pipeline.unit import Unit
from notbefore.routing import Routed
from notbefore.rules import Rules
from notbefore.schema import ResourceFacts, ResourceState, Share, Story
from notbefore.story import reshared


class Look(NamedTuple):
    """A story with its shares, the resources that were looked at by key, facts by id, and who is named."""

    story: Story
    shown: dict[str, ResourceState]
    facts: dict[str, ResourceFacts]
    routed: dict[str, Routed]


async def look(outside: Dependencies, unit: Unit, story: Story, touched: Iterable[str]) -> Look:
    """Routes what is shown, what was touched, and enough of everybody's share. Raises: StorageUnavailable.

    The marks of the touched ones go into the unit.
    """
    rows = [rowkeys.resource(story.id, key) for key in sorted(touched)]
    states = {state.resource.key: state for row in rows if (state := unit.get(row, ResourceState))}
    found = await _route(outside, unit, story, {state.resource.key: state for state in story.resources} | states)
    story = _marked(unit, story, found.routed, states)
    unseen = [share for name, share in story.shares.items() if _hidden(found.routed.get(name), share)]
    if not unseen:
        return Look(story, found.shown, found.facts, found.routed)
    keys = [rowkeys.resource_called(story.id, one) for share in unseen for one in share.some]
    await unit.load(keys, certain=True)
    more = {state.resource.key: state for key in keys if (state := unit.get(key, ResourceState))}
    return await _route(outside, unit, story, more | found.shown)


def _hidden(routed: Routed | None, share: Share) -> bool:
    """Of this share less is shown than a message names."""
    return (len(routed.resources) if routed else 0) < min(share.count, SHOWN)


async def _route(outside: Dependencies, unit: Unit, story: Story, shown: dict[str, ResourceState]) -> Look:
    rules = outside.rules()
    facts = await facts_of(outside, unit, rules, shown.values())
    return Look(story, shown, facts, routed_to(rules, story, shown.values(), facts))


def _marked(unit: Unit, story: Story, routed: Mapping[str, Routed], touched: Mapping[str, ResourceState]) -> Story:
    named: dict[str, list[str]] = {}
    for one in routed.values():
        for mine in one.resources:
            named.setdefault(mine.resource.key, []).append(one.audience)
    shares = story.shares
    for key in filter(None, touched):
        row = rowkeys.resource(story.id, key)
        state, after = unit.get(row, ResourceState), tuple(sorted(named.get(key, ())))
        if state is not None and after != state.audiences:
            shares = reshared(shares, key, state.audiences, after)
            unit.put(row, replace(state, audiences=after))
    return story if shares is story.shares else replace(story, shares=shares)


async def note_shares(outside: Dependencies, unit: Unit, story: Story, touched: Iterable[str]) -> None:
    """For what is decided with a later part of the signal: whose these resources are. Raises: StorageUnavailable."""
    unit.put(rowkeys.head(story.id), (await look(outside, unit, story, touched)).story)


def routed_to(
    rules: Rules, story: Story, states: Iterable[ResourceState], facts: Mapping[str, ResourceFacts]
) -> dict[str, Routed]:
    """Who the routes name today, by audience."""
    subjects = [(state, facts.get(state.resource.id or "")) for state in states]
    return {routed.audience: routed for routed in rules.router.route(story, subjects).audiences}


async def facts_of(
    outside: Dependencies, unit: Unit, rules: Rules, states: Iterable[ResourceState]
) -> dict[str, ResourceFacts]:
    """What is known of these resources, where the routing file or a silence asks for it. Raises: StorageUnavailable."""
    silences, _ = await current_holds(outside)
    if not rules.needs_facts and not any(silence.needs_facts for silence in silences):
        return {}
    keys = {state.resource.id: rowkeys.facts(state.resource.id) for state in states if state.resource.id}
    await unit.load(keys.values(), certain=True)
    return {id_: known for id_, key in keys.items() if (known := unit.get(key, ResourceFacts))}
