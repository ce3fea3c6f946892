"""What runbooks and hooks did about a maintenance. A step stands beside its story, whichever of the two came first."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.reporters.spoken import Spoken, said_at
from notbefore.ports import Put, Signal, Write
from notbefore.schema import Story

log = logging.getLogger(__name__)

_NAME, _TEXT = 120, 2_000
"""Characters that are kept of a name, and of what a hook wrote."""


class Step(Struct, frozen=True, kw_only=True):
    """What a runbook, or a hook in a machine, says it did. `machine` is an ARM id."""

    runbook: str
    step: str
    state: str
    text: str
    machine: str | None = None
    at: datetime


async def keep(outside: Dependencies, said: Spoken, signal: Signal) -> None:
    """Writes the step under the story or the scheduled event that it names. Raises: StorageUnavailable."""
    told = said.data
    about = told.story or told.event_id
    if not about:
        log.warning("a step of a runbook names neither a story nor a scheduled event: it is in the archive only")
        return
    step = Step(
        runbook=told.runbook[:_NAME], step=told.step[:_NAME], state=told.state[:_NAME], text=told.text[:_TEXT],
        machine=said.machine or None, at=said_at(said, signal),
    )  # fmt: skip
    key = rowkeys.step(about, step.at, f"{said.machine} {told.runbook} {told.step} {told.state}")
    await outside.stories.commit(said.subscription, [Write(Put.UPSERT, key, msgspec.json.encode(step))])


def names(story: Story) -> Iterable[str]:
    """What a step may call the story: its id, or one of its scheduled events."""
    return (story.id, *story.keys.get("event_id", ()))


async def steps(outside: Dependencies, story: Story, limit: int) -> list[Step]:
    """What runbooks and hooks did about a story, the oldest first. Raises: StorageUnavailable."""
    found: list[Step] = []
    for name in names(story):
        async for row in outside.stories.scan(story.subscription_id, *rowkeys.span(rowkeys.steps(name))):
            found.append(msgspec.json.decode(row.body, type=Step))
            if len(found) == limit:
                return sorted(found, key=lambda step: step.at)
    return sorted(found, key=lambda step: step.at)
