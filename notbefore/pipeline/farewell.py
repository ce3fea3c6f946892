"""The end of a story for those whom the routing file no longer names: who heard the beginning hears it, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from notbefore import rowkeys, timing
from notbefore.muting import Held
from notbefore.pipeline.departed import departed, left_of
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.reload import heed_departures
from notbefore.pipeline.telling.case import Case, Situation
from notbefore.pipeline.telling.heard import deliveries_of
from notbefore.pipeline.telling.telling import Telling, newest, write_down
from notbefore.pipeline.unit import Unit
from notbefore.schema import Decision, MaintenanceEvent, Story, Verdict


async def part(
    outside: Dependencies, unit: Unit, story_id: str, events: Sequence[MaintenanceEvent], telling: Telling
) -> None:
    """Puts their messages into the unit, after everybody else was decided for. Raises: StorageUnavailable."""
    story = unit.get(rowkeys.head(story_id), Story)
    if story is None or not story.over or not story.heard:
        return
    await heed_departures(outside)
    everybody = await departed(outside)
    situation = Situation(rules=outside.rules(), now=outside.clock(), event=newest(events))
    said = []
    heard = dict(story.heard)
    for name, known in story.heard.items():
        audience = None if known.parted else left_of(name, known, everybody, situation.rules.config)
        if audience is not None:
            said.append(await _say(unit, Case(story, audience, None, Held(None), situation), telling))
            heard[name] = replace(known, parted=True)
    if said:
        unit.put(rowkeys.head(story_id), replace(story, heard=heard))
        unit.put(rowkeys.decisions(story_id, situation.now, "farewell"), said, always=True)
        telling.decisions += said


async def _say(unit: Unit, case: Case, telling: Telling) -> Decision:
    """A message for each target, in quiet hours when they end."""
    due = _after_quiet_hours(case)
    decision = Decision(
        audience=case.audience.name,
        decision=Verdict.DEFERRED if due else Verdict.SENT,
        reason="the end, for addresses that the routing file no longer has: who heard the beginning hears it",
        due=due,
        channels=tuple(dict.fromkeys(channel.kind for channel in case.channels)),
        route=case.heard.route if case.heard else None,
        story=case.story.id,
        revision=case.story.revision,
        severity=case.story.severity,
        routes_version=case.situation.rules.config.version_id,
        at=case.now,
    )
    deliveries = [replace(one, due_at=due or one.due_at) for one in deliveries_of(case, decision, unit.partition)]
    await write_down(unit, deliveries, telling)
    return decision


def _after_quiet_hours(case: Case) -> datetime | None:
    pause = timing.deferred(case.audience, case.story, case.now)
    return pause.at if pause else None
