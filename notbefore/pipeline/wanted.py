"""Which resources' facts are to be asked for: a row that stands in the story's own transaction, so none is lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from notbefore import rowkeys
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.unit import Unit
from notbefore.schema import MaintenanceEvent, ResourceFacts

FRESH = timedelta(days=1)
"""Facts older than this are asked for again, as long as their story is open."""


class Wanted(Struct, frozen=True):
    """Resources of one story, by lower-case ARM id."""

    story: str
    resources: tuple[str, ...]
    at: datetime
    """When the story was last decided with what was known of them."""


def want(outside: Dependencies, unit: Unit, story: str, events: Iterable[MaintenanceEvent]) -> None:
    """Notes the resources of these events whose facts this process does not know to be fresh. Reads nothing."""
    if not outside.asks_facts:
        return
    now = outside.clock()
    named = sorted({one.id for event in events for one in event.resources if one.id and not event.test})
    missing = tuple(one for one in named if not _is_known_fresh(unit, one, now))
    if missing:
        unit.put(rowkeys.wanted(now, story, missing), Wanted(story, missing, now), always=True)


def _is_known_fresh(unit: Unit, resource_id: str, now: datetime) -> bool:
    known = unit.peek(rowkeys.facts(resource_id), ResourceFacts)
    return known is not None and is_fresh(known, now)


def is_fresh(facts: ResourceFacts, now: datetime) -> bool:
    """Whether Azure need not be asked again."""
    return facts.seen_at + FRESH > now
