"""Silences and inhibitors as they are now: rows of the table `control`, read at most every few seconds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.muting import Silence
from notbefore.pipeline.dependencies import Dependencies
from notbefore.ports import Put, Write
from notbefore.rules import Rules
from notbefore.schema import Story

T = TypeVar("T")
SILENCES = "silences"
INHIBITORS = "inhibitors"

FRESH = timedelta(seconds=5)
"""How old what a process knows of them may be."""


async def current_holds(outside: Dependencies) -> tuple[tuple[Silence, ...], tuple[Story, ...]]:
    """Every silence that is on record, and every open story that may hide others. Raises: StorageUnavailable."""
    known = outside.holds
    now = outside.clock()
    if known.read_at is None or not known.read_at <= now < known.read_at + FRESH:
        known.silences = await _all(outside, SILENCES, Silence)
        known.inhibitors = await _all(outside, INHIBITORS, Story)
        known.read_at = now
    return known.silences, known.inhibitors


async def note_inhibitors(outside: Dependencies, rules: Rules, stories: Iterable[Story]) -> None:
    """Keeps the list of open stories that may hide others. Raises: StorageUnavailable."""
    for story in stories:
        may = not story.over and story.merged_into is None and rules.holds.may_inhibit(story)
        known = any(one.id == story.id for one in outside.holds.inhibitors)
        if may:
            slim = replace(story, heard={}, state={}, text="")
            write = Write(Put.UPSERT, story.id, msgspec.json.encode(slim))
        elif known:
            write = Write(Put.DELETE, story.id)
        else:
            continue
        await outside.control.commit(INHIBITORS, [write])
        outside.holds.read_at = None


async def _all(outside: Dependencies, partition: str, kind: type[T]) -> tuple[T, ...]:
    rows = outside.control.scan(partition, *rowkeys.span(""))
    return tuple([msgspec.json.decode(row.body, type=kind) async for row in rows])
