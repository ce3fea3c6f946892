"""What is old enough goes: stories that are long over with all their rows, outcomes of signals, quarantine, reports.

The archive of raw signals has a lifetime of its own, set on the storage account. A key of a deleted story stays;
it finds no story and is taken over by the next one.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.pipeline.departed import PARTITION as DEPARTED
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.portions import commit_all
from notbefore.pipeline.reporters import steps
from notbefore.pipeline.reports import AWAITED
from notbefore.pipeline.reports import PARTITION as REPORTS
from notbefore.pipeline.sharing import SHARING
from notbefore.ports import Put, Rows, Write
from notbefore.schema import Story

log = logging.getLogger(__name__)

KEEP = timedelta(days=400)
"""A year for the auditor, and a month to ask."""

AT_ONCE = 200
"""Stories that one run deletes; the next takes the rest."""

_OF_A_STORY = "erdh"
"""Kinds of rows that lie under a story's id."""


async def forget(outside: Dependencies, keep: timedelta = KEEP) -> int:
    """Deletes what is older than `keep`; how many stories that were. Raises: StorageUnavailable."""
    now = outside.clock()
    before = now - keep
    forgotten = 0
    async for partition in outside.stories.partitions():
        if partition.startswith(rowkeys.AUDIENCE):
            await _audience(outside, partition, before)
        elif forgotten < AT_ONCE:
            forgotten += await _stories(outside, partition, before, AT_ONCE - forgotten)
    async for hour in outside.signals.partitions():
        if hour < rowkeys.hour(before):
            await _rows(outside.signals, hour, *rowkeys.span(""))
    await _rows(outside.quarantine, "quarantine", rowkeys.newest_first(before), "~")
    await _aged(outside.control, DEPARTED, "", before)
    await _aged(outside.control, SHARING, "", before)
    await _aged(outside.control, REPORTS, "", now - AWAITED)
    if forgotten:
        log.warning("%d stories that ended before %s were deleted", forgotten, f"{before:%Y-%m-%d}")
    return forgotten


class _Aged(Struct, frozen=True):
    """A row that says when it was written, under either name; one that does not say it stays."""

    at: datetime | None = None
    created_at: datetime | None = None


async def _audience(outside: Dependencies, partition: str, before: datetime) -> None:
    """What was counted against its budget, when its groups went out, and what they said."""
    await _rows(outside.stories, partition, "b|", rowkeys.spent(before, ""))
    for kind in ("g|", "d|"):
        await _aged(outside.stories, partition, kind, before)


async def _stories(outside: Dependencies, partition: str, before: datetime, limit: int) -> int:
    old: list[Story] = []
    async for row in outside.stories.scan(partition, *rowkeys.span("s|")):
        story = msgspec.json.decode(row.body, type=Story)
        ended = story.over or story.merged_into is not None or story.moved_to is not None
        if ended and story.updated_at < before:
            old.append(story)
        if len(old) == limit:
            break
    for story in old:
        beside = [f"{kind}|{story.id}|" for kind in _OF_A_STORY]
        for prefix in (*beside, *map(rowkeys.steps, steps.names(story))):
            await _rows(outside.stories, partition, *rowkeys.span(prefix))
        await outside.stories.commit(partition, [Write(Put.DELETE, rowkeys.head(story.id))])
    return len(old)


async def _aged(table: Rows, partition: str, prefix: str, before: datetime) -> None:
    old = []
    async for row in table.scan(partition, *rowkeys.span(prefix)):
        aged = msgspec.json.decode(row.body, type=_Aged)
        if (aged.at or aged.created_at or before) < before:
            old.append(row.key)
    await _delete(table, partition, old)


async def _rows(table: Rows, partition: str, start: str, stop: str) -> None:
    await _delete(table, partition, [row.key async for row in table.scan(partition, start, stop)])


async def _delete(table: Rows, partition: str, keys: list[str]) -> None:
    await commit_all(table, partition, [Write(Put.DELETE, key) for key in keys])
