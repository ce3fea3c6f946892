"""Facts about resources: asked for in batches, kept with their age; who is named by a tag is told once it is known.

A story never waits for its facts: it is decided with what is known, and again when there is more. Who has heard of it
by then stays told; who is named only now is told now.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.pipeline.attempts import committed
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.holds import note_inhibitors
from notbefore.pipeline.polls.facts_answer import Answered, ask_about
from notbefore.pipeline.standing import survivors
from notbefore.pipeline.telling.telling import Telling, let_go, tell_again
from notbefore.pipeline.unit import Unit
from notbefore.pipeline.wanted import FRESH, Wanted, is_fresh
from notbefore.ports import Graph, Machines, Put, Row, Write
from notbefore.schema import ResourceFacts, ResourceState, Story
from notbefore.story import place_of, placed

AT_ONCE = 1_000
"""Resources that one turn asks about."""

UNKNOWN_AGAIN = timedelta(hours=1)
"""What Azure does not show us (a role is missing, or it is gone) is asked about in the hour after the next."""


async def learn(outside: Dependencies, graph: Graph, machines: Machines | None) -> int:
    """Asks about what is wanted by now; how many facts were learnt. Raises: Transient, Permanent, StorageError."""
    wanted = await _wanted(outside)
    missing = [one for partition, row in wanted for one in await _not_fresh(outside, partition, row)]
    answered = await ask_about(graph, machines, dict.fromkeys(missing), outside.clock()) if missing else {}
    for partition, row in wanted:
        await _apply(outside, partition, row, answered)
    return len(answered)


async def learn_all(outside: Dependencies, graph: Graph, machines: Machines | None) -> int:
    """As `learn`, until nothing is wanted by now; how many facts were learnt. Raises: as `learn`."""
    learnt = 0
    while await _wanted(outside):
        learnt += await learn(outside, graph, machines)
    return learnt


async def _wanted(outside: Dependencies) -> list[tuple[str, Row]]:
    found: list[tuple[str, Row]] = []
    count = 0
    stop = f"q|{rowkeys.stamp(outside.clock())}~"
    async for partition in outside.stories.partitions():
        if partition.startswith(rowkeys.AUDIENCE):
            continue
        async for row in outside.stories.scan(partition, "q|", stop):
            found.append((partition, row))
            count += len(msgspec.json.decode(row.body, type=Wanted).resources)
            if count >= AT_ONCE:
                return found
    return found


async def _not_fresh(outside: Dependencies, partition: str, row: Row) -> list[str]:
    names = {rowkeys.facts(one): one for one in msgspec.json.decode(row.body, type=Wanted).resources}
    rows = await outside.stories.get(partition, list(names))
    known = {key: msgspec.json.decode(one.body, type=ResourceFacts) for key, one in rows.items()}
    now = outside.clock()
    return [name for key, name in names.items() if key not in known or not is_fresh(known[key], now)]


async def _apply(outside: Dependencies, partition: str, row: Row, answered: Answered) -> None:
    """Writes what was learnt and decides again, in one transaction; then the wish goes. Raises: Conflict."""
    telling, etags, encoded = await committed(outside, partition, lambda unit: _attempt(outside, unit, row, answered))
    await let_go(outside, partition, telling, etags, encoded)
    await note_inhibitors(outside, outside.rules(), telling.advanced)
    await outside.stories.commit(partition, [Write(Put.DELETE, row.key)])


async def _attempt(outside: Dependencies, unit: Unit, row: Row, answered: Answered) -> Telling:
    telling = Telling()
    wanted = msgspec.json.decode(row.body, type=Wanted)
    news = await _keep(unit, wanted, answered)
    story = (await survivors(unit, [wanted.story])).get(wanted.story)
    if story is None or story.ended:
        return telling
    story = await _placed(unit, story, wanted)
    if not story.over:
        again = replace(wanted, story=story.id, at=outside.clock())
        unit.put(rowkeys.wanted(_later(outside, unit, wanted), story.id, wanted.resources), again, always=True)
    if news:
        await tell_again(outside, unit, story, news, f"facts {row.key}", telling)
    return telling


async def _placed(unit: Unit, story: Story, wanted: Wanted) -> Story:
    """The story with these resources counted where they are known to be; puts what moved into the unit."""
    rows = {one: rowkeys.resource(story.id, one) for one in wanted.resources}
    await unit.load(rows.values())
    states = [(one, state) for one, key in rows.items() if (state := unit.get(key, ResourceState))]
    known = [(state, place_of(unit.get(rowkeys.facts(one), ResourceFacts), ())) for one, state in states]
    story, moved = placed(story, known)
    for state in moved:
        unit.put(rowkeys.resource(story.id, state.resource.key), state)
    if moved:
        unit.put(rowkeys.head(story.id), story)
    return story


def _later(outside: Dependencies, unit: Unit, wanted: Wanted) -> datetime:
    """When the oldest of these facts is a day old; those that are wanted twice so come together again."""
    known = [unit.get(rowkeys.facts(one), ResourceFacts) for one in wanted.resources]
    ages = [one.seen_at for one in known if one is not None]
    if len(ages) < len(known):
        return outside.clock().replace(minute=0, second=0, microsecond=0) + 2 * UNKNOWN_AGAIN
    return max(min(ages) + FRESH, outside.clock() + timedelta(minutes=1))


async def _keep(unit: Unit, wanted: Wanted, answered: Answered) -> set[str]:
    """Puts the facts into the unit, the newer wins; of which resources more is known than when it was decided."""
    keys = {one: rowkeys.facts(one) for one in wanted.resources}
    await unit.load(keys.values())
    news = set()
    for one, key in keys.items():
        known, fresh = unit.get(key, ResourceFacts), answered.get(one)
        if fresh is not None and (known is None or known.seen_at < fresh.seen_at):
            kept = filled(fresh, known)
            unit.put(key, kept)
            is_news = known is None or replace(known, seen_at=kept.seen_at) != kept
        else:
            is_news = known is not None and known.seen_at > wanted.at
        if is_news:
            news.add(one)
    return news


def filled(fresh: ResourceFacts, known: ResourceFacts | None) -> ResourceFacts:
    """The newer facts; a place that only the older know stands (an agent and Resource Graph see different ones)."""
    if known is None:
        return fresh
    places = ("location", "zone", "scale_set", "availability_set", "fault_domain", "update_domain")
    return replace(fresh, **{name: getattr(fresh, name) or getattr(known, name) for name in places})
