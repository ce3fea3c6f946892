"""What is due: decided again, reminded of, escalated, flushed. One timer runs it; a missed tick is caught up.

Every step may be repeated: a delivery has the same id each time, and a due row goes only when all it led to is
written. Two hosts that take the same row do the same, and the second finds it done.
"""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec
from msgspec.structs import replace

from notbefore import rowkeys, timing
from notbefore.config.model import RUNBOOK, Audience
from notbefore.pipeline import outbox
from notbefore.pipeline.attempts import committed
from notbefore.pipeline.correlate import survivor
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.flush import flush
from notbefore.pipeline.reload import heed_routes
from notbefore.pipeline.reporters import runbooks
from notbefore.pipeline.telling.case import ESCALATION, NEWS, Case, hold_of
from notbefore.pipeline.telling.follow_up import FLUSH, OVERDUE, DueRow
from notbefore.pipeline.telling.shares import look
from notbefore.pipeline.telling.telling import Telling, conclude, let_go, situate
from notbefore.pipeline.unit import Unit
from notbefore.ports import Put, Row, Write
from notbefore.schema import UNKNOWN_SUBSCRIPTION, Story

log = logging.getLogger(__name__)


async def run_due(outside: Dependencies) -> int:
    """Runs every due row of every audience, the oldest first; how many there were. Raises: StorageUnavailable."""
    done = 0
    anew = await heed_routes(outside)
    async for partition in outside.stories.partitions():
        if partition.startswith(rowkeys.AUDIENCE):
            if anew:
                await _held_anew(outside, partition)
            done += await run_audience(outside, partition)
    return done


async def _held_anew(outside: Dependencies, partition: str) -> None:
    """What the last routing file held or deferred is decided by the new one, before its time.

    The rows stay: a decision may well be the same and wait for the same moment.
    """
    audience = outside.rules().config.audience(partition.removeprefix(rowkeys.AUDIENCE))
    if audience is None:
        return
    async for row in outside.stories.scan(partition, rowkeys.due(outside.clock(), "~"), "t|~"):
        due = msgspec.json.decode(row.body, type=DueRow)
        if due.occasion == NEWS:
            await _decide_again(outside, audience, due, row)


async def run_audience(outside: Dependencies, partition: str) -> int:
    """What is due in the partition of one audience; a few rows at a time are read. Raises: StorageUnavailable."""
    name = partition.removeprefix(rowkeys.AUDIENCE)
    audience = outside.rules().config.audience(name)
    done = 0
    async for row in outside.stories.scan(partition, "t|", rowkeys.due(outside.clock(), "~")):
        due = msgspec.json.decode(row.body, type=DueRow)
        if audience is None:
            log.error("audience %s has something due but is not in the routing file: dropped", name)
        elif due.occasion == FLUSH:
            await flush(outside, audience, due)
        elif due.occasion == RUNBOOK:
            await runbooks.look(outside, due)
        else:
            await _decide_again(outside, audience, due, row)
        await outside.stories.commit(partition, [Write(Put.DELETE, row.key)])
        done += 1
    return done


async def _decide_again(outside: Dependencies, audience: Audience, due: DueRow, row: Row) -> None:
    """One audience and one story, decided as of now. Raises: StorageUnavailable, Conflict after many tries."""
    due = await _followed(outside, due)
    telling, etags, encoded = await committed(
        outside, due.partition, lambda unit: _attempt(outside, unit, audience, due, row.key)
    )
    await let_go(outside, due.partition, telling, etags, encoded)


async def _followed(outside: Dependencies, due: DueRow) -> DueRow:
    """The row, about the story where it lives now."""
    if due.partition != UNKNOWN_SUBSCRIPTION:
        return due
    key = rowkeys.head(due.story)
    row = (await outside.stories.get(due.partition, [key])).get(key)
    moved_to = msgspec.json.decode(row.body, type=Story).moved_to if row else None
    return replace(due, partition=moved_to) if moved_to else due


async def _attempt(outside: Dependencies, unit: Unit, audience: Audience, due: DueRow, cause: str) -> Telling:
    telling = Telling()
    story = await survivor(unit, due.story)
    told_at = _when(story, audience, due, outside.clock()) if story else None
    if story is None or told_at is None:
        return telling
    if told_at.at > outside.clock():
        _move(unit, audience, due, told_at.at, telling)
        return telling
    rules = outside.rules()
    await unit.load([rowkeys.resource(story.id, name) for name in due.resources])
    story, shown, facts, routed = await look(outside, unit, story, due.resources)
    told = audience
    if due.occasion == ESCALATION and not due.because and audience.escalate:
        told = rules.config.audiences[audience.escalate.to]
    situation = await situate(outside, rules, facts, [told], story)
    mine = routed.get(told.name)
    case = Case(
        story,
        told,
        mine,
        hold_of(story, mine, situation),
        situation,
        shown=len(shown),
        occasion=due.occasion,
        waited=due.because,
        why=told_at.reason,
    )
    await conclude(unit, story, [case], cause, telling, unless=due.because)
    return telling


def _when(story: Story, audience: Audience, due: DueRow, now: datetime) -> timing.Due | None:
    """When the row is due as the story stands today, and why; None: not any more. News is decided again in any case."""
    if due.occasion == NEWS:
        return timing.Due(now, "")
    if due.occasion == ESCALATION and not story.ended:
        return _escalation(story, audience, due, now)
    if story.over:
        return None
    if due.occasion == OVERDUE:
        return timing.overdue(story)
    heard = story.heard.get(audience.name)
    reminder = timing.reminder_now(audience, story, due.occasion, now, heard.last_at if heard else None)
    return timing.Due(reminder.at, reminder.reason) if reminder.at else None


def _escalation(story: Story, audience: Audience, due: DueRow, now: datetime) -> timing.Due | None:
    """Once a story for whom it reaches: what is new after that they hear as everybody who was told."""
    if due.because:
        return timing.Due(now, "nobody acknowledged") if story.acknowledged_at is None else None
    wanted = timing.escalation(audience, story, now)
    known = story.heard.get(audience.escalate.to) if audience.escalate else None
    return timing.Due(now, wanted.reason) if wanted and not (known and known.escalated) else None


def _move(unit: Unit, audience: Audience, due: DueRow, at: datetime, telling: Telling) -> None:
    """Puts the row at a later time."""
    moved = replace(due, at=at)
    rows = {rowkeys.due(at, f"{due.occasion}|{due.story}"): msgspec.Raw(msgspec.json.encode(moved))}
    promise = outbox.Promise(audience=audience.name, rows=rows)
    key = rowkeys.outbox(at, rowkeys.digest(audience.name, due.story, due.occasion))
    unit.put(key, promise, always=True)
    telling.promises[key] = promise
