"""One signal's bytes to what it says: the one way from a payload to events, for the tool and for the pipeline.

Pure: no clock, no I/O. Whatever comes in, the answer is events, a reason why there are none, or what is malformed;
one broken element of a batch spoils only itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate

from msgspec import Struct

from notbefore.envelopes import Found, Passed, Record, opened
from notbefore.errors import MalformedSignal
from notbefore.schema import MaintenanceEvent, Presence, Reading, ResourceFacts
from notbefore.sources.registry import SOURCES

NOTHING_IN_IT = "a known form with nothing in it"


class Normalized(Struct, frozen=True):
    """What one payload says. Events are in the order of the payload; times are UTC."""

    events: tuple[MaintenanceEvent, ...] = ()
    facts: tuple[ResourceFacts, ...] = ()
    presence: tuple[Presence, ...] = ()
    ignored: str | None = None
    """Why there is no event, when there is none and nothing is malformed."""
    malformed: tuple[MalformedSignal, ...] = ()
    before: tuple[int, ...] = ()
    """Of each that is malformed: how many events the payload has before it."""


def normalize(body: bytes, received: datetime) -> Normalized:
    """Reads a payload in any of its envelopes. `received` is the arrival, aware UTC; it never raises for a payload."""
    readings: list[Reading] = []
    malformed: list[tuple[int, MalformedSignal]] = []
    try:
        for found in opened(body, received):
            _take(found, readings, malformed)
    except MalformedSignal as problem:
        malformed.append((len(readings), problem))
    except RecursionError:
        malformed.append((len(readings), MalformedSignal("$", "nested too deeply to be read")))
    events = tuple([event for reading in readings for event in reading.events])
    return Normalized(
        events=events,
        facts=tuple([facts for reading in readings for facts in reading.facts]),
        presence=tuple([presence for reading in readings for presence in reading.presence]),
        ignored=None if events or malformed else _reason(readings),
        malformed=tuple([problem for _, problem in malformed]),
        before=_before(readings, malformed) if malformed else (),
    )


def _before(readings: list[Reading], malformed: list[tuple[int, MalformedSignal]]) -> tuple[int, ...]:
    sums = list(accumulate((len(reading.events) for reading in readings), initial=0))
    return tuple([sums[at] for at, _ in malformed])


def _take(found: Found, readings: list[Reading], malformed: list[tuple[int, MalformedSignal]]) -> None:
    """Puts it to what was read, or to what is malformed with the number of readings before it."""
    if isinstance(found, MalformedSignal):
        malformed.append((len(readings), found))
    elif isinstance(found, Passed):
        readings.append(Reading(ignored=found.reason))
    else:
        try:
            reading = _read(found)
        except MalformedSignal as problem:
            malformed.append((len(readings), problem))
            return
        readings.append(reading)
        malformed += [(len(readings), MalformedSignal(one.path, one.problem)) for one in reading.malformed]


def _read(record: Record) -> Reading:
    return SOURCES[record.form](record)


def _reason(readings: list[Reading]) -> str:
    """One line for the whole payload: the reasons of its elements, each once, three at most."""
    reasons = list(dict.fromkeys(_reasons(readings)))
    more = f"; and {len(reasons) - 3} more reasons" if len(reasons) > 3 else ""  # noqa: PLR2004 - a line, not a list
    return "; ".join(reasons[:3]) + more if reasons else NOTHING_IN_IT


def _reasons(readings: list[Reading]) -> Iterator[str]:
    return (reading.ignored for reading in readings if reading.ignored)
