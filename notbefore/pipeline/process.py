"""One signal: read it, advance its stories, decide who is told, write it all at once, then let go.

Re-runnable: the same signal again finds its events known, its stories as they are and its deliveries written.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.errors import MalformedSignal
from notbefore.normalization import Normalized, normalize
from notbefore.pipeline import reports
from notbefore.pipeline.accept import taken
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.moving import placed
from notbefore.pipeline.partition import Work, advance_partition
from notbefore.pipeline.reporters import taking
from notbefore.pipeline.telling.telling import Telling
from notbefore.ports import Put, Signal, Write
from notbefore.schema import UNKNOWN_SUBSCRIPTION, Decision, Delivery, FieldWarning, MaintenanceEvent

log = logging.getLogger(__name__)

LONGEST_TEXT, LONGEST_TITLE = 100_000, 2_000
"""Characters of an event that are kept with its story."""

AHEAD = timedelta(minutes=10)
"""How far in the future an observation may lie before its time is taken to be wrong."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a signal; a row in the table `signals`, by the hour of its arrival."""

    origin: str
    events: int
    malformed: int = 0
    ignored: str | None = None
    stories: tuple[str, ...] = ()
    at: datetime


class Processed(Struct, frozen=True):
    """What `explain` wants to know of a signal."""

    outcome: Outcome
    decisions: list[Decision]
    deliveries: list[Delivery]


class Quarantined(Struct, frozen=True, kw_only=True):
    """What could not be read, or was not recognised: kept for a person to see."""

    signal: str
    origin: str
    path: str
    problem: str
    at: datetime


async def process(outside: Dependencies, message: bytes) -> None:
    """Takes one queue message to its end. Raises: StorageUnavailable, Conflict after many tries."""
    signal = await taken(outside, message)
    if signal is None:
        log.error("a queue message names a signal that is not in the archive")
        return
    await process_signal(outside, signal)


async def process_signal(outside: Dependencies, signal: Signal) -> Processed:
    """What the queue message leads to; also what the sweeper and `restore` call."""
    read = normalize(signal.body, signal.received_at)
    tellings: list[Telling] = []
    _log_unread(signal, read)
    events = await placed(outside, read.events, signal.received_at)
    for partition, work in _by_partition(read, events, signal.received_at).items():
        outside.unknown.inhabited |= partition == UNKNOWN_SUBSCRIPTION
        tellings += await advance_partition(outside, partition, work, signal)
    stories = dict.fromkeys(story for telling in tellings for story in telling.stories)
    outcome = Outcome(
        origin=signal.origin,
        events=len(read.events),
        malformed=len(read.malformed),
        ignored=read.ignored,
        stories=tuple(stories)[:20],
        at=outside.clock(),
    )
    if read.ignored is not None:
        await reports.take(outside, signal.body)
        await taking.take(outside, signal)
    await _quarantine(outside, signal, read)
    row = Write(Put.UPSERT, signal.id, msgspec.json.encode(outcome))
    await outside.signals.commit(rowkeys.hour(signal.received_at), [row])
    return Processed(
        outcome,
        [decision for telling in tellings for decision in telling.decisions],
        [delivery for telling in tellings for delivery in telling.deliveries],
    )


def _log_unread(signal: Signal, read: Normalized) -> None:
    """Where, never what: a word may be anything."""
    paths = dict.fromkeys(warning.path for event in read.events for warning in event.warnings)
    if paths:
        log.warning("signal %s: not known or not readable at %r", signal.id, [*paths][:10])


def _by_partition(read: Normalized, events: Sequence[MaintenanceEvent], received: datetime) -> dict[str, Work]:
    work: defaultdict[str, Work] = defaultdict(Work)
    for event in events:
        work[event.subscription_id or UNKNOWN_SUBSCRIPTION].events.append(_in_size(_in_time(event, received)))
    for presence in read.presence:
        work[presence.subscription_id].presence.append(presence)
    for facts in read.facts:
        work[_subscription_of(facts.id)].facts.append(facts)
    return work


def _subscription_of(resource_id: str) -> str:
    parts = resource_id.split("/")
    return parts[2] if len(parts) > 2 and parts[1] == "subscriptions" else UNKNOWN_SUBSCRIPTION  # noqa: PLR2004 # /subscriptions/ID


def _in_time(event: MaintenanceEvent, received: datetime) -> MaintenanceEvent:
    """An observation from the future becomes one of now, and says so."""
    if event.occurred_at <= received + AHEAD:
        return event
    warning = FieldWarning("$.occurred_at", f"{event.occurred_at:%Y-%m-%dT%H:%M:%SZ} lies ahead of its arrival")
    return replace(event, occurred_at=received, warnings=(*event.warnings, warning))


def _in_size(event: MaintenanceEvent) -> MaintenanceEvent:
    """A row takes 1 MiB: longer prose is cut, and says so; the archived signal has all of it."""
    if len(event.text) <= LONGEST_TEXT and len(event.title) <= LONGEST_TITLE:
        return event
    warning = FieldWarning("$.text", f"longer than {LONGEST_TEXT} characters (a title: {LONGEST_TITLE}), cut here")
    cut = {"title": event.title[:LONGEST_TITLE], "text": event.text[:LONGEST_TEXT]}
    return replace(event, **cut, warnings=(*event.warnings, warning))


async def _quarantine(outside: Dependencies, signal: Signal, read: Normalized) -> None:
    problems: Sequence[MalformedSignal] = read.malformed
    if not problems and "not recognised" in (read.ignored or ""):
        problems = [MalformedSignal("$", read.ignored or "")]
    if problems:
        log.warning("quarantine: signal %s has %d problems", signal.id, len(problems))
    for number, problem in enumerate(problems[:100]):
        kept = Quarantined(
            signal=signal.id, origin=signal.origin, path=problem.path, problem=problem.problem, at=signal.received_at
        )
        key = f"{rowkeys.newest_first(signal.received_at)}|{signal.id}|{number:04d}"
        await outside.quarantine.commit("quarantine", [Write(Put.UPSERT, key, msgspec.json.encode(kept))])
