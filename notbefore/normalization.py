"""One signal's bytes to what it says: the one way from a payload to events, for the tool and for the pipeline.

Pure: no clock, no I/O. Whatever comes in, the answer is events, a reason why there are none, or what is malformed;
one broken element of a batch spoils only itself.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from notbefore.envelopes import Passed, Record, opened
from notbefore.errors import MalformedSignal
from notbefore.reading.decoding import TOO_DEEP
from notbefore.schema import FieldWarning, MaintenanceEvent, Presence, Reading, ResourceFacts
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
    events: list[MaintenanceEvent] = []
    facts: list[ResourceFacts] = []
    presence: list[Presence] = []
    malformed: list[MalformedSignal] = []
    before: list[int] = []
    reasons: list[str] = []
    for found in opened(body, received):
        if isinstance(found, MalformedSignal):
            malformed.append(found)
            before.append(len(events))
            continue
        reading = _read(found)
        events += reading.events
        facts += reading.facts
        presence += reading.presence
        for broken in reading.malformed:
            malformed.append(MalformedSignal(broken.path, broken.problem))
            before.append(len(events))
        reasons += [reading.ignored] if reading.ignored else ()
    ignored = None if events or malformed else _in_one_line(reasons)
    return Normalized(tuple(events), tuple(facts), tuple(presence), ignored, tuple(malformed), tuple(before))


def _read(found: Record | Passed) -> Reading:
    if isinstance(found, Passed):
        return Reading(ignored=found.reason)
    try:
        return SOURCES[found.form](found)
    except MalformedSignal as problem:
        return Reading(malformed=(FieldWarning(problem.path, problem.problem),))
    except RecursionError:
        return Reading(malformed=(FieldWarning(found.path, TOO_DEEP),))


def _in_one_line(reasons: list[str]) -> str:
    """The reasons of a whole payload's elements, each once, three at most."""
    each = list(dict.fromkeys(reasons))
    more = f"; and {len(each) - 3} more reasons" if len(each) > 3 else ""  # noqa: PLR2004 - a line, not a list
    return "; ".join(each[:3]) + more if each else NOTHING_IN_IT
